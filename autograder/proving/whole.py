"""Whole notebooks, run as students' are: what `verify` finds in forks must be found there, too.

In an ordinary kernel go the reference, the notebook with every cell untouched, and the one with a
mistake in every exercise. Across the boundary, where a judge calls what runs in another process, go
the reference and the right answers written another way, and the answers to an open challenge, by
themselves.
"""

import os
import tempfile
from pathlib import Path

from autograder.authoring import fingerprints, release
from autograder.authoring.book import sections
from autograder.authoring.withhold import withheld_copy
from autograder.intake.needed import needed
from autograder.judging.engine import Engine, Setup, choose_room
from autograder.judging.judge import make_plan, second_plan
from autograder.project import UserError
from autograder.proving.sample import solved
from cs_lib import hints


def versions(entries):
    """{name: the entries that take their solutions' places} of the notebooks for a kernel."""
    first = {}
    for entry in entries:
        if entry.kind == "mistake":
            first.setdefault(entry.exercise, entry)
    stubs = [entry for entry in entries if entry.kind == "stub"]
    return {"reference": [], "untouched": stubs, "mistakes": [*first.values()]}


def in_kernels(project, assignment, source, chosen):
    """[(entries, failed tests, text of the outputs)] of versions, each in an ordinary kernel."""
    address = release.repository(project)
    try:
        file, _ = fingerprints.hint_files(project, assignment, source, address)
    except fingerprints.Stale:  # out of date, which is reported by itself
        file = None
    return [(each, *_in_kernel(project, assignment, source, each, file)) for each in chosen]


def _in_kernel(project, assignment, source, replaced, hints_file):
    from nbclient import NotebookClient
    from nbgrader.utils import determine_grade, is_grade, is_solution

    address = release.repository(project)
    nb = release.notebook(source.without_challenge, repository=address, book=sections(project))
    code = {entry.exercise: entry.code for entry in replaced}
    for cell in nb.cells:
        if is_solution(cell) and cell.metadata.nbgrader.grade_id in code:
            cell.source = code[cell.metadata.nbgrader.grade_id]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / hints.FILE
        path.write_bytes(hints_file or b'{"checks": {}}')
        library = withheld_copy(project, assignment)
        NotebookClient(
            nb,
            timeout=120,
            allow_errors=True,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            extra_arguments=["--log-level=ERROR"],
        ).execute(env=_environment(library, path))
    failed = {
        cell.metadata.nbgrader.grade_id
        for cell in nb.cells
        if is_grade(cell) and determine_grade(cell)[0] == 0
    }
    text = "\n".join(
        "\n".join(output.get("traceback", []))
        for cell in nb.cells
        if is_grade(cell)
        for output in cell.get("outputs", [])
    )
    return failed, text


def _environment(library, hints_file):
    path = os.pathsep.join(filter(None, [str(library), os.environ.get("PYTHONPATH")]))
    return os.environ | {
        "PYTHONPATH": path,
        "DL4CV_HINTS": str(hints_file),
        "OMP_NUM_THREADS": "1",
    }


def compare_kernels(runs, outcomes, tests):
    """Problems: each notebook must fail just the tests that its answers failed in the forks.

    runs: of `in_kernels`. outcomes: {entry: Outcome} of their entries. tests: {test: exercise}.
    """
    problems = []
    for replaced, failed, text in runs:
        kind = replaced[0].kind if replaced else "reference"
        expected = {t for e in replaced for t in outcomes[e].failures if tests[t] == e.exercise}
        for test in sorted(failed ^ expected):
            how = "fails" if test in failed else "passes"
            problems.append(
                f"{tests[test]}: {test} {how} in a full run ({kind}) and not in a fork: "
                "does it depend on a cell that the fork leaves out?"
            )
        flat = " ".join(text.split())
        for entry in replaced:
            if kind == "mistake" and entry.when not in flat:
                problems.append(
                    f"{entry.exercise}: mistake {entry.name} is not named in a full run"
                )
    return problems


def across(project, assignment, source, outcomes, tests):
    """Problems: the reference and other right answers ({entry: Outcome}) must be right there, too.

    What cannot cross is the fault of the test: students' functions get plain data and functions.
    """
    known = {None: set()} | {e: {*o.failures} for e, o in outcomes.items() if not o.fault}
    return [p for each in _across(project, assignment, source, known, tests).values() for p in each]


def with_own_tests(project, assignment, source, taught):
    """Problems: a class's own hidden tests must take the solutions and other right answers.

    source: the whole Source; taught: it as the class is taught it.
    """
    entries = fingerprints.answers(project, assignment, source)
    right = [e for e in entries if e.kind == "alternative" and e.exercise in taught.exercises]
    tests = {test.grade_id: n for n, each in taught.exercises.items() for test in each.tests}
    known = {answer: set() for answer in (None, *right)}
    found = _across(project, assignment, taught, known, tests)
    # where the solutions fail, all do
    return found[None] or [problem for each in found.values() for problem in each]


def _across(project, assignment, source, known, tests):
    """{answer: its problems}. known: {answer, None for the reference: tests it fails elsewhere}."""
    library, room = withheld_copy(project, assignment), _room()
    hints_file = project.hints(assignment)
    steps = make_plan(source.without_challenge)["steps"]
    setup = Setup(str(library), steps, str(hints_file) if hints_file.is_file() else "", room)
    with Engine(setup, os.cpu_count() or 1) as engine:
        futures = {entry: engine.submit(_cells(source, entry)) for entry in known}
        found = {entry: _failed(future, known[entry]) for entry, future in futures.items()}
        for entry in [entry for entry, failed in found.items() if failed]:
            # a limit of time is for a machine that does nothing else: once more, alone
            found[entry] = _failed(engine.submit(_cells(source, entry)), known[entry])
    return {entry: _sentences(entry, failed, tests) for entry, failed in found.items()}


def _sentences(entry, failed, tests):
    """A sentence for each of the failed, {test: its verdict}."""
    who = f"{entry.exercise}: {entry.kind} {entry.name}" if entry else "the reference"
    return [
        f"{tests[test]}: {test} fails across the boundary ({who}): "
        f"{verdict['error']} {verdict['text']}".replace("\n", " ")
        for test, verdict in failed.items()
    ]


def _room():
    try:
        return choose_room()
    except UserError:  # our own answers, so none is needed
        return "none"


def scores(project, assignment, source, answers):
    """{answer: the judge.Verdict on it, a dictionary} of answers, {name: code}, to the challenge.

    Nothing of the exercises is there: a class may be taught the challenge without them.
    """
    challenge = source.challenge
    plan = second_plan(make_plan(source), [test.grade_id for test in challenge.tests])
    setup = Setup(str(withheld_copy(project, assignment)), plan["steps"], "", _room())
    code = [cell for cell in source.cells if cell.kind == "code" and not cell.is_test]
    code = [cell for cell in code if cell.of_challenge or not cell.is_solution]

    def cells(answer):
        pairs = [(answer, False) if c.grade_id == challenge.name else (c.text, True) for c in code]
        return [{"id": code[i].grade_id, "text": pairs[i][0]} for i in needed(pairs)]

    with Engine(setup, os.cpu_count() or 1) as engine:
        futures = {name: engine.submit(cells(answer)) for name, answer in answers.items()}
        return {name: future.result()["challenge"] for name, future in futures.items()}


def _failed(future, known):
    """{test: verdict} of the tests that fail; known: those that are reported already."""
    verdicts = future.result()["tests"]
    return {t: v for t, v in verdicts.items() if not v["passed"] and t not in known}


def _cells(source, entry):
    """The cells to run for the source with one answer in the place of the solution."""
    code = [cell for cell in source.without_challenge.cells if cell.kind == "code"]
    texts = [
        entry.code if entry and cell.grade_id == entry.exercise else solved(cell.text)
        for cell in code
    ]
    others = [i for i, cell in enumerate(code) if not cell.is_test]
    ran = needed([(texts[i], not code[i].nbgrader) for i in others])
    wanted = {others[i] for i in ran} | {i for i, cell in enumerate(code) if cell.is_test}
    return [
        {"id": code[i].grade_id, "text": "" if code[i].is_test else texts[i]}
        for i in sorted(wanted)
    ]

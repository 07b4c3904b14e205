"""How good are the tests of an assignment? Put right and wrong answers in, and see.

The reference and every alternative must get full marks, the untouched stub none; every mistake must
lose points of its own exercise and of no other, and the feedback must name it and no neighbour.
"""

import json
import multiprocessing
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from autograder.authoring import fingerprints, release
from autograder.authoring.source import read_source
from autograder.authoring.withhold import withheld_copy
from autograder.intake.needed import needed
from autograder.judging.engine import Engine, Setup, choose_room
from autograder.judging.judge import make_plan
from autograder.project import UserError
from autograder.proving.sample import solved
from cs_lib import hints


@dataclass
class Line:
    """What was found for one exercise: the counts that a table shows."""

    points: float
    mistakes: int = 0
    caught: int = 0
    named: int = 0
    named_at_once: int = 0  # by a visible check, in the student's own notebook
    alternatives: int = 0
    accepted: int = 0
    generic: int = 0
    generic_caught: int = 0


@dataclass
class Report:
    """lines: {exercise: Line}; problems: what falls short, each a sentence."""

    assignment: str
    title: str
    lines: dict
    problems: list = field(default_factory=list)

    def as_json(self):
        return {
            "assignment": self.assignment,
            "title": self.title,
            "exercises": {name: vars(line) for name, line in self.lines.items()},
            "problems": self.problems,
        }


def verify(project, assignment, *, jobs=None, progress=None, full=True):
    """Run the catalogue of an assignment; the Report. full: run a sample in a real kernel, too."""
    project.check_assignment(assignment)
    path = project.solution(assignment) / "notebook.py"
    source = read_source(path, project.shown(path))
    entries = fingerprints.answers(project, assignment, source)
    report = Report(
        assignment, source.title, {n: Line(e.points) for n, e in source.exercises.items()}
    )
    mistakes = [entry for entry in entries if entry.kind == "mistake"]
    withheld_copy(project, assignment)  # made once, before both need it
    # a process of its own: kernel clients leave sockets and event loops behind
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as beside:
        sample = beside.submit(_full_runs, project, assignment, source, entries) if full else None
        outcomes = fingerprints.run(
            project, assignment, source, entries, jobs=jobs, progress=progress
        )
        sample = sample.result() if sample else []
    known = fingerprints.table(mistakes, [o for o in outcomes if o.kind == "mistake"])
    tests = {test.grade_id: name for name, e in source.exercises.items() for test in e.tests}
    for entry, outcome in zip(entries, outcomes, strict=True):
        _judge(report, entry, outcome, tests, known)
    for name, line in report.lines.items():
        if not line.mistakes:
            report.problems.append(f"{name}: no mistake in mistakes/{name}.py")
    _compare_fingerprints(project, assignment, known, report)
    _compare_full(sample, entries, outcomes, tests, report)
    if full:
        _compare_judged(project, assignment, source, [*zip(entries, outcomes, strict=True)], report)
    return report


def _judge(report, entry, outcome, tests, known):
    line, what = report.lines[entry.exercise], f"{entry.exercise}: {entry.kind} {entry.name}"
    own = [test for test in outcome.failures if tests[test] == entry.exercise]
    others = sorted({tests[test] for test in outcome.failures} - {entry.exercise})
    caught = bool(own or outcome.fault)
    if others:
        report.problems.append(f"{what} also loses points of {', '.join(others)}")
    if entry.kind == "stub":
        missing = [t for t, name in tests.items() if name == entry.exercise and t not in own]
        if missing:
            report.problems.append(f"{what} gets the points of {', '.join(missing)}")
    elif entry.kind == "alternative":
        line.alternatives += 1
        line.accepted += not own and not outcome.fault
        if own or outcome.fault:
            why = outcome.fault or outcome.failures[own[0]].message
            report.problems.append(f"{what} is right but loses points: {why}")
    elif entry.kind == "generic" and (outcome.changed or caught):
        line.generic += 1
        line.generic_caught += caught
        if not caught:
            report.problems.append(f"{what} passes every check")
    elif entry.kind == "mistake":
        line.mistakes += 1
        line.caught += caught
        if not caught:
            report.problems.append(f"{what} passes every check: is it right after all?")
        _judge_name(report, entry, outcome, known, what if caught else None)


def _judge_name(report, entry, outcome, known, what):
    """Is the mistake named by what its failed checks saw, and by nothing else?"""
    line = report.lines[entry.exercise]
    wanted, visible = f"{entry.exercise}.{entry.known_as}", set()
    found = set()
    for failure in outcome.failures.values():
        for part in ("visible", "hidden"):
            names = hints.lookup(known[part].get(failure.label, {}), failure.seen)
            found |= set(names)
            if failure.visible:
                visible |= set(names)
    # another form of a mistake may make a second mistake on top, which is named as well
    named = wanted in found if entry.same_as else found == {wanted}
    line.named += named
    line.named_at_once += wanted in visible and (visible == {wanted} or bool(entry.same_as))
    if what and not named:
        others = ", ".join(sorted(name.split(".")[1] for name in found - {wanted}))
        report.problems.append(
            f"{what} cannot be told apart from {others}: add a check on which they differ, "
            "or make it a form of the same mistake (same_as)"
            if others
            else f"{what} is caught, but no check gives it a name"
        )


def _compare_fingerprints(project, assignment, known, report):
    """Those on disk must be those just measured, up to rounding."""
    remedy = "run: autograder release"
    stored = fingerprints.read(project, assignment)
    if stored is None:
        if any(known.values()):
            report.problems.append(f"the fingerprints are missing or out of date ({remedy})")
        return
    for part in ("visible", "hidden"):
        labels = {*known[part], *stored[part]}
        for label in sorted(labels):
            new, old = known[part].get(label, {}), stored[part].get(label, {})
            same = len(new) == len(old) and all(
                any(hints.matches(a, b) and old[b] == names for b in old)
                for a, names in new.items()
            )
            if not same:
                report.problems.append(
                    f"the fingerprints at {label!r} are not those measured now ({remedy})"
                )


# --- a sample, run in full ---


def _full_runs(project, assignment, source, entries):
    """[(entries, failed tests, text of the outputs)] of whole notebooks in an ordinary kernel."""
    first = {}
    for entry in entries:
        if entry.kind == "mistake":
            first.setdefault(entry.exercise, entry)
    stubs = [entry for entry in entries if entry.kind == "stub"]
    versions = [[], stubs, list(first.values())]
    address = release.repository(project)
    try:
        whole, _ = fingerprints.hint_files(project, assignment, source, address)
    except fingerprints.Stale:  # out of date, which is reported by itself
        whole = None
    return [
        (version, *_run_in_full(project, assignment, source, version, whole))
        for version in versions
    ]


def _run_in_full(project, assignment, source, replaced, hints_file):
    from nbclient import NotebookClient
    from nbgrader.utils import determine_grade, is_grade, is_solution

    nb = release.notebook(source, repository=release.repository(project))
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
        for output in cell.outputs
    )
    return failed, text


def _environment(library, hints_file):
    path = os.pathsep.join(filter(None, [str(library), os.environ.get("PYTHONPATH")]))
    return os.environ | {
        "PYTHONPATH": path,
        "DL4CV_HINTS": str(hints_file),
        "OMP_NUM_THREADS": "1",
    }


def _compare_full(sample, entries, outcomes, tests, report):
    """Each full run must fail just the tests that its answers failed in the forks."""
    forked = {
        (e.exercise, e.kind, e.name): {t for t in o.failures if tests[t] == e.exercise}
        for e, o in zip(entries, outcomes, strict=True)
    }
    for version, failed, text in sample:
        kind = version[0].kind if version else "reference"
        expected = set().union(*(forked[e.exercise, e.kind, e.name] for e in version))
        for test in sorted(failed ^ expected):
            how = "fails" if test in failed else "passes"
            report.problems.append(
                f"{tests[test]}: {test} {how} in a full run ({kind}) and not in a fork: "
                "does it depend on a cell that the fork leaves out?"
            )
        flat = " ".join(text.split())
        for entry in version:
            if kind == "mistake" and entry.when not in flat:
                report.problems.append(
                    f"{entry.exercise}: mistake {entry.name} is not named in a full run"
                )


def _compare_judged(project, assignment, source, outcomes, report):
    """What is right must be right, too, where a judge calls it across the boundary.

    What cannot cross is the fault of the test: students' functions get plain data and functions.
    """
    try:
        room = choose_room()
    except UserError:  # our own answers, so none is needed
        room = "none"
    right = [(None, set())]
    right += [(e, {*o.failures}) for e, o in outcomes if e.kind == "alternative" and not o.fault]
    tests = {test.grade_id: name for name, e in source.exercises.items() for test in e.tests}
    library = withheld_copy(project, assignment)
    hints_file = project.hints(assignment)
    steps = make_plan(source)["steps"]
    setup = Setup(str(library), steps, str(hints_file) if hints_file.is_file() else "", room)
    with Engine(setup, os.cpu_count() or 1) as engine:
        futures = [engine.submit(_cells(source, entry)) for entry, _ in right]
        for (entry, known), future in zip(right, futures, strict=True):
            what = f"{entry.exercise}: {entry.kind} {entry.name}" if entry else "the reference"
            for test, verdict in future.result()["tests"].items():
                if not verdict["passed"] and test not in known:  # those are reported already
                    report.problems.append(
                        f"{tests[test]}: {test} fails across the boundary ({what}): "
                        f"{verdict['error']} {verdict['text']}".replace("\n", " ")
                    )


def _cells(source, entry):
    """The cells to run for the source with one answer in the place of the solution."""
    code = [cell for cell in source.cells if cell.kind == "code"]
    texts = [
        entry.code if entry and cell.grade_id == entry.exercise else solved(cell.text)
        for cell in code
    ]
    others = [i for i, cell in enumerate(code) if not cell.is_test]
    ran = needed([(texts[i], not code[i].is_solution) for i in others])
    wanted = {others[i] for i in ran} | {i for i, cell in enumerate(code) if cell.is_test}
    return [
        {"id": code[i].grade_id, "text": "" if code[i].is_test else texts[i]}
        for i in sorted(wanted)
    ]


# --- what people read ---


def table(report):
    """The lines as text."""
    header = ("exercise", "points", "mistakes", "caught", "named", "at once", "generic", "right")
    rows = [header]
    for name, x in report.lines.items():
        rows.append(
            (
                name,
                f"{x.points:g}",
                f"{x.mistakes}",
                f"{x.caught}",
                f"{x.named}",
                f"{x.named_at_once}",
                f"{x.generic_caught}/{x.generic}",
                f"{x.accepted}/{x.alternatives}",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            value.ljust(width) if i == 0 else value.rjust(width)
            for i, (value, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def write_json(path, reports):
    """Write the reports to a file, for the page of the site that shows them."""
    content = {report.assignment: report.as_json() for report in reports}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

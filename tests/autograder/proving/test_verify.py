"""verify names whatever falls short in an assignment's tests or in its catalogue, and fails."""

import json

import pytest
from tiny_project import edit

from autograder import tie
from autograder.authoring import fingerprints, generic, release, warm
from autograder.authoring.catalogue import Entry
from autograder.authoring.source import read_source
from autograder.authoring.withhold import withheld_copy
from autograder.cli import main
from autograder.project import UserError
from autograder.proving import mutants, mutate, verify

in_full = pytest.mark.tied("autograder", "cs_lib")


def report(project, **options):
    fingerprints.refresh(project, "00_tiny")
    found, _ = verify.verify(project, "00_tiny", **{"full": False} | options)
    return found


@in_full
def test_a_sound_catalogue_passes_in_the_forks_and_in_full(tiny):
    found = report(tiny, full=True)
    assert found.problems == []
    double, biggest = found.lines["double"], found.lines["biggest"]
    assert (double.mistakes, double.caught, double.named, double.named_at_once) == (3, 3, 3, 2)
    assert (biggest.mistakes, biggest.caught, biggest.named) == (3, 3, 3)
    assert (double.visible, double.lost) == (2, 1.0)
    assert (double.alternatives, double.accepted) == (1, 1)
    assert double.generic == double.generic_caught > 8
    assert "squared" not in json.dumps(found.as_json())


QUESTION = """
# %% [markdown]
# ### Question `why` (10 points)
#
# Rubric:
#
# - 10 points: draws it

# %% nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 10}
### BEGIN SOLUTION
double = biggest = None
raise RuntimeError("nobody runs it")
### END SOLUTION
"""


@in_full
def test_a_question_that_a_person_reads_is_nobodys_to_verify(tiny):
    path = tiny.solution("00_tiny") / "notebook.py"
    text, above = path.read_text().replace('"points": 40', '"points": 30'), "# %%\nprint(double"
    assert text.count(above) == 1
    path.write_text(text.replace(above, QUESTION + "\n" + above))
    found = report(tiny, full=True)
    assert found.problems == []
    assert list(found.lines) == ["double", "biggest"]
    result, _ = mutants.measure(tiny, "00_tiny")
    assert list(result.outcomes) == ["double", "biggest"]


SAME = '''

@mistake("double", hint="Twice.", read="sec-double")
def squared_too(x):
    """It is multiplied by itself."""
    return x * x
'''
RIGHT = '''

@mistake("double", hint="Hm.", read="sec-double")
def right_after_all(x):
    """It is added to itself."""
    return x + x
'''
WRONG = '''

@alternative("biggest")
def last(x):
    """The last."""
    return x[-1]
'''
SPREADS = '''

@mistake("double", hint="Hm.", read="sec-double")
def spoils_numpy(x):
    """It breaks NumPy."""
    np.array = None
    return x
'''
UNNAMED = '''

@mistake("double", hint="Hm.", read="sec-double")
def later(x):
    """It is not written."""
    raise NotImplementedError("Replace the `raise` line in this cell.")
'''
BROKEN = '''

@mistake("double", hint="Hm.", read="sec-double")
def never_run(x):
    """It was never run."""
    return 2 * y
'''
FALLS_SHORT = [
    ("mistakes/double.py", [], BROKEN, "mistake never_run raises NameError, so it tests nothing"),
    (
        "mistakes/double.py",
        [(', unseen="Nothing negative is shown."', "")],
        "",
        "double: mistake absolute passes every visible check: add one of its kind, or say why not",
    ),
    (
        "mistakes/double.py",
        [('hint="Once more."', 'hint="Once more.", unseen="It is hard to see."')],
        "",
        "double: mistake unchanged fails a visible check: its unseen= is out of date",
    ),
    (
        "mistakes/double.py",
        [('hint="Once more."', 'hint="Once more.", corner="numbers that are not 0"')],
        "",
        "mistake unchanged is wrong in a corner alone, and costs 100% of the points: check the",
    ),
    (
        "mistakes/double.py",
        [],
        SAME,
        "double: mistake squared cannot be told apart from squared_too",
    ),
    ("mistakes/double.py", [], RIGHT, "double: mistake right_after_all passes every check"),
    ("mistakes/double.py", [], SPREADS, "mistake spoils_numpy also loses points of biggest"),
    ("mistakes/double.py", [], UNNAMED, "mistake later is caught, but no check gives it a name"),
    ("mistakes/biggest.py", [], WRONG, "biggest: alternative last is right but loses points: "),
    (
        "notebook.py",
        [("want=3.0, label", "label"), ("want=-1.5, label", "label")],
        "",
        "biggest: generic constant_answer passes every check",
    ),
]


@pytest.mark.parametrize(("file", "changes", "more", "problem"), FALLS_SHORT)
def test_what_falls_short_is_named(tiny, file, changes, more, problem):
    edit(tiny, file, *changes)
    path = tiny.solution("00_tiny") / file
    path.write_text(path.read_text() + more)
    assert any(problem in found for found in report(tiny).problems)


def test_an_exercise_without_a_mistake_is_named(tiny):
    (tiny.mistakes("00_tiny") / "biggest.py").unlink()
    assert "biggest: no mistake in mistakes/biggest.py" in report(tiny).problems


@in_full
def test_the_command_fails_and_says_why(tiny, capsys):
    edit(tiny, "mistakes/double.py", ("return x + x", "return x - x"))
    fingerprints.refresh(tiny, "00_tiny")
    assert main(["-C", str(tiny.root), "verify"]) == 1
    said = capsys.readouterr()
    assert "double" in said.out
    assert "0/1" in said.out
    assert "alternative added is right but loses points" in said.err


@pytest.mark.parametrize(
    ("exercise", "change", "message"),
    [
        ("double", ('"Twice, not squared."', '""'), "squared: hint must be text"),
        ("double", (', read="sec-double")\ndef squared', ")\ndef squared"), "@mistake takes"),
        ("double", ('read="sec-double"', 'read="sec-doubel"'), "'sec-doubel', which is not in the"),
        ("biggest", ('same_as="first"', 'same_as="frist"'), "has no mistake 'frist'"),
        ("biggest", ('"biggest", hint="The o', '"double", hint="The o'), "belongs into double.py"),
        ("double", ("    return x**2\n", ""), "nothing in it but a docstring"),
    ],
)
def test_a_faulty_catalogue_is_refused(tiny, exercise, change, message):
    edit(tiny, f"mistakes/{exercise}.py", change)
    with pytest.raises(UserError, match=message):
        hint_files(tiny)


def test_a_reference_that_fails_its_own_tests_stops_verify(tiny):
    edit(tiny, "notebook.py", ("return 2 * x", "return 3 * x"))
    with pytest.raises(UserError, match="the reference fails in test_double"):
        report(tiny)


def test_fingerprints_that_are_not_those_measured_are_reported(tiny):
    fingerprints.refresh(tiny, "00_tiny")
    path = tiny.solution("00_tiny") / fingerprints.FILE
    kept = tie.Kept.read(path)
    text = json.dumps(kept.parts).replace("double.squared", "double.unchanged")
    tie.Kept(path, json.loads(text)).write(["double", "biggest"])
    found = report(tiny).problems
    assert any(
        "the fingerprints at 'double: two numbers' are not those measured" in p for p in found
    )
    path.write_text(path.read_text().replace("double.absolute", "double.unchanged"))
    with pytest.raises(UserError, match=r"fingerprints.json was edited by hand.*remove it and run"):
        report(tiny)


@in_full
def test_a_cell_that_the_forks_leave_out_and_a_test_needs_is_noticed(tiny):
    edit(
        tiny,
        "notebook.py",
        ("print(double(np.ones(2)))", "setattr(double, 'factor', 2)"),
        (
            'label="in the middle")',
            "label=\"in the middle\")\nassert not hasattr(double, 'factor')",
        ),
    )
    found = report(tiny, full=True).problems
    assert any("test_biggest fails in a full run (reference) and not in a fork" in p for p in found)


# --- one exercise ---


def test_one_exercise_is_run_alone_and_nothing_is_kept(tiny, capsys, monkeypatch):
    ran, run = [], fingerprints.run

    def watch(project, assignment, source, entries, **options):
        ran.extend(entries)
        return run(project, assignment, source, entries, **options)

    monkeypatch.setattr(fingerprints, "run", watch)
    before = {path: path.read_bytes() for path in tiny.root.rglob("*") if path.is_file()}
    assert main(["-C", str(tiny.root), "verify", "00_tiny", "--exercise", "double"]) == 0
    said = capsys.readouterr().out
    assert "double" in said
    assert "biggest" not in said
    assert {entry.exercise for entry in ran} == {"double"}
    build = tiny.root / "_build"
    after = [path for path in tiny.root.rglob("*") if path.is_file()]
    assert [p for p in after if before.get(p) != p.read_bytes() and build not in p.parents] == []


def test_one_exercise_falls_short_by_itself(tiny, capsys):
    path = tiny.mistakes("00_tiny") / "double.py"
    path.write_text(path.read_text() + SAME)
    assert main(["-C", str(tiny.root), "verify", "00_tiny", "--exercise", "double"]) == 1
    assert "mistake squared cannot be told apart from squared_too" in capsys.readouterr().err
    assert main(["-C", str(tiny.root), "verify", "00_tiny", "--exercise", "biggest"]) == 0


def test_an_exercise_that_there_is_not_is_named(tiny, capsys):
    assert main(["-C", str(tiny.root), "verify", "00_tiny", "--exercise", "triple"]) == 1
    said = capsys.readouterr().err
    assert "00_tiny has no exercise 'triple' (there are: double, biggest)" in said


def test_a_section_that_is_not_in_the_book_is_named_before_anything_runs(tiny, monkeypatch, capsys):
    edit(tiny, "mistakes/double.py", ('read="sec-double"', 'read="sec-doubel"'))
    monkeypatch.setattr(fingerprints, "run", None)
    for more in (["--exercise", "double"], ["--all"]):
        assert main(["-C", str(tiny.root), "verify", "00_tiny", *more]) == 1
        said = capsys.readouterr().err
        assert "mistakes/double.py:" in said
        assert "section 'sec-doubel', which is not in the book (sec-double?)" in said


# --- the hints file ---


def hint_files(project):
    fingerprints.refresh(project, "00_tiny")
    source = read_source(project.solution("00_tiny") / "notebook.py")
    whole, visible = fingerprints.hint_files(
        project, "00_tiny", source, "https://example.org/owner/course"
    )
    return whole.decode(), visible.decode()


def test_students_get_the_hints_of_visible_checks_alone(tiny):
    whole, visible = hint_files(tiny)
    assert "The sign" not in visible
    assert "the sign is lost" in whole
    assert "double.absolute" not in visible
    assert "double: three" not in visible
    assert "it is squared" in visible
    assert "A page › Twice  https://owner.github.io/course/book/page.html#sec-double" in visible


def test_the_hints_hold_no_code_and_those_of_students_nothing_of_hidden_tests(tiny):
    whole, visible = hint_files(tiny)
    for code in ("x**2", "x + x", "2 * x", "np.abs", "return x", "check_call"):
        assert code not in whole
    for secret in ("977.25", "1954", "three"):
        assert secret not in visible


def test_fingerprints_are_made_anew_only_where_their_sources_change(tiny, monkeypatch):
    ran, run = [], fingerprints.run

    def watch(project, assignment, source, entries, **options):
        ran.append({entry.exercise for entry in entries})
        return run(project, assignment, source, entries, **options)

    monkeypatch.setattr(fingerprints, "run", watch)
    fingerprints.refresh(tiny, "00_tiny")
    fingerprints.refresh(tiny, "00_tiny")
    edit(tiny, "mistakes/double.py", ("return x**2", "return x**3"))
    source = read_source(tiny.solution("00_tiny") / "notebook.py")
    assert [*fingerprints.read(tiny, "00_tiny", source)] == ["biggest"]
    fingerprints.refresh(tiny, "00_tiny")
    assert [*fingerprints.read(tiny, "00_tiny", source)] == ["double", "biggest"]
    edit(tiny, "notebook.py", ('label="negative numbers"', 'label="below zero"'))
    fingerprints.refresh(tiny, "00_tiny")
    assert ran == [{"double", "biggest"}, {"double"}, {"double", "biggest"}]


# --- the forks ---


def outcomes(project, *codes, **options):
    source = read_source(project.solution("00_tiny") / "notebook.py")
    entries = [Entry("mistake", "double", f"m{i}", code) for i, code in enumerate(codes)]
    library = withheld_copy(project, "00_tiny")
    return warm.run(source, entries, library=library, folder=library, **options)


def test_forks_do_not_see_each_other(tiny):
    spoils = "import numpy as np\nnp.spoilt = True\ndef double(x):\n    return 2 * x\n"
    looks = "import numpy as np\ndef double(x):\n    return 2 * x + hasattr(np, 'spoilt')\n"
    assert all(outcome.passed for outcome in outcomes(tiny, spoils, looks, spoils, looks, jobs=1))


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import os\nos._exit(3)", "died"),
        ("def double(x):\n    import os\n    os._exit(0)", "died"),
        ("def double(x):\n    while True: pass", "longer than"),
        ("import signal\nsignal.signal(15, signal.SIG_IGN)\nwhile True: pass", "longer than"),
    ],
)
def test_an_answer_that_hangs_or_dies_is_a_fault_and_the_next_ones_run(
    tiny, monkeypatch, code, fault
):
    monkeypatch.setenv("DL4CV_VERIFY_LIMIT", "1")
    bad, good = outcomes(tiny, code, "def double(x):\n    return 2 * x\n")
    assert fault in bad.fault
    assert not bad.passed
    assert good.passed


def test_output_on_stderr_costs_the_points_as_in_nbgrader(tiny):
    edit(
        tiny,
        "notebook.py",
        ("check_call(biggest, np.array([-1.5", "double(x=1)\ncheck_call(biggest, np.array([-1.5"),
    )
    noisy = "import sys\ndef double(x):\n    print('hm', file=sys.stderr)\n    return 2 * x\n"
    [outcome] = outcomes(tiny, noisy)
    assert list(outcome.failures) == ["test_biggest"]
    assert "wrote to stderr: hm" in outcome.failures["test_biggest"].message


# --- mutants ---

SAMPLE = """\
def f(x, k=2):
    '''Text.'''
    y = x[:k].max(axis=0) + 1
    if k < 3 and y > 0:
        y = -y
    return y
"""


def test_mutants_change_one_thing_each():
    found = {mutant.change for mutant in mutate.mutants(SAMPLE, "f")}
    line = "y = x[:k].max(axis=0) + 1"
    for after in ("x[:k].max(axis=0) - 1", "x[:k].min(axis=0) + 1", "x[:k].max(axis=1) + 1"):
        assert f"{line} → y = {after}" in found
    for after in ("x[:].max(axis=0) + 1", "x[:k].max() + 1", "x[:k].max(axis=0) + 2"):
        assert f"{line} → y = {after}" in found
    assert "if k < 3 and y > 0: → if k <= 3 and y > 0:" in found
    assert "if k < 3 and y > 0: → if k < 3 or y > 0:" in found
    assert "y = -y → y = y" in found
    assert "y = -y → pass" in found
    assert "return y → return None" in found
    assert not any("Text" in change for change in found)


def test_every_mutant_is_python_and_differs():
    texts = [mutant.text for mutant in mutate.mutants(SAMPLE, "f")]
    assert len(set(texts)) == len(texts) > 20
    for text in texts:
        compile(text, "mutant", "exec")


def outcomes_of_mutants(project):
    found, _ = mutants.measure(project, "00_tiny")
    assert found.problems == mutants.problems(project, "00_tiny", found.outcomes)
    return found.outcomes


def test_a_survivor_is_shown_until_a_test_kills_it_or_a_reason_marks_it(tiny):
    edit(tiny, "notebook.py", ("return x.max()", "return +x.max()"))
    result = outcomes_of_mutants(tiny)
    change = "return +x.max() → return x.max()"
    assert mutants.problems(tiny, "00_tiny", result) == [
        f"biggest: no test notices the mutant {change}"
    ]
    mark = f'[[equivalent]]\nexercise = "biggest"\nchange = "{change}"\nreason = "{{}}"\n'
    path = tiny.solution("00_tiny") / mutants.MARKS
    path.write_text(mark.format("The argument has one axis only."))
    result = outcomes_of_mutants(tiny)
    assert mutants.problems(tiny, "00_tiny", result) == []
    path.write_text(mark.format("fine"))
    assert "give a reason" in mutants.problems(tiny, "00_tiny", result)[0]
    edit(tiny, "notebook.py", ("return +x.max()", "return x.max()"))
    result = outcomes_of_mutants(tiny)
    assert "does not exist" in mutants.problems(tiny, "00_tiny", result)[0]


def test_generic_mistakes_that_have_nothing_to_spoil_say_so(tiny):
    source = read_source(tiny.solution("00_tiny") / "notebook.py")
    entries = [e for e in generic.entries(source) if e.exercise == "biggest"]
    library = withheld_copy(tiny, "00_tiny")
    changed = {
        o.name: o.changed for o in warm.run(source, entries, library=library, folder=library)
    }
    assert not changed["transposed_result"]  # of a number
    assert changed["input_modified"]
    assert changed["constant_answer"]


@in_full
def test_a_value_that_cannot_cross_to_the_students_process_is_the_tests_fault(tiny):
    path = tiny.solution("00_tiny") / "notebook.py"
    more = "\nassert biggest.__class__ and biggest(type('X', (), {'max': lambda self: 3})()) == 3\n"
    text = path.read_text()
    assert 'label="negative numbers")' in text
    path.write_text(text.rstrip() + more)
    release.write(tiny, "00_tiny")
    [problem] = [
        p
        for p in report(tiny, full=True).problems
        if "across the boundary" in p and "reference" in p
    ]
    assert problem.startswith("biggest: test_biggest fails across the boundary (the reference): ")
    assert "which is no plain data" in problem

"""The report: what the class did, counted by hand."""

# ruff: noqa: F811 (a fixture is imported)

import re
import shutil

import pytest
from mini_course import ASSIGNMENT
from nbformat.v4 import new_output
from pages import AXE, browser, faults, flat, visit  # noqa: F401

from autograder.cli import main
from autograder.recording.gradebook import Points, Result
from autograder.returning import report
from autograder.returning.feedback import Failure, Given, Named
from autograder.returning.report import Work

LONG = """\
def double(x):
    amount = 0
    for i in range(len(x)):
        if x[i] > 0:
            amount += 2 * x[i] - np.abs(x[i]) ** 0.5
        else:
            amount -= np.sqrt(-x[i])
    return amount / max(len(x), 1)
"""


@pytest.fixture
def given(project):
    return Given.read(project, ASSIGNMENT)


def work(*, answers=None, failures=None, points=None, total=50.0, said=None):
    full = {"test_double": 30, "test_clip": 20, "test_clip_low": 10, "test_mean": 40}
    got = {
        name: Points((full if points is None else points).get(name, 0), n, False, False)
        for name, n in full.items()
    }
    result = Result("x", "", total, 100, 0, got)
    return Work(result, answers or {}, failures or {}, said or {})


def named(*whens):
    return Failure("a check", ["got 1"], [Named(w, "hint", "", "") for w in whens], "CheckFailed")


# --- counting ---


def test_each_student_counts_once_for_a_mistake(given):
    works = {
        "ada": work(failures={"test_clip": named("a"), "test_clip_low": named("a", "b")}),
        "bob": work(failures={"test_clip": named("a")}),
        "cyd": work(failures={"test_double": named("a")}),
    }
    assert report.mistakes(given, works) == {
        ("clip", "a"): {"ada", "bob"},
        ("clip", "b"): {"ada"},
        ("double", "a"): {"cyd"},
    }


def test_failures_without_a_name_are_grouped_by_check_and_stubs_are_not_among_them(given):
    unwritten = Failure("c", ["not written yet. Replace …"], [], "CheckFailed")
    unknown = Failure("c", ["got 3"], [], "CheckFailed")
    works = {
        "ada": work(failures={"test_clip": unknown, "test_mean": named("a")}),
        "bob": work(failures={"test_clip": unknown}),
        "cyd": work(failures={"test_clip": unwritten}),
    }
    assert report.unnamed(works) == {
        ("test_clip", "c"): [("ada", "got 3"), ("bob", "got 3")],
    }


@pytest.mark.parametrize(
    ("wrote", "passed", "doubted"), [(10, 1, True), (10, 2, False), (4, 0, False)]
)
def test_a_test_that_nearly_all_who_wrote_an_answer_fail_is_doubted(given, wrote, passed, doubted):
    works = {str(i): work(points={}) for i in range(20)}  # nothing written: they do not count
    for i in range(wrote):
        points = {"test_mean": 40} if i < passed else {}
        works[f"w{i}"] = work(answers={"mean": "x"}, points=points)
    wanted = [("test_mean", passed, wrote)] if doubted else []
    assert report.doubtful(given, works) == wanted


def test_what_was_said_of_many_is_one_row_with_their_names(given):
    said = {"put right": ["test_clip: changed, the release's is used"], "look at": []}
    works = {name: work(said=said) for name in ("ada", "bob")}
    works["cyd"] = work(said={"look at": ["cell 4: uses <b>", "clip: uses <b>"]})
    text = flat(report.page(given, works, {}).decode())
    assert "put right changed, the release's is used 2 ada: test_clip bob: test_clip" in text
    assert "look at uses <b> 1 cyd: cell 4, clip" in text


def test_scores_are_drawn_and_told_in_words(given):
    totals = (0, 9.9, 10, 55, 100)
    works = {str(t): work(total=t) for t in totals}
    shown = report.page(given, works, {"eve": "no <notebook>"}).decode()
    assert "5 submissions graded, 1 left out. Mean 34.98, median 10 of 100 points." in flat(shown)
    label = re.search('aria-label="Histogram of scores. (.*?)"', shown)[1]
    assert label == "0 to 10 points: 2; 10 to 20 points: 1; 50 to 60 points: 1; 90 to 100 points: 1"
    heights = [float(h) for h in re.findall('height="([0-9.]+)" rx', shown)]
    assert heights == [140, 70, 0, 0, 0, 70, 0, 0, 0, 70]
    assert "eve no <notebook>" in flat(shown)


def test_a_class_of_nobody_has_a_page_too(given):
    assert "0 submissions graded, 0 left out." in flat(report.page(given, {}, {}).decode())


@pytest.mark.parametrize(
    "text", ["<script>window.fired=1</script>", "<img src=x onerror=alert(1)>"]
)
def test_a_report_stays_harmless_whatever_is_in_it(given, text):
    failed = Failure(text, [text], [], text)
    many = {
        f"{text}{i}": work(
            answers={"double": LONG + f"# {text}"},
            said={"look at": [text], "put right": [f"cell 3: {text}"]},
            failures={
                "test_clip": failed,
                "test_mean": named(text),
                "test_double": Failure("", [text], [], text),
            },
        )
        for i in range(3)
    }
    shown = report.page(given, many, {text: text}).decode()
    drawn = [f"<{tag}" for tag in ("svg", "rect", "line", "text")]
    assert [f for f in faults(shown) if not f.startswith(tuple(drawn))] == []
    assert "3 submissions graded" in shown


# --- the whole ---


def test_the_report_of_the_sample_class(graded_copy, capsys):
    course = graded_copy.course
    shutil.copytree(course / "submitted" / "reference", course / "submitted" / "late")
    broken = course / "submitted" / "broken" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    assert main(["-C", str(graded_copy.root), "report", ASSIGNMENT]) == 0
    assert "_build/course/reports/00_mini.html" in capsys.readouterr().out
    text = flat((course / "reports" / f"{ASSIGNMENT}.html").read_text())
    assert "11 submissions graded, 2 left out." in text
    assert "late not graded yet" in text
    assert f"broken {ASSIGNMENT}.ipynb is not " in text
    assert "test_clip_low" in text
    # all-mistakes and mixed ones: the numbers of answers are those of the notebooks themselves
    given = Given.read(graded_copy, ASSIGNMENT)
    stub = "Replace the `raise` line in double"
    paths = course.glob(f"autograded/*/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    wrote = sum(f"{stub} with your code" not in cell_of(p, "double") for p in paths)
    assert re.search(rf"double {wrote} \d+ %", text)
    assert given.title in text


def cell_of(path, name):
    import nbformat

    cells = nbformat.read(path, as_version=4).cells
    return next(c.source for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_timeouts_and_errors_are_told_apart(given, project):
    for cell in given.notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in ("test_mean", "test_clip"):
            ename = {"test_mean": "CellTimeoutError", "test_clip": "TypeError"}[name]
            cell.outputs = [new_output("error", ename=ename, evalue="", traceback=[])]
    works = {"ada": report.work(given, given.notebook, work().result)}
    text = flat(report.page(given, works, {}).decode())
    assert "test_clip TypeError 1 ada test_mean took too long 1 ada" in text


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_report_is_accessible_and_fits_a_phone(given, browser, tmp_path, theme):
    unknown = Failure("a check with a long name", ["got 3, want 4"], [], "CheckFailed")
    failures = {"test_clip": unknown, "test_mean": named("the mean is not what was asked for")}
    failures["test_double"] = Failure("", [], [], "NotImplementedError")
    works = {
        f"s{i}": work(answers={"double": LONG}, failures=failures, points={}) for i in range(6)
    }
    path = tmp_path / "report.html"
    path.write_bytes(report.page(given, works, {"eve": "n" * 300}))
    view = {"viewport": {"width": 390, "height": 800}, "color_scheme": theme, "bypass_csp": True}
    tab, asked, said = visit(browser, path, **view)
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.evaluate(AXE.read_text("utf-8"))
    violations = tab.evaluate("axe.run().then(result => result.violations)")
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    assert (asked, said) == ([path.as_uri()], [])

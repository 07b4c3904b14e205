"""Questions that a person reads, from the release to the grades, with nbgrader as the judge."""

import csv
import io
import json
import shutil
import time

import nbformat
import pytest
from mini_course import ASSIGNMENT, SMALL, make_project, run
from nbgrader.api import Gradebook
from pages import browser  # noqa: F401  (a fixture)
from served import get, server

from autograder import people
from autograder.cli import main
from autograder.people import Person

pytestmark = pytest.mark.tied(*SMALL)
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
QUESTIONS = f"""\
[{ASSIGNMENT}]
without = ["clip"]
total = 95

[{ASSIGNMENT}.questions.crowd]
points = 10
text = "Why are all distances much the same in *many* dimensions?"
rubric = {{"says what happens to the nearest" = 4, "gives the reason" = 6}}

[{ASSIGNMENT}.questions.curve]
points = 15
text = "Plot what `double` gives for 100 numbers."
rubric = {{"the curve is right" = 9.5, "both axes are labelled" = 5.5}}
answer = "code"
"""
DOUBLE = "def double(x):\n    return 2 * x"
MEAN = "def mean(x):\n    return total(x) / len(x)"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([double(i) for i in range(100)]);"
EVIL = 'Alike. <script>window.hit = 1</script> <img src="x" onerror="window.hit = 2">'
CLASS = {
    "ada": {"double": DOUBLE, "mean": MEAN, "crowd": "They **crowd**: $r \\to 1$.", "curve": PLOT},
    "bob": {"double": DOUBLE, "crowd": EVIL},
    "eve": {"mean": MEAN, "curve": "1 / 0"},
    "zoe": {},
}
COMMENT = "The reason *is missing*."


def hand_in(project, student, **answers):
    nb = nbformat.read(project.release(ASSIGNMENT) / NOTEBOOK, as_version=4)
    for cell in nb.cells:
        cell.source = answers.get(cell.id, cell.source)
    folder = project.course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, folder / NOTEBOOK)


@pytest.fixture(scope="session")
def asked(tmp_path_factory):
    """(A project, the folder of a class of it that was asked two questions, what grading said)."""
    base = tmp_path_factory.mktemp("asked")
    project, group = make_project(base / "project"), base / "class"
    group.mkdir(mode=0o700)
    (group / "course.toml").write_text(QUESTIONS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DL4CV_COURSE", str(group))
        assert main(["-C", str(project.root), "release"]) == 0
        for student, answers in CLASS.items():
            hand_in(project, student, **answers)
        return project, group, grade(project, ASSIGNMENT)


@pytest.fixture
def school(asked, tmp_path, monkeypatch):
    """The Project, with a copy of the class that a test may write to."""
    project, group, _ = asked
    shutil.copytree(group, tmp_path / "class")
    monkeypatch.setenv("DL4CV_COURSE", str(tmp_path / "class"))
    return project


def command(project, *arguments):
    return main(["-C", str(project.root), *map(str, arguments)])


def grade(project, *arguments):
    """What `autograder grade` says, in a process of its own."""
    where = str(project.course)
    done = run("autograder", "grade", *arguments, cwd=project.root, DL4CV_COURSE=where)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(folder):
    """{(student, cell): (auto_score, manual_score, needs_manual_grade, max_score)}."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, g.name): (
                *(g.auto_score, g.manual_score, g.needs_manual_grade, g.max_score),
            )
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            for g in submission.notebooks[0].grades
        }


def give(project, student, cell, points, comment):
    """Give points and a comment, as Formgrader does."""
    with Gradebook(project.database) as gradebook:
        given = gradebook.find_grade(cell, ASSIGNMENT, ASSIGNMENT, student)
        given.manual_score, given.needs_manual_grade = points, False
        said = gradebook.find_comment(cell, ASSIGNMENT, ASSIGNMENT, student)
        said.manual_comment = comment
        gradebook.db.commit()


def comment_of(project, student, cell):
    with Gradebook(project.database) as gradebook:
        return gradebook.find_comment(cell, ASSIGNMENT, ASSIGNMENT, student).comment


def page(project, student):
    assert command(project, "feedback", ASSIGNMENT, student) == 0
    return (project.course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()


WAITS, NOT_ANSWERED = (None, None, True), (0, None, False)


def test_an_answer_waits_for_a_person_as_in_nbgraders_own_grading(asked, tmp_path):
    project, group, said = asked
    ours = rows(group)
    expected = {
        ("ada", "crowd"): (*WAITS, 10),
        ("ada", "curve"): (*WAITS, 15),
        ("bob", "crowd"): (*WAITS, 10),
        ("bob", "curve"): (*NOT_ANSWERED, 15),
        ("eve", "crowd"): (*NOT_ANSWERED, 10),
        ("eve", "curve"): (*WAITS, 15),
        ("zoe", "crowd"): (*NOT_ANSWERED, 10),
        ("zoe", "curve"): (*NOT_ANSWERED, 15),
    }
    assert {key: row for key, row in ours.items() if key[1] in ("crowd", "curve")} == expected
    alone = tmp_path / "class"
    alone.mkdir(mode=0o700)
    for part in ("course.toml", "source", "submitted"):
        copy = shutil.copytree if (group / part).is_dir() else shutil.copy
        copy(group / part, alone / part)
    for step in (["generate_assignment", "--force"], ["autograde"]):
        done = run("nbgrader", *step, ASSIGNMENT, cwd=project.root, DL4CV_COURSE=str(alone))
        assert done.returncode == 0, done.stderr
    assert rows(alone) == ours
    assert "ada    30    40     ?     ?    70" in said
    assert "to read    crowd: ada, bob\nto read    curve: ada, eve" in said


def test_points_and_comment_of_a_person_stay_when_the_work_is_graded_again(school):
    give(school, "ada", "crowd", 7.5, COMMENT)
    assert rows(school.course)["ada", "crowd"] == (None, 7.5, False, 10)
    assert "ada    30    40   7.5     ?  77.5" in grade(school, ASSIGNMENT)
    hand_in(school, "ada", **CLASS["ada"] | {"crowd": "Another answer."})
    assert "ada    30    40   7.5     ?  77.5" in grade(school, ASSIGNMENT, "--force")
    # nbgrader's rule: what a person graded before is marked for another look
    assert rows(school.course)["ada", "crowd"] == (None, 7.5, True, 10)
    assert comment_of(school, "ada", "crowd") == COMMENT


@pytest.fixture
def team(school):
    """The same, ada and amy with one work of a group's; ann has the like, and is in no group."""
    work = school.course / "submitted" / "ada" / ASSIGNMENT
    for student in ("amy", "ann"):
        shutil.copytree(work, school.course / "submitted" / student / ASSIGNMENT)
    red, ann = Person("moodle", "Red", "7").key, Person("moodle", "Ann", "8").key
    uploads = {
        "ada": {red: "Red_7/"},
        "amy": {red: "Red_7/"},
        "ann": {ann: "Ann_8/"},
    }
    people.keep(school.course, ASSIGNMENT, uploads)
    grade(school, ASSIGNMENT)
    return school


def crowd(project):
    found = rows(project.course)
    return {s: found[s, "crowd"][1:3] for s in ("ada", "amy", "ann")}


@pytest.mark.parametrize(("reader", "other"), [("ada", "amy"), ("amy", "ada")])
def test_the_answer_of_a_group_is_read_once_and_the_points_are_all_members(team, reader, other):
    assert crowd(team) == {"ada": (None, True), "amy": (None, False), "ann": (None, True)}
    give(team, reader, "crowd", 7.5, COMMENT)
    assert command(team, "export") == 0
    assert crowd(team) == {"ada": (7.5, False), "amy": (7.5, False), "ann": (None, True)}
    assert comment_of(team, other, "crowd") == COMMENT
    with open(team.course / "grades.csv", encoding="utf-8", newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert (scores["ada"], scores["amy"], scores["ann"]) == (77.5, 77.5, 70)
    assert COMMENT.replace("*is missing*", "<em>is missing</em>") in page(team, other)
    give(team, reader, "crowd", 9, "Better.")  # a second look
    assert command(team, "export") == 0
    assert (crowd(team)[other], comment_of(team, other, "crowd")) == ((9, False), "Better.")
    grade(team, ASSIGNMENT, "--force")  # nbgrader's rule asks for another look: at one of them
    assert crowd(team) == {"ada": (9, True), "amy": (9, False), "ann": (None, True)}


def test_what_persons_gave_apart_stays_and_what_is_taken_back_is_of_all(team):
    give(team, "ada", "crowd", 8, None)
    assert command(team, "export") == 0
    give(team, "amy", "crowd", 5, None)
    assert command(team, "export") == 0
    assert (crowd(team)["ada"][0], crowd(team)["amy"][0]) == (8, 5)
    give(team, "amy", "crowd", None, None)
    assert command(team, "export") == 0
    assert crowd(team)["amy"] == (8, False)
    give(team, "ada", "crowd", None, None)
    assert command(team, "export") == 0
    assert (crowd(team)["ada"][0], crowd(team)["amy"][0]) == (None, None)


def test_the_page_shows_answer_rubric_points_and_comment(school):
    before = page(school, "ada")
    assert "25 points of the 95 are not given yet: a person will read crowd, curve." in before
    assert "<span>? of 10</span>" in before
    assert "a person will look at it" in before
    give(school, "ada", "crowd", 7.5, COMMENT)
    give(school, "ada", "curve", 15, None)
    after = page(school, "ada")
    for shown in (
        "<strong>crowd</strong>: <code>r \\to 1</code>.",
        "<li>4 points: says what happens to the nearest</li>",
        "<li>5.5 points: both axes are labelled</li>",
        "<span>7.5 of 10</span>",
        "The reason <em>is missing</em>.",
        "data:image/png;base64,",
        "92.5 <small>of 95 points</small>",
    ):
        assert shown in after
    assert "not given yet" not in after
    nothing = page(school, "zoe")
    assert nothing.count("– Not answered") == 2
    assert "NotImplementedError" not in nothing.split('id="exercise-curve"')[1]
    assert "not given yet" not in nothing


ROSTER = "Student,ID,SIS Login ID,Section,{name} (1)\n    Points Possible,,,,95\n" + "".join(
    f"{who},{n},{who},A,\n" for n, who in enumerate(CLASS)
)


def test_no_platform_gets_a_grade_without_an_answer_that_waits(school, tmp_path, capsys):
    roster = tmp_path / "canvas.csv"
    roster.write_text(ROSTER.format(name=ASSIGNMENT))

    def exported():
        arguments = ("--format", "canvas", "--roster", roster, "--to", tmp_path / "out.csv")
        assert command(school, "export", ASSIGNMENT, *arguments) == 0
        table = csv.reader(io.StringIO((tmp_path / "out.csv").read_text()))
        return {row[0]: row[-1] for row in table if row[0] in CLASS}

    assert exported() == {"ada": "", "bob": "", "eve": "", "zoe": "0"}
    said = capsys.readouterr().out
    for name, whose in (("crowd", "ada, bob"), ("curve", "ada, eve")):
        line = f"not read yet: {name} in {ASSIGNMENT}, of {whose}; no grade is written without it"
        assert line in said.split("\n")
    give(school, "ada", "crowd", 7.5, COMMENT)
    give(school, "ada", "curve", 0, None)
    give(school, "bob", "crowd", 0, None)
    assert exported() == {"ada": "77.5", "bob": "30", "eve": "", "zoe": "0"}
    assert "crowd" not in capsys.readouterr().out


def test_the_plain_table_is_nbgraders_and_says_what_it_lacks(school, capsys):
    assert command(school, "export") == 0
    said = capsys.readouterr().out
    line = f"not read yet: crowd in {ASSIGNMENT}, of ada, bob; their scores are without it"
    assert line in said.split("\n")
    ours = (school.course / "grades.csv").read_text()
    (school.course / "grades.csv").unlink()
    done = run("nbgrader", "export", cwd=school.root, DL4CV_COURSE=str(school.course))
    assert done.returncode == 0, done.stderr
    [path] = [p for p in (school.root / "grades.csv", school.course / "grades.csv") if p.is_file()]
    theirs = path.read_text()
    if path.parent == school.root:
        path.unlink()
    assert sorted(theirs.split()) == sorted(ours.split())


def test_a_decision_about_all_leaves_nobody_waiting(school, capsys):
    reason = ("--reason", "It was unclear.")
    for name in ("crowd", "curve"):
        assert command(school, "adjust", ASSIGNMENT, name, "--void", *reason) == 0
    capsys.readouterr()
    assert command(school, "export") == 0
    assert "not read yet" not in capsys.readouterr().out
    assert "not given yet" not in page(school, "ada")


def test_what_counts_in_full_does_so_once_it_has_points(school):
    reason = ("--reason", "It was unclear.")
    assert command(school, "adjust", ASSIGNMENT, "crowd", "ada", "--full", *reason) == 0
    assert "<span>? of 10</span>" in page(school, "ada")
    give(school, "ada", "crowd", 0, None)
    assert "<span>10 of 10</span>" in page(school, "ada")


def test_the_report_counts_what_was_read_apart_from_what_waits(school):
    give(school, "ada", "crowd", 7.5, COMMENT)
    assert command(school, "report", ASSIGNMENT) == 0
    text = (school.course / "reports" / f"{ASSIGNMENT}.html").read_text()
    assert "3 answers wait for a person and count for nothing here yet." in text
    row = text.split("<strong>crowd</strong>, 1 not read yet")[1].split("</tr>")[0]
    assert [part.split("<")[0] for part in row.split('class="number">')[1:]] == [
        *("2", "0 %", "7.5 of 10"),
    ]


def test_a_bundle_and_an_explanation_do_not_trip_over_it(school, capsys):
    assert command(school, "explain", ASSIGNMENT, "ada", "double") == 0
    assert command(school, "explain", ASSIGNMENT, "ada", "crowd") == 1
    assert "a person reads the answer to crowd, so nothing was checked" in capsys.readouterr().err
    assert command(school, "release", "--check") == 0


def test_an_answer_beside_its_cell_is_pointed_at(school):
    hand_in(school, "zoe")
    path = school.course / "submitted" / "zoe" / ASSIGNMENT / NOTEBOOK
    nb = json.loads(path.read_text())
    places = [i for i, cell in enumerate(nb["cells"]) if cell["id"] == "crowd"]
    own = {"cell_type": "markdown", "id": "own", "metadata": {}, "source": "They crowd."}
    nb["cells"].insert(places[0] + 1, own)
    path.write_text(json.dumps(nb))
    hand_in(school, "eve", **CLASS["eve"] | {"crowd": "![](attachment:a.png)"})
    other = school.course / "submitted" / "eve" / ASSIGNMENT / NOTEBOOK
    nb = json.loads(other.read_text())
    for cell in nb["cells"]:
        if cell["id"] == "crowd":
            cell["attachments"] = {"a.png": {"image/png": "aGVsbG8="}}
    other.write_text(json.dumps(nb))
    said = grade(school, ASSIGNMENT)
    below = "as it was given, with a cell of the student's own below it: read that"
    assert f"put right  {below}: zoe (crowd)\n" in said
    pasted = "has pictures pasted into its text, which are left out: look at the file"
    assert f"put right  {pasted}: eve (crowd)\n" in said


# --- Formgrader ---


def test_a_person_grades_by_the_rubric_in_formgrader(school, tmp_path, browser):  # noqa: F811
    """As the guide has it: `jupyter lab "$DL4CV_COURSE"` in the course's folder."""
    log, group = tmp_path / "lab.log", school.course
    with Gradebook(school.database) as gradebook:
        ids = {
            submission.student.id: submission.notebooks[0].id
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
        }
    lab = ("jupyterlab", str(group))
    with server(school.root, log, *lab, DL4CV_COURSE=str(group)) as (address, token, process):
        status, _ = get(address, "/formgrader/", token, process, time.monotonic() + 120)
        assert status == 200, log.read_text()
        tab = browser.new_context().new_page()
        tab.set_default_timeout(120_000)
        tab.goto(f"{address}/lab?token={token}")
        tab.get_by_text("Nbgrader", exact=True).first.click()
        tab.locator(".lm-Menu-itemLabel", has_text="Formgrader").first.click()
        inside = tab.frame_locator("iframe")
        inside.get_by_text("Manual Grading").first.wait_for()
        tab.goto(f"{address}/formgrader/submissions/{ids['bob']}/")
        tab.locator("input#crowd").wait_for()
        assert "Alike." in tab.inner_text("body")
        assert tab.evaluate("window.hit") is None  # what bob wrote is no program here
        tab.goto(f"{address}/formgrader/submissions/{ids['ada']}/")
        tab.get_by_text("4 points: says what happens to the nearest").wait_for()
        assert tab.locator("img[src^='data:image/png']").count() == 1
        score = tab.locator("input#crowd")
        score.wait_for()
        assert score.input_value() == ""
        for box, value, place in (
            (score, "7.5", "grades"),
            (tab.locator("textarea#crowd-comment"), COMMENT, "comments"),
        ):
            with tab.expect_response(lambda r, place=place: r.request.method == "PUT") as saved:
                box.fill(value)
                box.blur()
            assert saved.value.ok
            assert f"/formgrader/api/{place[:-1]}" in saved.value.url
    assert "not a subdirectory" not in log.read_text()
    assert rows(group)["ada", "crowd"] == (None, 7.5, False, 10)
    assert comment_of(school, "ada", "crowd") == COMMENT
    grade(school, ASSIGNMENT, "--force")
    assert rows(group)["ada", "crowd"] == (None, 7.5, True, 10)
    text = page(school, "ada")
    assert "<span>7.5 of 10</span>" in text
    assert "The reason <em>is missing</em>." in text

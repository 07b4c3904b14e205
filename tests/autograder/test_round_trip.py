"""From a platform's archive to a platform's table: each student's points are in their own row.

For each layout: the members of the archive, whose each notebook is, and the platform's table in its
default columns. Each student answers so that their points tell them from the others.
"""

import csv
import io
import json
import zipfile

import pytest
from mini_course import ASSIGNMENT, SMALL

from autograder.authoring import release
from autograder.authoring.source import read_source
from autograder.cli import main

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
PEOPLE = ("Ada Lovelace", "Zoë García López", "Bob O'Neil")  # who solve 0, 1 and 2 exercises
UPLOAD = "assignsubmission_file"

WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified \
(submission),Last modified (grade),Feedback comments
Participant 31,Ada Lovelace,ada@example.org,Submitted for grading,,{most},Yes,-,-,
Participant 32,Zoë García López,zoe@example.org,Submitted for grading,,{most},Yes,-,-,
Participant 33,Bob O'Neil,bob@example.org,Submitted for grading,,{most},Yes,-,-,
Participant 34,Nil Absent,nil@example.org,No submission,,{most},Yes,-,-,
"""
GRADEBOOK = """\
First name,Last name,ID number,Institution,Department,Email address,Course total (Real)
Ada,Lovelace,,,,ada@example.org,-
Zoë,García López,,,,zoe@example.org,-
Bob,O'Neil,77,,,bob@example.org,-
Nil,Absent,78,,,nil@example.org,-
"""
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,First (5001),Final Score
    Points Possible,,,,,{most},(read only)
"Lovelace, Ada",31,s1,ada1,A,,
"García López, Zoë",32,s2,zoe2,A,,
"O'Neil, Bob",33,s3,bob3,A,,
"Absent, Nil",34,s4,nil4,A,,
"Student, Test",35,,,A,,
"""
# {layout: (members, format, table, options, column of the grade, names of the rows)}
MOODLE = [f"{name}_{31 + i}_{UPLOAD}_/my work.ipynb" for i, name in enumerate(PEOPLE)]
FLAT = [path.replace("_/", "_") for path in MOODLE]
LETTERS = ("lovelaceada", "garcialopezzoe", "oneilbob")
USERS = [f"{name}_{31 + i}_900{i}_{NOTEBOOK}" for i, name in enumerate(LETTERS)]
LATE = [USERS[0], USERS[1].replace("_32_", "_LATE_32_"), USERS[2].replace(".ipynb", "-1.ipynb")]
LAYOUTS = {
    "Moodle, a folder each": (MOODLE, "moodle", WORKSHEET, [], "Grade"),
    "Moodle, no folders": (FLAT, "moodle", WORKSHEET, [], "Grade"),
    "Moodle, by the gradebook": (MOODLE, "moodle", GRADEBOOK, [], ASSIGNMENT),
    "Canvas": (USERS, "canvas", CANVAS, ["--column", "First (5001)"], "First (5001)"),
    "Canvas, late and again": (
        LATE,
        "canvas",
        CANVAS,
        ["--column", "First (5001)"],
        "First (5001)",
    ),
    "by e-mail address": (
        [f"{name}@example.org/{NOTEBOOK}" for name in ("ada", "zoe", "bob")],
        *("moodle", WORKSHEET, [], "Grade"),
    ),
    "by login": (
        [f"{name}/{NOTEBOOK}" for name in ("ada1", "zoe2", "bob3")],
        *("canvas", CANVAS, ["--column", "First (5001)"], "First (5001)"),
    ),
}


@pytest.fixture
def solved(project):
    """solved(n): the release's notebook with the first n exercises solved; its points."""
    release.write(project, ASSIGNMENT)
    source = read_source(project.solution(ASSIGNMENT) / "notebook.py")
    released = json.loads((project.release(ASSIGNMENT) / NOTEBOOK).read_bytes())
    right = {name: exercise.cell.text for name, exercise in source.exercises.items()}

    def make(count):
        names = list(source.exercises)[:count]
        nb = json.loads(json.dumps(released))
        for cell in nb["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") in names:
                cell["source"] = right[cell["metadata"]["nbgrader"]["grade_id"]]
        nb["cells"][0]["source"] += f"\n{count}"
        return json.dumps(nb).encode(), sum(source.exercises[name].points for name in names)

    make.most = sum(exercise.points for exercise in source.exercises.values())
    return make


@pytest.mark.tied(*SMALL)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_grade_arrives_in_its_row(project, solved, tmp_path, layout, capsys):
    members, kind, table, options, column = LAYOUTS[layout]
    works = [solved(count) for count in range(3)]
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for path, (content, _) in zip(members, works, strict=True):
            archive.writestr(path, content)
    (tmp_path / "table.csv").write_text(table.format(most=f"{solved.most:.2f}"), encoding="utf-8")
    at = ["-C", str(project.root)]
    assert main([*at, "collect", ASSIGNMENT, str(tmp_path / "class.zip")]) == 0
    assert main([*at, "grade", ASSIGNMENT, "--sandbox", "none", "--jobs", "2"]) == 0
    capsys.readouterr()
    to, command = tmp_path / "filled.csv", [*at, "export", ASSIGNMENT, "--format", kind, *options]
    assert main([*command, "--roster", str(tmp_path / "table.csv"), "--to", str(to)]) == 0
    assert capsys.readouterr().out.startswith("3 grades in ")
    rows = list(csv.DictReader(io.StringIO(to.read_bytes().decode("utf-8-sig"), newline="")))
    who = {"Lovelace": 0, "ada@": 0, "García": 1, "zoe@": 1, "O'Neil": 2, "bob@": 2}
    found = {}
    for row in rows:
        names = " ".join(
            filter(None, (row.get(c) for c in ("Full name", "Student", "Email address")))
        )
        for part, number in who.items():
            if part in names:
                found[number] = float(row[column])
    assert found == {number: points for number, (_, points) in enumerate(works)}
    others = [row[column] for row in rows if "Absent" in str(row) or "Test" in str(row)]
    assert set(others) <= {""}

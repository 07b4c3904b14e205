"""From a platform's archives to its tables and archives: everybody gets their own points and page.

A case has the tables of the class, the archives that a platform makes of each assignment, and what
has to be in which row, and in which file that the platform takes back. Works are numbered: work 0
solves nothing, work 1 the first exercise, and so on; all four were graded beforehand, so a case
runs nothing.
"""

import csv
import io
import json
import shutil
import zipfile
from dataclasses import dataclass, field

import pytest
from mini_course import ASSIGNMENT, SMALL, make_project
from nbgrader.api import Gradebook

from autograder import grade, people
from autograder.authoring import release
from autograder.authoring.source import read_source
from autograder.cli import main
from autograder.people import Person
from autograder.project import Project, UserError
from autograder.returning import upload

SECOND = "01_again"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
MOST = "100.00"
FILE = "assignsubmission_file"


@dataclass
class Case:
    """archives: {assignment: {path: number of a work, or a text}}; kind: of the platform; table: to
    be filled in; column: of the grades; rows: {text in a row: number of the work whose points are
    in it}; pages: {path in the archive for the platform: number of a work}; students: names of
    their folders; class_tables: read first; said: of `collect`, which fails where there is a
    problem.
    """

    archives: dict
    kind: str
    table: str
    rows: dict
    pages: dict
    students: str
    column: str = "Grade"
    class_tables: tuple = ()
    said: tuple = ()
    options: tuple = ()
    homeless: tuple = ()
    stamps: dict = field(default_factory=dict)


def worksheet(*rows, head="Full name,Email address,", group=""):
    """Moodle's. rows: (number, cells of the head, when it was handed in)."""
    group = f"{group}," if group else ""
    lines = [
        f"Identifier,{head}Status,{group}Grade,Maximum grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments"
    ]
    for number, cells, when in rows:
        *person, team = cells.split("|") if group else (cells, "")
        team = f"{team}," if group else ""
        person = f"{person[0]}," if person[0] else ""
        handed_in = f'"{when}"' if when else "-"
        status = f"Participant {number},{person}Submitted for grading"
        lines.append(f"{status},{team},{MOST},Yes,{handed_in},-,")
    return "\n".join(lines) + "\n"


ADA, ZOE, BOB = "Ada Lovelace", "Zoë García López", "Bob O'Neil"
CLASS = worksheet(
    (31, f"{ADA},ada@example.org", "Thursday, 1 October 2026, 10:50 PM"),
    (32, f"{ZOE},zoe@example.org", "Friday, 2 October 2026, 12:10 AM"),
    (33, f"{BOB},bob@example.org", "Friday, 2 October 2026, 9:00 AM"),
    (34, "Nil Absent,nil@example.org", ""),
)
NAMESAKES = [f"Anna Ek,anna{i}@example.org" for i in (1, 2)]
FIRST = worksheet((11, NAMESAKES[0], ""), (12, NAMESAKES[1], ""), (13, f"{ADA},a@example.org", ""))
LATER = worksheet((25, NAMESAKES[1], ""), (26, f"{ADA},a@example.org", ""), (27, NAMESAKES[0], ""))
PARTICIPANTS = """\
First name,Last name,Email address,Groups
Anna,Ek,anna1@example.org,Red
Anna,Ek,anna2@example.org,Blue
Ada,Lovelace,a@example.org,Red
"""
GRADEBOOK = """\
First name,Last name,ID number,Institution,Department,Email address,Course total (Real)
Anna,Ek,,,,anna1@example.org,-
Anna,Ek,,,,anna2@example.org,-
Ada,Lovelace,,,,a@example.org,-
"""
TEAMS = worksheet(
    (31, f"{ADA},ada@example.org|Red_1", ""),
    (32, f"{ZOE},zoe@example.org|Red_1", ""),
    (33, f"{BOB},bob@example.org|Blue", ""),
    group="Group",
)
NO_TEAM = TEAMS.replace("Blue", "Default group")
GERMAN = "ID,Status,Bewertung,Feedback\n" + "".join(
    f"Teilnehmer/in {number},Zur Bewertung abgegeben,,\n" for number in (31, 32, 33)
)
GRADESCOPE = """\
---
submission_100001:
  :submitters:
  - :name: Ada L.
    :sid: s1
    :email: ada@example.org
  - :name: Zoë García López
    :sid: s2
    :email: zoe@example.org
  :created_at: 2026-10-01 22:50:10.000000000 Z
submission_100002:
  :submitters:
  - :name: Bob O'Neil
    :sid: s3
    :email: bob@example.org
  :created_at: 2026-10-02 08:00:00.500000000 Z
"""
HIDDEN = worksheet((31, "", ""), (32, "", ""), (33, "", ""), head="")
CANVAS_GROUPS = """\
name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id
"Lovelace, Ada",31,s1,ada1,A,"Red, 1",801,
"García López, Zoë",32,s2,zoe2,A,"Red, 1",801,
"O'Neil, Bob",33,s3,bob3,B,2 Blue,802,
"Absent, Nil",34,s4,nil4,B,,,
"""
CANVAS = f"""\
Student,ID,SIS User ID,SIS Login ID,Section,First (5001),Final Score
    Points Possible,,,,,{MOST},(read only)
"Lovelace, Ada",31,s1,ada1,A,,
"García López, Zoë",32,s2,zoe2,A,,
"O'Neil, Bob",33,s3,bob3,B,,
"Absent, Nil",34,s4,nil4,B,,
"Student, Test",35,,,A,,
"""
APART = f"""\
LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,First (5001),Final Score
    Points Possible,,,,,,{MOST},(read only)
Lovelace,Ada,31,s1,ada1,A,,
García López,Zoë,32,s2,zoe2,A,,
Student,Test,35,,,A,,
"""
IN_CANVAS = {"kind": "canvas", "table": CANVAS, "column": "First (5001)"}
IN_CANVAS["options"] = ("--column", "First (5001)")
OTHERS = ("Ada_Lovelace", "Zoë_García_López", "Bob_O_Neil")


def one(paths):
    return {ASSIGNMENT: {path: number for number, path in enumerate(paths)}}


CASES = {
    "Moodle, a folder each; times, and text without a file": Case(
        {
            ASSIGNMENT: {
                f"{ADA}_31_{FILE}/my work.ipynb": 0,
                f"{ZOE}_32_{FILE}/{NOTEBOOK}": 1,
                f"Bob ONeil_33_{FILE}/sub/{NOTEBOOK}": 2,
                "Nil Absent_34_assignsubmission_onlinetext/onlinetext.html": None,
            }
        },
        "moodle",
        CLASS,
        {"Participant 31": 0, "Participant 32": 1, "Participant 33": 2},
        {
            f"{ADA}_31_{FILE}/{ASSIGNMENT}.html": 0,
            f"{ZOE}_32_{FILE}/{ASSIGNMENT}.html": 1,
            f"Bob ONeil_33_{FILE}/{ASSIGNMENT}.html": 2,
        },
        "Ada_Lovelace Bob_O_Neil Zoë_García_López",
        class_tables=(CLASS,),
        said=("problem  Nil_Absent        no notebook (onlinetext.html): ask for",),
        stamps={"Ada_Lovelace": "2026-10-01 20:50:00 UTC", "Bob_O_Neil": "2026-10-02 07:00:00 UTC"},
    ),
    "Moodle, no folders, no class": Case(
        one([f"{ADA}_31_{FILE}_my work.ipynb", f"{ZOE}_32_{FILE}_x.ipynb"]),
        "moodle",
        CLASS,
        {"Participant 31": 0, "Participant 32": 1},
        {f"{ADA}_31_{FILE}_{ASSIGNMENT}.html": 0, f"{ZOE}_32_{FILE}_{ASSIGNMENT}.html": 1},
        "Ada_Lovelace Zoë_García_López",
    ),
    "Moodle, two of one name, two assignments, other numbers": Case(
        {
            ASSIGNMENT: {
                f"Anna Ek_11_{FILE}_/a.ipynb": 0,
                f"Anna Ek_12_{FILE}_/a.ipynb": 1,
                f"{ADA}_13_{FILE}_/a.ipynb": 2,
            },
            SECOND: {
                f"Anna Ek_27_{FILE}_/a.ipynb": 1,
                f"Anna Ek_25_{FILE}_/a.ipynb": 0,
                f"{ADA}_26_{FILE}_/a.ipynb": 2,
            },
        },
        "moodle",
        GRADEBOOK,
        {"anna1@": 1, "anna2@": 0, "a@": 2},
        {
            f"Anna Ek_27_{FILE}_/{SECOND}.html": 1,
            f"Anna Ek_25_{FILE}_/{SECOND}.html": 0,
            f"{ADA}_26_{FILE}_/{SECOND}.html": 2,
        },
        "Ada_Lovelace Anna_Ek-anna1 Anna_Ek-anna2",
        column=SECOND,
        class_tables=(PARTICIPANTS, FIRST, LATER),
    ),
    "Moodle, groups: a folder a group": Case(
        one([f"Red 1_33_{FILE}/{NOTEBOOK}", f"Blue_78_{FILE}/{NOTEBOOK}"]),
        "moodle",
        TEAMS,
        {"Participant 31": 0, "Participant 32": 0, "Participant 33": 1},
        {  # by a group's number Moodle finds nobody, or another group's member
            f"Ada Lovelace_31_{FILE}/{ASSIGNMENT}.html": 0,
            f"Zoë García López_32_{FILE}/{ASSIGNMENT}.html": 0,
            f"Bob O Neil_33_{FILE}/{ASSIGNMENT}.html": 1,
        },
        " ".join(sorted(OTHERS)),
        class_tables=(TEAMS,),
        said=("the work of Red 1",),
    ),
    "Moodle, groups: those in no group": Case(
        one([f"Red 1_801_{FILE}/{NOTEBOOK}", f"Default group_{FILE}/{NOTEBOOK}"]),
        "moodle",
        NO_TEAM,
        {"Participant 31": 0, "Participant 32": 0, "Participant 33": 1},
        {
            f"Ada Lovelace_31_{FILE}/{ASSIGNMENT}.html": 0,
            f"Zoë García López_32_{FILE}/{ASSIGNMENT}.html": 0,
            f"Bob O Neil_33_{FILE}/{ASSIGNMENT}.html": 1,
        },
        " ".join(sorted(OTHERS)),
        class_tables=(NO_TEAM,),
        said=("the work of Default group",),
    ),
    "Moodle, groups: a folder a member": Case(
        one([f"Red 1-{ADA}_31_{FILE}_/x.ipynb", f"Blue-Bob ONeil_33_{FILE}_/x.ipynb"]),
        "moodle",
        TEAMS,
        {"Participant 31": 0, "Participant 33": 1},
        {
            f"Red 1-{ADA}_31_{FILE}_/{ASSIGNMENT}.html": 0,
            f"Blue-Bob ONeil_33_{FILE}_/{ASSIGNMENT}.html": 1,
        },
        "Ada_Lovelace Bob_O_Neil",
        class_tables=(TEAMS,),
    ),
    "Moodle, blind": Case(
        one([f"Participant_{31 + i}_{FILE}/{NOTEBOOK}" for i in range(3)]),
        "moodle",
        HIDDEN,
        {"Participant 31": 0, "Participant 32": 1, "Participant 33": 2},
        {f"Participant_{31 + i}_{FILE}/{ASSIGNMENT}.html": i for i in range(3)},
        "Participant-31 Participant-32 Participant-33",
    ),
    "Moodle, blind, in German": Case(
        one([f"Teilnehmerin_{31 + i}_{FILE}/{NOTEBOOK}" for i in range(3)]),
        "moodle",
        GERMAN,
        {"Teilnehmer/in 31": 0, "Teilnehmer/in 32": 1, "Teilnehmer/in 33": 2},
        {f"Teilnehmerin_{31 + i}_{FILE}/{ASSIGNMENT}.html": i for i in range(3)},
        "Participant-31 Participant-32 Participant-33",
        column="Bewertung",
        options=("--column", "Bewertung"),
        class_tables=(PARTICIPANTS, GERMAN),
    ),
    "Moodle, blind, in a class with names": Case(
        one([f"Participant_{31 + i}_{FILE}/{NOTEBOOK}" for i in range(3)]),
        "moodle",
        CLASS,
        {"Participant 31": 0, "Participant 32": 1, "Participant 33": 2},
        {f"Participant_{31 + i}_{FILE}/{ASSIGNMENT}.html": i for i in range(3)},
        "Participant-31 Participant-32 Participant-33",
        class_tables=(PARTICIPANTS, HIDDEN),
    ),
    "Canvas, late, again, text and a link": Case(
        {
            ASSIGNMENT: {
                f"lovelaceada_31_9001_{NOTEBOOK}": 0,
                "garcíalópezzoë_LATE_32_9002_00_mini-1.ipynb": 1,
                "oneilbob_33_9003_my_5_6_work.ipynb": 2,
                "absentnil_34_text.html": None,
            }
        },
        rows={"Lovelace": 0, "García": 1, "O'Neil": 2},
        pages={
            f"lovelaceada_31_9001_{ASSIGNMENT}.html": 0,
            "garcíalópezzoë_LATE_32_9002_00_mini-1.html": 1,
            "oneilbob_33_9003_my_5_6_work.html": 2,
        },
        students="Ada_Lovelace Bob_O_Neil Zoë_García_López",
        class_tables=(CANVAS,),
        said=("no notebook (absentnil_34_text.html)", "  00_mini-1.ipynb; late"),
        **IN_CANVAS,
    ),
    "Canvas, no class": Case(
        one([f"lovelaceada_31_9001_{NOTEBOOK}", f"o_neilbob_33_9003_{NOTEBOOK}"]),
        rows={"Lovelace": 0, "O'Neil": 1},
        pages={
            f"lovelaceada_31_9001_{ASSIGNMENT}.html": 0,
            f"o_neilbob_33_9003_{ASSIGNMENT}.html": 1,
        },
        students="lovelaceada-31 o_neilbob-33",
        **IN_CANVAS,
    ),
    "Canvas, groups": Case(
        one([f"red1_32_9001_{NOTEBOOK}", f"2blue_LATE_33_9002_{NOTEBOOK}"]),
        rows={"Lovelace": 0, "García": 0, "O'Neil": 1},
        pages={
            f"red1_32_9001_{ASSIGNMENT}.html": 0,
            f"2blue_LATE_33_9002_{ASSIGNMENT}.html": 1,
        },
        students="Ada_Lovelace Bob_O_Neil Zoë_García_López",
        class_tables=(CANVAS, CANVAS_GROUPS),
        said=("the work of red1", "the work of 2blue"),
        **IN_CANVAS,
    ),
    "Canvas, last and first names apart": Case(
        one([f"lovelaceada_31_9001_{NOTEBOOK}", f"garcíalópezzoë_32_9002_{NOTEBOOK}"]),
        rows={"Lovelace": 0, "García": 1},
        pages={
            f"lovelaceada_31_9001_{ASSIGNMENT}.html": 0,
            f"garcíalópezzoë_32_9002_{ASSIGNMENT}.html": 1,
        },
        students="Ada_Lovelace Zoë_García_López",
        class_tables=(APART,),
        **(IN_CANVAS | {"table": APART}),
    ),
    "Canvas, anonymous": Case(
        one([f"anon_12345_9001_{NOTEBOOK}", f"LATE_anon_x3Yab_9003_{NOTEBOOK}"]),
        rows={},
        pages={
            f"anon_12345_9001_{ASSIGNMENT}.html": 0,
            f"LATE_anon_x3Yab_9003_{ASSIGNMENT}.html": 1,
        },
        students="anon-12345 anon-x3Yab",
        homeless=("anon-12345", "anon-x3Yab"),
        class_tables=(CANVAS,),
        **IN_CANVAS,
    ),
    "Gradescope, a group and one": Case(
        {
            ASSIGNMENT: {
                f"assignment_4711_export/submission_100001/{NOTEBOOK}": 0,
                "assignment_4711_export/submission_100002/my work.ipynb": 1,
                "assignment_4711_export/submission_metadata.yml": GRADESCOPE,
            }
        },
        rows={"Lovelace": 0, "García": 0, "O'Neil": 1},
        pages={},
        students="Ada_Lovelace Bob_O_Neil Zoë_García_López",
        class_tables=(CANVAS,),
        stamps={"Bob_O_Neil": "2026-10-02 08:00:00.500000 UTC"},
        **IN_CANVAS,
    ),
    "Teams, two versions": Case(
        {
            ASSIGNMENT: {
                f"Submitted files/{ADA}/Homework/Version 2/{NOTEBOOK}": 0,
                f"Submitted files/{ADA}/Homework/Version 1/{NOTEBOOK}": 3,
                f"Submitted files/{ZOE}/Homework/Version 1/{NOTEBOOK}": 1,
            }
        },
        rows={"Lovelace": 0, "García": 1},
        pages={},
        students="Ada_Lovelace Zoë_García_López",
        class_tables=(CANVAS,),
        **IN_CANVAS,
    ),
    "no platform: e-mail addresses, numbers, sections": Case(
        {
            ASSIGNMENT: {
                f"A/zoe2/{NOTEBOOK}": 1,
                f"A/s1/{NOTEBOOK}": 0,
                f"B/Bob O'Neil/{NOTEBOOK}": 2,
                f"B/mallory/{NOTEBOOK}": 3,
            }
        },
        rows={"Lovelace": 0, "García": 1, "O'Neil": 2},
        pages={},
        students="Ada_Lovelace Bob_O_Neil Zoë_García_López",
        class_tables=(CANVAS,),
        said=("nobody of the class is called 'mallory'",),
        **IN_CANVAS,
    ),
}


@pytest.fixture(scope="module")
def graded_before(tmp_path_factory):
    """(a project whose journal has all works, their bytes, their points)"""
    project = make_project(tmp_path_factory.mktemp("before") / "project")
    shutil.copytree(project.solution(ASSIGNMENT), project.solution(SECOND))
    for assignment in (ASSIGNMENT, SECOND):
        release.write(project, assignment)
    source = read_source(project.solution(ASSIGNMENT) / "notebook.py")
    right = {name: exercise.cell.text for name, exercise in source.exercises.items()}
    released = json.loads((project.release(ASSIGNMENT) / NOTEBOOK).read_bytes())
    works, points = [], []
    for count in range(len(right) + 1):
        names, nb = [*right][:count], json.loads(json.dumps(released))
        for cell in nb["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") in names:
                cell["source"] = right[cell["metadata"]["nbgrader"]["grade_id"]]
        nb["cells"].append(
            {"cell_type": "markdown", "id": "own", "metadata": {}, "source": f"Work {count}."}
        )
        works.append(json.dumps(nb).encode())
        points.append(sum(source.exercises[name].points for name in names))
        place = project.course / "submitted" / f"w{count}" / ASSIGNMENT / NOTEBOOK
        place.parent.mkdir(parents=True)
        place.write_bytes(works[-1])
    report = grade.grade(project, ASSIGNMENT, sandbox="none", jobs=1)
    assert [sum(scores.values()) for scores in report.scores.values()] == points
    assert len({*points}) == len(points) > 3
    # what is run is the same in both
    shutil.copytree(project.course / "journal" / ASSIGNMENT, project.course / "journal" / SECOND)
    for folder in ("submitted", "autograded", "feedback"):
        shutil.rmtree(project.course / folder)
    for path in project.course.glob("journal/*/*.jsonl"):
        path.unlink()
    with Gradebook(project.database) as gradebook:  # to make a new one takes seconds
        for student in gradebook.students:
            gradebook.remove_student(student.id)
    return project, works, points


def packed(path, works, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, number in members.items():
            text = number if isinstance(number, str) else "<p>text</p>"
            archive.writestr(name, works[number] if isinstance(number, int) else text)
    return str(path)


@pytest.mark.tied(*SMALL)
@pytest.mark.parametrize("name", CASES)
def test_everybody_gets_their_own_points_and_page(graded_before, tmp_path, name, capsys):
    before, works, points = graded_before
    case = CASES[name]
    project = Project(shutil.copytree(before.root, tmp_path / "project"))

    def run(*command):
        failed = main(["-C", str(project.root), *map(str, command)])
        out, err = capsys.readouterr()
        return failed, out + err

    for i, table in enumerate(case.class_tables):
        path = tmp_path / f"class{i}.csv"
        path.write_text(table, encoding="utf-8")
        failed, said = run("roster", path, "--timezone", "Europe/Berlin")
        assert not failed, said
    collected = ""
    for assignment, members in case.archives.items():
        failed, said = run("collect", assignment, packed(tmp_path / "c.zip", works, members))
        assert failed == ("problem  " in said), said
        collected += said
        report = grade.grade(project, assignment, sandbox="none", jobs=1)
        assert report.left_out == {}
    for i in range(len(case.class_tables)):  # what was collected makes nobody somebody else
        failed, said = run("roster", tmp_path / f"class{i}.csv", "--timezone", "Europe/Berlin")
        assert not failed, said
    for text in case.said:
        assert text in collected
    assert case.said or "problem  " not in collected, collected
    with Gradebook(project.database) as gradebook:
        assert sorted(student.id for student in gradebook.students) == case.students.split()
    for student, stamp in case.stamps.items():
        path = project.course / "submitted" / student / ASSIGNMENT / "timestamp.txt"
        assert path.read_text() == f"{stamp}\n"

    (tmp_path / "table.csv").write_text(case.table, encoding="utf-8")
    to, last = tmp_path / "filled.csv", [*case.archives][-1]
    table = ("--roster", tmp_path / "table.csv", "--to", to)
    failed, said = run("export", last, "--format", case.kind, *case.options, *table)
    assert [s for s in case.students.split() if f"{s} has a grade" in said] == [*case.homeless]
    assert failed == bool(case.homeless), said
    assert not {"no grade for Student, Test", "no grade for Points Possible"} & {*said.split("\n")}
    rows = [*csv.DictReader(io.StringIO(to.read_bytes().decode("utf-8-sig"), newline=""))]
    given = {row[case.column] for row in rows} - {"", MOST}
    assert len(given) == len({*case.rows.values()} - {3})
    for text, number in case.rows.items():
        [row] = [row for row in rows if text in ",".join(filter(None, row.values()))]
        assert float(row[case.column]) == points[number], text

    if not case.pages:
        with pytest.raises(UserError, match="there is no archive that they would take"):
            upload.write(project, last)
        return
    upload.write(project, last)
    with zipfile.ZipFile(project.course / f"feedback-{last}-{case.kind}.zip") as archive:
        assert sorted(archive.namelist()) == sorted(case.pages)
        for path, number in case.pages.items():
            assert f"Work {number}." in archive.read(path).decode(), path


@pytest.mark.tied(*SMALL)
def test_the_command_packs_the_pages_as_the_gradebook_is(graded_copy, capsys):
    members = {f"Ada Ek_31_{FILE}/": "mixed-1", f"Bo Ek_32_{FILE}/": "reference"}
    kept = {s: {Person("moodle", s, "31").key: name} for name, s in members.items()}
    people.keep(graded_copy.course, ASSIGNMENT, kept)
    page = graded_copy.course / "feedback" / "reference" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    page.unlink()
    command = ["-C", str(graded_copy.root), "feedback", ASSIGNMENT]
    assert main([*command, "mixed-1", "reference", "--zip"]) == 0
    path = graded_copy.course / f"feedback-{ASSIGNMENT}-moodle.zip"
    assert f"upload    _build/course/{path.name} (2 pages)" in capsys.readouterr().out
    with zipfile.ZipFile(path) as archive:
        assert archive.read(f"Bo Ek_32_{FILE}/{ASSIGNMENT}.html") == page.read_bytes()
    assert main([*command, "mixed-1", "untouched", "--zip"]) == 1
    assert "left out untouched: autograder collect has not had it" in capsys.readouterr().err

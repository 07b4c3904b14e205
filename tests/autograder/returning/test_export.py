"""Export: the grades as tables that scripts, Canvas and Moodle take, nothing lost or made up."""

import csv
import io

import pytest
from mini_course import ASSIGNMENT
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.cli import main
from autograder.people import Person
from autograder.project import UserError
from autograder.returning import export
from autograder.returning.export import Grade, Options
from autograder.table import harmless

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,01_knn (4711),02_linear (4712),Final Score
    Points Possible,,,,,100.00,90.00,(read only)
"Lovelace, Ada",11,s-1,ada,A,,80,80
"Hopper, Grace",12,s-2,grace,A,3,,
"=Émile, Zoë",13,s-3,zoe,B,,,
"Nobody, Ned",14,s-4,ned,B,7,,
"""
MOODLE = """\
First name,Last name,ID number,Email address,Assignment: other
Ada,Lovelace,1001,ada@example.org,-
Grace,Hopper,1002,grace@example.org,5
Zoë,Émile,1003,zoe@example.org,-
"""


def grades(*rows):
    """rows: (assignment, student, score)."""
    return [Grade(a, s, "", score, 100.0, []) for a, s, score in rows]


CLASS = grades(
    *(("01_knn", "ada", 86.5), ("01_knn", "s-2", 0.0), ("01_knn", "13", 100.0)),
    *(("01_knn", "mallory", 99.0), ("01_knn", "ned", None)),
)


def read(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def roster(tmp_path):
    """A function that writes a roster."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "roster.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


# --- Canvas ---


def test_canvas_gets_its_own_table_back_with_our_column_filled_in(roster):
    done = export.export(CLASS, kind="canvas", roster=roster(CANVAS))
    head, possible, ada, grace, zoe, ned = read(done.content)
    assert [head, possible] == read(CANVAS.encode())[:2]
    assert [row[5] for row in (ada, grace, zoe, ned)] == ["86.5", "3", "100", "7"]
    cells = {"Ada": ("A,,80", "A,86.5,80"), "Zoë": ("B,,,", "B,100,,")}
    text = CANVAS
    for old, new in cells.values():
        text = text.replace(old, new)
    assert done.content.decode() == text, "all else stays, byte for byte"
    assert done.filled == 2
    assert done.kept == {"Hopper, Grace": "3"}
    assert done.homeless == ["mallory"]
    assert done.without_grade == ["Nobody, Ned"]


def test_canvas_gets_a_new_column_where_it_has_none(roster):
    done = export.export(grades(("03_mlp", "ada", 5.0)), kind="canvas", roster=roster(CANVAS))
    head, possible, ada, grace, *_ = read(done.content)
    assert (head[-1], possible[-1], ada[-1], grace[-1]) == ("03_mlp", "100", "5", "")
    assert head[:-1] == read(CANVAS.encode())[0]


def test_a_name_that_begins_alike_is_another_assignment(roster):
    done = export.export(grades(("01", "ada", 5.0)), kind="canvas", roster=roster(CANVAS))
    assert read(done.content)[2][5:] == ["", "80", "80", "5"]


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_canvas_gets_the_encoding_and_the_separator_that_it_wrote(roster, bom, separator):
    text = bom + "Student;ID;SIS Login ID;01_knn (1)\nAda;1;ada;\n".replace(";", separator)
    done = export.export(grades(("01_knn", "ada", 5.0)), kind="canvas", roster=roster(text))
    assert done.content.decode() == text[:-1] + "5\n"


@pytest.mark.parametrize(
    ("rows", "students", "homeless"),
    [
        (["A,1,,x,S,", "B,2,,x,S,"], ["x"], ["x"]),
        (["A,1,x,y,S,", "B,2,y,x,S,"], ["x"], ["x"]),
        (["A,1,x,y,S,"], ["x", "y"], ["x", "y"]),
        (["A,1,x,x,S,"], ["x"], []),
        (["A,1,X,X,S,"], ["x"], ["x"]),
    ],
    ids=["a login twice", "a login that is another's id", "two of ours", "one", "capitals"],
)
def test_who_is_not_exactly_one_row_is_listed_and_left_out(roster, rows, students, homeless):
    text = "\n".join(["Student,ID,SIS User ID,SIS Login ID,Section,01_knn (1)", *rows]) + "\n"
    given = grades(*(("01_knn", s, 5.0) for s in students))
    done = export.export(given, kind="canvas", roster=roster(text))
    assert done.homeless == homeless
    filled = [row[5] for row in read(done.content)[1:] if row[5]]
    assert filled == ["5"] * (len(students) - len(homeless))


# --- Moodle ---


def test_moodle_gets_who_is_graded_with_grade_and_feedback(roster):
    given = grades(
        ("01_knn", "1001", 86.5), ("01_knn", "zoe@example.org", 0.0), ("01_knn", "9", 1.0)
    )
    done = export.export(given, kind="moodle", roster=roster(MOODLE))
    assert read(done.content) == [
        ["ID number", "Email address", "01_knn", "01_knn feedback"],
        ["1001", "ada@example.org", "86.5", "86.5 of 100 points"],
        ["1003", "zoe@example.org", "0", "0 of 100 points"],
    ]
    assert (done.filled, done.homeless, done.without_grade) == (2, ["9"], ["Grace Hopper"])
    assert done.content.startswith(b"\xef\xbb\xbf")


def test_moodle_in_another_language_needs_the_columns_name(roster):
    text = MOODLE.replace("Email address", "Adres e-mail").replace("ID number", "Numer")
    given = grades(("01_knn", "ada@example.org", 5.0))
    with pytest.raises(UserError, match=r"--match .*Adres e-mail"):
        export.export(given, kind="moodle", roster=roster(text))
    done = export.export(given, kind="moodle", roster=roster(text), options=Options("adres e-mail"))
    assert read(done.content)[1] == ["ada@example.org", "5", "5 of 100 points"]


def test_moodle_knows_students_by_the_gradebooks_email_too(roster):
    given = [Grade("01_knn", "al", "ada@example.org", 5.0, 100.0, [])]
    assert export.export(given, kind="moodle", roster=roster(MOODLE)).filled == 1


def test_a_worksheet_in_german_is_filled_in_where_the_column_is_named(roster):
    text = "ID,Vollständiger Name,Status,Bewertung\nTeilnehmer/in 7,Ada Ek,Abgegeben,\n"
    known = Person("moodle", "Ada Ek", "7").known
    given = [Grade("01_knn", "Ada_Ek", "", 5.0, 100.0, [], known)]
    with pytest.raises(UserError, match=r"no column Grade: name .* --column .*Bewertung"):
        export.export(given, kind="moodle", roster=roster(text))
    options = Options(column="Bewertung")
    done = export.export(given, kind="moodle", roster=roster(text), options=options)
    assert read(done.content)[1] == ["Teilnehmer/in 7", "Ada Ek", "Abgegeben", "5"]


# --- all ---


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("-5", "-5"),
        ("-0.25", "-0.25"),
        ("", ""),
        ("Ada = Lovelace", "Ada = Lovelace"),
        ("    Points Possible", "    Points Possible"),
    ],
)
def test_no_cell_is_a_formula(cell, written):
    assert harmless(cell) == written


def test_cells_of_ours_are_made_harmless_and_others_stay_as_they_are(roster):
    canvas = export.export(CLASS, kind="canvas", roster=roster(CANVAS))
    assert read(canvas.content)[4][0] == "=Émile, Zoë"
    new = grades(("=a", "ada", 1.0))
    assert read(export.export(new, kind="canvas", roster=roster(CANVAS)).content)[0][-1] == "'=a"
    row = [Grade("=a", "x", "", 1.0, 1.0, ["=a", "-x"])]
    assert read(export.export(row).content)[1] == ["'=a", "'-x"]
    moodle = MOODLE.replace("1001", "@1001")
    done = export.export(grades(("01_knn", "@1001", 1.0)), kind="moodle", roster=roster(moodle))
    assert read(done.content)[1][0] == "@1001"


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("", "utf-8", "is empty"),
        ("Name,Points\na,1\n", "utf-8", "no column of logins, numbers or e-mail"),
        (CANVAS, "latin-1", "is not UTF-8 (byte "),
        ('Student,ID\n"a"b,1\n', "utf-8", "is not a CSV table"),
        ("Student,ID,01_knn (1),01_knn (2)\na,ada,,\n", "utf-8", "has 2 columns for 01_knn"),
    ],
    ids=["empty", "another table", "latin-1", "quotes", "two columns"],
)
def test_a_table_that_cannot_be_filled_in_is_refused(roster, text, encoding, said):
    with pytest.raises(UserError) as refused:
        export.export(CLASS, kind="canvas", roster=roster(text, encoding))
    assert said in str(refused.value)


def test_grades_are_nbgraders_own_table(graded_copy, capsys):
    path, theirs = graded_copy.course / "grades.csv", graded_copy.course / "nbgrader.csv"
    plugin = CsvExportPlugin()
    plugin.to = str(theirs)
    with Gradebook(graded_copy.database) as gradebook:
        plugin.export(gradebook)
    by_nbgrader = theirs.read_bytes()
    assert path.read_bytes() == by_nbgrader
    path.unlink()
    assert main(["-C", str(graded_copy.root), "export"]) == 0
    assert path.read_bytes() == by_nbgrader
    assert "11 grades in _build/course/grades.csv" in capsys.readouterr().out


CLASS_TABLES = {
    "apart": "id,First name,Last name,Email\nreference,Zoë,García López,zoe@uni.example\n"
    'one-mistake,"=1+1","O\'Neil, Jr.",@bo\n',
    "whole": "id,Full name,Student number\nreference,Zoë García López,1001\n",
}


def test_the_plain_table_has_names_and_addresses_as_the_class_has(graded_copy, capsys):
    """The gradebook's own come first; a name that no table has apart stands whole."""
    command = ["-C", str(graded_copy.root)]
    for name in ("whole", "apart"):
        path = graded_copy.course / f"{name}.csv"
        path.write_text(CLASS_TABLES[name], encoding="utf-8")
        assert main([*command, "roster", str(path)]) == 0
        assert main([*command, "export"]) == 0
        head, *rows = read((graded_copy.course / "grades.csv").read_bytes())
        assert head[3:7] == ["student_id", "last_name", "first_name", "email"]
        rows = {row[3]: row[4:7] for row in rows}
        if name == "whole":
            assert rows["reference"] == ["Zoë García López", "", ""]
            assert rows["one-mistake"] == ["", "", ""]
    assert rows["reference"] == ["García López", "Zoë", "zoe@uni.example"]
    assert rows["one-mistake"] == ["O'Neil, Jr.", "'=1+1", "'@bo"]
    with Gradebook(graded_copy.database) as gradebook:
        gradebook.update_or_create_student("reference", last_name="García")
    assert main([*command, "export", "--to", str(graded_copy.course / "again.csv")]) == 0
    rows = {row[3]: row[4:7] for row in read((graded_copy.course / "again.csv").read_bytes())}
    assert rows["reference"] == ["García", "", "zoe@uni.example"]
    assert main([*command, "export", "--pseudonyms"]) == 0
    text = (graded_copy.course / "grades-pseudonyms.csv").read_text("utf-8")
    assert not any(part in text for part in ("García", "Zoë", "zoe@", "Neil", "1001", "reference"))


def test_the_command_fills_in_a_table_and_lists_who_does_not_fit(graded_copy, tmp_path, capsys):
    students = [path.name for path in (graded_copy.course / "autograded").iterdir()]
    assert "mixed-1" in students
    known = [name for name in students if name != "mixed-1"]
    rows = [f"{name},{i},,{name},A" for i, name in enumerate([*known, "absent"])]
    roster = tmp_path / "canvas.csv"
    roster.write_text("\n".join(["Student,ID,SIS User ID,SIS Login ID,Section", *rows]) + "\n")
    to = tmp_path / "new" / "filled.csv"
    command = ["-C", str(graded_copy.root), "export", ASSIGNMENT, "--format", "canvas"]
    assert main([*command, "--roster", str(roster), "--to", str(to)]) == 1
    out, err = capsys.readouterr()
    assert "10 grades in" in out
    assert "no grade for absent" in out
    assert err == "autograder: mixed-1 has a grade, but not one row of the roster\n"
    filled = {row[0]: row[5] for row in read(to.read_bytes())}
    assert filled["reference"] == "100"
    assert filled["untouched"] == "0"
    assert filled["absent"] == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "canvas"], "Export Entire Gradebook; then --roster FILE"),
        (["--format", "moodle"], "Plain text file; then --roster FILE"),
        (["--format", "moodle", "--roster", "none.csv"], "none.csv: no such file"),
        (["99_none"], "the gradebook has no assignment '99_none' (there are: 00_mini)"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(graded_copy, arguments, said, capsys):
    before = sorted(graded_copy.course.iterdir())
    assert main(["-C", str(graded_copy.root), "export", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert sorted(graded_copy.course.iterdir()) == before


def test_without_a_gradebook_there_is_nothing_to_export(project, capsys):
    assert main(["-C", str(project.root), "export"]) == 1
    assert "gradebook.db is not there: grade an assignment first" in capsys.readouterr().err


def test_moodle_takes_one_assignment_at_a_time(roster):
    given = grades(("01_knn", "1001", 5.0), ("02_linear", "1001", 5.0))
    with pytest.raises(UserError, match="name one of 01_knn, 02_linear"):
        export.export(given, kind="moodle", roster=roster(MOODLE))


# --- what stands there already ---


def canvas_with(cell):
    return f"Student,ID,01_knn (1)\n    Points Possible,,100\nAda,ada,{cell}\nGrace,grace,\n"


GIVEN = grades(("01_knn", "ada", 80.0), ("01_knn", "grace", 70.0))


@pytest.mark.parametrize(
    ("cell", "last", "options", "now"),
    [
        ("", None, Options(), "80"),
        ("EX", None, Options(), "EX"),
        ("75", None, Options(), "75"),
        ("80.00", None, Options(), "80"),
        ('"80,0"', None, Options(), "80"),
        ("75.00", "75", Options(), "80"),
        ("76", "75", Options(), "76"),
        ("EX", None, Options(overwrite=True), "80"),
    ],
    ids=[
        *("nothing", "excused", "another's", "the same", "the same, with a comma"),
        *("ours", "ours, changed", "to be overwritten"),
    ],
)
def test_a_grade_of_a_persons_stays_and_is_listed(roster, cell, last, options, now):
    before = {"01_knn": {"ada": last}} if last else {}
    table = roster(canvas_with(cell))
    done = export.export(GIVEN, kind="canvas", roster=table, options=options, before=before)
    assert [row[2] for row in read(done.content)] == ["01_knn (1)", "100", now, "70"]
    assert done.kept == ({"Ada": now} if now != "80" else {})
    assert ("ada" in done.written["01_knn"]) is (now == "80")


def test_another_maximum_is_refused_or_converted(roster):
    table = roster(canvas_with("").replace("100", "20"))
    with pytest.raises(UserError, match="01_knn has 100 points here and 20 on the platform"):
        export.export(GIVEN, kind="canvas", roster=table)
    done = export.export(GIVEN, kind="canvas", roster=table, options=Options(scale=True))
    assert [row[2] for row in read(done.content)[2:]] == ["16", "14"]


def test_the_column_can_be_named(roster):
    table = roster("Student,ID,First homework (9),01_knn (1)\nAda,ada,,\nGrace,grace,,\n")
    named = Options(column="First homework (9)")
    done = export.export(GIVEN, kind="canvas", roster=table, options=named)
    assert [row[2:] for row in read(done.content)[1:]] == [["80", ""], ["70", ""]]
    with pytest.raises(UserError, match="no column Second"):
        export.export(GIVEN, kind="canvas", roster=table, options=Options(column="Second"))


def test_a_class_of_others_is_one_line(roster):
    many = grades(*(("01_knn", f"u{i}", 1.0) for i in range(26)))
    with pytest.raises(UserError) as refused:
        export.export(many, kind="canvas", roster=roster(CANVAS))
    assert "0 of 26 students with a grade are in" in str(refused.value)
    assert "yours look like 'u0', its like 'Lovelace, Ada'" in str(refused.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_all_that_is_not_ours_stays_byte_for_byte(roster, end):
    text = end.join(
        [
            '\ufeff"Student";ID;"01_knn (1)";"a ""note"""',
            '"Lovelace; Ada";"ada";;"two',
            'lines"',
            "Grace;grace",
            "",
            "=Zoë;zoe;;+1",
        ]
    )
    done = export.export(GIVEN, kind="canvas", roster=roster(text))
    wanted = text.replace('"ada";;', '"ada";80;').replace("Grace;grace", "Grace;grace;70")
    assert done.content.decode() == wanted


# --- who a platform said that somebody is ---

WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Feedback comments
Participant 501,Ada Lovelace,ada@example.org,Submitted for grading,,100.00,Yes,
Participant 502,Grace Hopper,grace@example.org,Submitted for grading,,100.00,No,
Participant 503,Zoë Émile,zoe@example.org,Submitted for grading,,100.00,Yes,
Participant 504,Ada Lovelace,ada2@example.org,Submitted for grading,,100.00,Yes,
"""


def known(*rows):
    """rows: (student, score, Person)"""
    return [Grade("01_knn", s, "", score, 100.0, [], person.known) for s, score, person in rows]


def test_moodles_worksheet_is_filled_in_by_the_numbers_of_what_was_collected(roster):
    given = known(
        ("Ada_Lovelace-501", 86.5, Person("moodle", "Ada Lovelace", "501")),
        ("Ada_Lovelace-504", 10.0, Person("moodle", "Ada Lovelace", "504")),
        ("Grace_Hopper", 50.0, Person("moodle", "Grace Hopper", "502")),
        ("zoe", 60.0, Person("name", "ZOË  Émile")),
    )
    done = export.export(given, kind="moodle", roster=roster(WORKSHEET))
    wanted = WORKSHEET
    for number, score in ((501, "86.5"), (503, "60"), (504, "10")):
        line = next(line for line in WORKSHEET.splitlines() if f" {number}," in line)
        filled = line.replace("grading,,", f"grading,{score},") + f"{score} of 100 points"
        wanted = wanted.replace(line, filled)
    assert done.content.decode() == wanted
    assert (done.filled, done.homeless) == (3, [])
    assert done.kept == {"Grace Hopper": "no grade, locked,"}


def test_moodles_gradebook_knows_by_full_name_and_needs_a_column_that_is_whole(roster):
    given = known(
        ("Ada_Lovelace", 86.5, Person("moodle", "Ada Lovelace", "7")),
        ("Zoe_Emile", 60.0, Person("moodle", "Zoë Émile", "8")),
    )
    text = MOODLE.replace("1003", "")
    done = export.export(given, kind="moodle", roster=roster(text))
    assert read(done.content) == [
        ["Email address", "01_knn", "01_knn feedback"],
        ["ada@example.org", "86.5", "86.5 of 100 points"],
        ["zoe@example.org", "60", "60 of 100 points"],
    ]
    with pytest.raises(UserError, match="no column of the table says who each of the 2 students"):
        export.export(given, kind="moodle", roster=roster(text.replace("ada@example.org", "")))


def test_canvas_knows_by_its_own_number(roster):
    given = known(("lovelaceada-11", 5.0, Person("canvas", "", "11")))
    done = export.export(given, kind="canvas", roster=roster(CANVAS))
    assert (done.filled, read(done.content)[2][5]) == (1, "5")


def test_two_of_one_full_name_are_nobody_without_a_number(roster):
    given = known(("Ada_Lovelace", 5.0, Person("name", "Ada Lovelace")))
    done = export.export(given, kind="moodle", roster=roster(WORKSHEET))
    assert (done.filled, done.homeless) == (0, ["Ada_Lovelace"])


def test_a_name_that_a_student_chose_is_nobodys_login(roster):
    table = roster("Username,Email address\nada,ada@example.org\nbob,bob@example.org\n")
    given = known(("ada", 5.0, Person("moodle", "ada", "7")), ("bob", 6.0, Person("name", "bob")))
    done = export.export(given, kind="moodle", roster=table)
    assert (done.homeless, [row[0] for row in read(done.content)[1:]]) == (["ada"], ["bob"])
    named = export.export(given, kind="moodle", roster=table, options=Options("Username"))
    assert named.homeless == [], "--match says that it is"

"""A platform's tables become the class, and add to one another."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from autograder import people
from autograder.intake import members
from autograder.intake.placing import places
from autograder.people import Class, Member, Person
from autograder.project import UserError

PARTICIPANTS = """\
First name,Last name,ID number,Email address,Groups
Ada,Lovelace,1001,ada@example.org,"Red, Blue"
Anna,Ek,1002,anna1@example.org,Red
Anna,Ek,1003,anna2@example.org,
"""
SHEET = """\
Identifier,Full name,Email address,Status,Grade,Last modified (submission)
Participant 11,Ada Lovelace,ada@example.org,Submitted,,"Thursday, 1 October 2026, 10:50 PM"
Participant 12,Anna Ek,anna2@example.org,Submitted,,-
Participant 13,Anna Ek,anna1@example.org,Submitted,,10/01/2026
"""
HIDDEN = "Identifier,Status,Grade\nParticipant 11,Submitted,\nParticipant 12,Submitted,\n"
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,First (1)
    Points Possible,,,,,100
"García López, Zoë",32,s2,zoe2,A,
"Student, Test",35,,,A,
"""


@pytest.fixture
def class_of(tmp_path):
    """A function that reads tables, one after the other: (the last Report, {folder: Member})"""
    project = SimpleNamespace(course=tmp_path / "course")

    def read(*tables, **options):
        for table in tables:
            path = tmp_path / "table.csv"
            path.write_text(table, encoding="utf-8")
            report = members.read(project, path, **options)
        return report, {member.student: member for member in Class.read(project.course).members}

    read.project = project
    return read


def found(class_of, *person):
    return [member.student for member in Class.read(class_of.project.course).find(Person(*person))]


def test_who_is_called_what_in_their_folder(class_of):
    report, group = class_of(PARTICIPANTS)
    assert [*group] == ["Ada_Lovelace", "Anna_Ek-1002", "Anna_Ek-1003"]
    assert (report.kind, report.rows, report.fresh, report.problems) == ("a table", 3, 3, [])
    assert group["Ada_Lovelace"].groups == ["Red", "Blue"]
    again, same = class_of(PARTICIPANTS)
    assert (again.fresh, same) == (0, group)


def test_a_worksheet_adds_numbers_and_times(class_of):
    report, group = class_of(PARTICIPANTS, SHEET, zone=ZoneInfo("Europe/Berlin"))
    assert (report.fresh, report.numbers, report.times) == (0, 3, 1)
    assert report.problems == [
        "Anna Ek, anna1@example.org: '10/01/2026': which number is the day?: left out"
    ]
    assert group["Ada_Lovelace"].times == {"11": "2026-10-01 20:50:00 UTC"}
    assert found(class_of, "moodle", "Anna Ek", "12") == ["Anna_Ek-1003"]
    assert found(class_of, "moodle", "Anna Ek", "13") == ["Anna_Ek-1002"]
    assert found(class_of, "moodle", "Anna Ek", "14") == ["Anna_Ek-1002", "Anna_Ek-1003"]
    assert found(class_of, "moodle", "Participant", "12") == ["Anna_Ek-1003"]


def test_who_is_in_a_group_the_last_table_says(class_of):
    _, group = class_of(PARTICIPANTS)
    assert group["Ada_Lovelace"].groups == ["Red", "Blue"]
    _, group = class_of("Email,Group\nada@example.org,Green\nanna1@example.org,\n")
    assert group["Ada_Lovelace"].groups == ["Green"]
    assert group["Anna_Ek-1002"].groups == ["Red"], "a table that does not know says nothing"
    twice = "Email,Group\nada@example.org,Red\nada@example.org,Blue\n"
    assert class_of(twice)[1]["Ada_Lovelace"].groups == ["Red", "Blue"]


def test_canvas_groups_are_read_and_a_groups_file_is_all_its_members(class_of):
    head = "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id\n"
    rows = ['"García López, Zoë",32,s2,zoe2,A,"Red, 1",801,', '"Ek, Bo",33,s3,bo,A,"Red, 1",801,']
    rows.append('"Holm, Eve",36,s6,eve,A,,,')
    report, group = class_of(CANVAS, head + "\n".join(rows) + "\n")
    assert [*members.lines(report, "g.csv")] == [
        "g.csv: Canvas's groups: 3 students, 2 of them new, 2 in groups",
        "in no table before: 2 (Bo Ek, bo, s3; Eve Holm, eve, s6)",
    ]
    assert group["Zoë_García_López"].groups == ["Red, 1"]
    assert found(class_of, "canvas", "red1", "32") == ["Bo_Ek", "Zoë_García_López"]
    assert found(class_of, "canvas", "renamed", "32") == ["Zoë_García_López"]
    assert found(class_of, "canvas", "red1", "36") == ["Eve_Holm"], "no member of that group"


def test_a_groups_number_is_no_participants(class_of):
    class_of(PARTICIPANTS, SHEET)
    assert found(class_of, "moodle", "Red", "12") == ["Ada_Lovelace", "Anna_Ek-1002"]
    assert found(class_of, "moodle", "Blue", "11") == ["Ada_Lovelace"]
    assert found(class_of, "moodle", "Green", "11") == []


def test_a_group_of_one_has_no_participants_time(class_of):
    class_of(PARTICIPANTS, SHEET)
    persons = Person("moodle", "Blue", "11"), Person("moodle", "Ada Lovelace", "11")
    group = Class.read(class_of.project.course)
    found = places(class_of.project.course, "01", persons, group)
    assert [found[person.key].folders for person in persons] == [["Ada_Lovelace"]] * 2
    assert [bool(found[person.key].stamp) for person in persons] == [False, True]


def test_whom_blind_marking_hid_is_somebody_of_the_class_afterwards(class_of):
    _, group = class_of(PARTICIPANTS, HIDDEN)
    assert {"Participant-11", "Participant-12"} < {*group}
    assert found(class_of, "moodle", "Participant", "11") == ["Participant-11"]
    report, group = class_of(SHEET)
    assert [*group] == ["Ada_Lovelace", "Anna_Ek-1002", "Anna_Ek-1003"]
    assert found(class_of, "moodle", "Participant", "11") == ["Ada_Lovelace"]
    assert report.missing == []


@pytest.mark.parametrize(
    ("first", "second", "problem", "count"),
    [
        ("Name\nAnna Ek\nAnna Ek\nBo\n", None, "two are called Anna Ek, and nothing", 1),
        (PARTICIPANTS, "Identifier,Full name\nParticipant 9,Anna Ek\n", "Ek (9) could be", 3),
        ("Name\nAnna Ek\n", PARTICIPANTS, "could be Anna Ek: left out", 2),
    ],
    ids=["two of one name", "a row that may be two's", "two rows that may be one"],
)
def test_who_cannot_be_told_apart_is_left_out_and_named(class_of, first, second, problem, count):
    report, group = class_of(*filter(None, [first, second]))
    assert all(problem in text for text in report.problems)
    assert report.problems
    assert len(group) == count


def test_a_namesake_who_comes_later_is_somebody_else(class_of):
    one = "\n".join(PARTICIPANTS.splitlines()[:3])
    _, group = class_of(one)
    assert [*group] == ["Ada_Lovelace", "Anna_Ek"]
    report, group = class_of(PARTICIPANTS)
    assert [*group] == ["Ada_Lovelace", "Anna_Ek", "Anna_Ek-1003"]
    assert report.problems == []


def test_canvas_has_a_number_of_its_own_and_a_student_who_is_none(class_of):
    report, group = class_of(CANVAS)
    assert (report.kind, [*group]) == ("Canvas's gradebook", ["Zoë_García_López"])
    assert found(class_of, "canvas", "anything", "32") == ["Zoë_García_López"]
    assert found(class_of, "canvas", "garcíalópezzoë", "77") == ["Zoë_García_López"]
    assert found(class_of, "moodle", "Zoë García López", "32") == ["Zoë_García_López"]
    assert found(class_of, "name", "zoe2") == ["Zoë_García_López"]
    assert found(class_of, "moodle", "zoe2", "5") == [], "students choose their names"


def test_a_table_of_ones_own_may_name_the_folders_as_nbgraders_does(class_of):
    _, group = class_of("id,first_name,last_name,email\nal,Ada,Lovelace,ada@example.org\n")
    assert [*group] == ["al"]
    assert found(class_of, "name", "ada@example.org") == ["al"]


SHEETS = {  # Moodle's grading worksheet, with names and blind
    "German": "ID,Vollständiger Name,E-Mail-Adresse,Status|Teilnehmer/in 7,Ada Ek,a@x.org,",
    "French": "Identifiant,Nom complet,Adresse de courriel,Statut|Participant 7,Ada Ek,a@x.org,",
    "Spanish": "Identificador,Nombre completo,Estado|Participante 7,Ada Ek,",
    "German, blind": "ID,Status,Bewertung|Teilnehmer/in 7,Zur Bewertung abgegeben,",
    "French, blind": "Identifiant,Statut|Participant·e 7,Remis",
    "Spanish, blind": "Identificador,Estado|Participante 7,Enviado",
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_worksheet_is_known_in_other_languages(class_of, name):
    report, group = class_of(SHEETS[name].replace("|", "\n") + "\n")
    assert (report.kind, report.numbers, report.problems) == (members.WORKSHEET, 1, [])
    [member] = group.values()
    blind = name.endswith("blind")
    assert member.names == ([] if blind else ["Ada Ek"])
    assert member.ids == ({} if blind or name == "Spanish" else {"email": "a@x.org"})
    word = SHEETS[name].split("|")[1].split(" 7")[0].replace("/", "")
    assert found(class_of, "moodle", "Ada Ek", "7") == ([] if blind else ["Ada_Ek"])
    assert found(class_of, "moodle", word, "7") == [member.student]


def test_columns_in_another_language_are_named(class_of):
    table = "Nr,Imię i nazwisko,Adres e-mail\nStudent 7,Ada Ek,a@example.org\n"
    columns = {"participant": "Nr", "name": "imię i nazwisko", "email": "Adres e-mail"}
    _, group = class_of(table, columns=columns)
    assert [*group] == ["Ada_Ek"]
    assert found(class_of, "moodle", "Student", "7") == ["Ada_Ek"]
    with pytest.raises(UserError, match=r"before = stands one of name, .* a column of .*there are"):
        class_of(table, columns={"mail": "Nr"})
    with pytest.raises(UserError, match="has no column that says who somebody is"):
        class_of("Punkte,Note\n1,2\n")


def test_who_has_handed_in_before_keeps_the_folder(class_of):
    course = class_of.project.course
    ada, anna = Person("moodle", "Ada Lovelace", "11"), Person("moodle", "Anna Ek", "12")
    people.keep(course, "01_knn", {"al": {ada.key: ""}, "Anna_Ek": {anna.key: ""}})
    _, group = class_of(PARTICIPANTS)
    assert [*group] == ["Anna_Ek-1002", "Anna_Ek-1003", "al"], "which of the Annas, nobody knows"
    _, group = class_of(SHEET)
    assert [*group] == ["Anna_Ek", "Anna_Ek-1002", "al"]
    assert group["Anna_Ek"].ids["number"] == "1003"


def test_blind_work_stays_where_it_is_and_names_nobody_of_the_class(class_of):
    course, blind = class_of.project.course, Person("moodle", "Participant", "11")
    people.keep(course, "01_knn", {"Participant-11": {blind.key: ""}})
    report, group = class_of(PARTICIPANTS, SHEET)
    assert "Ada_Lovelace" in group
    assert not any("records" in text for text in report.problems)
    assert placed(course, "01_knn", ("moodle", "Participant", "11"), group=group.values())[0] == [
        "Participant-11"
    ]


def test_two_records_of_one_student_are_named(class_of):
    course = class_of.project.course
    for name, folder, number in (("01_knn", "Anna_Ek-1", "12"), ("02_linear", "Anna_Ek-2", "22")):
        person = Person("moodle", "Anna Ek", number)
        people.keep(course, name, {folder: {person.key: ""}})
    one = PARTICIPANTS.replace("Anna,Ek,1002,anna1@example.org,Red\n", "")
    report, group = class_of(one)
    assert [*group] == ["Ada_Lovelace", "Anna_Ek-1"]
    assert report.problems == [
        "Anna Ek, 1003, anna2@example.org has 2 records: Anna_Ek-1 (01_knn), Anna_Ek-2 (02_linear)"
    ]


def test_who_is_not_in_a_table_stays_and_is_named(class_of):
    report, group = class_of(PARTICIPANTS, "Name\nAda Lovelace\n")
    assert len(group) == 3
    assert report.missing == [
        "Anna Ek, 1002, anna1@example.org",
        "Anna Ek, 1003, anna2@example.org",
    ]
    assert [*members.lines(report, "x.csv")] == [
        "x.csv: a table: 1 students, 0 of them new",
        "not in it: 2 of the class "
        "(Anna Ek, 1002, anna1@example.org; Anna Ek, 1003, anna2@example.org)",
    ]


DAMAGED = [
    "",
    "{",
    "7",
    "[7]",
    '[{"who": "x"}]',
    '[{"names": 7}]',
    '[{"numbers": ["x"]}]',
    "[" * 9999,
]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:20])
def test_a_damaged_class_is_named(class_of, text):
    class_of(PARTICIPANTS)
    path = class_of.project.course / "class.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"class.json, which says whose .* is damaged: put back"):
        Class.read(path.parent)


KEPT = ['{"a": {"b": ""}}', '{"a": {"[7, 8]": ""}}', '{"a": {"[1, 2, 3]": ""}}', '{"a": {"x": 7}}']


@pytest.mark.parametrize("text", [*KEPT, '{"a": {"[\\"x\\", \\"y\\", \\"z\\"]": 7}}'])
def test_a_damaged_list_of_what_was_collected_is_named(tmp_path, text):
    path = tmp_path / "collected" / "01.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UserError, match=r"01.json, which says whose .* is damaged: put back"):
        people.collected(tmp_path, "01")


# --- and folders, where there is no class ---


def placed(course, assignment, *persons, group=()):
    persons = [Person(*person) for person in persons]
    found = places(course, assignment, persons, Class(group))
    kept = people.collected(course, assignment)
    for person in persons:
        for folder in found[person.key].folders:
            kept.setdefault(folder, {})[person.key] = ""
    people.keep(course, assignment, kept)
    return [*(found[person.key].folders[0] for person in persons)], found


ADA, ANNA = ("moodle", "Ada Lovelace"), ("moodle", "Anna Ek")


def test_a_student_keeps_one_folder_although_moodle_renumbers(tmp_path):
    assert placed(tmp_path, "01", (*ADA, "1"), (*ANNA, "2"))[0] == ["Ada_Lovelace", "Anna_Ek"]
    assert placed(tmp_path, "02", (*ANNA, "7"), (*ADA, "8"))[0] == ["Anna_Ek", "Ada_Lovelace"]
    assert placed(tmp_path, "01", (*ANNA, "2"))[0] == ["Anna_Ek"]


def test_namesakes_are_never_one_over_assignments(tmp_path):
    folders, _ = placed(tmp_path, "01", (*ANNA, "1"), (*ANNA, "2"), (*ADA, "3"))
    assert folders == ["Anna_Ek-1", "Anna_Ek-2", "Ada_Lovelace"]
    folders, found = placed(tmp_path, "02", (*ANNA, "7"), (*ADA, "8"))
    assert folders == ["Anna_Ek-7", "Ada_Lovelace"]
    notes = {place.folders[0]: place.note for place in found.values()}
    assert notes["Anna_Ek-7"].startswith("which Anna Ek of the other assignments? The grading")
    assert notes["Ada_Lovelace"] == ""
    assert placed(tmp_path, "03", (*ANNA, "9"), (*ANNA, "10"))[0] == ["Anna_Ek-9", "Anna_Ek-10"]


def test_one_that_becomes_two_is_three(tmp_path):
    assert placed(tmp_path, "01", (*ANNA, "1"))[0] == ["Anna_Ek"]
    assert placed(tmp_path, "02", (*ANNA, "2"), (*ANNA, "3"))[0] == ["Anna_Ek-2", "Anna_Ek-3"]


def test_blind_marking_says_nothing_over_assignments(tmp_path):
    blind = ("moodle", "Participant")
    assert placed(tmp_path, "01", (*blind, "1"))[0] == ["Participant-1"]
    assert placed(tmp_path, "02", (*blind, "2"))[0] == ["Participant-2"]
    group = [Member("ada", ["Ada Lovelace"])]
    persons = (*blind, "3"), ("canvas", "anon", "anon_x3Yab")
    assert placed(tmp_path, "03", *persons, group=group)[0] == ["Participant-3", "anon-x3Yab"]


def test_canvas_and_folders_keep_their_names(tmp_path):
    for name in ("01", "02"):
        folders, _ = placed(tmp_path, name, ("canvas", "ekanna", "5"), ("name", "bob"))
        assert folders == ["ekanna-5", "bob"]
    assert placed(tmp_path, "03", ("canvas", "ek_anna", "5"))[0] == ["ekanna-5"], "renamed"

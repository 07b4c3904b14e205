"""Two people are never taken for one, and what is no name is nobody's."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from autograder.intake.unpack import File
from autograder.intake.whose import Rules, works
from autograder.people import Class, Member

KNN = "01_knn"
FILE = "assignsubmission_file"


def read(*paths, group=(), pattern=None):
    """({name of a person: paths}, those in doubt, the refused, problems)"""
    problems = []
    files = [File(path, (2026, 10, 1, 12, 0, 0), b"{}") for path in paths]
    found = works(files, Rules(KNN, pattern, group=Class(group)), "class.zip", problems)
    own = {work.person.name: [file.path for file in work.files] for work in found}
    doubted = [work.person.name for work in found if work.doubt]
    return own, doubted, [work.person.name for work in found if work.refused], problems


def names(*paths, **options):
    own, doubted, refused, problems = read(*paths, **options)
    assert (doubted, refused, problems) == ([], [], [])
    return own


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("01_knn_maria_de_la_cruz", "maria_de_la_cruz"),
        ("01_knn_maria_la_cruz", "maria_la_cruz"),
        ("01_knn_group_1", "group_1"),
        ("01_knn_1001", "1001"),
        ("1001_01_knn", "1001"),
        ("ann7", "ann7"),
        ("01_knn_ann_2", "ann_2"),
        ("Ek, Anna (2)", "Ek, Anna"),
        ("Kopie von anna_01_knn (1)", "anna"),
        ("anna_01_knn_v2", "anna"),
        ("anna_01_KNN_final", "anna"),
        ("s202610015", "s202610015"),
        ("a.ek@example.org", "a.ek@example.org"),
    ],
)
def test_a_files_name_is_its_students_name(file, student):
    assert names(f"{file}.ipynb", "other.ipynb") == {
        student: [f"{file}.ipynb"],
        "other": ["other.ipynb"],
    }


@pytest.mark.parametrize(
    "text",
    [
        *("01_knn", "01_knn (3)", "Copy of 01_knn", "01_knn - Kopie", "01_knn-2", "attempt 2"),
        *("Versuch_1", "v2", "final", "2026-10-01", "20261001", "20261001225010", "01.10.2026"),
        *("s1_attempt_2026-10-01-22-50-10_x", "7-8 - Ada Ek - Oct 1, 2026 1050 PM", "3"),
    ],
)
def test_an_attempt_or_a_time_is_no_student(text):
    own, _, _, problems = read(f"{text}.ipynb", "anna.ipynb")
    assert own == {"anna": ["anna.ipynb"]}
    assert len(problems) == 1
    assert "--pattern" in problems[0]
    if not text.startswith("01_knn") and "01_knn" not in text:
        own, _, _, problems = read(f"{text}/01_knn.ipynb", "anna/01_knn.ipynb")
        assert own == {"anna": ["anna/01_knn.ipynb"]}
        assert "is an attempt or a time" in problems[0]


@pytest.mark.parametrize(
    "paths",
    [
        ["A/alice.ipynb", "A/bob.ipynb", "B/carol.ipynb"],
        ["A/alice/01_knn.ipynb", "A/bob/01_knn.ipynb", "B/carol/01_knn.ipynb"],
        ["A/01_knn_1001.ipynb", "A/01_knn_1002.ipynb", "B/01_knn_1003.ipynb"],
        ["A.zip/alice/01_knn.ipynb", "A.zip/bob/01_knn.ipynb", "B.zip/carol/01_knn.ipynb"],
    ],
    ids=["files", "folders", "numbers", "archives"],
)
def test_a_sections_folder_is_no_student(paths):
    _, doubted, refused, _ = read(*paths)
    assert doubted == ["A"]
    assert refused == ["A", "B"]


@pytest.mark.parametrize(
    "paths",
    [
        ["class/01_knn.ipynb", "class/01_knn (1).ipynb"],
        ["alice/01_knn.ipynb", "alice/mine.ipynb", "bob/01_knn.ipynb"],
        ["alice/a.ipynb", "alice/b.ipynb", "bob/01_knn.ipynb"],
        ["alice.zip/a/01_knn.ipynb", "alice.zip/b/01_knn.ipynb", "bob.zip/01_knn.ipynb"],
    ],
)
def test_files_that_may_be_two_peoples_are_doubted(paths):
    _, doubted, refused, _ = read(*paths)
    assert doubted == [paths[0].split("/")[0].removesuffix(".zip")]
    assert refused == []


def test_copies_in_a_students_folder_are_theirs():
    paths = ["alice/01_knn.ipynb", "alice/01_knn (1).ipynb", "alice/01_knn_v2.ipynb"]
    assert names(*paths, "bob/x.ipynb") == {"alice": paths, "bob": ["bob/x.ipynb"]}


def test_a_student_may_nest_folders_and_pack_them():
    paths = ["alice/my/work/01_knn.ipynb", "bob.zip/carol/01_knn.ipynb"]
    assert [*names(*paths)] == ["alice", "bob"]


@pytest.mark.parametrize(
    ("path", "person"),
    [
        (f"Ada Lovelace_31_{FILE}_/x.ipynb", ("moodle", "Ada Lovelace", "31")),
        (f"Ada Lovelace_31_{FILE}/x.ipynb", ("moodle", "Ada Lovelace", "31")),
        (f"Ada Lovelace_31_{FILE}_x_7_8_y.ipynb", ("moodle", "Ada Lovelace", "31")),
        (f"Participant_31_{FILE}/x.ipynb", ("moodle", "Participant", "31")),
        ("o_neilbob_LATE_31_90_x_7_8.ipynb", ("canvas", "o_neilbob", "31")),
        ("anon_12345_90_x.ipynb", ("canvas", "anon", "anon_12345")),
        ("LATE_anon_aB3de_90_x.ipynb", ("canvas", "anon", "anon_aB3de")),
        ("ada_31_text.html", ("canvas", "ada", "31")),
        ("ada_31_link.html", ("canvas", "ada", "31")),
    ],
)
def test_a_platforms_names_are_read(path, person):
    [work] = works([File(path, (), b"")], Rules(KNN), "class.zip", [])
    assert (work.person.platform, work.person.name, work.person.number) == person
    assert work.late == ("LATE" in path)


CLASS = [
    Member("ada", ["Ada Lovelace"], {"email": "ada@example.org", "number": "1001"}),
    Member("bob", ["Bob O'Neil"], {"login": "bob3"}),
    Member("zoe", ["Zoë García López"], {"login": "7"}),
]


@pytest.mark.parametrize(
    "paths",
    [
        ["ada@example.org/01_knn.ipynb", "bob3/01_knn.ipynb", "7/01_knn.ipynb"],
        ["01_knn_1001.ipynb", "01_knn_bob_oneil.ipynb", "zoë garcía lópez.ipynb"],
        ["A/1001/x.ipynb", "A/bob3/x.ipynb", "B/7/x.ipynb"],
        ["A/1001.ipynb", "A/01_knn_bob3.ipynb", "B/7.ipynb"],
        ["A/1001.zip/bob3/x.ipynb", "A/bob3.zip/x.ipynb", "B/7.zip/x.ipynb"],
    ],
    ids=["folders", "files", "folders in sections", "files in sections", "archives in sections"],
)
def test_the_class_says_who_it_is(paths):
    group = Class(CLASS)
    found = works([File(p, (), b"") for p in paths], Rules(KNN, group=group), "x", problems := [])
    assert problems == []
    assert [[m.student for m in group.find(w.person)] for w in found] == [["ada"], ["bob"], ["zoe"]]


EK = [
    Member("aek", ["Anna Ek", "Ek Anna"], {"login": "aek", "email": "a@example.org"}),
    Member("aek2", ["Anna Ek", "Ek Anna"], {"login": "aek2", "email": "a2@example.org"}),
    Member("bo", ["Bo Nilsson", "Nilsson Bo"], {"login": "nils", "number": "47110"}),
    Member("maria", ["Anna Maria Ek"], {"login": "maria", "number": "2026"}),
    Member("one", ["Maria Ek"], {"login": "ek"}),
]
LAYOUTS = {  # {path in a platform's export: whose it is; "" for nobody's, or not one's}
    "Blackboard": {
        "01_knn_aek_attempt_2026-10-01-22-50-10_01_knn.ipynb": "aek",
        "01_knn_nils_attempt_2026-10-01-22-50-10_Bo Nilsson.ipynb": "bo",
        "01_knn_aek2_attempt_2026-10-01-22-50-10_nils.ipynb": "",  # who has chosen that name?
        "01_knn_eve_attempt_2026-10-01-22-50-10_01_knn.ipynb": "",
    },
    "Brightspace": {
        "47-11 - Bo Nilsson - 1 Oct, 2026 1050 PM/01_knn.ipynb": "bo",
        "48-11 - Anna Maria Ek - 1 Oct, 2026 1050 PM/01_knn.ipynb": "maria",
        "49-11 - Maria Ek - 1 Oct, 2026 1050 PM/01_knn.ipynb": "one",
        "50-11 - Anna Ek - 1 Oct, 2026 1050 PM/01_knn.ipynb": "",  # which?
    },
    "Google Classroom": {
        "Bo Nilsson - Copy of 01_knn.ipynb": "bo",
        "Anna Maria Ek - nils.ipynb": "",
        "Maria Holm - 01_knn.ipynb": "",
    },
    "GitHub Classroom": {
        "sub/01-knn-aek/01_knn.ipynb": "aek",
        "sub/01-knn-nils/a/01_knn.ipynb": "bo",
        "sub/01-knn-eve/01_knn.ipynb": "",
    },
    "Sakai": {
        "01_knn/Nilsson, Bo(nils)/Submission attachment(s)/x.ipynb": "bo",
        "01_knn/Ek, Anna(aek2)/Submission attachment(s)/x.ipynb": "aek2",
    },
    "ILIAS": {
        "Abgaben/Ek_Anna_aek_471/x.ipynb": "aek",
        "Abgaben/Nilsson_Bo_nils_472/x.ipynb": "bo",
    },
    "OpenOlat": {"aek2_Ek_Anna/1_x/x.ipynb": "aek2", "nils_Nilsson_Bo/1_x/x.ipynb": "bo"},
    "nbgrader's inbound": {
        "inbound/aek+01_knn+2026-10-01 20:50:10 UTC+aGF/01_knn.ipynb": "aek",
        "inbound/nils+01_knn+2026-10-01 20:50:10 UTC+aGF/01_knn.ipynb": "bo",
    },
    "e-mail": {"Anna Ek <a2@example.org>/x.ipynb": "aek2", "Bo Nilsson <n@x.org>/x.ipynb": "bo"},
    "numbers": {"47110_Bo Nilsson_01_knn.ipynb": "bo", "01_knn_Anna_Maria_Ek_2026.ipynb": "maria"},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_class_finds_its_own_in_longer_names(name):
    group, own = Class(EK), {}
    files = [File(path, (), b"") for path in LAYOUTS[name]]
    for work in works(files, Rules(KNN, group=group), "x", []):
        members = group.find(work.person)
        one = members[0].student if group.is_one(work.person, members) else ""
        own |= {file.path: one for file in work.files}
    assert {path: own.get(path, "") for path in LAYOUTS[name]} == LAYOUTS[name]


GUIDE = (Path(__file__).parents[3] / "book" / "instructors.md").read_text("utf-8")
PATTERNS = {
    platform: (path, pattern)
    for platform, path, pattern in re.findall(
        r"^\| ([^|]+) \| `([^|`]+)` \| `'([^|`]+)'` \|$", GUIDE, re.MULTILINE
    )
}
WHEN = {
    "Blackboard": "2026-10-01 20:50:10 UTC",
    "Brightspace": "2026-10-01 20:50:00 UTC",
    "GitHub Classroom": None,
    "nbgrader's inbound": "2026-10-01 20:50:10 UTC",
}


@pytest.mark.parametrize("platform", WHEN)
def test_the_guides_patterns_find_who_and_when(platform):
    path, pattern = PATTERNS[platform]
    other = path.replace("aek", "j-luc").replace("Anna Ek", "Jean-Luc de la Tour")
    files = [File(each, (), b"") for each in (path, other)]
    rules = Rules(KNN, re.compile(pattern), zone=ZoneInfo("Europe/Berlin"))
    problems = []
    found = {work.person.name for work in works(files, rules, "x", problems)}
    assert found in ({"aek", "j-luc"}, {"Anna Ek", "Jean-Luc de la Tour"})
    assert [file.stamp for file in files] == [WHEN[platform]] * 2
    assert problems == [file.unread for file in files if file.unread] == []


def test_who_is_not_of_the_class_is_named_and_their_folders_are_not_looked_into():
    paths = ["1001/01_knn.ipynb", "bob3/01_knn.ipynb", "mallory/7/01_knn.ipynb"]
    own, _, _, problems = read(*paths, group=CLASS)
    assert [*own] == ["1001", "bob3"]
    assert problems == [
        "class.zip: mallory/7/01_knn.ipynb: nobody of the class is called 'mallory'"
    ]


PIECES = [
    "_",
    "_1",
    "a-",
    "1",
    "v1 ",
    "(1)",
    "x_1_",
    " ",
    "01_knn",
    "copy of ",
    "20261001",
    "x.zip/",
]


@pytest.mark.parametrize("piece", PIECES)
def test_no_file_is_lost_however_long_its_name_is(piece):
    text = f"{piece * 1000}"[:980]
    paths = [f"{text}.ipynb", f"{text}/x.ipynb", "other/x.ipynb"]
    own, _, _, problems = read(*paths)
    assert sum(map(len, own.values())) + len(problems) == len(paths)

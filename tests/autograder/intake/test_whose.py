"""Two people are never taken for one, and what is no name is nobody's."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from autograder.intake.unpack import File
from autograder.intake.whose import Rules, works
from autograder.people import Class, Member, Person

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
    "Microsoft Teams": {
        "Submitted files/Bo Nilsson/Homework 1/Version 1/01_knn.ipynb": "bo",
        "Submitted files/Bo Nilsson/Homework 1/Version 2/01_knn.ipynb": "bo",
        "Submitted files/Maria Ek/Homework 1/Version 1/nils.ipynb": "one",
        "Submitted files/Eve Holm/Homework 1/Version 1/01_knn.ipynb": "",
    },
    "Moodle, the course before each name": {
        f"CV 26-Bo Nilsson_12_{FILE}/x.ipynb": "bo",
        f"CV 26-Maria Ek_13_{FILE}/x.ipynb": "one",
        f"CV 26-Eve Holm_14_{FILE}/x.ipynb": "",
    },
    "Moodle, all of one first name": {
        f"CV-Anna Maria Ek_12_{FILE}/x.ipynb": "maria",
        f"CV-Anna Holm_13_{FILE}/x.ipynb": "",
    },
    "Canvas, the assignment before each name": {
        "01_knn_nilssonbo_LATE_31_90_x.ipynb": "bo",
        "01_knn_mariaek_32_91_x-2.ipynb": "one",
        "01_knn_holmeve_33_92_x.ipynb": "",
    },
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


def test_what_was_put_before_a_platforms_names_is_no_part_of_them():
    paths = ["CV26_nilssonbo_LATE_31_90_x.ipynb", "CV26_mariaek_32_91_x.ipynb"]
    files = [File(path, (), b"") for path in paths]
    found = works(files, Rules(KNN, group=Class(EK)), "x", [])
    assert [(work.person.number, work.late) for work in found] == [("31", True), ("32", False)]
    assert [file.upload for file in files] == [path.removeprefix("CV26_") for path in paths]


NUMBERED = [
    Member("aek", ["Anna Ek"], groups=["Red"], numbers=[["moodle", "11", "Anna Ek"]]),
    Member(
        "bo", ["Bo Nilsson"], groups=["Default group"], numbers=[["moodle", "12", "Bo Nilsson"]]
    ),
    Member("eve", ["Eve Holm"], groups=["Default group"], numbers=[["moodle", "13", "Eve Holm"]]),
]
BY_NUMBER = {
    "a group": (f"Red_801_{FILE}/x.ipynb", ["aek"]),
    "those in no group": (f"Default group_{FILE}/x.ipynb", ["bo", "eve"]),
    "one of a group, before 4.1": (f"Red-Anna Ek_11_{FILE}_/x.ipynb", ["aek"]),
    "one of those in none, before 4.1": (f"Default group-Bo Nilsson_12_{FILE}_/x.ipynb", ["bo"]),
    "a group of which nothing was read": (f"Green-Bo Nilsson_12_{FILE}_/x.ipynb", ["bo"]),
    "a login before the name": (f"nils Bo Nilsson_12_{FILE}/x.ipynb", ["bo"]),
    "another's name, one's own number": (f"x Bo Nilsson_13_{FILE}/x.ipynb", []),
    "another's name, no known number": (f"x Bo Nilsson_99_{FILE}/x.ipynb", []),
}


@pytest.mark.parametrize("name", BY_NUMBER)
def test_moodles_groups_and_numbers_lead_to_the_student(name):
    path, want = BY_NUMBER[name]
    group = Class(NUMBERED)
    [work] = works([File(path, (), b"")], Rules(KNN, group=group), "x", [])
    assert [member.student for member in group.find(work.person)] == want


EXPORT = "assignment_4711_export"
SHEET = """\
---
submission_100001:
  :submitters:
  - :name: Bo Nilsson
    :sid: '47110'
    :email: bo@example.org
  :created_at: 2026-10-01 22:50:10.123456000 +02:00
  :score: 0.0
  :results:
    tests:
    - output: |
        submission_100002:
          :submitters:
          - :name: Maria Ek
submission_100002:
  :created_at: 2026-10-02 08:00:00.000000000 Z
  :submitters:
  - :name: Anna Ek
    :sid:
    :email: a2@example.org
  - :name: "Zo\\u00EB: Holm"
    :sid: s9
    :email: zoe@example.org
"""


def of_gradescope(above, sheet=SHEET, group=(), more=()):
    """({path: [(number, name)]}, the Files, problems)"""
    paths = [f"{above}submission_10000{i}/{name}" for i in (1, 2) for name in ("x.ipynb", "y.txt")]
    files = [File(path, (), b"") for path in (*paths, *more)]
    files += [File(f"{above}submission_metadata.yml", (), sheet.encode())] if sheet else []
    found = works(files, Rules(KNN, group=Class(group)), "class.zip", problems := [])
    own = {path: [] for path in paths}
    for work in found:
        for file in work.files:
            own.setdefault(file.path, []).append((work.person.number, work.person.name))
    return [own.get(path) for path in paths], files, problems


@pytest.mark.parametrize("above", ["", f"{EXPORT}/"], ids=["unpacked", "as it comes"])
def test_gradescopes_own_list_says_who_and_when(above):
    inner = f"{above}submission_100002/submission_metadata.yml"  # a student's own
    own, files, problems = of_gradescope(above, more=[inner])
    both = [("a2@example.org", "Anna Ek"), ("zoe@example.org", "Zoë: Holm")]
    assert own == [[("bo@example.org", "Bo Nilsson")]] * 2 + [both] * 2
    assert problems == []
    assert {file.stamp for file in files[:2]} == {"2026-10-01 20:50:10.123456 UTC"}


def test_gradescopes_people_are_found_in_the_class():
    own, _, _ = of_gradescope("", group=EK)  # which has Bo's number, and no e-mail address of his
    assert own[0] == [("47110", "Bo Nilsson")]
    group = Class(EK)
    assert [m.student for m in group.find(Person("gradescope", *reversed(own[0][0])))] == ["bo"]
    anna = Person("gradescope", "Anna Ek", "a2@example.org")
    assert [m.student for m in group.find(anna)] == ["aek2"]
    assert len(group.find(Person("gradescope", "Anna Ek", "no@example.org"))) == 2
    assert group.find(Person("gradescope", "nils", "no@example.org")) == [], "a name is no login"


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ("", "Gradescope's folders bear no names: collect its whole export, with submission_meta"),
        ("submission_100001:\n  :submitters:\n  - :name: [x\n", "is damaged: export it from"),
        ("submission_100001:\n  :submitters:\n  - x\n", "is damaged: export it from"),
        ("submission_100001:\n  :submitters: x\n", "is damaged: export it from"),
    ],
    ids=["none", "no yaml", "no person", "no list"],
)
def test_gradescopes_folders_without_names_are_one_line(sheet, said):
    own, _, problems = of_gradescope("", sheet)
    assert own == [[]] * 4
    assert len(problems) == 1
    assert said in problems[0]


def test_a_submission_that_gradescope_does_not_name_is_nobodys():
    own, _, problems = of_gradescope("", SHEET.split("submission_100002:\n  :created")[0])
    assert [bool(people) for people in own] == [True, True, False, False]
    assert len(problems) == 1
    assert problems[0].startswith("class.zip: submission_100002/x.ipynb: whose is it?")


@pytest.mark.parametrize("folder", [f"Ek_11_{FILE}/", "ek/"], ids=["Moodle", "a folder each"])
def test_a_list_that_a_student_hands_in_is_no_gradescopes(folder):
    paths = [f"{folder}submission_100001/x.ipynb", f"{folder.replace('k', 'va')}x.ipynb"]
    files = [File(path, (), b"") for path in paths]
    files.append(File(f"{folder}submission_metadata.yml", (), SHEET.encode()))
    found = works(files, Rules(KNN), "class.zip", problems := [])
    assert {work.person.platform for work in found} <= {"moodle", "name"}
    assert files[-1].data is None
    assert problems == []


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

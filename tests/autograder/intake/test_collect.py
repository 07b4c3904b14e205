"""What learning platforms export comes into submitted/, and nothing else does."""

import copy
import io
import json
import os
import random
import shutil
import stat
import struct
import zipfile
from zoneinfo import ZoneInfo

import pytest
from mini_course import ASSIGNMENT, make_project

from autograder.authoring import release
from autograder.cli import main
from autograder.intake import unpack as module
from autograder.intake.collect import collect, lines
from autograder.people import Class, Member, safe_name
from autograder.project import UserError

NOTEBOOK = f"{ASSIGNMENT}.ipynb"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("collect") / "project")
    release.write(project, ASSIGNMENT)
    return project


@pytest.fixture
def project(released, tmp_path):
    shutil.copytree(released.root, tmp_path / "project")
    return type(released)(tmp_path / "project")


@pytest.fixture
def answer(project):
    """answer(n): the bytes of a notebook that nobody else has handed in."""
    nb = json.loads((project.release(ASSIGNMENT) / NOTEBOOK).read_bytes())

    def make(number):
        own = copy.deepcopy(nb)
        own["cells"][0]["source"] = f"# {number}"
        return json.dumps(own).encode()

    return make


def packed(path, members):
    """A zip archive of members {name: bytes or (bytes, date_time)}."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            data, time = (
                content if isinstance(content, tuple) else (content, (2026, 4, 20, 12, 0, 0))
            )
            info = zipfile.ZipInfo(name, time)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path


def spread(folder, members):
    """The same as files in a folder."""
    for name, content in members.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def submitted(project):
    """{student: bytes} of submitted/, which holds nothing else."""
    found = {}
    for path in sorted((project.course / "submitted").rglob("*")):
        if path.is_file():
            student, assignment, name = path.relative_to(project.course / "submitted").parts
            assert (assignment, name) == (ASSIGNMENT, NOTEBOOK)
            found[student] = path.read_bytes()
    return found


def rows(report):
    return {row.student: (row.status, row.text) for row in report.rows}


MOODLE = "_assignsubmission_file_"
LAYOUTS = {
    "moodle, a folder a student": (
        {f"Jörg Müller_101{MOODLE}/{NOTEBOOK}": 1, f"Anna O'Neil_102{MOODLE}/x.ipynb": 2},
        {"Jörg_Müller": 1, "Anna_O_Neil": 2},
    ),
    "moodle, all in one folder": (
        {f"Jo Ek_101{MOODLE}{NOTEBOOK}": 1, f"Bo Ek_102{MOODLE}{NOTEBOOK}": 2},
        {"Jo_Ek": 1, "Bo_Ek": 2},
    ),
    "moodle, a newer one": (
        {f"Jo Ek_101_assignsubmission_file/{NOTEBOOK}": 1},
        {"Jo_Ek": 1},
    ),
    "moodle, in a folder of its own": (
        {f"course/Jo Ek_101{MOODLE}/{NOTEBOOK}": 1, f"course/Al Ek_7{MOODLE}/{NOTEBOOK}": 2},
        {"Jo_Ek": 1, "Al_Ek": 2},
    ),
    "canvas": (
        {f"schmidtanna_12345_67890_{NOTEBOOK}": 1, f"ekjo_LATE_12346_67891_{NOTEBOOK}": 2},
        {"schmidtanna-12345": 1, "ekjo-12346": 2},
    ),
    "canvas, one name twice": (
        {f"schmidtanna_1_8_{NOTEBOOK}": 1, f"schmidtanna_2_9_{NOTEBOOK}": 2},
        {"schmidtanna-1": 1, "schmidtanna-2": 2},
    ),
    "nbgrader's own": (
        {
            f"submitted/alice/{ASSIGNMENT}/{NOTEBOOK}": 1,
            f"submitted/bob/{ASSIGNMENT}/{NOTEBOOK}": 2,
        },
        {"alice": 1, "bob": 2},
    ),
    "nbgrader's own, one student": ({f"alice/{ASSIGNMENT}/{NOTEBOOK}": 1}, {"alice": 1}),
    "a folder a student": (
        {f"class/alice/{NOTEBOOK}": 1, "class/bob/homework/mine.ipynb": 2},
        {"alice": 1, "bob": 2},
    ),
    "a folder for one": ({f"alice/{NOTEBOOK}": 1}, {"alice": 1}),
    "a file a student": (
        {"alice.ipynb": 1, f"bob_{NOTEBOOK}": 2, f"{ASSIGNMENT} Carol Ek (1).ipynb": 3},
        {"alice": 1, "bob": 2, "Carol_Ek": 3},
    ),
    "a file a student, in one folder": (
        {"class/alice.ipynb": 1, "class/bob.ipynb": 2},
        {"alice": 1, "bob": 2},
    ),
    "what computers leave behind": (
        {
            f"alice/{NOTEBOOK}": 1,
            f"__MACOSX/alice/._{NOTEBOOK}": 9,
            f"alice/.ipynb_checkpoints/{ASSIGNMENT}-checkpoint.ipynb": 9,
            f"bob/{NOTEBOOK}": 2,
            "bob/.DS_Store": 9,
        },
        {"alice": 1, "bob": 2},
    ),
    "Teams, without a class": (
        {
            f"Submitted files/Jo Ek/Homework/Version 1/{NOTEBOOK}": 3,
            f"Submitted files/Jo Ek/Homework/Version 10/{NOTEBOOK}": 1,
            f"Submitted files/Jo Ek/Homework/Version 9/{NOTEBOOK}": 4,
            f"Submitted files/Al Ek/Homework/Version 1/{NOTEBOOK}": 2,
        },
        {"Jo_Ek": 1, "Al_Ek": 2},
    ),
    "Moodle, blind, in German": (
        {f"Teilnehmerin_1234567{MOODLE}/{NOTEBOOK}": 1},
        {"Teilnehmerin-1234567": 1},
    ),
    "names decomposed": ({f"Jo\u0308rg/{NOTEBOOK}": 1, f"Al/{NOTEBOOK}": 2}, {"Jörg": 1, "Al": 2}),
}


@pytest.mark.parametrize("kind", ["archive", "folder"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_platforms_names_lead_to_the_student(project, answer, tmp_path, name, kind):
    members, want = LAYOUTS[name]
    members = {path: answer(number) for path, number in members.items()}
    source = packed(tmp_path / "class.zip", members) if kind == "archive" else None
    source = source or spread(tmp_path / "class", members)
    report = collect(project, ASSIGNMENT, [source])
    assert submitted(project) == {student: answer(number) for student, number in want.items()}
    assert {row.status for row in report.rows} == {"new"}
    assert not report.failed, lines(report)


@pytest.mark.parametrize(
    "name",
    [
        f"Kopie von {ASSIGNMENT} (1).ipynb",
        "lösung.ipynb",
        "X.IPYNB",
        f"{NOTEBOOK} ",
        f"{NOTEBOOK}.txt",
        f"{NOTEBOOK}.json",
        f"{'x' * 240}.ipynb",
        "a\x1b[2Jb.ipynb",
    ],
)
def test_the_notebook_is_known_by_its_cells_not_by_its_name(project, answer, tmp_path, name):
    members = {
        f"Jo Ek_1{MOODLE}/{name}": answer(1),
        f"Jo Ek_1{MOODLE}/{ASSIGNMENT} notes.ipynb": b'{"cells": [], "metadata": {}}',
        f"Jo Ek_1{MOODLE}/report.pdf": b"%PDF",
    }
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert submitted(project) == {"Jo_Ek": answer(1)}
    [row] = report.rows
    assert row.status == "new"
    assert "left out" in row.text  # the notes
    assert row.text.isprintable()


def test_a_name_in_an_old_archives_coding_is_read_as_utf8(project, answer, tmp_path):
    name = f"Jörg_1{MOODLE}/{NOTEBOOK}"
    path = packed(tmp_path / "class.zip", {name: answer(1)})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark) + offset
        flags = struct.unpack_from("<H", data, place)[0]
        assert flags & 0x800
        struct.pack_into("<H", data, place, flags & ~0x800)
    path.write_bytes(data)
    collect(project, ASSIGNMENT, [path])
    assert list(submitted(project)) == ["Jörg"]


def test_an_archive_that_a_student_handed_in_is_opened(project, answer, tmp_path):
    inner = packed(tmp_path / "inner.zip", {f"work/{NOTEBOOK}": answer(1)}).read_bytes()
    for source in (
        packed(tmp_path / "class.zip", {"ek_5_6_my work.zip": inner, "al_7_8_x.ipynb": answer(2)}),
        spread(tmp_path / "class", {"ek_5_6_my work.zip": inner}),
    ):
        report = collect(project, ASSIGNMENT, [source])
        assert not report.failed, lines(report)
        assert submitted(project) == {"ek-5": answer(1), "al-7": answer(2)}


def test_a_pattern_says_who_and_when(project, answer, tmp_path):
    members = {
        "2026-04-20T10:00:00+02:00 s123/hw.ipynb": answer(1),
        "2026-04-21-02-00-00 s124/hw.ipynb": answer(2),
        "04/21/2026 s125/hw.ipynb": answer(2),
        "nobody/hw.ipynb": answer(3),
    }
    pattern = r"(?P<timestamp>\S+) (?P<student>s\d+)/"
    source = packed(tmp_path / "class.zip", members)
    tokyo = ZoneInfo("Asia/Tokyo")
    report = collect(project, ASSIGNMENT, [source], pattern=pattern, zone=tokyo)
    folder = project.course / "submitted"
    stamps = {p.parent.parent.name: p.read_text() for p in folder.rglob("timestamp.txt")}
    assert stamps == {"s123": "2026-04-20 08:00:00 UTC\n", "s124": "2026-04-20 17:00:00 UTC\n"}
    assert rows(report)["s123"] == ("new", "hw.ipynb; handed in 2026-04-20 08:00:00 UTC")
    assert rows(report)["s125"] == (
        "new",
        "hw.ipynb; time left out: 04/21/2026 (which number is the day?)",
    )
    assert len(report.problems) == 1
    assert "nobody/hw.ipynb: whose is it?" in report.problems[0]


def test_a_timestamp_that_is_there_is_kept_and_read_by_nbgrader(project, answer, tmp_path):
    from nbgrader.coursedir import CourseDirectory

    members = {
        f"a/{ASSIGNMENT}/{NOTEBOOK}": answer(1),
        f"a/{ASSIGNMENT}/timestamp.txt": b"2026-04-20 10:00:00.5 UTC",
        f"b/{ASSIGNMENT}/{NOTEBOOK}": answer(2),
        f"b/{ASSIGNMENT}/timestamp.txt": b"\xffnever",
    }
    believing = {"timestamps": True}
    collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)], **believing)
    folder = project.course / "submitted"
    time = CourseDirectory().get_existing_timestamp(str(folder / "a" / ASSIGNMENT))
    assert time.isoformat() == "2026-04-20T10:00:00.500000"
    assert not (folder / "b" / ASSIGNMENT / "timestamp.txt").exists()
    older = {
        f"a/{ASSIGNMENT}/{NOTEBOOK}": answer(3),
        f"a/{ASSIGNMENT}/timestamp.txt": b"2026-04-19 10:00:00 UTC",
    }
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "old.zip", older)], **believing)
    assert rows(report)["a"] == ("same", f"{NOTEBOOK} is older than what is there: left out")
    assert (folder / "a" / ASSIGNMENT / NOTEBOOK).read_bytes() == answer(1)


UPLOADS = {  # folders in which a time of a student's own may lie
    "of Moodle": f"a_1{MOODLE}",
    "of Moodle, like the exchange's": f"a_1{MOODLE}/{ASSIGNMENT}",
    "of Canvas": f"a_1_2_{ASSIGNMENT}",
    "a student's folder": "a",
    "a student's archive": "a.zip",
    "a student's archive, like the exchange's": f"a.zip/a/{ASSIGNMENT}",
}


@pytest.mark.parametrize("timestamps", [False, True])
@pytest.mark.parametrize("folder", UPLOADS.values(), ids=UPLOADS)
def test_a_time_in_a_students_own_upload_is_never_believed(
    project, answer, tmp_path, folder, timestamps
):
    members = {NOTEBOOK: answer(1), "timestamp.txt": b"2026-01-01 00:00:00 UTC"}
    archive, _, inside = folder.partition(".zip")
    if archive == folder:
        members = {f"{folder}/{name}": content for name, content in members.items()}
    else:
        inside = f"{inside.strip('/')}/".lstrip("/")
        own = {f"{inside}{name}": content for name, content in members.items()}
        members = {f"{archive}.zip": packed(tmp_path / "own.zip", own).read_bytes()}
    source = packed(tmp_path / "class.zip", members)
    report = collect(project, ASSIGNMENT, [source], timestamps=timestamps)
    [(status, said)] = rows(report).values()
    assert status == "new"
    assert "timestamp.txt: not believed" in said
    assert [*(project.course / "submitted").rglob("*.ipynb")]
    assert not [*(project.course / "submitted").rglob("timestamp.txt")]


def test_the_exchanges_time_is_not_believed_unless_it_is_asked_for(project, answer, tmp_path):
    members = {
        f"a/{ASSIGNMENT}/{NOTEBOOK}": answer(1),
        f"a/{ASSIGNMENT}/timestamp.txt": b"2026-04-20 10:00:00 UTC",
    }
    collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert not [*(project.course / "submitted").rglob("timestamp.txt")]


def test_canvas_says_who_was_late(project, answer, tmp_path):
    members = {f"ek_LATE_5_6_{NOTEBOOK}": answer(1), f"al_7_8_{NOTEBOOK}": answer(2)}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert "late" in rows(report)["ek-5"][1]
    assert "late" not in rows(report)["al-7"][1]


# --- several versions ---

DAY = [(2026, 4, day, 12, 0, 0) for day in range(1, 29)]
VERSIONS = {
    "by time": {f"Jo_1{MOODLE}/a.ipynb": (2, DAY[5]), f"Jo_1{MOODLE}/b.ipynb": (1, DAY[3])},
    "by the number of the copy": {
        f"Jo_1{MOODLE}/a.ipynb": (1, DAY[3]),
        f"Jo_1{MOODLE}/a (10).ipynb": (2, DAY[3]),
        f"Jo_1{MOODLE}/a (9).ipynb": (3, DAY[3]),
    },
    "by Teams's version, whatever the time": {
        f"Jo_1{MOODLE}/Version 2/a.ipynb": (2, DAY[3]),
        f"Jo_1{MOODLE}/Version 1/b.ipynb": (1, DAY[5]),
        f"Jo_1{MOODLE}/c.ipynb": (3, DAY[5]),
    },
    "by Canvas's upload, whatever the time": {
        "Jo_1_20_a.ipynb": (2, DAY[3]),
        "Jo_1_9_a.ipynb": (1, DAY[5]),
    },
    "by Canvas's number": {"Jo_1_9_a.ipynb": (1, DAY[5]), "Jo_1_9_a-2.ipynb": (2, DAY[3])},
}


@pytest.mark.parametrize("name", VERSIONS)
def test_the_newest_of_several_versions_is_taken_and_the_others_named(
    project, answer, tmp_path, name
):
    members = {path: (answer(n), time) for path, (n, time) in VERSIONS[name].items()}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert list(submitted(project).values()) == [answer(2)]
    [row] = report.rows
    assert row.status == "new"
    left = row.text.split("older, left out: ")[1].split(", ")
    taken = next(path for path, (n, _) in VERSIONS[name].items() if n == 2)
    assert sorted(left) == sorted(path.split("/")[-1] for path in VERSIONS[name] if path != taken)


def test_two_versions_of_one_age_are_a_problem_unless_they_are_equal(project, answer, tmp_path):
    members = {
        f"Jo_1{MOODLE}/a.ipynb": answer(1),
        f"Jo_1{MOODLE}/b.ipynb": answer(2),
        f"Al_2{MOODLE}/a.ipynb": answer(3),
        f"Al_2{MOODLE}/b.ipynb": answer(3),
    }
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert submitted(project) == {"Al": answer(3)}
    status, text = rows(report)["Jo"]
    assert status == "problem"
    assert "differ and none is newer: leave one of them" in text


def test_several_sources_are_one_class(project, answer, tmp_path):
    one = packed(tmp_path / "1.zip", {f"Jo_1{MOODLE}/a.ipynb": (answer(1), DAY[1])})
    two = packed(tmp_path / "2.zip", {f"Jo_1{MOODLE}/a.ipynb": (answer(2), DAY[2])})
    report = collect(project, ASSIGNMENT, [two, one])
    assert len(report.rows) == 1
    assert submitted(project) == {"Jo": answer(2)}


# --- again ---


def test_what_is_the_same_is_left_alone_and_what_is_replaced_is_kept(project, answer, tmp_path):
    def bring(number):
        members = {f"Jo_1{MOODLE}/{NOTEBOOK}": answer(number), f"Al_2{MOODLE}/x.ipynb": answer(0)}
        return collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])

    path = project.course / "submitted" / "Jo" / ASSIGNMENT / NOTEBOOK
    bring(1)
    (path.parent / "timestamp.txt").write_text("2026-04-20 10:00:00 UTC\n")
    before = path.stat()
    assert {row.status for row in bring(1).rows} == {"same"}
    assert path.stat() == before
    report = bring(2)
    assert {student: row[0] for student, row in rows(report).items()} == {
        "Jo": "changed",
        "Al": "same",
    }
    assert "the one before: " in rows(report)["Jo"][1]
    bring(3)
    kept = project.course / "replaced" / ASSIGNMENT / "Jo"
    assert {p.name: p.read_bytes() for p in kept.iterdir()} == {
        "001.ipynb": answer(1),
        "001.txt": b"2026-04-20 10:00:00 UTC\n",
        "002.ipynb": answer(2),
    }
    assert submitted(project) == {"Jo": answer(3), "Al": answer(0)}  # no timestamp of another


def test_a_broken_file_does_not_replace_a_good_one(project, answer, tmp_path):
    good = packed(tmp_path / "1.zip", {f"Jo_1{MOODLE}/{NOTEBOOK}": answer(1)})
    bad = packed(tmp_path / "2.zip", {f"Jo_1{MOODLE}/{NOTEBOOK}": answer(1)[:500]})
    collect(project, ASSIGNMENT, [good])
    report = collect(project, ASSIGNMENT, [bad])
    assert submitted(project) == {"Jo": answer(1)}
    status, text = rows(report)["Jo"]
    assert status == "problem"
    assert "perhaps cut off: ask for it again" in text


# --- whose folder ---


def test_two_students_never_share_a_folder(project, answer, tmp_path):
    members = {
        f"Anna Ek_1{MOODLE}/{NOTEBOOK}": answer(1),
        f"Anna Ek_2{MOODLE}/{NOTEBOOK}": answer(2),
        f"anna ek_3{MOODLE}/{NOTEBOOK}": answer(3),
        f"Anna_Ek_4{MOODLE}/{NOTEBOOK}": answer(4),
        f"Bo_5{MOODLE}/{NOTEBOOK}": answer(5),
    }
    collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    want = {"Anna_Ek-1": 1, "Anna_Ek-2": 2, "anna_ek-3": 3, "Anna_Ek-4": 4, "Bo": 5}
    assert submitted(project) == {student: answer(n) for student, n in want.items()}


def test_a_namesake_that_comes_another_day_gets_another_folder(project, answer, tmp_path):
    def bring(number, content):
        members = {f"Anna_{number}{MOODLE}/{NOTEBOOK}": answer(content)}
        return collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])

    bring(1, 1)
    bring(2, 2)
    assert submitted(project) == {"Anna": answer(1), "Anna-2": answer(2)}
    bring(1, 3)
    bring(2, 4)
    assert submitted(project) == {"Anna": answer(3), "Anna-2": answer(4)}


NAMES = ["..", ".", "", " ", "/", "-rf", ".hidden", "a/b", "a\\b", "*", "[x]", "\x00", "a\nb", "~"]


@pytest.mark.parametrize(
    "name", [*NAMES, "é" * 200, "x" * 300, "李 明", "\u202egnp", "a+b", "$(x)"]
)
def test_a_students_name_becomes_a_safe_folder(name):
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert safe[0] not in ".-_"
    assert not set(safe) & set("/\\*?[]+~$ \x00\n\u202e")
    assert safe.isprintable()
    assert len(safe.encode()) < 80


def test_unsafe_names_stay_apart():
    assert len({safe_name(name) for name in ("..", "", " ", "/", "*", "é" * 200, "é" * 201)}) == 7


def test_a_student_cannot_hand_in_for_another(project, answer, tmp_path):
    victim = {"moodle": f"Bo_2{MOODLE}x.ipynb", "canvas": "bo_2_9_x.ipynb"}
    inner = packed(tmp_path / "in.zip", {victim["moodle"]: answer(9), victim["canvas"]: answer(9)})
    layouts = [
        {"ek_1_8_x.zip": inner.read_bytes(), "bo_2_9_x.ipynb": answer(2)},
        {f"Ek_1{MOODLE}/{victim['canvas']}": answer(9), f"Bo_2{MOODLE}/x.ipynb": answer(2)},
        {f"ek/{victim['moodle']}": answer(9), "bo/x.ipynb": answer(2)},
        {f"ek/bo/{ASSIGNMENT}/x.ipynb": answer(9), "bo/x.ipynb": answer(2)},
    ]
    for i, members in enumerate(layouts):
        shutil.rmtree(project.course, ignore_errors=True)
        collect(project, ASSIGNMENT, [packed(tmp_path / f"{i}.zip", members)])
        found = submitted(project)
        theirs = [s for s in found if s.lower().startswith("bo")]
        assert [found[s] for s in theirs] == [answer(2)], i


# --- what must not come in ---


def marked(name, content, *, mode=0, flags=0, method=None):
    """A member whose entry in the archive says what zipfile would not write."""

    def change(path):
        data = bytearray(path.read_bytes())
        place = -1
        while (place := data.find(b"PK\x01\x02", place + 1)) >= 0:
            length = struct.unpack_from("<H", data, place + 28)[0]
            if data[place + 46 : place + 46 + length] == name.encode():
                start = struct.unpack_from("<I", data, place + 42)[0]
                struct.pack_into("<I", data, place + 38, mode << 16)
                for at in (place + 8, start + 6):
                    struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | flags)
                if method is not None:
                    for at in (place + 10, start + 8):
                        struct.pack_into("<H", data, at, method)
        path.write_bytes(data)

    return {name: content}, change


JO = f"Jo_1{MOODLE}"
BOMB = b" " * (8 * 2**20)
BAD = {
    "a path upwards": (marked(f"{JO}/../../../x.ipynb", b"x"), "leads out of the archive"),
    "a path from the root": (marked(f"/{JO}/x.ipynb", b"x"), "leads out of the archive"),
    "a drive": (marked(f"C:/{JO}/x.ipynb", b"x"), "leads out of the archive"),
    "backslashes upwards": (marked(f"{JO}\\..\\x.ipynb", b"x"), "leads out of the archive"),
    "a link": (
        marked(f"{JO}/x.ipynb", b"/etc/passwd", mode=stat.S_IFLNK | 0o777),
        "is a link or a device: ask for the file itself",
    ),
    "a device": (marked(f"{JO}/x.ipynb", b"", mode=stat.S_IFBLK | 0o666), "is a link or a device"),
    "a named pipe": (marked(f"{JO}/x.ipynb", b"", mode=stat.S_IFIFO | 0o666), "link or a device"),
    "encrypted": (marked(f"{JO}/x.ipynb", b"x", flags=1), "is encrypted: ask for it without"),
    "a bomb": (marked(f"{JO}/x.ipynb", BOMB), "unpacks to more than 200 times its size"),
    "a bomb as an archive": (marked(f"{JO}/x.zip", BOMB), "unpacks to more than 200 times"),
    "another method": (marked(f"{JO}/x.ipynb", b"x", method=14), "is packed in an unusual way"),
    "an unknown method": (marked(f"{JO}/x.ipynb", b"x", method=77), "is packed in an unusual way"),
    "the wrong method": (marked(f"{JO}/x.ipynb", b"xyz" * 99, method=0), "is damaged ("),
    "too deep": (marked(f"{JO}/{'d/' * 40}x.ipynb", b"x"), "more than 12 folders deep"),
    "a name without end": (
        marked(f"{JO}/x.ipynb{' ' * 60_000}x", b"x"),
        "has a name of more than 1000 characters",
    ),
    "no archive": (marked(f"{JO}/x.zip", b"not one"), "is not a sound zip archive"),
    "no notebook": (marked(f"{JO}/x.pdf", b"%PDF"), f"no notebook (x.pdf): ask for {NOTEBOOK}"),
    "another notebook": (marked(f"{JO}/x.ipynb", b'{"cells": []}'), "is it another one's notebook"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_and_the_others_come_in(project, answer, tmp_path, name):
    (members, change), message = BAD[name]
    good = {f"Al_2{MOODLE}/{NOTEBOOK}": answer(2), f"Bo_3{MOODLE}/{NOTEBOOK}": answer(3)}
    path = packed(tmp_path / "class.zip", good | members)
    change(path)
    before = outside(tmp_path, project)
    report = collect(project, ASSIGNMENT, [path])
    assert submitted(project) == {"Al": answer(2), "Bo": answer(3)}
    said = [row.text for row in report.rows if row.status == "problem"] + report.problems
    assert len(said) == 1
    assert message in said[0]
    assert report.failed
    assert outside(tmp_path, project) == before


def outside(folder, project):
    """What lies in a folder apart from the students' work."""
    return {p for p in folder.rglob("*") if project.course not in [p, *p.parents]}


def test_a_size_that_lies_does_not_let_a_bomb_in(project, answer, tmp_path):
    path = packed(tmp_path / "class.zip", {f"{JO}/x.ipynb": BOMB})
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 24, 100)  # says: 100 bytes
    struct.pack_into("<I", data, place + 20, len(data) // 2)
    path.write_bytes(data)
    report = collect(project, ASSIGNMENT, [path])
    assert report.failed
    assert submitted(project) == {}


LIMITS = {
    "MAX_MEMBERS": (2, "has more than 2 files"),
    "MAX_MEMBER": (1000, "MB: ask for it without its outputs"),
    "MAX_TOTAL": (1000, "were unpacked: collect it by itself"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_over_a_limit_is_named(project, answer, tmp_path, name, monkeypatch):
    value, message = LIMITS[name]
    monkeypatch.setattr(module, name, value)
    members = {f"s{i}/{NOTEBOOK}": answer(i) for i in range(3)}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert submitted(project) == {}
    assert message in "\n".join(lines(report))


def test_a_students_archive_of_archives_or_of_too_many_files_is_refused(project, tmp_path):
    one = packed(tmp_path / "1.zip", {"a.zip": packed(tmp_path / "0.zip", {}).read_bytes()})
    many = packed(tmp_path / "2.zip", {f"{i}": b"" for i in range(module.MAX_INNER_MEMBERS + 1)})
    members = {f"Jo_1{MOODLE}/x.zip": one.read_bytes(), f"Al_2{MOODLE}/x.zip": many.read_bytes()}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert "is an archive in an archive" in rows(report)["Jo"][1]
    assert "has more than 1000 files" in rows(report)["Al"][1]


def test_links_and_pipes_in_a_folder_are_named_and_not_followed(project, answer, tmp_path):
    folder = spread(tmp_path / "class", {f"al/{NOTEBOOK}": answer(1), f"bo/{NOTEBOOK}": answer(2)})
    secret = spread(tmp_path / "secret", {NOTEBOOK: answer(9)})
    for student in ("jo", "ek"):
        (folder / student).mkdir()
    (folder / "jo" / NOTEBOOK).symlink_to(secret / NOTEBOOK)
    os.mkfifo(folder / "ek" / NOTEBOOK)
    (folder / "xi").symlink_to(secret)
    report = collect(project, ASSIGNMENT, [folder])
    assert submitted(project) == {"al": answer(1), "bo": answer(2)}
    assert rows(report)["jo"] == ("problem", f"{NOTEBOOK} is a link: put the file itself there")
    assert rows(report)["ek"] == ("problem", f"{NOTEBOOK} is not a file: remove it")
    assert len(report.problems) == 1
    assert "xi: a link: put the folder itself" in report.problems[0]


@pytest.mark.parametrize("part", ["Jo", f"Jo/{ASSIGNMENT}", f"Jo/{ASSIGNMENT}/{NOTEBOOK}"])
def test_nothing_is_written_through_a_link_in_submitted(project, answer, tmp_path, part):
    place = project.course / "submitted" / part
    place.parent.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place.symlink_to(elsewhere / "file" if part.endswith("ipynb") else elsewhere)
    members = {f"{JO}/{NOTEBOOK}": answer(1), f"Al_2{MOODLE}/{NOTEBOOK}": answer(2)}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert "is a link: remove it" in rows(report)["Jo"][1]
    assert rows(report)["Al"][0] == "new"
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("members", [{}, {"readme.txt": b"hello"}])
def test_a_source_without_a_notebook_is_named(project, tmp_path, members):
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert report.problems == [f"{tmp_path / 'class.zip'}: there is no notebook in it"]


def test_one_bad_source_does_not_stop_the_others(project, answer, tmp_path, capsys):
    good = packed(tmp_path / "good.zip", {f"{JO}/{NOTEBOOK}": answer(1)})
    (tmp_path / "cut.zip").write_bytes(good.read_bytes()[:-10])
    (tmp_path / "class.tar.gz").write_bytes(b"\x1f\x8b\x08")
    sources = [str(tmp_path / n) for n in ("cut.zip", "none.zip", "class.tar.gz", "good.zip")]
    assert main(["-C", str(project.root), "collect", ASSIGNMENT, *sources]) == 1
    out = capsys.readouterr().out.strip().split("\n")
    assert submitted(project) == {"Jo": answer(1)}
    assert out[0].split() == ["new", "Jo"]
    assert [line.split()[0] for line in out[1:4]] == ["problem"] * 3
    assert out[-1] == "1 new, 0 changed, 0 same, 3 problems"


def test_the_command_ends_with_0_when_all_is_well(project, answer, tmp_path, capsys):
    source = packed(tmp_path / "class.zip", {"x/s1.ipynb": answer(1), "x/s2.ipynb": answer(2)})
    command = ["-C", str(project.root), "collect", ASSIGNMENT, str(source)]
    assert main([*command, "--pattern", r"(?P<student>s\d)"]) == 0
    assert main(command) == 0
    assert capsys.readouterr().out.split("\n")[-2] == "0 new, 0 changed, 2 same, 0 problems"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("(", "is no regular expression"), ("(.*)", "must have a group that is called student")],
)
def test_a_wrong_pattern_is_refused(project, tmp_path, pattern, message):
    with pytest.raises(UserError, match=message):
        collect(project, ASSIGNMENT, [tmp_path], pattern=pattern)


def test_what_was_never_released_cannot_be_collected(project, tmp_path):
    shutil.rmtree(project.release(ASSIGNMENT))
    with pytest.raises(UserError, match="never released"):
        collect(project, ASSIGNMENT, [tmp_path])
    with pytest.raises(UserError, match="there is no assignment '07_gone'"):
        collect(project, "07_gone", [tmp_path])


def test_damaged_archives_never_crash_and_write_nowhere_else(project, answer, tmp_path):
    inner = io.BytesIO(packed(tmp_path / "in.zip", {NOTEBOOK: answer(1)}).read_bytes())
    members = {f"{JO}/x.zip": inner.getvalue(), f"Al_2{MOODLE}/{NOTEBOOK}": answer(2)}
    data = packed(tmp_path / "class.zip", members).read_bytes()
    root = tmp_path / "apart" / "class.zip"
    root.parent.mkdir()
    before = set(os.listdir(project.course))
    ends = [i for i in range(len(data)) if data[i : i + 2] == b"PK"]
    for seed in range(150):
        draw = random.Random(seed)
        spoiled = bytearray(data)
        for _ in range(draw.choice([1, 2, 8])):
            near = draw.choice(ends) + draw.randrange(60)
            spoiled[min(near, len(data) - 1)] = draw.randrange(256)
        root.write_bytes(bytes(spoiled[: draw.choice([len(data), draw.randrange(len(data))])]))
        report = collect(project, ASSIGNMENT, [root])
        assert report.rows or report.problems, seed
        assert all(line.isprintable() for line in lines(report)), seed
        assert set(os.listdir(root.parent)) == {"class.zip"}
    made = set(os.listdir(project.course)) - before
    assert made <= {"collected", "submitted", "replaced"}
    assert set(submitted(project).values()) <= {answer(1), answer(2)}


# --- who is who ---


@pytest.mark.parametrize(
    ("paths", "folders", "said"),
    [
        (["A/alice.ipynb", "A/bob.ipynb", "B/carol.ipynb"], [], "A has files of several"),
        (["class/x.ipynb", "class/01_mini_1.ipynb"], ["01_mini_1", "x"], ""),
        ([f"c/{NOTEBOOK}", f"c/{ASSIGNMENT} (1).ipynb"], [], "may be two people's: leave one"),
        (["ann1.ipynb", "ann2.ipynb"], ["ann1", "ann2"], ""),
        (
            [f"{ASSIGNMENT}_group_1.ipynb", f"{ASSIGNMENT}_group_2.ipynb"],
            ["group_1", "group_2"],
            "",
        ),
        ([f"alice/{NOTEBOOK}", "alice/notes.ipynb", "bo/x.ipynb"], ["bo"], "may be two people's"),
    ],
)
def test_two_peoples_notebooks_are_a_problem_and_never_an_older_one(
    project, answer, tmp_path, paths, folders, said
):
    members = {path: answer(number) for number, path in enumerate(paths)}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert [*submitted(project)] == folders
    text = "\n".join(lines(report))
    assert "left out" not in text
    assert said in text
    assert report.failed == bool(said)


def test_a_notebook_of_another_assignment_beside_it_makes_no_doubt(project, answer, tmp_path):
    members = {f"alice/{NOTEBOOK}": answer(1), "alice/notes.ipynb": b"{}", "bo/x.ipynb": answer(2)}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert submitted(project) == {"alice": answer(1), "bo": answer(2)}
    assert "left out: notes.ipynb" in rows(report)["alice"][1]


BLIND = ["Teilnehmerin", "Teilnehmer_in", "Participant·e", "Participant_e", "Participante"]


@pytest.mark.parametrize("word", BLIND)
def test_blind_marking_in_another_language_hides_who_it_is(project, answer, tmp_path, word):
    Class([Member("ada", ["Ada Ek"])]).write(project.course)
    members = {f"{word}_123456{i}{MOODLE}/{NOTEBOOK}": answer(i) for i in (1, 2)}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    called = safe_name(word)
    assert submitted(project) == {f"{called}-123456{i}": answer(i) for i in (1, 2)}
    assert not report.failed


def test_who_is_in_moodles_default_group_the_worksheet_says(project, answer, tmp_path):
    Class([Member("ada", ["Ada Ek"]), Member("bo", ["Bo Ek"])]).write(project.course)
    members = {
        f"Red_7_assignsubmission_file/{NOTEBOOK}": answer(1),
        f"Blue_8_assignsubmission_file/{NOTEBOOK}": answer(2),
        f"Default group_assignsubmission_file/{NOTEBOOK}": answer(3),
    }
    archive = packed(tmp_path / "class.zip", members)
    assert rows(collect(project, ASSIGNMENT, [archive]))["Default_group"] == (
        "problem",
        "the group 'Default group' is of those in no group: the grading worksheet of this "
        "assignment says who they are, read with autograder roster",
    )
    group = [Member(s, [n], groups=["Default group"]) for s, n in (("ada", "Ada"), ("bo", "Bo"))]
    Class(group).write(project.course)
    report = collect(project, ASSIGNMENT, [archive])
    assert submitted(project) == {"ada": answer(3), "bo": answer(3)}
    assert "the work of Default group" in rows(report)["ada"][1]


FIRST = """\
Identifier,Full name,Status,Group,Grade,Last modified (submission)
Participant 11,Ada Ek,Submitted,Red,,"Thursday, 1 October 2026, 10:50 PM"
Participant 12,Bo Ek,Submitted,Red,,"Thursday, 1 October 2026, 10:50 PM"
Participant 13,Cy Ek,Submitted,Blue,,"Friday, 2 October 2026, 8:00 AM"
Participant 14,Di Ek,Submitted,Blue,,"Friday, 2 October 2026, 8:01 AM"
Participant 15,Eve Ek,Submitted,Green,,-
Participant 16,Flo Ek,Submitted,Default group,,"Friday, 2 October 2026, 9:00 AM"
"""


def test_when_a_group_handed_in_the_worksheet_of_this_assignment_says(project, answer, tmp_path):
    """By hand: 10:50 PM in Berlin in October is 20:50 in UTC."""
    later = FIRST.replace("October", "November").replace("Participant 1", "Participant 2")
    sheets = {}
    for name, text in (("first", FIRST), ("later", later)):
        sheets[name] = tmp_path / f"{name}.csv"
        sheets[name].write_text(text)
    groups = ("Red_7", "Blue_11", "Green_12", "Default group")  # 11 and 12 are participants', too
    files = {f"{g}_assignsubmission_file/{NOTEBOOK}": answer(i) for i, g in enumerate(groups, 1)}
    archive = packed(tmp_path / "class.zip", files)
    base = ["-C", str(project.root)]
    table = [str(path) for path in sheets.values()]
    assert main([*base, "roster", *table, "--timezone", "Europe/Berlin"]) == 0

    def stamps():
        paths = (project.course / "submitted").glob("*/*/timestamp.txt")
        return {path.parent.parent.name: path.read_text().strip() for path in paths}

    assert not collect(project, ASSIGNMENT, [archive]).failed
    assert stamps() == {}  # of which assignment? nobody has said
    report = collect(
        project, ASSIGNMENT, [archive, sheets["first"]], zone=ZoneInfo("Europe/Berlin")
    )
    assert not report.failed
    red, flo = "2026-10-01 20:50:00 UTC", "2026-10-02 07:00:00 UTC"
    assert stamps() == {"Ada_Ek": red, "Bo_Ek": red, "Flo_Ek": flo}
    said = {student: text for student, (_, text) in rows(report).items()}
    assert said["Bo_Ek"] == f"the work of Red; handed in {red}"
    assert said["Cy_Ek"] == "the work of Blue; its members have 2 times: left out"
    assert said["Eve_Ek"] == "the work of Green"
    collect(project, ASSIGNMENT, [archive])
    assert stamps() == {"Ada_Ek": red, "Bo_Ek": red, "Flo_Ek": flo}, "the same work keeps its time"


@pytest.mark.parametrize(
    ("text", "with_work", "said"),
    [
        ("Name\nAda Ek\n", True, "is a table, no grading worksheet: autograder roster reads it"),
        (FIRST, False, "a worksheet says when work was handed in: name the archive with the work"),
        (None, True, "no such file"),
    ],
)
def test_a_table_that_says_no_times_is_a_line(project, answer, tmp_path, text, with_work, said):
    archive = packed(tmp_path / "class.zip", {f"Ada Ek_1{MOODLE}/{NOTEBOOK}": answer(1)})
    path = tmp_path / "t.CSV"
    if text:
        path.write_text(text)
    with pytest.raises(UserError, match=said):
        collect(project, ASSIGNMENT, [archive, path] if with_work else [path])
    assert submitted(project) == {}
    assert not (project.course / "class.json").exists()


def test_one_students_work_from_two_places_is_compared(project, answer, tmp_path):
    group = [Member("ada", ["Ada Ek"], {"email": "a@example.org"}, [], [["moodle", "1", "Ada Ek"]])]
    Class(group).write(project.course)
    moodle = packed(tmp_path / "1.zip", {f"Ada Ek_1{MOODLE}/{NOTEBOOK}": answer(1)})
    same = packed(tmp_path / "2.zip", {f"a@example.org/{NOTEBOOK}": answer(1)})
    other = packed(tmp_path / "3.zip", {f"a@example.org/{NOTEBOOK}": answer(2)})
    report = collect(project, ASSIGNMENT, [moodle, other])
    assert submitted(project) == {}
    assert "differ and both are ada's: leave one of them" in rows(report)["ada"][1]
    assert not collect(project, ASSIGNMENT, [moodle, same]).failed
    assert submitted(project) == {"ada": answer(1)}


def test_who_is_not_of_the_class_is_a_problem_and_gets_no_folder(project, answer, tmp_path):
    annas = [Member(f"a{i}", ["Anna Ek"], {"email": f"a{i}@example.org"}) for i in (1, 2)]
    Class(annas).write(project.course)
    members = {
        f"Anna Ek_1{MOODLE}/{NOTEBOOK}": answer(1),
        f"Eve_2{MOODLE}/{NOTEBOOK}": answer(2),
    }
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    assert submitted(project) == {}
    assert rows(report) == {
        "Anna_Ek": (
            "problem",
            "'Anna Ek' could be Anna Ek, a1@example.org; Anna Ek, a2@example.org: read the grading "
            "worksheet of this assignment with autograder roster",
        ),
        "Eve": ("problem", "nobody of the class is called 'Eve' (2): autograder roster FILE"),
    }
    assert json.loads((project.course / "collected" / f"{ASSIGNMENT}.json").read_text()) == {}


def test_a_worksheets_time_is_that_of_the_newest_version_alone(project, answer, tmp_path):
    def bring(number, time):
        numbers, times = [["moodle", "1", "Ada Ek"]], {"1": f"2026-10-0{time} 12:00:00 UTC"}
        Class([Member("ada", ["Ada Ek"], numbers=numbers, times=times)]).write(project.course)
        members = {f"Ada Ek_1{MOODLE}/{NOTEBOOK}": answer(number)}
        return rows(collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)]))["ada"]

    stamp = project.course / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt"
    assert bring(1, 1) == ("new", "handed in 2026-10-01 12:00:00 UTC")
    assert bring(1, 1)[0] == "same"
    assert stamp.read_text() == "2026-10-01 12:00:00 UTC\n"
    status, said = bring(2, 1)  # a newer archive, the worksheet of before
    assert status == "changed"
    assert "time left out: the version before had it; read a newer worksheet" in said
    assert not stamp.exists()
    assert bring(2, 2)[0] == "same"
    assert stamp.read_text() == "2026-10-02 12:00:00 UTC\n"


def test_a_group_that_was_taken_for_a_student_gives_way_to_its_members(project, answer, tmp_path):
    members = {f"Red_7{MOODLE}/{NOTEBOOK}": answer(1), f"Bo Ek_8{MOODLE}/{NOTEBOOK}": answer(2)}
    archive = packed(tmp_path / "class.zip", members)
    collect(project, ASSIGNMENT, [archive])
    assert submitted(project) == {"Red": answer(1), "Bo_Ek": answer(2)}
    class_ = [Member(s, [n], groups=["Red"]) for s, n in (("ada", "Ada"), ("eve", "Eve"))]
    Class([*class_, Member("Bo_Ek", ["Bo Ek"])]).write(project.course)
    report = collect(project, ASSIGNMENT, [archive])
    assert submitted(project) == {"ada": answer(1), "eve": answer(1), "Bo_Ek": answer(2)}
    assert not (project.course / "submitted" / "Red").exists()
    status, text = rows(report)["Red"]
    kept = project.course / "replaced" / ASSIGNMENT / "Red" / "001"
    assert (status, text.split(" now in ")[1]) == ("moved", project.shown(kept))
    assert (kept / NOTEBOOK).read_bytes() == answer(1)
    again = collect(project, ASSIGNMENT, [archive])
    assert {row.status for row in again.rows} == {"same"}


def test_who_of_the_class_has_not_handed_in_is_named(project, answer, tmp_path):
    names = ["Ada", "Bo", "Eve", *(f"X{i:02}" for i in range(13))]
    Class([Member(name, [name]) for name in names]).write(project.course)
    members = {f"Ada_1{MOODLE}/{NOTEBOOK}": answer(1), f"Bo_2{MOODLE}/notes.pdf": b"%PDF"}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "class.zip", members)])
    some = ", ".join(["Eve", *(f"X{i:02}" for i in range(11))])
    assert lines(report)[-2:] == [
        f"nothing from 14 of the class: {some}, …",
        "1 new, 0 changed, 0 same, 1 problem",
    ]
    later = {f"{name}_3{MOODLE}/{NOTEBOOK}": answer(2) for name in names[2:]}
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "later.zip", later)])
    assert not any(line.startswith("nothing from") for line in lines(report)), "Ada came before"


@pytest.mark.parametrize(
    "name",
    ["ekada_1_9_x.ipynb", "ekada_LATE_1_9_x.ipynb", "anon_x3Yab_9_x.ipynb", f"A_1{MOODLE}x.ipynb"],
)
def test_a_file_is_called_as_its_student_called_it(project, answer, tmp_path, name):
    report = collect(project, ASSIGNMENT, [packed(tmp_path / "c.zip", {name: answer(1)})])
    [row] = report.rows
    assert row.text.removesuffix("; late") == "x.ipynb"

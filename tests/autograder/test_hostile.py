"""One student's trouble is that student's line: folders and texts that nobody should hand in."""

import os
import random
import shutil

import nbformat
import pytest
from mini_course import ASSIGNMENT, SMALL, make_project

from autograder import grade
from autograder.authoring import release
from autograder.guard import Guard, Trouble
from autograder.intake import submission
from autograder.returning import feedback

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
CELL = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell


def nested(place, depth):
    """Folders in one another, to a path longer than a path may be."""
    place.mkdir(parents=True, exist_ok=True)
    here = os.open(place, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        inside = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)


def remove_nested(place):
    chain = [os.open(place, os.O_RDONLY)]
    while "d" in os.listdir(chain[-1]):
        chain.append(os.open("d", os.O_RDONLY, dir_fd=chain[-1]))
    os.close(chain.pop())
    while chain:
        os.rmdir("d", dir_fd=chain[-1])
        os.close(chain.pop())


def sparse(path, size):
    path.touch()
    os.truncate(path, size)


# What has stopped a whole class: cells that a student adds, and things in a folder.
CELLS = {
    "long-word": CELL[0](f"data = '{'0f' * 100_000}'"),
    "blank-lines": CELL[0]("\n" * 40_000 + "x = 1"),
    "long-line": CELL[0]("x = [" + "1, " * 60_000 + "]"),
    "brackets": CELL[0]("x = " + "[" * 3000 + "]" * 3000),
    "quotes": CELL[1]("> " * 500 + "deep"),
    "wide-table": CELL[1]("|a" * 300 + "|\n" + "|-" * 300 + "|\n" + ("|b" * 300 + "|\n") * 30),
}
THINGS = {
    "long-name": lambda place: (place / ("n" * 250)).touch(),
    "odd-name": lambda place: open(os.fsencode(place) + b"/\xff\xfe.txt", "wb").close(),
    "deep": lambda place: nested(place / "deep", 1500),
    "deep-elsewhere": lambda place: nested(place.parent / "99_other", 1500),
    "sparse-time": lambda place: sparse(place / "timestamp.txt", 4 << 30),
    "many-files": lambda place: [(place / f"{n}.txt").touch() for n in range(3000)],
    "unreadable": lambda place: (place / "data.txt").touch(0o000),
    "closed": lambda place: (place / "closed").mkdir(0o000),
    "pipe": lambda place: os.mkfifo(place / "pipe.txt"),
    "loop": lambda place: (place / "loop").symlink_to(place),
    "n" * 253: lambda place: None,
}


def test_each_trouble_is_a_line_and_all_others_are_graded(graded_copy):
    base = graded_copy.course / "submitted"
    honest = base / "reference" / ASSIGNMENT
    for name, thing in THINGS.items():
        shutil.copytree(honest, base / name / ASSIGNMENT)
        thing(base / name / ASSIGNMENT)
    for name, cell in CELLS.items():
        shutil.copytree(honest, base / name / ASSIGNMENT)
        nb = nbformat.read(honest / NOTEBOOK, 4)
        nb.cells.append(cell)
        nbformat.write(nb, base / name / ASSIGNMENT / NOTEBOOK)
    try:
        report = grade.grade(graded_copy, ASSIGNMENT)
    finally:
        remove_nested(base / "deep" / ASSIGNMENT / "deep")
        remove_nested(base / "deep-elsewhere" / "99_other")
    assert report.left_out == {"n" * 253: "the folder's name has more than 200 bytes: rename it"}
    wanted = {*CELLS, *THINGS} - {"n" * 253}
    assert {*report.graded, *report.recorded} == wanted  # what holds the same cells is known
    points = {name: sum(report.scores[name].values()) for name in [*wanted, "reference"]}
    assert {*points.values()} == {100}
    said = {name: "; ".join(notes) for name, notes in report.notes.items() if name in wanted}
    assert said.keys() >= {"long-name", "odd-name", "deep", "many-files", "pipe", "loop"}
    for name in wanted:
        page = graded_copy.course / "feedback" / name / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert page.stat().st_size > 1000


def test_a_file_may_become_a_folder_and_a_folder_a_file(graded_copy):
    place = graded_copy.course / "submitted" / "reference" / ASSIGNMENT
    (place / "data").write_text("1")
    (place / "more").mkdir()
    (place / "more" / "x.txt").write_text("2")
    assert grade.grade(graded_copy, ASSIGNMENT).left_out == {}
    (place / "data").unlink()
    (place / "data").mkdir()
    (place / "data" / "y.txt").write_text("3")
    shutil.rmtree(place / "more")
    (place / "more").write_text("4")
    assert grade.grade(graded_copy, ASSIGNMENT).left_out == {}
    written = graded_copy.course / "autograded" / "reference" / ASSIGNMENT
    assert (written / "data" / "y.txt").read_text() == "3"
    assert (written / "more").read_text() == "4"


# --- the same for what nobody has thought of ---

UNITS = ["a", " ", "\n", "(", "[", "'", '"""', "\\", "#", "%", "!", "_", "0", "é", "\t", "x = 1\n"]
UNITS += ["> ", "* ", "|", "`", "$", "![", "](", "<a ", "&lt;", "/proc", "../", "def f():\n "]


def text(rng):
    parts = (rng.choice(UNITS) * int(10 ** rng.uniform(0, 3.5)) for _ in range(rng.randint(1, 4)))
    return "".join(parts)


def thing(rng, place):
    """Put something into a folder."""
    names = ["a", "b.py", ".c", "d.ipynb", "é" * 90, "-rf", "timestamp.txt", "e\n", "f" * 240]
    name = rng.choice(names)
    kind = rng.choice(["file", "folder", "many", "deep", "link", "pipe", "sparse", "closed"])
    path = place / name
    if path.exists() or path.is_symlink():
        return
    if kind == "file":
        path.write_bytes(rng.randbytes(rng.randint(0, 2000)))
    elif kind == "many":
        path.mkdir()
        for n in range(rng.choice([3, 30, 1200])):
            (path / f"{n}").touch()
    elif kind == "deep":
        (path / "/".join("d" * rng.randint(1, 60))).mkdir(parents=True)
    elif kind == "link":
        path.symlink_to(rng.choice(["/etc/passwd", ".", "nowhere", NOTEBOOK]))
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "sparse":
        sparse(path, rng.choice([1, 1 << 20, 1 << 33]))
    else:
        path.mkdir(rng.choice([0o755, 0o000]))


def spoil(rng, nb):
    """A notebook as JSON, or what is none any more."""
    for _ in range(rng.randint(0, 3)):
        nb.cells.insert(rng.randint(0, len(nb.cells)), rng.choice(CELL)(text(rng)))
    if rng.random() < 0.3:
        rng.choice(nb.cells).source = text(rng)
    content = nbformat.writes(nb)
    if rng.random() < 0.2:
        at = rng.randint(0, len(content))
        content = content[:at] + text(rng) + content[at + rng.randint(0, 50) :]
    return content


@pytest.mark.tied(*SMALL)
def test_a_thousand_hostile_folders_and_texts_cost_nobody_else_anything(tmp_path):
    project = make_project(tmp_path / "project")
    built = release.build(project, ASSIGNMENT)
    rng = random.Random(0)
    honest = tmp_path / "honest" / ASSIGNMENT
    honest.mkdir(parents=True)
    (honest / NOTEBOOK).write_bytes(built.release[NOTEBOOK])
    (honest / "notes.txt").write_text("mine")
    alone = submission.Desk(built).take("honest", honest)
    taken = left_out = 0
    with Guard(submission.Desk, built, jobs=2, seconds=20) as guard:
        for number in range(1000):
            place = tmp_path / f"student{number}" / ASSIGNMENT
            place.mkdir(parents=True)
            nb = nbformat.reads(built.release[NOTEBOOK], as_version=4)
            (place / NOTEBOOK).write_text(spoil(rng, nb), "utf-8")
            for _ in range(rng.randint(0, 3)):
                thing(rng, place)
            call = guard.call("take", f"student{number}", place)
            try:
                work = call.result()
                taken += not work.problem
                left_out += bool(work.problem)
                assert len(work.notes) <= submission.MAX_NOTES
                assert len(work.files) <= submission.MAX_FILES + len(alone.files)
            except Trouble:
                left_out += 1
            if number % 100 == 0:
                assert guard.call("take", "honest", honest).result() == alone
            shutil.rmtree(place, ignore_errors=True)
    assert min(taken, left_out) > 50


class SlowPages:
    """As feedback.Pages, for a text that cannot be set in time"""

    def of(self, content, result, set_text=True):
        while set_text:
            pass
        return content


def test_what_cannot_be_set_in_time_is_on_the_page_as_it_was_typed():
    with Guard(SlowPages, seconds=2) as guard:
        assert feedback.made(guard, "of", b"as typed", None) == b"as typed"

"""nbgrader's exchange: the round by its own commands, and what a student may leave in it."""

import logging
import os
import pwd
import re
import shutil
import stat

import pytest
from mini_course import ASSIGNMENT, SMALL, run
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError, default
from nbgrader.utils import notebook_hash

from autograder.exchange import SECRET, Collect, ReleaseAssignment, ReleaseFeedback

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
ME = pwd.getpwuid(os.getuid()).pw_name
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "course"
c.Exchange.root = {root!r}
"""


# --- the round ---


@pytest.fixture
def desk(graded_copy, tmp_path):
    """Runs a command of the instructor's, or of the student's, who has the hub's settings only."""
    root, settings, home = (tmp_path / name for name in ("exchange", "jupyter", "home"))
    for folder in (root, settings, home):
        folder.mkdir()
    root.chmod(0o777)
    (settings / "nbgrader_config.py").write_text(CONFIG.format(root=str(root)))

    def call(*command, by_student=False):
        where = home if by_student else graded_copy.root
        done = run(*command, cwd=where, HOME=str(home), JUPYTER_CONFIG_DIR=str(settings))
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    call.project, call.root, call.home = graded_copy, root, home
    return call


@pytest.mark.tied(*SMALL)
def test_a_round_through_the_exchange_by_nbgraders_own_commands(desk):
    course = desk.project.course
    desk("nbgrader", "release_assignment", ASSIGNMENT)
    assert f"course {ASSIGNMENT}" in desk("nbgrader", "list", by_student=True)
    desk("nbgrader", "fetch_assignment", ASSIGNMENT, by_student=True)
    mine = desk.home / ASSIGNMENT
    assert (mine / "hints.json").is_file()
    [withheld] = (course / "withheld" / ASSIGNMENT).iterdir()
    library = "cs_lib/testing.py"
    assert (mine / library).read_bytes() == (withheld / library).read_bytes()
    shutil.copy(course / "submitted" / "reference" / ASSIGNMENT / NOTEBOOK, mine)
    (mine / "notes.txt").write_text("mine")
    desk("nbgrader", "submit", ASSIGNMENT, by_student=True)
    desk("nbgrader", "submit", ASSIGNMENT, "--student=untouched", by_student=True)

    said = desk("nbgrader", "collect", ASSIGNMENT, "--update")
    assert "it bears the name untouched, and the account" in said
    taken = course / "submitted" / ME / ASSIGNMENT
    names = sorted(path.name for path in taken.iterdir())
    assert names == [NOTEBOOK, "hints.json", "notes.txt", SECRET, "timestamp.txt"]
    done = desk("autograder", "grade", ASSIGNMENT)
    assert "1 graded, " in done
    assert re.search(rf"(?m)^{ME} +30 +30 +40 +100$", done)
    said = desk("nbgrader", "release_feedback", ASSIGNMENT)
    assert said.count("handed in elsewhere") == 11
    desk("nbgrader", "fetch_feedback", ASSIGNMENT, by_student=True)
    [page] = mine.glob("feedback/*/*.html")
    assert page.parent.name == (taken / "timestamp.txt").read_text()
    own = course / "feedback" / ME / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert page.read_bytes() == own.read_bytes()


# --- what is handed out ---


def exchange(kind, project, root, student="*", **options):
    folder = CourseDirectory(
        root=str(project.course),
        course_id="course",
        assignment_id=ASSIGNMENT,
        student_id=student,
        release_directory=os.path.relpath(project.releases, project.course),
    )
    return kind(coursedir=folder, log=logging.getLogger("exchange"), root=str(root), **options)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "exchange"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def test_a_release_that_does_not_fit_its_source_is_refused_and_the_old_one_stays(graded_copy, root):
    def release(**options):
        giver = exchange(ReleaseAssignment, graded_copy, root, **options)
        giver.project = str(graded_copy.root)
        giver.start()

    release()
    released = root / "course" / "outbound" / ASSIGNMENT
    assert stat.S_IMODE((released / "cs_lib" / "testing.py").stat().st_mode) == 0o644
    path = graded_copy.release(ASSIGNMENT) / NOTEBOOK
    path.write_text(path.read_text().replace("double", "triple"))
    with pytest.raises(ExchangeError, match="differs from its source"):
        release(force=True)
    assert "triple" not in (released / NOTEBOOK).read_text()


# --- what is collected ---


@pytest.fixture
def inbound(graded_copy, root):
    """Makes a student's folder in the exchange, of an hour."""

    def make(student=ME, hour=10):
        name = f"{student}+{ASSIGNMENT}+2026-10-01 {hour}:00:00.123456 UTC+a1b2"
        folder = root / "course" / "inbound" / name
        folder.mkdir(parents=True)
        (folder / NOTEBOOK).write_text(f"{student} at {hour}")
        (folder / "timestamp.txt").write_text(f"2026-10-01 {hour}:00:00.123456 UTC")
        return folder

    shutil.rmtree(graded_copy.course / "submitted")
    return make


def collected(project, root, kind=Collect, **options):
    """{student: {path: text}} of what then lies in submitted/."""
    exchange(kind, project, root, **options).start()
    found = {}
    for path in (project.course / "submitted").glob(f"*/{ASSIGNMENT}/**/*"):
        if path.is_file():
            student, _, *name = path.relative_to(project.course / "submitted").parts
            found.setdefault(student, {})["/".join(name)] = path.read_text()
    return found


LEFT = {
    "a link to a file": lambda place, secret: (place / "x").symlink_to(secret / "grades"),
    "a link to a folder": lambda place, secret: (place / "x").symlink_to(secret),
    "a link in a folder": lambda place, secret: (
        (place / "inner").mkdir(),
        (place / "inner" / "x").symlink_to(secret / "grades"),
    ),
    "a pipe": lambda place, secret: os.mkfifo(place / "x"),
    "a library": lambda place, secret: (
        (place / "cs_lib").mkdir(),
        (place / "cs_lib" / "testing.py").write_text("passed = print"),
    ),
    "a link as the library": lambda place, secret: (place / "cs_lib").symlink_to(secret),
}


@pytest.mark.parametrize("leave", LEFT.values(), ids=LEFT)
def test_only_a_students_own_files_are_collected(graded_copy, root, inbound, tmp_path, leave):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "grades").write_text("the grades of all")
    place = inbound()
    leave(place, secret)
    (place / "data").mkdir()
    (place / "data" / "own.csv").write_text("1")
    found = collected(graded_copy, root)
    assert {*found[ME]} == {NOTEBOOK, "timestamp.txt", "data/own.csv"}
    folder = graded_copy.course / "submitted" / ME / ASSIGNMENT
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_what_bears_anothers_name_is_left_out_and_what_they_handed_in_stays(
    graded_copy, root, inbound, caplog
):
    inbound(hour=10)
    inbound("nobody", hour=11)
    found = collected(graded_copy, root)
    assert {*found} == {ME}
    assert f"it bears the name nobody, and the account {ME} wrote it" in caplog.text


def test_the_newest_that_is_the_students_own_is_taken(graded_copy, root, inbound, monkeypatch):
    inbound(hour=10)
    forged = inbound(hour=12)
    owner = "autograder.exchange._owner"
    monkeypatch.setattr(owner, lambda path: "eve" if path == str(forged) else ME)
    assert collected(graded_copy, root)[ME][NOTEBOOK] == f"{ME} at 10"


def test_a_link_in_place_of_a_newer_submission_is_left_out(graded_copy, root, inbound, tmp_path):
    inbound(hour=10)
    real = inbound(hour=12)
    real.rename(tmp_path / "elsewhere")
    real.symlink_to(tmp_path / "elsewhere")
    assert collected(graded_copy, root)[ME][NOTEBOOK] == f"{ME} at 10"


@pytest.mark.parametrize("kind", [Collect, default.ExchangeCollect])
def test_one_students_trouble_is_one_students_line(graded_copy, root, inbound, caplog, kind):
    (inbound("ada") / "film.mp4").write_bytes(bytes(1_200_000))
    inbound("bo")
    inbound("cy")
    options = {"check_owner": False}

    def small(exchange):
        exchange.coursedir.max_dir_size = 1000
        return exchange

    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        start = kind.start
        patch.setattr(kind, "start", lambda self: start(small(self)))
        if kind is Collect:
            assert {*collected(graded_copy, root, kind, **options)} == {"bo", "cy"}
            assert "is left out: " in caplog.text
        else:
            with pytest.raises(RuntimeError, match="Directory size is too big"):
                collected(graded_copy, root, kind, **options)


# --- what is given back ---


def test_a_page_goes_to_whoever_has_the_secret_of_the_graded_work(graded_copy, root, caplog):
    course = graded_copy.course
    for student in ("reference", "untouched"):
        (course / "autograded" / student / ASSIGNMENT / SECRET).write_text(f"of {student}")
    (course / "submitted" / "reference" / ASSIGNMENT / SECRET).write_text("of newer work")
    (root / "course").mkdir()
    old = os.umask(0o077)
    try:
        give = exchange(ReleaseFeedback, graded_copy, root)
        give.coursedir.student_id_exclude = "untouched"
        give.start()
    finally:
        os.umask(old)
    [page] = (root / "course" / "feedback").iterdir()
    assert page.stem == notebook_hash(secret="of reference", notebook_id=ASSIGNMENT)
    own = course / "feedback" / "reference" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert page.read_bytes() == own.read_bytes()
    assert stat.S_IMODE(page.stat().st_mode) == 0o644
    assert caplog.text.count("handed in elsewhere") == 9

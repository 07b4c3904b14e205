"""Trouble that is nobody's mistake is one clear line, and the next run goes on."""

import errno
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from mini_course import ASSIGNMENT, end_early, run
from nbgrader.api import Gradebook, InvalidEntry
from sqlalchemy.exc import OperationalError

from autograder import grade, project
from autograder.cli import main
from autograder.recording import journal

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
FULL_DATABASE = OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))
COMMANDS = (
    ["grade", ASSIGNMENT],
    ["feedback", ASSIGNMENT],
    ["report", ASSIGNMENT],
    ["export"],
    ["due", ASSIGNMENT, "2030-10-01 23:59"],
)


def call(course, *command):
    end_early()  # of a call before, which ended early itself
    return main(["-C", str(course.root), *command])


def one_line(text):
    [line] = text.splitlines()
    assert line.startswith("autograder: ")
    return line


def locked(course, **options):
    """A connection that nobody can read or write beside."""
    gradebook = sqlite3.connect(course.course / "gradebook.db", **options)
    gradebook.execute("BEGIN EXCLUSIVE")
    return gradebook


# --- the gradebook, and who uses it ---


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_locked_gradebook_is_one_line(graded_copy, capsys, monkeypatch, command):
    monkeypatch.setattr(project, "WAIT", 0.2)
    gradebook = locked(graded_copy)
    try:
        assert call(graded_copy, *command) == 1
    finally:
        gradebook.close()
    line = one_line(capsys.readouterr().err)
    assert "_build/course/gradebook.db is locked" in line
    assert "end that, and run it again" in line
    assert call(graded_copy, *command) == 0


def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(graded_copy, capsys):
    """Longer than the five seconds that SQLite would wait by itself."""
    assert project.WAIT > 6
    gradebook = locked(graded_copy, check_same_thread=False)
    threading.Timer(6, gradebook.close).start()
    start = time.monotonic()
    assert call(graded_copy, "export") == 0
    assert time.monotonic() - start > 5
    assert capsys.readouterr().err == ""


def test_a_gradebook_that_is_none_is_one_line(graded_copy, capsys):
    (graded_copy.course / "gradebook.db").write_bytes(b"no database at all" * 100)
    assert call(graded_copy, "export") == 1
    assert "gradebook.db cannot be used (file is not a database)" in one_line(
        capsys.readouterr().err
    )


def test_the_second_of_two_graders_is_told_who_the_first_is(graded_copy, capsys):
    with project.alone(graded_copy, "autograder grade 99_other"):
        assert call(graded_copy, "grade", ASSIGNMENT) == 1
        line = one_line(capsys.readouterr().err)
        assert f"is being graded by process {os.getpid()} on " in line
        assert "autograder grade 99_other: wait until it has ended" in line
    assert call(graded_copy, "grade", ASSIGNMENT) == 0


def test_the_lock_goes_with_the_process_that_holds_it(graded_copy):
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from autograder.project import Project, alone\n"
        "with alone(Project(Path(sys.argv[1])), 'grading'):\n"
        "    print('held', flush=True)\n    time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(graded_copy.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        said = f"process {first.pid} on .*, grading"
        with pytest.raises(project.UserError, match=said), project.alone(graded_copy, "grading"):
            pass
        first.send_signal(signal.SIGKILL)
    with project.alone(graded_copy, "grading"):
        pass


# --- a full disk ---


def full(error):
    def write(*_, **__):
        raise error

    return write


def entry():
    """As nbgrader raises it."""
    try:
        raise FULL_DATABASE
    except OperationalError as error:
        try:
            raise InvalidEntry(*error.args)
        except InvalidEntry as made_of_it:
            return made_of_it


POINTS = {
    "the results": (journal.Journal, "keep", FULL),
    "the journal": (journal.Journal, "note", FULL),
    "the graded notebook": (grade.Recorder, "record", FULL),
    "the gradebook": (grade.Recorder, "record", FULL_DATABASE),
    "the list of assignments": (grade.gradebook, "register", entry()),
    "the feedback": (grade.feedback, "write_page", FULL),
    "the library": (grade, "withheld_copy", FULL),
}


@pytest.mark.parametrize(("place", "name", "error"), POINTS.values(), ids=POINTS)
def test_a_full_disk_is_one_line_and_a_rerun_goes_on(
    graded_copy, capsys, monkeypatch, place, name, error
):
    command = ["grade", ASSIGNMENT, "--force"]
    with monkeypatch.context() as patch:
        patch.setattr(place, name, full(error))
        assert call(graded_copy, *command) == 1
    line = one_line(capsys.readouterr().err)
    assert f"make room below {graded_copy.course} and run it again" in line
    assert call(graded_copy, "grade", ASSIGNMENT) == 0
    counts = capsys.readouterr().out.splitlines()[-1]
    assert sum(int(n) for n in re.findall(r"\d+", counts)) == 11, counts


# --- who reads, and in what letters ---


def test_a_reader_that_has_gone_is_no_error_and_the_grades_are_written(graded_copy):
    path = graded_copy.course / "grades.csv"
    path.unlink()
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "autograder.cli", "-C", str(graded_copy.root)]
    code = f"import sys; from autograder.cli import main; sys.exit(main({command[3:]} + "
    code += f"['grade', {ASSIGNMENT!r}]))"
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")
    assert path.is_file()


def test_a_name_that_the_terminal_has_no_letters_for_is_shown_as_it_can_be(graded_copy):
    submitted = graded_copy.course / "submitted"
    (submitted / "reference").rename(submitted / "Zoë-李")
    command = ("grade", ASSIGNMENT)
    done = run("autograder", *command, cwd=graded_copy.root, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "Zo\\xeb-\\u674e" in done.stdout


# --- what is damaged, and well-formed all the same ---

LINES = ["5", "null", '"ann"', "{}", '{"a": 1, "b": 2}', "[]", '["ann"]', '[["ann"], "v"]']
LINES += ['["ann", 7]', '["ann", null]', '[1, "v"]', '["a", "b", "c"]', "[" * 5000 + "]" * 5000]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:20])
def test_a_note_that_is_no_note_is_passed_over(graded_copy, line):
    path = graded_copy.course / "journal" / ASSIGNMENT / "recorded.jsonl"
    path.write_text(f'{line}\n["bob", "v1"]\n{line}\n')
    found = journal.Journal(graded_copy, ASSIGNMENT)
    assert found.recorded("bob") == "v1"
    assert found.recorded("ann") is None


def test_results_that_are_other_json_are_run_again(graded_copy, capsys):
    import gzip

    folder = graded_copy.course / "journal" / ASSIGNMENT
    wrong = ["[]", "null", "7", '{"tests": {}}', '{"tests": {"test_double": {"passed": true}}}']
    for n, path in enumerate(sorted(folder.glob("*/*.json.gz"))):
        path.write_bytes(gzip.compress(wrong[n % len(wrong)].encode()))
    (folder / "recorded.jsonl").unlink()
    assert call(graded_copy, "grade", ASSIGNMENT) == 0
    assert "11 graded, 0 unchanged" in capsys.readouterr().out


def test_a_list_of_whose_each_folder_is_that_is_none_is_one_line(graded_copy, tmp_path, capsys):
    path = graded_copy.course / "collected" / f"{ASSIGNMENT}.json"
    path.parent.mkdir(exist_ok=True)
    folder = tmp_path / "download" / "ann"
    folder.mkdir(parents=True)
    notebook = graded_copy.release(ASSIGNMENT) / f"{ASSIGNMENT}.ipynb"
    (folder / notebook.name).write_bytes(notebook.read_bytes())
    for content in ("[]", "7", '{"a": 1}', "{", ""):
        path.write_text(content)
        assert call(graded_copy, "collect", ASSIGNMENT, str(folder.parent)) == 1
        assert f"{ASSIGNMENT}.json, which says whose" in one_line(capsys.readouterr().err)
    path.write_text(json.dumps({}))
    assert call(graded_copy, "collect", ASSIGNMENT, str(folder.parent)) == 0


# --- formulas ---


def test_the_table_that_grading_writes_holds_no_formula(graded_copy):
    name = '=HYPERLINK("http://example.org")'
    with Gradebook(graded_copy.database) as gradebook:
        gradebook.find_student("reference").last_name = name
        gradebook.db.commit()
    (graded_copy.course / "grades.csv").unlink()
    assert call(graded_copy, "grade", ASSIGNMENT) == 0
    text = (graded_copy.course / "grades.csv").read_text()
    assert '"\'=HYPERLINK(""http://example.org"")"' in text
    assert ",=" not in text
    assert ',"=' not in text

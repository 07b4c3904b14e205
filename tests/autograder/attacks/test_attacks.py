"""A class in which most attack the grader: nothing is earned, read or changed, and it is told."""

import base64
import codecs
import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from handed_in import (
    ASSIGNMENT,
    HERE,
    HONEST,
    NOTEBOOK,
    STUDENTS,
    archive,
    attacks,
    table,
    write_class,
)
from pages import faults

from autograder import grade
from autograder.authoring import catalogue, release
from autograder.authoring.source import read_source
from autograder.intake import collect, suspicion
from autograder.intake.rebuild import MAX_PICTURES
from autograder.judging.engine import Limits
from autograder.project import Project
from autograder.returning import report
from autograder.rooms import sandbox

ROOT = HERE.parents[2]


def forms(secret):
    """A secret as codes of a student's own would write it."""
    yield secret.encode().hex()
    yield codecs.encode(secret, "rot13")
    yield secret[::-1]
    for start in range(3):  # base64 of what begins anywhere: without what depends on the rest
        code = base64.b64encode(b"-" * start + secret.encode()).decode().rstrip("=")
        yield code[-(-start * 4 // 3) : -1]


ATTACKS = {attack.name: attack for attack in attacks()}
SECRETS = ("7131719", "14263438", "Zzyzx-Quine", "Zzyzx_Quine", "seen_8240551", "solution_61409")
# what becomes of a secret in code that a cell may print
CODED = {form for secret in SECRETS for form in forms(secret)}
PASSWORD = "canary-of-the-instructor"
JOBS, LIMITS = 6, Limits(cell=3, total=15)
# grading writes these; they are looked at by themselves
WRITTEN = (
    "gradebook.db",
    "grading.lock",
    "autograded",
    "feedback",
    "journal",
    "withheld",
    "built",
    "grades.csv",
    "reports",
    "logs",
)


class Graded:
    """The class after grading, and what there was to attack."""

    def __init__(self, base):
        self.base = base
        self.project = Project(base / "project")
        self.home, self.connections = base / "home", 0
        self.canary = Path("/tmp") / f"dl4cv-canary-{os.getpid()}"

    def student(self, name):
        return STUDENTS.get(name, name)

    def said(self, student):
        """All that the instructor is told of a student."""
        lines = [self.report.left_out.get(student, ""), self.report.faults.get(student, "")]
        lines += self.report.notes.get(student, [])
        lines += self.report.suspicious.get(student, [])
        lines += [line for line in self.collected if student in line]
        return "\n".join(filter(None, lines))

    def score(self, student):
        points = self.report.scores.get(student)
        return None if points is None else sum(points.values())

    def pages(self, student):
        """{path: text} of what a student is given, and of what feedback is made from."""
        found = {}
        for step in ("autograded", "feedback"):
            for path in (self.project.course / step / student).rglob("*"):
                if path.is_file() and path.suffix in (".ipynb", ".html"):
                    found[str(path.relative_to(self.project.course))] = path.read_text()
        return found


def _digest(folder):
    """{path: digest, or where it leads} of all files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_file():
            found[str(path)] = path.stat().st_size
            if path.stat().st_size < 10**8:
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[str(path)] = "other"
    return found


def _everything(graded):
    """The digest of what grading has no business to change."""
    files = _digest(graded.base)
    course = graded.project.course
    ours = tuple(str(course / name) for name in WRITTEN)
    planted = [*Path("/tmp").glob("dl4cv-planted*"), *Path("/dev/shm").glob("dl4cv-planted*")]
    files["canary"] = graded.canary.read_text() if graded.canary.exists() else "gone"
    files["planted"] = sorted(map(str, planted))
    return {path: digest for path, digest in files.items() if not path.startswith(ours)}


def _processes(word):
    """The processes that were started with a word in their environment or command line."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            text = (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
            if word.encode() in text:
                found[int(path.name)] = text
    return found


@contextlib.contextmanager
def _listener(graded):
    """Programs of the instructor that listen on this machine; gives the port."""
    with socket.socket() as port, socket.socket(socket.AF_UNIX) as abstract:
        port.bind(("127.0.0.1", 0))
        number = port.getsockname()[1]
        abstract.bind(f"\0dl4cv-canary-{number}")
        for one in (port, abstract):
            one.listen(5)
            one.setblocking(False)
        yield number
        for one in (port, abstract):
            with contextlib.suppress(BlockingIOError):
                one.accept()
                graded.connections += 1


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """The class, graded once, with the sandbox."""
    kind, why = sandbox.available()
    if kind == "none":
        assert not os.environ.get("CI"), f"CI may not skip: {why}"
        pytest.skip(why)
    graded = Graded(tmp_path_factory.mktemp("attacked"))
    project, course = graded.project, graded.project.course
    shutil.copytree(HERE / "small", project.root)
    shutil.copy(ROOT / "nbgrader_config.py", project.root)
    graded.home.mkdir()
    (graded.home / ".bashrc").write_text("# the instructor's\n")
    graded.canary.write_text("canary")
    with pytest.MonkeyPatch.context() as patch, _listener(graded) as port:
        patch.setenv("DL4CV_COURSE", str(course))
        patch.setenv("HOME", str(graded.home))
        patch.setenv("INSTRUCTORS_PASSWORD", PASSWORD)
        release.write(project, ASSIGNMENT)
        released = json.loads((project.release(ASSIGNMENT) / NOTEBOOK).read_text())
        bystander = subprocess.Popen(["sleep", "600"])
        try:
            places = {"ROOT": project.root, "COURSE": course, "HOME": graded.home}
            places |= {"CANARY": graded.canary, "PORT": port, "PID": bystander.pid}
            write_class(course / "submitted", released, places)
            archive(graded.base / "class.zip", released)
            found = collect.collect(project, ASSIGNMENT, [graded.base / "class.zip"])
            graded.collected = collect.lines(found)
            graded.before = _everything(graded)
            start = time.monotonic()
            graded.report = grade.grade(project, ASSIGNMENT, jobs=JOBS, limits=LIMITS)
            graded.seconds = time.monotonic() - start
            graded.bystander = bystander.poll()
            graded.after = _everything(graded)
        finally:
            bystander.kill()
            bystander.wait()
            graded.canary.unlink(missing_ok=True)
        graded.page = report.write(project, ASSIGNMENT).read_text()
        graded.processes = _processes(str(project.root))
    graded.processes.pop(os.getpid(), None)
    return graded


# --- each attack ---


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_what_its_answers_do(graded, name):
    assert graded.score(graded.student(name)) == ATTACKS[name].score


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_brings_nothing_hidden_to_light(graded, name):
    for path, text in graded.pages(graded.student(name)).items():
        shown = text
        if path.endswith(".ipynb"):  # the instructor's, with the tests; its outputs are shown
            cells = json.loads(text)["cells"]
            shown = json.dumps([cell.get("outputs", []) for cell in cells])
        found = [s for s in (*SECRETS, *CODED, PASSWORD) if s in shown]
        assert found == [], path


@pytest.mark.parametrize("name", ATTACKS)
def test_the_instructor_is_told_of_an_attack_in_a_line(graded, name):
    assert ATTACKS[name].told in graded.said(graded.student(name))


@pytest.mark.parametrize("name", ATTACKS)
def test_feedback_to_an_attack_runs_nothing_and_is_small(graded, name):
    for path, text in graded.pages(graded.student(name)).items():
        # the instructor's notebook keeps what was handed in, within the limits of intake
        assert len(text) < 2_000_000 + (MAX_PICTURES if path.endswith(".ipynb") else 0), path
        if path.endswith(".html"):
            assert faults(text) == [], path


# --- the rest of the class, and of the machine ---


@pytest.mark.parametrize("student", [*HONEST, "honest-zip"])
def test_honest_students_get_what_they_earned_and_no_remark(graded, student):
    assert graded.score(student) == HONEST.get(student, (None, 100))[1]
    assert graded.said(student).removeprefix("new      honest-zip") in ("", "  from class.zip")


def test_nothing_outside_the_sandbox_is_changed(graded):
    changed = {
        k for k in graded.before | graded.after if graded.before.get(k) != graded.after.get(k)
    }
    assert changed == set()
    assert graded.connections == 0
    assert graded.bystander is None, "a process of the instructor's was killed"


def test_no_process_is_left(graded):
    assert graded.processes == {}
    assert _processes("dl4cv-daemon") == {}


def test_the_gradebook_has_the_class_and_nobody_else(graded):
    names = {graded.student(a.name) for a in ATTACKS.values() if a.score is not None}
    assert set(graded.report.scores) == {*names, *HONEST, "honest-zip"}
    for step in ("autograded", "feedback"):
        found = {path.name for path in (graded.project.course / step).iterdir()}
        assert found == set(graded.report.scores)


def test_the_report_names_what_was_seen(graded):
    text = re.sub("<[^>]*>", "", graded.page)
    for name in ("patched_numpy", "endless_loop", "edited_tests", "corrupt_json"):
        assert name in text
    assert "replaces numpy.allclose" in text
    assert "ran longer than 3 s" in text
    assert "<script" not in graded.page
    assert "onerror" not in "".join(re.findall("<[^>]*>", graded.page))


def test_the_whole_class_takes_no_longer_than_its_limits(graded):
    # six at a time, each in two runs; whoever hangs beyond the limit would hold up the class
    most = len(ATTACKS) / JOBS * 2 * LIMITS.total
    assert graded.seconds < most


# --- what is said of all this ---


def test_the_guides_table_is_this_class():
    text = (ROOT / "book" / "security.md").read_text()
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert rows == table(), f"run: python {HERE / 'handed_in.py'} and put the table there"


def test_answers_of_the_catalogue_are_not_suspicious():
    """Of a hundred mistakes and right answers that students really give."""
    project = Project(ROOT)
    given, seen, count = {}, {}, 0
    for name in project.assignments:
        source = read_source(project.solution(name) / "notebook.py")
        for cell in source.cells:
            if cell.kind == "code":
                suspicion.sentences(cell.text, given)
        for entry in catalogue.load(project.mistakes(name), source.exercises):
            count += 1
            if found := suspicion.sentences(entry.code, dict(given)):
                seen[entry.name] = found
    # These two keep the optimiser's state in a global name: a person should look at them.
    assert seen.keys() == {"own_count", "shared_state"}
    assert count > 100


ODD = {
    "import ctypes, socket": "imports ctypes, socket",
    "from os import _exit as leave\nleave(0)": "uses os._exit",
    "import numpy.testing as t\nt.assert_equal = print": "replaces numpy.testing.assert_equal",
    "import os\nos.system('ls')": "uses os.system",
    "open('/proc/self/mem', 'rb')": "names /proc/self/mem",
    "x = get_ipython()\nx.events": "touches get_ipython()",
    "!curl example.org": "runs a shell command",
    "def f(x):\n    global kept\n    kept = x": "keeps what it is given in kept",
    "np.allclose = lambda *a: True": "replaces numpy.allclose",
    "print(open('gradebook.db', 'rb').read())": "names gradebook.db",
    "def f(x):\n    return next(count)": "answers by how often it is called: next(count)",
    f"x = {' + '.join('1' * 700)}": "is nested too deeply to be read",
}
ORDINARY = [
    "get_ipython().run_line_magic('matplotlib', 'inline')",
    "%matplotlib inline\n!pip install tqdm",
    "import torch\ntorch.backends.cudnn.benchmark = True",
    "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 80",
    "def f(x):\n    seen = []\n    seen.append(x)\n    return seen",
    "def f(k):\n    raise ValueError(f'k is {k}, and must be positive')",
    'def f(path):\n    """Read /proc, ../x or gradebook.db: only a docstring."""\n    return path',
    "def f(x):\n    rows = iter(x)\n    return next(rows)",
    "def f(x):\n    return next(i for i in range(9) if i > x)",
    "def f(x):\n    return np.append(np.add(x, 1), np.insert(x, 0, 1))",
    "print('not Python' is what is never run",
    "def f():\n    next(rows)\n    x = 1\n    global x",  # nor is this
]


@pytest.mark.parametrize(("text", "said"), ODD.items())
def test_what_no_exercise_asks_for_is_named(text, said):
    assert said in suspicion.sentences(text, {"np": "numpy"})


@pytest.mark.parametrize(
    "name", ["Anna Ek-12345", "o'brien_c", "王小明", "a.b@c.org", "Ek, Ann (2)"]
)
def test_a_name_of_a_person_is_not_odd(name):
    assert suspicion.folder(name) == []


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("# <SCRIPT>x</SCRIPT>", True),
        ("<img src=x onerror = 'x'>", True),
        ("[x](javascript:x)", True),
        (
            '<a href="https://x.org" target="_parent"><img src="https://x.org/badge.svg"/></a>',
            False,
        ),
        ("If $x<y$ on average, then a<b and one = two: see `<https://x.org>`", False),
    ],
)
def test_text_that_a_browser_would_run_is_named(text, odd):
    cell = {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": text}
    assert bool(suspicion.scan({"cells": [cell]}, {"cells": []})) is odd


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import time", []),
        ("size = 3", []),
        ("%load_ext autoreload", []),
        ("import socket", ["cell 1: imports socket"]),
        ("os.environ.clear()", ["cell 1: uses os.environ"]),
        ("def inner():\n    return os._exit(1)", ["cell 1: uses os._exit"]),
        ("!curl example.org", ["cell 1: runs a shell command"]),
    ],
)
def test_of_a_given_cell_what_the_student_wrote_is_named_and_nothing_else(text, said):
    given = "import os, subprocess\n%run setup.py\nkeys = {**os.environ}\nopen('x', 'w').close()"
    cell = {"cell_type": "code", "id": "given", "metadata": {}, "source": given}
    changed = cell | {"source": f"{given}\n{text}"}
    assert suspicion.scan({"cells": [changed]}, {"cells": [cell]}) == said


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_work_is_not(text):
    assert suspicion.sentences(text, {"np": "numpy"}) == []

"""Grading on the workers of a Dask cluster gives what grading here gives, whatever dies."""

import contextlib
import gc
import os
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import CancelledError, Future
from types import SimpleNamespace

import dask
import nbformat
import pytest
from distributed import Client, KilledWorker
from mini_course import ASSIGNMENT, SMALL, make_project, run
from nbgrader.api import Gradebook

from autograder import grade
from autograder.authoring import release
from autograder.judging import cluster
from autograder.judging.cluster import Cluster
from autograder.judging.engine import EngineError, Setup
from autograder.project import Project, UserError
from autograder.proving import sample

tied = pytest.mark.tied(*SMALL)
PAUSE = "import time\ntime.sleep(0.3)\n\n\n"  # a worker has something to do when it is killed


@contextlib.contextmanager
def program(*arguments):
    """A program of Dask's, ended at the end."""
    env = {k: v for k, v in os.environ.items() if k not in ("DL4CV_COURSE", "PYTHONWARNINGS")}
    command = [sys.executable, "-m", "dask", *arguments]
    process = subprocess.Popen(command, env=env, cwd="/", stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def a_scheduler():
    """The process of a scheduler without workers, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ("--host", "127.0.0.1", "--port", port, "--no-dashboard")
    with program("scheduler", *options) as process:
        yield process, f"tcp://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def scheduler():
    """The address of a scheduler without workers."""
    with a_scheduler() as (_, address):
        yield address


@pytest.fixture(scope="module")
def workers(scheduler, tmp_path_factory):
    """Two worker processes, which nobody starts again when they die."""
    options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory")
    scratch = tmp_path_factory.mktemp("workers")
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(program("worker", scheduler, *options, str(scratch / name)))
            for name in ("one", "two")
        ]
        with Client(scheduler, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield started


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The small project, its class graded on this machine. Do not write to it."""
    project = make_project(tmp_path_factory.mktemp("here") / "project")
    release.write(project, ASSIGNMENT)
    for student in sample.write(project, ASSIGNMENT, project.course):
        path = project.course / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        nb = nbformat.read(path, as_version=4)
        for cell in nb.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
                cell.source = PAUSE + cell.source
        nbformat.write(nb, path)
    before = project.root.with_name("before")
    shutil.copytree(project.root, before)
    report = grade.grade(project, ASSIGNMENT)
    assert not report.left_out
    return project, before


@pytest.fixture
def there(here, tmp_path):
    """The same class, not graded yet."""
    shutil.copytree(here[1], tmp_path / "project")
    return Project(tmp_path / "project")


def outcome(project):
    """{(student, test): points} of the gradebook, and {file: content} of the feedback."""
    with Gradebook(project.database) as gradebook:
        points = {
            (submission.student.id, g.cell.name): g.auto_score
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            for g in submission.notebooks[0].grades
        }
    base = project.course / "feedback"
    return points, {path.relative_to(base): path.read_bytes() for path in base.rglob("*.html")}


def test_an_address_where_nobody_answers_says_how_to_start_a_scheduler(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # nobody listens
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with (
            pytest.raises(UserError, match=f"answers at {address} .*start one with `dask sch"),
            Cluster(Setup("", []), address),
        ):
            pass


@pytest.mark.parametrize(
    ("protocol", "required", "why"),
    [("tcp", True, "encryption required"), ("tls", False, "TLS expects a `ssl_context`")],
)
def test_an_address_of_the_wrong_protocol_says_which_one_to_give(protocol, required, why):
    with (
        dask.config.set({"distributed.comm.require-encryption": required}),
        pytest.raises(UserError, match=rf"\(.*{why}.* as tcp://HOST:8786, or tls://HOST:8786"),
        Cluster(Setup("", []), f"{protocol}://127.0.0.1:9"),
    ):
        pass
    # One left open would be closed by the garbage collector, at any time.
    clients = [item for item in gc.get_objects() if issubclass(type(item), Client)]
    assert {client.status for client in clients} <= {"closed"}


def test_a_scheduler_without_workers_says_how_to_start_one(scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 30)
    message = f"no workers: start some with `dask worker {scheduler}`"
    with pytest.raises(UserError, match=message), Cluster(Setup("", []), scheduler):
        pass


@tied
def test_two_workers_give_the_gradebook_and_feedback_of_this_machine(
    here, there, scheduler, workers
):
    report = grade.grade(there, ASSIGNMENT, scheduler=scheduler)
    assert len(report.graded) == 11
    assert not report.left_out
    assert outcome(there) == outcome(here[0])


@tied
def test_the_command_grades_on_workers(here, there, scheduler, workers):
    """In a process of its own, where nobody has imported distributed before."""
    done = run("autograder", "grade", ASSIGNMENT, "--scheduler", scheduler, cwd=there.root)
    assert done.returncode == 0, done.stderr
    assert outcome(there) == outcome(here[0])


@tied
def test_the_cluster_keeps_nothing_of_a_submission_that_is_done(
    there, scheduler, workers, monkeypatch
):
    kept = []

    class Watched(Cluster):
        def __exit__(self, *error):
            limit = time.monotonic() + 20  # Dask lets go in a thread of its own
            while len(self._client.futures) > 1 and time.monotonic() < limit:
                time.sleep(0.05)
            kept.extend(self._client.futures)
            kept.extend(self._client.scheduler_comm.recent_message_log)
            super().__exit__(*error)

    monkeypatch.setattr(cluster, "Cluster", Watched)
    assert len(grade.grade(there, ASSIGNMENT, scheduler=scheduler).graded) == 11
    bundle, *messages = kept
    assert bundle.startswith("bundle-")
    assert len(messages) <= 1


@tied
def test_a_worker_that_is_killed_while_it_grades_takes_nothing_along(
    here, there, scheduler, workers
):

    def kill_one(finished, total):
        for number, item in enumerate(finished):
            if number == 1:
                workers[0].kill()
            yield item

    report = grade.grade(there, ASSIGNMENT, scheduler=scheduler, progress=kill_one)
    assert workers[0].wait(5) < 0
    assert workers[1].poll() is None
    assert len(report.graded) == 11
    assert not report.left_out
    assert outcome(there) == outcome(here[0])


@tied
def test_a_scheduler_that_goes_while_it_grades_is_named_and_nothing_is_lost(there):
    options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60")
    with a_scheduler() as (process, address), program("worker", address, *options):
        with Client(address, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)

        def end_it(finished, total):
            for item in finished:
                process.kill()
                process.wait()
                yield item

        with pytest.raises(UserError, match=f"at {address} has gone; what was finished is kept"):
            grade.grade(there, ASSIGNMENT, scheduler=address, progress=end_it)
    kept = len(list((there.course / "feedback").iterdir()))
    assert 0 < kept < 11


def test_a_worker_with_another_version_is_refused():
    wanted = cluster.fingerprint() | {"numpy": "1.0"}
    with pytest.raises(EngineError, match=r"it has numpy 2\S+, not 1\.0: install the course"):
        cluster.fit(wanted, "none")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KilledWorker("run-1", SimpleNamespace(address="tcp://w"), 3), "died while running it"),
        (CancelledError("run-1"), "the connection to the scheduler was closed"),
        (ModuleNotFoundError("No module named 'autograder'"), "install the course there"),
    ],
)
def test_a_task_that_fails_is_no_result_but_an_error_of_the_engine(error, message):
    class Remote:
        def result(self):
            raise error

    future = Future()
    cluster._settle(Remote(), future)
    with pytest.raises(EngineError, match=message):
        future.result(0)


def test_a_setup_arrives_as_it_was_with_its_files(tmp_path):
    library = tmp_path / "0123"
    (library / "cs_lib" / "__pycache__").mkdir(parents=True)
    (library / "cs_lib" / "part.py").write_text("x = 1\n")
    (library / "cs_lib" / "__pycache__" / "part.pyc").write_text("")
    (tmp_path / "hints.json").write_text("{}")
    setup = Setup(str(library), [{"id": "test"}], str(tmp_path / "hints.json"), room="auto")
    content = cluster.pack(setup)
    assert content == cluster.pack(setup)
    (tmp_path / "there").mkdir()
    found = cluster.unpack(content, tmp_path / "there")
    assert (found.steps, found.room, found.limits) == (setup.steps, "auto", setup.limits)
    assert found.library == str(tmp_path / "there" / "0123")
    files = [p.relative_to(found.library) for p in (tmp_path / "there" / "0123").rglob("*.*")]
    assert [str(path) for path in files] == ["cs_lib/part.py"]
    assert (tmp_path / "there" / "hints.json").read_text() == "{}"

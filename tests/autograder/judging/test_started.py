"""What an answer starts counts as the answer's own: its memory, its lines, its time, its processes.

The bounds are small and every process that is started ends by itself.
"""

import os
import socket
import subprocess
import sys

import pytest

from autograder.authoring.source import read_source
from autograder.judging import judge
from autograder.judging.connection import ALONE, Connection, Gone
from autograder.judging.engine import Engine, Limits, Setup, choose_room
from autograder.rooms import usage, zygote

SOURCE = """\
# %%
import numpy as np

from cs_lib.testing import check_call, check_memory, check_no_loop


# %% nbgrader={"grade_id": "distances", "solution": true}
def distances(x):
    ### BEGIN SOLUTION
    return (x @ x.T).astype(float)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_distances", "grade": true, "points": 60}
check_call(distances, np.eye(2), want=np.eye(2), label="two rows")

# %% nbgrader={"grade_id": "test_distances_memory", "grade": true, "points": 20}
check_memory(distances, np.ones((300, 200)), megabytes=20, label="300 rows")

# %% nbgrader={"grade_id": "test_distances_loop", "grade": true, "points": 20}
check_no_loop(distances, (np.ones((3, 2)),), (np.ones((300, 2)),), label="no loop over the rows")
"""
GOOD = "def distances(x):\n    return (x @ x.T).astype(float)\n"
# all products at once (144 MB), and then a loop over the rows: the values are right
NAIVE = """
import os, pickle, signal, struct, subprocess, sys, threading, time
import numpy as np

def naive(x):
    products = x[:, None] * x[None]
    return np.array([[float(sum(row)) for row in rows] for rows in products]) if len(x) < 10 else (
        np.stack([rows.sum(axis=1) for rows in products]))
"""
SEND = "os.write(w, pickle.dumps(naive(x)))"
READ = """
    os.close(w)
    with os.fdopen(r, "rb") as file:
        return pickle.loads(file.read())
"""
BEHIND = {
    "alone": "distances = naive",
    "a fork": f"""
def distances(x):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        with os.fdopen(w, "wb") as file:
            file.write(pickle.dumps(naive(x)))
        os._exit(0)
{READ.replace("return pickle", "found = pickle")}
    os.waitpid(pid, 0)
    return found
""",
    "a fork that nobody waits for": f"""
def distances(x):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    r, w = os.pipe()
    if os.fork() == 0:
        with os.fdopen(w, "wb") as file:
            file.write(pickle.dumps(naive(x)))
        os._exit(0)
{READ}
""",
    "a fork with its limits raised": f"""
import resource
def distances(x):
    most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    except (OSError, ValueError):
        pass
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        with os.fdopen(w, "wb") as file:
            file.write(pickle.dumps(naive(x)))
        os._exit(0)
{READ.replace("return pickle", "found = pickle")}
    os.waitpid(pid, 0)
    return found
""",
    "a pool": """
from multiprocessing import get_context
def distances(x):
    with get_context("fork").Pool(1) as pool:
        return pool.apply(naive, (x,))
""",
    "a subprocess": """
def distances(x):
    code = "import pickle, sys; import numpy as np; "
    code += "x = pickle.load(sys.stdin.buffer); products = x[:, None] * x[None]; "
    code += "found = np.stack([rows.sum(axis=1) for rows in products]); "
    code += "sys.stdout.buffer.write(pickle.dumps(found))"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(x), stdout=-1)
    return pickle.loads(done.stdout)
""",
    "a thread": """
def distances(x):
    found = []
    thread = threading.Thread(target=lambda: found.append(naive(x)))
    thread.start()
    thread.join()
    return found[0]
""",
    "a helper that an earlier cell has started": """
from multiprocessing import get_context
pool = get_context("fork").Pool(1)
def distances(x):
    return pool.apply(naive, (x,))
""",
    "a helper that ends with its answer": """
from multiprocessing import Pipe, get_context
def serve(pipe):
    x = pipe.recv()
    pipe.send(naive(x))
    os._exit(0)
helpers = []
for _ in range(6):
    ours, theirs = Pipe()
    get_context("fork").Process(target=serve, args=(theirs,), daemon=True).start()
    helpers.append(ours)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
def distances(x):
    pipe = helpers.pop()
    pipe.send(x)
    found = pipe.recv()
    time.sleep(0.2)
    return found
""",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("started") / "notebook.py"
    path.write_text(SOURCE)
    return read_source(path)


@pytest.fixture(scope="module")
def running(source):
    room = choose_room()
    if room not in zygote.WARM_ROOMS:
        assert not os.environ.get("CI"), f"CI may not skip: {room} is no warm room"
        pytest.skip(f"this machine can build no warm room: {room}")
    with _engine(source, room) as one:
        yield one


def _engine(source, room):
    import cs_lib

    library = cs_lib.__path__[0].rpartition("/")[0]
    steps = judge.make_plan(source)["steps"]
    return Engine(Setup(library, steps, room=room, limits=Limits(cell=20, total=40)), 1)


def judged(running, source, code):
    cells = [{"id": "distances", "text": code}]
    cells += [
        {"id": name, "text": ""}
        for name in ("test_distances", "test_distances_memory", "test_distances_loop")
    ]
    return running.submit(cells).result(60)


def passed(result):
    return {name for name, verdict in result["tests"].items() if verdict["passed"]}


def test_a_good_answer_passes(running, source):
    result = judged(running, source, GOOD)
    assert passed(result) == {"test_distances", "test_distances_memory", "test_distances_loop"}, (
        result
    )


@pytest.mark.parametrize("behind", BEHIND)
def test_a_naive_answer_gets_no_more_behind_another_process(running, source, behind):
    result = judged(running, source, NAIVE + BEHIND[behind])
    assert passed(result) == {"test_distances"}, result["tests"]


@pytest.fixture(scope="module")
def without_a_room(source):
    """With an engine that builds none, whose processes may be root's."""
    with _engine(source, "none") as one:
        yield one


@pytest.mark.parametrize("behind", ["alone", "a fork", "a pool", "a subprocess"])
def test_without_a_room_what_it_waits_for_counts_all_the_same(without_a_room, source, behind):
    assert len(passed(judged(without_a_room, source, GOOD))) == 3
    result = judged(without_a_room, source, NAIVE + BEHIND[behind])
    assert passed(result) == {"test_distances"}, result["tests"]


def test_it_is_told_why_nothing_can_be_started_where_memory_is_measured(running, source):
    result = judged(running, source, NAIVE + BEHIND["a fork"])
    for test in ("test_distances_memory", "test_distances_loop"):
        [line, *_] = result["tests"][test]["lines"]
        assert line == f"your code raised BlockingIOError: {ALONE}"


IDLE = """
from multiprocessing import get_context
pool = get_context("fork").Pool(1)
pool.apply(len, ([],))
"""


def test_an_idle_process_of_an_earlier_cell_costs_nothing(running, source):
    assert len(passed(judged(running, source, IDLE + GOOD))) == 3


def test_a_fork_that_nothing_measures_is_allowed(running, source):
    code = NAIVE + BEHIND["a fork"] + "print(distances(np.eye(2))[0, 0])"
    [output] = judged(running, source, code)["cells"][0]["outputs"]
    assert output["text"] == "1.0\n"


class Busy:
    """The process of a student, which has used a lot of time."""

    pid, used = -1, 61.0

    def __init__(self):
        self.stream, self.theirs = socket.socketpair()

    def cpu_seconds(self):
        return self.used

    def kill(self):
        self.theirs.close()
        self.stream.close()


def test_processor_time_of_all_that_it_started_has_a_limit():
    connection = Connection(Busy(), judge.Limits(total=60), [], [])
    with pytest.raises(Gone):
        connection.ask("cell", "1", False)
    wanted = "stopped: the notebook and what it started used more than 60 s of processor time"
    assert connection.fault == wanted


def test_a_second_run_has_time_of_its_own():
    connection = Connection(far := Busy(), judge.Limits(total=60), [], [])
    far.used = 59.0
    assert connection.spent() == 59.0
    before = connection.over
    connection.again()
    far.used = 118.0
    assert connection.spent() == 59.0
    assert connection.cpu_seconds == 118.0
    assert connection.over > before
    far.used = 120.0
    with pytest.raises(Gone):
        connection.ask("names", [], "")


FORK = """
import os, sys
if sys.argv[1] == "nobody" and os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
for line in sys.stdin:
    try:
        pid = os.fork()
    except BlockingIOError:
        print("refused", flush=True)
        continue
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    print("forked", flush=True)
"""


@pytest.mark.parametrize("user", ["nobody", "root"])
def test_without_a_room_a_user_can_start_nothing_and_root_can(user):
    """What book/security.md says of rooms without namespaces."""
    if user == "root" and os.geteuid() != 0:
        user = "nobody"
    command = [sys.executable, "-c", FORK, user]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:

        def fate():
            print(file=process.stdin, flush=True)
            return process.stdout.readline().strip()

        assert fate() == "forked"
        with usage.no_new_processes(process.pid):
            assert fate() == ("forked" if user == "root" else "refused")
        assert fate() == "forked"
        process.stdin.close()


def test_whoever_starts_processes_without_end_keeps_nobody_waiting():
    code = "import subprocess\nwhile True: subprocess.run(['true'])"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        try:
            with usage.alone(process.pid, {process.pid}) as worked:
                assert worked() >= 0
        finally:
            process.kill()


def test_processor_time_of_what_nobody_waited_for_counts_where_cgroups_can_be_made(running, source):
    code = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if os.fork() == 0:
    while time.process_time() < 1.0:
        pass
    os._exit(0)
while True:  # until it is gone
    try:
        os.wait()
    except ChildProcessError:
        break
"""
    with zygote.Zygote(warm=()) as parent, parent.spawn("time:sleep") as child:
        grouped = child.has_cgroup
    seconds = judged(running, source, code + GOOD)["cpu_seconds"]
    assert (seconds > 0.9) or not grouped

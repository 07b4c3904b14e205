"""Children that die, hang, flood and detach, and what becomes of the others."""

import os
import signal
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rooms import make_library, need_warm_rooms, run, said, send, wait_for

from autograder.rooms.sandbox import Limits, SandboxError
from autograder.rooms.usage import cpu_seconds, descendants, peak_bytes
from autograder.rooms.zygote import Zygote

MAIN = "probe:main"


@pytest.fixture(autouse=True)
def _warm_rooms():
    need_warm_rooms()


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    need_warm_rooms()
    library = make_library(tmp_path_factory.mktemp("library") / "one")
    with Zygote(["probe"], library=library) as zygote:
        yield zygote


def alive(pids):
    """Those of pids that run (a zombie does not)."""
    found = []
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        if "State:\tZ" not in status:
            found.append(pid)
    return found


def test_a_child_starts_in_milliseconds_with_all_imported(warm):
    source = """
import sys
say([n in sys.modules for n in ("numpy", "torch", "matplotlib.pyplot", "cs_lib", "probe")])
"""
    assert run(warm, source)[0] == [[True] * 5]
    times = []
    for _ in range(15):
        start = time.perf_counter()
        with warm.spawn(MAIN):
            times.append(time.perf_counter() - start)
    start = time.perf_counter()
    for _ in range(30):
        warm.spawn(MAIN).close()
    rate = 30 / (time.perf_counter() - start)
    print(f"\nfork and room: {statistics.median(times) * 1e3:.1f} ms; {rate:.0f} children a second")
    assert statistics.median(times) < 0.5  # importing torch alone takes longer


def test_many_children_at_a_time_from_many_threads(warm):
    def square(n):
        return run(warm, f"say({n} ** 2)")

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(square, range(12)))
    assert [heard for heard, _ in results] == [[n**2] for n in range(12)]
    assert all(end.code == 0 for _, end in results)


def test_what_one_child_changes_no_other_sees(warm):
    poison = """
import builtins, numpy, torch, cs_lib, sys, os
numpy.allclose = torch.allclose = lambda *a, **k: True
builtins.len = lambda x: 0
cs_lib.NAME = "poisoned"
sys.modules["json"] = None
os.environ["X"] = "1"
open("/tmp/x", "w").write("1")
say(numpy.allclose(1, 2))
"""
    look = """
import os, json, numpy, torch, cs_lib
say([bool(numpy.allclose(1, 2)), torch.allclose(torch.ones(1), torch.zeros(1)), len([1]),
     cs_lib.NAME, "X" in os.environ, os.path.exists("/tmp/x")])
"""
    assert run(warm, poison)[0] == [True]
    assert run(warm, look)[0] == [[False, False, 1, "one", False, False]]


def test_each_child_draws_numbers_of_its_own(warm):
    source = """
import random, numpy, torch
say([random.random(), numpy.random.random(), torch.rand(1).item(), torch.initial_seed()])
"""
    one, two = run(warm, source)[0][0], run(warm, source)[0][0]
    assert not set(one) & set(two)


def test_signals_are_as_in_a_new_process(warm):
    source = """
import signal
say([signal.getsignal(signal.SIGINT) is signal.default_int_handler,
     *(signal.getsignal(s) == signal.SIG_DFL for s in (signal.SIGTERM, signal.SIGCHLD)),
     signal.set_wakeup_fd(-1), list(signal.pthread_sigmask(signal.SIG_BLOCK, ()))])
"""
    assert run(warm, source)[0] == [[True, True, True, -1, []]]


@pytest.mark.parametrize(
    ("source", "code", "reason"),
    [
        ("pass", 0, "finished"),
        ("import os; os._exit(3)", 3, "exit code 3"),
        ("import sys; sys.exit(4)", 4, "exit code 4"),
        ("1 / 0", 1, "exit code 1"),
        ("import ctypes; ctypes.string_at(0)", -11, "killed by SIGSEGV"),
        ("import os, signal; os.kill(1, signal.SIGKILL); os._exit(5)", 5, "exit code 5"),
        ("import threading, time; threading.Thread(target=time.sleep, args=[99]).start()", 0, ""),
    ],
)
def test_the_exit_says_how_it_ended(warm, source, code, reason):
    _, end = run(warm, source)
    assert end.code == code
    assert end.reason == (reason or "finished")
    assert end.peak_bytes > 20e6
    assert run(warm, "say(1)")[0] == [1]


STUBBORN = """
import os, signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
if os.fork() == 0:          # detached: own session, orphan
    os.setsid()
    if os.fork() == 0:
        say(os.getppid() > 0)
        while True: pass
    os._exit(0)
import ctypes
say(ctypes.CDLL(None).prctl(1, 0, 0, 0, 0))  # asks to outlive its supervisor
while True: pass
"""


def start_stubborn(warm):
    child = warm.spawn(MAIN)
    send(child, STUBBORN)
    assert wait_for(lambda: len(alive(descendants(child.pid))) >= 2)
    assert child.stream.recv(1) in (b"t", b"0")
    time.sleep(0.05)
    return child, descendants(child.pid)


def test_kill_ends_what_ignores_all_signals_and_what_detached(warm):
    child, pids = start_stubborn(warm)
    with child:
        assert child.wait(0.01) is None
        assert len(alive(pids)) >= 2
        child.kill()
        end = child.wait(5)
        assert (end.code, end.reason) == (-9, "killed by SIGKILL")
        assert alive(pids) == []
    child.kill()  # once more does no harm
    assert child.wait(0) == end


def test_a_detached_process_ends_with_the_child(warm):
    source = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        stream.close(); file.close() if "file" in globals() else None
        time.sleep(60)
    os._exit(0)
os.wait(); say(1); stream.recv(1)
"""
    with warm.spawn(MAIN) as child:
        send(child, source)
        assert child.stream.recv(2) == b"1\n"
        pids = descendants(child.pid)
        assert len(alive(pids)) == 2
        child.stream.sendall(b"x")
        assert child.wait(5).code == 0
        assert alive(pids) == []


@pytest.mark.parametrize("victim", ["supervisor", "close", "report"])
def test_nothing_survives_a_dead_supervisor_or_a_caller_that_left(warm, victim):
    child, pids = start_stubborn(warm)
    stat = Path(f"/proc/{child.pid}/stat").read_text()
    supervisor = int(stat.rpartition(")")[2].split()[1])
    if victim == "supervisor":
        os.kill(supervisor, signal.SIGKILL)
    elif victim == "report":  # as when the caller's process dies
        child._report.close()
    else:
        child.close()
    assert wait_for(lambda: not alive(pids))
    if victim == "supervisor":
        assert child.wait(5).reason == "its supervisor died"
        child.close()
    elif victim == "report":
        child.stream.close()
        os.close(child._pidfd)
        warm._children.discard(child)
    assert run(warm, "say(1)")[0] == [1]


def test_a_child_that_floods_or_closes_its_stream_hurts_nobody(warm):
    flood = "import itertools\nfor _ in itertools.count(): stream.sendall(b'x' * 65536)"
    with warm.spawn(MAIN) as one, warm.spawn(MAIN) as two:
        send(one, flood)
        send(two, "import time; stream.close(); time.sleep(60)")
        assert run(warm, "say(1)")[0] == [1]
        assert one.wait(0) is None
        assert len(one.stream.recv(1000)) == 1000
        before = one.cpu_seconds()
        time.sleep(0.2)  # nobody reads: it waits, and takes no time
        assert one.cpu_seconds() - before < 0.1


def test_files_sent_over_the_stream_are_not_taken(warm):
    source = """
import socket
socket.send_fds(stream, [b"a"], [0, 1, 2])
"""
    with warm.spawn(MAIN) as child:
        send(child, source)
        child.stream.settimeout(10)
        before = len(os.listdir("/proc/self/fd"))
        assert child.stream.recv(10) == b"a"
        assert len(os.listdir("/proc/self/fd")) == before


def test_cpu_time_and_memory_are_measured_from_outside(warm):
    source = """
import subprocess, sys, time
code = "import time\\nwhile time.process_time() < 0.4: pass"
subprocess.run([sys.executable, "-S", "-c", code])
x = bytearray(200 << 20)
end = time.process_time() + 0.3
while time.process_time() < end: pass
say(1); stream.recv(1)
"""
    with warm.spawn(MAIN) as child:
        idle = child.peak_bytes()
        send(child, source)
        assert child.stream.recv(2) == b"1\n"
        assert 0.6 < child.cpu_seconds() < 3
        assert 200 << 20 <= child.peak_bytes() - idle < 300 << 20
        child.stream.sendall(b"x")
        end = child.wait(5)
    assert 0.6 < end.cpu_seconds < 3
    assert end.peak_bytes > 200 << 20
    assert child.cpu_seconds() == end.cpu_seconds


def test_another_library_restarts_the_parent_and_leaves_children_alone(tmp_path):
    one, two = make_library(tmp_path / "one"), make_library(tmp_path / "two")
    with Zygote(["probe"], library=one, warm=()) as zygote:
        old = zygote.spawn(MAIN)
        with zygote.spawn(MAIN, library=two) as new:
            for child, name in ((old, "one"), (new, "two")):
                source = "import cs_lib, os; say([cs_lib.NAME, os.path.exists(P)])"
                send(child, f"P = {str(one)!r}\n{source}")
                assert said(child) == [[name, name == "one"]]
        old.close()


def test_a_parent_that_died_is_started_again(tmp_path):
    with Zygote(["probe"], library=make_library(tmp_path / "one"), warm=()) as zygote:
        with zygote.spawn(MAIN) as child:
            zygote._process.kill()
            zygote._process.wait()
            assert run(zygote, "say(2)")[0] == [2]
            send(child, "say(1)")  # its child did not notice
            assert said(child) == [1]
        last = zygote.spawn(MAIN)
    assert last.wait(0).code == -9  # the end of the Zygote is the end of its children


def test_a_parent_that_hung_up_is_gone_although_it_has_not_ended_yet(tmp_path, monkeypatch):
    with Zygote(["probe"], library=make_library(tmp_path / "one"), warm=()) as zygote:
        first = zygote._process
        monkeypatch.setattr(first, "poll", lambda: None)  # so it is, for a moment, after the kill
        os.kill(first.pid, signal.SIGKILL)
        assert wait_for(lambda: not alive([first.pid]))
        assert run(zygote, "say(1)")[0] == [1]
        assert zygote._process is not first


def test_the_parent_refuses_to_fork_when_an_import_started_a_thread(tmp_path):
    library = make_library(tmp_path / "one")
    (library / "busy.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=[60], daemon=True).start()\n"
    )
    with (
        pytest.raises(SandboxError, match="2 threads run after the imports"),
        Zygote(["busy"], library=library, warm=()),
    ):
        pass


def test_the_parent_refuses_a_cs_lib_with_the_answers(tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    with pytest.raises(SandboxError, match="cs_lib comes from"), Zygote(library=bare, warm=()):
        pass
    with pytest.raises(SandboxError, match="name a library"), Zygote(["cs_lib"], warm=()):
        pass


def test_a_room_that_cannot_be_built_is_an_error_and_runs_nothing(warm):
    with pytest.raises(SandboxError, match="no room"):
        warm.spawn(MAIN, Limits(disk_bytes=-1))
    assert run(warm, "say(1)")[0] == [1]


def test_what_processes_used_is_known_while_they_come_and_go():
    """Whoever is gone between two looks at it counts nothing, and stops nobody."""
    code = "import subprocess\nwhile True: subprocess.run(['true'])"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        try:
            for _ in range(1500):
                assert cpu_seconds(process.pid) >= 0
                assert peak_bytes(process.pid) >= 0
        finally:
            process.kill()
    assert descendants(process.pid) == [process.pid]

"""Attacks on the room: each runs inside and says how far it came."""

import json
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from mini_course import SMALL
from rooms import ROOT, SYSTEM, make_library, need_warm_rooms, run, send, wait_for

from autograder.rooms import sandbox, seccomp
from autograder.rooms.sandbox import Limits, SandboxError
from autograder.rooms.usage import within
from autograder.rooms.zygote import Zygote

MIB = 1 << 20
HOME = str(Path.home())


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    need_warm_rooms()
    library = make_library(tmp_path_factory.mktemp("library") / "one")
    with Zygote(["probe"], library=library) as zygote:
        yield zygote


def test_this_machine_can_build_a_room():
    kind, why = sandbox.available()
    if kind == "none" and not os.environ.get("CI"):
        pytest.skip(why)
    assert kind in ("namespaces", "user namespaces", "bubblewrap"), why
    if kind != "bubblewrap":
        assert kind == ("namespaces" if os.geteuid() == 0 else "user namespaces")


LOWERED = {"CORE": 0, "MEMLOCK": 65536, "NOFILE": 200}
UNDER_LOWERED = """
import json, resource
from autograder.rooms import sandbox
found = sandbox._rlimits(sandbox.Limits())
names = ("CORE", "MEMLOCK", "NOFILE", "FSIZE")
limits = {name: found[getattr(resource, f"RLIMIT_{name}")] for name in names}
print(json.dumps([sandbox.available(), limits]))
"""


def test_a_room_can_be_built_where_an_administrator_has_lowered_the_limits():
    """sudo, for one, allows no core; many a server lets a user lock 64 KiB"""
    argv = ["prlimit", *(f"--{name.lower()}={value}" for name, value in LOWERED.items())]
    done = subprocess.run(
        [*argv, sys.executable, "-c", UNDER_LOWERED], capture_output=True, text=True, check=True
    )
    (kind, why), limits = json.loads(done.stdout)
    assert kind == sandbox.available()[0], why
    assert limits == LOWERED | {"FSIZE": Limits().file_bytes}


def test_rooms_of_bubblewrap_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("DL4CV_ROOMS", "bubblewrap")
    kind, why = sandbox.available.__wrapped__()
    assert kind == ("bubblewrap" if shutil.which("bwrap") else "none")
    assert "DL4CV_ROOMS asks for bubblewrap" in why


# --- what is not there. These work outside, or the test would show nothing. ---


@pytest.mark.parametrize(
    ("call", "want"),
    [
        (f"len(Path({__file__!r}).read_text())", "ENOENT"),
        (f"os.listdir({str(ROOT / 'autograder')!r})", "ENOENT"),
        ("os.listdir('/var')", "ENOENT"),
        ("os.listdir('/sys')", "ENOENT"),
        ("Path('/etc/hostname').read_text()", "ENOENT"),
        ("os.stat('/etc/shadow').st_size", "ENOENT"),
        ("os.listdir('/proc/GRADER')", "ENOENT"),
        ("Path('/proc/GRADER/environ').read_text()", "ENOENT"),
        ("os.close(os.open('/proc/GRADER/mem', os.O_RDONLY))", "ENOENT"),
        ("os.kill(GRADER, 0)", "ESRCH"),
    ],
)
def test_what_is_the_hosts_is_not_in_the_room(room, call, want):
    call = call.replace("GRADER", str(os.getpid()))
    eval(call)  # no exception outside
    assert run(room, f"import os; from pathlib import Path; say(fate(lambda: {call}))")[0] == [want]


def test_only_what_python_needs_is_in_the_room(room):
    source = """
import os
say(sorted(os.listdir("/")))
say({path: fate(lambda: sorted(os.listdir(path))) for path in PATHS})
say(open("/etc/passwd").read().count("\\n"))
"""
    paths = [HOME, str(Path(sys.prefix).parent), str(ROOT), "/tmp", "/home/student", "/etc"]
    top, found, users = run(room, f"PATHS = {paths}\n{source}")[0]
    assert not {"var", "run", "sys", "boot", "srv", "media", "old", "opt"} & set(top)
    assert set(found["/etc"]) <= {
        *("alternatives", "fonts", "group", "hosts", "ld.so.cache", "passwd")
    }
    prefix = Path(sys.prefix)
    assert prefix.is_relative_to("/usr") or found[str(prefix.parent)] == [prefix.name]
    for name in ("autograder", "solutions", ".git", "tests", "cs_lib"):
        assert name not in found[str(ROOT)]
    assert ".bashrc" not in found[HOME]
    assert users == 1


def test_files_of_other_submissions_and_the_gradebook_are_not_there(room, tmp_path):
    secret = tmp_path / "gradebook.db"
    secret.write_text("scores")
    other = room.spawn("probe:main")
    with other:
        send(other, "open('/tmp/answer', 'w').write('42'); say(1); stream.recv(1)")
        assert other.stream.recv(10) == b"1\n"
        source = f"""
import glob, os
say([fate(lambda: open(p).read()) for p in ({str(secret)!r}, "/tmp/answer")])
say([p for p in os.listdir("/proc") if p.isdigit()])
say(fate(lambda: os.listdir({str(tmp_path)!r})))
"""
        assert run(room, source)[0] == [["ENOENT", "ENOENT"], ["1"], "ENOENT"]


def test_nothing_of_the_environment_comes_along(tmp_path, monkeypatch):
    need_warm_rooms()
    monkeypatch.setenv("INSTRUCTOR_TOKEN", "s3cret")
    with Zygote(["probe"], library=make_library(tmp_path / "one"), warm=()) as zygote:
        source = """
import os
say(dict(os.environ)); say(open("/proc/self/environ").read())
"""
        environment, initial = run(zygote, source)[0]
    assert environment == sandbox.environment(tmp_path / "one")
    assert "s3cret" not in initial
    assert "HOME=/home/student" in initial


def test_no_file_of_the_grader_is_open(room, tmp_path):
    with open(tmp_path / "grades", "w") as file:
        os.set_inheritable(file.fileno(), True)
        source = """
import os
found = {}
for name in os.listdir("/proc/self/fd"):
    try:
        found[name] = os.readlink(f"/proc/self/fd/{name}")
    except FileNotFoundError: pass
say(found)
"""
        found = run(room, source)[0][0]
    assert [found.pop(n) for n in "012"] == ["/dev/null"] * 3
    assert len(found) == 1  # its stream
    assert next(iter(found.values())).startswith("socket:")


def test_every_namespace_is_the_rooms_own(room):
    names = ["cgroup", "ipc", "mnt", "net", "pid", "uts"] + ["user"] * (os.geteuid() != 0)
    source = f"import os; say([os.readlink('/proc/self/ns/' + n) for n in {names}])"
    inside = run(room, source)[0][0]
    assert not set(inside) & {os.readlink(f"/proc/self/ns/{n}") for n in names}


# --- what cannot be changed ---


@pytest.mark.parametrize(
    ("call", "want"),
    [
        ("open('/x', 'w')", "EROFS"),
        ("open('/usr/x', 'w')", "EROFS"),
        ("open('/etc/passwd', 'a')", "EROFS"),
        ("open(os.__file__, 'r+')", "EROFS"),
        ("os.mkdir('/home/x')", "EROFS"),
        ("open('/dev/x', 'w')", "EROFS"),
        ("open('/proc/self/oom_score_adj', 'w')", "EROFS"),
        ("open('/proc/sys/kernel/core_pattern', 'w')", "EROFS"),
        ("os.chmod(sys.executable, 0o777)", "EROFS"),
        ("os.mknod('/tmp/sda', 0o060600, os.makedev(8, 0))", "EPERM"),
    ],
)
def test_nothing_can_be_written_but_in_tmp_and_the_working_directory(room, call, want):
    heard = run(room, f"import os, sys; say(fate(lambda: {call}))")[0]
    assert heard == [want] or heard == ["EACCES"]  # the owner's rights are asked for first


def test_the_library_cannot_be_changed_even_by_its_owner(room):
    source = "import os, probe; say(fate(lambda: open(probe.__file__, 'a')))"
    assert run(room, source)[0] == ["EACCES" if os.geteuid() == 0 else "EROFS"]


def test_the_hosts_interpreter_cannot_be_changed_through_proc(room):
    mode = os.stat(sys.executable).st_mode
    for call in ("os.chmod('/proc/self/exe', 0o700)", "os.utime('/proc/self/exe')"):
        found = run(room, f"import os; say(fate(lambda: {call}))")[0][0]
        assert found == ("EPERM" if os.geteuid() == 0 else "EROFS") or found == "EACCES", call
    assert os.stat(sys.executable).st_mode == mode


def test_tmp_and_the_working_directory_can_be_written(room):
    source = """
import os, tempfile
for folder in ("/tmp", os.getcwd(), "/dev/shm", tempfile.gettempdir(), os.path.expanduser("~")):
    open(folder + "/x", "w").write("abc")
    say(open(folder + "/x").read())
say(os.getcwd())
"""
    assert run(room, source)[0] == ["abc"] * 5 + ["/home/student"]


# --- network ---


def test_there_is_no_network(room):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()  # works outside
        source = f"""
import socket
say(fate(lambda: socket.create_connection(("127.0.0.1", {port}), 2)))
say(fate(lambda: socket.create_connection(("1.1.1.1", 53), 2)))
say(fate(lambda: socket.getaddrinfo("example.org", 80)))
say([name for _, name in socket.if_nameindex()] if 0 else open("/proc/net/dev").read().count(":"))
"""
        loopback, outside, name, interfaces = run(room, source)[0]
    assert loopback in ("ENETUNREACH", "EADDRNOTAVAIL", "ECONNREFUSED")
    assert outside == "ENETUNREACH"
    assert "name resolution" in name or name.startswith("EAI") or name == "EAGAIN" or "[" in name
    assert interfaces == 1  # its own loopback, down


def test_unix_sockets_of_the_host_cannot_be_reached(room, tmp_path):
    abstract = f"\0dl4cv-{os.getpid()}"
    for address in (abstract, str(tmp_path / "s")):
        with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
            server.bind(address)
            server.listen()
            client.connect(address)  # works outside
            source = f"""
import socket
say(fate(lambda: socket.socket(socket.AF_UNIX).connect({address!r})))
"""
            assert run(room, source)[0][0] in ("ECONNREFUSED", "ENOENT")


@pytest.mark.parametrize("family", ["AF_VSOCK", "AF_NETLINK", "AF_PACKET", "AF_ALG"])
def test_sockets_of_odd_families_are_refused(room, family):
    source = f"import socket; say(fate(lambda: socket.socket(socket.{family}, socket.SOCK_RAW)))"
    assert run(room, source)[0] == ["EAFNOSUPPORT"]


# --- rights ---


@pytest.mark.parametrize(
    ("call", "want"),
    [
        ("libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)", "EPERM"),
        ("libc.umount2(b'/proc', 2)", "EPERM"),
        ("libc.unshare(0x10000000)", "EPERM"),
        ("libc.unshare(0x00020000)", "EPERM"),
        ("libc.chroot(b'/tmp')", "EPERM"),
        ("libc.ptrace(0, 0, 0, 0)", "EPERM"),
        ("libc.sethostname(b'x', 1)", "EPERM"),
        ("libc.setns(os.open('/proc/self/ns/net', 0), 0)", "EPERM"),
        ("libc.syscall({keyctl}, 0, -3, 1)", "EPERM"),
        ("libc.syscall({bpf}, 0, 0, 0)", "EPERM"),
        ("libc.syscall({io_uring_setup}, 1, ctypes.create_string_buffer(200))", "EPERM"),
        ("libc.syscall({userfaultfd}, 1)", "EPERM"),
        ("libc.syscall({open_tree}, -100, b'/', 1)", "EPERM"),
        ("libc.syscall({clone}, 0x10000000 | 17, 0, 0, 0, 0)", "EPERM"),
        ("libc.syscall({clone}, 0x40000000 | 17, 0, 0, 0, 0)", "EPERM"),
        ("libc.syscall(435, ctypes.create_string_buffer(88), 88)", "ENOSYS"),
        ("libc.setuid(0)", "EPERM" if os.geteuid() == 0 else "EINVAL"),
    ],
)
def test_the_kernel_refuses(room, call, want):
    numbers = {n: seccomp.number(n) for n in seccomp._DENIED}
    call = call.format(clone=(56, 220)[seccomp._machine()[1]], **numbers)
    source = f"{SYSTEM}\nresult = {call}\nsay(result if result >= 0 else errno.errorcode["
    assert run(room, source + "ctypes.get_errno()])")[0] == [want]


def test_every_denied_call_is_refused(room):
    numbers = [n for n in map(seccomp.number, seccomp._DENIED) if n is not None]
    source = f"{SYSTEM}\nsay([system(n, -1, -1, -1, -1, -1) for n in {numbers}])"
    assert run(room, source)[0] == [["EPERM"] * len(numbers)]


def test_no_capability_is_left_and_setuid_programs_give_none(room):
    source = """
import os, shutil, subprocess
def fields(text): return {k: v for k, _, v in (x.partition(":\\t") for x in text.split("\\n"))}
su = next(p for p in ("/usr/bin/su", "/usr/bin/mount", "/bin/su") if os.path.exists(p))
say(bool(os.stat(su).st_mode & 0o4000))
say(bool(os.statvfs(su).f_flag & os.ST_NOSUID))
for text in (open("/proc/self/status").read(),
             subprocess.check_output(["cat", "/proc/self/status"], text=True)):
    f = fields(text)
    say([int(f[k], 16) for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")])
    say([f["NoNewPrivs"], f["Seccomp"]])
say([os.getuid(), os.geteuid(), os.getgroups()])
"""
    setuid, ignored, *rights, users = run(room, source)[0]
    assert setuid
    assert ignored
    assert rights == [[0] * 5, ["1", "2"]] * 2
    assert 0 not in users[:2]
    assert 0 not in users[2]


# --- limits ---


def test_a_fork_bomb_stops(room):
    source = """
import os, time
n = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
        n += 1
except OSError as error:
    say([n, type(error).__name__])
"""
    (n, error), *_ = run(room, source, Limits(processes=32))[0]
    assert error == "BlockingIOError"
    assert 20 <= n < 32


@pytest.mark.parametrize(
    "bomb",
    [
        "bytearray(3 << 30)",
        "numpy.ones((3 << 27,))",
        "torch.ones((3 << 28,))",
        "[bytearray(200 << 20) for _ in range(15)]",
    ],
)
def test_a_memory_bomb_ends_in_an_error(room, bomb):
    source = f"import numpy, torch\nsay(fate(lambda: {bomb}))"
    heard, end = run(room, source, Limits(address_bytes=5 << 28))
    assert heard in (["MemoryError"], ["RuntimeError"], ["_ArrayMemoryError"])
    assert end.reason == "finished"


def test_memory_of_all_processes_together_is_limited(room):
    with room.spawn("probe:main") as child:
        grouped = child.has_cgroup
    source = """
import os, signal
for _ in range(6):
    if os.fork() == 0:
        b = bytearray(60 << 20); signal.pause()
say(1); signal.pause()
"""
    with room.spawn("probe:main", Limits(memory_bytes=200 * MIB)) as child:
        send(child, source)
        child.stream.settimeout(10)
        if grouped:  # the kernel ends some of them, pid 1 perhaps

            def killed():
                end = child.wait(0)
                alive = len(list(Path(f"/proc/{child.pid}/task/{child.pid}").glob("children")))
                children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
                zombies = [
                    p
                    for p in (children.read_text().split() if alive else [])
                    if "Z (zombie)" in Path(f"/proc/{p}/status").read_text()
                ]
                return end or zombies

            assert wait_for(killed)
            child.kill()
            assert child.wait(10).reason == "out of memory"
        else:  # each process has its own limit alone: available() and the guide say so
            assert child.stream.recv(10) == b"1\n"


def test_a_full_disk_is_the_rooms_own(room):
    source = """
for folder in ("/tmp", "/dev/shm", "/home/student"):
    def fill():
        for n in range(100):
            with open(f"{folder}/{n}", "wb") as f:
                f.write(bytes(1 << 20))
    say(fate(fill))
import os
for n in range(1, 100):
    if os.path.exists(f"/tmp/{n}"): os.remove(f"/tmp/{n}")
def many():
    for n in range(30000):
        open(f"/tmp/e{n}", "w").close()
say(fate(many))
"""
    assert run(room, source, Limits(disk_bytes=8 * MIB))[0] == ["ENOSPC"] * 4


def test_a_file_has_a_greatest_size(room):
    source = "say(fate(lambda: open('/tmp/x', 'wb', 0).truncate(5 << 20)))"
    assert run(room, source, Limits(file_bytes=4 * MIB))[0] == ["EFBIG"]


def test_a_loop_that_ignores_signals_runs_out_of_cpu_time(room):
    source = """
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGXCPU, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)
while True: pass
"""
    heard, end = run(room, source, Limits(cpu_seconds=1))
    assert heard == []
    assert (end.code, end.reason) == (-9, "out of CPU time")
    assert 0.5 < end.cpu_seconds < 2


def test_open_files_are_limited(room):
    source = "say(fate(lambda: [open('/dev/null') for _ in range(1000)]))"
    assert run(room, source, Limits(open_files=64))[0] == ["EMFILE"]


def test_the_kernel_ends_the_room_first_when_memory_is_short(room):
    assert run(room, "say(int(open('/proc/self/oom_score_adj').read()))")[0] == [1000]


def test_a_crash_leaves_no_core(room):
    source = """
import os, resource
say(resource.getrlimit(resource.RLIMIT_CORE)); os.abort()
"""
    heard, end = run(room, source)
    assert heard == [[within(resource.RLIMIT_CORE, 1)] * 2]
    assert end.code < 0


# --- what honest code needs ---


@pytest.mark.parametrize(
    ("source", "want"),
    [
        (
            "import torch; torch.set_num_threads(2); x = torch.ones(600, 600);"
            "say([float((x @ x).sum()), torch.get_num_threads()])",
            [600**3, 2],
        ),
        (
            "import torch; y = torch.nn.Conv2d(3, 4, 3)(torch.ones(2, 3, 9, 9));"
            "y.sum().backward(); say(list(y.shape))",
            [2, 4, 7, 7],
        ),
        (
            "from matplotlib import pyplot; import os; pyplot.plot([1, 2]); pyplot.title('é');"
            "pyplot.savefig('a.png'); say(os.path.getsize('a.png') > 5000)",
            True,
        ),
        (
            "import multiprocessing\nwith multiprocessing.Pool(2) as p: say(p.map(abs, [-1, -2]))",
            [1, 2],
        ),
        (
            "import subprocess;"
            "say(subprocess.check_output('echo a | tr a b', shell=True, text=True))",
            "b\n",
        ),
        (
            "import subprocess, sys; code = 'import cs_lib; print(cs_lib.NAME)';"
            "say(subprocess.check_output([sys.executable, '-c', code], text=True))",
            "one\n",
        ),
        ("import pty; say(pty.spawn(['true']))", 0),
        (
            "import torch\nd = torch.utils.data.DataLoader(list(range(4)), num_workers=2)\n"
            "say(sorted(int(x) for x in d))",
            [0, 1, 2, 3],
        ),
        (
            "import getpass, pathlib; say([getpass.getuser(), str(pathlib.Path.home())])",
            ["student", "/home/student"],
        ),
    ],
)
def test_honest_code_works(room, source, want):
    assert run(room, source)[0] == [want]


# --- the way in ---


def test_a_process_with_threads_cannot_enter():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(SandboxError, match="fork before any starts"):
            sandbox.enter(Limits())
    finally:
        stop.set()
        thread.join()


COLD = """
import ctypes, errno, json, os, resource, socket, subprocess
libc = ctypes.CDLL(None, use_errno=True)
def fate(call):
    try: return call()
    except OSError as error: return errno.errorcode.get(error.errno, str(error))
import cs_lib, numpy
def refused(result): return result < 0 and errno.errorcode[ctypes.get_errno()]
print(json.dumps({
    "top": sorted(os.listdir("/")),
    "environ": dict(os.environ),
    "secret": fate(lambda: open(SECRET).read()),
    "pids": len([p for p in os.listdir("/proc") if p.isdigit()]),
    "network": fate(lambda: socket.create_connection(("1.1.1.1", 53), 2)),
    "unshare": refused(libc.unshare(0x10000000)),
    "vsock": fate(lambda: socket.socket(40, 1)),
    "uid": os.getuid(),
    "cwd": os.getcwd(),
    "write": [fate(lambda: open(p, "w").write("a")) for p in ("/x", "/usr/x", "/etc/x", "/dev/x")],
    "tmp": [open(p, "w").write("a") for p in ("/tmp/x", "/dev/shm/x", "x")],
    "oom": fate(lambda: open("/proc/self/oom_score_adj", "w")),
    "disk": fate(lambda: [open(f"/tmp/{n}", "wb").write(bytes(1 << 20)) for n in range(20)]),
    "limits": [resource.getrlimit(getattr(resource, "RLIMIT_" + n))[1]
               for n in ("CPU", "AS", "NPROC", "FSIZE", "NOFILE", "CORE")],
}))
"""


INSTALLED = """
import os, sys
sys.path.append({site!r})
from autograder.rooms import sandbox
from autograder.rooms.sandbox import Limits
files = []
if {cold}:
    argv = ["ls", "-A", {site!r}, {site!r} + "/cs_lib"]
    command, files = sandbox.bubblewrap(argv, Limits(), readable=[{site!r}])
    for file in files:
        os.set_inheritable(file, True)
    os.execvp(command[0], command)
sandbox.seal_interpreter()
out = os.dup(1)
sandbox.enter(Limits(), readable=[{site!r}], keep=[out])
os.write(out, " ".join(os.listdir({site!r}) + os.listdir({site!r} + "/cs_lib")).encode())
"""


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "bubblewrap"])
def test_an_installed_course_is_hidden(tmp_path, cold):
    if not cold:
        need_warm_rooms()
    elif not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    site = tmp_path / "site-packages"
    (site / "cs_lib").mkdir(parents=True)
    (site / "cs_lib" / "answers.py").touch()
    (site / "other.py").touch()
    code = INSTALLED.format(site=str(site), cold=cold)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "other.py" in done.stdout
    assert "answers.py" not in done.stdout


def test_bubblewrap_builds_the_same_room_cold(tmp_path):
    if not shutil.which("bwrap"):
        assert not os.environ.get("CI"), "bubblewrap is not installed"
        pytest.skip("bubblewrap is not installed")
    secret = tmp_path / "secret"
    secret.write_text("42")
    library = make_library(tmp_path / "one")
    limits = Limits(disk_bytes=8 * MIB, cpu_seconds=20)
    argv = [sys.executable, "-c", f"SECRET = {str(secret)!r}\n{COLD}"]
    command, files = sandbox.bubblewrap(argv, limits, library=library)
    try:
        done = subprocess.run(
            command, pass_fds=files, capture_output=True, text=True, check=False, timeout=60
        )
    finally:
        for file in files:
            os.close(file)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert not {"var", "run", "sys", "boot", "srv", "old", "opt"} & set(seen["top"])
    assert {k: seen["environ"].get(k) for k in sandbox.environment(library)} == (
        sandbox.environment(library)
    )
    assert set(seen["environ"]) - set(sandbox.environment(library)) <= {"PWD", "LC_CTYPE"}
    assert seen["secret"] == "ENOENT"
    assert seen["pids"] <= 3  # bubblewrap's own pid 1 among them
    assert seen["network"] == "ENETUNREACH"
    assert seen["unshare"] == "EPERM"
    assert seen["vsock"] == "EAFNOSUPPORT"
    assert (seen["uid"], seen["cwd"]) == (1000, "/home/student")
    assert seen["write"] == ["EROFS"] * 4
    assert seen["tmp"] == [1, 1, 1]
    assert seen["oom"] == "EROFS"
    assert seen["disk"] == "ENOSPC"
    core = within(resource.RLIMIT_CORE, 1)
    assert seen["limits"] == [20, limits.address_bytes, 64, limits.file_bytes, 256, core]


def ordinary(name, *hangs_on):
    """A parameter: a file of tests, tied to what it hangs on, and to the machine."""
    path = ROOT / "tests" / "autograder" / name
    paths = ("autograder/rooms", "tests/autograder/rooms", *hangs_on)
    machine = f"{platform.platform()}, root: {os.geteuid() == 0}"
    tied = pytest.mark.tied(*paths, code=[path.read_text("utf-8")], texts=[machine])
    return pytest.param(path, marks=tied, id=path.stem)


@pytest.mark.parametrize(
    "file",
    [
        ordinary("rooms/test_sandbox.py"),
        ordinary("rooms/test_zygote.py"),
        ordinary("judging/test_engine.py", *SMALL),
        ordinary("judging/test_started.py", *SMALL),
    ],
)
def test_all_of_it_holds_for_an_ordinary_user(file):
    if os.geteuid() != 0:
        assert sandbox.available()[0] != "namespaces"  # this run was the ordinary user's
        return
    folder = tempfile.mkdtemp(prefix="dl4cv-nobody-", dir="/tmp")
    try:
        os.chmod(folder, 0o777)
        command = [sys.executable, str(Path(__file__).with_name("rooms.py")), sys.executable]
        command += ["-m", "pytest", "-q", "-x", "-p", "no:xdist", "-p", "no:cacheprovider", "-s"]
        command += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), str(file), "--all"]
        command += ["--basetemp", f"{folder}/base"]
        command += ["-k", "not milliseconds and not honest and not bomb_ends and not many_children"]
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "CI"))}
        environment = keep | {"HOME": folder, "TMPDIR": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
    if " skipped" in done.stdout:
        pytest.skip(f"an ordinary user cannot here: {done.stdout[-1000:]}")

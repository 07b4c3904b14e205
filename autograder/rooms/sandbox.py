"""A room for code that nobody has read: a file system, processes and limits of its own, no rights.

`enter` turns a freshly forked process into pid 1 of the room and the process that called it into
the room's supervisor, outside. Each wall's comment says what gets through without it.
"""

import ctypes
import functools
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from autograder.rooms import seccomp
from autograder.rooms.supervisor import close_all, supervise
from autograder.rooms.usage import within


class SandboxError(RuntimeError):
    """The room could not be built; nothing ran."""


@dataclass(frozen=True)
class Limits:
    """What the code in a room may use. Wall time is for the caller to watch (Child.kill)."""

    cpu_seconds: int = 120  # a process; a whole notebook takes 60 s at most
    address_bytes: int = 4 << 30  # a process; one that uses torch maps 1.3 GiB
    memory_bytes: int = 3 << 30  # all processes and files in the room, where cgroups are writable
    processes: int = 64  # threads count: torch and a pool of 4 need about 20
    disk_bytes: int = 128 << 20  # each of /tmp, the working directory and /dev/shm: it is memory
    file_bytes: int = 64 << 20  # a file
    open_files: int = 256  # a DataLoader with workers needs some 50


WORKDIR = "/home/student"
# glibc: keep freed memory, up to half a GiB. Else each large array is new pages from the kernel,
# which takes as long as to compute it. And huge pages: a fork copies a table of all pages.
STEADY_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(512 << 20),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
# A pool of threads does not survive a fork, and submissions run side by side.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_libc = ctypes.CDLL(None, use_errno=True)
_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
_NEWPID, _NEWNET, _NEWCGROUP = 0x20000000, 0x40000000, 0x02000000
_BIND, _REC, _PRIVATE, _NOSUID, _NODEV, _NOEXEC, _RDONLY = 4096, 16384, 1 << 18, 2, 4, 8, 1


def enter(limits, *, library=None, readable=(), workdir=WORKDIR, keep=(), report=None):
    """Build the room around this process, which must be forked, with one thread. Returns inside.

    library: a folder that comes first on the import path. readable: more of the host's paths to
    show. keep: file descriptors to leave open. report: a seqpacket socket on which the supervisor
    sends {"pid"} with a pidfd, then {"ready"} or {"error"}, then how it ended; closing the other
    end kills the room. The supervisor does not return: it exits as the room did.
    """
    if len(os.listdir("/proc/self/task")) != 1:
        raise SandboxError("the process has threads: fork before any starts")
    shown = view(library, tuple(readable))
    uid = _free_uid()
    if uid is None:
        # /proc/self/exe leads past all walls to the host's python, which this user may change.
        if not os.statvfs("/proc/self/exe").f_flag & os.ST_RDONLY:
            raise SandboxError("call seal_interpreter first")
        _own_user(1000)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _call("unshare", _libc.unshare(_NEWPID))  # else: signals to every process of this user
    inner, outer = socket.socketpair()
    pid = os.fork()
    if pid:
        supervise(pid, inner, outer, report, limits)
    try:
        outer.close()
        close_all({inner.fileno(), *keep})  # else: the grader's sockets and files
        os.setsid()  # else: it types into the instructor's terminal
        # Else the kernel, out of memory, may end the grader and not the culprit.
        Path("/proc/self/oom_score_adj").write_text("1000")
        # NET: no interface at all, and none of the host's abstract sockets. IPC: shared memory.
        _call("unshare", _libc.unshare(_NEWNS | _NEWNET | _NEWIPC | _NEWUTS | _NEWCGROUP))
        socket.sethostname("sandbox")
        _furnish(shown, limits, workdir, uid or 1000)
        _environment(library, workdir)
        _drop_rights(limits, uid)
        inner.send(b"ok")
    except BaseException as error:
        inner.send(f"{type(error).__name__}: {error}".encode()[:500])
        os._exit(1)
    if inner.recv(1) != b"g":  # the supervisor died before we asked to die with it
        os._exit(1)
    inner.close()


def _call(what, result):
    if result < 0:
        code = ctypes.get_errno()
        raise SandboxError(f"{what}: {os.strerror(code)}")
    return result


def _free_uid():
    """Root: a user id that nobody else has now, one per room. Otherwise None."""
    if os.geteuid() != 0:
        return None
    first, _, count = map(int, Path("/proc/self/uid_map").read_text().split("\n")[0].split())
    if first != 0 or count < 2000:  # a container's root, without other user ids
        return None
    # Else RLIMIT_NPROC counts another room's processes. 0x70000000: above all ranges in use.
    base = 0x70000000 if count > 0x71000000 else 1000
    return base + os.getpid() % (min(count, 1 << 24) - 1000)


def _own_user(inside):
    """Become `inside` in a new user namespace; outside of it we stay who we are."""
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare (user namespace)", _libc.unshare(_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inside} {gid} 1")


def seal_interpreter():
    """Ordinary user: run this program again, its interpreter's file read-only for it."""
    if _free_uid() is None and not os.statvfs("/proc/self/exe").f_flag & os.ST_RDONLY:
        program = os.path.realpath(sys.executable)
        _own_user(os.geteuid())
        _call("unshare", _libc.unshare(_NEWNS))
        _mount(None, "/", None, _REC | _PRIVATE)
        _bind(program, program, _RDONLY)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


@functools.cache
def view(library, readable):
    """What of the host is in the room, read-only: {path: (how, real path or link's text)}.

    A parent of many rooms looks once, before it forks.
    Of Python only bin, lib and share: its prefix may be the folder of the course itself.
    """
    paths = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]
    paths += ["/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives"]
    for prefix in dict.fromkeys((sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix))):
        if not Path(prefix).is_relative_to("/usr"):
            paths += [f"{prefix}/{p}" for p in ("bin", "lib", "lib64", "share", "pyvenv.cfg")]
    found = {}
    for path in map(str, [*paths, *([library] if library else []), *readable]):
        if os.path.islink(path) and (path.count("/") == 1 or path.endswith("/lib64")):
            found[path] = ("link", os.readlink(path))
        elif os.path.exists(path):
            found[os.path.abspath(path)] = ("bind", os.path.realpath(path))
    # Where the course is installed and not run from its checkout: else the answers are in there.
    for path in (os.path.join(p, n) for p in sys.path for n in ("cs_lib", "autograder")):
        shown = any(path.startswith(v + "/") for v, (kind, _) in found.items() if kind == "bind")
        if shown and os.path.isdir(path) and os.path.dirname(path) != str(library):
            found[path] = ("hide", "")
    return found


def _mount(source, target, kind, flags, options=None):
    arguments = [a.encode() if a else None for a in (source, target, kind)]
    options = options.encode() if options else None
    _call(f"mount {target}", _libc.mount(*arguments, ctypes.c_ulong(flags), options))


def _seal(path, flags, *, below=True):
    """Set mount flags (read-only, …) on a mount and on all mounts below it (Linux 5.12)."""
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)
    recursive = 0x8000 if below else 0
    done = _libc.syscall(442, -100, path.encode(), recursive, attributes, len(attributes))
    _call(f"mount_setattr {path}", done)


def _bind(source, target, flags):
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            Path(target).touch()
    _mount(source, target, None, _BIND | _REC)
    _seal(target, flags)


def _furnish(view, limits, workdir, uid):
    """A root in memory that holds the view, and nothing else of the host."""
    _mount(None, "/", None, _REC | _PRIVATE)  # else: our mounts appear on the host
    _mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, "mode=755,size=1m")
    os.chdir("/tmp")
    os.mkdir("old")
    _call("pivot_root", _libc.syscall(seccomp.number("pivot_root"), b".", b"old"))
    os.chdir("/")
    # Without a size, a full disk is the machine's memory; nr_inodes: the same by empty files.
    options = f"mode=1777,size={limits.disk_bytes},nr_inodes=20000"
    for path in dict.fromkeys(("/tmp", "/dev/shm", workdir)):
        os.makedirs(path, exist_ok=True)
        _mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, options)
    for path, (kind, target) in view.items():
        if kind == "link":
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(target, path)
        elif kind == "hide":
            _mount("tmpfs", path, "tmpfs", _RDONLY | _NOSUID | _NODEV, "size=4k")
        else:  # NOSUID, else: su and mount run as root
            _bind(f"/old{target}", path, _RDONLY | _NOSUID | _NODEV)
    for name in ("null", "zero", "full", "random", "urandom"):
        _bind(f"/old/dev/{name}", f"/dev/{name}", _NOSUID | _NOEXEC)
    for path in ("/proc", "/dev/pts", "/etc"):
        os.makedirs(path, exist_ok=True)
    # Of this PID namespace, else: environments and command lines of all processes of the host.
    # Read-only, else: it makes itself the last that the kernel ends when memory is short.
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC | _RDONLY)
    _mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666")
    for link, target in {"ptmx": "pts/ptmx", "fd": "/proc/self/fd"}.items():
        os.symlink(target, f"/dev/{link}")
    for name, text in _made_up(uid, workdir).items():
        Path(name).write_text(text)
    _call("umount", _libc.umount2(b"/old", 2))  # detach, else: /old is the whole host
    os.rmdir("/old")
    _seal("/", _RDONLY | _NOSUID | _NODEV, below=False)
    for number, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        file = os.open("/dev/null", mode)
        if file != number:
            os.dup2(file, number)
            os.close(file)
    os.chdir(workdir)


def _made_up(uid, workdir):
    return {
        "/etc/passwd": f"student:x:{uid}:{uid}::{workdir}:/bin/sh\n",
        "/etc/group": f"student:x:{uid}:\n",
        "/etc/hosts": "127.0.0.1 localhost\n",
    }


def environment(library=None, workdir=WORKDIR):
    """The whole environment of code in a room, nothing of it the instructor's."""
    return {
        **{"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "HOME": workdir, "LANG": "C.UTF-8"},
        **{"MPLBACKEND": "agg", "MPLCONFIGDIR": "/tmp", "PYTHONHASHSEED": "0"},
        **ONE_THREAD,
        **STEADY_MEMORY,
        **({"PYTHONPATH": str(library)} if library else {}),
    }


def _environment(library, workdir):
    os.environ.clear()  # else: tokens and passwords that a shell carries
    os.environ.update(environment(library, workdir))
    tempfile.tempdir = None
    os.umask(0o022)


def _drop_rights(limits, uid):
    capability = 0
    while _libc.prctl(24, capability, 0, 0, 0) == 0:  # bounding set: none comes back by exec
        capability += 1
    if uid is not None:  # else: it is root on every file it finds
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header, none = struct.pack("Ii", 0x20080522, 0), bytes(24)
    _call("capset", _libc.capset(header, none))  # else: it mounts and unmounts in the room
    _libc.prctl(47, 4, 0, 0, 0)  # ambient set
    _libc.prctl(4, 1, 0, 0, 0)  # /proc/self stays its own after the change of user
    for name, value in _rlimits(limits).items():
        resource.setrlimit(name, (value, value))
    _call("die with parent", _libc.prctl(1, signal.SIGKILL, 0, 0, 0))
    _call("no new privileges", _libc.prctl(38, 1, 0, 0, 0))  # else: setuid binaries
    program = seccomp.program()
    buffer = ctypes.create_string_buffer(program)
    pointer = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    _call("seccomp", _libc.prctl(22, 2, pointer, 0, 0))


def _rlimits(limits):
    wanted = {
        resource.RLIMIT_CPU: limits.cpu_seconds,  # soft = hard: pid 1 is deaf to SIGXCPU
        resource.RLIMIT_AS: limits.address_bytes,  # a MemoryError, sooner than the cgroup's kill
        resource.RLIMIT_NPROC: limits.processes,  # fork bombs
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 1,  # 0 would still feed a crash to the host's core handler, as root
        resource.RLIMIT_MEMLOCK: 1 << 20,
    }
    return {name: within(name, value) for name, value in wanted.items()}


def bubblewrap(argv, limits, *, library=None, readable=(), workdir=WORKDIR):
    """(command, file descriptors to pass) that runs argv in a cold room of the same kind."""
    files = []

    def data(content):
        files.append(os.memfd_create("sandbox"))
        os.write(files[-1], content)
        os.lseek(files[-1], 0, os.SEEK_SET)
        return str(files[-1])

    command = ["bwrap", "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"]
    command += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    command += ["--clearenv"]
    for name, value in environment(library, workdir).items():
        command += ["--setenv", name, value]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for path in dict.fromkeys(("/tmp", "/dev/shm", workdir)):
        command += ["--size", str(limits.disk_bytes), "--tmpfs", path]
    for path, (kind, target) in view(library, tuple(readable)).items():
        if kind == "hide":
            command += ["--tmpfs", path, "--remount-ro", path]
        else:
            command += ["--symlink" if kind == "link" else "--ro-bind", target, path]
    for name, text in _made_up(1000, workdir).items():
        command += ["--ro-bind-data", data(text.encode()), name]
    for path in ("/proc", "/dev", "/"):
        command += ["--remount-ro", path]
    command += ["--seccomp", data(seccomp.program(hold=False)), "--chdir", workdir, "--", "prlimit"]
    command += [f"--{_PRLIMIT[name]}={value}" for name, value in _rlimits(limits).items()]
    return [*command, "--", *argv], files


_PRLIMIT = {
    getattr(resource, f"RLIMIT_{n}"): n.lower()
    for n in ("CPU", "AS", "NPROC", "FSIZE", "NOFILE", "CORE", "MEMLOCK")
}


@functools.cache
def available():
    """(kind, why): the best room that can be built here, found by building it.

    kind: "namespaces" (root), "user namespaces", "bubblewrap" (cold starts) or "none".
    DL4CV_ROOMS=bubblewrap asks for what those get whose machine refuses the first two.
    """
    if os.environ.get("DL4CV_ROOMS") == "bubblewrap":
        return _with_bubblewrap("DL4CV_ROOMS asks for bubblewrap")
    kind = "namespaces" if _free_uid() is not None else "user namespaces"
    paths = [str(Path(__file__).parents[2]), *sys.path]
    env = environment() | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    code = "from autograder.rooms import sandbox as s; s.seal_interpreter(); s.enter(s.Limits())"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, env=env
    )
    if done.returncode == 0:
        return kind, f"rooms of {kind} can be built here"
    lines = [*done.stderr.strip().split("\n"), f"exit code {done.returncode}"]
    return _with_bubblewrap(f"{kind}: {next(filter(None, reversed(lines[:-1])), lines[-1])}")


def _with_bubblewrap(why):
    """(kind, why): why no better room can be built, and what to do where this one cannot either"""
    remedy = (
        "install bubblewrap (Debian: apt-get install bubblewrap), or grade as root in a virtual"
    )
    remedy += (
        " machine; a container must allow user namespaces and a /proc of its own, Ubuntu needs"
    )
    remedy += " sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    if not shutil.which("bwrap"):
        return "none", f"{why}; {remedy}"
    command, files = bubblewrap(["true"], Limits())
    try:
        done = subprocess.run(command, check=False, pass_fds=files, capture_output=True, text=True)
    finally:
        for file in files:
            os.close(file)
    if done.returncode == 0:
        return "bubblewrap", why
    return "none", f"{why}; bubblewrap: {done.stderr.strip()}; {remedy}"

"""What a process and all that it started use, as the kernel counts it."""

import contextlib
import os
import resource
from pathlib import Path


def descendants(pid):
    """pid and its descendants: orphans in a room are children of its pid 1."""
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        with contextlib.suppress(OSError):  # it is gone
            for task in os.listdir(f"/proc/{found[-1]}/task"):
                with contextlib.suppress(OSError):
                    path = Path(f"/proc/{found[-1]}/task/{task}/children")
                    todo += map(int, path.read_text().split())
    return found


def run_seconds(processes):
    """Processor time of processes, to the microsecond; infinite where one has ended meanwhile."""
    try:
        return sum(map(_run_seconds, processes))
    except OSError:
        return float("inf")


def _run_seconds(process):
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    if fields[0] in "ZX":
        raise ProcessLookupError(process)
    try:
        tasks = [f"/proc/{process}/task/{t}" for t in os.listdir(f"/proc/{process}/task")]
        found = [int(Path(f"{task}/schedstat").read_text().split()[0]) for task in tasks]
    except OSError:  # a kernel that does not tell, or a thread that has ended
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return sum(found) / 1e9


def running(pid):
    """pid and those of its descendants that have not ended."""
    return {process for process in descendants(pid) if run_seconds([process]) < float("inf")}


@contextlib.contextmanager
def alone(pid, own):
    """Meanwhile pid and its descendants can start nothing. Gives a function: the seconds for which
    those of them that are not in own, a set, have worked since; infinite where one has ended, or
    has been started all the same.
    """
    with no_new_processes(pid):
        others = running(pid) - own
        worked, waited = run_seconds(others), _waited_for(own | others)

        def seconds():
            if running(pid) - own - others or _waited_for(own | others) > waited:
                return float("inf")
            return run_seconds(others) - worked

        yield seconds


def _waited_for(processes):
    """A number that grows when one of the processes has waited for a child: pages it touched."""
    pages = 0
    for process in processes:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            pages += int(fields[8])
    return pages


@contextlib.contextmanager
def no_new_processes(pid):
    """Meanwhile a process and its descendants can start no other, and no thread [prlimit(2)].

    Two things get by: processes of root's, which the kernel lets start as many as they like, and
    whoever raises the limit again, where no filter refuses that (`seccomp.program`).
    """
    before = {}
    try:
        for _ in range(100):  # until nobody was quicker; root may always be
            new = {*descendants(pid)} - before.keys()
            if not new:
                break
            for process in new:
                before[process] = None
                # it is gone, or not ours to limit; macOS cannot
                with contextlib.suppress(OSError, AttributeError):
                    before[process] = _processes(process)
                    _processes(process, (0, before[process][1]))
        yield
    finally:
        for process, limits in before.items():
            with contextlib.suppress(OSError):
                if limits:
                    _processes(process, limits)


def _processes(process, *limits):
    """A process's limits of how many it may start, as they were; limits: as they are to be."""
    with _named_as(process):
        return resource.prlimit(process, resource.RLIMIT_NPROC, *limits)


@contextlib.contextmanager
def _named_as(process):
    """Root may lack the right to set others' limits. Then its real name is the other's for it."""
    if os.geteuid() != 0:
        yield
        return
    # Not the owner of the folder in /proc, which a process can have made root's.
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    user, group = (int(line.split()[1]) for line in lines if line.startswith(("Uid:", "Gid:")))
    before = os.getuid(), os.getgid()
    try:
        os.setresgid(group, -1, -1)
        os.setresuid(user, -1, -1)
        yield
    finally:
        os.setresuid(before[0], -1, -1)
        os.setresgid(before[1], -1, -1)


def group_seconds(folders):
    """Processor time of all that ever ran in a room's cgroups; 0 where none of them counts it."""
    for folder in map(Path, folders):
        with contextlib.suppress(OSError):  # another kind of group, or it is gone
            return int((folder / "cpuacct.usage").read_text()) / 1e9
        with contextlib.suppress(OSError):
            words = (folder / "cpu.stat").read_text().split()
            return int(words[words.index("usage_usec") + 1]) / 1e6
    return 0.0


def cpu_seconds(pid):
    """Processor time so far of a process, its descendants and those that they waited for."""
    ticks = 0
    for process in descendants(pid):
        with contextlib.suppress(OSError):  # it is gone
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_bytes(pid):
    """The most memory so far, summed over a process and its descendants."""
    total = 0
    for process in descendants(pid):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process}/status").read_text()
            known = status.partition("VmHWM:")[2].split(maxsplit=1)  # a zombie has none
            total += int(known[0]) << 10 if known else 0
    return total


def mapped_bytes(pid):
    """The address space of a process, in bytes, as RLIMIT_AS counts it; 4 GiB if nobody tells."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    except OSError:  # macOS
        return 4 << 30
    return pages * os.sysconf("SC_PAGE_SIZE")


def within(name, value):
    """A limit for this process or its children: the value, or less where no more may be set.

    Who set a hard limit below it meant it: `ulimit -Hc 0` is usual on servers, and sudo's default.
    """
    hard = resource.getrlimit(name)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def machine_bytes():
    """The memory of this machine, or of the part of it that this process may use."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    groups = Path("/sys/fs/cgroup")
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, names, path = line.split(":", 2)
            for place in ("", path.strip("/")):  # of a container, the root is its own group
                limits = [groups / place / "memory.max"] if not names else []
                if "memory" in names.split(","):
                    limits.append(groups / "memory" / place / "memory.limit_in_bytes")
                for limit in limits:
                    with contextlib.suppress(OSError, ValueError):  # none, or "max"
                        found.append(int(limit.read_text()))
    return min(found)


def forget_peak(pid):
    """Have the kernel count the most memory of a process and its descendants from now on."""
    for process in descendants(pid):
        with contextlib.suppress(OSError):  # it is gone, or not ours to ask: the old peak counts
            Path(f"/proc/{process}/clear_refs").write_text("5")

"""The process outside of a room: it limits the room as a whole, tells how it fares, and ends it."""

import contextlib
import json
import os
import select
import signal
import socket
import time
from pathlib import Path

from autograder.rooms.usage import group_seconds

_GROUPS = Path("/sys/fs/cgroup")


def supervise(pid, inner, outer, report, limits):
    """Outside of the room: limit it, tell the caller how it fares, end it when the caller goes."""
    inner.close()
    close_all({outer.fileno(), *([report.fileno()] if report else [])})
    folders, end = [], {}
    try:
        pidfd = os.pidfd_open(pid)
        folders = _limit_group(limits, pid)
        _tell(report, {"pid": pid, "cgroup": [*map(str, folders)]}, [pidfd])
        word = outer.recv(600).decode(errors="replace")
        if word == "ok":
            _tell(report, {"ready": True})
            outer.send(b"g")
        else:
            end["error"] = word or "died while the room was built"
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        if report:
            poll.register(report, 0)  # hang-up alone
        poll.poll()
    except BaseException as error:
        end["error"] = f"{type(error).__name__}: {error}"
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # pid 1 of the room: the kernel ends all others in it
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    end |= {"code": code, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}
    # Half: the kernel limits by ticks, which on a busy machine differ from what it measures.
    end["cpu_limit"] = end["cpu"] > limits.cpu_seconds / 2
    end["cpu"] = max(end["cpu"], group_seconds(folders))  # of those that nobody waited for, too
    end["out_of_memory"] = any(_oom_kills(folder) for folder in folders)
    for folder in folders:
        _remove_group(folder)
    if report:
        with contextlib.suppress(OSError):
            _tell(report, end)
    elif "error" in end:
        os.write(2, f"sandbox: {end['error']}\n".encode())
    os._exit(1 if "error" in end else code if code >= 0 else 128 - code)


def _tell(report, message, files=()):
    if report:
        socket.send_fds(report, [json.dumps(message).encode()], list(files))


def _limit_group(limits, pid):
    """Limits on the whole room, where cgroups are writable; the folders made.

    Without: memory_bytes does not hold, and a room takes processes × address_bytes.
    """
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = {n: path for _, names, path in (x.split(":", 2) for x in lines) for n in names.split(",")}
    memory, tasks = str(limits.memory_bytes), {"pids.max": str(limits.processes)}
    if (_GROUPS / "cgroup.controllers").exists():  # version 2
        tries = [[(_GROUPS / own.get("", "").strip("/"), {"memory.max": memory} | tasks)]]
        tries += [[(_GROUPS, {"memory.max": memory} | tasks)]]
    else:
        memory = {"memory.limit_in_bytes": memory}
        places = [("memory", memory), ("pids", tasks)]
        tries = [[(_GROUPS / n / own.get(n, "").strip("/"), s) for n, s in places]]
    for places in tries:
        made = []
        try:
            for base, settings in places:
                folder = base / f"dl4cv-{pid}"
                folder.mkdir(exist_ok=True)
                made.append(folder)
                for name, value in settings.items():
                    (folder / name).write_text(value)
                (folder / "cgroup.procs").write_text(str(pid))
        except OSError:
            for folder in made:
                _remove_group(folder)
        else:
            return made + _counting_group(own, pid)
    return []


def _counting_group(own, pid):
    """Of version 1, where another group counts processor time: that one, in a list, too."""
    folder = _GROUPS / "cpuacct" / own.get("cpuacct", "").strip("/") / f"dl4cv-{pid}"
    try:
        folder.mkdir()
        (folder / "cgroup.procs").write_text(str(pid))
    except OSError:
        _remove_group(folder)
        return []
    return [folder]


def _oom_kills(folder):
    for name in ("memory.events", "memory.oom_control"):
        if (folder / name).exists():
            words = (folder / name).read_text().split()
            return int(words[words.index("oom_kill") + 1])
    return 0


def _remove_group(folder):
    for _ in range(50):
        try:
            return folder.rmdir()
        except FileNotFoundError:
            return None
        except OSError:  # its last processes are still on their way out
            time.sleep(0.01)


def close_all(keep):
    """Close every open file but these; 0, 1 and 2 are replaced when there is a /dev."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in keep:
            with contextlib.suppress(OSError):
                os.close(int(name))

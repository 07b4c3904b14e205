"""What a process and all that it started use, as the kernel counts it."""

import contextlib
import os
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


def forget_peak(pid):
    """Have the kernel count the most memory of a process and its descendants from now on."""
    for process in descendants(pid):
        with contextlib.suppress(OSError):  # it is gone, or not ours to ask: the old peak counts
            Path(f"/proc/{process}/clear_refs").write_text("5")

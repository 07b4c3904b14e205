"""What benchmarks say of the machine, and the memory that a call takes (Linux)."""

import ctypes
import platform
from pathlib import Path

REFS = Path("/proc/self/clear_refs")  # where it is missing, no peak can be measured


def peak(run, calls=1):
    """MB that some calls need at most, beyond what is there before"""
    ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back to the system
    before = _status("VmRSS")
    REFS.write_text("5")  # the peak is counted from here
    for _ in range(calls):
        run()
    return (_status("VmHWM") - before) / 1024


def _status(key):
    """kB, of this process"""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    raise KeyError(key)


def processor():
    """The model of this machine's processor"""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "a processor without a name"

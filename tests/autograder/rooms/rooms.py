"""Code sent into rooms, and what it says there: a room does not show this folder."""

import ctypes
import json
import os
import sys
import time
from pathlib import Path

import pytest

from autograder.rooms import sandbox, zygote

ROOT = Path(__file__).parents[3]

# Imported by the warm parent from the library: runs source text, sends back what it says.
PROBE = '''
import errno
import json


def main(stream):
    with stream.makefile("rwb") as file:
        source = file.read(int(file.readline())).decode()

        def say(value):
            file.write(json.dumps(value, default=str).encode() + b"\\n")
            file.flush()

        def fate(call):
            """What became of it: the error's name (errno's where there is one), or its value."""
            try:
                return call()
            except OSError as error:
                return errno.errorcode.get(error.errno, str(error))
            except BaseException as error:
                return type(error).__name__

        exec(source, {"__name__": "__main__", "say": say, "fate": fate, "stream": stream})
'''
SYSTEM = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def system(number, *arguments):
    arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *arguments)
    return errno.errorcode[ctypes.get_errno()] if result < 0 else result
"""


def need_warm_rooms():
    """Skip, and say why, where no process can be forked into a room; in CI a cold one must do."""
    kind, why = sandbox.available()
    if kind not in zygote.WARM_ROOMS:
        assert kind == "bubblewrap" or not os.environ.get("CI"), why
        pytest.skip(why)


def make_library(folder):
    (folder / "cs_lib").mkdir(parents=True)
    (folder / "cs_lib" / "__init__.py").write_text(f"NAME = {folder.name!r}\n")
    (folder / "probe.py").write_text(PROBE)
    for path in (folder, folder / "cs_lib"):
        path.chmod(0o755)
    return folder


def send(child, source):
    text = source.encode()
    child.stream.sendall(b"%d\n" % len(text) + text)


def said(child, timeout=20):
    """All that a child says until it closes its stream."""
    child.stream.settimeout(timeout)
    parts = []
    while part := child.stream.recv(1 << 16):
        parts.append(part)
    return [json.loads(line) for line in b"".join(parts).splitlines()]


def run(zygote, source, limits=None):
    """(what it says, its Exit)"""
    with zygote.spawn("probe:main", limits) as child:
        send(child, source)
        return said(child), child.wait(10)


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def become_nobody(argv, shown):
    """Root: exec argv as an ordinary user who can reach the paths `shown`.

    Where a folder above them is closed to others (/root), a bare one with only them is laid over.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source, target, kind, flags, options=None):
        if libc.mount(source, target.encode(), kind, ctypes.c_ulong(flags), options):
            raise OSError(ctypes.get_errno(), f"mount {target}")

    assert libc.unshare(0x00020000) == 0, "unshare (mount namespace)"
    mount(None, "/", None, (1 << 18) | 16384)
    closed = {}
    for path in shown:
        for folder in [*reversed(Path(path).parents), Path(path)]:
            if not folder.stat().st_mode & 1:
                closed.setdefault(str(folder), []).append((path, os.open(path, os.O_PATH)))
                break
    for folder, paths in closed.items():
        mount(b"tmpfs", folder, b"tmpfs", 0, b"mode=755")
        for path, file in paths:
            os.makedirs(path, exist_ok=True)
            mount(f"/proc/self/fd/{file}".encode(), path, None, 4096)
            os.close(file)
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    os.execv(argv[0], argv)


if __name__ == "__main__":
    become_nobody(sys.argv[1:], [sys.base_prefix, sys.prefix, str(ROOT)])

"""A warm parent without a sandbox, to fork far sides from: what tests of the judge talk to."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

from autograder.rooms.cold import PlainChild


class Parent:
    """Calling it gives a new child, whose cs_lib is the one in the folder library, if given."""

    def __init__(self, library=None):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        env = os.environ | {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        if library:
            env["PYTHONPATH"] = str(library)
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=library,
            env=env,
        )
        theirs.close()

    def __call__(self):
        ours, theirs = socket.socketpair()
        socket.send_fds(self.control, [b"fork"], [theirs.fileno()])
        theirs.close()
        return PlainChild(int(self.control.recv(100)), ours)

    def close(self):
        self.control.close()
        self.process.wait()


def main(control):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    from autograder.judging.student import prepare, serve
    from cs_lib import testing  # noqa: F401

    with contextlib.suppress(ImportError):
        from cs_lib import data, viz  # noqa: F401
    prepare()
    while True:
        message, files, _, _ = socket.recv_fds(control, 100, 1)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            try:
                serve(socket.socket(fileno=files[0]))
            finally:
                os._exit(0)
        os.close(files[0])
        control.send(str(pid).encode())


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))

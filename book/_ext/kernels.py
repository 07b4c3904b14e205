"""Kernels for pages, forked from a parent that has imported what most pages import.

Else each page would spend some seconds of a processor on torch and Matplotlib once more. A fork
shares nothing with its siblings: what it changes, it changes in its copy. Where forks are not safe
(outside Linux) each kernel is a Python of its own. Either way it writes down which files it opens.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from importlib.metadata import EntryPoint

from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

FORK = sys.platform == "linux"
PRELOAD = ("ipykernel.kernelapp", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "torch")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ENVIRONMENT = {
    **dict.fromkeys(THREADS, "1"),  # else pages that run side by side wait for each other
    # pyplot reads it when it is imported, and the kernel would set it later
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
READS = "DL4CV_READS"  # the file to which a kernel writes the paths that it opens

# Else each kernel warns that others on this machine could listen to it; so it is encrypted.
KernelManager.transport_encryption.default_value = "auto"


class Kernels:
    """The kernels of a build, as a context manager: Jupyter starts them here while it is open.

    At its end, or with `kill`, all of them are gone. Threads may share one.
    """

    def __init__(self, fork=FORK):
        self._fork, self._lock = fork, threading.Lock()
        self._running, self._closed = [], False

    def __enter__(self):
        self.parent = self._start() if self._fork else None
        factory = KernelProvisionerFactory.instance()
        factory.provisioners["page"] = EntryPoint("page", "kernels:Provisioner", factory.GROUP_NAME)
        self._before, factory.default_provisioner_name = factory.default_provisioner_name, "page"
        Provisioner.kernels = self
        return self

    def __exit__(self, *error):
        KernelProvisionerFactory.instance().default_provisioner_name = self._before
        self.kill()

    def start(self, argv, env, cwd):
        """A process with what jupyter_client uses of a Popen."""
        with self._lock:
            if self._closed:
                raise RuntimeError("no kernel starts any more: the build ends")
            if self.parent:
                process = self._ask({"argv": argv, "env": env, "cwd": str(cwd)})
            else:
                process = self._start(argv, env, cwd)
            self._running.append(process)
        return process

    def kill(self):
        with self._lock:
            self._closed = True
            for process in [*self._running, self.parent]:
                if process:
                    signal_all(process, signal.SIGKILL)
            if self.parent:
                self.parent.communicate()

    def _start(self, argv=(), env=os.environ, cwd=None):
        return subprocess.Popen(
            [sys.executable, "-P", __file__, *argv],
            stdin=subprocess.PIPE,
            stdout=None if argv else subprocess.PIPE,
            env=env | ENVIRONMENT,
            cwd=cwd,
            text=True,
            start_new_session=True,  # else Ctrl-C reaches the kernels before it reaches Sphinx
        )

    def _ask(self, job):
        self.parent.stdin.write(json.dumps(job) + "\n")
        self.parent.stdin.flush()
        pid = self.parent.stdout.readline()
        if not pid:
            raise RuntimeError("the parent of the kernels has died")
        return Forked(int(pid))


class Forked:
    """A forked kernel, with what jupyter_client uses of a Popen. Its parent lets the system reap
    it: nobody knows its exit code, and soon its number may be another's. So it is watched by a
    file descriptor."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid, self._watch = pid, os.pidfd_open(pid)

    def __del__(self):
        os.close(self._watch)

    def poll(self, timeout=0):
        ended, _, _ = select.select([self._watch], [], [], timeout)
        return 0 if ended else None

    def wait(self):
        return self.poll(timeout=None)


class Provisioner(LocalProvisioner):
    """Starts kernels with `Kernels` in place of a new Python each."""

    kernels = None

    async def launch_kernel(self, cmd, *, env, cwd=None, **_):
        self.process = self.kernels.start(cmd[cmd.index("-f") :], env, cwd or os.getcwd())
        self.pid = self.process.pid
        return self.connection_info

    async def send_signal(self, signum):
        signal_all(self.process, signum)


def signal_all(process, number):
    """Send a signal to a process and to those that it has started."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


# ---- In the other process -----------------------------------------------------------------------


def serve():
    """Fork a kernel for each line of stdin, which holds its job; the fork answers with its id."""
    for name in PRELOAD:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            os.setsid()
            os.write(1, f"{os.getpid()}\n".encode())
            os.dup2(2, 1)  # what the page prints goes through Jupyter
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            job = json.loads(line)
            os.environ.update(job["env"] | ENVIRONMENT)
            os.chdir(job["cwd"])
            run(job["argv"])
            os._exit(0)


def run(argv):
    """Be a kernel until Jupyter says that it is enough."""
    from ipykernel.kernelapp import IPKernelApp

    record_reads()
    IPKernelApp.launch_instance(["--IPKernelApp.parent_handle", str(os.getppid()), *argv])


def record_reads():
    """Write each path that this process opens to $DL4CV_READS, as JSON, one on a line."""
    file = os.open(os.environ[READS], os.O_WRONLY | os.O_APPEND)
    seen = set()

    def hook(event, arguments):
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.path.abspath(os.fsdecode(arguments[0]))
            if path not in seen:
                seen.add(path)
                os.write(file, json.dumps(path).encode() + b"\n")

    sys.addaudithook(hook)


if __name__ == "__main__":
    run(sys.argv[1:]) if sys.argv[1:] else serve()

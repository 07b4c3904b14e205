"""A Jupyter server for tests, and how to ask it for a page."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request


@contextlib.contextmanager
def server(root, log, *command, **environment):
    """A server in root, `python -m COMMAND`; gives its address, its token and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    home = log.parent / "home"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "DL4CV"))}
    env |= {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime")} | environment
    with open(log, "w") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", *(command or ["jupyter_server"])),
                *("--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
                *("--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"),
            ],
            cwd=root,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield f"http://127.0.0.1:{port}", token, process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def get(address, path, token, process, until):
    """GET a page, waiting for the server to come up: (status, text)."""
    request = urllib.request.Request(address + path, headers={"Authorization": f"token {token}"})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            if time.monotonic() > until or process.poll() is not None:
                raise
            time.sleep(0.2)

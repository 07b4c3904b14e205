"""Install the course into the environment of the Python that runs this.

    .venv/bin/python tools/install.py

uv does it in a quarter of pip's time. It does not read pip's settings (indexes, folders of wheels,
certificates), so they are handed on to it. Where uv fails, pip has the last word.
"""

import os
import subprocess
import sys
from pathlib import Path

UV = "uv==0.13.9"
ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
REQUIREMENTS = ["-r", "requirements.txt", "-c", "constraints.txt"]
ORACLES = ["--no-deps", "-r", "requirements-oracles.txt"]  # what no kept result hangs on
COURSE = ["--no-deps", "--editable", "."]  # cs_lib and autograder themselves
OPTIONS = {  # pip's setting: uv's option, once for each of its values
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
}


def settings(listed):
    """{name: value} of what `pip config list` prints; the environment has the last word."""
    found = {}
    lines = [line.partition("=") for line in listed.splitlines() if "=" in line]
    order = ("global", "user", "site", "install", ":env:")
    for where in order:
        for key, _, value in lines:
            section, _, name = key.rpartition(".")
            if section == where:
                found[name] = value.strip().strip("'\"")
    return found


def options(found):
    """uv's options for pip's settings. pip takes the best version that any index has."""
    arguments = ["--index-strategy", "unsafe-best-match"]
    for name, option in OPTIONS.items():
        for value in found.get(name, "").replace("\\n", " ").split():
            arguments += [option, value]
    if found.get("no-index", "") in ("1", "true", "yes", "on"):
        arguments.append("--no-index")
    return arguments


def main():
    listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=False)
    found = settings(listed.stdout)
    env = os.environ | ({"SSL_CERT_FILE": found["cert"]} if "cert" in found else {})
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    uv += options(found)
    commands = [
        [*PIP, "install", "--quiet", UV],
        [*uv, *REQUIREMENTS],
        [*uv, *ORACLES],
        [*uv, *COURSE],
    ]
    if all(subprocess.run(c, cwd=ROOT, env=env, check=False).returncode == 0 for c in commands):
        return 0
    sys.stdout.write("uv could not install the course (above): pip tries, which takes longer\n")
    for more in (REQUIREMENTS, ORACLES, COURSE):
        done = subprocess.run([*PIP, "install", "--quiet", *more], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())

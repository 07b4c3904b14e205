"""Put the newest release of a package into this environment, and say what has changed by that.

    .venv/bin/python tools/newest.py torch

It is for trying it out: the environment no longer has the course's pins. `make` sets it up anew
when requirements.txt is touched.
"""

import importlib.metadata
import subprocess
import sys


def versions():
    """{package: version} of all that is installed."""
    found = importlib.metadata.distributions()
    return {one.metadata["Name"].lower(): one.version for one in found if one.metadata["Name"]}


def changes(before, after):
    """Lines of Markdown: what is there in another version, or new, or gone."""
    names = sorted(name for name in before | after if before.get(name) != after.get(name))
    if not names:
        return ["nothing newer"]
    return [
        "| package | before | now |",
        "|---|---|---|",
        *(f"| {name} | {before.get(name, '')} | {after.get(name, '')} |" for name in names),
    ]


def main(package):
    before = versions()
    if package.lower() not in before:
        sys.exit(f"{package} is not installed here: name one of requirements.txt")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", package]
    subprocess.run(command, check=True)
    sys.stdout.write("\n".join(changes(before, versions())) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("which package? For example: tools/newest.py torch")
    main(sys.argv[1])

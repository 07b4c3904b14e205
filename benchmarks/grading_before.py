"""How fast is grading, against an earlier commit of this project, in one run?

    git worktree add /tmp/before 9c55704 && make -C /tmp/before .venv/.ready
    python -m benchmarks.grading_before /tmp/before [--rounds 3] [-n 24]

The commands as they are typed, from start to exit, in turns: each checkout makes the same class
from its own sources and grades it with its own environment, sandbox and judge on. Nothing new: all
are graded, and the command is given again.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEASURES = {
    "one": "one submission, whole command, s",
    "nothing": "nothing new, whole command, s",
    "whole": "class of {n}, whole command, s each",
    "steady": "class of {n}, once started, s each",
}


def measure(checkout, n):
    """{measure: seconds} of a checkout: runs in its environment."""
    done = subprocess.run(
        [checkout / ".venv/bin/python", "-P", __file__, "--inside", "-n", str(n)],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def inside(n):
    """What one checkout measures of itself, by its own `benchmarks.grading`."""
    from benchmarks import grading

    name = grading.ASSIGNMENT
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        one = grading.make_project(Path(folder) / "one", 1, name)
        single = []
        for _ in range(3):
            grading.restore(one)
            single.append(_command(grading, one, name))
        many = grading.make_project(Path(folder) / "many", n, name)
        run = grading.ours(many, name, "--jobs", str(os.cpu_count()))
        again = [_command(grading, many, name) for _ in range(3)]
        return {
            "one": min(single),
            "nothing": min(again),
            "whole": run.each,
            "steady": run.steady,
        }


def _command(grading, project, assignment):
    start = time.perf_counter()
    grading.program(["autograder", "grade", assignment], project)
    return time.perf_counter() - start


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.grading_before",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("before", nargs="?", type=Path, help="a checkout with an environment")
    parser.add_argument("-n", type=int, default=24, help="submissions of the class")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        print(json.dumps(inside(options.n)))
        return
    if options.before is None or not (options.before / ".venv/bin/python").is_file():
        parser.error(f"{options.before} is no checkout with an environment: see --help")
    found = {"now": [], "before": []}
    for _ in range(options.rounds):
        for key, checkout in (("before", options.before.resolve()), ("now", ROOT)):
            found[key].append(measure(checkout, options.n))
    print("| | now | before | now / before |\n|---|---|---|---|")
    for key, text in MEASURES.items():
        now, before = (statistics.median(run[key] for run in found[k]) for k in ("now", "before"))
        print(f"| {text.format(n=options.n)} | {now:.3f} | {before:.3f} | {now / before:.2f} |")
    commits = [
        subprocess.check_output(["git", "describe", "--always"], cwd=path, text=True).strip()
        for path in (ROOT, options.before)
    ]
    print(
        f"\n`python -m benchmarks.grading_before CHECKOUT --rounds {options.rounds} -n "
        f"{options.n}`: {commits[0]} and {commits[1]}, the median of {options.rounds} rounds in "
        f"turns, of single commands the fastest of three in each; {os.cpu_count()} CPU cores "
        f"({platform.machine()}), Python {platform.python_version()}."
    )


if __name__ == "__main__":
    main()

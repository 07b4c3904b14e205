"""Run experiments and keep what they find; without a name, those that have changed since."""

import argparse
import sys

from tqdm import tqdm

import experiments


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(experiments.names()))
    parser.add_argument("--short", action="store_true", help="only the short run that tests repeat")
    options = parser.parse_args(argv)
    chosen = options.names or [n for n in experiments.names() if options.short or stale(n)]
    if unknown := sorted({*chosen} - {*experiments.names()}):
        known = ", ".join(experiments.names())
        print(f"there is no experiment {', '.join(unknown)} (there are: {known})", file=sys.stderr)
        return 1
    for name in chosen:
        if options.short:
            print(experiments.make_short(name))
            continue
        path = experiments.make(name, lambda seeds: tqdm(seeds, desc=name, file=sys.stdout))  # noqa: B023
        print(path)
    return 0


def stale(name):
    try:
        return experiments.read(name)["made_from"] != experiments.made_from(name)
    except ValueError:
        return True


if __name__ == "__main__":
    sys.exit(main())

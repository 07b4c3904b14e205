"""The command line: `autograder release | sample | grade | course`."""

import argparse
import sys

from autograder.project import Project, UserError


def main(argv=None):
    """Run a command; return the exit code: 0 done, 1 something to put right, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(Project.find(arguments.C), arguments)
    except UserError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("autograder: stopped; what was finished is kept", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="autograder", description="Release, grade and return the assignments of the course."
    )
    parser.add_argument("-C", metavar="DIR", help="the course's checkout (default: around here)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    release = commands.add_parser(
        "release",
        help="build the notebooks in assignments/ from solutions/",
        description="Build assignments/NAME/NAME.ipynb from solutions/NAME/notebook.py.",
    )
    release.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    release.add_argument(
        "--check", action="store_true", help="write nothing; fail if anything would change"
    )
    release.set_defaults(command=_release)
    return parser


def _release(project, arguments):
    from autograder import release

    names = arguments.assignments or project.assignments
    if not names:
        raise UserError("there is no solutions/*/notebook.py to release")
    if arguments.check:
        messages = [m for name in names for m in release.check(project, name)]
        if not arguments.assignments:
            messages += release.check_folders(project)
        for message in messages:
            print(message, file=sys.stderr)
        if not messages:
            print(f"up to date: {', '.join(names)}")
        return 1 if messages else 0
    for name in names:
        for path in release.write(project, name):
            print(f"wrote {project.shown(path)}")
        print(f"released {name}")
    return 0

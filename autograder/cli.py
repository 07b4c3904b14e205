"""The command line: `autograder release | sample | grade | feedback | …`."""

import argparse
import contextlib
import os
import sys
from pathlib import Path

from autograder import tie
from autograder.project import Project, UserError, alone, trouble, write_atomic

# The commands import what they need themselves: nbgrader takes seconds to import.
_WHO = "by the folder, or a name, an e-mail address or a number of the class"
_NOT_SAID = ("command", "C", "force", "jobs")  # options of `grade` that its words do not depend on


def main(argv=None):
    """Run a command; return the exit code: 0 done, 1 something to put right, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):  # a name in letters that the terminal does not have
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")
    arguments, project = _parser().parse_args(argv), None
    try:
        project = Project.find(arguments.C)
        if line := project.make_course():
            print(f"autograder: {line}", file=sys.stderr)
        done = arguments.command(project, arguments)
        sys.stdout.flush()
        return done
    except UserError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("autograder: stopped; what was finished is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:  # of `| head`, which has read enough
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as of a program that SIGPIPE ends
    except Exception as error:
        line = project and trouble(project, error)
        if not line:
            raise
        print(f"autograder: {line}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="Release, grade and return the assignments of the course.",
        epilog="Students' work lies in _build/course, or in the folder that the environment "
        "variable DL4CV_COURSE names.",
    )
    parser.add_argument("-C", metavar="DIR", help="the course's checkout (default: around here)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    release = _command(
        commands,
        "release",
        _release,
        "build what students get from solutions/NAME/, or the part that course.toml chooses",
    )
    release.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    release.add_argument(
        "--check", action="store_true", help="write nothing; fail if anything would change"
    )

    verify = _command(
        commands, "verify", _verify, "put right and wrong answers in: do the tests tell them apart?"
    )
    verify.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    verify.add_argument(
        "--exercise",
        metavar="NAME",
        help="run this one alone, with the names that are measured now, and keep nothing; "
        '"challenge": the scores of the open one, which are kept',
    )
    _add_kept(verify, "book/verify.json and solutions/*/verified.json", "answers")

    mutants = _command(
        commands, "mutants", _mutants, "run every small change of the solutions: is it noticed?"
    )
    mutants.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    _add_kept(mutants, "solutions/*/mutants.json", "mutants")

    sample = _command(commands, "sample", _sample, "make a class of submissions with known scores")
    sample.add_argument("assignment", metavar="ASSIGNMENT")
    sample.add_argument("--to", metavar="DIR", help="put submitted/ there (default: _build/course)")

    roster = _command(
        commands, "roster", _roster, "read who is in the class from a platform's table, or show it"
    )
    roster.add_argument(
        "tables",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="Moodle's participants or grading worksheets, Canvas's gradebook, any CSV table",
    )
    roster.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="WHAT=HEAD",
        help="what a column says that is not headed in English, as email=E-Mail-Adresse",
    )
    roster.add_argument(
        "--timezone",
        metavar="ZONE",
        help="of the times in a worksheet, such as Europe/Berlin (default: this computer's)",
    )

    collect = _command(
        commands,
        "collect",
        _collect,
        "bring what a learning platform exports into submitted/STUDENT/ASSIGNMENT/",
    )
    collect.add_argument("assignment", metavar="ASSIGNMENT")
    collect.add_argument(
        "sources",
        nargs="+",
        metavar="ARCHIVE_OR_FOLDER",
        help="zip archives, folders, notebooks; Moodle's grading worksheet, for groups' times",
    )
    collect.add_argument(
        "--pattern",
        metavar="REGEX",
        help="finds the student in a file's path, as group (?P<student>…) "
        "(default: Moodle's and Canvas's names, else a folder or file a student)",
    )
    collect.add_argument(
        "--timezone",
        metavar="ZONE",
        help="of a worksheet, and of a group (?P<timestamp>…) that names none, as Europe/Berlin "
        "(default: this computer's)",
    )
    collect.add_argument(
        "--timestamps",
        action="store_true",
        help="believe STUDENT/ASSIGNMENT/timestamp.txt: nbgrader's exchange wrote it, no student",
    )

    grade = _command(
        commands, "grade", _grade, "grade what is new in submitted/, write feedback and grades.csv"
    )
    grade.add_argument("assignment", metavar="ASSIGNMENT")
    grade.add_argument("students", nargs="*", metavar="STUDENT", help=f"{_WHO} (default: all)")
    grade.add_argument("--force", action="store_true", help="run also what has not changed")
    grade.add_argument(
        "--dry-run", action="store_true", help="say what would be graded, and write nothing"
    )
    grade.add_argument(
        "--sandbox",
        choices=("auto", "none"),
        default="auto",
        help="none: run students' code with your own rights; for work that you trust",
    )
    _add_limits(grade)
    grade.add_argument(
        "--scheduler", metavar="ADDRESS", help="run submissions on the workers of a Dask scheduler"
    )
    _add_jobs(grade)

    share = _command(
        commands,
        "share",
        _share,
        "divide submissions or questions among graders, or show who has what and what waits",
    )
    share.add_argument("assignment", metavar="ASSIGNMENT")
    share.add_argument("graders", nargs="*", metavar="NAME", help="default: show what is")
    share.add_argument(
        "--questions",
        action="store_true",
        help="each question that a person reads goes to one grader (default: submissions do)",
    )

    explain = _command(
        commands,
        "explain",
        _explain,
        "say why a student has the points of an exercise: what ran, and what each check saw",
    )
    explain.add_argument("assignment", metavar="ASSIGNMENT")
    explain.add_argument("student", metavar="STUDENT", help=_WHO)
    explain.add_argument("exercise", metavar="EXERCISE")
    explain.add_argument(
        "--rerun", action="store_true", help="run it once more, beside what was recorded"
    )
    explain.add_argument(
        "--sandbox", choices=("auto", "none"), default="auto", help="of the rerun, as for grade"
    )
    _add_limits(explain, "as it was graded with: ")

    due = _command(commands, "due", _due, "set or show a due date, bring late penalties up to date")
    due.add_argument("assignment", metavar="ASSIGNMENT")
    date = due.add_mutually_exclusive_group()
    date.add_argument("date", nargs="?", metavar="DATE", help="such as '2026-10-01 23:59'")
    date.add_argument("--none", action="store_true", help="no due date, and no extensions")
    due.add_argument(
        "--timezone", metavar="ZONE", help="such as Europe/Berlin (default: this computer's)"
    )

    due.add_argument(
        "--dry-run", action="store_true", help="say what would change, and write nothing"
    )

    extend = _command(commands, "extend", _extend, "give a student more time")
    extend.add_argument("assignment", metavar="ASSIGNMENT")
    extend.add_argument("student", nargs="?", metavar="STUDENT", help=_WHO)
    for unit in ("days", "hours"):
        extend.add_argument(
            f"--{unit}", type=float, metavar="N", help="after the due date; 0: no extension"
        )
    extend.add_argument("--until", metavar="DATE", help="such as '2026-10-04 23:59'")
    extend.add_argument(
        "--table",
        type=Path,
        metavar="FILE",
        help="a CSV table: who in columns such as name, email, number or id, how long in days, "
        "hours or until",
    )
    extend.add_argument(
        "--timezone", metavar="ZONE", help="of the dates, as for due (default: this computer's)"
    )

    extend.add_argument(
        "--dry-run", action="store_true", help="say what would change, and write nothing"
    )

    adjust = _command(
        commands,
        "adjust",
        _adjust,
        "let an exercise count in full, not at all or as a bonus, or show what is adjusted",
    )
    adjust.add_argument("assignment", metavar="ASSIGNMENT")
    adjust.add_argument("exercise", nargs="?", metavar="EXERCISE", help="default: show what is")
    adjust.add_argument(
        "students", nargs="*", metavar="STUDENT", help=f"{_WHO} (default: everybody)"
    )
    what = adjust.add_mutually_exclusive_group()
    for name, text in (
        ("full", "all of its points"),
        ("void", "neither points nor a part of the maximum"),
        ("bonus", "its points, and no part of the maximum"),
        ("undo", "what was graded"),
    ):
        what.add_argument(f"--{name}", dest="what", action="store_const", const=name, help=text)
    adjust.add_argument("--reason", metavar="TEXT", help="why; the student reads it")

    feedback = _command(
        commands, "feedback", _feedback, "write what students get back, as the gradebook is now"
    )
    feedback.add_argument("assignment", metavar="ASSIGNMENT")
    feedback.add_argument("students", nargs="*", metavar="STUDENT", help=f"{_WHO} (default: all)")
    feedback.add_argument(
        "--zip", action="store_true", help="pack the pages as Moodle or Canvas takes them back"
    )

    export = _command(commands, "export", _export, "write the grades as a table")
    export.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    export.add_argument(
        "--format", choices=("csv", "canvas", "moodle"), default="csv", help="default: csv"
    )
    export.add_argument(
        "--roster", type=Path, metavar="FILE", help="the table that Canvas or Moodle exports"
    )
    export.add_argument(
        "--match", metavar="COLUMN", help="the roster's column with the names that you use"
    )
    export.add_argument(
        "--column", metavar="COLUMN", help="the roster's column to fill in (default: by its name)"
    )
    export.add_argument(
        "--scale", action="store_true", help="convert to the platform's maximum, where it differs"
    )
    export.add_argument(
        "--overwrite", action="store_true", help="replace also grades that somebody else gave"
    )
    export.add_argument(
        "--to", type=Path, metavar="FILE", help="default: grades.csv or grades-FORMAT.csv"
    )
    export.add_argument(
        "--pseudonyms",
        action="store_true",
        help="for research: the same table without names, to grades-pseudonyms.csv",
    )

    forget = _command(
        commands, "forget", _forget, "remove all that is kept of a student, in every assignment"
    )
    forget.add_argument("student", metavar="STUDENT", help=_WHO)
    forget.add_argument("--yes", action="store_true", help="do not ask")

    report = _command(commands, "report", _report, "write a page on how the class has done")
    report.add_argument("assignment", metavar="ASSIGNMENT")
    report.add_argument(
        "--against",
        type=Path,
        metavar="FOLDER",
        help="compare with what an earlier class handed in: its course's folder, or submitted/",
    )

    report.add_argument(
        "--challenge",
        action="store_true",
        help="print the table of the open challenge under pseudonyms, to show to the class",
    )

    bundle = _command(
        commands, "bundle", _bundle, "pack assignments into one archive to hand out to students"
    )
    bundle.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    bundle.add_argument(
        "--to", type=Path, metavar="FILE.zip", help="default: bundle.zip in the course's folder"
    )

    course = _command(
        commands, "course", _course, "all of the above on the sample class, scores compared"
    )
    _add_jobs(course)
    return parser


def _command(commands, name, function, text):
    sentence = text[0].upper() + text[1:] + "." * (not text.endswith("?"))
    command = commands.add_parser(name, help=text, description=sentence)
    command.set_defaults(command=function)
    return command


def _add_kept(command, files, what):
    """The options of a command that runs what has changed since its result was kept."""
    kind = command.add_mutually_exclusive_group()
    kind.add_argument("--all", action="store_true", help="run also what has not changed")
    kind.add_argument(
        "--sample",
        type=int,
        default=0,
        metavar="N",
        help=f"run also N {what} of those that have not changed, in two assignments, at random",
    )
    command.add_argument("--check", action="store_true", help=f"do not write {files}")
    _add_jobs(command, f"{what} tried")


def _add_limits(command, text=""):
    """The options on which it depends what of a notebook runs, and how long."""
    command.add_argument(
        "--all-cells",
        action="store_true",
        help=f"{text}run given cells, too, that no test depends on",
    )
    command.add_argument(
        "--cell-seconds", type=float, metavar="S", help=f"{text}limit of a cell and of a test (60)"
    )
    command.add_argument(
        "--seconds", type=float, metavar="S", help=f"{text}limit of a notebook (300)"
    )


def _add_jobs(command, what="submissions graded"):
    command.add_argument(
        "--jobs", type=int, metavar="N", help=f"{what} at a time (default: all cores)"
    )


def _release(project, arguments):
    from autograder.authoring import choice, release

    names = arguments.assignments or choice.assignments(project)
    if not names:
        raise UserError("there is no solutions/*/notebook.py to release")
    if arguments.check:
        messages = [m for name in names for m in release.check(project, name)]
        if not arguments.assignments:
            messages += release.check_folders(project)
        if messages:
            raise UserError("\n".join(messages))
        print(f"up to date: {', '.join(names)}")
        return 0
    # all of them first: where something is wrong, nothing is written
    chosen = {name: choice.chosen(project, name) for name in names}
    _check_own_tests(project, chosen)
    for name in names:
        changed = release.write(project, name)
        print(f"released {name} ({', '.join(map(project.shown, changed)) or 'no change'})")
        print("".join(f"{name}: {note}\n" for note in chosen[name].notes), end="")
    return 0


def _check_own_tests(project, chosen):
    """Whether right answers pass a class's own hidden tests. chosen: {assignment: its Chosen}."""
    own = {name: each for name, each in chosen.items() if each.own}
    if not own:
        return
    from autograder.authoring import choice
    from autograder.proving import whole

    problems = []
    for name, each in own.items():
        print(f"{name}: hidden tests of the class's own in {', '.join(each.own)}")
        both = choice.whole(project, name), each.source
        problems += [f"{name}: {p}" for p in whole.with_own_tests(project, name, *both)]
    if problems:
        raise UserError("a right answer fails the class's own tests:\n" + "\n".join(problems))


def _bundle(project, arguments):
    from autograder.authoring import bundle

    path, names = bundle.write(project, arguments.assignments, arguments.to)
    print(f"bundle    {project.shown(path)} ({', '.join(names)}; {path.stat().st_size:,} bytes)")
    return 0


def _verify(project, arguments):
    from autograder.proving import verify

    names = arguments.assignments or project.assignments
    if arguments.exercise:
        return _verify_one(project, names, arguments)
    samples = _samples(names, arguments, verify.SAMPLED)
    reports, problems = [], []
    for name in names:
        with _bar(name) as bar:
            report, kept = verify.verify(
                project,
                name,
                sample=samples[name],
                jobs=arguments.jobs,
                progress=lambda _, bar=bar: bar.update(),
            )
        print(f"{name}  {report.title}\n{verify.table(report)}\n{_ran(report, 'answers')}")
        reports.append(report)
        problems += [f"{name}: {problem}" for problem in report.problems]
        if not arguments.check and not report.problems:
            verify.write(project, name, kept)
    if problems:
        raise UserError("the tests fall short:\n" + "\n".join(problems))
    if names == project.assignments:
        path, content = project.root / verify.SUMMARY, verify.summary(reports)
        if not arguments.check:
            write_atomic(path, content)
        elif not path.is_file() or path.read_bytes() != content:
            raise UserError(f"{verify.SUMMARY} is not what was just found (run: make verify)")
    return 0


def _verify_one(project, names, arguments):
    from autograder.proving import verify

    if len(names) != 1:
        raise UserError("--exercise is of one assignment: autograder verify 01_knn --exercise vote")
    if arguments.exercise == verify.CHALLENGE:
        report, kept = verify.scores(project, names[0])
        print(verify.table(report))
        if report.problems:
            raise UserError("the challenge is not as it says:\n" + "\n".join(report.problems))
        if not arguments.check:
            verify.write(project, names[0], kept)
        return 0
    with _bar(names[0]) as bar:
        report = verify.one(
            project,
            names[0],
            arguments.exercise,
            jobs=arguments.jobs,
            progress=lambda _: bar.update(),
        )
    print(verify.table(report))
    if report.problems:
        raise UserError("the tests fall short:\n" + "\n".join(report.problems))
    return 0


def _mutants(project, arguments):
    from autograder.proving import mutants

    names = arguments.assignments or project.assignments
    samples = _samples(names, arguments, mutants.SAMPLED)
    problems = []
    for name in names:
        with _bar(name) as bar:
            result, kept = mutants.measure(
                project,
                name,
                sample=samples[name],
                jobs=arguments.jobs,
                progress=lambda _, bar=bar: bar.update(),
            )
        print(f"{name}: {mutants.summary(result.outcomes)}; {_ran(result, 'mutants')}")
        problems += [f"{name}: {problem}" for problem in result.problems]
        if not arguments.check and not result.problems:
            mutants.write(project, name, kept)
    if problems:
        raise UserError("\n".join(problems))
    return 0


def _samples(names, arguments, most):
    """{assignment: how many of its unchanged results to make again; None: run everything}."""
    drawn = tie.sample(names, most)
    return {n: None if arguments.all else arguments.sample * (n in drawn) for n in names}


def _ran(result, what):
    """What was run, in words."""
    ran = f"run in full: {', '.join(result.ran) or 'none has changed'}"
    return f"{ran}; again, of the others: {result.again} {what}"


def _sample(project, arguments):
    from autograder.proving import sample

    course = Path(arguments.to or project.root / "_build" / "course").absolute()
    group = sample.write(project, arguments.assignment, course)
    print(
        f"{len(group)} submissions to {arguments.assignment} in {project.shown(course)}/submitted"
    )
    return 0


def _roster(project, arguments):
    from autograder import times
    from autograder.intake import members

    columns, failed = dict(text.partition("=")[::2] for text in arguments.column), False
    zone = times.zone(arguments.timezone)
    for path in arguments.tables:
        report = members.read(project, path, columns=columns, zone=zone)
        print("\n".join(members.lines(report, path)))
        failed = failed or bool(report.problems)
    if not arguments.tables:
        print("\n".join(members.shown(project)))
    return 1 if failed else 0


def _collect(project, arguments):
    from autograder import times
    from autograder.intake import collect

    report = collect.collect(
        project,
        arguments.assignment,
        arguments.sources,
        pattern=arguments.pattern,
        zone=times.zone(arguments.timezone),
        timestamps=arguments.timestamps,
    )
    print("\n".join(collect.lines(report)))
    return 1 if report.failed else 0


def _limits(arguments):
    from autograder.judging.engine import Limits

    limits = {"cell": arguments.cell_seconds, "total": arguments.seconds}
    return Limits(**{name: value for name, value in limits.items() if value})


def _named(project, texts):
    """The students whom these texts of the command line mean, each once."""
    from autograder.students import Students

    return [*dict.fromkeys(map(Students(project).named, texts))] if texts else []


def _foresee(project, arguments):
    from autograder import grade

    report = grade.foresee(
        project,
        arguments.assignment,
        arguments.students,
        force=arguments.force,
        limits=_limits(arguments),
        all_cells=arguments.all_cells,
    )
    for what, students in (("to grade", report.graded), ("known from before", report.recorded)):
        print(f"{len(students)} {what}{': ' if students else ''}{', '.join(students)}")
    print(f"{len(report.unchanged)} unchanged")
    print("nothing was written")
    _print_left_out(report.left_out)
    return 1 if report.left_out else 0


def _print_left_out(left_out):
    for student, why in left_out.items():
        print(f"autograder: left out {student}: {why}", file=sys.stderr)


def _grade(project, arguments):
    arguments.students = _named(project, arguments.students)
    if arguments.dry_run:
        return _foresee(project, arguments)
    from autograder.again import Again

    options = {name: value for name, value in vars(arguments).items() if name not in _NOT_SAID}
    again = Again(project, arguments.assignment, options)
    if not arguments.force and (text := again.said()) is not None:
        print(text)
        return 0
    from autograder import guard
    from autograder.judging import engine

    if arguments.scheduler is None:
        engine.start_early(arguments.sandbox)  # its imports and ours go on side by side
    guard.start_early("autograder.grade")
    from autograder import grade
    from autograder.returning import export

    report = grade.grade(
        project,
        arguments.assignment,
        arguments.students,
        force=arguments.force,
        jobs=arguments.jobs,
        sandbox=arguments.sandbox,
        limits=_limits(arguments),
        all_cells=arguments.all_cells,
        scheduler=arguments.scheduler,
        progress=_progress,
    )
    table = []
    if report.scores:
        path = export.write_csv(project)  # before anything is printed: whoever reads may go
        table.append(export.as_text(report.scores, report.exercises, report.penalties))
        table.append(f"grades    {project.shown(path)}")
        table.append(_feedback_line(project, arguments.assignment, [*report.scores]))
    graded, recorded, unchanged = map(len, (report.graded, report.recorded, report.unchanged))
    known = f"{recorded} known from before, " if recorded else ""
    stopped = {student: [fault] for student, fault in report.faults.items()}
    waiting = {
        name: [s for s, own in report.scores.items() if own[name] is None]
        for name in report.exercises
    }
    of_this_run = _kinds({"stopped": stopped, "fails here": report.here})
    of_all = _kinds({"put right": report.notes}, of=graded + recorded + unchanged)
    of_all += _kinds({"look at": report.suspicious})
    of_all += [f"adjusted   {line}" for line in report.adjusted]
    of_all += [f"to read    {name}: {_some(who)}" for name, who in waiting.items() if who]
    if not report.left_out:
        count = f"0 graded, {graded + recorded + unchanged} unchanged"
        again.keep("\n".join([*table, count, *of_all]))
    count = f"{graded} graded, {known}{unchanged} unchanged"
    print("\n".join([*table, count, *of_this_run, *of_all]))
    _print_left_out(report.left_out)
    return 1 if report.left_out else 0


def _some(names, most=6):
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _share(project, arguments):
    from autograder.authoring.source import Question
    from autograder.recording import groups, shares

    name, graders = arguments.assignment, arguments.graders
    graded = _exercises(project, name)
    if arguments.questions and not graders:
        raise UserError(f"among whom? autograder share {name} NAME NAME … --questions")
    if graders:
        rubrics = {key: each.points for key, each in graded.items() if isinstance(each, Question)}
        shares.divide(project, name, graders, rubrics if arguments.questions else None)
    groups.update(project, name)
    print("\n".join(shares.lines(project, name, graded)))
    return 0


def _explain(project, arguments):
    from autograder import explain

    [student] = _named(project, [arguments.student])
    told = explain.explain(
        project,
        arguments.assignment,
        student,
        arguments.exercise,
        rerun=arguments.rerun,
        sandbox=arguments.sandbox,
        limits=_limits(arguments),
        all_cells=arguments.all_cells,
    )
    print("\n".join(explain.lines(told)))
    return 0


def _rehearsed(change):
    """A command that changes the gradebook, or with --dry-run a copy of it."""

    def command(project, arguments):
        from autograder.recording import late

        if not arguments.dry_run:
            return change(project, arguments)
        with late.rehearsal(project) as copy:
            done = change(copy, arguments)
        print("nothing was written")
        return done

    return command


@_rehearsed
def _due(project, arguments):
    from autograder import times
    from autograder.recording import late

    name, zone = arguments.assignment, times.zone(arguments.timezone)
    if arguments.date is not None:
        when = late.parse(arguments.date, zone)
        due, extended, changes = late.set_due(project, name, when)
    elif arguments.none:
        due, extended, changes = late.set_due(project, name, None)
    else:
        due, extended, changes = late.update(project, name)
    print(f"{name} is due on {late.shown(due, zone)}" if due else f"{name} has no due date")
    for student, until in extended.items():
        print(f"{student} has until {late.shown(until, zone)}")
    budget, left = late.days_left(project)
    if budget:
        for student, days in left.items():
            print(f"{student} has {days} of {budget} late days left")
        print(f"everybody else has {budget}")
    _print_penalties(name, changes)
    return 0


@_rehearsed
def _extend(project, arguments):
    from autograder import times
    from autograder.recording import extensions, late

    name, student, table = arguments.assignment, arguments.student, arguments.table
    how = {"days": arguments.days, "hours": arguments.hours}
    how, until = {unit: n for unit, n in how.items() if n is not None}, arguments.until
    zone = times.zone(arguments.timezone)
    if (student is None) == (table is None):
        raise UserError("for whom? STUDENT or --table FILE")
    if (bool(how) + (until is not None)) != (table is None):
        raise UserError(
            "how long? --days N, --hours N or both (0 takes an extension back), or --until DATE; "
            "of a table its columns say so"
        )

    def parse(text):
        return late.parse(text, zone).replace(tzinfo=None)

    def shown(when):
        return late.shown(when, zone)

    def ask(due, students):
        if table is not None:
            return extensions.of_table(table, students, due, parse, shown)
        length = extensions.up_to(parse(until), due, shown) if until else extensions.length(**how)
        return {students.named(student): length}, []

    given, problems = late.wanted(project, name, ask)
    if problems:
        raise UserError("\n".join([*problems, "nothing was written"]))
    ends, changes = late.extend(project, name, given)
    for each, end in ends.items():
        print(f"{each} has until {shown(end)}")
    _print_penalties(name, changes)
    return 0


def _print_penalties(assignment, changes):
    for change in changes:
        print(change)
    if changes:
        names = dict.fromkeys(change.assignment or assignment for change in changes)
        again = " and ".join(f"autograder feedback {name}" for name in names)
        print(f"then: {again} and autograder export, to give it back")


def _adjust(project, arguments):
    from autograder.recording import adjustments

    name = arguments.assignment
    exercises = _exercises(project, name)
    if arguments.exercise is None:
        if arguments.what or arguments.reason:
            raise UserError(f"which exercise? {name} has {', '.join(exercises)}")
        _bring_up_to_date(project, [name])
        found = [*adjustments.in_force(project, name).lines()]
        print("\n".join(found) or f"nothing in {name} is adjusted")
        return 0
    if arguments.what is None or not arguments.reason:
        raise UserError("how, and why? --full, --void, --bonus or --undo, and --reason TEXT")
    new, changes = adjustments.adjust(
        project,
        name,
        exercises,
        arguments.exercise,
        arguments.what,
        _named(project, arguments.students),
        arguments.reason,
    )
    print(new)
    for change in changes:
        print(change)
    print(f"{len(changes)} student{'s have' if len(changes) != 1 else ' has'} other points")
    if changes:
        print(f"then: autograder feedback {name} and autograder export, to give it back")
    return 0


def _exercises(project, assignment):
    """{name: Exercise} of an assignment."""
    from autograder.authoring import release

    return release.taught(project, assignment).graded


def _bring_up_to_date(project, assignments):
    """Put what is adjusted, and what a group was given by hand, into the gradebook, which nbgrader
    may have written to meanwhile.
    """
    from autograder.recording import adjustments, groups

    adjusted = {each.assignment for each in adjustments.read(project)}
    carried = adjustments.is_carried(project)
    for name in assignments:
        groups.update(project, name)
        if carried or name in adjusted:
            adjustments.update(project, name, _exercises(project, name))


def _feedback(project, arguments):
    from autograder.returning import feedback, upload

    students = _named(project, arguments.students)
    _bring_up_to_date(project, [arguments.assignment])
    left_out = feedback.write(project, arguments.assignment, students)
    print(_feedback_line(project, arguments.assignment, students))
    if arguments.zip:
        packed, without = upload.write(project, arguments.assignment, students)
        for path, count in packed.items():
            print(f"upload    {project.shown(path)} ({count} pages)")
        left_out = without | left_out
    _print_left_out(left_out)
    return 1 if left_out else 0


def _kinds(said, of=None):
    """A line for each kind of what is said, {why: {student: sentences}}, of a class.

    of: as for `kinds.lines`.
    """
    from autograder.returning import kinds

    return [f"{why:<10} {line}" for why, what in said.items() for line in kinds.lines(what, of)]


def _feedback_line(project, assignment, students):
    """Where the feedback lies: the page itself, where it is that of one student."""
    from autograder.returning import feedback

    one = len(students) == 1
    path = feedback.path(project, assignment, *students) if one else project.course / "feedback"
    return f"feedback  {project.shown(path)}"


def _export(project, arguments):
    from autograder.authoring import choice
    from autograder.returning import export, pseudonyms

    taught = choice.assignments(project)
    if arguments.pseudonyms:
        if arguments.format != "csv" or arguments.roster:
            raise UserError("--pseudonyms is for the plain table: leave out --format and --roster")
        _bring_up_to_date(project, taught)
        path, count = pseudonyms.write(project, arguments.assignments, arguments.to)
        print(f"{count} grades in {project.shown(path)}")
        print(f"{project.shown(project.course / pseudonyms.FILE)} tells whose: keep it to yourself")
        return 0
    _bring_up_to_date(project, taught)
    path, done = export.write(
        project,
        arguments.assignments,
        kind=arguments.format,
        roster=arguments.roster,
        to=arguments.to,
        options=export.Options(
            arguments.match, arguments.column, arguments.scale, arguments.overwrite
        ),
    )
    print(f"{done.filled} grades in {project.shown(path)}")
    for answer, names in done.waiting.items():
        what = "their scores are" if arguments.format == "csv" else "no grade is written"
        print(f"not read yet: {answer}, of {_some(sorted(names))}; {what} without it")
    for name, there in done.kept.items():
        print(f"left as it was: {there} for {name} (--overwrite replaces it)")
    for name in done.without_grade:
        print(f"no grade for {name}")
    for student in done.homeless:
        print(f"autograder: {student} has a grade, but not one row of the roster", file=sys.stderr)
    return 1 if done.homeless else 0


def _forget(project, arguments):
    from autograder.recording import forget

    with alone(project, "autograder forget"):  # without the name: the lock is a file, too
        found = forget.find(project, arguments.student)
        print("\n".join(found.lines(project)))
        if not arguments.yes:
            print(f"remove all of it? Type {found.student} to go on: ", end="", flush=True)
            if sys.stdin.readline().strip() != found.student:
                raise UserError("nothing was removed")
        left = forget.forget(project, found)
    print("removed; now: autograder export, autograder report and feedback --zip make theirs anew")
    for path in left:
        print(f"the name is also in {project.shown(path)}: look whether it is meant")
    return 0


def _report(project, arguments):
    from autograder.returning import leaderboard, report

    if arguments.challenge:
        if arguments.against:
            raise UserError("--challenge is a table of its own: leave out --against")
        print(leaderboard.markdown(project, arguments.assignment))
        return 0
    _bring_up_to_date(project, [arguments.assignment])
    path = report.write(project, arguments.assignment, arguments.against)
    print(f"report  {project.shown(path)}")
    return 0


def _course(project, arguments):
    from autograder import course

    if not course.run(project, jobs=arguments.jobs, progress=_progress, say=print):
        print("the sample class is graded and nothing has changed since")
    folder = project.course
    print(f"gradebook  {project.shown(project.gradebook)}")
    print(f"grades     {project.shown(folder / 'grades.csv')}")
    print(f"feedback   {project.shown(folder / 'feedback')}")
    return 0


def _bar(name):
    from tqdm import tqdm

    return tqdm(desc=name, unit=" answers", file=sys.stdout, disable=None, leave=False)


def _progress(finished, total):
    from tqdm import tqdm

    # disable=None: no bar where the output is not a terminal
    return tqdm(finished, total=total, desc="grading", unit="", file=sys.stdout, disable=None)

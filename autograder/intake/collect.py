"""From what a learning platform exports to submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb.

Of all that comes in, one notebook a student is written, to a place that we name: `unpack` reads a
source, `whose` finds the people behind its files, `placing` their folders.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from autograder import people, times
from autograder.intake import rebuild, unpack
from autograder.intake.members import read_worksheet
from autograder.intake.placing import places
from autograder.intake.rebuild import shown
from autograder.intake.unpack import NOTEBOOK
from autograder.intake.whose import Rules, own_name, upload_number, version, works
from autograder.people import Class
from autograder.project import UserError, write_atomic

ABSENT = 12  # names in a line
_COPY = re.compile(r"(?:[-(](?P<number>\d+)\)?)\s*$")  # "hw-2", "hw (2)"


@dataclass
class Row:
    """What came of one student: status new, changed, same or problem, and what is to be said.

    moved: no student, but a group that was taken for one.
    """

    status: str
    student: str
    text: str = ""


@dataclass
class Report:
    """rows: one a student. problems: lines on archives and files that are no student's.

    absent: folders of those of the class from whom nothing has ever come.
    """

    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    absent: list = field(default_factory=list)

    @property
    def failed(self):
        return bool(self.problems) or any(row.status == "problem" for row in self.rows)

    def count(self, status):
        return sum(row.status == status for row in self.rows)


def collect(project, assignment, sources, *, pattern=None, zone=None, timestamps=False):
    """Bring what lies in sources (archives, folders, notebooks) into submitted/; return a Report.

    A source can also be Moodle's grading worksheet of the assignment, and is read first: it is what
    says when groups handed in, since their folders bear no number of a participant.
    pattern: a regular expression for the paths in a source, with a group `student` and, if it is
    there, `timestamp`, whose zone is `zone` (None: this computer's) where it names none, as in a
    worksheet.
    timestamps: believe STUDENT/ASSIGNMENT/timestamp.txt, since nbgrader's
    exchange has written it; what students upload is never believed. What is replaced is kept in
    course/replaced. Raises UserError where nothing can begin: an unknown assignment, a wrong
    pattern.
    """
    released, pattern = _released(project, assignment), _compiled(pattern)
    report, found, numbers = Report(), {}, set()
    sources = [*map(Path, sources)]
    worksheets = [path for path in sources if path.suffix.casefold() == ".csv"]
    if worksheets == sources:
        raise UserError("a worksheet says when work was handed in: name the archive with the work")
    for path in worksheets:
        sources.remove(path)
        own, read = read_worksheet(project, path, zone=zone)
        numbers |= own
        report.problems += [f"{path.name}: {text}" for text in read.problems]
    group = Class.read(project.course)
    rules = Rules(assignment, pattern, zone, timestamps, group)
    for source in sources:
        before = len(report.problems)
        files = list(unpack.files(source, report.problems))
        of_source = works(files, rules, source.name, report.problems)
        if not of_source and len(report.problems) == before:
            report.problems.append(f"{source}: there is no notebook in it")
        for work in of_source:
            known = found.setdefault(work.person.key, work)
            if known is not work:
                known.add(work)
    _put_all(project, assignment, released, found, group, numbers, report)
    return report


def _put_all(project, assignment, released, found, group, numbers, report):
    """Each Work of found, {person's key: Work}, goes to its folder; report gets a Row of each.

    numbers: as for `places`.
    """
    course, theirs = project.course, {}
    where = places(course, assignment, [work.person for work in found.values()], group, numbers)
    for key, work in found.items():
        place, name = where[key], people.safe_name(work.person.name)
        if why := work.refused or place.why:
            report.rows.append(Row("problem", name, why))
            continue
        for folder in place.folders:
            theirs.setdefault(folder, []).append((work, place))
    uploads = people.collected(course, assignment)
    for key, work in found.items():
        if group.team(work.person):
            report.rows += _leave_groups(project, assignment, key, where[key].folders, uploads)
    for folder, its in theirs.items():
        uploads[folder] = {work.person.key: "" for work, _ in its} | uploads.get(folder, {})
    people.keep(course, assignment, uploads)
    for folder, its in sorted(theirs.items()):
        try:
            row = _settle(project, assignment, released, its, folder, uploads)
        except OSError as error:
            row = Row("problem", folder, f"cannot be written: {error}")
        report.rows.append(row)
    report.rows.sort(key=lambda row: row.student)
    people.keep(course, assignment, uploads)
    heard = {*uploads, *(row.student for row in report.rows)}
    report.absent = sorted({member.student for member in group.members} - heard)


def _leave_groups(project, assignment, key, members, uploads):
    """Take away what a group has under its own name, from before the class was read; Rows of it.

    members: their folders. uploads: loses who has nothing left.
    """
    for folder in [name for name, keys in uploads.items() if key in keys and name not in members]:
        place = project.course / "submitted" / folder / assignment
        if {*uploads[folder]} == {key} and place.is_dir() and not place.is_symlink():
            kept = project.course / "replaced" / assignment / folder
            try:
                kept.mkdir(parents=True, exist_ok=True)
                kept /= f"{len(list(kept.iterdir())) + 1:03}"
                place.rename(kept)
                if not any(place.parent.iterdir()):
                    place.parent.rmdir()
            except OSError as error:
                yield Row("problem", folder, f"is a group, and cannot be moved: {error}")
                continue
            text = f"is a group, and its work its members': now in {project.shown(kept)}"
            yield Row("moved", folder, text)
        del uploads[folder][key]
        if not uploads[folder]:
            del uploads[folder]


def _released(project, assignment):
    project.check_assignment(assignment)
    path = project.release(assignment) / f"{assignment}.ipynb"
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(
            f"{assignment} was never released, so no file can be recognised as it: "
            f"run `autograder release {assignment}`"
        ) from None


def _compiled(pattern):
    if pattern is None:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UserError(f"--pattern {pattern!r} is no regular expression: {error}") from None
    if "student" not in compiled.groupindex:
        raise UserError(
            f"--pattern {pattern!r} must have a group that is called student, "
            r"such as (?P<student>[^/]+)/.*\.ipynb"
        )
    return compiled


# --- which of the files, and in it goes ---


def _settle(project, assignment, released, works, student, uploads):
    """Choose a student's notebook and put it into submitted/; the Row that tells of it.

    works: [(Work, its Place)]; uploads: gets what the platform called the one that was chosen.
    """
    chosen, bad, said = [], [], []
    for work, place in works:
        for file in work.files:
            file.stamp = place.stamp or file.stamp
        good, wrong, problem = _good(work, released, assignment)
        bad += wrong
        if problem:
            return Row("problem", student, problem)
        if good:
            chosen.append((work, good, place))
            said.append(place.note)
    if not chosen:
        return Row("problem", student, "; ".join(bad))
    bests = [good[-1] for _, good, _ in chosen]
    if len({best.data for best in bests}) > 1:
        both = " and ".join(shown(best.path) for best in bests[:2])
        return Row("problem", student, f"{both} differ and both are {student}'s: leave one of them")
    (work, good, place), best = chosen[-1], bests[-1]
    older = [shown(file.last) for file in good[:-1] if file.data != best.data]
    name = own_name(best.last)
    if place.stamp:
        _forget_stale(project.course / "submitted" / student / assignment, best)
    status, previous = _put(project.course, assignment, student, best)
    if status == "older":
        text = f"{shown(name)} is older than what is there: left out"
        return Row("same", student, text)
    uploads[student].pop(work.person.key)
    uploads[student][work.person.key] = best.upload  # the newest stands last
    said += [shown(name) if name != f"{assignment}.ipynb" else ""]
    said += ["late" if work.late else "", f"handed in {best.stamp}" if best.stamp else ""]
    said += [best.unread, "timestamp.txt: not believed" if best.unbelieved else ""]
    said += [f"older, left out: {', '.join(older)}" if older else ""]
    said += [f"left out: {each}" for each in bad]
    said += [f"the one before: {project.shown(previous)}" if previous else ""]
    return Row(status, student, "; ".join(filter(None, said)))


def _good(work, released, assignment):
    """(Files that can be graded, the newest last; what is wrong with others; a problem or "")"""
    good, bad, other = [], [], []
    for file in work.files:
        if file.problem:
            bad.append(f"{shown(file.last)} {file.problem}")
        elif file.data is None:
            other.append(shown(file.last))
        elif problem := rebuild.rebuild(file.data, released).problem:
            bad.append(f"{shown(file.last)} {problem}")
        else:
            good.append(file)
    if not good and not bad:
        files = f" ({', '.join(other[:3])})" if other else ""
        bad = [f"no notebook{files}: ask for {assignment}.ipynb"]
    good.sort(key=lambda file: _age(file, work))
    alike = [f for f in good if _age(f, work) == _age(good[-1], work) and f.data != good[-1].data]
    problem = ""
    if len(good) > 1 and work.doubt:
        problem = f"{shown(good[0].path)} and {shown(good[-1].path)} {work.doubt}"
    elif alike:
        both = f"{shown(good[-1].path)} and {shown(alike[0].path)}"
        problem = f"{both} differ and none is newer: leave one of them"
    return good, bad, problem


def _age(file, work):
    """Newer files have a greater one. A Canvas export has no times, but numbers uploads."""
    number = _COPY.search(NOTEBOOK.sub("", file.path))
    number = int(number["number"][:9]) if number else 0
    if work.person.platform == "canvas":
        return file.stamp or "", upload_number(file.upload), number, ()
    return file.stamp or "", version(file.path), 0, (file.time, number)


def _put(course, assignment, student, file):
    """Write the notebook, what it replaces kept: (status, the kept file or None)."""
    folder = course / "submitted" / student / assignment
    path = folder / f"{assignment}.ipynb"
    for each in (course / "submitted", folder.parent, folder, path):
        if each.is_symlink():
            raise OSError(f"{each} is a link: remove it")
    old = path.read_bytes() if path.is_file() else None
    stamp = folder / unpack.STAMP
    known = _known_time(stamp)
    if old is not None and file.stamp and known and file.stamp < known:
        return "older", None
    if old == file.data:
        if file.stamp:
            write_atomic(stamp, f"{file.stamp}\n".encode())
        return "same", None
    previous = None
    if old is not None:
        kept = course / "replaced" / assignment / student
        number = len(list(kept.glob("*.ipynb"))) + 1
        previous = kept / f"{number:03}.ipynb"
        if stamp.is_file():
            write_atomic(kept / f"{number:03}.txt", stamp.read_bytes())
        write_atomic(previous, old)
    stamp.unlink(missing_ok=True)  # it was the other version's
    write_atomic(path, file.data)
    if file.stamp:
        write_atomic(stamp, f"{file.stamp}\n".encode())
    return "new" if old is None else "changed", previous


def _forget_stale(folder, file):
    """Leave out a worksheet's time where it is that of another version, collected before."""
    path = folder / f"{folder.name}.ipynb"
    before = path.read_bytes() if path.is_file() else file.data
    if before != file.data and _known_time(folder / unpack.STAMP) == file.stamp:
        file.stamp = None
        file.unread = "time left out: the version before had it; read a newer worksheet"


def _known_time(path):
    """What a timestamp.txt says, as `times.utc` writes it; None for nothing."""
    try:
        return times.utc(times.read(path.read_text(errors="replace"), UTC))
    except (ValueError, FileNotFoundError):
        return None


def lines(report):
    """The report as text: a line a student, the problems, a summary."""
    wide = max((len(row.student) for row in report.rows), default=0)
    rows = [f"{r.status:8} {r.student:{wide}}  {shown(r.text, 1000)}" for r in report.rows]
    rows += [f"{'problem':8} {shown(text, 1000)}" for text in report.problems]
    if report.absent:
        some = [*report.absent[:ABSENT], *["…"] * (len(report.absent) > ABSENT)]
        rows.append(f"nothing from {len(report.absent)} of the class: {', '.join(some)}")
    problems = report.count("problem") + len(report.problems)
    counts = [f"{report.count(status)} {status}" for status in ("new", "changed", "same")]
    counts.append(f"{problems} problem{'s' if problems != 1 else ''}")
    return [*(row.rstrip() for row in rows), ", ".join(counts)]

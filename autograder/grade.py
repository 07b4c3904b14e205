"""Grade an assignment: what is new or changed, side by side, into nbgrader's gradebook.

Five stages, and data goes one way: `intake` makes each submission plain data, an engine executes
its cells in one of the `rooms` and has them judged from outside (`judging`), the recorder writes
points and graded notebooks (`recording`), and each student gets a page (`returning`). What was run
is kept by its content, so a grader that was stopped, however, goes on where it was.
"""

import contextlib
import os
from collections import deque
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from autograder import people
from autograder.authoring import kept, release
from autograder.authoring.withhold import withheld_copy
from autograder.guard import Guard, Trouble
from autograder.intake import home, rebuild, submission, suspicion
from autograder.judging.engine import Engine, EngineError, Limits, Setup, choose_room, tell_early
from autograder.judging.judge import make_plan
from autograder.project import UserError, alone, sweep, trouble, write_atomic
from autograder.recording import adjustments, gradebook, groups
from autograder.recording.journal import Journal, digest
from autograder.recording.notebook import Notebooks, stopped
from autograder.recording.record import Recorder
from autograder.returning import feedback

# Whole rooms, so that no file can be forgotten. A change in one of these makes earlier results
# void: what comes out of a submission may be another.
_RUNS = ("judging", "rooms")
# After a change in one of these what is known is written down anew, and nothing is run.
_WRITES = ("authoring", "intake", "recording", "returning")
AHEAD = 8  # submissions that are read before they are needed
_STEPS = ("autograded", "feedback")  # folders that have something of every student graded


@dataclass
class Report:
    """What came of a grading run.

    graded: were run; recorded: had been, and only the gradebook was brought up to date.
    scores: {student: {exercise: points, or None where a person has yet to read the answer}}, of all
    that the gradebook holds; exercises: {name: Exercise}, questions among them; penalties:
    {student: points lost by coming late}.
    """

    graded: list = field(default_factory=list)
    recorded: list = field(default_factory=list)
    unchanged: list = field(default_factory=list)
    left_out: dict = field(default_factory=dict)  # {student: why, and the remedy}
    notes: dict = field(default_factory=dict)  # {student: what was put right before grading}
    faults: dict = field(default_factory=dict)  # {student: why their notebook was stopped}
    suspicious: dict = field(default_factory=dict)  # {student: what a person should look at}
    here: dict = field(default_factory=dict)  # {student: what ran at home and fails here}
    adjusted: list = field(default_factory=list)  # what is adjusted of the points, in words
    scores: dict = field(default_factory=dict)
    exercises: dict = field(default_factory=dict)
    penalties: dict = field(default_factory=dict)


def grade(
    project,
    assignment,
    students=(),
    *,
    force=False,
    jobs=None,
    sandbox="auto",
    limits=None,
    all_cells=False,
    scheduler=None,
    progress=lambda done, total: done,
):
    """Grade all that is in submitted/ and changed (force: all of it) and return a Report.

    students: whose work alone is looked at, and whose points alone are in the Report; default: all.
    sandbox: "auto", or "none" for work that is trusted. all_cells: run given cells, too, on which
    no test depends. scheduler: the address of a Dask scheduler, whose workers run the submissions.
    progress(finished, total) wraps the iterator over submissions. A submission that cannot be
    graded is left out and keeps the result it had. Raises UserError.
    """
    report = Report()
    with contextlib.ExitStack() as stack:
        stack.enter_context(alone(project, f"autograder grade {assignment}"))
        built = released(project, assignment)
        folders = chosen(project, assignment, students)
        room = choose_room(sandbox) if scheduler is None else sandbox
        setup = make_setup(project, built, room, limits)
        jobs = jobs or os.cpu_count() or 1
        tell_early(setup, jobs)
        gradebook.register(project, built)
        adjustments.update(project, assignment, built.parsed.graded)
        sweep(project.course, but=["submitted"])
        report.exercises = built.parsed.graded
        journal = stack.enter_context(contextlib.closing(Journal(project, assignment)))
        recorder = stack.enter_context(Recorder(project, built))
        guard = stack.enter_context(Guard(Clerk, project, built, all_cells, jobs=min(jobs, 2)))
        run = _Run(project, assignment, recorder.students(), journal, report, force)
        # 1. intake
        works = _named(_taken(guard, folders, run), environment(project, setup, built), report)
        # 2. and 3. execute and judge
        results = run.results(works, _runner(setup, jobs, scheduler))
        for work, result in progress(results, len(folders)):
            if result is not None:
                run.write_down(work, result, guard, recorder)
        if groups.update(project, assignment):
            adjustments.update(project, assignment, built.parsed.graded)
    report.adjusted = [*adjustments.in_force(project, assignment).lines()]
    report.penalties = gradebook.penalties(project, assignment)
    scores = gradebook.scores(project, built)
    report.scores = {s: points for s, points in scores.items() if not students or s in folders}
    return report


def foresee(project, assignment, students=(), *, force=False, limits=None, all_cells=False):
    """What `grade` would do, as a Report without scores; nothing is run, and nothing is written."""
    report = Report()
    built = released(project, assignment, write=False)
    folders = chosen(project, assignment, students)
    setup = make_setup(project, built, "none", limits, make=False)
    with (
        contextlib.closing(Journal(project, assignment)) as journal,
        Guard(Clerk, project, built, all_cells) as guard,
    ):
        known = gradebook.known(project, assignment)
        run = _Foreseen(project, assignment, known, journal, report, force)
        works = _taken(guard, folders, run)
        for work in _named(works, environment(project, setup, built), report):
            if not work.problem:
                run.foresee(work)
    return report


def chosen(project, assignment, students=()):
    """{student: folder} of what lies in submitted/, of all or of these. Raises UserError."""
    folders = submission.folders(project, assignment)
    for student in students:
        if student not in folders:
            raise UserError(
                f"submitted/ has nothing of {student!r} for {assignment} "
                f"({people.alike(student, folders)}): "
                "autograder collect brings it in"
            )
    return {s: folder for s, folder in folders.items() if not students or s in students}


def make_setup(project, built, room, limits=None, *, make=True):
    """The engine's Setup for an assignment. room: as `choose_room` gives it; make: what it needs
    on disk, else nothing can be run with it.
    """
    return Setup(
        library=str(withheld_copy(project, built.assignment, make=make)),
        steps=make_plan(built.parsed)["steps"],
        hints=str(project.hints(built.assignment)) if built.hints else "",
        room=room,
        limits=limits or Limits(),
    )


class Clerk:
    """All that is done with a student's own text, for a Guard."""

    def __init__(self, project, built, all_cells):
        self._desk = submission.Desk(built, all_cells=all_cells)
        self._notebooks = Notebooks(built)
        exercises = built.parsed.exercises.items()
        self._tests = {name: [test.grade_id for test in e.tests] for name, e in exercises}
        self._pages = feedback.Pages(project, built.assignment)

    def take(self, student, folder):
        return self._desk.take(student, folder)

    def graded(self, work, result):
        """A notebook.Graded, and what failed here alone (`home.sentences`)."""
        work.here = home.sentences(work, result, self._tests)
        return self._notebooks.graded(work, result), work.here

    def page(self, content, points, set_text=True):
        return self._pages.of(content, points, set_text)


def _taken(guard, folders, run):
    """The Submission of each of folders, {student: folder}, one after the other."""
    calls = deque()
    for student, folder in folders.items():
        calls.append((student, guard.call("take", student, folder)))
        if len(calls) == AHEAD:
            yield _taken_one(*calls.popleft(), run)
    for student, call in calls:
        yield _taken_one(student, call, run)


def _taken_one(student, call, run):
    try:
        return call.result()
    except Trouble as error:
        run.log(student, error.more, wanted=error.more)
        return submission.Submission(student, problem=str(error))


def released(project, assignment, *, write=True):
    """The build of an assignment whose release is on disk and current. Raises UserError.

    write: also where nbgrader and the judge look for it.
    """
    release.taught(project, assignment)
    if not (project.release(assignment) / f"{assignment}.ipynb").is_file():
        raise UserError(
            f"{assignment} was never released, so there is nothing to grade: "
            f"run `autograder release {assignment}`"
        )
    built = kept.build(project, assignment) if write else release.build(project, assignment)
    drift = release.drift(project, built)
    if drift:
        raise UserError("\n".join(drift))
    if write:
        release.write_source(project, built)
    return built


def environment(project, setup, built):
    """What all results of a run depend on, and what is written down of them: two digests."""
    parts = [setup.steps, Path(setup.library).name, (built.hints or b"").decode(), _sources(_RUNS)]
    parts += [asdict(setup.limits), version("numpy"), version("torch")]
    text = [built.source[name].decode("utf-8", "replace") for name in sorted(built.source)]
    text.append((project.root / "nbgrader_config.py").read_text("utf-8"))
    return digest(*parts), digest(*text, _sources(_WRITES))


def _sources(rooms):
    """{path: text} of the modules in rooms."""
    here = Path(__file__).parent
    paths = [path for room in rooms for path in (here / room).rglob("*.py")]
    return {path.relative_to(here).as_posix(): path.read_text("utf-8") for path in paths}


def named(work, all_alike):
    """The work, with the names that the journal has for it. all_alike: as `environment` gives."""
    run_with, written_with = all_alike
    contents = {name: sha256(content).hexdigest() for name, content in work.files.items()}
    work.key = digest(run_with, work.cells, contents)
    said = (work.timestamp, work.notes, work.suspicious, work.python)
    work.version = digest(work.key, written_with, work.notebook, work.handed_in, *said)
    return work


def _named(works, all_alike, report):
    """The works, with the names that the journal has for them; what intake says goes to report."""
    for work in works:
        if work.problem:
            report.left_out[work.student] = work.problem
            yield work
            continue
        named(work, all_alike)
        if work.notes:
            report.notes[work.student] = work.notes
        if work.suspicious:
            report.suspicious[work.student] = work.suspicious
        yield work


def _runner(setup, jobs, scheduler):
    """Makes a context manager: submit, and slots, how many submissions it runs at a time."""
    if scheduler is None:
        return lambda: Engine(setup, jobs)
    from autograder.judging.cluster import Cluster

    return lambda: Cluster(setup, scheduler)


class _Run:
    """A run over a class: what is known is taken from the journal, the rest is run.

    known: the students whose work the gradebook holds.
    """

    def __init__(self, project, assignment, known, journal, report, force):
        self.project, self.assignment = project, assignment
        self.known, self.journal, self.report, self.force = known, journal, report, force

    def results(self, works, make):
        """Pairs of a Submission and its result, or None where nothing is to be recorded.

        They come as they are finished. make() gives what runs them, as `_runner` says.
        """
        pending = {}
        with contextlib.ExitStack() as stack:
            engine = None
            for work in works:
                result = None if work.problem else self._from_before(work)
                if result is not None or work.problem or work.student in self.report.unchanged:
                    yield work, result
                    continue
                if engine is None:  # not for nothing: it starts in seconds
                    engine = stack.enter_context(make())
                pending[engine.submit(work.cells, work.files)] = work
                while len(pending) >= 2 * engine.slots:
                    yield from self._finished(pending)
            while pending:
                yield from self._finished(pending)

    def _from_before(self, work):
        """The result that the journal has; None where there is none, or the gradebook has it."""
        if self.force:
            return None
        if self._is_recorded(work):
            self.report.unchanged.append(work.student)
            return None
        result = self.journal.result(work.key)
        if result is not None:
            self.report.recorded.append(work.student)
        return result

    def _is_recorded(self, work):
        places = (self.project.course / step / work.student / self.assignment for step in _STEPS)
        return (
            work.student in self.known
            and self.journal.recorded(work.student) == work.version
            and all(place.is_dir() for place in places)
        )

    def _finished(self, pending):
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            work = pending.pop(future)
            try:
                result = future.result()
            except EngineError as error:
                *more, last = str(error).strip().split("\n")
                path = self.log(work.student, str(error), wanted=more)
                where = f" (more in {self.project.shown(path)})" if more else ""
                self.report.left_out[work.student] = f"it could not be run: {last}{where}"
                yield work, None
                continue
            self.journal.keep(work.key, result)
            self.report.graded.append(work.student)
            yield work, result

    def write_down(self, work, result, guard, recorder):
        """Record what came of a submission, and write the student's page."""
        student = work.student
        if flood := suspicion.outputs(result):
            work.suspicious += flood
            self.report.suspicious[student] = work.suspicious
        try:
            # 4. record
            graded, here = guard.call("graded", work, result).result()
            points = recorder.record(work, graded)
            # 5. return
            page = feedback.made(guard, "page", graded.content, points)
            feedback.write_page(self.project, self.assignment, page, points)
        except Trouble as error:
            self.leave_out(student, f"what came of it cannot be written down: {error}", error)
            return
        except OSError as error:
            if line := trouble(self.project, error):
                raise UserError(line) from None
            self.leave_out(student, f"it cannot be written ({error.strerror})", error)
            return
        self.journal.note(student, work.version, work.key)
        if here:
            self.report.here[student] = here
        if why := stopped(result):
            self.report.faults[student] = why
        detail = rebuild.shown(result["detail"], 200)
        self.log(student, f"{result['fault']}: {detail}", wanted=detail)

    def leave_out(self, student, why, error):
        """Put a line into the report, and into the student's log what else is known."""
        self.report.left_out[student] = why
        more = getattr(error, "more", "")
        self.log(student, f"{why}\n{more}", wanted=more)

    def log(self, student, text, *, wanted):
        """Write logs/ASSIGNMENT/STUDENT.log, or remove it where none is wanted; its path."""
        path = self.project.course / "logs" / self.assignment / f"{student}.log"
        if wanted:
            write_atomic(path, f"{text.strip()}\n".encode())
        else:
            path.unlink(missing_ok=True)
        return path


class _Foreseen(_Run):
    """A run that is not made."""

    def foresee(self, work):
        """Note in the report what would be done with a Submission."""
        if self._from_before(work) is None and work.student not in self.report.unchanged:
            self.report.graded.append(work.student)

    def log(self, student, text, *, wanted):
        return None

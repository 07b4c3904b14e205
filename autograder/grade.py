"""Grade an assignment: what is new or changed, side by side, into nbgrader's gradebook.

intake makes each submission plain data, an engine runs it and judges it, the recorder writes. What
was run is kept by its content, so a grader that was stopped, however, goes on where it was.
"""

import contextlib
import os
import textwrap
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import nbformat

from autograder.authoring import release
from autograder.authoring.withhold import withheld_copy
from autograder.intake import collect, rebuild, suspicion
from autograder.intake.needed import needed
from autograder.judging.engine import Engine, EngineError, Limits, Setup, choose_room, tell_early
from autograder.judging.judge import make_plan
from autograder.project import UserError, sweep, write_atomic
from autograder.recording.journal import Journal, digest
from autograder.recording.record import Recorder, stopped
from autograder.returning import feedback
from cs_lib import hints

FILES = 20 << 20  # bytes that a submission may have beside its notebook
# What decides how a submission is run; a change of it makes earlier results void.
_RUNS = (
    *("judging/boundary", "judging/engine", "judging/judge", "judging/student"),
    *("rooms/cold", "rooms/sandbox", "rooms/seccomp", "rooms/zygote"),
    "intake/needed",
)
# And what is written down of it.
_WRITES = (
    *("judging/disclose", "judging/secrets", "recording/gradebook", "recording/record"),
    *("returning/feedback", "returning/page"),
)


@dataclass
class Report:
    """What came of a grading run.

    graded: were run; recorded: had been, and only the gradebook was brought up to date.
    scores: {student: {exercise: points}}, of all that the gradebook holds;
    exercises: {name: Exercise}.
    """

    graded: list = field(default_factory=list)
    recorded: list = field(default_factory=list)
    unchanged: list = field(default_factory=list)
    left_out: dict = field(default_factory=dict)  # {student: why, and the remedy}
    notes: dict = field(default_factory=dict)  # {student: what was put right before grading}
    faults: dict = field(default_factory=dict)  # {student: why their notebook was stopped}
    suspicious: dict = field(default_factory=dict)  # {student: what a person should look at}
    scores: dict = field(default_factory=dict)
    exercises: dict = field(default_factory=dict)


@dataclass
class Work:
    """A submission as plain data. ran: which of the notebook's code cells have to run.

    handed_in: {cell id: the outputs that it came with}.
    key: of what it is run with; version: of that and of all that is written down about it.
    """

    student: str
    notebook: dict
    handed_in: dict
    ran: list
    files: dict
    timestamp: str
    notes: list
    suspicious: list
    key: str = ""
    version: str = ""

    @property
    def cells(self):
        code = [cell for cell in self.notebook["cells"] if cell["cell_type"] == "code"]
        return [(_nbgrader(code[i]).get("grade_id"), code[i]["source"]) for i in self.ran]


def grade(
    project,
    assignment,
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

    sandbox: "auto", or "none" for work that is trusted. all_cells: run given cells, too, on which
    no test depends. scheduler: the address of a Dask scheduler, whose workers run the submissions.
    progress(finished, total) wraps the iterator over submissions. A submission that cannot be
    graded is left out and keeps the result it had. Raises UserError.
    """
    built = _released(project, assignment)
    folders = _submissions(project, assignment)
    setup = Setup(
        library=str(withheld_copy(project, assignment)),
        steps=make_plan(built.parsed)["steps"],
        hints=str(project.hints(assignment)) if built.hints else "",
        room=choose_room(sandbox) if scheduler is None else sandbox,
        limits=limits or Limits(),
    )
    jobs = jobs or os.cpu_count() or 1
    tell_early(setup, jobs)
    _register(project, built)
    sweep(project.course)
    report = Report(exercises=built.parsed.exercises)
    journal = Journal(project, assignment)
    with Recorder(project, built) as recorder, contextlib.closing(journal):
        given = feedback.Given.read(project, assignment).cleaned
        feedback.prepare(given)  # now, while what runs the submissions starts
        run = _Run(project, assignment, recorder.students(), journal, report, force)
        environment = _environment(project, setup, built)
        todo = _take_all(project, built, folders, environment, all_cells, report)
        runs = run.results(todo, _runner(setup, jobs, scheduler))
        for work, result in progress(runs, len(folders)):
            if result is None:
                continue
            if flood := suspicion.outputs(result):
                work.suspicious += flood
                report.suspicious[work.student] = work.suspicious
            notebook, points = recorder.record(work.student, work, result)
            feedback.write_page(project, given, notebook, points)
            journal.note(work.student, work.version)
            if why := stopped(result):
                report.faults[work.student] = why
            detail = rebuild.shown(result["detail"], 200)
            run.log(work.student, f"{result['fault']}: {detail}", wanted=detail)
    report.scores = scores(project, built)
    return report


_STEPS = ("autograded", "feedback")


def _environment(project, setup, built):
    """What all results of a run depend on, and what is written down of them."""
    here = Path(__file__).parent
    files = {name: (here / f"{name}.py").read_text("utf-8") for name in _RUNS}
    parts = [setup.steps, Path(setup.library).name, (built.hints or b"").decode(), files]
    parts += [asdict(setup.limits), version("numpy"), version("torch")]
    text = [built.source[name].decode("utf-8", "replace") for name in sorted(built.source)]
    text.append((project.root / "nbgrader_config.py").read_text("utf-8"))
    text += [(here / f"{name}.py").read_text("utf-8") for name in _WRITES]
    return digest(*parts), digest(*text)


def _runner(setup, jobs, scheduler):
    """Makes a context manager: submit, and slots, how many submissions it runs at a time."""
    if scheduler is None:
        return lambda: Engine(setup, jobs)
    from autograder.judging.cluster import Cluster

    return lambda: Cluster(setup, scheduler)


def _take_all(project, built, folders, environment, all_cells, report):
    """The Work of each submission that can be read, one after the other; None for the others."""
    released = nbformat.reads(built.release[f"{built.assignment}.ipynb"], as_version=4)
    given = {
        name: content
        for name, content in built.release.items()
        if name not in (f"{built.assignment}.ipynb", hints.FILE)
    }
    for student, folder in folders.items():
        if any("\ud800" <= char <= "\udfff" for char in student):  # no database takes it
            report.left_out[rebuild.shown(student)] = "the folder's name is not UTF-8: rename it"
            yield None
            continue
        taken = rebuild.take(folder, built.assignment, released)
        if taken.problem:
            report.left_out[student] = taken.problem
            yield None
            continue
        notes = list(taken.notes)
        files = given | _files(folder, built.assignment, notes)
        if not _is_same(folder / hints.FILE, built.release.get(hints.FILE, b"")):
            notes.append(f"{hints.FILE} is not the release's: not used")
        timestamp = _timestamp(folder, notes)
        ran = _ran(taken.notebook, released, all_cells)
        odd = suspicion.scan(taken.notebook, released)
        odd += suspicion.files(files.keys() - given.keys()) + suspicion.folder(student)
        work = Work(student, taken.notebook, taken.outputs, ran, files, timestamp, notes, odd)
        run_with, written_with = environment
        contents = {name: sha256(content).hexdigest() for name, content in files.items()}
        work.key = digest(run_with, work.cells, contents)
        work.version = digest(
            *(work.key, written_with, work.notebook, work.handed_in, timestamp, notes, odd)
        )
        if notes:
            report.notes[student] = notes
        if odd:
            report.suspicious[student] = odd
        yield work


def _ran(notebook, released, all_cells):
    """The indices of the code cells to run: tests, and what the student's own cells need."""
    texts = {cell["id"]: cell["source"] for cell in released["cells"]}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    tests = {i for i, cell in enumerate(code) if _nbgrader(cell).get("grade")}
    others = [i for i in range(len(code)) if i not in tests]
    if all_cells:
        return [*range(len(code))]
    pairs = [
        (
            code[i]["source"],
            not _nbgrader(code[i]) and texts.get(code[i]["id"]) == code[i]["source"],
        )
        for i in others
    ]
    return sorted(tests | {others[i] for i in needed(pairs)})


def _nbgrader(cell):
    return cell["metadata"].get("nbgrader", {})


def _files(folder, assignment, notes):
    """{name: bytes} of what was handed in beside the notebook; links are not followed."""
    found, room = {}, FILES
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        ours = name in (f"{assignment}.ipynb", "timestamp.txt", hints.FILE)
        if path.is_symlink() or any(parent.is_symlink() for parent in path.parents):
            notes.append(f"{rebuild.shown(name)} is a link: left out")
        elif path.is_dir() or ours or path.suffix == ".ipynb" or "/." in f"/{name}":
            continue
        elif not path.is_file() or path.stat().st_size > room:
            notes.append(f"{rebuild.shown(name)} is too large, or no file: left out")
        else:
            found[name] = path.read_bytes()
            room -= len(found[name])
    return found


def _is_same(path, content):
    """Whether a file has that content, or is none that could be read."""
    if not path.is_file() or path.is_symlink():
        return True
    return path.stat().st_size == len(content) and path.read_bytes() == content


def _timestamp(folder, notes):
    """When it was handed in, in UTC, as nbgrader's timestamp.txt says; "" where nothing does."""
    path = folder / "timestamp.txt"
    if not path.is_file() or path.is_symlink():
        return ""
    text = path.read_text("utf-8", "replace").strip()[:100]
    found = collect.utc(text)
    if text and not found:
        notes.append(f"timestamp.txt says {rebuild.shown(text)}, which is no date: left out")
    return found or ""


class _Run:
    """A run over a class: what is known is taken from the journal, the rest is run.

    known: the students whose work the gradebook holds.
    """

    def __init__(self, project, assignment, known, journal, report, force):
        self.course, self.assignment, self.shown = project.course, assignment, project.shown
        self.known, self.journal, self.report, self.force = known, journal, report, force

    def results(self, todo, make):
        """Pairs of Work and its result, or None where nothing is to be recorded, as they come."""
        pending = {}
        with contextlib.ExitStack() as stack:
            engine = None
            for work in todo:
                result = work and self._from_before(work)
                if result is None and work and work.student not in self.report.unchanged:
                    if engine is None:  # not for nothing: it starts in seconds
                        engine = stack.enter_context(make())
                    cells = [{"id": name, "text": text} for name, text in work.cells]
                    pending[engine.submit(cells, work.files)] = work
                    while len(pending) >= 2 * engine.slots:
                        yield from self._finished(pending)
                else:
                    yield work, result
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
        places = (self.course / step / work.student / self.assignment for step in _STEPS)
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
                where = f" (more in {self.shown(path)})" if more else ""
                self.report.left_out[work.student] = f"it could not be run: {last}{where}"
                yield work, None
                continue
            self.journal.keep(work.key, result)
            self.report.graded.append(work.student)
            yield work, result

    def log(self, student, text, *, wanted):
        """Write logs/ASSIGNMENT/STUDENT.log, or remove it where none is wanted; its path."""
        path = self.course / "logs" / self.assignment / f"{student}.log"
        if wanted:
            write_atomic(path, f"{text.strip()}\n".encode())
        else:
            path.unlink(missing_ok=True)
        return path


def _released(project, assignment):
    """The build of an assignment whose release is on disk and current. Raises UserError."""
    project.check_assignment(assignment)
    if not (project.release(assignment) / f"{assignment}.ipynb").is_file():
        raise UserError(
            f"{assignment} was never released, so there is nothing to grade: "
            f"run `autograder release {assignment}`"
        )
    built = release.build(project, assignment)
    drift = release.drift(project, built)
    if drift:
        raise UserError("\n".join(drift))
    release.write_source(project, built)
    return built


def _submissions(project, assignment):
    """{student: folder}."""
    base = project.course / "submitted"
    folders = {path.parent.name: path for path in sorted(base.glob(f"*/{assignment}"))}
    if not folders:
        where = base / "STUDENT" / assignment / f"{assignment}.ipynb"
        raise UserError(
            f"no submission to {assignment}: put each student's notebook in {project.shown(where)}"
        )
    return folders


def _register(project, built):
    """Tell the gradebook the assignment's cells, as `nbgrader generate_assignment` does."""
    from nbconvert.exporters import NotebookExporter
    from nbgrader.api import Gradebook
    from nbgrader.preprocessors import SaveCells

    config = release.nbgrader_config(project)
    url = project.database
    with Gradebook(url) as gradebook:
        gradebook.update_or_create_assignment(built.assignment)
    exporter = NotebookExporter(config=config)
    steps = config.GenerateAssignment.preprocessors
    for step in steps[: steps.index(SaveCells) + 1]:  # those after it make what students get
        exporter.register_preprocessor(step, enabled=True)
    where = {"assignment": built.assignment, "notebook": built.assignment, "db_url": url}
    nb = nbformat.reads(built.source[f"{built.assignment}.ipynb"].decode(), as_version=4)
    try:
        exporter.from_notebook_node(nb, resources={"nbgrader": where})
    except RuntimeError as error:  # nbgrader keeps the cells that submissions have points for
        raise UserError(
            f"{built.assignment}: exercises were added or removed after submissions were graded, "
            f"which the gradebook {project.shown(project.course / 'gradebook.db')} cannot hold: "
            f"keep a copy of it and start a new one ({error})"
        ) from None


def scores(project, built):
    """{student: {exercise: points}} from the gradebook, manual changes included."""
    from nbgrader import api

    if not (project.course / "gradebook.db").is_file():
        return {}
    found = api.SubmittedAssignment
    with api.Gradebook(project.database) as gradebook:
        rows = (
            gradebook.db.query(found.student_id, api.BaseCell.name, api.Grade.score)
            .join(found.assignment)
            .filter(api.Assignment.name == built.assignment)
            .outerjoin(found.notebooks)
            .outerjoin(api.SubmittedNotebook.grades)
            .outerjoin(api.Grade.cell)
        )
        points = defaultdict(dict)  # {student: {cell: points}}
        for student, cell, score in rows.yield_per(1000):  # objects for all would be 200 MB
            points[student][cell] = score
    return {
        student: {
            name: sum(points[student].get(test.grade_id, 0) for test in exercise.tests)
            for name, exercise in built.parsed.exercises.items()
        }
        for student in sorted(points)
    }


def table(scores, exercises):
    """Scores as text: a line a student, a numbered column an exercise, and what the numbers mean.

    exercises: {name: Exercise}
    """
    wide = max(len(student) for student in scores)
    heads = "".join(f"{number:6}" for number in range(1, len(exercises) + 1))
    lines = [f"{'':{wide}}{heads} total"]
    for student, points in scores.items():
        columns = "".join(f"{value:6g}" for value in points.values())
        lines.append(f"{student:{wide}}{columns}{sum(points.values()):6g}")
    legend = [f"{n} {name} ({e.points:g})" for n, (name, e) in enumerate(exercises.items(), 1)]
    return "\n".join([*lines, *textwrap.wrap(", ".join(legend), 100)])


def export(project):
    """Write the grades of all assignments to grades.csv, by nbgrader's exporter."""
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    path = project.course / "grades.csv"
    part = path.with_name(".grades.csv.part")
    plugin = CsvExportPlugin()
    plugin.to = str(part)
    with Gradebook(project.database) as gradebook:
        plugin.export(gradebook)
    part.replace(path)
    return path

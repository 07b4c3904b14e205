"""Grade an assignment with nbgrader: what is new or changed, each submission by itself.

nbgrader removes a result before it makes the next one. So each submission is graded in a folder
apart, and its results take the place of the old ones when they are complete.
"""

import hashlib
import json
import logging
import multiprocessing
import os
import shutil
import textwrap
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder import intake, release
from autograder.project import Project, UserError, write_atomic
from autograder.withhold import withheld_copy


@dataclass
class Report:
    """What came of a grading run.

    scores: {student: {exercise: points}}, of all that the gradebook holds;
    exercises: {name: Exercise}.
    """

    graded: list = field(default_factory=list)
    unchanged: list = field(default_factory=list)
    left_out: dict = field(default_factory=dict)  # {student: why, and the remedy}
    notes: dict = field(default_factory=dict)  # {student: what was put right before grading}
    scores: dict = field(default_factory=dict)
    exercises: dict = field(default_factory=dict)


def grade(project, assignment, *, force=False, jobs=None, progress=lambda done, total: done):
    """Grade all that is in submitted/ and changed (force: all of it) and return a Report.

    progress(finished, total) wraps the iterator over finished submissions. A submission that cannot
    be graded is left out and keeps the result it had.
    """
    built = _released(project, assignment)
    folders = _submissions(project, assignment)
    released = json.loads(built.release[f"{assignment}.ipynb"])
    report, todo, rebuilt = Report(exercises=built.parsed.exercises), {}, {}
    journal = _Journal(project.course, assignment)
    environment = _digest(
        sorted(built.source.items()),
        withheld_copy(project, assignment).name,
        (project.root / "nbgrader_config.py").read_bytes(),
    )
    for student, folder in folders.items():
        taken = intake.take(folder, assignment, released)
        key = _digest(environment, _content(folder))
        if taken.problem:
            report.left_out[student] = taken.problem
        elif not force and journal.has(student, key):
            report.unchanged.append(student)
        else:
            todo[student] = key
            if taken.notes:
                report.notes[student] = taken.notes
                rebuilt[student] = json.dumps(taken.notebook).encode()
    if todo:
        _register(project, built)
        jobs = min(jobs or os.cpu_count() or 1, len(todo))
        # "spawn": a fork of a process that has run a kernel or threads may hang
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
            runs = {
                pool.submit(grade_one, project.root, assignment, s, rebuilt.get(s)): s for s in todo
            }
            for run in progress(as_completed(runs), len(runs)):
                student = runs[run]
                fault = str(run.exception() or "") or run.result()
                if fault:
                    report.left_out[student] = fault
                else:
                    report.graded.append(student)
                    journal.keep(student, todo[student])
        shutil.rmtree(project.course / "stage", ignore_errors=True)
    report.scores = scores(project, built)
    return report


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


def _content(folder):
    """All that was handed in, links not followed."""
    return [
        (str(path.relative_to(folder)), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    ]


def _copy_files(folder, to):
    """Copy a submission's folder, without links and without whatever is no file."""

    def odd(where, names):
        paths = [Path(where, name) for name in names]
        return [p.name for p in paths if p.is_symlink() or not (p.is_file() or p.is_dir())]

    shutil.copytree(folder, to, ignore=odd)


def _digest(*parts):
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class _Journal:
    """Which content of each submission the gradebook holds: {student: digest}, kept on disk."""

    def __init__(self, course, assignment):
        self.course, self.assignment = course, assignment
        self.path = course / "journal" / f"{assignment}.json"
        known = self.path.is_file() and (course / "gradebook.db").is_file()
        self.students = json.loads(self.path.read_text()) if known else {}

    def has(self, student, digest):
        """Whether this content was graded and its results are there."""
        return self.students.get(student) == digest and all(
            (self.course / step / student / self.assignment).is_dir()
            for step in ("autograded", "feedback")
        )

    def keep(self, student, digest):
        self.students[student] = digest
        write_atomic(self.path, (json.dumps(self.students, indent=1) + "\n").encode())


def _register(project, built):
    """Tell the gradebook the assignment's cells, as `nbgrader generate_assignment` does."""
    from nbconvert.exporters import NotebookExporter
    from nbgrader.api import Gradebook

    config = release.nbgrader_config(project)
    url = database(project)
    with Gradebook(url) as gradebook:
        gradebook.update_or_create_assignment(built.assignment)
    exporter = NotebookExporter(config=config)
    for step in config.GenerateAssignment.preprocessors:
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


def database(project):
    return f"sqlite:///{project.course / 'gradebook.db'}"


def grade_one(root, assignment, student, rebuilt=None):
    """Grade one submission and write its feedback; return what went wrong, or "".

    rebuilt: the notebook's bytes to grade in the place of those handed in, which stay as they are.
    Runs in a process of its own, since nbgrader changes the working directory.
    """
    from nbgrader.converters import Autograde
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    from autograder import feedback

    project = Project(root)
    course = project.course
    stage = course / "stage" / assignment / student
    shutil.rmtree(stage, ignore_errors=True)
    log, lines = _log()
    config = release.nbgrader_config(project)
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = student
    config.CourseDirectory.notebook_id = assignment
    if rebuilt is not None:
        folder = stage / "submitted" / student / assignment
        _copy_files(course / "submitted" / student / assignment, folder)
        write_atomic(folder / f"{assignment}.ipynb", rebuilt)
        config.CourseDirectory.submitted_directory = os.path.relpath(stage / "submitted", course)
    config.CourseDirectory.autograded_directory = os.path.relpath(stage / "autograded", course)
    try:
        directory = CourseDirectory(config=config, log=log)
        Autograde(coursedir=directory, config=config, log=log).start()
    except NbGraderException:
        path = course / "logs" / assignment / f"{student}.log"
        write_atomic(path, "\n".join(lines).encode())
        return f"nbgrader could not grade it ({_cause(lines)}); all of it: {project.shown(path)}"
    graded = Path("autograded") / student / assignment
    _take_place(stage / graded, course / graded)
    return feedback.write(project, assignment, [student]).get(student, "")


def _log():
    """A logger that keeps nbgrader's messages in a list, and the list."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    log = logging.Logger("nbgrader", logging.INFO)
    log.addHandler(handler)
    return log, lines


def _cause(lines):
    """The last line of the last traceback in nbgrader's messages."""
    tracebacks = [line for line in lines if "Traceback" in line]
    return (tracebacks or lines)[-1].strip().split("\n")[-1][:200]


def _take_place(new, old):
    """Put the folder new where old is."""
    aside = old.with_name(f".{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    old.parent.mkdir(parents=True, exist_ok=True)
    if old.exists():
        old.replace(aside)
    new.replace(old)
    shutil.rmtree(aside, ignore_errors=True)


def scores(project, built):
    """{student: {exercise: points}} from the gradebook, manual changes included."""
    from nbgrader.api import Gradebook, MissingEntry

    if not (project.course / "gradebook.db").is_file():
        return {}
    with Gradebook(database(project)) as gradebook:
        try:
            submissions = gradebook.assignment_submissions(built.assignment)
        except MissingEntry:
            return {}
        found = {}
        for submission in sorted(submissions, key=lambda s: s.student.id):
            points = {
                grade.cell.name: grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            found[submission.student.id] = {
                name: sum(points.get(test.grade_id, 0) for test in exercise.tests)
                for name, exercise in built.parsed.exercises.items()
            }
        return found


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
    with Gradebook(database(project)) as gradebook:
        plugin.export(gradebook)
    part.replace(path)
    return path

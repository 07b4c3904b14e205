"""nbgrader's gradebook, through its API: it is told of an assignment, and read for a class.

Points are written by `record`, late penalties by `late`.
"""

import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version

import nbformat

from autograder.authoring import release
from autograder.project import UserError
from autograder.recording import adjustments


def register(project, built):
    """Tell the gradebook the assignment's cells, as `nbgrader generate_assignment` does.

    Once for each state of them: a table beside nbgrader's holds which it knows.
    """
    state = _state(project, built)
    if _registered(project, built.assignment) == state:
        return
    _register(project, built)
    with project.tables() as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS registered (assignment PRIMARY KEY, state)")
        row = (built.assignment, state)
        database.execute("INSERT OR REPLACE INTO registered VALUES (?, ?)", row)


def _state(project, built):
    """What the cells of an assignment in the gradebook are made from, as a hash."""
    config = (project.root / "nbgrader_config.py").read_bytes()
    parts = [version("nbgrader").encode(), config, *built.source.values()]
    return sha256(b"\0".join(parts)).hexdigest()


def _registered(project, assignment):
    """The state of an assignment that the gradebook knows; None for none."""
    if not project.gradebook.is_file():
        return None
    with project.tables() as database:
        try:
            found = database.execute(
                "SELECT state FROM registered JOIN assignment AS known ON known.name = assignment "
                "JOIN notebook ON notebook.assignment_id = known.id WHERE assignment = ?",
                (assignment,),
            ).fetchone()
        except sqlite3.OperationalError:  # no such table: nobody has registered anything
            return None
    return found and found[0]


def _register(project, built):
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
            f"which the gradebook {project.shown(project.gradebook)} cannot hold: "
            f"keep a copy of it and start a new one ({error})"
        ) from None


def students(gradebook, assignment):
    """The students whose work nbgrader's gradebook holds."""
    from nbgrader.api import Assignment, SubmittedAssignment

    of_all = gradebook.db.query(SubmittedAssignment.student_id).join(Assignment)
    return {student for (student,) in of_all.filter(Assignment.name == assignment)}


def known(project, assignment):
    """The same, of the gradebook on disk, if there is one."""
    from nbgrader.api import Gradebook

    if not project.gradebook.is_file():
        return set()
    with Gradebook(project.database) as gradebook:
        return students(gradebook, assignment)


@dataclass
class Result:
    """What the gradebook holds. grades: {test: Points}; comments: {cell: text}; adjusted:
    {exercise: the adjustments.Adjustment in force}.
    """

    student: str
    name: str = ""
    score: float = 0
    max_score: float = 0
    penalty: float = 0
    grades: dict = field(default_factory=dict)
    comments: dict = field(default_factory=dict)
    adjusted: dict = field(default_factory=dict)

    @property
    def total(self):
        return max(0.0, self.score - self.penalty)  # as nbgrader exports it

    def points(self, tests):
        """What the tests (cells of the source) gave together."""
        return sum(self.grades[t.grade_id].score for t in tests if t.grade_id in self.grades)

    @property
    def waiting(self):
        """The names of the answers that a person has yet to read."""
        return [name for name, points in self.grades.items() if points.waits]

    def given(self, tests):
        """The same, before any adjustment."""
        return sum(self.grades[t.grade_id].given for t in tests if t.grade_id in self.grades)


@dataclass
class Points:
    score: float
    out_of: float
    by_hand: bool  # a person gave them
    open: bool  # a person has yet to look, or to look again
    given: float | None = None  # before any adjustment
    waits: bool = False  # a person has yet to give any

    def __post_init__(self):
        self.given = self.score if self.given is None else self.given


def read_results(project, assignment, students=None):
    """{student: Result} of the gradebook, for all who have one or for some. Raises UserError."""
    from nbgrader.api import Gradebook

    path = project.gradebook
    if not path.is_file():
        raise UserError(
            f"{project.shown(path)} is not there: run `autograder grade {assignment}` first"
        )
    adjusted = adjustments.in_force(project, assignment)
    with Gradebook(project.database) as gradebook:
        found = results(gradebook, assignment, adjusted=adjusted)
    if students:
        found = {student: found[student] for student in students if student in found}
    if not found and not students:
        raise UserError(f"nothing is graded yet: run `autograder grade {assignment}` first")
    return dict(sorted(found.items()))


def results(gradebook, assignment, student=None, *, adjusted):
    """{student: Result} of nbgrader's gradebook, of all who have one or of one student.

    adjusted: an adjustments.InForce.

    Three queries for columns: as objects, each point of each student would be a query.
    """
    from nbgrader.api import Assignment, BaseCell, Comment, Grade, Student, SubmittedAssignment

    mine = SubmittedAssignment

    def rows(*columns):
        query = gradebook.db.query(mine.student_id, *columns).join(mine.assignment)
        query = query.filter(Assignment.name == assignment)
        return query if student is None else query.filter(mine.student_id == student)

    def of_cells(kind, *columns):
        return rows(BaseCell.name, *columns).join(mine.notebooks).join(kind).join(kind.cell)

    found = {}
    penalty = mine.late_submission_penalty
    people = rows(Student.first_name, Student.last_name, mine.score, mine.max_score, penalty)
    for name, first, last, *points in people.join(mine.student):
        found[name] = Result(name, " ".join(filter(None, [first, last])), *points)
        found[name].adjusted = adjusted.of(name)
    grades = of_cells(
        *(Grade, Grade.score, Grade.max_score, Grade.auto_score, Grade.manual_score),
        Grade.needs_manual_grade,
    )
    for name, cell, score, out_of, auto, by_hand, still_open in grades:
        given = (auto or 0.0) if by_hand is None else by_hand
        waits = _waits(auto, by_hand, out_of)
        points = Points(score, out_of, by_hand is not None, still_open, given, waits)
        found[name].grades[cell] = points
    for name, cell, text, by_hand in of_cells(Comment, Comment.comment, Comment.manual_comment):
        if text and (by_hand or text != "No response."):
            found[name].comments[cell] = text
    return found


def penalties(project, assignment):
    """{student: points that coming late has cost}, of those whom it has cost any."""
    from nbgrader.api import Assignment, Gradebook, SubmittedAssignment

    mine = SubmittedAssignment
    with Gradebook(project.database) as gradebook:
        rows = gradebook.db.query(mine.student_id, mine.late_submission_penalty)
        rows = rows.join(mine.assignment).filter(Assignment.name == assignment)
        return {student: penalty for student, penalty in rows if penalty}


def scores(project, built):
    """{student: {exercise: points}} from the gradebook, manual changes included; None in the place
    of points that a person has yet to give.
    """
    from nbgrader import api

    if not project.gradebook.is_file():
        return {}
    found, given = api.SubmittedAssignment, api.Grade
    with api.Gradebook(project.database) as gradebook:
        rows = (
            gradebook.db.query(found.student_id, api.BaseCell.name, given.score, *_parts(given))
            .join(found.assignment)
            .filter(api.Assignment.name == built.assignment)
            .outerjoin(found.notebooks)
            .outerjoin(api.SubmittedNotebook.grades)
            .outerjoin(given.cell)
        )
        points = defaultdict(dict)  # {student: {cell: points}}
        for student, cell, score, *parts in rows.yield_per(1000):  # objects would be 200 MB
            points[student][cell] = None if _waits(*parts) else score
    return {
        student: {
            name: _sum([points[student].get(test.grade_id, 0) for test in exercise.tests])
            for name, exercise in built.parsed.graded.items()
        }
        for student in sorted(points)
    }


def _parts(grade):
    return grade.auto_score, grade.manual_score, grade.max_score


def _waits(auto, manual, out_of):
    """Whether a person has yet to give the points: the program cannot, and nobody has."""
    return auto is None and manual is None and bool(out_of)


def _sum(points):
    return None if None in points else sum(points)

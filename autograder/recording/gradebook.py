"""nbgrader's gradebook, read through its API: what each student has got in an assignment."""

from dataclasses import dataclass, field

from autograder.project import UserError


@dataclass
class Result:
    """What the gradebook holds. grades: {test: Points}; comments: {cell: text}."""

    student: str
    name: str = ""
    score: float = 0
    max_score: float = 0
    penalty: float = 0
    grades: dict = field(default_factory=dict)
    comments: dict = field(default_factory=dict)

    @property
    def total(self):
        return max(0.0, self.score - self.penalty)  # as nbgrader exports it

    def points(self, tests):
        """What the tests (cells of the source) gave together."""
        return sum(self.grades[t.grade_id].score for t in tests if t.grade_id in self.grades)


@dataclass
class Points:
    score: float
    out_of: float
    by_hand: bool  # a person gave them
    open: bool  # a person has yet to look


def read_results(project, assignment, students=None):
    """{student: Result} of the gradebook, for all who have one or for some. Raises UserError."""
    from nbgrader.api import Gradebook

    path = project.course / "gradebook.db"
    if not path.is_file():
        raise UserError(
            f"{project.shown(path)} is not there: run `autograder grade {assignment}` first"
        )
    with Gradebook(project.database) as gradebook:
        found = results(gradebook, assignment)
    if students:
        found = {student: found[student] for student in students if student in found}
    if not found and not students:
        raise UserError(f"nothing is graded yet: run `autograder grade {assignment}` first")
    return dict(sorted(found.items()))


def results(gradebook, assignment, student=None):
    """{student: Result} of nbgrader's gradebook, of all who have one or of one student.

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
    grades = of_cells(
        Grade, Grade.score, Grade.max_score, Grade.manual_score, Grade.needs_manual_grade
    )
    for name, cell, score, out_of, by_hand, still_open in grades:
        found[name].grades[cell] = Points(score, out_of, by_hand is not None, still_open)
    for name, cell, text, by_hand in of_cells(Comment, Comment.comment, Comment.manual_comment):
        if text and (by_hand or text != "No response."):
            found[name].comments[cell] = text
    return found

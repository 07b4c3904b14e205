"""Puts results where instructors and nbgrader look for them; the only writer of the gradebook.

autograded/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb is what `nbgrader autograde` would have left: the
release's cells with the student's sources, run. The gradebook is written through nbgrader's API.
"""

import os
import shutil
from pathlib import Path

from autograder.project import write_atomic
from autograder.recording import adjustments, extensions
from autograder.recording.gradebook import results, students

# nbgrader looks by these, and has no index that begins with them: (table, column).
_LOOKED_UP = (
    ("submitted_notebook", "assignment_id"),
    ("grade", "notebook_id"),
    ("comment", "notebook_id"),
)


class Recorder:
    """One for a run over an assignment; a context manager. built: a release.Build."""

    def __init__(self, project, built):
        from autograder.recording import late  # which takes nbgrader along

        self.project, self.assignment = project, built.assignment
        self._policy, self._penalise = late.plugin(project), late.penalise_student
        self._more_time = extensions.read(project, built.assignment)
        self._exercises = built.parsed.graded
        self._adjusted = adjustments.in_force(project, built.assignment)

    def __enter__(self):
        from nbgrader.api import Gradebook

        self._gradebook = Gradebook(self.project.database)
        self._index()
        # Nobody else writes, and loading all anew after each commit takes half of the time.
        self._gradebook.db().expire_on_commit = False
        self._registered = self._gradebook.find_assignment(self.assignment)  # kept: once for all
        [self._notebook] = self._registered.notebooks
        cells = [*self._notebook.grade_cells, *self._notebook.solution_cells]
        self._names = {cell.id: cell.name for cell in cells}
        self._known = set(self.students())
        return self

    def __exit__(self, *error):
        self._gradebook.close()

    def _index(self):
        """Make the gradebook find a student's points without reading those of all others."""
        from sqlalchemy import text

        for table, column in _LOOKED_UP:
            name = f"ix_{table}_{column}"
            statement = f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({column})"
            self._gradebook.db.execute(text(statement))
        self._gradebook.db.commit()

    def students(self):
        """The students whose work the gradebook holds."""
        return students(self._gradebook, self.assignment)

    def record(self, work, graded):
        """Write the graded notebook and the gradebook of one student; return what it now holds.

        work: a Submission; graded: a notebook.Graded. Returns a gradebook.Result. Doing it twice
        changes nothing.
        """
        folder = self.project.course / "autograded" / work.student / self.assignment
        files = {**work.files, f"{self.assignment}.ipynb": graded.content}
        self._clear(folder, files)
        for name, content in files.items():
            write_atomic(folder / name, content)
        return self._grade(work, graded)

    def _grade(self, work, graded):
        """Write what nbgrader's Autograde, SaveAutoGrades and AssignLatePenalties write."""
        from nbgrader import utils

        database, student = self._gradebook.db, work.student
        database.expire(self._registered, ["duedate"])  # may have been set meanwhile
        submission = self._submission(student) if student in self._known else self._new(student)
        # without a time of its own the work must not keep that of an earlier one
        submission.timestamp = utils.parse_utc(work.timestamp or None)
        [mine] = submission.notebooks
        for grade in mine.grades:
            grade.auto_score = graded.scores[self._names[grade.cell_id]]
            by_hand = grade.manual_score is not None
            grade.needs_manual_grade = by_hand or grade.auto_score is None
        for comment in mine.comments:
            untouched = self._names[comment.cell_id] in graded.untouched
            comment.auto_comment = "No response." if untouched else None
        database.flush()
        if self._adjusted:
            adjustments.carry(
                self._gradebook, self.assignment, self._adjusted, self._exercises, student
            )
        self._penalise(self._gradebook, submission, self._policy)
        database.commit()
        self._known.add(student)
        found = results(self._gradebook, self.assignment, student, adjusted=self._adjusted)
        return found[student]

    def _new(self, student):
        """A SubmittedAssignment with all that belongs to it, as nbgrader's add_submission makes it.

        That one commits it before it has a point; here all of a student comes in one transaction.
        """
        from nbgrader.api import Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook

        database = self._gradebook.db
        if database.get(Student, student) is None:
            database.add(Student(id=student))
        submission = SubmittedAssignment(
            assignment_id=self._registered.id,
            student_id=student,
            extension=self._more_time.get(student),
        )
        mine = SubmittedNotebook(notebook_id=self._notebook.id, assignment=submission)
        mine.late_submission_penalty = None  # said, it need not be asked for
        for cell in self._notebook.grade_cells:
            Grade(cell_id=cell.id, notebook=mine)
        for cell in self._notebook.solution_cells:
            Comment(cell_id=cell.id, notebook=mine)
        database.add(submission)
        return submission

    def _submission(self, student):
        """The SubmittedAssignment of nbgrader's, as the gradebook has it now."""
        from nbgrader.api import SubmittedAssignment, SubmittedNotebook
        from sqlalchemy.orm import selectinload

        mine = SubmittedAssignment
        query = self._gradebook.db.query(mine).filter(
            mine.assignment_id == self._registered.id, mine.student_id == student
        )
        grades = selectinload(SubmittedNotebook.grades), selectinload(SubmittedNotebook.comments)
        query = query.options(selectinload(mine.notebooks).options(*grades))
        return query.populate_existing().one()

    @staticmethod
    def _clear(folder, names):
        """Remove what an earlier submission had and this one has not, so that it can be written."""
        files = {folder / name for name in names}
        folders = {parent for file in files for parent in file.parents}
        for place, inside, others in os.walk(folder):
            for path in (Path(place, name) for name in [*inside, *others]):
                is_folder = path.is_dir() and not path.is_symlink()
                if is_folder and path not in folders:
                    inside.remove(path.name)
                    shutil.rmtree(path)
                elif not is_folder and path not in files:
                    path.unlink()

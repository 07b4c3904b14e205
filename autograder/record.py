"""Puts results where instructors and nbgrader look for them; the only writer of the gradebook.

autograded/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb is what `nbgrader autograde` would have left: the
release's cells with the student's sources, run. The gradebook is written through nbgrader's API.
"""

import copy
import shutil

import nbformat
from nbformat.v4 import new_output

from autograder import disclose, feedback, late
from autograder.project import write_atomic

# nbgrader looks by these, and has no index that begins with them: (table, column).
_LOOKED_UP = (
    ("submitted_notebook", "assignment_id"),
    ("grade", "notebook_id"),
    ("comment", "notebook_id"),
)


class Recorder:
    """One for a run over an assignment; a context manager. built: a release.Build."""

    def __init__(self, project, built):
        self.project, self.assignment = project, built.assignment
        self._given = feedback.Given.read(project, built.assignment)
        self._told = disclose.Tests(built.parsed)
        self._policy = late.plugin(project)
        solved = nbformat.reads(built.source[f"{built.assignment}.ipynb"], as_version=4)
        self._tests = {
            name: cell
            for cell in solved["cells"]
            if (name := feedback.grade_id(cell)) and cell["metadata"]["nbgrader"].get("grade")
        }

    def __enter__(self):
        from nbgrader.api import Gradebook

        self._gradebook = Gradebook(self.project.database)
        # Nobody else writes, and loading all anew after each commit takes half of the time.
        self._gradebook.db().expire_on_commit = False
        self._index()
        [notebook] = self._gradebook.find_assignment(self.assignment).notebooks
        self._loaded = [notebook, *notebook.grade_cells, *notebook.solution_cells]  # once for all
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
        from nbgrader.api import Assignment, SubmittedAssignment

        of_all = self._gradebook.db.query(SubmittedAssignment.student_id).join(Assignment)
        return {student for (student,) in of_all.filter(Assignment.name == self.assignment)}

    def record(self, student, work, result):
        """Write the graded notebook, the gradebook and the feedback of one student.

        work: a grade.Work; result: a judge.Result as a dictionary. Doing it twice changes nothing.
        """
        notebook = self.notebook(work, result)
        folder = self.project.course / "autograded" / student / self.assignment
        content = (nbformat.writes(notebook) + "\n").encode()
        write_atomic(folder / f"{self.assignment}.ipynb", content)
        for name, content in work.files.items():
            write_atomic(folder / name, content)
        self._clear(folder, {f"{self.assignment}.ipynb", *work.files})
        submission = self._grade(student, work, notebook)
        page = feedback.page(self._given.cleaned, notebook, feedback.result(submission))
        folder = self.project.course / "feedback" / student / self.assignment
        write_atomic(folder / f"{self.assignment}.html", page)

    def notebook(self, work, result):
        """The notebook with the tests as the source has them, and what may be shown of this run."""
        notebook = copy.deepcopy(work.notebook)
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for cell in code:
            cell["outputs"], cell["execution_count"] = [], None
        ran = [code[i] for i in work.ran if feedback.grade_id(code[i]) not in self._tests]
        sources = [cell["source"] for cell in ran]
        handed_in = [work.handed_in.get(cell["id"], []) for cell in ran]
        found = disclose.cells(result, sources, handed_in)
        for count, (cell, outputs) in enumerate(zip(ran, found, strict=True), 1):
            cell["execution_count"] = count
            cell["outputs"] = [_output(output) for output in outputs]
        words = disclose.words(*(cell["source"] for cell in code))
        for cell in code:
            name = feedback.grade_id(cell)
            if name in self._tests:
                cell["source"] = self._tests[name]["source"]
                verdict, handed_in = result["tests"][name], work.handed_in.get(cell["id"], [])
                if not verdict["passed"]:
                    said = self._told.failure(name, verdict, result["fault"], handed_in, words)
                    cell["outputs"] = [_failure(*said)]
        said = {"fault": result["fault"], "notes": work.notes, "suspicious": work.suspicious}
        notebook["metadata"]["autograder"] = said
        notebook = nbformat.from_dict(notebook)
        feedback.clean(self._given.for_student(notebook), notebook)
        return notebook

    def _grade(self, student, work, notebook):
        """Write what nbgrader's Autograde, SaveAutoGrades and AssignLatePenalties write."""
        from nbgrader import utils

        gradebook = self._gradebook
        gradebook.update_or_create_student(student)
        # without a time of its own the work must not keep that of an earlier one
        submission = gradebook.update_or_create_submission(
            self.assignment, student, timestamp=work.timestamp or None
        )
        cells = {feedback.grade_id(cell): cell for cell in notebook.cells}
        if student in self._known:  # else it was made just now, and is all there
            [submission] = feedback.submissions(gradebook, self.assignment, student)
        self._known.add(student)
        [mine] = submission.notebooks
        for grade in mine.grades:
            grade.auto_score, _ = utils.determine_grade(cells[grade.name])
            by_hand = grade.manual_score is not None
            grade.needs_manual_grade = by_hand or grade.auto_score is None
        for comment in mine.comments:
            cell = cells[comment.name]
            untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            comment.auto_comment = "No response." if untouched else None
        late.penalise(submission, self._policy)
        gradebook.db.commit()
        [submission] = feedback.submissions(gradebook, self.assignment, student)
        return submission

    @staticmethod
    def _clear(folder, names):
        """Remove what an earlier submission had and this one has not."""
        wanted = {folder / name for name in names}
        for path in folder.iterdir():
            if path not in wanted and not any(path in file.parents for file in wanted):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _output(output):
    if output["type"] == "stream":
        return new_output("stream", name=output["name"], text=output["text"])
    if output["type"] == "error":
        return new_output(
            "error",
            ename=output["ename"],
            evalue=output["evalue"],
            traceback=output["traceback"].split("\n"),
        )
    return new_output("display_data", data=output["data"])


def _failure(name, text):
    """A failed test as an output. Its traceback is the message alone: no line of a hidden test."""
    return new_output("error", ename=name, evalue=text, traceback=text.split("\n"))

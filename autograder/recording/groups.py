"""An answer that a group handed in is read once: what a person gives to one member goes to all.

Its members have one work in submitted/, which `collect` brought. A table beside nbgrader's keeps
marks of what we copied, so that it is told from what a person has entered: where persons have
given the members different points, nothing is copied.
"""

from hashlib import sha256

from autograder import people


def groups(project, assignment):
    """[students] of each group: one upload of the platform's, and the same file in submitted/."""
    found = {}
    for student, uploads in sorted(people.collected(project.course, assignment).items()):
        path = project.course / "submitted" / student / assignment / f"{assignment}.ipynb"
        if uploads and path.is_file():
            newest = [*uploads][-1]
            digest = sha256(path.read_bytes()).digest()
            found.setdefault((newest, digest), []).append(student)
    return [students for students in found.values() if len(students) > 1]


def update(project, assignment):
    """Bring points and comments given by hand to all members, and have one of each group's answers
    wait for a person; the students of groups whose points have changed. Late penalties follow.
    """
    teams = groups(project, assignment)
    if not teams or not project.gradebook.is_file():
        return set()
    from nbgrader.api import Comment, Grade, Gradebook

    from autograder.recording import late

    policy = late.plugin(project)
    with Gradebook(project.database) as gradebook:
        grades = _rows(gradebook, assignment, Grade)
        comments, changed = _rows(gradebook, assignment, Comment), set()
        beside = _Beside(gradebook.db)
        read = [cell for cell, own in grades.items() if any(_by_hand(g) for g in own.values())]
        for cell in read:
            for team in teams:
                own = {s: grades[cell][s] for s in team if _by_hand(grades[cell].get(s))}
                copied = beside.spread(own, "manual_score")
                for student in copied:
                    own[student].needs_manual_grade = own[student].manual_score is None
                waiting = [grade for grade in own.values() if grade.needs_manual_grade]
                for grade in waiting[1:]:
                    grade.needs_manual_grade = False
                said = comments.get(cell, {})
                beside.spread({s: said[s] for s in own if s in said}, "manual_comment")
                changed |= {*own} if copied else set()
        gradebook.db.commit()
        if changed:
            late.bring_up_to_date(gradebook, assignment, policy, changed)
    return changed


def _by_hand(grade):
    """Whether it is of an answer that a person reads, and that somebody wrote."""
    return grade is not None and grade.auto_score is None


def _rows(gradebook, assignment, kind):
    """{cell: {student: its Grade or Comment}}"""
    from nbgrader.api import Assignment, BaseCell, SubmittedAssignment

    mine, found = SubmittedAssignment, {}
    rows = gradebook.db.query(mine.student_id, BaseCell.name, kind).select_from(mine)
    rows = rows.join(mine.assignment).join(mine.notebooks).join(kind).join(kind.cell)
    for student, cell, row in rows.filter(Assignment.name == assignment):
        found.setdefault(cell, {})[student] = row
    return found


class _Beside:
    """The table of what we copied: {id of a row: a mark of the value}."""

    def __init__(self, database):
        from sqlalchemy import text

        self._database, self._text = database, text
        self._run("CREATE TABLE IF NOT EXISTS copied (id VARCHAR(32) PRIMARY KEY, mark VARCHAR(8))")
        self._marks = dict(database.execute(text("SELECT id, mark FROM copied")).all())

    def spread(self, rows, column):
        """Copy the one value that persons gave to those who have none, or one of ours; whom.

        rows: {student: row} of a group's members. Where it was taken back, so are the copies.
        """
        values = {student: getattr(row, column) for student, row in rows.items()}
        given = {s: v for s, v in values.items() if v not in (None, "")}
        ours = {s for s, v in given.items() if self._marks.get(rows[s].id) == _mark(v)}
        own = {v for s, v in given.items() if s not in ours}
        if len(own) > 1:
            return set()
        value = own.pop() if own else None
        new = {s for s in rows if (s in ours or s not in given) and given.get(s) != value}
        for student in new:
            setattr(rows[student], column, value)
            self._marks[rows[student].id] = _mark(value)
            statement = "INSERT OR REPLACE INTO copied VALUES (:id, :mark)"
            self._run(statement, id=rows[student].id, mark=_mark(value))
        return new

    def _run(self, statement, **values):
        self._database.execute(self._text(statement), values)


def _mark(value):
    return people.digest(repr(value))

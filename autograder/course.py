"""The whole way on a sample class: release, make the class, grade it, compare, export.

It works in _build/course and never in the folder of a real class (DL4CV_COURSE).
"""

import hashlib
import json
import os

from autograder.project import UserError, write_atomic

_INPUTS = (
    *("solutions", "assignments", "autograder", "cs_lib"),
    *("nbgrader_config.py", "_config.yml", "requirements.txt", "constraints.txt"),
)
_OUTPUTS = (
    *("course.toml", "release"),
    *("source", "submitted", "sample", "autograded", "feedback", "gradebook.db", "grades.csv"),
)


def run(project, *, jobs=None, progress, say):
    """Do what is not done yet; return False if everything was. Raises UserError."""
    os.environ["DL4CV_COURSE"] = str(project.root / "_build" / "course")
    stamp = project.course / "course.json"
    if stamp.is_file() and stamp.read_bytes() == _stamp(project):
        return False
    from autograder import grade
    from autograder.authoring import choice, release
    from autograder.proving import sample
    from autograder.returning import export

    if not project.assignments:
        raise UserError("there is no solutions/*/notebook.py: nothing to release or grade")
    wrong = []
    assignments = choice.assignments(project)
    for assignment in assignments:
        for path in release.write(project, assignment):
            say(f"wrote {project.shown(path)}")
        sample.write(project, assignment, project.course)
        report = grade.grade(
            project, assignment, jobs=jobs, sandbox=_sandbox(say), progress=progress
        )
        wrong += [f"{assignment}: {s} was left out: {why}" for s, why in report.left_out.items()]
        wrong += [
            f"{assignment}: {message}"
            for message in sample.compare(project.course, assignment, report.scores)
        ]
        say(export.as_text(report.scores, report.exercises))
    if wrong:
        raise UserError("the sample class did not get what it must:\n" + "\n".join(wrong))
    say(f"{', '.join(assignments)}: every score is as expected")
    export.write_csv(project)
    write_atomic(stamp, _stamp(project))
    return True


def _stamp(project):
    return json.dumps(_state(project)).encode()


def _state(project):
    """A digest of what goes in and what came out."""
    roots = [project.root / name for name in _INPUTS] + [project.course / n for n in _OUTPUTS]
    digest = hashlib.sha256()
    for root in roots:
        files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
        for path in files:
            if "__pycache__" not in path.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(project.root)}\n{content}\n".encode())
    return digest.hexdigest()


def _sandbox(say):
    """The class is our own, so it may run without a sandbox where none can be built."""
    from autograder.judging.engine import choose_room

    try:
        choose_room()
    except UserError as error:
        say(f"graded without a sandbox: {error}")
        return "none"
    return "auto"

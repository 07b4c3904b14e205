"""What students get holds no answer, no wrong answer's code and no hidden test."""

import html
import json
import re

import pytest
from mini_course import ROOT, assignments, run

from autograder.authoring import catalogue, fingerprints
from autograder.authoring.source import HIDDEN, SOLUTION, read_source, regions, replace_regions
from autograder.project import Project
from autograder.proving import sample

PROJECT = Project(ROOT)


def code_lines(text):
    """The lines of code that say something: long enough, and no comment."""
    lines = (line.strip() for line in text.split("\n"))
    return {line for line in lines if len(line) >= 25 and not line.startswith(("#", '"""'))}


def inside(text, markers):
    lines = text.split("\n")
    return "\n".join("\n".join(lines[a + 1 : b]) for a, b in regions(text, *markers))


def secrets(assignment):
    """{line: where it is from} of all that may not get out."""
    folder = PROJECT.solution(assignment)
    source = read_source(folder / "notebook.py")
    given = "\n".join(
        replace_regions(replace_regions(cell.text, *SOLUTION), *HIDDEN) for cell in source.cells
    )
    found = {}
    for cell in source.cells:
        for markers, what in ((SOLUTION, "the solution"), (HIDDEN, "a hidden test")):
            for line in code_lines(inside(cell.text, markers)):
                found[line] = f"{what} in {cell.grade_id}"
    for entry in catalogue.load(PROJECT.mistakes(assignment), source.exercises):
        for line in code_lines(entry.code):
            found[line] = f"{entry.name}, {entry.kind} of {entry.exercise}"
    return {line: where for line, where in found.items() if line not in given}


def lines_in(text):
    """The lines of a page of HTML (a tag around every token), of a notebook, of a text."""
    try:
        content = json.loads(text)
    except ValueError:
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
    else:
        text = "\n".join(strings(content))
    return {line.strip() for line in text.split("\n")}


def strings(content):
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from strings(part)


def leaked(text, assignment):
    lines = lines_in(text)
    return {f"{line}  ({where})" for line, where in secrets(assignment).items() if line in lines}


@pytest.mark.parametrize("assignment", PROJECT.assignments)
def test_there_are_secrets_to_look_for_and_they_would_be_found(assignment):
    assert len(secrets(assignment)) > 100
    source = (PROJECT.solution(assignment) / "notebook.py").read_text(encoding="utf-8")
    assert any("the solution" in where for where in leaked(source, assignment))
    assert any("a hidden test" in where for where in leaked(json.dumps(source), assignment))


@pytest.mark.parametrize("assignment", PROJECT.assignments)
def test_released_files_hold_no_secret(assignment):
    files = [path for path in PROJECT.release(assignment).rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert leaked(path.read_text(encoding="utf-8"), assignment) == set(), path.name


@pytest.mark.parametrize("assignment", assignments())
def test_feedback_holds_no_hidden_test_and_names_mistakes(assignment, tmp_path):
    """A student who makes a mistake in each exercise, found by hidden tests where there is one."""
    source = read_source(PROJECT.solution(assignment) / "notebook.py")
    known = fingerprints.read(PROJECT, assignment, source)
    hidden = {
        name
        for table in known.values()
        for part in table["hidden"].values()
        for names in part.values()
        for name in names
    }
    answers, titles = {}, []
    for entry in catalogue.load(PROJECT.mistakes(assignment), source.exercises):
        if entry.kind != "mistake":
            continue
        if f"{entry.exercise}.{entry.name}" in hidden or entry.exercise not in answers:
            answers[entry.exercise] = entry
    titles = [entry.when for entry in answers.values()]
    codes = {name: entry.code for name, entry in answers.items()}
    released = (PROJECT.release(assignment) / f"{assignment}.ipynb").read_bytes()
    notebook = sample.submission(released, source, sample.Student(codes))
    path = tmp_path / "submitted" / "someone" / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(notebook)
    done = run("autograder", "grade", assignment, cwd=ROOT, DL4CV_COURSE=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "feedback" / "someone" / assignment / f"{assignment}.html").read_text()
    own = set().union(*(code_lines(code) for code in codes.values()))
    assert {line for line in leaked(text, assignment) if line.split("  (")[0] not in own} == set()
    plain = html.unescape(re.sub(r"<[^>]*>", "", text))
    assert "BEGIN HIDDEN" not in plain
    flat = " ".join(plain.split())
    assert [title for title in titles if title not in flat] == []
    labels = {label for table in known.values() for label in table["hidden"]}
    failed = {line[2:] for line in plain.split("\n") if line.startswith("✗ ")}
    for label in labels & failed:
        message = plain[plain.index(f"✗ {label}") :].split("\n\n")[0]
        assert "\n  for   " not in message, "the input of a hidden test"

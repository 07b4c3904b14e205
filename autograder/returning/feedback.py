"""What a student gets back: one page from the graded notebook and the gradebook.

The page shows the student's code and outputs; of a test it shows the visible part, as the source
has it, and the message of a failed check. Hidden tests are taken out wherever they appear.
"""

import ast
import json
import re
import textwrap
from dataclasses import dataclass, field, replace

import nbformat
from markupsafe import Markup

from autograder.authoring import book, release
from autograder.authoring.source import HIDDEN, Source, read_source, regions, replace_regions
from autograder.judging.disclose import STOPPED
from autograder.project import UserError, write_atomic
from autograder.returning.page import code, document, join, markdown, picture, plain, terminal

OUTPUTS = 40  # of one cell
TIMEOUTS = ("CellTimeoutError", "TimeoutError", "KeyboardInterrupt")
_PAGE_TEXT = 250_000  # characters of all outputs of a page
_PAGE_IMAGES = 5_000_000  # bytes of HTML
_COLOUR = r"\x1b\[[0-9;]*m"
_WHEN = "This is what you get when "


def write(project, assignment, students=None):
    """Write feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html for each of students (default: all graded).

    Returns {student: why there is none}. The gradebook is read through nbgrader's API, so points,
    comments and penalties are those of the moment: run it again after grading by hand.
    """
    given = Given.read(project, assignment)
    results = read_results(project, assignment, students)
    left_out = dict.fromkeys(students or [], "the gradebook has no result")
    for student, result in results.items():
        try:
            nb = read_notebook(project, assignment, student)
            content = page(given.for_student(nb), nb, result)
        except UserError as error:
            left_out[student] = str(error)
            continue
        folder = project.course / "feedback" / student / assignment
        write_atomic(folder / f"{assignment}.html", content)
        left_out.pop(student, None)
    return left_out


# --- what goes in ---


@dataclass
class Given:
    """What everybody got. cells: {cell id: text}; hidden: the lines that may not be shown.

    inputs: long strings and numbers of hidden tests. A tested function can keep what it is called
    with, for a later cell to print.
    """

    assignment: str
    title: str
    source: Source
    cells: dict
    hidden: set
    site: str
    mistakes: dict  # {exercise.name: {"when", "hint", "read"}}, from the hints file
    inputs: set = field(default_factory=set)

    @classmethod
    def read(cls, project, assignment):
        project.check_assignment(assignment)
        path = project.solution(assignment) / "notebook.py"
        source = read_source(path, project.shown(path))
        address = release.repository(project)
        nb = release.notebook(source, repository=address)
        hidden = {line.strip() for cell in source.cells for line in _hidden(cell.text)}
        hints = project.hints(assignment)
        mistakes = json.loads(hints.read_text("utf-8"))["mistakes"] if hints.is_file() else {}
        cells = {cell.id: cell.source for cell in nb.cells}
        visible = "\n".join(replace_regions(cell.text, *HIDDEN) for cell in source.cells)
        hidden = {line for line in hidden if len(line) >= 12 and line not in visible}
        inputs = {word for cell in source.cells for word in _inputs(_hidden(cell.text))}
        inputs = {word for word in inputs if word not in visible}
        title = source.title or assignment
        return cls(assignment, title, source, cells, hidden, book.site(address), mistakes, inputs)

    def for_student(self, nb):
        """The same, but what a student has written is no secret to that student."""
        tests = {test.grade_id for e in self.source.exercises.values() for test in e.tests}
        own = "\n".join(
            plain(text)
            for cell in nb.cells
            if (text := cell.get("source", "")) != self.cells.get(cell.get("id"))
            and grade_id(cell) not in tests
        )
        hidden, inputs = (
            {x for x in secrets if x not in own} for secrets in (self.hidden, self.inputs)
        )
        return replace(self, hidden=hidden, inputs=inputs)

    @property
    def cleaned(self):
        """The same, for a notebook that `clean` has been through."""
        return replace(self, hidden=set(), inputs=set())

    def without_hidden(self, text, *, inputs=False):
        """An output, but for lines with a line of a hidden test (or an input of one) in them."""
        kept, text = [], plain(text)
        bare = re.sub(_COLOUR, "", text)
        known = self.hidden | (self.inputs if inputs else set())
        secrets = [secret for secret in known if secret in bare]
        if not secrets:
            return text
        for line in text.split("\n"):
            bare = re.sub(_COLOUR, "", line)
            if not any(secret in bare for secret in secrets):
                kept.append(line)
            elif not kept or kept[-1] != "(hidden test)":
                kept.append("(hidden test)")
        return "\n".join(kept)


def _hidden(text):
    lines = text.split("\n")
    return [line for first, last in regions(text, *HIDDEN) for line in lines[first : last + 1]]


def _inputs(lines):
    """The strings and numbers in code that are long enough to be recognised, messages left out."""
    try:
        tree = ast.parse(textwrap.dedent("\n".join(lines)))
    except SyntaxError:
        return
    shown = [k.value for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "label"]
    shown += [node.msg for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in shown:
            text = node.value if isinstance(node.value, str) else repr(node.value)
            if len(text.strip()) >= 6 and type(node.value) in (str, int, float):
                yield text.removesuffix(".0")


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


def read_notebook(project, assignment, student):
    """The graded notebook. Raises UserError."""
    path = project.course / "autograded" / student / assignment / f"{assignment}.ipynb"
    try:
        return nbformat.reads(path.read_text("utf-8"), as_version=4)
    except FileNotFoundError:
        raise UserError(f"{project.shown(path)} is not there: grade it again") from None
    except Exception as error:  # whatever is wrong with one, the others get their feedback
        raise UserError(
            f"{project.shown(path)} is not a notebook ({type(error).__name__}): grade it again"
        ) from None


# --- what a failed test says ---


@dataclass
class Named:
    """A mistake that was recognised. url: of the section of the book, or ""."""

    when: str
    hint: str
    read: str
    url: str


@dataclass
class Failure:
    """label: of the check, or "" where the test failed without one."""

    label: str
    lines: list
    named: list
    error: str  # the exception's name

    @property
    def unwritten(self):
        """Whether the exercise was left as it was."""
        text = " ".join(self.lines)
        return "not written yet." in text or (
            self.error == "NotImplementedError" and text.startswith("Replace the `raise` line")
        )


def clean(given, nb):
    """Take hidden tests out of all outputs of a graded notebook. given: as `Given.for_student`."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = given.without_hidden(output.text, inputs=True)
            elif output.output_type == "error":
                output.evalue = _clean_error(output.ename, output.evalue, given)
                output.traceback = _clean_error(
                    output.ename, "\n".join(output.traceback), given
                ).split("\n")
            elif "text/plain" in output.data:
                text = given.without_hidden(output.data["text/plain"], inputs=True)
                output.data["text/plain"] = text


def _clean_error(name, text, given):
    by_student = name != "CheckFailed" or "\n  your code raised " in text
    return given.without_hidden(text, inputs=by_student)


def failure(cell, given):
    """The Failure that a test cell ended in, or None."""
    errors = [o for o in cell.get("outputs", []) if o.get("output_type") == "error"]
    if not errors:
        return None
    error = errors[-1]
    name = plain(error.get("ename", ""), 80)
    text = _clean_error(name, plain(error.get("evalue", ""), 4000), given)
    if name != "CheckFailed":
        return Failure("", [text] if text.strip() else [], [], name)
    first, *rest = text.split("\n")
    starts = [i for i, line in enumerate(rest) if line.strip().startswith(_WHEN)]
    ends = [*starts[1:], len(rest)] if starts else []
    named = [_named(rest[a:b], given) for a, b in zip(starts, ends, strict=True)]
    lines = [line.removeprefix("  ") for line in rest[: starts[0] if starts else None]]
    return Failure(first.removeprefix("✗ "), lines, named, name)


def _named(lines, given):
    """The mistake of "This is what you get when …", its hint and "Read: Page › Section  URL"."""
    where = [i for i, line in enumerate(lines) if line.strip().startswith("Read: ")]
    last = where[0] if where else len(lines)
    text = " ".join(" ".join(lines[:last]).split()).removeprefix(_WHEN)
    known = [m["when"] for m in given.mistakes.values() if text.startswith(m["when"] + ".")]
    when = max(known, key=len, default=text.split(". ")[0].rstrip("."))
    read = lines[last].strip().removeprefix("Read: ") if where else ""
    section, _, url = read.rpartition("  ")
    if not url.startswith(given.site):  # a student's program can print such a line too
        section, url = read, ""
    return Named(when, text.removeprefix(when + ".").strip(), section, url)


# --- the page ---


def prepare(given):
    """Make what is on everybody's page and kept: the first page then comes as fast as the others.

    given: a Given.
    """
    for cell, text in zip(given.source.cells, given.cells.values(), strict=True):
        if cell.is_test:
            code(replace_regions(cell.text, *HIDDEN))
        elif cell.kind == "markdown":
            markdown(plain(text))
        elif not cell.is_solution:
            code(plain(text))


class _Budget:
    """What is left of a page's size."""

    def __init__(self):
        self.text, self.images = _PAGE_TEXT, _PAGE_IMAGES


def page(given, nb, result):
    """The bytes of the page. nb: the graded notebook; given: as `Given.for_student` gives it."""
    cells = {}
    for cell in nb.cells:
        cells.setdefault(grade_id(cell), cell)
    failures = {
        test.grade_id: failure(cells.get(test.grade_id, {}), given)
        for exercise in given.source.exercises.values()
        for test in exercise.tests
    }
    body = [_head(given, result), _table(given, result, failures)]
    body.append(Markup("<h2>Your notebook</h2>"))
    body += _cells(given, nb, result, failures)
    title = f"{given.title}: feedback for {result.student}"
    return document(title, join(body))


def grade_id(cell):
    metadata = cell.get("metadata", {}).get("nbgrader", {})
    name = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


def _head(given, result):
    who = f"{result.name} ({result.student})" if result.name else result.student
    late = Markup("<p>{} points, less {} because it came late.</p>").format(
        number(result.score), number(result.penalty)
    )
    return Markup(
        '<header><p class="soft">Feedback for {}</p><h1>{}</h1>'
        '<p class="total">{} <small>of {} points</small></p>'
        '<progress aria-label="Points" max="{}" value="{}"></progress>{}</header>'
    ).format(
        plain(who, 200),
        given.title,
        number(result.total),
        number(result.max_score),
        result.max_score,
        result.total,
        late if result.penalty else "",
    )


def number(value):
    return f"{round(value, 2):g}"


def _table(given, result, failures):
    rows = []
    for name, exercise in given.source.exercises.items():
        points = [result.grades.get(test.grade_id) for test in exercise.tests]
        said = [failures[test.grade_id] for test in exercise.tests if failures[test.grade_id]]
        score, out_of = result.points(exercise.tests), exercise.points
        if any(p and p.open for p in points):
            what = _mark("note", "?", "a person will look at it")
        elif score >= out_of:
            what = _mark("good", "✓", "solved")
        elif said and all(f.unwritten for f in said):
            what = _mark("soft", "–", "not written yet")
        elif named := [n.when for f in said for n in f.named]:
            what = _mark("bad", "✗", named[0])
        else:
            what = _mark("bad", "✗", next((f.label for f in said if f.label), "a test failed"))
        rows.append(
            Markup(
                '<tr><th scope="row"><a href="#exercise-{}">{}</a></th>'
                '<td class="number">{} of {}</td><td>{}</td></tr>'
            ).format(name, breakable(name), number(score), number(out_of), what)
        )
    return Markup(
        '<h2>Points</h2><table><thead><tr><th scope="col">Exercise</th>'
        '<th scope="col" class="number">Points</th><th scope="col">What was found</th></tr></thead>'
        "<tbody>{}</tbody></table>"
    ).format(join(rows))


def breakable(name):
    """A name that may go on in the next line after an underscore."""
    return Markup("_<wbr>").join(name.split("_"))


def _mark(kind, sign, text):
    return Markup('<span class="{}"><span aria-hidden="true">{}</span> {}</span>').format(
        kind, sign, text
    )


def _cells(given, nb, result, failures):
    tests = {t.grade_id: t for e in given.source.exercises.values() for t in e.tests}
    budget = _Budget()
    for cell in nb.cells:
        name, text = grade_id(cell), plain(cell.get("source", ""))
        if name in tests and cell.get("cell_type") == "code":
            yield _test(given, tests[name], failures[name], result.grades.get(name))
        elif cell.get("cell_type") == "code":
            exercise = given.source.exercises.get(name)
            if exercise:
                points = number(result.points(exercise.tests)), number(exercise.points)
                heading = '<h3 id="exercise-{0}"><span>{0}</span><span>{1} of {2}</span></h3>'
                yield Markup(heading).format(name, *points)
            known = not exercise and given.cells.get(cell.get("id")) == cell.get("source")
            yield _folded("Given code", code(text)) if known else code(text) if text else ""
            yield _outputs(given, cell, budget)
        else:
            known = given.cells.get(cell.get("id")) == cell.get("source")
            heading = re.match(r"#+ +(.+)", text)
            title = re.sub(r"[*`]", "", heading[1]) if heading else "Text"
            yield _folded(title, markdown(text)) if known else markdown(text)
        if name not in tests or cell.get("cell_type") != "code":
            yield _comment(result.comments.get(name))


def _folded(title, content):
    return Markup("<details><summary>{}</summary>{}</details>").format(plain(title, 120), content)


def _comment(text):
    if not text:
        return ""
    return Markup('<div class="card note"><p class="label">Comment</p>{}</div>').format(
        markdown(text)
    )


def _test(given, test, failed, points):
    got = f"{number(points.score)} of {number(points.out_of)}" if points else "no points yet"
    notes = ["by hand"] if points and points.by_hand else []
    notes += ["a person will look at it"] if points and points.open else []
    hidden = bool(regions(test.text, *HIDDEN))
    notes += ["with a hidden part"] if hidden else []
    title = f"{test.grade_id}: {', '.join([got, *notes])}"
    folded = _folded(title, code(replace_regions(test.text, *HIDDEN)))
    return join([_said(failed), folded])


def _said(failed):
    """The message of a failed test."""
    if failed is None:
        return ""
    if failed.unwritten:
        return Markup('<p class="soft">– Not written yet</p>')
    if failed.error in TIMEOUTS:
        lines = ["The test was stopped: your code took too long."]
    elif failed.label or failed.error == STOPPED:
        lines = failed.lines
    else:
        lines = [": ".join([failed.error, *failed.lines])] if failed.error else failed.lines
    named = [
        Markup("<p><strong>{}{}.</strong></p><p>{}</p>{}").format(_WHEN, n.when, n.hint, _read(n))
        for n in failed.named
    ]
    details = Markup("<pre>{}</pre>").format("\n".join(lines)) if any(lines) else ""
    return Markup('<div class="card bad"><p class="label">✗ {}</p>{}{}</div>').format(
        failed.label or "A test failed", details, join(named)
    )


def _read(named):
    if not named.url:
        return Markup("<p>Read: {}</p>").format(named.read) if named.read else ""
    link = '<p>Read: <a rel="noopener noreferrer" href="{}">{}</a></p>'
    return Markup(link).format(named.url, named.read)


def _outputs(given, cell, budget):
    parts, outputs = [], cell.get("outputs", [])
    for output in outputs[:OUTPUTS]:
        kind, data = output.get("output_type"), output.get("data", {})
        if kind == "stream":
            parts.append(_text(given, output.get("text", ""), budget))
        elif kind == "error":
            trace = "\n".join(map(str, output.get("traceback", []))) or output.get("evalue", "")
            parts.append(_text(given, trace, budget))
        elif isinstance(data, dict):
            parts.append(_data(given, data, budget))
    if len(outputs) > OUTPUTS:
        parts.append(_left_out(f"{len(outputs) - OUTPUTS:,} more outputs are left out"))
    return join(parts)


def _left_out(text):
    return Markup('<p class="soft">({})</p>').format(text)


def _text(given, text, budget):
    text = given.without_hidden(text, inputs=True)
    if not text.strip():
        return ""
    if len(text) > budget.text:
        return _left_out("text is left out: the page has enough of it")
    budget.text -= len(text)
    return Markup('<pre class="out">{}</pre>').format(terminal(text.rstrip("\n")))


def _data(given, data, budget):
    """A picture, or text. HTML, SVG and JavaScript are shown as the text that comes with them."""
    for kind in ("png", "jpeg"):
        if f"image/{kind}" in data:
            alt = plain(data.get("text/plain", ""), 200) or "a picture"
            image = picture(
                data[f"image/{kind}"], kind, f"Output: {given.without_hidden(alt, inputs=True)}"
            )
            if image is None or len(image) > budget.images:
                return _left_out("a picture is left out: too large, or damaged")
            budget.images -= len(image)
            return image
    texts = [data[k] for k in ("text/plain", *sorted(data)) if isinstance(data.get(k), str | list)]
    return _text(given, texts[0], budget) if texts else ""

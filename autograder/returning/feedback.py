"""What a student gets back: one page from the graded notebook and the gradebook.

The page shows the student's code and outputs; of a test it shows the visible part, as the source
has it, and the message of a failed check. Hidden tests are taken out wherever they appear.
"""

import json
import re
from dataclasses import dataclass, replace

import nbformat
from markupsafe import Markup

from autograder.authoring import book, release
from autograder.authoring.source import (
    CHALLENGE_TEST,
    HIDDEN,
    SOLUTION,
    STUB,
    Source,
    defined_names,
    regions,
    replace_regions,
)
from autograder.guard import Guard, Trouble
from autograder.judging.disclose import STOPPED
from autograder.judging.secrets import Secrets, grade_id, plain
from autograder.project import UserError, write_atomic
from autograder.recording.gradebook import read_results
from autograder.returning.page import code, document, join, markdown, picture, terminal

OUTPUTS = 40  # of one cell
TIMEOUTS = ("CellTimeoutError", "TimeoutError", "KeyboardInterrupt")
_PAGE_TEXT = 250_000  # characters of all outputs of a page
_PAGE_IMAGES = 5_000_000  # bytes of HTML
_WHEN = "This is what you get when "
# The heading of the text of an exercise, or of a question.
_ASKED = re.compile(r"(?m)^#+ +(?:Exercise|Question) `(\w+)`.*\n?")


def write(project, assignment, students=None):
    """Write feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html for each of students (default: all graded).

    Returns {student: why there is none}. The gradebook is read through nbgrader's API, so points,
    comments and penalties are those of the moment: run it again after grading by hand.
    """
    project.check_assignment(assignment)
    left_out = dict.fromkeys(students or [], "the gradebook has no result")
    with Guard(Pages, project, assignment) as guard:
        for student, result in read_results(project, assignment, students).items():
            try:
                write_page(project, assignment, made(guard, "of_file", result), result)
                left_out.pop(student, None)
            except (Trouble, UserError, OSError) as error:
                left_out[student] = str(error)
    return left_out


def path(project, assignment, student):
    """Where a student's page lies."""
    return project.course / "feedback" / student / assignment / f"{assignment}.html"


def write_page(project, assignment, content, result):
    """Write the page of one student. content: its bytes."""
    write_atomic(path(project, assignment, result.student), content)


def made(guard, method, *args):
    """The bytes of a page, as a method of `Pages` in a guard.Guard makes them.

    Where it cannot be set in time, what the student wrote is on it as it was typed.
    """
    try:
        return guard.call(method, *args).result()
    except Trouble as first:
        try:
            return guard.call(method, *args, False).result()
        except Trouble:
            raise first from None


class Pages:
    """Makes the pages of an assignment's students."""

    def __init__(self, project, assignment):
        self._project, self._given = project, Given.read(project, assignment)
        prepare(self._given)

    def of_file(self, result, set_text=True):
        """The page for a gradebook.Result, with the graded notebook that lies in autograded/.

        set_text: Markdown is set, and code coloured. Raises UserError where there is no notebook.
        """
        nb = _notebook(self._project, self._given.assignment, result.student)
        given = replace(self._given.for_student(nb), set_text=set_text)
        return page(given, nb, result)

    def of(self, content, result, set_text=True):
        """The same for the bytes of a notebook, which `Secrets.clean` has been through."""
        nb = nbformat.from_dict(json.loads(content))
        return page(replace(self._given.cleaned, set_text=set_text), nb, result)


# --- what goes in ---


@dataclass
class Given:
    """What everybody got, and what of hidden tests nobody may see. cells: {cell id: text}."""

    assignment: str
    title: str
    source: Source
    notebook: dict  # with its solutions
    cells: dict
    secrets: Secrets
    site: str
    mistakes: dict  # {exercise.name: {"when", "hint", "read"}}, from the hints file
    set_text: bool = True  # else what a student wrote is shown as it was typed

    @classmethod
    def read(cls, project, assignment):
        source = release.taught(project, assignment)
        address = release.repository(project)
        nb = release.notebook(source, repository=address, book=book.sections(project))
        hints = project.hints(assignment)
        return cls(
            assignment=assignment,
            title=source.title or assignment,
            source=source,
            notebook=nb,
            cells={cell.id: cell.source for cell in nb.cells},
            secrets=Secrets.of(source, nb),
            site=book.site(address),
            mistakes=json.loads(hints.read_text("utf-8"))["mistakes"] if hints.is_file() else {},
        )

    def for_student(self, nb):
        """The same, but what a student has written is no secret to that student."""
        return replace(self, secrets=self.secrets.for_student(nb))

    def stub(self, name):
        """The text of an exercise's cell, as it was given."""
        text = self.source.exercises[name].cell.text
        return replace_regions(text, *SOLUTION, STUB.format(name=name).split("\n"))

    @property
    def tests(self):
        """{grade_id: the test cell}, as the source has it."""
        return {t.grade_id: t for e in self.source.exercises.values() for t in e.tests}

    @property
    def names(self):
        """All that the notebook defines for everybody alike, exercises among them."""
        code = [cell for cell in self.source.cells if cell.kind == "code"]
        cells = [cell for cell in code if not cell.is_solution and not cell.is_question]
        return {*self.source.exercises}.union(*(defined_names(cell.text) for cell in cells))

    @property
    def cleaned(self):
        """The same, for notebooks that `Secrets.clean` has been through."""
        return replace(self, secrets=Secrets())


def graded(project, assignment, students=None):
    """(gradebook.Result, the graded notebook or None, why there is none) of each of students.

    students: their names; default: all whom the gradebook has.
    """
    for student, result in read_results(project, assignment, students).items():
        try:
            yield result, _notebook(project, assignment, student), ""
        except UserError as error:
            yield result, None, str(error)


def _notebook(project, assignment, student):
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
        """Whether the exercise was left as it was: what its stub raises is what the test saw."""
        text = " ".join(self.lines)
        if self.error == "NotImplementedError":
            return text.startswith("Replace the `raise` line in ")
        return self.error == "CheckFailed" and text.startswith("not written yet.")


def failure(cell, given):
    """The Failure that a test cell ended in, or None."""
    errors = [o for o in cell.get("outputs", []) if o.get("output_type") == "error"]
    if not errors:
        return None
    error = errors[-1]
    name = plain(error.get("ename", ""), 80)
    text = given.secrets.without_in_error(name, plain(error.get("evalue", ""), 4000))
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
    tests = given.tests
    for cell in given.notebook["cells"]:
        name = grade_id(cell)
        if name in tests:
            code(replace_regions(tests[name].text, *HIDDEN))
        elif cell["cell_type"] == "markdown":
            markdown(plain(cell["source"]), ours=True)
        elif name not in given.source.exercises:
            code(plain(cell["source"]))


class _Budget:
    """What is left of a page's size."""

    def __init__(self):
        self.text, self.images = _PAGE_TEXT, _PAGE_IMAGES


def page(given, nb, result):
    """The bytes of the page. nb: the graded notebook; given: its secrets are those of others."""
    cells = {}
    for cell in nb.cells:
        cells.setdefault(grade_id(cell), cell)
    failures = {name: failure(cells.get(name, {}), given) for name in given.tests}
    body = [_head(given, result), _not_here(nb), _what_now(failures)]
    body.append(_table(given, result, failures))
    body.append(_challenge(given, nb))
    body.append(Markup("<h2>Your notebook</h2>"))
    body += _cells(given, nb, result, failures)
    title = f"{given.title}: feedback for {result.student}"
    return document(title, join(body))


def _head(given, result):
    who = f"{result.name} ({result.student})" if result.name else result.student
    late = Markup("<p>{} points, less {} because it came late.</p>").format(
        number(result.score), number(result.penalty)
    )
    return Markup(
        '<header><p class="soft">Feedback for {}</p><h1>{}</h1>'
        '<p class="total">{} <small>of {} points</small></p>'
        '<progress aria-label="Points" max="{}" value="{}"></progress>{}{}</header>'
    ).format(
        plain(who, 200),
        given.title,
        number(result.total),
        number(result.max_score),
        result.max_score,
        result.total,
        late if result.penalty else "",
        join([_in_proportion(given, result), _not_yet(given, result)]),
    )


def _not_yet(given, result):
    """What of the maximum nobody can have yet."""
    waiting = [q for name, q in given.source.questions.items() if name in result.waiting]
    if not waiting:
        return ""
    points = number(sum(question.points for question in waiting))
    names = ", ".join(question.name for question in waiting)
    text = "<p>{} points of the {} are not given yet: a person will read {}.</p>"
    return Markup(text).format(points, number(result.max_score), names)


def _in_proportion(given, result):
    """What of the total stands for exercises that do not count for this student alone."""
    exercises = {name: given.source.graded[name] for name, _ in result.adjusted.items()}
    out = [n for n, e in exercises.items() if result.adjusted[n].what == "void"]
    shares = {name: result.points(exercises[name].tests) for name in out}
    if not any(shares.values()):
        return ""
    names, points = ", ".join(out), sum(exercises[name].points for name in out)
    return Markup(
        "<p>{} of them are for {}, in place of up to {}: the same share as you have of all other "
        "points.</p>"
    ).format(number(sum(shares.values())), names, number(points))


def _what_now(failures):
    """What to do with this page, where something is left to do."""
    left = [failed for failed in failures.values() if failed]
    if not left:
        return ""
    known = sum(bool(failed.named) for failed in left)
    names = f" {known} of them are mistakes that we know, with what to read." if known else ""
    return Markup(
        '<div class="card note"><p class="label">What now</p><p>{} of {} cells of checks failed.{} '
        "Below, each says what it saw. Mend your functions, run the notebook from the top, and, if "
        "your course takes it again, hand it in once more.</p></div>"
    ).format(len(left), len(failures), names)


def _not_here(nb):
    """What ran where the student wrote it, and failed where it was graded."""
    said = nb.metadata.get("autograder", {}).get("here", [])
    if not said:
        return ""
    lines = join(Markup("<p>{}</p>").format(plain(line, 300)) for line in said)
    return Markup(
        '<div class="card note"><p class="label">Fails where it was graded</p>{}<p>There, a '
        "notebook has the course's packages, the release's files and what was handed in beside it, "
        "and no internet. Do without what is not there.</p></div>"
    ).format(lines)


def number(value):
    return f"{round(value, 2):g}"


def _table(given, result, failures):
    rows = []
    for name, exercise in given.source.graded.items():
        points = [result.grades.get(test.grade_id) for test in exercise.tests]
        said = [f for test in exercise.tests if (f := failures.get(test.grade_id))]
        score, out_of = result.points(exercise.tests), exercise.points
        adjusted = result.adjusted.get(name)
        if adjusted and adjusted.what == "full":
            what = _mark("good", "✓", adjusted.said)
        elif adjusted and adjusted.what == "void":
            what = _mark("soft", "–", adjusted.said)
        elif any(p and p.open for p in points):
            what = _mark("note", "?", "a person will look at it")
        elif name in given.source.questions:
            what = _read_by_a_person(points[0], out_of)
        elif score >= out_of:
            what = _mark("good", "✓", "solved")
        elif said and all(f.unwritten for f in said):
            what = _mark("soft", "–", "not written yet")
        elif named := [n.when for f in said for n in f.named]:
            what = _mark("bad", "✗", named[0])
        else:
            what = _mark("bad", "✗", next((f.label for f in said if f.label), "a test failed"))
        if name in given.source.exercises and any(p and p.by_hand for p in points):
            what += Markup(" {}").format(_mark("note", "·", "given by hand"))
        if adjusted and adjusted.what == "bonus":
            what += Markup(" {}").format(_mark("note", "+", adjusted.said))
        rows.append(
            Markup(
                '<tr><th scope="row"><a href="#exercise-{}">{}</a></th>'
                '<td class="number">{}</td><td>{}</td></tr>'
            ).format(name, breakable(name), _got(exercise, result, adjusted), what)
        )
    return Markup(
        '<h2>Points</h2><table><thead><tr><th scope="col">Exercise</th>'
        '<th scope="col" class="number">Points</th><th scope="col">What was found</th></tr></thead>'
        "<tbody>{}</tbody></table>"
    ).format(join(rows))


def _challenge(given, nb):
    """What came of the open challenge, in a line, where it was written."""
    score, why = challenge(nb)
    if not given.source.challenge or not (score or why):
        return ""
    got = score or f"no score ({why.rstrip('.')})"
    text = Markup("<p>Open challenge: {}; the course's own answer {}.</p>")
    return text.format(plain(got, 300), given.source.challenge.own)


def challenge(nb):
    """(score, why there is none) of the open challenge in a graded notebook, as texts."""
    score, why = nb.metadata.get("autograder", {}).get("challenge", ("", ""))
    return score, why


def _read_by_a_person(points, out_of):
    """What a person found of an answer that is not to be looked at again."""
    if points and points.by_hand:
        return _mark(*(("good", "✓") if points.score >= out_of else ("note", "·")), "given by hand")
    return _mark("soft", "–", "not answered")


def _got(exercise, result, adjusted):
    """The points of an exercise in words."""
    if exercise.name in result.waiting and not (adjusted and adjusted.what == "void"):
        return f"? of {number(exercise.points)}"
    return counted(result.points(exercise.tests), exercise.points, adjusted)


def counted(score, out_of, adjusted):
    """Points in words. adjusted: the adjustments.Adjustment of their exercise, or None."""
    if adjusted and adjusted.what == "void":
        return "–"
    return f"{number(score)} of {number(out_of)}" + (
        ", bonus" if adjusted and adjusted.what == "bonus" else ""
    )


def breakable(name):
    """A name that may go on in the next line after an underscore."""
    return Markup("_<wbr>").join(name.split("_"))


def _mark(kind, sign, text):
    return Markup('<span class="{}"><span aria-hidden="true">{}</span> {}</span>').format(
        kind, sign, text
    )


def _cells(given, nb, result, failures):
    tests = given.tests
    owners = {t.grade_id: name for name, e in given.source.exercises.items() for t in e.tests}
    budget, begun = _Budget(), set()  # begun: the exercises whose heading stands above their text
    for cell in nb.cells:
        name, text = grade_id(cell), plain(cell.get("source", ""))
        if given.source.challenge and name == CHALLENGE_TEST:
            yield _folded("The check of the open challenge", code(text))
        elif name in tests and cell.get("cell_type") == "code":
            yield _test(tests[name], failures[name], result, owners[name])
        elif name in given.source.questions:
            if name not in begun:
                yield _heading(given, result, name)
            yield from _answer(given, cell, text, result, budget)
        elif cell.get("cell_type") == "code":
            exercise = given.source.exercises.get(name)
            if exercise and name not in begun:
                yield _heading(given, result, name)
            known = not exercise and given.cells.get(cell.get("id")) == cell.get("source")
            yield _folded("Given code", code(text)) if known else _code(given, text)
            yield _outputs(given, cell, budget)
        else:
            known = given.cells.get(cell.get("id")) == cell.get("source")
            heading = re.match(r"#+ +(.+)", text)
            title = re.sub(r"[*`]", "", heading[1]) if heading else "Text"
            asked = _ASKED.search(text) if known else None
            if asked and asked[1] in given.source.graded and asked[1] not in begun:
                begun.add(asked[1])
                yield _heading(given, result, asked[1])
                title = "What was asked"
            if asked and asked[1] in given.source.questions:  # with what counts, so in full view
                yield markdown(text.replace(asked[0], "", 1), ours=True)
            elif known:
                yield _folded(title, markdown(text, ours=True))
            else:
                yield markdown(text) if given.set_text else _typed("text", text)
        if name not in tests or cell.get("cell_type") != "code":
            yield _comment(result.comments.get(name))


def _answer(given, cell, text, result, budget):
    """What a student answered to a question, and what a person makes of it."""
    points = result.grades.get(grade_id(cell))
    if points and not (points.by_hand or points.open):
        yield Markup('<p class="soft">– Not answered</p>')
        return
    yield Markup('<p class="label">{}</p>').format("Your answer")
    if cell.get("cell_type") == "code":
        yield _code(given, text)
        yield _outputs(given, cell, budget)
    else:
        yield markdown(text) if given.set_text else _typed("text", text)
    if points and points.by_hand:
        got = f"{number(points.score)} of {number(points.out_of)} points"
        yield Markup('<p class="label">{}</p>').format(got)


def _code(given, text):
    if not text:
        return ""
    return code(text) if given.set_text else _typed("code", text)


def _typed(kind, text):
    return Markup('<pre class="{}">{}</pre>').format(kind, text.replace("\x1b", ""))


def _heading(given, result, name):
    got = _got(given.source.graded[name], result, result.adjusted.get(name))
    heading = '<h3 id="exercise-{0}"><span>{0}</span><span>{1}</span></h3>'
    return Markup(heading).format(name, got)


def _folded(title, content):
    return Markup("<details><summary>{}</summary>{}</details>").format(plain(title, 120), content)


def _comment(text):
    if not text:
        return ""
    return Markup('<div class="card note"><p class="label">Comment</p>{}</div>').format(
        markdown(text)
    )


def _test(test, failed, result, exercise):
    points, adjusted = result.grades.get(test.grade_id), result.adjusted.get(exercise)
    got = counted(points.score, test.nbgrader["points"], adjusted) if points else "no points yet"
    notes = [adjusted.word] if adjusted else []
    notes += ["by hand"] if points and points.by_hand else []
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
    text = given.secrets.without(text, inputs=True)
    if not text.strip():
        return ""
    if len(text) > budget.text:
        return _left_out("text is left out: the page has enough of it")
    budget.text -= len(text)
    text = text.rstrip("\n")
    return Markup('<pre class="out">{}</pre>').format(
        terminal(text) if given.set_text else plain(text).replace("\x1b", "")
    )


def _data(given, data, budget):
    """A picture, or text. HTML, SVG and JavaScript are shown as the text that comes with them."""
    for kind in ("png", "jpeg"):
        if f"image/{kind}" in data:
            alt = plain(data.get("text/plain", ""), 200) or "a picture"
            image = picture(
                data[f"image/{kind}"], kind, f"Output: {given.secrets.without(alt, inputs=True)}"
            )
            if image is None or len(image) > budget.images:
                return _left_out("a picture is left out: too large, or damaged")
            budget.images -= len(image)
            return image
    texts = [data[k] for k in ("text/plain", *sorted(data)) if isinstance(data.get(k), str | list)]
    return _text(given, texts[0], budget) if texts else ""

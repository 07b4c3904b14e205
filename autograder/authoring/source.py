"""The source of an assignment: solutions/<assignment>/notebook.py, read and checked.

A py:percent file whose cell markers carry nbgrader's metadata in short:

    # %% nbgrader={"grade_id": "vote", "solution": true}
    # %% nbgrader={"grade_id": "test_vote", "grade": true, "points": 12}

An exercise NAME is a solution cell of that grade_id that defines NAME, followed by one or more
test cells test_NAME…. A question, whose answer a person reads, is a cell of text or code that is
both, below the text that asks it (see `question`):

    # %% [markdown] nbgrader={"grade_id": "crowd", "grade": true, "solution": true, "points": 10}

An open challenge, of which a notebook may have one, is worth no points: a section of this heading,
whose text states two scores, whose given cells define a function `baseline`, and that ends with a
solution cell `challenge` and a check of it:

    # ## Open challenge ★
    # | the baseline | 0.21 |
    # | the course's own answer | 0.87 |
    # %% nbgrader={"grade_id": "challenge", "solution": true}
    # %% nbgrader={"grade_id": "test_challenge", "grade": true, "points": 0}

A YAML header may give `title` and `withhold`, the list of names of cs_lib
(functions, classes or whole modules) that students write themselves.
"""

import ast
import re
import symtable
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from autograder.authoring import question
from autograder.project import UserError

SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
TOTAL = 100
CHALLENGE, CHALLENGE_TEST = "challenge", "test_challenge"
BASELINE, OWN = "the baseline", "the course's own answer"  # as the text of a challenge has them
KEPT = 128  # texts of which is kept what was read: of a class most cells are the same
# A plain error: it works before any import, and `cs_lib.testing` shows its text without a stack.
STUB = """\
# YOUR CODE HERE
raise NotImplementedError("Replace the `raise` line in {name} with your code.")"""

_MARKER = re.compile(r"# %%(\s|$)")
_NAME = re.compile(r"[A-Za-z]\w*")
_CHALLENGE = re.compile(r"## Open challenge ★$", re.MULTILINE)
_STATED = r"(?m)^\| *{} *\| *(\d+(?:\.\d+)?)(?: dB)? *\|"
_DOTTED = re.compile(r"cs_lib(\.[A-Za-z_]\w*)+")
_HEADER_KEYS = {"title", "withhold", "jupyter"}  # jupyter: what jupytext itself writes there
_METADATA_KEYS = {
    "grade_id": str,
    "solution": bool,
    "grade": bool,
    "locked": bool,
    "points": (int, float),
}
_JUPYTEXT_KEYS = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker", "title"}


class SourceError(UserError):
    """A fault in a source, with the file and the line."""


@dataclass
class Cell:
    kind: str  # "code" or "markdown"
    text: str
    line: int  # of its marker
    nbgrader: dict | None = None
    tags: list = field(default_factory=list)
    of_challenge: bool = False  # whether it stands in the section of the open challenge

    @property
    def grade_id(self):
        return (self.nbgrader or {}).get("grade_id")

    @property
    def is_solution(self):
        """Whether a function is written in it, which tests call."""
        return bool(self.nbgrader and self.nbgrader["solution"] and not self.nbgrader["grade"])

    @property
    def is_question(self):
        """Whether a question is answered in it, which a person reads."""
        return bool(self.nbgrader and self.nbgrader["solution"] and self.nbgrader["grade"])

    @property
    def is_read_only(self):
        """Whether it has a grade_id and nothing to fill in or to grade, as nbgrader calls it.

        It runs where the students' functions run, and tests call from outside what it defines: what
        takes gradients of their functions, or builds a module for them, needs values alone to pass.
        """
        return bool(self.nbgrader) and not self.nbgrader["solution"] and not self.is_test

    @property
    def may_fail(self):
        """Whether it is to fail until a student mends it, as in a warm-up: nothing needs it."""
        return "raises-exception" in self.tags or self.is_question

    @property
    def is_test(self):
        return bool(self.nbgrader and self.nbgrader["grade"] and not self.nbgrader["solution"])


@dataclass
class Exercise:
    name: str
    cell: Cell
    tests: list = field(default_factory=list)

    @property
    def points(self):
        return sum(test.nbgrader["points"] for test in self.tests)


@dataclass
class Question(Exercise):
    """One whose answer a person reads: its cell bears the points. rubric: {criterion: points}."""

    rubric: dict = field(default_factory=dict)


@dataclass
class Challenge(Exercise):
    """The open one, without points. stated: {BASELINE or OWN: its score, as the text has it}."""

    stated: dict = field(default_factory=dict)

    @property
    def own(self):
        return self.stated[OWN]


@dataclass
class Source:
    """A checked source. exercises, questions: {name: its}, in the notebook's order.

    challenge: the Challenge, or None.
    left_out: the names of those that a class is not taught (see `choice`).
    To be read alone: whoever reads the same text gets the same object.
    """

    cells: list
    exercises: dict
    title: str = ""
    withhold: tuple = ()
    left_out: tuple = ()
    questions: dict = field(default_factory=dict)
    challenge: Challenge | None = None

    @property
    def named(self):
        """{name: its} of all that a class may be taught or not: what is graded, the challenge."""
        return self.graded | ({CHALLENGE: self.challenge} if self.challenge else {})

    @property
    def without_challenge(self):
        """The same Source without the section of its challenge."""
        cells = [cell for cell in self.cells if not cell.of_challenge]
        return replace(self, cells=cells, challenge=None)

    @property
    def graded(self):
        """{name: Exercise or Question} of all that has points, in the notebook's order."""
        found = self.exercises | self.questions
        return {
            cell.grade_id: found[cell.grade_id] for cell in self.cells if cell.grade_id in found
        }


def read_source(path, shown=None):
    """The Source in the file path; shown is how messages name it. Raises SourceError."""
    shown = shown or path
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceError(f"{shown}: no such file") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{shown}: not UTF-8 text (byte {error.start})") from None
    try:
        return _parse(text)
    except _Fault as fault:
        raise SourceError(f"{shown}:{fault.line}: {fault}") from None


class _Fault(Exception):
    def __init__(self, line, message):
        super().__init__(message)
        self.line = line


@lru_cache(8)
def _parse(text):
    header, first = _header(text)
    cells = _cells(text, first)
    _check_python(text)
    _check_ids(cells)
    for cell in cells:
        _check_markers(cell)
    questions, exercises = _questions(cells), _exercises(cells)
    challenge = _challenge(cells, exercises.pop(CHALLENGE, None))
    if not exercises:
        raise _Fault(1, 'no exercise: none of the cells has "solution": true')
    _check_total(exercises | questions)
    withhold = tuple(header.get("withhold") or ())
    _check_withheld(cells, withhold)
    return Source(cells, exercises, header.get("title", ""), withhold, (), questions, challenge)


def _header(text):
    """The YAML header as a dictionary, and the index of the first line after it."""
    lines = text.split("\n")
    if lines[0].strip() != "# ---":
        return {}, 0
    ends = [i for i, line in enumerate(lines) if i and line.strip() == "# ---"]
    if not ends:
        raise _Fault(1, "the header that starts here has no closing line `# ---`")
    import yaml

    try:
        header = yaml.safe_load("\n".join(re.sub("^# ?", "", line) for line in lines[1 : ends[0]]))
    except yaml.YAMLError as error:
        line = getattr(error, "problem_mark", None)
        raise _Fault(
            line.line + 2 if line else 1, f"the header is not YAML: {getattr(error, 'problem', '')}"
        ) from None
    header = header or {}
    if not isinstance(header, dict) or set(header) - _HEADER_KEYS:
        raise _Fault(1, "the header may hold `title`, `withhold` and `jupyter`, nothing else")
    withhold = header.get("withhold") or []
    if not isinstance(withhold, list) or not all(
        isinstance(name, str) and _DOTTED.fullmatch(name) for name in withhold
    ):
        raise _Fault(1, "`withhold` must be a list of full names, such as cs_lib.metrics.accuracy")
    if not isinstance(header.get("title", ""), str):
        raise _Fault(1, "`title` must be text: put it in quotes")
    return header, ends[0] + 1


def _cells(text, first):
    import jupytext

    lines = text.split("\n")
    markers = [i for i in range(first, len(lines)) if _MARKER.match(lines[i])]
    for i in range(first, markers[0] if markers else len(lines)):
        if lines[i].strip():
            raise _Fault(i + 1, "text before the first cell marker `# %%`")
    if not markers:
        raise _Fault(1, "no cell: each starts with a line `# %%` or `# %% [markdown]`")
    parsed = jupytext.reads("\n".join(lines[markers[0] :]), fmt="py:percent").cells
    if len(parsed) != len(markers):
        raise _Fault(
            markers[0] + 1,
            f"{len(markers)} lines begin with `# %%` but make {len(parsed)} cells: "
            "is one of them inside a string?",
        )
    cells = []
    for i, cell in zip(markers, parsed, strict=True):
        if cell.cell_type == "raw":
            raise _Fault(i + 1, "raw cells are not supported: use a code or a [markdown] cell")
        metadata = dict(cell.metadata)
        if "incorrectly_encoded_metadata" in metadata:
            raise _Fault(i + 1, f"cannot read the cell's metadata: {lines[i][4:].strip()}")
        unknown = set(metadata) - _JUPYTEXT_KEYS - {"nbgrader", "tags"}
        if unknown:
            raise _Fault(i + 1, f"unknown cell metadata: {', '.join(sorted(unknown))}")
        nbgrader = metadata.get("nbgrader")
        if "nbgrader" in lines[i] and nbgrader is None:
            raise _Fault(i + 1, 'nbgrader metadata must be JSON: nbgrader={"grade_id": "NAME", …}')
        cells.append(
            Cell(
                cell.cell_type,
                cell.source,
                i + 1,
                _full_metadata(nbgrader, cell.cell_type, i + 1) if nbgrader is not None else None,
                list(metadata.get("tags", [])),
            )
        )
    return cells


def _full_metadata(short, kind, line):
    """nbgrader's schema 3 from the short form."""
    if not isinstance(short, dict):
        raise _Fault(line, 'nbgrader metadata must be a dictionary: {"grade_id": "NAME", …}')
    for key, value in short.items():
        wanted = _METADATA_KEYS.get(key)
        if wanted is None:
            raise _Fault(
                line, f"unknown nbgrader key {key!r} (there are: {', '.join(_METADATA_KEYS)})"
            )
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise _Fault(line, f"nbgrader key {key!r} cannot be {value!r}")
    name = short.get("grade_id", "")
    if not _NAME.fullmatch(name):
        raise _Fault(line, f"grade_id {name!r} must be a Python name")
    solution, grade = short.get("solution", False), short.get("grade", False)
    if kind == "markdown" and solution != grade:
        raise _Fault(
            line,
            f"{name}: text is not graded by a program: ask for a value in code, or let a person "
            'read it, with both "solution" and "grade"',
        )
    if name == CHALLENGE_TEST:
        if not grade or short.get("points"):
            raise _Fault(line, f'{name}: an open challenge has "grade": true and "points": 0')
    elif grade and not short.get("points", 0) > 0:
        raise _Fault(
            line, f"{name}: a {'question' if solution else 'test cell'} needs points above 0"
        )
    if "points" in short and not grade:
        raise _Fault(line, f'{name}: points without "grade": true')
    full = {
        "grade": grade,
        "grade_id": name,
        "locked": short.get("locked", not solution),
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return full | ({"points": short.get("points", 0)} if grade else {})


def _check_python(text):
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise _Fault(error.lineno or 1, f"not Python: {error.msg}") from None


def _check_ids(cells):
    seen = {}
    for cell in cells:
        if cell.grade_id in seen:
            raise _Fault(
                cell.line,
                f"grade_id {cell.grade_id!r} is taken by the cell in line {seen[cell.grade_id]}",
            )
        if cell.grade_id:
            seen[cell.grade_id] = cell.line


def regions(text, begin, end):
    """The (first, last) line indices of each region of text between begin and end, inclusive.

    Raises ValueError(index, what) where they do not pair up.
    """
    found, start = [], None
    for i, line in enumerate(text.split("\n")):
        if begin[4:] in line:  # nbgrader looks for the words alone
            if start is not None:
                raise ValueError(i, f"{begin} inside {begin}")
            start = i
        elif end[4:] in line:
            if start is None:
                raise ValueError(i, f"{end} without {begin}")
            found.append((start, i))
            start = None
    if start is not None:
        raise ValueError(start, f"{begin} without {end}")
    return found


def replace_regions(text, begin, end, replacement=None):
    """text with every region, markers included, replaced by the lines of replacement."""
    lines = text.split("\n")
    for first, last in reversed(regions(text, begin, end)):
        indent = re.match(r"\s*", lines[first]).group()
        lines[first : last + 1] = [indent + line for line in replacement or []]
    return "\n".join(lines)


def _check_markers(cell):
    found = {}
    for begin, end in (SOLUTION, HIDDEN):
        try:
            found[begin] = regions(cell.text, begin, end)
        except ValueError as error:
            raise _Fault(cell.line + 1 + error.args[0], error.args[1]) from None
        for first, last in found[begin]:
            for i in (first, last):
                if cell.text.split("\n")[i].strip() not in (begin, end):
                    raise _Fault(
                        cell.line + 1 + i, f"a marker stands alone on its line: {begin}, {end}"
                    )
    if found[HIDDEN[0]] and not cell.is_test:
        kind = "an ordinary" if cell.nbgrader is None or cell.is_read_only else "a solution"
        raise _Fault(
            cell.line + 1 + found[HIDDEN[0]][0][0], f"{HIDDEN[0]} in {kind} cell: move it to a test"
        )
    if found[SOLUTION[0]] and not (cell.is_solution or cell.is_question):
        raise _Fault(
            cell.line + 1 + found[SOLUTION[0]][0][0],
            f'{SOLUTION[0]} in a cell without "solution": true would be released',
        )
    if cell.is_solution and not found[SOLUTION[0]]:
        raise _Fault(cell.line, f"{cell.grade_id}: no {SOLUTION[0]} … {SOLUTION[1]} in the cell")


def _exercises(cells):
    exercises = {}
    for cell in cells:
        if cell.is_solution:
            name = cell.grade_id
            if name not in defined_names(cell.text, functions_only=True):
                raise _Fault(cell.line, f"{name}: the cell must define a function or class {name}")
            _check_rest(cell, SOLUTION, STUB.format(name=name).split("\n"))
            exercises[name] = Exercise(name, cell)
        elif cell.is_test:
            exercise = _exercise_of(cell.grade_id, exercises)
            if exercise is None:
                raise _Fault(
                    cell.line,
                    f"{cell.grade_id}: no exercise above it has this test "
                    "(the tests of NAME are called test_NAME…)",
                )
            _check_rest(cell, HIDDEN)
            exercises[exercise].tests.append(cell)
    for name, exercise in exercises.items():
        if not exercise.tests:
            raise _Fault(exercise.cell.line, f"{name}: no test cell test_{name}… after it")
    return exercises


def _challenge(cells, exercise):
    """The Challenge of a solution cell with its check, whose section is marked; None for None."""
    if exercise is None:
        return None
    end = cells.index(exercise.tests[-1]) + 1
    heads = [i for i, c in enumerate(cells[:end]) if _CHALLENGE.match(c.text)]
    section = cells[heads[-1] : end] if heads else []
    text = "\n".join(cell.text for cell in section if cell.kind == "markdown")
    given = [cell.text for cell in section if cell.kind == "code" and not cell.nbgrader]
    stated = {what: re.search(_STATED.format(what), text) for what in (BASELINE, OWN)}
    faults = [] if heads else ["has no heading `## Open challenge ★`"]
    if not any("baseline" in defined_names(each, functions_only=True) for each in given):
        faults.append("has no given function `baseline` in its section")
    faults += [
        f"has no line `| {what} | 0.87 |` in its text" for what in stated if not stated[what]
    ]
    if len(exercise.tests) > 1 or not regions(exercise.tests[0].text, *HIDDEN):
        faults.append("is to have one cell of checks, with a hidden part")
    if faults:
        raise _Fault(exercise.cell.line, f"the open challenge {faults[0]}")
    for cell in section:
        cell.of_challenge = True
    said = {what: match[1] for what, match in stated.items()}
    return Challenge(CHALLENGE, exercise.cell, exercise.tests, said)


def _questions(cells):
    questions = {}
    for above, cell in pairwise([None, *cells]):
        if cell.is_question:
            name, points = cell.grade_id, cell.nbgrader["points"]
            asked = above.text if above and above.kind == "markdown" else ""
            try:
                rubric = question.rubric(name, points, asked)
            except question.Fault as fault:
                raise _Fault(cell.line, f"{name}: {fault}") from None
            if cell.kind == "code":
                _check_rest(cell, SOLUTION, STUB.format(name=name).split("\n"))
            questions[name] = Question(name, cell, [cell], rubric)
    return questions


def _check_total(graded):
    total = sum(each.points for each in graded.values())
    if total != TOTAL:
        each = ", ".join(f"{name} {e.points:g}" for name, e in graded.items())
        raise _Fault(1, f"the points add up to {total:g}, not to {TOTAL}: {each}")


def _exercise_of(test, exercises):
    """The longest exercise name that test is a test of: test_vote_ties tests vote."""
    names = [n for n in exercises if test == f"test_{n}" or test.startswith(f"test_{n}_")]
    return max(names, key=len, default=None)


def _check_rest(cell, markers, replacement=None):
    """What is left of a cell when its regions go must still be Python."""
    rest = replace_regions(cell.text, *markers, replacement)
    try:
        ast.parse(without_magics(rest))
    except SyntaxError as error:
        raise _Fault(
            cell.line,
            f"{cell.grade_id}: without its {markers[0][10:].lower()} the cell is not Python "
            f"({error.msg})",
        ) from None


def without_magics(text):
    """Python that ast can read: IPython's % and ! lines become pass."""
    return re.sub(r"(?m)^([^\S\n]*)[%!].*$", r"\1pass", text)


def defined_names(text, *, functions_only=False):
    """The names that the top level of a cell binds: functions and classes, imports, variables."""
    names = Counter()
    for node in ast.parse(without_magics(text)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] += 1
        elif not functions_only:
            for part in ast.walk(node):
                if isinstance(part, ast.alias):
                    names[(part.asname or part.name).split(".")[0]] += 1
                elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    names[part.id] += 1
    return set(names)


def split_hidden(text):
    """The visible part of a test cell, and the hidden rest (with the line numbers kept)."""
    found = regions(text, *HIDDEN)
    if not found:
        return text, ""
    lines = text.split("\n")
    first = found[0][0]
    return "\n".join(lines[:first]), "\n" * first + "\n".join(lines[first:])


@lru_cache(KEPT)
def names_of(text):
    """The names that code binds or changes, and those that it reads before it binds them."""
    bound, free = set(), set()
    for statement in ast.parse(without_magics(text)).body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        stores = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        reads = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
        inner = table.get_children()
        while inner:  # functions, lambdas, comprehensions: what they take from the notebook
            scope = inner.pop()
            reads |= {s.get_name() for s in scope.get_symbols() if s.is_global()}
            inner += scope.get_children()
        changed = _changed(statement)
        own = stores if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.For) else set()
        free |= (reads - own | changed) - bound
        bound |= stores | changed
    return frozenset(bound), frozenset(free)


def _changed(statement):
    """The names whose objects a statement changes: x += 1, x[0] = 1, x.n = 1, x.append(1)."""
    targets = [n.target for n in ast.walk(statement) if isinstance(n, ast.AugAssign)]
    targets += [
        n
        for n in ast.walk(statement)
        if isinstance(n, ast.Subscript | ast.Attribute) and isinstance(n.ctx, ast.Store)
    ]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        targets.append(statement.value.func)
    names = set()
    for target in targets:
        node = target
        while isinstance(node, ast.Subscript | ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name):
            names.add(node.id)
    return names


def _check_withheld(cells, withhold):
    for cell in cells:
        if cell.kind != "code":
            continue
        for node in ast.walk(ast.parse(without_magics(cell.text))):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if {node.module, f"{node.module}.{alias.name}"}.intersection(withhold):
                        raise _Fault(
                            cell.line + node.lineno,
                            f"imports {node.module}.{alias.name}, which the header withholds",
                        )

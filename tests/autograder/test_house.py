"""The house: which part of the code may import which.

cs_lib is the ground floor, autograder stands on it, and on that stand solutions, benchmarks and
tests. In autograder each room is a floor of its own; the files beside the rooms (cli, grade, …)
lead through them.

Imports are read from the text, so one inside a function counts, too. So does a module that is named
in a string: for importlib, for `python -m`, or as what a process is to run.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from autograder import grade
from autograder.judging import engine

ROOT = Path(__file__).parents[2]
MOST = 40  # imports between rooms: pairs of a module and a module of another room
FLOORS = ("rooms", "authoring", "intake", "judging", "recording", "returning", "proving")
BESIDE = (
    "autograder",
    "autograder.guard",
    "autograder.people",
    "autograder.project",
    "autograder.students",
    "autograder.table",
    "autograder.tie",
    "autograder.times",
)  # what every room may use
STUDENT = "autograder.judging.student"
# What comes of these is part of a result's name by its content: the tests, the library, the hints.
NAMED_BY_CONTENT = (
    "autograder.authoring.question",
    "autograder.authoring.source",
    "autograder.authoring.withhold",
)

# What a room never does, as its `__init__` has it, and what it therefore never imports.
NEVER = [
    ("rooms", "never learns what runs there", "* nbformat nbgrader nbconvert nbclient IPython"),
    ("authoring", "never sees a student's work", "intake judging recording returning proving"),
    ("intake", "never runs any of it", "judging rooms subprocess multiprocessing IPython"),
    ("judging", "never writes anything down", "recording nbgrader sqlalchemy"),
    ("judging", "never draws a page", "returning markupsafe"),
    ("recording", "never judges", "rooms judging.engine judging.judge judging.student"),
    ("recording", "never draws a page", "returning markupsafe"),
    ("returning", "never changes a grade", "recording.record recording.late recording.journal"),
    ("returning", "never runs code", "rooms judging.engine judging.judge judging.cluster"),
    ("proving", "no student's work passes through", "recording returning intake.submission"),
]


# --- the code, and what it imports ---


@cache
def house():
    """{module: its text} of cs_lib and autograder."""
    found = {}
    for top in ("cs_lib", "autograder"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join(parts)] = path.read_text("utf-8")
    return found


@cache
def names(text, package):
    """The dotted names that a text imports; a.b for `from a import b`, whether module or not."""
    tree, found = ast.parse(text), set()
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and id(node) not in prose:
            named = re.fullmatch(r"((?:autograder|cs_lib)(?:\.\w+)+)(:\w+)?", str(node.value))
            found |= {named[1]} if named else set()
    return found


def imports(code, module):
    """The modules of the course that one of them imports, and all other names as they are."""
    is_package = any(other.startswith(f"{module}.") for other in code)
    package = module if is_package else module.rpartition(".")[0]
    return {_module(code, name) for name in names(code[module], package)} - {module}


def _module(code, name):
    parts = name.split(".")
    heads = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((head for head in heads if head in code), name)


def room(module):
    """The room of a module; "" where it is in none."""
    top, *rest = module.split(".")
    return rest[0] if top == "autograder" and (len(rest) > 1 or {*rest} & {*FLOORS}) else ""


def within(module, *parts):
    return any(module == part or module.startswith(f"{part}.") for part in parts)


def reached(code, *modules):
    """These modules and all of autograder that they import, directly or through one another."""
    found, todo = set(), [*modules]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo += [name for name in imports(code, module) if within(name, "autograder")]
    return found


# --- the rules: each gives what breaks it, in words ---


def crossings(code):
    """(module, module of another room that it imports)."""
    pairs = ((m, n) for m in code if room(m) for n in imports(code, m))
    return sorted(pair for pair in pairs if room(pair[1]) not in ("", room(pair[0])))


def too_many(code):
    pairs = crossings(code)
    said = f"{len(pairs)} imports between rooms, and {MOST} at most"
    print(said)
    return [f"{said}: {pairs}"] if len(pairs) > MOST else []


def upward(code):
    """Every import goes down, so there is no circle either."""
    homeless = {room(module) for module in code} - {"", *FLOORS}
    if homeless:
        return [f"no floor is known of {', '.join(sorted(homeless))}"]
    found = [
        f"{module} imports {name}, which stands above it"
        for module, name in crossings(code)
        if FLOORS.index(room(name)) > FLOORS.index(room(module))
    ]
    for module in filter(room, code):
        beside = {n for n in imports(code, module) if within(n, "autograder") and not room(n)}
        found += [f"{module} imports {n}: not for rooms" for n in beside - {*BESIDE}]
    return found


def broken_word(code):
    """Imports of what a room says that it never does."""
    return [
        f"{module} imports {name}, but {floor} says: {phrase}"
        for floor, phrase, words in NEVER
        for module in code
        if within(module, f"autograder.{floor}")
        for name in imports(code, module)
        if within(name, *forbidden(floor, words))
    ]


def forbidden(floor, words):
    for word in words.split():
        if word == "*":
            yield from (f"autograder.{other}" for other in FLOORS if other != floor)
        else:
            yield f"autograder.{word}" if word.partition(".")[0] in FLOORS else word


def unclear(code):
    """Rooms whose `__init__` does not say what comes in, what goes out, what never happens."""
    found = []
    for floor in FLOORS:
        text = " ".join((ast.get_docstring(ast.parse(code[f"autograder.{floor}"])) or "").split())
        form = r"[^.]* comes? in\. [^.]* go(es)? out\b[^.]*\. [^.]*\bnever\b[^.]*\."
        if not re.fullmatch(form, text):
            found.append(f"{floor} does not say what comes in, what goes out, what never: {text}")
        phrases = [phrase for who, phrase, _ in NEVER if who == floor]
        found += [f"{floor} no longer says: {phrase}" for phrase in phrases if phrase not in text]
        found += [] if phrases else [f"nothing is held of {floor}"]
    return found


def near_side(code):
    """What the student's side has of the course beyond its own files, `boundary` and cs_lib."""
    side = reached(code, STUDENT) - {"autograder", "autograder.judging"}
    own = {STUDENT, "autograder.judging.shell", "autograder.judging.boundary"}
    found = [f"the student's side imports {name}" for name in side - own]
    files = {f"{module.replace('.', '/')}.py" for module in side}
    files |= {"autograder/__init__.py", "autograder/judging/__init__.py"}
    if files != {*engine.FAR_SIDE}:
        found.append(f"the student's side is {sorted(files)}, engine.FAR_SIDE is another")
    return found


def floating(code):
    """Imports of what stands above cs_lib, or above autograder, and what cs_lib._shared may not."""
    never = {
        "cs_lib": ("autograder", "solutions", "benchmarks", "tests"),
        "autograder": ("solutions", "benchmarks", "tests"),
        "cs_lib._shared": ("torch", "cs_lib"),
    }
    return [
        f"{module} imports {name}"
        for part, others in never.items()
        for module in code
        if within(module, part)
        for name in imports(code, module)
        if within(name, *others) and not within(name, part)
    ]


def forgotten(code):
    """Modules that decide what a result is, or what is written of it, and are not in its name."""
    found = []
    for starts, rooms in (
        ("judging.engine judging.judge judging.student", grade._RUNS),
        ("intake.submission recording.record returning.feedback", grade._RUNS + grade._WRITES),
    ):
        named = [*BESIDE[1:], *NAMED_BY_CONTENT, *(f"autograder.{name}" for name in rooms)]
        modules = reached(code, *(f"autograder.{start}" for start in starts.split()))
        found += [
            f"{module} decides on results and is no part of their name: see grade._RUNS, _WRITES"
            for module in modules - {"autograder"}
            if not within(module, *named)
        ]
    return found


RULES = (too_many, upward, broken_word, unclear, near_side, floating, forgotten)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_is_in_order(rule):
    assert rule(house()) == []


# --- and would be seen to be out of order ---


ABOVE = "autograder.recording.journal, which stands above it"
MANY = "\n".join(f"import {m}" for m in house() if room(m) and room(m) != "returning")
PLANTED = [
    (too_many, "autograder.returning.export", MANY, "imports between rooms, and 40 at most: [("),
    (upward, "autograder.judging.judge", "from autograder.recording import journal", ABOVE),
    (upward, "autograder.judging.judge", "import autograder.recording.journal as kept", ABOVE),
    (upward, "autograder.judging.judge", "from ..recording.journal import digest", ABOVE),
    (upward, "autograder.judging", "from ..recording.journal import digest", ABOVE),
    (upward, "autograder.rooms.cold", "def f():\n    import autograder.recording.journal", ABOVE),
    (upward, "autograder.intake.needed", "f(['-m', 'autograder.recording.journal'])", ABOVE),
    (upward, "autograder.intake.needed", "load('autograder.recording.journal')", ABOVE),
    (upward, "autograder.intake.needed", "RUN = 'autograder.recording.journal:digest'", ABOVE),
    (
        upward,
        "autograder.authoring.book",
        "import autograder.proving",
        "imports autograder.proving, which stands above it",
    ),
    (upward, "autograder.attic.old", "", "no floor is known of attic"),
    (upward, "autograder.returning.page", "from autograder import grade", "not for rooms"),
    (upward, "autograder.rooms.cold", "import autograder.cli", "not for rooms"),
    (near_side, STUDENT, "from autograder.project import UserError", "imports autograder.project"),
    (near_side, "autograder.judging.shell", "from . import judge", "imports autograder.judging.j"),
    (near_side, "autograder.judging.boundary", "from . import disclose", "judging.disclose"),
    (near_side, "autograder.judging.boundary", "from . import disclose", "FAR_SIDE is another"),
    (floating, "cs_lib.hints", "import autograder", "cs_lib.hints imports autograder"),
    (floating, "cs_lib.numpy.nn", "from tests.cs_lib import oracles", "imports tests.cs_lib"),
    (floating, "autograder.cli", "def f():\n    import benchmarks.grading", "imports benchmarks"),
    (floating, "autograder.course", "import solutions", "autograder.course imports solutions"),
    (floating, "cs_lib._shared.norm", "import torch.nn", "cs_lib._shared.norm imports torch.nn"),
    (floating, "cs_lib._shared.norm", "from ..numpy import nn", "imports cs_lib.numpy.nn"),
    (forgotten, "autograder.judging.judge", "import autograder.intake.needed", "needed decides"),
    (forgotten, "autograder.intake.rebuild", "import autograder.course", "course decides on"),
]


@pytest.mark.parametrize(("rule", "module", "text", "said"), PLANTED)
def test_a_planted_import_is_seen(rule, module, text, said):
    planted = house() | {module: f"{house().get(module, '')}\n{text}\n"}
    assert [problem for problem in rule(planted) if said in problem]


@pytest.mark.parametrize(
    ("floor", "phrase", "name"),
    [(floor, phrase, n) for floor, phrase, words in NEVER for n in forbidden(floor, words)],
)
def test_a_room_that_does_what_it_never_does_is_seen(floor, phrase, name):
    module = next(module for module in house() if room(module) == floor)
    planted = house() | {module: f"{house()[module]}\ndef f():\n    import {name}\n"}
    [problem] = [problem for problem in broken_word(planted) if f"says: {phrase}" in problem]
    assert problem.startswith(f"{module} imports {name}")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("goes out", "is made", "intake does not say what comes in, what goes out, what never"),
        ("comes in", "is read", "intake does not say what comes in, what goes out, what never"),
        ("never runs any of it", "reads it", "intake no longer says: never runs any of it"),
    ],
)
def test_a_room_that_does_not_say_what_it_is_for_is_seen(old, new, said):
    text = house()["autograder.intake"].replace("\n", " ")
    assert old in text
    problems = unclear(house() | {"autograder.intake": text.replace(old, new)})
    assert [problem for problem in problems if problem.startswith(said)]


@pytest.mark.parametrize(
    "text",
    [
        '"""As autograder.recording.journal does."""',
        'def f():\n    """autograder.recording.journal"""',
        "raise ValueError('run autograder.recording.journal')",
        "# import autograder.recording.journal",
        "import autograder.rooms.sandbox",
    ],
)
def test_what_is_said_in_words_is_no_import(text):
    module = "autograder.judging.judge"
    assert upward(house() | {module: f"{house()[module]}\n{text}\n"}) == []

"""Wrong and right answers to an assignment, as plain Python: mistakes/EXERCISE.py.

    @mistake("pairwise_l2", hint="A 3-4-5 triangle should give 5.", read="sec-knn-euclidean")
    def squared(x1, x2):
        \"\"\"Squared distances: the root is missing.\"\"\"
        return ((x1[:, None] - x2) ** 2).sum(axis=2)

The function (or class) replaces the whole cell of its exercise: it takes the exercise's name, loses
its decorator and docstring, and brings along what it uses of the file: imports, helpers, constants.
The file is read and not run, so arguments of the decorators are plain strings.
"""

import ast
import re
from dataclasses import dataclass

from autograder.project import UserError, nearest

_DEFINITION = ast.FunctionDef | ast.ClassDef
_CAPITAL = {  # first words of a title that are written with a capital in the middle of a sentence
    *("None", "True", "False"),
    *("Adam", "Armijo", "Bessel", "Euclid", "Gauss", "Kaiming", "Nesterov", "Python", "Xavier"),
}


def mistake(exercise, *, hint="", read="", at="", same_as="", unseen="", corner=""):
    """Mark a wrong answer: hint teaches in a sentence or two, read is a section of the book.

    at: the check whose failure means this mistake, whatever the value (where that is rounding
    noise). same_as: the name of a mistake of which this is another form, in place of hint, read and
    at. unseen: why no visible check fails. corner: the case of the text that it gets wrong, where
    all else is right: it may then cost half of the exercise's points at most.
    """
    return lambda answer: answer


def alternative(exercise):
    """Mark a right answer written another way than the solution."""
    return lambda answer: answer


@dataclass(frozen=True)
class Entry:
    """One answer. code replaces the exercise's cell; title is the docstring's first line."""

    kind: str  # "mistake" or "alternative"; warm.py has further ones
    exercise: str
    name: str
    code: str
    title: str = ""
    line: int = 0
    hint: str = ""
    read: str = ""
    at: str = ""
    same_as: str = ""
    unseen: str = ""
    corner: str = ""

    @property
    def known_as(self):
        """The name of the mistake that feedback should give."""
        return self.same_as or self.name

    @property
    def when(self):
        """The title as it goes on after "This is what you get when"."""
        first = re.match(r"[\w.]*", self.title)[0]
        word = first == "A" or (len(first) > 1 and first[1:].isalpha() and first[1:].islower())
        small = word and first not in _CAPITAL
        text = self.title[:1].lower() + self.title[1:] if small else self.title
        return text.rstrip(".")


def load(folder, exercises, shown=None):
    """The entries of a folder: by exercise in the order given, then in that of its file.

    There need be no file for an exercise, but no file may be for anything else. Raises UserError.
    """
    shown = shown or folder
    for path in sorted(folder.glob("*.py")):
        if path.stem not in exercises:
            raise UserError(
                f"{shown}/{path.name}: there is no exercise {path.stem!r} "
                f"(there are: {', '.join(exercises)})"
            )
    entries = []
    for name in exercises:
        if (folder / f"{name}.py").is_file():
            for entry in read(folder / f"{name}.py", f"{shown}/{name}.py"):
                if entry.exercise != name:
                    other = entry.exercise
                    wrong = (
                        f"it is for {other}, so it belongs into {other}.py"
                        if other in exercises
                        else f"there is no exercise {other!r}{nearest(other, exercises)}"
                    )
                    raise UserError(f"{shown}/{name}.py:{entry.line}: {entry.name}: {wrong}")
                entries.append(entry)
    return entries


def read(path, shown=None):
    """The entries of a file, in its order. Raises UserError."""
    shown = shown or path
    text = path.read_text(encoding="utf-8")
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        raise UserError(f"{shown}:{error.lineno}: not Python: {error.msg}") from None
    parts = _parts(module)
    lines = text.split("\n")  # whole ones: what entries use stands at the top level
    texts = {n: "\n".join(lines[p.lineno - 1 : p.end_lineno]) for n, p in parts.items()}
    entries, seen = [], {}
    for node in module.body:
        if not isinstance(node, _DEFINITION) or not node.decorator_list:
            continue
        try:
            entry = _entry(node, text, parts, texts)
        except ValueError as fault:
            raise UserError(f"{shown}:{node.lineno}: {node.name}: {fault}") from None
        key = (entry.exercise, entry.name)
        if key in seen:
            raise UserError(
                f"{shown}:{node.lineno}: {entry.name}: line {seen[key]} has an answer of that "
                "name: give this one another"
            )
        seen[key] = node.lineno
        entries.append(entry)
    for entry in entries:
        if entry.same_as and (entry.exercise, entry.same_as) not in seen:
            raise UserError(
                f"{shown}:{entry.line}: {entry.name}: {entry.exercise} has no mistake "
                f"{entry.same_as!r} that it could be a form of"
            )
    return entries


def _entry(node, text, parts, texts):
    kind, arguments = _decorator(node)
    docstring = ast.get_docstring(node)
    if not docstring:
        raise ValueError("the first line of its docstring must be its short name")
    if len(node.body) == 1:
        raise ValueError("there is nothing in it but a docstring")
    used = _used(node, parts)
    before = [texts[name] for name in parts if name in used]
    code = "\n\n".join([*dict.fromkeys(before), _renamed(node, text, arguments["exercise"])])
    return Entry(
        kind=kind,
        name=node.name,
        title=docstring.split("\n")[0],
        code=code,
        line=node.lineno,
        **arguments,
    )


def _decorator(node):
    call = node.decorator_list[0]
    kind = getattr(getattr(call, "func", None), "id", None)
    if len(node.decorator_list) > 1 or kind not in ("mistake", "alternative"):
        raise ValueError("one decorator, @mistake(…) or @alternative(…)")
    try:
        values = [ast.literal_eval(value) for value in call.args]
        arguments = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    except ValueError:
        raise ValueError(f"the arguments of @{kind} must be plain strings") from None
    arguments |= dict(zip(["exercise"], values, strict=False))
    wanted = ["exercise"]
    if kind == "mistake":
        wanted += ["same_as"] if "same_as" in arguments else ["hint", "read"]
    missing = [name for name in wanted if name not in arguments]
    optional = ["unseen", "corner"] if kind == "mistake" else []
    unknown = set(arguments) - {*wanted, *optional, *(["at"] if "hint" in wanted else [])}
    if len(values) > 1 or missing or unknown:
        raise ValueError(f"@{kind} takes {', '.join(wanted)}, got {', '.join(arguments)}")
    for name, value in arguments.items():
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name} must be text, not {value!r}")
    return kind, arguments


def _parts(module):
    """{name: node} of what entries may use: imports, and definitions without a decorator."""
    parts = {}
    for node in module.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                parts[(alias.asname or alias.name).split(".")[0]] = node
        elif isinstance(node, _DEFINITION) and not node.decorator_list:
            parts[node.name] = node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        parts[name.id] = node
    return parts


def _used(node, parts):
    """The names among parts that node uses, and what those use in turn."""
    around = [node.args] if isinstance(node, ast.FunctionDef) else [*node.bases, *node.keywords]
    used, todo = set(), [*around, *node.body]
    while todo:
        for part in ast.walk(todo.pop()):
            if isinstance(part, ast.Name) and part.id in parts and part.id not in used:
                used.add(part.id)
                todo.append(parts[part.id])
    return used


def _renamed(node, text, exercise):
    """The source of node under the exercise's name, without decorators and docstring."""
    lines = [line.encode() for line in text.split("\n")]  # ast counts columns in bytes
    places = [
        (part.lineno, part.col_offset)
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and part.id == node.name
    ]
    first = lines[node.lineno - 1]
    places.append((node.lineno, first.index(node.name.encode(), first.index(b" "))))
    old, new = node.name.encode(), exercise.encode()
    for row, column in sorted(places, reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + new + line[column + len(old) :]
    docstring = node.body[0]
    kept = [
        lines[row - 1]
        for row in range(node.lineno, node.end_lineno + 1)
        if not docstring.lineno <= row <= docstring.end_lineno
    ]
    return b"\n".join(kept).decode()

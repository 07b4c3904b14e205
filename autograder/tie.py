"""What a kept result hangs on: does it still hold, and which of those that do are tried again?

A result that takes long to make is kept in a file beside a tie, the hash of all that it was made
from. Where the tie is still that of the sources, the result holds and only a sample of such results
is made again; where it is not, the result is made anew, in full. Files of results are committed;
the catalogue (`verify`, `release`), the mutants, slow tests and the pages of the book share this.
"""

import ast
import datetime
import functools
import hashlib
import json
import random
from pathlib import Path

from autograder.project import UserError, write_atomic

PINS = ("requirements.txt", "constraints.txt")
REMEDY = "make test-all makes it anew"


def digest(root, paths=(), *, code=(), texts=(), pins=PINS):
    """The tie of a result: a hash of files, of texts, of what code imports here, and of the pins.

    root: the project's folder. paths: files and folders in it, relative or not; one that is missing
    counts as missing. code: source texts, whose imports of this project's modules are followed (see
    `imported`). texts: anything else that counts. pins: the files that name what is installed.
    """
    root, found = Path(root), set()
    for path in map(root.joinpath, (*paths, *pins)):
        inside = path.rglob("*") if path.is_dir() else [path]
        found.update(p for p in inside if not p.is_dir() and "__pycache__" not in p.parts)
    found |= imported(root, *code)
    lines = [f"{path.relative_to(root).as_posix()} {_content(path)}" for path in found]
    whole = [*sorted(lines), *map(_hash, (*code, *texts))]
    return _hash("\n".join(whole))[:32]


def _hash(content):
    content = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(content).hexdigest()


def _content(path):
    try:
        return _hash(path.read_bytes())
    except FileNotFoundError:
        return "missing"


def imported(root, *code):
    """The files of the project that source texts import, directly or through one another.

    Imports are read from the text, so one inside a function counts, too. A module brings along the
    packages that it lies in.
    """
    found, todo = set(), [name for text in code for name in _names(text)]
    while todo:
        for path in _located(Path(root), todo.pop()):
            if path not in found:
                found.add(path)
                package = ".".join(path.relative_to(root).parent.parts)
                todo += _names(path.read_text("utf-8"), package)
    return found


@functools.lru_cache(maxsize=4096)
def _names(text, package=""):
    """The dotted names that a text imports; a.b for `from a import b`, whether module or not."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # whoever runs it will say so
        return ()
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names += [f"{base}.{alias.name}" for alias in node.names]
    return tuple(names)


def _located(root, name):
    """The file of a module and those of the packages above it; the last part may be no module."""
    found, folder = [], root
    for part in name.split("."):
        if (folder / f"{part}.py").is_file():
            return [*found, folder / f"{part}.py"]
        folder /= part
        if not (folder / "__init__.py").is_file():
            break
        found.append(folder / "__init__.py")
    return found


def sample(items, n, seed=None):
    """n of the items at random, in their order; all where there are no more than n."""
    items = list(items)
    chosen = sorted(random.Random(seed).sample(range(len(items)), min(n, len(items))))
    return [items[i] for i in chosen]


def turn(items, today=None):
    """The one of the items whose turn it is: another one each day."""
    items = list(items)
    day = (today or datetime.date.today()).toordinal()
    return items[day % len(items)]


class Kept:
    """A file of results: for each part what it was made from, and what came out.

    parts: {part: {"made_from": tie, "result": plain data}}.
    """

    def __init__(self, path, parts=None):
        self.path, self.parts = Path(path), dict(parts or {})

    @classmethod
    def read(cls, path, shown=None, remedy=REMEDY):
        """The results in a file, none where there is no file.

        Raises UserError, with the remedy, for one that is cut off, or that somebody has edited.
        """
        path = Path(path)
        if not path.is_file():
            return cls(path)
        try:
            content = json.loads(path.read_text("utf-8"))
            parts, seal = content["parts"], content["seal"]
            whole = all({*part} == {"made_from", "result"} for part in parts.values())
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UserError(f"{shown or path} is damaged: {remedy}") from None
        if not whole or seal != _seal(parts):
            raise UserError(f"{shown or path} was edited by hand, so it proves nothing: {remedy}")
        return cls(path, parts)

    def holds(self, part, tie):
        """Whether the result of a part was made from what has this tie."""
        return part in self.parts and self.parts[part]["made_from"] == tie

    def result(self, part):
        return self.parts[part]["result"]

    def put(self, part, tie, result):
        self.parts[part] = {"made_from": tie, "result": result}

    def write(self, parts):
        """Write the results of these parts, in this order; others are gone. Was there a change?"""
        kept = {part: self.parts[part] for part in parts if part in self.parts}
        content = {"seal": _seal(kept), "parts": kept}
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        return write_atomic(self.path, text.encode())


def _seal(parts):
    return _hash(json.dumps(parts, sort_keys=True))[:16]

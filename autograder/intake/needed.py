"""Which cells of a submission have to run for its score.

A notebook shows what its exercises are good for: experiments and pictures, given, on which no test
depends. A student has seen them; to grade, they need not run again. What the student wrote or
changed always runs, and whatever it could depend on.
"""

import re
import symtable
from dataclasses import dataclass, field
from functools import lru_cache

from autograder.authoring.source import KEPT, names_of, without_magics

# What reads or binds names that nobody can see in the text.
_OPAQUE = re.compile(
    r"(?<![\w.])(?:exec|eval|globals|locals|vars)\b"  # model.eval() is another
    r"|\b(?:builtins|__builtins__|get_ipython|__dict__|reload)\b|import \*"
)
_NAME = re.compile(r"[^\W\d]\w*")
_BOUND = re.compile(r"(?m)^(?:(?:async\s+)?def|class|type)\s+(\w+)|^(\w+)\s*=[^=]")


@dataclass(frozen=True)
class Why:
    """Why a cell has to run. own: the student wrote or changed it; names: what others read of it,
    {name: the index of a cell that reads it}; opaque: the index of a cell of the student's that
    does what cannot be seen in its text, or None.
    """

    own: bool = False
    names: dict = field(default_factory=dict)
    opaque: int | None = None


def needed(cells):
    """The indices of the cells to run, in order. cells: as for `reasons`."""
    return [*reasons(cells)]


def reasons(cells):
    """{index: Why} of the cells to run, in order.

    cells: pairs of text and whether it is as it was given. All of them, where a student's cell does
    what cannot be seen in its text (exec, a magic, import *).
    """
    own = [i for i, (_, given) in enumerate(cells) if not given]
    opaque = next((i for i in own if _is_opaque(cells[i][0])), None)
    if opaque is not None:
        return {i: Why(i in own, opaque=opaque) for i in range(len(cells))}
    wanted, readers = {i: Why(own=True) for i in own}, {}
    for i in own:
        readers |= dict.fromkeys(_read(cells[i][0]) - readers.keys(), i)
    waiting = {i: names_of(cells[i][0])[0] for i in range(len(cells)) if i not in wanted}
    while found := [i for i, bound in waiting.items() if bound & readers.keys()]:
        for i in found:
            bound = sorted(waiting.pop(i) & readers.keys())
            wanted[i] = Why(names={name: readers[name] for name in bound})
            readers |= dict.fromkeys(_read(cells[i][0]) - readers.keys(), i)
    return dict(sorted(wanted.items()))


def _is_opaque(text):
    return bool(_OPAQUE.search(text)) or text != without_magics(text)


def bound_and_read(text):
    """The names that a cell binds, and those that it reads; a guess where it is not Python here."""
    text = without_magics(text)
    try:
        symbols = symtable.symtable(text, "cell", "exec").get_symbols()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {a or b for a, b in _BOUND.findall(text)}, {*_NAME.findall(text)}
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}, _read(text)


@lru_cache(KEPT)
def _read(text):
    """The notebook's names that a cell reads; nothing where it is not Python, and so does not run.

    A function's arguments and variables are its own, whatever else has such a name.
    """
    names = set()
    try:
        scopes = [symtable.symtable(text, "cell", "exec")]
        while scopes:
            scope = scopes.pop()
            scopes += scope.get_children()
            everything = scope.get_type() != "function"  # a class's x = x reads the notebook's x
            symbols = (s for s in scope.get_symbols() if s.is_referenced() or s.is_assigned())
            names |= {s.get_name() for s in symbols if everything or s.is_global()}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(names)

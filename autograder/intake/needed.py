"""Which cells of a submission have to run for its score.

A notebook shows what its exercises are good for: experiments and pictures, given, on which no test
depends. A student has seen them; to grade, they need not run again. What the student wrote or
changed always runs, and whatever it could depend on.
"""

import re
import symtable
from functools import lru_cache

from autograder.authoring.source import KEPT, names_of, without_magics

# What reads or binds names that nobody can see in the text.
_OPAQUE = re.compile(
    r"(?<![\w.])(?:exec|eval|globals|locals|vars)\b"  # model.eval() is another
    r"|\b(?:builtins|__builtins__|get_ipython|__dict__|reload)\b|import \*"
)
_NAME = re.compile(r"[^\W\d]\w*")
_BOUND = re.compile(r"(?m)^(?:(?:async\s+)?def|class|type)\s+(\w+)|^(\w+)\s*=[^=]")


def needed(cells):
    """The indices of the cells to run, in order.

    cells: pairs of text and whether it is as it was given. All of them, where a student's cell does
    what cannot be seen in its text (exec, a magic, import *).
    """
    own = {i for i, (_, given) in enumerate(cells) if not given}
    if any(_is_opaque(cells[i][0]) for i in own):
        return [*range(len(cells))]
    reads = set().union(*(_read(cells[i][0]) for i in own))
    wanted, waiting = (
        set(own),
        {i: names_of(cells[i][0])[0] for i in range(len(cells)) if i not in own},
    )
    while found := [i for i, bound in waiting.items() if bound & reads]:
        for i in found:
            del waiting[i]
            wanted.add(i)
            reads |= _read(cells[i][0])
    return sorted(wanted)


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

"""Which cells of a submission have to run for its score.

A notebook shows what its exercises are good for: experiments and pictures, given, on which no test
depends. A student has seen them; to grade, they need not run again. What the student wrote or
changed always runs, and whatever it could depend on.
"""

import ast
import re

from autograder.source import without_magics
from autograder.warm import _names

# What reads or binds names that nobody can see in the text.
_OPAQUE = re.compile(r"\b(exec|eval|globals|locals|vars|get_ipython|__dict__|reload)\b|import \*")


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
        {i: _names(cells[i][0])[0] for i in range(len(cells)) if i not in own},
    )
    while found := [i for i, bound in waiting.items() if bound & reads]:
        for i in found:
            del waiting[i]
            wanted.add(i)
            reads |= _read(cells[i][0])
    return sorted(wanted)


def _is_opaque(text):
    return bool(_OPAQUE.search(text)) or text != without_magics(text)


def _read(text):
    """Every name that a cell mentions; nothing where it is not Python, and so does not run."""
    try:
        return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()

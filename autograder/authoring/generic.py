"""Mistakes that come for free: each spoils what the reference solution takes or gives.

Nobody writes these for an exercise. Each is Python that follows the reference in its cell and wraps
it; one that has nothing to spoil (the transpose of a number) marks itself as not applicable.
"""

from autograder.authoring.catalogue import Entry

# name: the statements between the reference's call and the return. _note(True) says: it applies.
SPOIL = {
    "input_modified": """
    out = _right(*args, **kwargs)
    for a in _arrays(args):
        a[...] = ~a if a.dtype == bool else a + 1
        _note(a.size > 0)""",
    "float32_result": """
    out = _each(_right(*args, **kwargs), lambda a: a.astype(np.float32), kinds="f", sizes=(8,))""",
    "integer_input": """
    args = [_each(a, lambda x: x.astype(np.int64), kinds="f") for a in args]
    out = _right(*args, **kwargs)""",
    "transposed_result": """
    out = _each(_right(*args, **kwargs), lambda a: a.T, ranks=(2,))""",
    "one_entry_short": """
    out = _each(_right(*args, **kwargs), lambda a: a[:-1], ranks=(1, 2, 3, 4))""",
    "one_row_too_many": """
    out = _right(*args, **kwargs)
    out = _each(out, lambda a: np.concatenate([a, a[-1:]]), ranks=(1, 2, 3, 4))""",
    "list_result": """
    out = _each(_right(*args, **kwargs), lambda a: a.tolist(), ranks=(1, 2, 3, 4))""",
    "random_state_reseeded": """
    np.random.seed(0)
    _note(True)
    out = _right(*args, **kwargs)""",
    "constant_answer": """
    out = _each(_right(*args, **kwargs), lambda a: np.zeros_like(a), scalars=True)""",
    "random_answer": """
    rng = np.random.default_rng(0)
    out = _each(_right(*args, **kwargs), lambda a: _random(rng, a), scalars=True)""",
    "returns_none": """
    _right(*args, **kwargs)
    _note(True)
    out = None""",
    "raises": """
    _note(True)
    raise RuntimeError("spoiled")""",
}

_FRAME = '''

import numpy as np

_generic_changed = False
_right = {exercise}


def _note(applies):
    global _generic_changed
    _generic_changed |= bool(applies)


def _arrays(values):
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, list | tuple):
            yield from _arrays(value)


def _random(rng, a):
    if a.dtype.kind == "f":
        return rng.normal(size=a.shape).astype(a.dtype)
    return rng.integers(0, 2, size=a.shape).astype(a.dtype)


def _each(value, change, kinds="biuf", sizes=None, ranks=None, scalars=False):
    """value with change done to each array in it (and, if scalars, to each number)."""
    if isinstance(value, np.ndarray):
        fits = value.dtype.kind in kinds and value.size
        fits = fits and (sizes is None or value.dtype.itemsize in sizes)
        if not fits or (ranks is not None and value.ndim not in ranks):
            return value
        _note(True)
        return change(value)
    if isinstance(value, list | tuple):
        return type(value)(_each(v, change, kinds, sizes, ranks, scalars) for v in value)
    if isinstance(value, dict):
        items = value.items()
        return {{k: _each(v, change, kinds, sizes, ranks, scalars) for k, v in items}}
    if scalars and isinstance(value, bool | int | float | np.number | np.bool_):
        _note(True)
        return change(np.array(value))[()].item()
    return value


def {exercise}(*args, **kwargs):{spoil}
    return out
'''


def entries(source):
    """Every generic mistake for every exercise of a Source."""
    return [
        Entry(
            exercise=name,
            kind="generic",
            name=kind,
            code=exercise.cell.text + _FRAME.format(exercise=name, spoil=spoil),
        )
        for name, exercise in source.exercises.items()
        for kind, spoil in SPOIL.items()
    ]

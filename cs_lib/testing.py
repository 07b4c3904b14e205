"""Checks for notebooks: a few clear lines when an answer is wrong, one line when all was right.

A check never returns a value and never writes to stderr (nbgrader gives no points for a cell that
does). A failed check raises `CheckFailed`, which a notebook shows as its message alone. At the end
of a cell of checks `passed` says that it came so far; at the end of the notebook stands `progress`.
"""

import ast
import builtins
import contextlib
import copy
import hashlib
import inspect
import linecache
import random
import re
import sys
import traceback
import tracemalloc

import numpy as np

from cs_lib import diagnosis
from cs_lib.hints import explain, fingerprint

__all__ = [
    "CheckFailed",
    "call",
    "check_call",
    "check_close",
    "check_equal",
    "check_growth",
    "check_memory",
    "check_no_loop",
    "check_raises",
    "passed",
    "progress",
]

_FILE = __file__
_ANYTHING = object()
_LINES = 50  # of Python that a call may run more on many rows than on few: no loop does with so few
_STUB = "Replace the `raise` line in "  # what an exercise that is not written yet says begins so
_PLANNING = "einsumfunc.py"  # np.einsum looks for a good order, and keeps it for the next call
_CELL = r"ipykernel_\d+|<ipython-input"  # where IPython says that a notebook's cells come from


class CheckFailed(AssertionError):
    """A wrong answer, explained. IPython shows the message and no stack.

    label: which check failed. seen: what it saw, as a fingerprint (see `cs_lib.hints`). relations:
    what the value has to do with the right one (see `cs_lib.diagnosis`): where the mistake has a
    name, that says more.
    """

    def __init__(self, label, lines, seen="", relations=()):
        super().__init__(label)
        self.label, self.lines, self.seen = label, list(lines), seen
        self.relations = list(relations)

    def __str__(self):
        told = explain(self.label, self.seen) or self.relations
        return "\n  ".join([f"✗ {self.label}", *self.lines, *told])

    def _render_traceback_(self):
        return str(self).splitlines()


# --- comparing ---


def check_close(got, want, label, *, rtol=1e-6, atol=1e-8, exact_dtype=False):
    """Fail unless every entry of got is within atol + rtol·|want| of want [numpy.allclose].

    got, want: numbers, lists, arrays or tensors. Where want is an array of floats, got has its
    precision; whole numbers will do for floats, unless exact_dtype says that they will not.
    label: names the case in the message, and is unique in the notebook.
    """
    _check_floats(got, want, label, (), rtol=rtol, atol=atol, exact_dtype=exact_dtype)
    _checked()


def _check_floats(got, want, label, arguments, *, rtol, atol, exact_dtype):
    _check_type(got, want, label)
    got, want_array = _as_array(got, label), _as_array(want, label)
    _check_shape(got, want_array, label)
    if exact_dtype or got.dtype.kind not in "iu":
        _check_dtype(got, want_array, label, exact=hasattr(want, "dtype"))
    wrong = ~np.isclose(got, want_array, rtol=rtol, atol=atol, equal_nan=True)
    if wrong.any():
        entry = tuple(int(i) for i in np.argwhere(wrong)[0])  # the first in reading order
        _fail(
            label,
            f"{_at(entry)}got {_show(got[entry])}, want {_show(want_array[entry])}"
            f"{_error(got[entry], want_array[entry], rtol)}",
            *_count(wrong),
            seen=fingerprint(got),
            relations=diagnosis.relations(got, want_array, arguments),
        )


def check_equal(got, want, label):
    """Fail unless got equals want exactly: integers, booleans, strings, or containers of them.

    Whole numbers may have any integer dtype, but may not come as floats.
    """
    _check_exactly(got, want, label, ())
    _checked()


def _check_exactly(got, want, label, arguments):
    if isinstance(want, bool) or np.asarray(want).dtype.kind not in "biu":
        if type(got) is not type(want) and not (isinstance(want, bool) and _is_bool(got)):
            _fail(label, f"got {_describe(got)}, want {_describe(want)}", seen=fingerprint(got))
        if got != want:
            _fail(label, f"got {_show(got)}, want {_show(want)}", seen=fingerprint(got))
        return
    _check_type(got, want, label)
    got, want = _as_array(got, label), _as_array(want, label)
    _check_shape(got, want, label)
    _check_dtype(got, want, label, exact=False)
    wrong = got != want
    if wrong.any():
        entry = tuple(int(i) for i in np.argwhere(wrong)[0])
        _fail(
            label,
            f"{_at(entry)}got {_show(got[entry])}, want {_show(want[entry])}",
            *_count(wrong),
            seen=fingerprint(got),
            relations=diagnosis.relations(got, want, arguments),
        )


# --- calling ---


def check_call(
    function, *args, label, want=_ANYTHING, rtol=1e-6, atol=1e-8, exact_dtype=False, **kwargs
):
    """Fail unless function(*args, **kwargs) gives want and leaves its arguments as they were.

    Whole numbers and booleans are compared exactly, floats as in `check_close`, a tuple result by
    result, where `...` stands for a result that may be anything; without want, that goes for all.
    The global random state may not be touched either, nor torch's: a function that needs chance is
    given a generator. Where it fails, the arguments are put back: later checks use them, too.
    """
    label = f"{_name(function)}: {label}"
    before = copy.deepcopy((args, kwargs))
    try:
        _check_call(function, args, kwargs, before, label, want, (rtol, atol, exact_dtype))
    except CheckFailed:
        for _, old, new in _arguments(function, before, (args, kwargs)):
            _put_back(old, new)
        raise
    _checked()


def _check_call(function, args, kwargs, before, label, want, tolerance):
    flags = [_flag(value) for _, _, value in _arguments(function, before, (args, kwargs))]
    with place.watched_random_state() as untouched:
        got = _call(function, args, kwargs, label, shown=before)
        if not untouched():
            _fail(
                label,
                "the call used the global random state (of np.random, random or torch). "
                "Draw from a generator.",
                seen="global random state",
            )
    for flag, (name, old, new) in zip(
        flags, _arguments(function, before, (args, kwargs)), strict=True
    ):
        if _flag(new) != flag:
            what, was = flag
            _fail(
                label,
                f"the call changed its argument {name}. Its {what} was {was}, and is {not was}: "
                "do that to what you return alone, a copy or a view.",
                *_for(function, before),
                seen=f"changed flag of {name}",
            )
        if not _same(old, new):
            _fail(
                label,
                f"the call changed its argument {name}. {_how_to_copy(name, old)}",
                *_for(function, before),
                seen=f"changed argument {name}",
            )
    if want is _ANYTHING:
        return
    rtol, atol, exact_dtype = tolerance
    try:
        arguments = (*before[0], *before[1].values())
        _compare(got, want, label, arguments, rtol=rtol, atol=atol, exact_dtype=exact_dtype)
    except CheckFailed as failure:
        failure.relations += diagnosis.is_argument(got, arguments)
        failure.lines += _for(function, before)
        raise


def _how_to_copy(name, value):
    """What keeps a caller's argument as it is: in a copy of a list are the same arrays."""
    if not name.isidentifier():  # "number 2" of those that *args takes
        name = "x"
    values = [*value.values()] if isinstance(value, dict) else value
    if isinstance(values, list | tuple) and any(map(_can_change, values)):
        how = _each_copied(name, value, values)
        shallow = "list(x), x.copy() and x[:] hold the same objects as x"
        return f"Copy what is in it, too ({name} = {how}): {shallow}."
    how, writes = f"{name}.copy()", "x[…] = v, x.pop() and the like all write into x"
    if hasattr(value, "detach"):
        how, writes = f"{name}.clone()", "x -= m, x[0] = 0 and x.mul_(2) all write into x"
    elif isinstance(value, np.ndarray):
        writes = "x -= m, x.sort() and np.fill_diagonal(x, 0) all write into x"
    return f"Work on a copy ({name} = {how}): {writes}."


def _each_copied(name, value, values):
    """Code that copies a container and all that is in it."""
    if all(hasattr(v, "detach") for v in values):
        part = "{}.clone()"
    elif all(isinstance(v, np.ndarray) or _is_flat(v) for v in values):
        part = "{}.copy()"
    else:  # containers of containers, arrays beside numbers
        return f"copy.deepcopy({name}), after import copy"
    if isinstance(value, dict):
        return f"{{key: {part.format('value')} for key, value in {name}.items()}}"
    each = f"{part.format('p')} for p in {name}"
    return f"tuple({each})" if isinstance(value, tuple) else f"[{each}]"


def _can_change(value):
    return not isinstance(value, str | bytes | int | float | complex | bool | None | np.generic)


def _is_flat(value):
    """Whether value is a list or dictionary that its own copy() copies whole."""
    parts = value.values() if isinstance(value, dict) else value
    return isinstance(value, list | dict) and not any(map(_can_change, parts))


def _put_back(old, new):
    """Give an argument that a call has changed its value again; where it cannot be, leave it."""
    with contextlib.suppress(ValueError, TypeError, RuntimeError):
        if hasattr(new, "detach"):
            new.requires_grad_(old.requires_grad)
            new.detach().copy_(old.detach())
        elif isinstance(new, np.ndarray):
            new.flags.writeable = old.flags.writeable or new.base is None
            new[...] = old
            new.flags.writeable = old.flags.writeable
        elif isinstance(new, list):
            new[:] = old
        elif isinstance(new, dict):
            new.clear()
            new.update(old)


def call(function, *args, label, **kwargs):
    """What function(*args, **kwargs) gives, for checks of its properties; an error is explained."""
    return _call(function, args, kwargs, f"{_name(function)}: {label}")


def check_raises(function, *args, error=ValueError, label, **kwargs):
    """Fail unless function(*args, **kwargs) raises error (or a subclass of it)."""
    label = f"{_name(function)}: {label}"
    try:
        with contextlib.redirect_stderr(sys.stdout):
            got = function(*args, **kwargs)
    except error as raised:
        if not str(raised).strip():
            _fail(label, f"raised {type(raised).__name__} without a message", seen="no message")
        _checked()
        return
    except Exception as other:
        _fail(
            label,
            f"raised {type(other).__name__}, want {error.__name__} with a message that helps",
            *_own_line(other),
            seen=_raised(other),
        )
    _fail(
        label,
        f"returned {_describe(got)}, but this input is not legal: raise {error.__name__}",
        seen="returned",
    )


def check_no_loop(function, few, many, *, label):
    """Fail if function runs many more lines of Python for many rows than for few: if it loops.

    few, many: two tuples of arguments that differ in the number of rows, by 100 or more. Lines are
    counted, no time is taken, so a slow machine refuses nothing. A comprehension is a loop, too,
    and so is what calls a function of Python for each row: map, np.vectorize, sorted with a key.
    """
    label = f"{_name(function)}: {label}"
    ran = _lines_run(function, (few, many), label)
    if ran[1] > ran[0] + _LINES:
        _fail(
            label,
            f"ran {ran[0]:,} lines of Python for the small input and {ran[1]:,} for the large one: "
            "there is a loop (a comprehension is one, too) where NumPy can do all at once",
            seen="loop",
        )
    _checked()


def check_growth(function, small, large, *, times, label):
    """Fail if function runs more than `times` as many lines of Python for large as for small.

    For what may grow with its input, but not too fast: a path that is walked again and again.
    small, large: two tuples of arguments. Lines are counted, as `check_no_loop` does.
    """
    label = f"{_name(function)}: {label}"
    ran = _lines_run(function, (small, large), label)
    if ran[1] > times * ran[0]:
        _fail(
            label,
            f"ran {ran[0]:,} lines of Python for the small input and {ran[1]:,} for the large one, "
            f"over {times:g} times as many. Does it do the same work again and again?",
            seen="slow",
        )
    _checked()


def _lines_run(function, inputs, label):
    """How many lines of Python function runs for each of several tuples of arguments."""
    ran = []

    def counted(*args):
        with place.counted_lines() as lines:
            function(*args)
            ran.append(lines())

    for args in inputs:
        _call(counted, args, {}, label)
    if None in ran:
        _fail(label, "the lines cannot be counted: your code calls sys.settrace", seen="loop")
    return ran


def check_memory(function, *args, megabytes, label, **kwargs):
    """Fail if function(*args, **kwargs) allocates more than megabytes (10⁶ bytes) at its peak."""
    label = f"{_name(function)}: {label}"
    with place.traced_memory() as bytes_at_peak:
        _call(function, args, kwargs, label)
        peak = bytes_at_peak() / 1e6
    if peak > megabytes:
        _fail(
            label,
            f"needed {peak:.1f} MB at its peak, limit {megabytes:g} MB. "
            "Which of your arrays is that large?",
            seen="memory",
        )
    _checked()


# --- how far it is ---

_progress = {"checks": 0, "cells": set()}  # since the last cell of checks; those that passed


def _checked():
    _progress["checks"] += 1


def passed(name):
    """Say that the checks of a cell found nothing wrong. name: as `progress` lists the cell."""
    count, _progress["checks"] = _progress["checks"], 0
    _progress["cells"].add(name)
    checks = "1 visible check" if count == 1 else f"{count} visible checks"
    print(f"✓ {name}: {checks} passed")  # noqa: T201


def progress(points):
    """Show which cells of checks have passed since the notebook was started.

    points: {name of a cell of checks: its points}.
    """
    done = [name for name in points if name in _progress["cells"]]
    width = max(map(len, points), default=0)
    for name, worth in points.items():
        print(f"{'✓' if name in done else '·'} {name:{width}} {worth:4g}")  # noqa: T201
    reach, whole = sum(points[name] for name in done), sum(points.values())
    print(  # noqa: T201
        f"{len(done)} of {len(points)} cells of checks have passed: "
        f"{reach:g} of {whole:g} points are in reach. The hidden checks decide."
    )


# --- the message ---


def _compare(got, want, label, arguments, **how):
    if want is ...:
        return
    if isinstance(want, tuple):
        if not isinstance(got, tuple):
            _fail(
                label,
                f"returned {_describe(got)}, want a tuple of {len(want)} results: return a, b, …",
                seen=fingerprint(got),
            )
        if len(got) != len(want):
            _fail(
                label,
                f"returned a tuple of {len(got)}, want a tuple of {len(want)} results",
                seen=f"tuple of {len(got)}",
            )
        for i, (one, other) in enumerate(zip(got, want, strict=True)):
            try:
                _compare(one, other, label, arguments, **how)
            except CheckFailed as failure:
                failure.lines[0] = f"result {i + 1} of {len(want)}: {failure.lines[0]}"
                failure.relations += diagnosis.exchanged(got, want)
                failure.seen = " | ".join(
                    "…" if other is ... else fingerprint(one)
                    for one, other in zip(got, want, strict=True)
                )
                raise
    elif np.asarray(want).dtype.kind == "f":
        _check_floats(got, want, label, arguments, **how)
    else:
        _check_exactly(got, want, label, arguments)


def _fail(label, *lines, seen="", relations=()):
    _progress["checks"] = 0
    _progress["cells"] -= {*re.findall(r"(?m)^passed\(\"(.+)\"\)", _cell()[0])}
    raise CheckFailed(label, lines, seen, relations) from None


def _call(function, args, kwargs, label, shown=None):
    try:
        with contextlib.redirect_stderr(sys.stdout):  # a warning on stderr would cost the points
            return function(*args, **kwargs)
    except CheckFailed:
        raise
    except KeyboardInterrupt:
        _fail(label, "stopped before it returned. Is there an endless loop?", seen="stopped")
    except Exception as error:
        if isinstance(error, NotImplementedError) and str(error).startswith(_STUB):
            _fail(label, f"not written yet. {error}")
        _fail(
            label,
            f"your code raised {type(error).__name__}: {_shorten(error, 300)}",
            *_own_line(error),
            *(_for(function, shown) if shown else []),
            seen=_raised(error),
        )


def _raised(error):
    """What a check saw of an error: the built-in that it is, and a digest of its message.

    The class alone is no name of a mistake: a missing argument and a sum that is added to a string
    are both a TypeError.
    """
    said = getattr(error, "digest", None) or digest(str(error))
    return f"raised {_kind(error)} {said}"


def digest(message):
    """Eight letters that tell messages apart, but not what is the student's own in them.

    That is the address of an object, and the name of a local variable that has no value yet.
    """
    text = re.sub(r"0x[0-9a-f]+", "0x", " ".join(message[:2000].split()))
    text = re.sub(r"(access local variable) '\w+' (where it is not)", r"\1 \2", text)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _kind(error):
    """The built-in exception that error is one of: all that a grader may tell of a hidden test."""
    kinds = (kind.__name__ for kind in type(error).__mro__ if kind in vars(builtins).values())
    return next(kinds)


def _own_line(error):
    """The deepest line of the student's own cell, of the traceback of error."""
    if hasattr(error, "own_line"):  # it was raised in another process
        return [error.own_line] if error.own_line else []
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != _FILE and re.search(_CELL, frame.filename)
    ]
    return [f"at    line {frames[-1].lineno} of your cell: {frames[-1].line}"] if frames else []


def _as_array(value, label):
    if value is None:
        _fail(label, "got None. Does every path of your function end with a return?", seen="None")
    if hasattr(value, "detach"):  # a torch tensor
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        _fail(label, f"got {_describe(value)} whose rows have different lengths, want an array")
    if array.dtype.kind not in "biuf":
        _fail(label, f"got {_describe(value)}, want numbers")
    return array


def _check_type(got, want, label):
    if isinstance(want, np.ndarray) and isinstance(got, list | tuple):
        kind = type(got).__name__
        _fail(label, f"got a {kind}, want a NumPy array: np.array(…) makes one", seen=kind)


def _check_shape(got, want, label):
    if got.shape == want.shape:
        return
    hint = ["Is it transposed?"] if got.ndim > 1 and got.shape == want.shape[::-1] else []
    if got.ndim == want.ndim == 1 and max(got.size, want.size) <= 12:
        hint = [f"got {_show(got)}, want {_show(want)}"]
    _fail(label, f"got shape {got.shape}, want shape {want.shape}", *hint, seen=fingerprint(got))


def _check_dtype(got, want, label, *, exact):
    families = {"b": "booleans", "i": "whole numbers", "u": "whole numbers", "f": "floats"}
    if families[got.dtype.kind] != families[want.dtype.kind]:
        _fail(
            label,
            f"got {families[got.dtype.kind]} (dtype {got.dtype}), "
            f"want {families[want.dtype.kind]} (dtype {want.dtype})",
            seen=fingerprint(got),
        )
    if exact and got.dtype.kind == "f" and got.dtype != want.dtype:
        _fail(label, f"got dtype {got.dtype}, want dtype {want.dtype}", seen=fingerprint(got))


def _at(entry):
    return f"entry {list(entry)}: " if entry else ""


def _count(wrong):
    count = int(wrong.sum())
    verb = "is" if count == 1 else "are"
    return [f"{count} of {wrong.size} entries {verb} wrong"] if wrong.size > 1 else []


def _error(got, want, rtol):
    """What may explain a difference, in brackets: where nan comes from, a rounding error."""
    if np.isnan(got):
        causes = "the root or logarithm of a negative number, 0/0, ∞ − ∞, or the mean of nothing"
        return f" (nan comes from {causes})"
    if not np.isfinite(got) or not 0 < abs(got - want) < 0.01 * abs(want):
        return ""
    difference = abs(float(got) - float(want))
    return f" (relative error {difference / abs(want):.2g}, tolerance {rtol:g})"


def _show(value):
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)):
        whole = np.isfinite(value) and abs(value) < 1e6 and value == round(value)
        return f"{value:.1f}" if whole else f"{value:.7g}"
    if isinstance(value, np.integer):
        return str(int(value))
    if isinstance(value, np.ndarray):
        return np.array2string(value, separator=", ", threshold=12, max_line_width=10**6)
    return _shorten(repr(value), 120)


def _shorten(value, length):
    text = " ".join(str(value).split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _describe(value):
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{type(value).__name__} of shape {tuple(value.shape)}, dtype {value.dtype}"
    return f"{type(value).__name__} {_show(value)}"


def _for(function, call):
    """A line with the call as a student would type it: to be copied and tried.

    What would not fit on a screen stands there by its name in the cell of checks. No line for a
    hidden test: feedback does not tell inputs.
    """
    if _in_hidden_test():
        return []
    args, kwargs = call
    literals = [*map(_literal, args), *map(_literal, kwargs.values())]
    parts = [*map(_paired, [""] * len(args) + [f"{name}=" for name in kwargs], literals)]
    if None not in parts:
        return [f"for   {_name(function)}({', '.join(parts)})"]
    written = _as_written(len(args), kwargs)
    if any(text.startswith("*") for text in written):  # which part is which argument is not known
        parts = written
    else:
        parts = [part or text for part, text in zip(parts, written, strict=False)]
    if not written or len(text := ", ".join(parts)) > 200:
        return []
    return [f"for   {_name(function)}({text}), with the names of the cell of checks"]


def _paired(name, literal):
    return None if literal is None else name + literal


def _as_written(count, names):
    """The arguments of the check that is being run, as its cell has them; [] if it cannot be read.

    count: of those by position, after the function; names: of the others.
    """
    text, line = _cell()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # magics
        return []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.lineno <= line <= node.end_lineno:
            continue
        if getattr(node.func, "id", "") not in ("check_call", "call", "check_raises"):
            continue
        given = [*node.args[1 : count + 1], *(k for k in node.keywords if k.arg in names)]
        return [ast.unparse(argument) for argument in given]
    return []


def _in_hidden_test():
    """Whether the check was called from behind the line that begins a test cell's hidden part."""
    text, line = _cell()
    return "### BEGIN HIDDEN TESTS" in "\n".join(text.split("\n")[:line])


def _cell():
    """The text of the notebook's cell that is being run, and which of its lines."""
    frame, cell = sys._getframe(), None
    while frame:
        if frame.f_code.co_name == "<module>" and re.search(_CELL, frame.f_code.co_filename):
            cell = frame
        frame = frame.f_back
    lines = linecache.getlines(cell.f_code.co_filename) if cell else []
    return "".join(lines), cell.f_lineno if cell else 0


def _literal(value):
    if isinstance(value, np.ndarray):
        if value.size > 16:
            return None
        dtype = value.dtype.name
        if not value.size:  # [] says nothing of the other axes, nor of the type
            shape = value.shape if value.ndim > 1 else 0
            return f"np.zeros({shape}{'' if dtype == 'float64' else f', dtype=np.{dtype}'})"
        dtype = "" if dtype in ("float64", "int64", "bool") else f", dtype=np.{dtype}"
        body = np.array2string(value, separator=", ", precision=4, max_line_width=10**6)
        body = re.sub(r"\b(inf|nan)\b", r"np.\1", body)
        return f"np.array({' '.join(body.split())}{dtype})"
    if callable(value):
        return _name(value)
    if isinstance(value, np.random.Generator):
        return "rng"
    text = repr(value)
    return text if len(text) <= 60 else None


class Here:
    """Where the functions under test run: in this process. A grader may have another `place`."""

    @contextlib.contextmanager
    def watched_random_state(self):
        """Gives a function that tells whether the global states are as before.

        Those of NumPy and Python, and that of torch on the CPU, where torch has been imported.
        """
        torchs = getattr(sys.modules.get("torch"), "default_generator", None)

        def now():
            name, keys, *rest = np.random.get_state()  # noqa: NPY002
            of_torch = torchs and torchs.get_state().numpy().tobytes()
            return name, keys.tobytes(), *rest, random.getstate(), of_torch

        before = np.random.get_state(), random.getstate()  # noqa: NPY002
        torchs_before = torchs and torchs.get_state()
        np.random.seed(20250101)  # noqa: NPY002  (else a second call's reseeding goes unseen)
        random.seed(20250101)
        if torchs:
            torchs.manual_seed(20250101)
        try:
            state = now()
            yield lambda: now() == state
        finally:
            np.random.set_state(before[0])  # noqa: NPY002
            random.setstate(before[1])
            if torchs:
                torchs.set_state(torchs_before)

    @contextlib.contextmanager
    def traced_memory(self):
        """Gives a function that tells how many bytes were allocated at the peak."""
        tracemalloc.start()
        try:
            yield lambda: tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    @contextlib.contextmanager
    def counted_lines(self):
        """Gives a function that tells how many lines of Python were run.

        None where the function has taken the counter out.
        """
        count = 0

        def trace(frame, event, argument):
            nonlocal count
            if frame.f_code.co_filename.endswith(_PLANNING):
                return None
            count += event == "line"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            yield lambda: count if sys.gettrace() is trace else None
        finally:
            sys.settrace(before)


place = Here()


def _name(function):
    return getattr(function, "__name__", type(function).__name__)


def _is_bool(value):
    return isinstance(value, (bool, np.bool_))


def _arguments(function, before, after):
    """The name of each argument, what it was and what it is now."""
    (old_args, old_kwargs), (new_args, new_kwargs) = before, after
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = []
    names += [f"number {i + 1}" for i in range(len(names), len(old_args))]
    yield from zip(names, old_args, new_args, strict=False)
    for name, old in old_kwargs.items():
        yield name, old, new_kwargs[name]


def _flag(value):
    """(name, state) of what a function may not switch in a caller's array or tensor; else None."""
    if isinstance(value, np.ndarray):
        return "flags.writeable", value.flags.writeable
    if hasattr(value, "requires_grad"):
        return "requires_grad", value.requires_grad
    return None


def _same(old, new):
    """Whether an argument is as it was. Generators are drawn from and functions have no value."""
    if isinstance(old, np.random.Generator) or callable(old):
        return True
    if hasattr(old, "detach"):
        old, new = old.detach().cpu().numpy(), new.detach().cpu().numpy()
    if isinstance(old, np.ndarray):
        same_kind = old.shape == new.shape and old.dtype == new.dtype
        return same_kind and np.array_equal(old, new, equal_nan=old.dtype.kind == "f")
    if isinstance(old, (list, tuple)):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(_same(old[k], new[k]) for k in old)
    return old == new

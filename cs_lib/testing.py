"""Checks for notebooks: silent when the answer is right, a few clear lines when it is wrong.

A check never returns a value and never writes to stderr (nbgrader gives no points for a cell that
does). A failed check raises `CheckFailed`, which a notebook shows as its message alone.
"""

import builtins
import contextlib
import copy
import inspect
import linecache
import random
import re
import sys
import time
import traceback
import tracemalloc

import numpy as np

from cs_lib.hints import explain, fingerprint

__all__ = [
    "CheckFailed",
    "call",
    "check_call",
    "check_close",
    "check_equal",
    "check_fast",
    "check_memory",
    "check_raises",
]

_FILE = __file__
_ANYTHING = object()
_CELL = r"ipykernel_\d+|<ipython-input"  # where IPython says that a notebook's cells come from


class CheckFailed(AssertionError):
    """A wrong answer, explained. IPython shows the message and no stack.

    label: which check failed. seen: what it saw, as a fingerprint (see `cs_lib.hints`).
    """

    def __init__(self, label, lines, seen=""):
        super().__init__(label)
        self.label, self.lines, self.seen = label, list(lines), seen

    def __str__(self):
        return "\n  ".join([f"✗ {self.label}", *self.lines, *explain(self.label, self.seen)])

    def _render_traceback_(self):
        return str(self).splitlines()


# --- comparing ---


def check_close(got, want, label, *, rtol=1e-6, atol=1e-8):
    """Fail unless every entry of got is within atol + rtol·|want| of want [numpy.allclose].

    got, want: numbers, lists, arrays or tensors. Where want is an array, got must have its dtype.
    label: names the case in the message, and is unique in the notebook.
    """
    _check_type(got, want, label)
    got, want_array = _as_array(got, label), _as_array(want, label)
    _check_shape(got, want_array, label)
    _check_dtype(got, want_array, label, exact=hasattr(want, "dtype"))
    wrong = ~np.isclose(got, want_array, rtol=rtol, atol=atol, equal_nan=True)
    if wrong.any():
        entry = tuple(int(i) for i in np.argwhere(wrong)[0])  # the first in reading order
        _fail(
            label,
            f"{_at(entry)}got {_show(got[entry])}, want {_show(want_array[entry])} "
            f"({_error(got[entry], want_array[entry], rtol)})",
            *_count(wrong),
            seen=fingerprint(got),
        )


def check_equal(got, want, label):
    """Fail unless got equals want exactly: integers, booleans, strings, or containers of them.

    Whole numbers may have any integer dtype, but may not come as floats.
    """
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
        )


# --- calling ---


def check_call(function, *args, label, want=_ANYTHING, rtol=1e-6, atol=1e-8, **kwargs):
    """Fail unless function(*args, **kwargs) gives want and leaves its arguments as they were.

    Whole numbers and booleans are compared exactly, floats as in `check_close`, a tuple result by
    result; without want, any result will do. The global random state may not be touched either: a
    function that needs chance is given a generator.
    """
    label = f"{_name(function)}: {label}"
    before = copy.deepcopy((args, kwargs))
    with place.watched_random_state() as untouched:
        got = _call(function, args, kwargs, label, shown=before)
        if not untouched():
            _fail(
                label,
                "the call used the global random state (np.random.…). Draw from a generator.",
                seen="global random state",
            )
    for name, old, new in _arguments(function, before, (args, kwargs)):
        if not _same(old, new):
            _fail(
                label,
                f"the call changed its argument {name}. Work on a copy ({name} = {name}.copy()), "
                "or write x = x - m in place of x -= m.",
                *_for(function, before),
                seen=f"changed argument {name}",
            )
    if want is _ANYTHING:
        return
    try:
        _compare(got, want, label, rtol, atol)
    except CheckFailed as failure:
        failure.lines += _for(function, before)
        raise


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
        return
    except Exception as other:
        _fail(
            label,
            f"raised {type(other).__name__}, want {error.__name__} with a message that helps",
            *_own_line(other),
            seen=f"raised {_kind(other)}",
        )
    _fail(
        label,
        f"returned {_describe(got)}, but this input is not legal: raise {error.__name__}",
        seen="returned",
    )


def check_fast(function, *args, seconds, label, **kwargs):
    """Fail if function(*args, **kwargs) takes more than seconds of the processor's time.

    What else the machine does counts little; leave a margin of ten all the same.
    """
    label = f"{_name(function)}: {label}"
    start = place.seconds()
    _call(function, args, kwargs, label)
    took = place.seconds() - start
    if took > seconds:
        _fail(
            label,
            f"took {took:.2f} s, limit {seconds:g} s. "
            "Is there a Python loop where NumPy can do the work?",
            seen="slow",
        )


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


# --- the message ---


def _compare(got, want, label, rtol, atol):
    if isinstance(want, tuple):
        if not isinstance(got, tuple) or len(got) != len(want):
            _fail(label, f"got {_describe(got)}, want a tuple of {len(want)} results")
        for i, (one, other) in enumerate(zip(got, want, strict=True)):
            try:
                _compare(one, other, label, rtol, atol)
            except CheckFailed as failure:
                failure.lines[0] = f"result {i + 1} of {len(want)}: {failure.lines[0]}"
                failure.seen = " | ".join(map(fingerprint, got))
                raise
    elif np.asarray(want).dtype.kind == "f":
        check_close(got, want, label, rtol=rtol, atol=atol)
    else:
        check_equal(got, want, label)


def _fail(label, *lines, seen=""):
    raise CheckFailed(label, lines, seen) from None


def _call(function, args, kwargs, label, shown=None):
    try:
        with contextlib.redirect_stderr(sys.stdout):  # a warning on stderr would cost the points
            return function(*args, **kwargs)
    except NotImplementedError as unwritten:
        _fail(label, f"not written yet. {unwritten}")
    except CheckFailed:
        raise
    except KeyboardInterrupt:
        _fail(label, "stopped before it returned. Is there an endless loop?", seen="stopped")
    except Exception as error:
        _fail(
            label,
            f"your code raised {type(error).__name__}: {_shorten(error, 300)}",
            *_own_line(error),
            *(_for(function, shown) if shown else []),
            seen=f"raised {_kind(error)}",
        )


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
        _fail(label, f"got a {type(got).__name__}, want a NumPy array: np.array(…) makes one")


def _check_shape(got, want, label):
    if got.shape == want.shape:
        return
    hint = ["Is it transposed?"] if got.ndim > 1 and got.shape == want.shape[::-1] else []
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
    if np.isnan(got):
        return "nan comes from the root of a negative number, 0/0, or the mean of nothing"
    if not (np.isfinite(got) and np.isfinite(want)):
        return f"tolerance {rtol:g}"
    difference = abs(float(got) - float(want))
    error = f"relative error {difference / abs(want):.2g}" if want else f"error {difference:.2g}"
    return f"{error}, tolerance {rtol:g}"


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
    """A line with the call as a student would type it.

    None where it does not fit on a screen, nor for a hidden test: feedback does not tell inputs.
    """
    if _in_hidden_test():
        return []
    args, kwargs = call
    parts = [_literal(a) for a in args] + [f"{k}={_literal(v)}" for k, v in kwargs.items()]
    if any(part is None for part in parts):
        return []
    return [f"for   {_name(function)}({', '.join(parts)})"]


def _in_hidden_test():
    """Whether the check was called from behind the line that begins a test cell's hidden part."""
    frame, cell = sys._getframe(), None
    while frame:
        if frame.f_code.co_name == "<module>" and re.search(_CELL, frame.f_code.co_filename):
            cell = frame
        frame = frame.f_back
    lines = linecache.getlines(cell.f_code.co_filename)[: cell.f_lineno] if cell else []
    return any("### BEGIN HIDDEN TESTS" in line for line in lines)


def _literal(value):
    if isinstance(value, np.ndarray):
        if value.size > 16:
            return None
        dtype = "" if value.dtype in (np.float64, np.int64, np.bool_) else f", dtype={value.dtype}"
        body = np.array2string(value, separator=", ", precision=4, max_line_width=10**6)
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
        """Gives a function that tells whether NumPy's and Python's global states are as before."""

        def now():
            name, keys, *rest = np.random.get_state()  # noqa: NPY002
            return name, keys.tobytes(), *rest, random.getstate()

        before = np.random.get_state(), random.getstate()  # noqa: NPY002
        np.random.seed(20250101)  # noqa: NPY002  (else a second call's reseeding goes unseen)
        random.seed(20250101)
        try:
            state = now()
            yield lambda: now() == state
        finally:
            np.random.set_state(before[0])  # noqa: NPY002
            random.setstate(before[1])

    @contextlib.contextmanager
    def traced_memory(self):
        """Gives a function that tells how many bytes were allocated at the peak."""
        tracemalloc.start()
        try:
            yield lambda: tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def seconds(self):
        """The processor's time so far."""
        return time.process_time()


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

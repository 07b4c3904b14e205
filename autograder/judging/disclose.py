"""What of a run its student may see: nothing that can tell what a hidden test calls with.

A function sees what a hidden test calls it with, and can keep it. From the first such call on the
student's process has been *told*, and whatever comes from there may be what it was told, in some
code of the student's own. So of what comes later are shown: the outputs that the cells were handed
in with; of errors the class, and of few; of a failed check what it is called, what it wants, and
numbers. Points, which tests passed and which known mistake it was are shown as ever.

The instructor finds all of it in the journal.
"""

import ast
import builtins
import re

from autograder.authoring.source import HIDDEN, STUB, replace_regions, without_magics
from autograder.authoring.withhold import REFUSAL

STOPPED = "Stopped"  # the name of the error where a test could not be run to its end
ERRORS = 3  # of cells that ran when it was told: which cells, and which classes, is a message, too
WORDS = 12  # of the author's that a check may say it got
AS_HANDED_IN = (
    "(as handed in: a hidden test ran before this cell, so what it showed then is not shown)\n"
)
UNSAID = "(not shown: a hidden test)"  # in place of the words of an error of the student's
NOT_SHOWN = "(what it got is not shown: it may be what a hidden test gave it)"
NOT_SHOWN_VISIBLE = "(what it got is not shown: run this check in your notebook to see it)"


# --- cells ---


def cells(result, sources, handed_in):
    """The outputs to show of each of the student's cells that ran: lists, as `judge.Result` has.

    result: a judge.Result as a dictionary; sources, handed_in: the text of each of its cells and
    the outputs that it was handed in with.
    """
    found, errors = [], ERRORS
    for cell, source, brought in zip(result["cells"], sources, handed_in, strict=True):
        if not cell["told"]:
            found.append([*cell["outputs"]])
            if cell["left_out"]:
                found[-1].append(_line(f"({cell['left_out']:,} characters are left out)\n"))
            continue
        found.append([_line(AS_HANDED_IN), *brought] if brought else [])
        error = _error(cell["outputs"], source, result["fault"])
        known = [output["ename"] for output in brought if output["type"] == "error"]
        if error and error["ename"] not in known and (errors or error["ename"] == STOPPED):
            errors -= error["ename"] != STOPPED
            found[-1].append(error)
    return found


def _line(text):
    return {"type": "stream", "name": "stdout", "text": text}


def _error(outputs, source, fault):
    """The first error among outputs, its class alone; None where there is none."""
    error = next((output for output in outputs if output["type"] == "error"), None)
    if error is None:
        return None
    name, said = error["ename"], ""
    if name == STOPPED and fault and error["traceback"] == fault:
        return error
    name = _class(name)
    if name in ("SyntaxError", "IndentationError", "TabError"):
        said = _syntax(source)
    elif name == "NameError":
        said = _of_name(error["evalue"], words(source))
    line = f"{name}: {said}" if said else name
    return {"type": "error", "ename": name, "evalue": said, "traceback": line}


def _class(name):
    """The name of an exception, where it is one of Python's."""
    kind = getattr(builtins, name, None)
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    return name if known else "an error"


def _syntax(source):
    """What our own Python says of a cell that is none."""
    try:
        ast.parse(without_magics(source))
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError):
        pass
    return ""


def _of_name(text, known):
    match = re.match(r"name '(\w+)' is not defined", text)
    return match[0] if match and match[1] in known else ""


def words(*texts):
    """All that could be a name in texts."""
    return {word for text in texts for word in re.findall(r"[^\W\d]\w*", text)}


# --- tests ---

_NUMBER = r"(?:-?(?:\d[\d.]*(?:e[+-]?\d+)?|inf)|nan|True|False)"
_KIND = r"(?:booleans|whole numbers|floats)"
_SHAPE = r"\([\d, ]*\)"
# Lines of cs_lib.testing whose beginning, up to what it wants, has numbers and our words alone.
_PLAIN = re.compile(
    rf"""(?:result\ \d+\ of\ \d+:\ )?(?:entry\ \[[\d, ]*\]:\ )?(?:
    got\ (?:{_NUMBER}|shape\ {_SHAPE}|dtype\ \w+|{_KIND}\ \(dtype\ \w+\)|NoneType\ None),\ want\ .*
    | got\ (?:ndarray|Tensor)\ of\ shape\ {_SHAPE},\ dtype\ [\w.]+,\ want\ .*
    | got\ None\.\ .* | got\ a\ (?:list|tuple),\ want\ a\ NumPy\ array.*
    | Is\ it\ transposed\? | \d+\ of\ \d+\ entries\ (?:is|are)\ wrong
    | the\ call\ used\ the\ global\ random\ state.*
    | returned\ a\ tuple\ of\ \d+,\ want\ .* | ran\ [\d,]+\ lines\ of\ Python\ for\ .*
    | took\ [\d.]+\ s,\ limit\ .* | needed\ [\d.]+\ MB\ at\ .* | stopped\ before\ it\ returned.*
    | at\ \ \ \ line\ \d+\ of\ your\ cell:\ .*
    )""",
    re.VERBOSE,
)
_WORDS = r"'\w+(?: \w+)*'"
_ITEM = rf"(?:{_WORDS}|{_NUMBER})"
_ITEMS = re.compile(rf"got ({_ITEM}|[\[(](?:{_ITEM}(?:, {_ITEM}){{,5}},?)?[\])]), want .*")
_CALL = re.compile(r"for   \w+\(.*\)(?:, with the names of the cell of checks)?")
_CHANGED = re.compile(r"the call changed its argument (\w+|number \d+)\. .*")
_RAISED = re.compile(r"your code raised (\w+): (.*)")
_RAISED_ANOTHER = re.compile(
    r"raised (\w+)(, want \w+ with a message that helps| without a message)"
)
_RETURNED = re.compile(r"\Areturned .*(, but this input is not legal: raise \w+)")


class Tests:
    """How the verdicts on an assignment's tests are told. source: a Source."""

    def __init__(self, source):
        self._texts, self._own_inputs = {}, set()
        code = [cell for cell in source.cells if cell.kind == "code"]
        self._words = words(*(cell.text for cell in code if not cell.is_solution))
        self._ours = {STUB.format(name=name).split('"')[1] for name in source.exercises}
        self._ours |= {UNSAID, *(REFUSAL.format(name=name) for name in source.withhold)}
        for exercise in source.exercises.values():
            for test in exercise.tests:
                tree = ast.parse(without_magics(test.text))
                texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
                self._texts[test.grade_id] = {text for text in texts if isinstance(text, str)}
                visible = ast.parse(without_magics(replace_regions(test.text, *HIDDEN)))
                called = {n.func.id for n in ast.walk(visible) if _calls_a_name(n)}
                if not called & {*source.exercises, "call"}:  # its inputs are the author's alone
                    self._own_inputs.add(test.grade_id)

    def failure(self, name, verdict, fault, brought, known):
        """(class, text) of a failed test's error.

        verdict: a judge.Verdict as a dictionary; fault: why the run was stopped; brought: the
        outputs that the test's cell was handed in with; known: all words of the submission.
        """
        kind, text = verdict["error"] or STOPPED, verdict["text"]
        ours = verdict["author"] or kind == "KeyboardInterrupt" or (fault and text == fault)
        if ours or not verdict["told"]:
            return kind, text
        if verdict["visible"]:
            errors = (output for output in brought if output["type"] == "error")
            if any(output["evalue"].strip() == text.strip() for output in errors):
                return kind, text  # it said so before it was told
        if verdict["lines"]:
            return kind, self._check(name, verdict, known)
        if text not in self._ours | self._texts[name]:
            text = _of_name(text, known) if kind == "NameError" else ""
        return _class(kind), text

    def _check(self, name, verdict, known):
        """The text of a failed check."""
        whole = "\n  ".join([f"✗ {verdict['label']}", *verdict["lines"]])
        hints = verdict["text"].removeprefix(whole) if verdict["text"].startswith(whole) else ""
        inputs = verdict["visible"] and name in self._own_inputs
        lines = [self._line(line, known, inputs) for line in verdict["lines"]]
        if None in lines:
            said = NOT_SHOWN_VISIBLE if verdict["visible"] else NOT_SHOWN
            lines = [*filter(None, lines), said]
        return "\n  ".join([f"✗ {verdict['label']}", *lines]) + hints

    def _line(self, line, known, inputs):
        """A line of a failed check as it may be shown, or None."""
        if _PLAIN.fullmatch(line) or (inputs and _CALL.fullmatch(line)):
            return line
        if match := _ITEMS.fullmatch(line):  # a few numbers, or words of the author's
            found = re.findall(r"[^\W\d]\w*", match[1])
            known = {word for word in found if {word, re.sub(r"\d$", "", word)} & self._words}
            return line if len(found) <= WORDS and known.issuperset(found) else None
        if line.startswith("not written yet. "):
            return line if line.partition(". ")[2] in self._ours else "not written yet."
        if match := _CHANGED.fullmatch(line):
            return line if match[1] in known or " " in match[1] else None
        if match := _RAISED.fullmatch(line):
            said = _of_name(match[2], known) or UNSAID
            return f"your code raised {_class(match[1])}: {said}"
        if match := _RAISED_ANOTHER.fullmatch(line):
            return f"raised {_class(match[1])}{match[2]}"
        if match := _RETURNED.fullmatch(line):
            return f"returned a value{match[1]}"
        return None


def _calls_a_name(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)

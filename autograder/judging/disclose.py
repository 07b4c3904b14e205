"""What of a run its student may see: nothing that can tell what a hidden test calls with.

A submission runs twice (`judge`). In the first run nobody calls the student's code with anything
hidden, so all of it may be shown: what cells print and draw, and what visible checks say. In the
second run a function sees what a hidden test calls it with, can keep it, and whatever comes from
there may be that, in some code of the student's own. Of this run the page has which tests passed,
and of a failed one a sentence: of those that stand in the author's files or below, chosen before
anybody handed anything in. Which of them it is can be a message, too; so each is paid for, and a
notebook has 40 bits.

The instructor finds all of it in the journal.
"""

import ast
import json
import re
import textwrap
from dataclasses import dataclass, field
from math import log2

from autograder.authoring.source import split_hidden, without_magics
from cs_lib import hints
from cs_lib.challenge import shown

STOPPED = "Stopped"  # the name of the error where a test could not be run to its end
MOST = 999.0  # of a challenge's score
BITS = 40  # that the sentences of a notebook may tell of its second run
UNSAID = "(not shown: a hidden test)"  # in place of the words of an error of the student's
HIDDEN_CHECK = "a hidden check"  # whose label is not the author's alone
NO_MORE = "What it saw is not shown: this page says no more of hidden tests. Mend the others first."
ENDED = "stopped: the notebook's process was ended, or ended itself, in a hidden test"

# What a check of `cs_lib.testing` says, by the beginning of its first line, and what is said of it.
_WHERE = r"(?:result \d+ of \d+: )?(?:entry \[[\d, ]*\]: )?"
_SAID = {
    r"not written yet\.": "not written yet.",
    r"got None\.": "got None. Does every path of your function end with a return?",
    r"got shape ": "got another shape than it wants",
    r"got (?:dtype|\w+ \(dtype|whole numbers \(dtype) ?": "got another dtype than it wants",
    r"got a (?:list|tuple), want a NumPy": "got a list or tuple, want a NumPy array: np.array(…) "
    "makes one",
    r"got (?:nan|-?inf)\b": "got nan or an infinity, and wants something else",
    r"got ": "got another value than it wants",
    r"the call changed its argument": "the call changed an argument. Work on a copy.",
    r"the call used the global": "the call used the global random state (of np.random, random or "
    "torch). Draw from a generator.",
    r"returned .*, but this input is not legal": "returned a value, but this input is not legal: "
    "raise an error",
    r"returned ": "returned something else than so many results as it wants",
    r"raised ": "raised another error than it wants, or one without a message",
    r"ran .*: there is a loop": "ran more lines of Python for the large input: there is a loop (a "
    "comprehension is one, too) where NumPy can do all at once",
    r"ran ": "ran too many lines of Python for the large input. Does it do the same work again and "
    "again?",
    r"needed ": "needed more memory than it may. Which of your arrays is that large?",
    r"stopped before": "stopped before it returned. Is there an endless loop?",
}
# Of the errors that code raises; every other is "an error".
_CLASSES = (
    *("ArithmeticError", "AssertionError", "AttributeError", "ImportError", "IndexError"),
    *("KeyError", "KeyboardInterrupt", "MemoryError", "NameError", "NotImplementedError"),
    *("OverflowError", "RecursionError", "RuntimeError", "StopIteration", "TypeError"),
    *("UnboundLocalError", "ValueError", "ZeroDivisionError", "an error"),
)
_OTHER = "it could not be checked"
_SLOW = "took more time than it may"  # an answer to an open challenge
_KINDS = log2(len({*_SAID.values()}) + 2 * len(_CLASSES) + 1)  # bits: as an error, or in a check


def outputs(cell):
    """The outputs to show of a student's cell that ran: those of the first run, whole."""
    found = [*cell["outputs"]]
    if cell["left_out"]:
        text = f"({cell['left_out']:,} characters are left out)\n"
        found.append({"type": "stream", "name": "stdout", "text": text})
    return found


def challenge(verdict):
    """(the score of an open challenge or "", why there is none or "") as its student may see them.

    verdict: a judge.Verdict as a dictionary. The score is the judge's number, and one of some
    thousand; with the sentences in its place that is 12 bits, beside those of the tests.
    """
    if verdict["passed"]:
        score = verdict["score"]
        return ("", "") if score is None else (shown(min(max(score, 0.0), MOST)), "")
    if verdict["lines"]:
        [line, *_] = verdict["lines"]
        return "", _SLOW if line.startswith("took ") else _said(line)
    if verdict["error"]:
        return "", f"{_class(verdict['error'])}: {_OTHER}"
    return "", _OTHER if verdict["author"] else ENDED


@dataclass
class _Known:
    """What can be said of a hidden test. labels: of its checks, and the words of its asserts.

    patterns: {pattern of a label with numbers in it: how it is shown, without them}; named:
    {(label, names of mistakes): the lines that name them}.
    """

    labels: set = field(default_factory=set)
    patterns: dict = field(default_factory=dict)
    named: dict = field(default_factory=dict)


class Tests:
    """How the verdicts on an assignment's tests are told.

    source: a Source; known: the bytes of its file of hints, with those of hidden checks, or None.
    """

    def __init__(self, source, known=None):
        table = json.loads(known) if known else {"mistakes": {}, "checks": {}}
        self._checks = table["checks"]
        self._tests = {
            test.grade_id: _known(name, test.text, table)
            for name, exercise in source.exercises.items()
            for test in exercise.tests
        }

    def page(self, bits=BITS):
        """What is told of one notebook, a `Page`."""
        return Page(self._tests, self._checks, bits)


class Page:
    """Tells the failures of a notebook, one after the other, and counts what that can tell."""

    def __init__(self, tests, checks, bits):
        self._tests, self._checks, self.left = tests, checks, bits

    def failure(self, name, verdict):
        """(class, text) of a failed test's error. verdict: a judge.Verdict as a dictionary."""
        if not verdict["told"]:
            return verdict["error"] or STOPPED, verdict["text"]
        known = self._tests[name]
        # Three kinds of news, told by 1, 2 and 2 bits; then which of its kind.
        if self.left < 2:
            return _check(HIDDEN_CHECK, NO_MORE)
        if not verdict["error"] and not verdict["author"]:
            self.left -= 2
            return STOPPED, ENDED
        names = tuple(hints.lookup(self._checks.get(verdict["label"], {}), verdict["seen"]))
        if lines := known.named.get((verdict["label"], names)):
            self.left -= 1
            return self._paid(log2(len(known.named)), *_check(verdict["label"], *lines))
        self.left -= 2
        bits = log2(len(known.labels | {*known.patterns.values()}) + 1) + _KINDS
        return self._paid(bits, *_unnamed(verdict, known))

    def _paid(self, bits, kind, text):
        if bits > self.left:
            return _check(HIDDEN_CHECK, NO_MORE)
        self.left -= bits
        return kind, text


def _check(label, *lines):
    """A failed check, as `cs_lib.testing` writes it."""
    return "CheckFailed", "\n  ".join([f"✗ {label}", *lines])


def _unnamed(verdict, known):
    """A failed test whose mistake has no name, in words of the author's and of ours."""
    if verdict["author"]:
        return _check(HIDDEN_CHECK, _OTHER)
    if verdict["lines"]:
        return _check(_label(verdict["label"], known), _said(verdict["lines"][0]))
    return _class(verdict["error"]), verdict["text"] if verdict["text"] in known.labels else ""


def _label(label, known):
    """What a check of that label is called on the page."""
    if label in known.labels:
        return label
    shown = (text for pattern, text in known.patterns.items() if re.fullmatch(pattern, label))
    return next(shown, HIDDEN_CHECK)


def _said(line):
    """What is said of the first line of a check that failed."""
    if match := re.match(r"your code raised (\w+): ", line):
        return f"your code raised {_class(match[1])}"
    line = re.sub(rf"\A{_WHERE}", "", line)
    return next((said for start, said in _SAID.items() if re.match(start, line)), _OTHER)


def _class(name):
    return name if name in _CLASSES else _CLASSES[-1]


def _known(exercise, text, table):
    """What is _Known of the hidden part of a test. table: what the file of hints holds."""
    found, patterns = _Known(), []
    for node, raw in _labels(ast.parse(without_magics(split_hidden(text)[1]))):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        texts = [part.value if isinstance(part, ast.Constant) else "" for part in parts]
        pattern = "".join(re.escape(text) or ".*" for text in texts)
        before = "" if raw else f"{exercise}: "
        if isinstance(node, ast.Constant):
            found.labels.add(f"{before}{node.value}")
        else:
            shown = "".join(text or "…" for text in texts)
            found.patterns[re.escape(before) + pattern] = f"{before}{shown}"
        if len("".join(texts)) >= 4:  # else it is in many labels by chance
            patterns.append(rf"(?<!\w){pattern}(?!\w)")
    for label, fingerprints in table["checks"].items():
        if not any(re.search(pattern, label) for pattern in patterns):
            continue
        for names in fingerprints.values():
            if all(name.startswith(f"{exercise}.") for name in names):
                found.labels.add(label)
                mistakes = [table["mistakes"][name] for name in names]
                found.named[label, tuple(names)] = [line for m in mistakes for line in _lines(m)]
    return found


def _labels(tree):
    """The texts in code that a check may be called, and whether just so or after a function."""
    for node in ast.walk(tree):
        found, raw = [], False
        if isinstance(node, ast.Assert):
            found, raw = [node.msg], True
        elif isinstance(node, ast.Call):
            found = [*node.args, *(keyword.value for keyword in node.keywords)]
            raw = getattr(node.func, "id", "") in ("check_close", "check_equal")
        elif isinstance(node, ast.Assign):
            found = [node.value]
        for each in found:
            plain = isinstance(each, ast.Constant) and isinstance(each.value, str)
            if plain or isinstance(each, ast.JoinedStr):
                yield each, raw


def _lines(mistake):
    """How `cs_lib.hints` names a mistake."""
    return [
        *textwrap.wrap(f"This is what you get when {mistake['when']}.", 92),
        *textwrap.wrap(mistake["hint"], 92),
        f"Read: {mistake['read']}",
    ]

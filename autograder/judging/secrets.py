"""What of hidden tests may be shown nowhere: their lines, and what they call functions with.

A traceback can quote a line. A function that is tested can keep what it is called with, and a later
cell can print it. Text is made `plain` before it is searched: else a control character in the midst
of a secret would hide it.
"""

import ast
import re
import textwrap
from dataclasses import dataclass, field, replace

from autograder.authoring.source import HIDDEN, regions, replace_regions

TEXT = 20_000  # characters of one output, or of one cell
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 27), *range(28, 32), 127, *range(128, 160)])
_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON may hold halves of pairs, UTF-8 may not
_COLOUR = r"\x1b\[[0-9;]*m"
_TAKEN_OUT = "(hidden test)"


@dataclass(frozen=True)
class Secrets:
    """lines: of hidden tests; inputs: the long strings and numbers in them.

    given: {cell id: text} of the notebook that everybody got; tests: the grade_ids of its tests.
    """

    given: dict = field(default_factory=dict)
    tests: set = field(default_factory=set)
    lines: set = field(default_factory=set)
    inputs: set = field(default_factory=set)

    @classmethod
    def of(cls, source, nb):
        """The secrets of an assignment. source: its Source; nb: the notebook made of that."""
        visible = "\n".join(replace_regions(cell.text, *HIDDEN) for cell in source.cells)
        hidden = [_hidden(cell.text) for cell in source.cells]
        lines = {line.strip() for part in hidden for line in part}
        inputs = {word for part in hidden for word in _inputs(part)}
        return cls(
            {cell["id"]: cell["source"] for cell in nb["cells"]},
            {cell.grade_id for cell in source.cells if cell.is_test},
            {line for line in lines if len(line) >= 12 and line not in visible},
            {word for word in inputs if word not in visible},
        )

    def for_student(self, nb):
        """The same, but what a student has written in a notebook is no secret to that student."""
        own = "\n".join(
            plain(text)
            for cell in nb["cells"]
            if (text := cell.get("source", "")) != self.given.get(cell.get("id"))
            and grade_id(cell) not in self.tests
        )
        lines, inputs = (
            {secret for secret in secrets if secret not in own}
            for secrets in (self.lines, self.inputs)
        )
        return replace(self, lines=lines, inputs=inputs)

    def without(self, text, *, inputs=False):
        """An output but for the lines that hold a secret; inputs: what tests call with counts."""
        kept, text = [], plain(text)
        bare = re.sub(_COLOUR, "", text)
        known = self.lines | (self.inputs if inputs else set())
        secrets = [secret for secret in known if secret in bare]
        if not secrets:
            return text
        for line in text.split("\n"):
            bare = re.sub(_COLOUR, "", line)
            if not any(secret in bare for secret in secrets):
                kept.append(line)
            elif not kept or kept[-1] != _TAKEN_OUT:
                kept.append(_TAKEN_OUT)
        return "\n".join(kept)

    def without_in_error(self, name, text):
        """The text of an error of that name. A check says what it called with, and may."""
        by_student = name != "CheckFailed" or "\n  your code raised " in text
        return self.without(text, inputs=by_student)

    def clean(self, nb):
        """Take the secrets out of all outputs of a graded notebook, in place."""
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "stream":
                    output.text = self.without(output.text, inputs=True)
                elif output.output_type == "error":
                    trace = "\n".join(output.traceback)
                    output.evalue = self.without_in_error(output.ename, output.evalue)
                    output.traceback = self.without_in_error(output.ename, trace).split("\n")
                elif "text/plain" in output.data:
                    text = self.without(output.data["text/plain"], inputs=True)
                    output.data["text/plain"] = text


def plain(text, limit=TEXT):
    """text without control characters, cut in its middle where it is longer than limit."""
    text = "".join(text) if isinstance(text, list) else str(text)
    if len(text) > limit + 100:  # room for the line below: what is cut once is not cut again
        half = limit // 2
        left = len(text) - 2 * half
        text = f"{text[:half]}\n… {left:,} characters left out …\n{text[-half:]}"
    return _SURROGATE.sub("�", text).translate(_CONTROL)


def grade_id(cell):
    """The name that nbgrader knows a notebook's cell by, or None."""
    metadata = cell.get("metadata", {}).get("nbgrader", {})
    name = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


def _hidden(text):
    lines = text.split("\n")
    return [line for first, last in regions(text, *HIDDEN) for line in lines[first : last + 1]]


def _inputs(lines):
    """The strings and numbers in code that are long enough to be recognised, messages left out."""
    try:
        tree = ast.parse(textwrap.dedent("\n".join(lines)))
    except SyntaxError:
        return
    shown = [k.value for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "label"]
    shown += [node.msg for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in shown:
            text = node.value if isinstance(node.value, str) else repr(node.value)
            if len(text.strip()) >= 6 and type(node.value) in (str, int, float):
                yield text.removesuffix(".0")

"""A question whose answer a person reads, with its rubric: what counts, and for how much.

    ### Question `crowd` (10 points)

    Why are all distances much the same in many dimensions?

    Rubric:

    - 4 points: says what happens to the nearest and the farthest
    - 6 points: gives the reason

The rubric ends the text, so students read it, too. Its points add up to the question's.
"""

import re

_HEADING = r"(?m)^#+ +Question `{name}` \((\S+) points?\) *$"
_RUBRIC = re.compile(r"(?m)^Rubric: *$")
_CRITERION = re.compile(r"[-*] +(\d+(?:\.\d+)?) points?: +(\S.*)")
_FORM = "`- 4 points: gives the reason`"


class Fault(Exception):
    """What is wrong with a question, in words."""


def text(name, points, asked, rubric):
    """The Markdown of a question. rubric: {criterion: points}."""
    lines = [f"- {_counted(worth)}: {what}" for what, worth in rubric.items()]
    head = f"## Question `{name}` ({_counted(points)})"
    return "\n".join([head, "", asked.strip(), "", "Rubric:", "", *lines])


def rubric(name, points, text):
    """{criterion: points} of a question's text. Raises Fault."""
    heading = re.search(_HEADING.format(name=name), text)
    if heading is None:
        raise Fault(
            "a solution with points is a question, and the text above it has no heading "
            f"`### Question `{name}` ({_counted(points)})`"
        )
    if heading[1] != f"{points:g}":
        raise Fault(f"the heading says {heading[1]} points, its cell {points:g}")
    parts = _RUBRIC.split(text[heading.end() :])
    if len(parts) != 2:
        raise Fault(
            f"its text has {len(parts) - 1} lines `Rubric:`, and should have one, with what counts "
            f"below it, as {_FORM}"
        )
    found = {}
    for line in parts[1].split("\n"):
        criterion = _CRITERION.fullmatch(line.strip())
        if criterion and not line.startswith(" "):
            what = criterion[2].strip()
            if what in found:
                raise Fault(f"its rubric has {what!r} twice")
            found[what] = float(criterion[1])
        elif line.startswith(" ") and found:  # the line above goes on
            what, worth = found.popitem()
            found[f"{what} {line.strip()}"] = worth
        elif line.strip():
            raise Fault(
                f"its rubric has the line {line.strip()[:60]!r}, which gives no points: each is "
                f"such as {_FORM}"
            )
    total = round(sum(found.values()), 6)
    if total != points:
        each = ", ".join(f"{what} {worth:g}" for what, worth in found.items()) or "nothing"
        raise Fault(f"its rubric adds up to {total:g} points, not to {points:g}: {each}")
    return found


def _counted(points):
    return f"{points:g} {'point' if points == 1 else 'points'}"

"""What was said of a class: one line for what many have in common, with their names."""

import re
from collections import Counter

NAMES = 12  # in a line
MANY = 5  # students, from whom on what holds of most is said of the class
_WHERE = re.compile(r"\A((?:cell \d+|\w+)(?: and \d+ more)?): (.+)", re.DOTALL)
_NEEDED = re.compile(r" \(needed by ([^()]+)\)\Z")


def by_kind(said):
    """{what: {student: [where]}}, what most have first.

    said: {student: sentences}, each perhaps with a cell in front, as in "cell 3: uses os._exit", or
    with the exercises that wait for it at its end.
    """
    found = {}
    for student, sentences in said.items():
        for sentence in sentences:
            match = _WHERE.fullmatch(sentence)
            where, what = match.groups() if match else ("", sentence)
            if needed := _NEEDED.search(what):
                what = what[: needed.start()]
                where = where if where == needed[1] else f"{where} for {needed[1]}"
            found.setdefault(what, {}).setdefault(student, []).append(where)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def lines(said, of=None):
    """A line for each kind, such as "uses os._exit: ada (cell 4), bob (cell 3, cell 9)".

    of: how many were looked at, where a sentence that holds of most of them is the class's, not
    theirs, and has no names: "test_vote: missing, put back: 38 of 40 submissions".
    """
    counts = Counter(sentence for sentences in said.values() for sentence in {*sentences})
    common = {s: n for s, n in counts.most_common() if of and n >= MANY and 2 * n > of}
    yield from (f"{sentence}: {n} of {of} submissions" for sentence, n in common.items())
    said = {student: [s for s in own if s not in common] for student, own in said.items()}
    for what, students in by_kind(said).items():
        names = [
            f"{student} ({', '.join(filter(None, where))})" if any(where) else student
            for student, where in students.items()
        ]
        rest = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        yield f"{what}: {', '.join(names[:NAMES])}{rest}"

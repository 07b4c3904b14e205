"""Who in a class hands in the same work: answers that are alike where few are.

Answers are compared by fingerprints: hashes of a few tokens in a row, of which some are picked, in
the same way everywhere [winnowing; Schleimer, Wilkerson and Aiken 2003]. Short functions have few
right forms, so what many of the class write says nothing: code counts by how few share it.
"""

import builtins
import contextlib
import hashlib
import io
import keyword
import math
import re
import tokenize
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations

PUBLIC = "the public solution"
CHANCE = 0.1  # that two of a class are listed who have nothing to do with each other
ALIKE = 0.5  # of the fingerprints of the shorter answer
LONG_ENOUGH = 40  # tokens that two answers share by chance are fewer
GRAM, WINDOW = 6, 4  # GRAM + WINDOW - 1 tokens in a row that two share are always seen
NEAR = 4  # of those with an equal sample each is compared with so many
_TEXT = 100_000  # characters of an answer that are read
_PRIME = 2**61 - 1  # a fingerprint times one of these numbers, modulo this, is in another order
_TIMES = (1, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
_PYTHON = {*keyword.kwlist, *dir(builtins)}


# --- fingerprints ---


def tokens(text, names=(), known=()):
    """The tokens of a cell that say what it does, without the lines that are known.

    A name of the student's own choice reads "name": all but attributes, Python's and names.
    Comments, strings and layout are left out. known: lines, as `lines` gives them.
    """
    return [word for line in lines(text, names) if line not in known for word in line]


def lines(text, names=()):
    """The tokens of each line that has any, as far as the text is Python."""
    text = re.sub(r"(?m)^[^\S\n]*[%!].*$", "", text[:_TEXT])
    found, before = defaultdict(tuple), ""
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.OP):
                word = token.string
                common = word in _PYTHON or word in names or before == "."
                own = token.type == tokenize.NAME and not common
                found[token.start[0]] += ("name" if own else word,)
                before = word
    return [*found.values()]


def prints(words):
    """The fingerprints of tokens: of every WINDOW grams in a row the least."""
    grams = [_hash(" ".join(words[i : i + GRAM])) for i in range(max(1, len(words) - GRAM + 1))]
    windows = range(max(1, len(grams) - WINDOW + 1))
    return frozenset(min(grams[i : i + WINDOW]) for i in windows)


def _hash(text):
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())


# --- who is like whom ---


@dataclass(frozen=True)
class Cluster:
    """People whose work is alike. alike: {exercise: those of them whose answers are}.

    bits: the chance that the two most alike wrote what they share by themselves is 2**-bits, as
    often as it is seen in the class.
    """

    who: tuple
    alike: dict
    bits: float


def clusters(given, answers, earlier=None):
    """The Clusters of a class, the least likely first.

    given: a feedback.Given. answers: {student: {exercise: text}}. earlier: the same of other
    classes, which are compared with this one and not among themselves. So is the solution, PUBLIC.
    """
    solution = {name: exercise.cell.text for name, exercise in given.source.exercises.items()}
    people = {**answers, **(earlier or {}), PUBLIC: solution}
    names, own, works = [*people], len(answers), _Works(given, people.values())
    chances = own * (own - 1) / 2 + own * (len(people) - own)
    least = math.log2(max(1, chances) / CHANCE)
    found = {pair: works.alike(*pair) for pair in works.candidates(own)}
    found = {pair: bits for pair, bits in found.items() if sum(bits.values()) >= least}
    return sorted(
        (_cluster(group, found, names, solution) for group in _connected(found)),
        key=lambda cluster: (-cluster.bits, cluster.who),
    )


def _cluster(group, found, names, exercises):
    inside = {pair: bits for pair, bits in found.items() if pair[0] in group}
    alike = {
        name: sorted({i for pair, bits in inside.items() if name in bits for i in pair})
        for name in exercises
    }
    return Cluster(
        tuple(names[i] for i in sorted(group)),
        {name: tuple(names[i] for i in those) for name, those in alike.items() if those},
        max(sum(bits.values()) for bits in inside.values()),
    )


class _Works:
    """The fingerprints of people's answers, and how many have each. Who is who is a number."""

    def __init__(self, given, answers):
        self.prints = [{} for _ in answers]
        self.having = {name: Counter() for name in given.source.exercises}
        names = given.names
        for name, having in self.having.items():
            known = {*lines(given.stub(name), names)}
            for mine, texts in zip(self.prints, answers, strict=True):
                words = tokens(texts.get(name, ""), names, known)
                if len(words) >= LONG_ENOUGH:
                    mine[name] = prints(words)
                    having.update(mine[name])

    def alike(self, one, other):
        """{exercise: bits} of the answers of two people that are alike.

        An answer of which nobody else has a part has the bits of 1 in all; it counts once, however
        long it is, for whoever writes one line as others do writes the next one so, too.
        """
        found, everybody = {}, len(self.prints)
        for name, mine in self.prints[one].items():
            theirs = self.prints[other].get(name, frozenset())
            shared, shorter = mine & theirs, min(len(mine), len(theirs))
            if shared and len(shared) >= ALIKE * shorter:
                having = self.having[name]  # these two are no evidence that it is usual
                bits = sum(math.log2(everybody / (having[each] - 1)) for each in shared)
                found[name] = bits / shorter
        return found

    def candidates(self, own):
        """Pairs (i, j), i < j and i < own, who share samples of two exercises at once.

        Time and memory grow with the number of people and not of pairs [as min-hashing in bands;
        Broder 1997]: those who have equal samples are few, or else each is compared with the next.
        """
        having = defaultdict(list)
        for i, answers in enumerate(self.prints):
            for sample, times in enumerate(_TIMES):
                least = [
                    (name, min(mine, key=lambda each: each * times % _PRIME))
                    for name, mine in answers.items()
                ]
                for pair in combinations(least, 2):
                    having[sample, pair].append(i)
        return {
            (i, j)
            for people in having.values()
            for at, i in enumerate(people)
            if i < own
            for j in people[at + 1 : at + 1 + NEAR]
        }


def _connected(pairs):
    """The sets of numbers that pairs connect."""
    groups = {}
    for one, other in pairs:
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(joined, joined))
    return {min(group): group for group in groups.values()}.values()

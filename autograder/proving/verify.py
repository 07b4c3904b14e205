"""How good are the tests of an assignment? Put right and wrong answers in, and see.

The reference and every alternative must get full marks, the untouched stub none; every mistake must
lose points of its own exercise and of no other, and the feedback must name it and no neighbour.
Answers to an open challenge must have the scores that its text states.

What became of each answer is kept in solutions/NAME/verified.json, tied by exercise to all that it
was made from: an exercise is run in full when any of that has changed, the others by a sample.
"""

import json
import multiprocessing
import re
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from autograder import tie
from autograder.authoring import fingerprints
from autograder.authoring.source import BASELINE, CHALLENGE, OWN, read_source
from autograder.authoring.withhold import withheld_copy
from autograder.project import UserError
from autograder.proving import whole
from autograder.proving.sample import solved
from cs_lib import hints

FILE, SUMMARY = "verified.json", "book/verify.json"
WHOLE = "whole notebooks"  # the part of a file that is of no single exercise
SAMPLED = 2  # assignments of which answers are run again, where nothing has changed
REMEDY = "autograder verify --all makes it anew"
# What decides what becomes of an answer, and what of a whole notebook: their imports are followed.
_FORKS = "from autograder.authoring import fingerprints"
_WHOLE = "from autograder.proving import whole\nimport autograder.judging.student"
_SELF = "autograder/proving/verify.py"
SLACK = 6  # units in the last digit of a stated score: networks train differently on other machines
NO_ANSWERS = {  # to an open challenge
    "an answer of another shape": "def challenge(*args):\n    return [[[[[0]]]]]",
    "an answer of nan": "def challenge(*args):\n    return baseline(*args) * float('nan')",
    "an answer that raises": "def challenge(*args):\n    raise ValueError('no')",
}
# Errors of an answer that nobody ran, or that needs what is not there.
_OWN_ERROR = re.compile(r"(?:raised )?(NameError|ImportError|ModuleNotFoundError|SyntaxError)\b")


@dataclass
class Line:
    """What was found for one exercise: the counts that a table shows."""

    points: float
    mistakes: int = 0
    caught: int = 0
    named: int = 0
    visible: int = 0  # that fail a visible check, in the student's own notebook
    named_at_once: int = 0  # by a visible check
    lost: float = 0.0  # the share of the exercise's points that a mistake costs, on average
    alternatives: int = 0
    accepted: int = 0
    generic: int = 0
    generic_caught: int = 0

    @classmethod
    def of(cls, points, answers):
        """From {answer: the Fate of it}."""
        count = Counter(
            (key.split()[0], word) for key, it in answers.items() for word in _steps(it.word)
        )
        mistakes = [it for key, it in answers.items() if key.startswith("mistake ")]
        return cls(
            points=points,
            mistakes=len(mistakes),
            visible=sum(it.visible for it in mistakes),
            lost=round(sum(it.lost for it in mistakes) / max(1, len(mistakes)), 4),
            caught=count["mistake", "caught"],
            named=count["mistake", "named"],
            named_at_once=count["mistake", "named at once"],
            alternatives=sum(key.startswith("alternative ") for key in answers),
            accepted=count["alternative", "accepted"],
            generic=count["generic", "caught"] + count["generic", "passes"],
            generic_caught=count["generic", "caught"],
        )


@dataclass(frozen=True)
class Fate:
    """What became of an answer, in a word; whether a visible check failed; the points it cost.

    lost: as a share of the exercise's.
    """

    word: str
    visible: bool = False
    lost: float = 0.0

    def as_json(self):
        return [self.word, self.visible, self.lost]


def _steps(word):
    """What is named at once is named, too, and what is named is caught."""
    chain = ("caught", "named", "named at once")
    return chain[: chain.index(word) + 1] if word in chain else (word,)


@dataclass
class Report:
    """lines: {exercise: Line}; problems: what falls short, each a sentence.

    ran: exercises that were run in full; again: how many answers of the others were. challenge:
    {an answer to the open one: its score, as text}.
    """

    assignment: str
    title: str
    lines: dict
    problems: list = field(default_factory=list)
    ran: list = field(default_factory=list)
    again: int = 0
    challenge: dict = field(default_factory=dict)

    def as_json(self):
        return {
            "assignment": self.assignment,
            "title": self.title,
            "exercises": {name: vars(line) for name, line in self.lines.items()},
            "problems": self.problems,
        } | ({"challenge": self.challenge} if self.challenge else {})


def verify(project, assignment, *, sample=None, full=True, jobs=None, progress=None):
    """Run the catalogue of an assignment; the Report, and the tie.Kept to write.

    sample: of the exercises that have not changed run so many answers (default: run all of all).
    full: run whole notebooks, too.
    """
    project.check_assignment(assignment)
    found = _Found(project, assignment, everything=sample is None)
    fingerprints.check_sections(project, assignment, found.entries)
    sample = sample or 0
    kernels = whole.versions(found.entries)
    right = [entry for entry in found.entries if entry.kind == "alternative"]
    if WHOLE in found.old:
        kernels = dict(tie.sample(kernels.items(), min(sample, 1)))
        right = tie.sample(right, -(-sample // 10))
    if not full:
        kernels, right = {}, []
    drawn = tie.sample([e for e in found.entries if e.exercise in found.old], sample)
    extra = {*drawn, *right}.union(*kernels.values())
    chosen = [e for e in found.entries if e.exercise not in found.old or e in extra]
    withheld_copy(project, assignment)  # made once, before both need it
    # a process of its own: kernel clients leave sockets and event loops behind
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as beside:
        parts = (project, assignment, found.source, [*kernels.values()])
        runs = beside.submit(whole.in_kernels, *parts) if kernels else None
        found.run(chosen, jobs, progress)
        runs = runs.result() if runs else []
    if short := found.judge():
        # a limit of time is for a machine that does nothing else: once more, one at a time
        found.run(short, 1, None)
        found.judge()
    found.problems += whole.compare_kernels(runs, found.outcomes, found.tests)
    if full and (WHOLE not in found.old or sample):
        answers = {entry: found.outcomes[entry] for entry in right}
        found.problems += whole.across(project, assignment, found.source, answers, found.tests)
    if full:
        found.score(again=bool(sample))
    return found.report(again=len({*drawn}), full=full)


def one(project, assignment, exercise, *, jobs=None, progress=None):
    """Run the catalogue of one exercise alone, in forks: a Report, of which nothing is to be kept.

    Names are told by what is measured now, so that nothing has to be released first.
    """
    project.check_assignment(assignment)
    found = _Found(project, assignment, everything=True)
    found.only(exercise)
    fingerprints.check_sections(project, assignment, found.entries)
    found.run(found.entries, jobs, progress)
    if short := found.judge():
        found.run(short, 1, None)  # as above
        found.judge()
    return found.report(again=0, full=False)[0]


def _scores(stated, verdicts):
    """({answer: its score, as stated}, problems) of an open challenge, from {answer: Verdict}.

    A processor that adds up in another order trains to another score: 0.66 for 0.63, for instance.
    """
    found, problems = {}, []
    for what, text in stated.items():
        verdict, unit = verdicts[what], 10.0 ** -len(text.partition(".")[2])
        if verdict["score"] is None:
            why = " ".join(f"{verdict['error']} {verdict['text']}".split())
            problems.append(f"{CHALLENGE}: {what} has no score: {why}")
        elif abs(verdict["score"] - float(text)) > SLACK * unit:
            score = f"{verdict['score']:.4g}"
            problems.append(f"{CHALLENGE}: {what} scores {score}, and the text says {text}")
        else:
            found[what] = text
    accepted = [what for what in NO_ANSWERS if verdicts[what]["passed"]]
    return found, [*problems, *(f"{CHALLENGE}: {what} has a score" for what in accepted)]


def scores(project, assignment):
    """Run the answers to the open challenge alone; a Report, and the tie.Kept to write."""
    project.check_assignment(assignment)
    found = _Found(project, assignment, everything=False)
    if CHALLENGE not in found.ties:
        raise UserError(f"{assignment} has no open challenge")
    found.asked = []
    found.score(again=True)
    report, kept = found.report(again=0, full=False)
    if not report.problems:
        kept.put(CHALLENGE, found.ties[CHALLENGE], report.challenge)
    return report, kept


class _Found:
    """What is known of an assignment's answers, by running them or from what was kept.

    old: the parts that have not changed since, none if everything is to be run.
    """

    def __init__(self, project, assignment, *, everything):
        path = project.solution(assignment) / "notebook.py"
        self.project, self.assignment = project, assignment
        self.source = read_source(path, project.shown(path))
        self.entries = fingerprints.answers(project, assignment, self.source)
        path = project.solution(assignment) / FILE
        shown = project.shown(path)
        self.kept = tie.Kept(path) if everything else tie.Kept.read(path, shown, REMEDY)
        self.ties = self._ties()
        self.old = {part for part, it in self.ties.items() if self.kept.holds(part, it)}
        exercises = self.source.exercises.items()
        self.tests = {test.grade_id: name for name, e in exercises for test in e.tests}
        self.outcomes, self.answers, self.problems = {}, {}, []
        self.asked, self.scores = [*self.source.exercises], {}
        self.stored = True  # whether the fingerprints on disk have to be those measured

    def only(self, exercise):
        """Leave out all other exercises. Raises UserError."""
        if exercise not in self.source.exercises:
            known = ", ".join(part for part in self.ties if part != WHOLE)
            raise UserError(f"{self.assignment} has no exercise {exercise!r} (there are: {known})")
        self.entries = [entry for entry in self.entries if entry.exercise == exercise]
        self.asked, self.stored = [exercise], False

    def _ties(self):
        """{part: the tie of what was found for it}: exercises, the whole, an open challenge."""
        root, folder = self.project.root, self.project.mistakes(self.assignment)
        notebook = fingerprints.code_of(self.source)
        files = {name: folder / f"{name}.py" for name in self.source.exercises}
        code = {n: path.read_text("utf-8") if path.is_file() else "" for n, path in files.items()}
        found = {
            name: tie.digest(root, [_SELF], code=[_FORKS, notebook, code[name]]) for name in files
        }
        paths = [_SELF, "nbgrader_config.py"]
        found[WHOLE] = tie.digest(root, paths, code=[_WHOLE, notebook, *code.values()])
        if self.source.challenge:
            own = [cell.text for cell in self.source.cells if cell.of_challenge]
            found[CHALLENGE] = tie.digest(root, [_SELF], code=[_WHOLE, notebook], texts=own)
        return found

    def score(self, *, again):
        """Find the scores of the open challenge. again: also where nothing has changed."""
        if CHALLENGE not in self.ties:
            return
        if CHALLENGE in self.old and not again:
            self.scores = self.kept.result(CHALLENGE)
            return
        answers = {BASELINE: f"{CHALLENGE} = baseline"}
        answers[OWN] = solved(self.source.challenge.cell.text)
        parts = (self.project, self.assignment, self.source)
        verdicts = whole.scores(*parts, answers | NO_ANSWERS)
        self.scores, problems = _scores(self.source.challenge.stated, verdicts)
        self.problems += problems

    def run(self, entries, jobs, progress):
        """Find the outcomes of these entries in forks."""
        parts = (self.project, self.assignment, self.source)
        ran = fingerprints.run(*parts, entries, jobs=jobs, progress=progress) if entries else []
        self.outcomes |= zip(entries, ran, strict=True)

    def judge(self):
        """Fill answers, {exercise: {answer: what became of it}}, and problems.

        Returns the entries that fall short.
        """
        self.problems, short = [], []
        known = self._fingerprints()
        self.answers = {name: {} for name in self.asked}
        for entry in self.entries:
            key, kept = f"{entry.kind} {entry.name}", None
            if entry.exercise in self.old:
                kept = Fate(*self.kept.result(entry.exercise)[key])
            fate, problems = kept, []
            if entry in self.outcomes:
                fate, problems = self._fate(entry, self.outcomes[entry], known)
            if kept not in (None, fate) and not problems:
                was, now = (kept, fate) if kept.word == fate.word else (kept.word, fate.word)
                problems = [f"{entry.exercise}: {key} was {was}, now {now}"]
            self.answers[entry.exercise][key] = fate
            self.problems += problems
            short += [entry] if problems else []
        for name, answers in self.answers.items():
            if not any(key.startswith("mistake ") for key in answers):
                self.problems.append(f"{name}: no mistake in mistakes/{name}.py")
        return short

    def _fingerprints(self):
        """The table by which mistakes are named: as just measured, for what has not changed as
        stored. The stored ones must be those measured, up to rounding."""
        stored = fingerprints.read(self.project, self.assignment, self.source)
        tables = []
        for name in self.asked:
            own = [e for e in self.entries if e.exercise == name and e.kind == "mistake"]
            if name in self.old:
                tables.append(stored.get(name, fingerprints.merged([])))
            else:
                tables.append(fingerprints.table(own, [self.outcomes[e] for e in own]))
            if not self.stored:
                continue
            if own and name not in stored:
                self.problems.append(
                    f"{name}: the fingerprints are missing or out of date (run: autograder release)"
                )
            elif own:
                self.problems += _compare(name, tables[-1], stored[name])
        return fingerprints.merged(tables)

    def _fate(self, entry, outcome, known):
        """The Fate of an entry, and what is wrong with that."""
        word, problems = self._word(entry, outcome, known)
        if entry.kind != "mistake":
            return Fate(word), problems
        own = [test for test in outcome.failures if self.tests[test] == entry.exercise]
        exercise = self.source.exercises[entry.exercise]
        points = {test.grade_id: test.nbgrader["points"] for test in exercise.tests}
        fate = Fate(
            word,
            any(outcome.failures[test].visible for test in own),
            round(sum(points[test] for test in own) / exercise.points, 4),
        )
        what = f"{entry.exercise}: mistake {entry.name}"
        if word != "passes" and not fate.visible and not entry.unseen:
            problems.append(
                f"{what} passes every visible check: add one of its kind, or say why not in unseen="
            )
        if fate.visible and entry.unseen:
            problems.append(f"{what} fails a visible check: its unseen= is out of date")
        if entry.corner and fate.lost > 0.5:
            problems.append(
                f"{what} is wrong in a corner alone, and costs {fate.lost:.0%} of the points: "
                "check the corner in a cell of its own"
            )
        for test in own:
            if broken := _OWN_ERROR.match(outcome.failures[test].seen or ""):
                problems.append(f"{what} raises {broken[1]}, so it tests nothing: mend it")
                break
        return fate, problems

    def _word(self, entry, outcome, known):
        """What became of an entry in a word, and what is wrong with that."""
        what, problems = f"{entry.exercise}: {entry.kind} {entry.name}", []
        own = [test for test in outcome.failures if self.tests[test] == entry.exercise]
        others = sorted({self.tests[test] for test in outcome.failures} - {entry.exercise})
        caught = bool(own or outcome.fault)
        if others:
            problems.append(f"{what} also loses points of {', '.join(others)}")
        if entry.kind == "stub":
            missing = [t for t, e in self.tests.items() if e == entry.exercise and t not in own]
            if missing:
                problems.append(f"{what} gets the points of {', '.join(missing)}")
            return ("gets points" if missing else "no points"), problems
        if entry.kind == "alternative":
            if caught:
                why = outcome.fault or outcome.failures[own[0]].message
                problems.append(f"{what} is right but loses points: {why}")
            return ("refused" if caught else "accepted"), problems
        if entry.kind == "generic" and not outcome.changed and not caught:
            return "changes nothing", problems
        if not caught:
            more = ": is it right after all?" if entry.kind == "mistake" else ""
            return "passes", [*problems, f"{what} passes every check{more}"]
        if entry.kind == "generic":
            return "caught", problems
        word, problem = _named(entry, outcome, known)
        return word, [*problems, *([f"{what} {problem}"] if problem else [])]

    def report(self, *, again, full):
        """The Report, and the tie.Kept with what holds: nothing with a problem is kept."""
        asked = self.ties if full else self.asked
        new = [part for part in asked if part not in self.old]
        if not self.problems:
            for part in new:
                found = self.answers.get(part)
                found = found and {key: fate.as_json() for key, fate in found.items()}
                found = self.scores if part == CHALLENGE else found or "as in the forks"
                self.kept.put(part, self.ties[part], found)
        lines = {
            name: Line.of(exercise.points, self.answers[name])
            for name, exercise in self.source.exercises.items()
            if name in self.answers
        }
        told = (lines, self.problems, new, again, self.scores)
        return Report(self.assignment, self.source.title, *told), self.kept


def _named(entry, outcome, known):
    """Is a mistake named by what its failed checks saw, and by nothing else? A word; a problem."""
    wanted, found, visible = f"{entry.exercise}.{entry.known_as}", set(), set()
    for failure in outcome.failures.values():
        for part in fingerprints.PARTS:
            names = hints.lookup(known[part].get(failure.label, {}), failure.seen)
            found |= set(names)
            if failure.visible:
                visible |= set(names)
    # another form of a mistake may make a second mistake on top, which is named as well
    if wanted in found and (entry.same_as or found == {wanted}):
        return ("named at once" if wanted in visible else "named"), ""
    others = ", ".join(sorted(name.split(".")[1] for name in found - {wanted}))
    return "caught", (
        f"cannot be told apart from {others}: add a check on which they differ, "
        "or make it a form of the same mistake (same_as)"
        if others
        else "is caught, but no check gives it a name"
    )


def _compare(exercise, measured, stored):
    """Problems: where the fingerprints on disk are not those just measured, up to rounding."""
    problems = []
    for part in fingerprints.PARTS:
        for label in sorted({*measured[part], *stored[part]}):
            new, old = measured[part].get(label, {}), stored[part].get(label, {})
            same = len(new) == len(old) and all(
                any(hints.matches(a, b) and old[b] == names for b in old)
                for a, names in new.items()
            )
            if not same:
                problems.append(
                    f"{exercise}: the fingerprints at {label!r} are not those measured now "
                    "(run: autograder release)"
                )
    return problems


def write(project, assignment, kept):
    """Keep what became of the answers. Was there a change?"""
    path = project.solution(assignment) / "notebook.py"
    source = read_source(path, project.shown(path))
    return kept.write([*source.exercises, WHOLE, CHALLENGE])


# --- what people read ---


def table(report):
    """The lines as text."""
    scores = ", ".join(f"{what} {score}" for what, score in report.challenge.items())
    said = [f"open challenge: {scores}"] * bool(scores)
    if not report.lines:
        return "\n".join(said)
    header = ("exercise", "points", "mistakes", "caught", "named", "seen", "at once", "cost")
    rows = [(*header, "generic", "right")]
    for name, x in report.lines.items():
        rows.append(
            (
                name,
                f"{x.points:g}",
                f"{x.mistakes}",
                f"{x.caught}",
                f"{x.named}",
                f"{x.visible}",
                f"{x.named_at_once}",
                f"{x.lost:.0%}",
                f"{x.generic_caught}/{x.generic}",
                f"{x.accepted}/{x.alternatives}",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    mistakes = max(1, sum(x.mistakes for x in report.lines.values()))
    visible = sum(x.visible for x in report.lines.values())
    lost = sum(x.lost * x.mistakes for x in report.lines.values())
    rows.append(
        (
            f"{visible / mistakes:.1%} of the mistakes fail a visible check; "
            f"one costs {lost / mistakes:.0%} of its exercise's points, on average",
        )
    )
    lines = [
        "  ".join(
            value.ljust(width) if i == 0 else value.rjust(width)
            for i, (value, width) in enumerate(zip(row, widths[: len(row)], strict=True))
        )
        for row in rows
    ]
    return "\n".join(lines + said)


def summary(reports):
    """The bytes of SUMMARY, from which a page of the site is made."""
    content = {report.assignment: report.as_json() for report in reports}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()

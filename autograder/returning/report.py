"""One page for the instructor: how the class has done, where it went wrong, which tests may be.

It names students and shows their code: it is not for the class.
"""

import math
import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from autograder.guard import Guard, Trouble
from autograder.intake import rebuild
from autograder.judging.secrets import grade_id, plain
from autograder.project import UserError, write_atomic
from autograder.returning import leaderboard, similar
from autograder.returning.feedback import (
    TIMEOUTS,
    Given,
    breakable,
    challenge,
    failure,
    graded,
    number,
)
from autograder.returning.kinds import by_kind
from autograder.returning.page import code, document, join

BESIDE = 4  # answers that are alike, shown side by side
DOUBTFUL = 0.2  # a test that fewer pass of those who wrote an answer
ENOUGH = 5  # answers to judge a test by


@dataclass
class Work:
    """One student's graded submission. answers: {exercise: its cell}, untouched ones left out."""

    result: object
    answers: dict = field(default_factory=dict)
    failures: dict = field(default_factory=dict)  # {test: Failure}
    said: dict = field(default_factory=dict)  # {why a person should look at it: sentences}
    challenge: tuple = ("", "")  # (score, why there is none) of the open one, as texts


def write(project, assignment, against=None):
    """Write reports/ASSIGNMENT.html in the course's folder and return its path.

    against: the folder of an earlier class, or its submitted/, whose answers are compared, too.
    """
    given = Given.read(project, assignment)
    earlier, unread = {}, {}
    if against is not None:
        earlier, unread = answers_in(project, given, Path(against))
    works, left_out = {}, submissions_left_out(project, given) | unread
    for result, nb, why in graded(project, assignment):
        if nb is None:
            left_out[result.student] = why
        else:
            works[result.student] = work(given, nb, result)
    path = project.course / "reports" / f"{assignment}.html"
    write_atomic(path, page(given, works, left_out, earlier))
    return path


def answers_in(project, given, folder):
    """{"FOLDER/STUDENT": {exercise: text}} of what an earlier class handed in, and {who: why} of
    what cannot be read. Raises UserError."""
    submitted = folder / "submitted" if (folder / "submitted").is_dir() else folder
    if submitted.absolute() == project.course / "submitted":
        raise UserError(f"--against {folder} is this class itself: name the folder of another one")
    folders = sorted(submitted.glob(f"*/{given.assignment}"))
    if not folders:
        raise UserError(
            f"--against {folder} holds nothing of {given.assignment}: name a course's folder, or "
            f"its submitted/, with STUDENT/{given.assignment}/{given.assignment}.ipynb in it"
        )
    name = (submitted.parent if submitted.name == "submitted" else submitted).absolute().name
    found, unread = {}, {}
    with Guard(_Intake, given.assignment, given.notebook) as guard:
        calls = {f"{name}/{each.parent.name}": guard.call("answers", each) for each in folders}
        for who, call in calls.items():
            try:
                found[who], why = call.result()
            except Trouble as trouble:
                why = str(trouble)
            if why:
                unread[who] = why
    return found, unread


def submissions_left_out(project, given):
    """{student: why} of what was handed in and is not in the gradebook's folder of results."""
    found, folders = {}, sorted((project.course / "submitted").glob(f"*/{given.assignment}"))
    with Guard(_Intake, given.assignment, given.notebook) as guard:
        problems = {folder: _problem(guard.call("problem", folder)) for folder in folders}
    for folder, why in problems.items():
        student = folder.parent.name
        place = project.course / "autograded" / student / given.assignment
        if why:
            found[student] = f"{why} (an older result is kept)" if place.is_dir() else why
        elif not place.is_dir():
            log = project.course / "logs" / given.assignment / f"{student}.log"
            found[student] = (
                f"could not be graded: {project.shown(log)}" if log.is_file() else "not graded yet"
            )
    return found


class _Intake:
    def __init__(self, assignment, notebook):
        self._given = assignment, notebook

    def problem(self, folder):
        """Why nothing can be taken from a folder in submitted/, or None"""
        return rebuild.take(folder, *self._given).problem

    def answers(self, folder):
        """{exercise: text} of a folder in submitted/, and why there is nothing in it, or None"""
        taken = rebuild.take(folder, *self._given)
        return taken.source_by_grade_id, taken.problem


def _problem(call):
    try:
        return call.result()
    except Trouble as trouble:
        return str(trouble)


def work(given, nb, result):
    tests = given.tests
    done = Work(result, said=_remarks(nb), challenge=challenge(nb))
    for cell in nb.cells:
        name = grade_id(cell)
        if name in given.source.exercises:
            if cell.source.strip() != given.stub(name).strip():
                done.answers[name] = cell.source
        elif name in tests and (failed := failure(cell, given)):
            done.failures[name] = failed
    return done


def _remarks(nb):
    """What `autograder grade` said of a submission: {what came of it: sentences}."""
    said = nb.metadata.get("autograder", {})
    return {
        "stopped": [said["fault"]] if said.get("fault") else [],
        "fails here": said.get("here", []),
        "put right": said.get("notes", []),
        "look at": said.get("suspicious", []),
    }


# --- the page ---


def page(given, works, left_out, earlier=None):
    """The bytes of the page. works: {student: Work}; earlier: as `similar.clusters` takes it."""
    title = f"{given.title}: report"
    head = Markup(
        '<header><p class="soft">Report for instructors · not for the class</p>{}</header>'
    )
    body = [head.format(Markup("<h1>{}</h1>").format(given.title)), _scores(works, left_out)]
    if works:
        body += [
            _exercises(given, works),
            _doubtful(given, works),
            _mistakes(given, works),
            _unnamed(works),
            _errors(works),
            _said(works),
            _open_challenge(given, works),
        ]
    body += [_left_out(left_out), _similar(given, works, earlier) if works else ""]
    return document(title, join(body))


def _scores(works, left_out):
    counts = f"{len(works)} submissions graded, {len(left_out)} left out."
    if not works:
        return Markup("<p>{}</p>").format(counts)
    totals = [work.result.total for work in works.values()]
    out_of = max(work.result.max_score for work in works.values()) or 1
    middle = f"Mean {number(statistics.mean(totals))}, median {number(statistics.median(totals))}"
    late = sum(work.result.penalty > 0 for work in works.values())
    said = f"{counts} {middle} of {number(out_of)} points."
    said += f" {late} lost points for being late." if late else ""
    waiting = sum(len(work.result.waiting) for work in works.values())
    said += (
        f" {waiting} answers wait for a person and count for nothing here yet." if waiting else ""
    )
    bins = [0] * 10
    for total in totals:
        bins[min(9, int(10 * total / out_of))] += 1
    return Markup("<p>{}</p><h2>Scores</h2>{}").format(said, _histogram(bins, out_of))


def _histogram(bins, out_of):
    """Bars of ten ranges of points, as SVG."""
    top = max(bins)
    parts = [Markup('<text x="580" y="184" text-anchor="middle">{}</text>').format(number(out_of))]
    for i, count in enumerate(bins):
        high = 140 * count / top
        x = 20 + 56 * i
        parts.append(
            Markup('<rect x="{}" y="{:.1f}" width="48" height="{:.1f}" rx="2"></rect>').format(
                x, 165 - high, high
            )
        )
        middle = Markup('<text x="{}" y="{:.1f}" text-anchor="middle">{}</text>')
        parts.append(middle.format(x + 24, 160 - high, count) if count else "")
        parts.append(
            Markup('<text x="{}" y="184" text-anchor="middle">{}</text>').format(
                x - 4, number(i * out_of / 10)
            )
        )
    text = "; ".join(
        f"{number(i * out_of / 10)} to {number((i + 1) * out_of / 10)} points: {count}"
        for i, count in enumerate(bins)
        if count
    )
    return Markup(
        '<svg role="img" aria-label="Histogram of scores. {}" viewBox="0 0 600 190">'
        '<line x1="16" x2="584" y1="165" y2="165"></line>{}</svg>'
    ).format(text, join(parts))


def _table(heads, rows):
    """heads: names of columns, those of numbers with a # in front."""
    kinds = [Markup(' class="number"') if head.startswith("#") else "" for head in heads]
    cells = zip(kinds, heads, strict=True)
    head = join(Markup('<th scope="col"{}>{}</th>').format(k, h.lstrip("#")) for k, h in cells)
    lines = []
    for row in rows:
        cells = zip(kinds, row, strict=True)
        line = join(Markup("<td{}>{}</td>").format(kind, value) for kind, value in cells)
        lines.append(Markup("<tr>{}</tr>").format(line))
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        head, join(lines)
    )


def _percent(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _passed(works, test):
    """How many got all points of a test."""
    grades = [work.result.grades.get(test.grade_id) for work in works.values()]
    return sum(g is not None and g.given >= test.nbgrader["points"] for g in grades)


def _exercises(given, works):
    rows = []
    for name, exercise in given.source.exercises.items():
        wrote = sum(name in work.answers for work in works.values())
        points = statistics.mean(w.result.given(exercise.tests) for w in works.values())
        full = sum(w.result.given(exercise.tests) >= exercise.points for w in works.values())
        rows.append(
            [
                Markup("<strong>{}</strong>").format(breakable(name)),
                wrote,
                _percent(full, len(works)),
                f"{number(round(points, 1))} of {number(exercise.points)}",
            ]
        )
        for test in exercise.tests if len(exercise.tests) > 1 else []:
            grades = [w.result.grades.get(test.grade_id) for w in works.values()]
            mean = statistics.mean(g.given if g else 0 for g in grades)
            rows.append(
                [
                    Markup('<span class="soft">{}</span>').format(breakable(test.grade_id)),
                    "",
                    _percent(_passed(works, test), len(works)),
                    f"{number(round(mean, 1))} of {number(test.nbgrader['points'])}",
                ]
            )
    rows += [_question_row(question, works) for question in given.source.questions.values()]
    heads = ["Exercise and test", "#Answers", "#All points", "#Mean"]
    return Markup("<h2>Exercises</h2>{}{}").format(_table(heads, rows), _adjusted(given, works))


def _question_row(question, works):
    """The row of a question: all points and the mean are of the answers that a person has read."""
    grades = [work.result.grades.get(question.name) for work in works.values()]
    wrote = [grade for grade in grades if grade and (grade.open or grade.by_hand)]
    read = [grade.given for grade in wrote if not grade.waits]
    full = sum(points >= question.points for points in read)
    mean = number(round(statistics.mean(read), 1)) if read else "–"
    waits = f", {len(wrote) - len(read)} not read yet" if len(read) < len(wrote) else ""
    return [
        Markup("<strong>{}</strong>{}").format(breakable(question.name), waits),
        len(wrote),
        _percent(full, len(read)),
        f"{mean} of {number(question.points)}",
    ]


def _adjusted(given, works):
    """What was adjusted afterwards, for whom and why: the table above is of before."""
    found = {}
    for student, work in works.items():
        for name in given.source.graded:
            if each := work.result.adjusted.get(name):
                found.setdefault((name, each.said), set()).add(student)
    if not found:
        return ""
    rows = [[breakable(name), said, _who(students)] for (name, said), students in found.items()]
    return Markup("<h3>Adjusted afterwards</h3><p>{}</p>{}").format(
        "What stands above is as the tests and people gave it.",
        _table(["Exercise", "What was decided", "Students"], rows),
    )


def doubtful(given, works):
    """[(test, who passed, who wrote an answer)] of the tests that nearly everybody fails."""
    found = []
    for name, exercise in given.source.exercises.items():
        wrote = {student: work for student, work in works.items() if name in work.answers}
        for test in exercise.tests:
            passed = _passed(wrote, test)
            if len(wrote) >= ENOUGH and passed < DOUBTFUL * len(wrote):
                found.append((test.grade_id, passed, len(wrote)))
    return found


def _doubtful(given, works):
    rows = [[breakable(test), f"{passed} of {n}"] for test, passed, n in doubtful(given, works)]
    if not rows:
        return ""
    text = "Nearly all who wrote an answer fail these. Is the text clear, is the test right?"
    return Markup('<h2>Could a test be wrong?</h2><div class="card note"><p>{}</p>{}</div>').format(
        text, _table(["Test", "#Passed"], rows)
    )


def mistakes(given, works):
    """{(exercise, when): students}, the named mistakes of the class, the most frequent first."""
    owner = {t.grade_id: name for name, e in given.source.exercises.items() for t in e.tests}
    found = {}
    for student, work in works.items():
        for test, failed in work.failures.items():
            for named in failed.named:
                found.setdefault((owner[test], named.when), set()).add(student)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _who(students):
    names = ", ".join(plain(student, 80) for student in sorted(students))
    return _folded(len(students), Markup("<div>{}</div>").format(names))


def _mistakes(given, works):
    rows = [
        [breakable(exercise), when, _who(students)]
        for (exercise, when), students in mistakes(given, works).items()
    ]
    if not rows:
        return Markup("<h2>Mistakes</h2><p>No mistake of the catalogue was seen.</p>")
    heads = ["Exercise", "Students get this when", "Students"]
    return Markup("<h2>Mistakes</h2>{}").format(_table(heads, rows))


def _folded(title, content):
    return Markup("<details><summary>{}</summary>{}</details>").format(title, content)


def unnamed(works):
    """{(test, check): [(student, first line)]} of failures that no mistake explains."""
    found = {}
    for student, work in works.items():
        for test, failed in work.failures.items():
            if failed.label and not failed.named and not failed.unwritten:
                first = failed.lines[0] if failed.lines else ""
                found.setdefault((test, failed.label), []).append((student, first))
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _unnamed(works):
    rows = []
    for (test, label), seen in unnamed(works).items():
        (common, _), *_ = Counter(line for _, line in seen).most_common(1)
        rows.append(
            [
                Markup("{}: {}").format(breakable(test), label),
                Markup("<code>{}</code>").format(common),
                _who([student for student, _ in seen]),
            ]
        )
    if not rows:
        return ""
    text = "Failed checks that no known mistake explains: what is frequent here is worth a name."
    heads = ["Test and check", "Most often", "Students"]
    return Markup("<h2>Failures without a name</h2><p>{}</p>{}").format(text, _table(heads, rows))


def _errors(works):
    found = {}
    for student, work in works.items():
        for test, failed in work.failures.items():
            if not failed.label and not failed.unwritten:
                what = "took too long" if failed.error in TIMEOUTS else failed.error
                found.setdefault((test, what), []).append(student)
    rows = [
        [breakable(test), what, _who(students)]
        for (test, what), students in sorted(found.items(), key=lambda i: (-len(i[1]), i[0]))
    ]
    if not rows:
        return ""
    heads = ["Test", "Ended in", "Students"]
    return Markup("<h2>Errors and timeouts</h2>{}").format(_table(heads, rows))


def _said(works):
    rows = []
    for why in dict.fromkeys(why for work in works.values() for why in work.said):
        said = {student: work.said.get(why, []) for student, work in sorted(works.items())}
        for what, where in by_kind(said).items():
            rows.append([why, plain(what, 300), _folded(len(where), _places(where))])
    if not rows:
        return ""
    text = (
        "Submissions that were stopped, that fail here and not where they were written, that were "
        "put right before grading, and cells that do what no exercise asks for. The last took no "
        "points: it may be curiosity, it may be an attack. Look."
    )
    table = _table(["", "What was seen", "Students"], rows)
    return Markup("<h2>Look at these</h2><p>{}</p>{}").format(text, table)


def _open_challenge(given, works):
    challenge = given.source.challenge
    if not challenge:
        return ""
    scores = {student: work.challenge[0] for student, work in works.items() if work.challenge[0]}
    rows = [
        [rank, plain(who, 80), score]
        for rank, who, score in leaderboard.ranking(challenge.stated, scores)
    ]
    without = {}
    for student, work in works.items():
        if work.challenge[1]:
            without.setdefault(work.challenge[1], []).append(student)
    none = [[plain(why, 300), _who(students)] for why, students in without.items()]
    more = _table(["Why there is no score", "Students"], none) if none else ""
    return Markup("<h2>Open challenge</h2>{}{}").format(
        _table(["#Rank", "Student", "#Score"], rows), more
    )


def _places(where):
    """Of each student, {student: [where]}, a paragraph."""
    return join(
        Markup("<p>{}{}</p>").format(
            plain(student, 80), plain(f": {', '.join(places)}", 300) if any(places) else ""
        )
        for student, places in where.items()
    )


def _left_out(left_out):
    if not left_out:
        return ""
    rows = [[plain(student, 80), plain(why, 500)] for student, why in sorted(left_out.items())]
    return Markup("<h2>Left out</h2>{}").format(_table(["Submission", "Why"], rows))


def _similar(given, works, earlier):
    answers = {student: work.answers for student, work in works.items()}
    found = similar.clusters(given, answers, earlier)
    text = (
        "Work that is alike where little is: whatever the names, the comments, the layout and the "
        "order of lines, and the less the more of the class write the same. With people who had "
        "nothing to do with each other this list is empty in nine classes of ten. It is no proof "
        "of copying, for people learn together: look at the answers, and talk to each of them."
    )
    shown = join(_cluster(cluster, answers | (earlier or {})) for cluster in found) or "None."
    return Markup("<h2>Similar submissions</h2><p>{}</p>{}").format(text, shown)


def _cluster(cluster, answers):
    who = ", ".join(plain(name, 80) for name in cluster.who)
    count = f"{len(cluster.alike)} answers" if len(cluster.alike) > 1 else "one answer"
    title = f"{who}: {count}; by chance once in {_rounded(cluster.bits)} pairs"
    parts = []
    for name, people in cluster.alike.items():
        rest = f", and {len(people) - BESIDE} more" if len(people) > BESIDE else ""
        parts.append(Markup("<p><strong>{}</strong>{}</p>").format(name, rest))
        texts = [
            Markup('<div><p class="soft">{}</p>{}</div>').format(
                plain(who, 80), code(answers[who][name]) if who in answers else ""
            )
            for who in people[:BESIDE]
        ]
        parts.append(Markup('<div class="two">{}</div>').format(join(texts)))
    return _folded(title, join(parts))


def _rounded(bits):
    """2**bits in words of one digit, as 20,000."""
    digits = int(bits * math.log10(2))
    return f"{int(2**bits / 10**digits) * 10**digits:,}"

"""The table of an open challenge: who has which score, with the course's own among them.

For the class it is shown under pseudonyms, the same as in every export of the course.
"""

from autograder.project import UserError
from autograder.returning import pseudonyms
from autograder.returning.feedback import Given, challenge, graded


def ranking(stated, scores):
    """[(rank, who, score)] as texts, the best first; equal scores share a rank.

    stated: {an answer of the course's: score}, whose rows have no rank; scores: {student: score},
    as texts, too.
    """
    rows = [(float(score), score, student, True) for student, score in scores.items()]
    rows += [(float(score), score, what, False) for what, score in stated.items()]
    found = []
    for value, score, who, is_student in sorted(rows, key=lambda row: (-row[0], row[3], row[2])):
        better = sum(float(other) > value for other in scores.values())
        found.append((f"{better + 1}" if is_student else "", who, score))
    return found


def markdown(project, assignment):
    """The table of those who have a score, under pseudonyms. Raises UserError where none is open.

    Of each student nothing else is in it.
    """
    known = Given.read(project, assignment).source.challenge
    if not known:
        raise UserError(f"{assignment} has no open challenge, or course.toml leaves it out")
    key, scores = pseudonyms.key(project), {}
    for result, nb, _ in graded(project, assignment):
        score = challenge(nb)[0] if nb is not None else ""
        if score:
            scores[pseudonyms.pseudonym(key, result.student)] = score
    rows = [("Rank", "Who", "Score"), ("--:", ":--", "--:")]
    rows += ranking(known.stated, scores)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)

"""Who is too much alike: planted copies come first, and of those who wrote for themselves nobody.

The class is drawn from the answers of assignment 1: the solution, other right answers, mistakes.
"""

import ast
import random
import shutil
from collections import Counter
from functools import cache
from math import log
from pathlib import Path

import pytest
from mini_course import ASSIGNMENT
from pages import flat

from autograder.authoring import catalogue
from autograder.cli import main
from autograder.project import Project
from autograder.proving.sample import solved
from autograder.returning import similar
from autograder.returning.feedback import Given
from autograder.returning.similar import PUBLIC, clusters, lines, tokens

ROOT = Path(__file__).parents[3]
CLASS = 120
LONG = """\
def double(x):
    amount = 0
    for i in range(len(x)):
        if x[i] > 0:
            amount += 2 * x[i] - np.abs(x[i]) ** 0.5
        else:
            amount -= np.sqrt(-x[i])
    return amount / max(len(x), 1)
"""
RENAMED = '''\
def double(values):
    """Quite my own work."""
    s = 0   # the sum
    for index in range(len(values)):
        if values[index] > 0:
            s += 2 * values[index] - np.abs(values[index]) ** 0.5
        else:
            s -= np.sqrt(-values[index])

    return s / max(len(values), 1)
'''


@cache
def knn():
    """Given, {exercise: right answers}, {exercise: wrong ones} of assignment 1."""
    project, name = Project(ROOT), "01_knn"
    given = Given.read(project, name)
    exercises = given.source.exercises
    entries = catalogue.load(project.mistakes(name), exercises)
    right = {n: [solved(e.cell.text)] for n, e in exercises.items()}
    wrong = {n: [] for n in exercises}
    for entry in entries:
        (right if entry.kind == "alternative" else wrong)[entry.exercise].append(entry.code)
    return given, right, wrong


def a_class(seed, size=CLASS):
    """{student: answers}, each drawn on its own: half of them right."""
    _, right, wrong = knn()
    draw = random.Random(seed)
    return {
        f"s{i:03}": {n: draw.choice(draw.choice([right[n], wrong[n]])) for n in right}
        for i in range(size)
    }


def disguised(answers):
    return {name: _disguised(text) for name, text in answers.items()}


def _disguised(text):
    """The same program: other names, lines exchanged that do not need each other, a comment."""
    tree, given = ast.parse(text), knn()[0].names
    own = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)} | _names(tree, stored=True)
    new = {name: f"mine_{i}" for i, name in enumerate(sorted(own - given))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = new.get(node.arg, node.arg)
        elif isinstance(node, ast.FunctionDef | ast.For):
            _exchange(node.body)
    return "# my own idea\n" + ast.unparse(tree).replace("\n", "  # step by step\n", 1)


def _exchange(body):
    for i in range(0, len(body) - 1, 2):
        one, other = body[i : i + 2]
        free = not (_names(one, True) & _names(other) or _names(other, True) & _names(one))
        if free and isinstance(one, ast.Assign) and isinstance(other, ast.Assign):
            body[i : i + 2] = other, one


def _names(node, stored=False):
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    return {n.id for n in names if not stored or isinstance(n.ctx, ast.Store)}


def with_copies(answers, students=("s003", "s050", "s100")):
    return answers | {f"{student}-copy": disguised(answers[student]) for student in students}


def unusual(answers):
    """The three students whose answers the fewest others give."""
    givers = Counter(item for own in answers.values() for item in own.items())
    return sorted(answers, key=lambda s: sum(log(givers[i]) for i in answers[s].items()))[:3]


# --- a class ---


def test_planted_copies_come_and_nobody_else_comes():
    """Of unusual answers: those that many give, at random, cannot be told from what they wrote."""
    given, *_ = knn()
    answers = a_class(1)
    students = unusual(answers)
    answers = with_copies(answers, students)
    assert all(answers[s]["choose_k"] != answers[f"{s}-copy"]["choose_k"] for s in students)
    found = [cluster.who for cluster in clusters(given, answers)]
    assert sorted(found) == sorted((s, f"{s}-copy") for s in students)


def test_over_four_classes_what_is_listed_is_copied_and_what_is_copied_is_listed():
    given, *_ = knn()
    copied = {(s, f"{s}-copy") for s in ("s003", "s050", "s100")}
    found = [c.who for seed in range(4) for c in clusters(given, with_copies(a_class(seed)))]
    right = sum(who in copied for who in found)
    print(f"{right} of {len(found)} that are listed, of {4 * len(copied)} copies")
    assert right == len(found)
    assert right >= 0.8 * 4 * len(copied)


def test_of_a_class_that_wrote_for_itself_nobody_is_listed():
    given, *_ = knn()
    assert [c.who for seed in range(2) for c in clusters(given, a_class(seed))] == []


def test_copies_of_one_work_are_one_cluster():
    given, *_ = knn()
    answers = a_class(1)
    answers |= {f"x{i}": disguised(answers["s003"]) for i in range(5)}
    [cluster] = clusters(given, answers)
    assert cluster.who == ("s003", "x0", "x1", "x2", "x3", "x4")
    assert len(cluster.alike) >= 9
    assert set(cluster.alike["choose_k"]) == {*cluster.who}


def test_what_most_of_the_class_writes_says_nothing():
    given, right, _ = knn()
    solution = {name: texts[0] for name, texts in right.items()}
    answers = a_class(1)
    assert [c.who for c in clusters(given, answers | {"x": disguised(solution)})] == []
    everybody = {f"s{i}": disguised(solution) for i in range(40)}
    assert clusters(given, everybody) == []


def test_the_public_solution_is_seen_where_few_write_like_it():
    given, right, wrong = knn()
    draw = random.Random(3)
    answers = {f"s{i}": {n: draw.choice(wrong[n]) for n in wrong} for i in range(60)}
    copy = disguised({name: texts[0] for name, texts in right.items()})
    [cluster] = [c for c in clusters(given, answers | {"x": copy}) if "x" in c.who]
    assert cluster.who == ("x", PUBLIC)


def test_an_earlier_class_is_compared_with_this_one_and_not_with_itself():
    given, *_ = knn()
    before = {f"2025/{s}": w for s, w in with_copies(a_class(7), ["s001", "s002"]).items()}
    now = a_class(8) | {"ada": disguised(before["2025/s009"])}
    [cluster] = clusters(given, now, before)
    assert cluster.who == ("ada", "2025/s009")


def test_one_answer_alike_is_not_enough():
    given, *_ = knn()
    answers = a_class(1)
    answers["s001"]["choose_k"] = _disguised(answers["s002"]["choose_k"])
    assert clusters(given, answers) == []


def test_so_many_pairs_are_compared_as_students_allow_and_not_as_there_are():
    given, right, _ = knn()
    one, size = {name: texts[0] for name, texts in right.items()}, 100
    works = similar._Works(given, [one] * size)
    assert len(works.candidates(size)) < size * similar.NEAR < size * (size - 1) / 2
    assert works.candidates(size) >= {(i, i + 1) for i in range(size - 1)}
    apart = similar._Works(given, a_class(1, size).values()).candidates(size)
    assert len(apart) < 0.75 * size * (size - 1) / 2


# --- tokens ---


def test_names_comments_strings_and_layout_do_not_count():
    assert tokens(LONG) == tokens(RENAMED)
    assert tokens(LONG) != tokens(LONG.replace("0.5", "0.25"))


def test_what_everybody_was_given_does_not_count():
    assert tokens(LONG, known=lines(LONG)) == []
    assert len(tokens(LONG)) > similar.LONG_ENOUGH


def test_an_answer_that_is_not_python_is_read_as_far_as_it_goes():
    assert tokens(LONG + '\nprint("')[: len(tokens(LONG))] == tokens(LONG)
    assert tokens("%matplotlib inline\n!ls\nx = 1") == ["name", "=", "1"]


def test_the_names_of_the_library_still_count():
    assert tokens("np.total = total(len(x))", names={"np"}) == (
        ["np", ".", "total", "=", "name", "(", "len", "(", "name", ")", ")"]
    )


def test_a_run_of_tokens_that_two_share_is_always_seen():
    draw = random.Random(0)
    run = similar.GRAM + similar.WINDOW - 1
    for _ in range(200):
        shared = [draw.choice("abcdefgh") for _ in range(run)]
        one, other = ([draw.choice("ijkl") for _ in range(30)] for _ in range(2))
        assert similar.prints(one + shared) & similar.prints(shared + other)


# --- the command ---


def test_the_report_shows_the_cluster_and_an_earlier_class_by_its_folder(graded_copy, capsys):
    command = ["-C", str(graded_copy.root), "report", ASSIGNMENT]
    before = graded_copy.root / "vision-2025"
    shutil.copytree(graded_copy.course / "submitted", before / "submitted")
    assert main([*command, "--against", str(before)]) == 0
    assert main([*command, "--against", str(before / "submitted")]) == 0
    (before / "submitted" / "reference" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").write_text("{")
    assert main([*command, "--against", str(before)]) == 0
    text = flat((graded_copy.course / "reports" / f"{ASSIGNMENT}.html").read_text())
    assert "vision-2025/reference 00_mini.ipynb is not " in text


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("nowhere", "holds nothing of 00_mini: name a course's folder, or its submitted/, with"),
        ("_build/course", "is this class itself: name the folder of another one"),
        ("_build/course/submitted", "is this class itself"),
    ],
)
def test_a_folder_that_is_no_earlier_class_is_refused(graded_copy, capsys, folder, said):
    where = graded_copy.root / folder
    assert main(["-C", str(graded_copy.root), "report", ASSIGNMENT, "--against", str(where)]) == 1
    assert said in capsys.readouterr().err
    assert not (graded_copy.course / "reports").exists()


def test_the_page_shows_who_and_the_answers_side_by_side():
    from autograder.returning import report
    from autograder.returning.similar import Cluster

    answers = {"ada": {"double": LONG}, "bob": {"double": RENAMED}}
    people = ("ada", "bob")
    text = flat(report._cluster(Cluster(people, {"double": people}, 15.0), answers))
    assert text.startswith("ada, bob: one answer; by chance once in 30,000 pairs double ada def")
    assert "bob def double(values)" in text

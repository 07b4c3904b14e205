"""A student who is told a secret by a hidden test plays every channel that leads to their page.

The first hidden test calls `note` with 32 bytes. From then on the functions answer as the bytes
say, each player through another channel. Each is graded with two secrets: where all that comes back
is the same for both, the channel is shut. What can be said even so is decoded from the page by the
one who reads it, and counted.
"""

import json
import re
import shutil
from concurrent.futures import Future
from math import log2

import nbformat
import numpy as np
import pytest
from mini_course import CHECKS, ROOT
from pages import flat

from autograder import grade
from autograder.authoring import release
from autograder.judging import disclose
from autograder.judging.secrets import grade_id
from autograder.project import Project
from autograder.returning import export

NAME = "00_told"
MOST = 40  # bits of a notebook, beside which tests passed
ROUNDS = 12  # tests of `number`
CASES = 8  # checks in the hidden part of each
FACTORS, STARTS = range(3, 11), (0, 3)  # known mistakes: so many times too much, from this case on

HEAD = """\
# %%
import numpy as np

from cs_lib.testing import check_call, check_equal, check_memory, check_no_loop, check_raises
"""
HIDE = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"


def exercise(name, answer, *tests):
    """The text of an exercise: its answer, and its tests, pairs of a visible and a hidden part."""
    text = f'# %% nbgrader={{"grade_id": "{name}", "solution": true}}\n'
    head, *body = answer.split("\n")
    body = "\n".join(body)
    text += f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION\n\n"
    for i, (visible, hidden) in enumerate(tests):
        meta = f'{{"grade_id": "test_{name}_{i}", "grade": true, "points": POINTS}}'
        text += f"# %% nbgrader={meta}\n{visible}\n{HIDE.format(hidden)}\n\n"
    return text


def in_round(i):
    visible = f'check_call(number, {i}.5, want={2 * i + 1}.0, label="visible {i}")'
    hidden = f"for case in range({CASES}):\n    x = {i + 1} * 100.0 + case\n"
    hidden += f'    check_call(number, x, want=2 * x, label=f"case {{case}} of {i}")'
    return visible, hidden


RIGHT = {
    "note": "def note(x):\n    return x",
    "number": "def number(x):\n    return 2 * x",
    "word": "def word(n):\n    return 'w' + str(n)",
    "rows": "def rows(x):\n    return 2 * x",
    "refuse": "def refuse(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x",
    "twins": "def twins(n):\n    return 'alike'",
    "plain": "def plain(n):\n    return n + 1",
}


def secret(seed):
    return np.random.default_rng(seed).integers(0, 256, size=32)


# The notebook says which secret it is to be told, so that one class has them all.
NOTE = """\
seed = abs(int(note(np.array([-1]))[0]))
secret = np.random.default_rng(seed).integers(0, 256, size=32)
check_call(note, secret, want=secret.copy(), label="another row")"""


def source():
    """The text of the assignment."""
    note = 'check_call(note, np.arange(32), want=np.arange(32), label="a row")'
    words = [(f'check_equal(word({i}), "w{i}", "word: {i}")',) * 2 for i in (1, 2)]
    square = "np.arange(1.0, 17.0).reshape(4, 4)"
    call = f'check_call(rows, {{}} * {square}, want={{}} * {square}, label="{{}}")'
    memory = 'check_memory(rows, np.ones(({0}, 9)), megabytes=1, label="{0} rows")'
    loop = 'check_no_loop(rows, (np.ones((2, 2)),), (np.ones(({0}, 2)),), label="{0} rows")'
    rows = [(t.format(1, 2, "one"), t.format(3, 6, "three")) for t in (call, call)]
    rows += [(t.format(200), t.format(300)) for t in (memory, memory, loop)]
    illegal = 'check_raises(refuse, {}, label="{} is refused")'
    refuse = [(illegal.format(-i, i), illegal.format(-9 - i, 9 + i)) for i in (1, 2)]
    twin = 'check_equal(twins({}), {}, "twins: {}")'
    twins = [(twin.format(1, '"alike"', "one"), twin.format(3, "twins(4)", "three and four"))]
    plus = 'assert plain({0}) == {0} + 1, "plus {0}"'
    plain = [(plus.format(i), "\n".join(plus.format(10 * i + j) for j in range(4))) for i in (1, 2)]
    tests = {
        "note": [(note, NOTE)],
        "number": [in_round(i) for i in range(ROUNDS)],
        **{"word": words, "rows": rows, "refuse": refuse, "twins": twins, "plain": plain},
    }
    text = HEAD + "\n" + "\n".join(exercise(n, RIGHT[n], *tests[n]) for n in RIGHT)
    count = text.count("POINTS")
    return text.replace("POINTS", str(100 - 2 * (count - 1)), 1).replace("POINTS", "2")


# --- the players ---

# take(n): the next digit of the secret, to the base n. Before anything was told it is of no secret,
# but of 1.
BEFORE = """\
import numpy as np
stash, left = [], [1]


def note(x):
    if x[0] == -1:
        return x + 1 + SEED
    if x[0] or x[1] != 1:
        stash.append(bytes(x.tolist()))
        left[0] = int.from_bytes(stash[0], "big")
    return x


def text():
    return stash[0].hex()


def take(n):
    left[0], digit = divmod(left[0], n)
    return digit

"""


def function(name, body):
    """The answer to an exercise that is right until it was told, and then does as body says."""
    head, *right = RIGHT[name].split("\n")
    body = body.replace("\n", "\n        ")
    return "\n".join([head, "    if stash:", f"        {body}", *right])


WORDS = [f"w{i:03}" for i in range(64)]
CLASSES = "KeyError, TypeError, IndexError, OSError, ValueError, EOFError, NameError, LookupError"
PICTURE = """\
import matplotlib.pyplot as plt
plt.imshow(np.frombuffer(stash[0] if stash else bytes(32), np.uint8).reshape(4, 8))
plt.show()"""
RAISES = "\n".join(["n = take(16)", *(f"if n == {i}: raise ValueError(n)" for i in range(16))])
PLAYERS = {  # {name: {exercise: body}}; last: a cell after all others
    "prints": {"last": "print(stash and text())"},
    "pictures": {"last": PICTURE},
    "errors_of_cells": {"last": "raise type('E' + text(), (ValueError,), {})(text())"},
    "classes_of_cells": {"last": f"raise [{CLASSES}][take(8)](1)"},
    "lengths": {"last": "print('x' * (300000 + take(1000)))"},
    "exit_codes": {"last": "import os\nos._exit(take(200))"},
    "exit_codes_of_tests": {"number": "import os\nos._exit(take(200))"},
    "names_of_classes": {"number": "raise type('E' + text()[:90], (ValueError,), {})(text())"},
    "python's_classes": {"number": f"raise [{CLASSES}][take(8)](1)"},
    "lines": {"number": RAISES},
    "names": {"number": f"raise NameError(f\"name '{{{WORDS}[take(64)]}}' is not defined\")"},
    "unwritten": {"number": "raise NotImplementedError('Replace ' + text())"},
    "seven_digits": {"number": "return 1 + take(10**7) / 10**7"},
    "exponents": {"number": "return 10.0 ** (take(600) - 300)"},
    "long_integers": {"number": "return int(text(), 16)"},
    "objects": {"number": "return type('E' + text()[:90], (), {'__repr__': lambda s: text()})()"},
    "factors": {"number": "return (take(1000) + 3) * 2 * x"},
    "none_or_wrong": {"number": "return None if take(2) else 0.0"},
    "words": {"word": "return text()"},
    "digits": {"word": "return str(int(text(), 16))"},
    "other_digits": {"word": "return ''.join(chr(0x660 + int(c)) for c in str(int(text(), 16)))"},
    "lists": {"word": "return [take(100) for _ in range(6)]"},
    "entries": {"rows": "y = 2 * x\ny.flat[take(y.size)] += 1\nreturn y"},
    "counts": {"rows": "y = 2 * x\ny.flat[: 1 + take(y.size)] += 1\nreturn y"},
    "shapes": {"rows": "return np.zeros((5 + take(90), 1 + take(90)))"},
    "kinds": {"rows": "return (2 * x).astype(['i8', 'f4', '?', 'i4'][take(4)])"},
    "megabytes": {"rows": "y = np.ones(150_000 * (1 + take(60)))\nreturn 2 * x"},
    "loops": {"rows": "for _ in range(200 + len(x) * (1 + take(500))): pass\nreturn 2 * x"},
    "arguments": {"rows": "x[0] = take(1000)\nreturn 2 * x"},
    "returns": {"refuse": "return text()"},
    "raises": {"refuse": "raise type('E' + text()[:90], (KeyError,), {})(text())"},
    "twins": {"twins": "return text() + str(n)"},
    "asserts": {"plain": "return n + 1 - (n % 10 >= take(4))"},
    "cases": {"number": "return 2 * x + (x % 100 >= take(8))"},
    "mistakes": {"number": "return (3 + take(8)) * x"},
    # The cheapest that is left: which of the known mistakes it makes, in each test anew.
    "greedy": {
        "number": (
            "if x < 100: return 2 * x\n"
            "i, case = divmod(int(x), 100)\n"
            f"if i not in plan: plan[i] = take({len(FACTORS) * len(STARTS)})\n"
            f"start, factor = divmod(plan[i], {len(FACTORS)})\n"
            f"return 2 * x if case < {STARTS}[start] else ({FACTORS[0]} + factor) * x"
        )
    },
}
# What these play is told in part: which of the author's sentences, or which tests passed.
TOLD_IN_PART = {
    *("python's_classes", "none_or_wrong", "kinds", "asserts", "cases", "mistakes", "greedy"),
}
AFTER = {name for name, player in PLAYERS.items() if "last" in player}
MASKED = {  # the judge has nothing of it either
    *("arguments", "names_of_classes", "names", "unwritten", "raises"),
}
SEEDS = (1, 2)  # of the two secrets


def answers(player):
    """{exercise: code} of a player, and the last cell."""
    found = {name: function(name, body) for name, body in player.items() if name != "last"}
    return {"note": f"plan = {{}}\n{BEFORE}"} | found, player.get("last")


def hand_in(project, name, seed):
    found, last = answers(PLAYERS[name])
    found["note"] = f"SEED = {seed}\n{found['note']}"
    nb = nbformat.read(project.release(NAME) / f"{NAME}.ipynb", 4)
    for cell in nb.cells:
        cell.source = (RIGHT | found).get(grade_id(cell), cell.source)
    if last:
        nb.cells.append(nbformat.v4.new_code_cell(last, id="last"))
    path = project.course / "submitted" / f"{name}-{seed}" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(nb, path)


MISTAKE = '''
@mistake("number", hint="Take twice.", read="sec-number")
def times_{0}_from_{1}(x):
    """It is {0} times as much from case {1} on."""
    return {0} * x if x > 99 and x % 100 >= {1} else 2 * x
'''


def make(root):
    """The course, released."""
    folder = root / "solutions" / NAME
    (folder / "mistakes").mkdir(parents=True)
    (folder / "notebook.py").write_text(source())
    text = "from autograder.authoring.catalogue import mistake\n"
    text += "\n".join(MISTAKE.format(k, start) for start in STARTS for k in FACTORS)
    (folder / "mistakes" / "number.py").write_text(text)
    (root / "book").mkdir()
    (root / "book" / "page.md").write_text("# A page\n\n(sec-number)=\n## Twice\n")
    (root / "_config.yml").write_text("repository: {url: https://example.org/owner/course}\n")
    for name in ("nbgrader_config.py", *CHECKS):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    project = Project(root)
    release.write(project, NAME)
    return project


# --- what comes back ---


class Back:
    """All that goes back to a student: page, cells of the graded notebook, points as exported."""

    def __init__(self, project, table, name, seed):
        student = f"{name}-{seed}"

        def alike(text):
            seeds = rf'(SEED = (?:<span class="m">)?){seed}'
            return re.sub(seeds, r"\1N", text.replace(student, name))

        place = project.course / "feedback" / student / NAME / f"{NAME}.html"
        self.page = alike(place.read_text())
        place = project.course / "autograded" / student / NAME / f"{NAME}.ipynb"
        self.cells = json.loads(alike(place.read_text()))["cells"]
        [self.points] = [alike(line) for line in table.splitlines() if f",{student}," in line]


SUBMITTED = [(name, seed) for name in PLAYERS for seed in SEEDS]


def graded(project):
    """{player: [a Back for each secret]}."""
    assert grade.grade(project, NAME, jobs=2).left_out == {}
    table = export.write(project)[0].read_text()
    found = {name: [] for name in PLAYERS}
    for name, seed in SUBMITTED:
        found[name].append(Back(project, table, name, seed))
    return found


def as_the_judge_has_it(page, name, verdict):
    return verdict["error"] or disclose.STOPPED, verdict["text"]


class Here:
    """In place of a guard.Guard: what it calls is called in this process."""

    def __init__(self, kind, *args, jobs=1):
        self.object = kind(*args)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def call(self, method, *args):
        future = Future()
        future.set_result(getattr(self.object, method)(*args))
        return future


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What comes back to the class; and what did if verdicts were told as the judge has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DL4CV_COURSE", raising=False)
        project = make(tmp_path_factory.mktemp("told") / "course")
        for name, seed in SUBMITTED:
            hand_in(project, name, seed)
        found = graded(project)
        patch.setattr(disclose.Page, "failure", as_the_judge_has_it)
        patch.setattr(grade, "Guard", Here)
        (project.course / "journal" / NAME / "recorded.jsonl").unlink()  # write it down anew
        return found, graded(project)


@pytest.mark.parametrize("player", [name for name in PLAYERS if name not in TOLD_IN_PART])
def test_what_comes_back_is_the_same_whatever_was_told(told, player):
    one, other = told[0][player]
    assert vars(one) == vars(other)


@pytest.mark.parametrize("player", sorted(PLAYERS.keys() - MASKED - AFTER))
def test_the_players_play(told, player):
    """Where a verdict is told as the judge has it, it carries something out."""
    one, other = told[1][player]
    assert one.page != other.page


def test_cells_show_what_they_do_in_a_run_that_is_told_nothing(told):
    pages = {name: flat(told[0][name][0].page) for name in ("prints", "errors_of_cells")}
    assert pages["prints"].endswith("print(stash and text()) []")
    assert "IndexError: list index out of range" in pages["errors_of_cells"]
    assert "data:image/png;base64," in told[0]["pictures"][0].page


def test_what_the_greediest_player_can_say_is_counted(told):
    said = [*map(_bits, told[0]["greedy"], map(secret, SEEDS))]
    print("bits decoded from each page:", said)
    assert disclose.BITS == MOST
    assert min(said) > MOST / 2
    assert max(said) <= MOST
    guide = " ".join((ROOT / "book" / "security.md").read_text().split())
    assert f"at most {MOST} bits" in guide
    assert f"read {max(said):.0f} of 256 bits" in guide


def _bits(back, secret):
    """How many bits of a secret can be read off the page of the greedy player."""
    left, base, bits = int.from_bytes(bytes(secret.tolist()), "big"), len(FACTORS) * len(STARTS), 0
    notebook = flat(back.page).split("Your notebook")[-1]
    for i in range(ROUNDS):
        found = re.search(
            rf"number: case (\d) of {i} This is what you get when it is (\d+) times", notebook
        )
        left, digit = divmod(left, base)
        if not found:
            break
        assert STARTS.index(int(found[1])) * len(FACTORS) + FACTORS.index(int(found[2])) == digit
        bits += log2(base)
    return bits

"""Whatever the bytes: a valid notebook with the release's tests, and a line that says why."""

import copy
import json
import random
import warnings

import nbformat
import pytest
from mini_course import ASSIGNMENT, make_project

from autograder.authoring import release
from autograder.intake import rebuild

N = 1000
GRADED = ["double", "test_double", "clip", "test_clip", "test_clip_low", "mean", "test_mean"]
ODD = [
    *(None, True, -1, 0, 3.5, float("nan"), float("inf"), 10**300, "", " ", "x", [], {}, [None]),
    *(
        "\ud800",
        "\x00",
        "\u202e\u200b",
        "e\u0301" * 50,
        "\n" * 1000,
        "𝕕ef double",
        "../../etc",
        "\x1b[2J",
    ),
    *([[]], [1, 2], ["a", 3], {"a": {"b": {}}}, {"grade_id": "double"}, "double", "test_double"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("fuzz") / "project")
    return json.loads(release.build(project, ASSIGNMENT).release[f"{ASSIGNMENT}.ipynb"])


@pytest.fixture(scope="module")
def valid(built):
    """A submission with answers, cells of its own and outputs."""
    nb = copy.deepcopy(built)
    own = [nbformat.v4.new_code_cell(f"own_{i} = {i}", id=f"own-{i}") for i in range(3)]
    nb["cells"][2:2], nb["cells"][7:7] = own[:1], own[1:]
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = f"def {cell['id']}(*arguments):\n    return 'grün'"
            output = nbformat.v4.new_output("stream", text="a line\n")
            cell["outputs"] = [output]
    return nb


def places(value, found=None, holder=None, key=None):
    """Every (holder, key) in a JSON value."""
    found = [] if found is None else found
    if holder is not None:
        found.append((holder, key))
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(items):
            places(inner, found, value, key)
    return found


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


# Each takes a notebook that it may spoil and a random.Random; gives a JSON value or bytes.


def odd_value(nb, draw):
    for _ in range(draw.randint(1, 8)):
        holder, key = draw.choice(places(nb))
        holder[key] = copy.deepcopy(draw.choice(ODD))
    return nb


def odd_type(nb, draw):
    """One kind of field, wrong in every cell."""
    field = draw.choice(
        ["id", "source", "metadata", "cell_type", "outputs", "nbgrader", "grade_id"]
    )
    value = draw.choice(ODD)
    for holder, key in places(nb):
        if key == field and isinstance(holder, dict):
            holder[key] = copy.deepcopy(value)
    return nb


def swap(nb, draw):
    for _ in range(draw.randint(1, 5)):
        (a, i), (b, j) = draw.sample(places(nb), 2)
        a[i], b[j] = copy.deepcopy(b.get(j) if isinstance(b, dict) else b[j]), copy.deepcopy(a[i])
    return nb


def remove(nb, draw):
    holder, key = draw.choice(places(nb))
    del holder[key]
    return nb


def shuffle(nb, draw):
    draw.shuffle(nb["cells"])
    return nb


def duplicate(nb, draw):
    for _ in range(draw.randint(1, 30)):
        twin = copy.deepcopy(draw.choice(nb["cells"]))
        if draw.random() < 0.5:
            twin["source"] = draw.choice(["", "x = 1", "def double(x):", "class mean: pass"])
        nb["cells"].insert(draw.randint(0, len(nb["cells"])), twin)
    return nb


def delete(nb, draw):
    nb["cells"] = draw.sample(nb["cells"], draw.randint(0, len(nb["cells"])))
    return nb


def huge(nb, draw):
    holder, key = draw.choice(places(nb))
    holder[key] = draw.choice(["x", "é", "\n", "\ud83d"]) * draw.choice([10**4, 10**6 + 10**5])
    return nb


def nested(nb, draw):
    text = json.dumps(nb)
    place = draw.choice([i for i, char in enumerate(text) if char == "{"])
    levels = draw.choice([10, 200, 900, 5000])
    return (text[:place] + "[" * levels + text[place:]).encode()


def nested_value(nb, draw):
    holder, key = draw.choice(places(nb))
    holder[key] = deep(draw.choice([5, 100, 400]))
    return nb


def flip(nb, draw):
    data = bytearray(json.dumps(nb, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    for _ in range(draw.choice([1, 1, 3, 50])):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def noise(nb, draw):
    data = json.dumps(nb).encode()
    place = draw.randrange(len(data))
    return data[:place] + draw.randbytes(draw.choice([1, 4, 100])) + data[place:]


def truncate(nb, draw):
    data = json.dumps(nb).encode()
    return data[: draw.randrange(len(data))]


def recode(nb, draw):
    text = json.dumps(nb, ensure_ascii=False)
    coding = draw.choice(["utf-8-sig", "utf-16", "utf-32", "latin-1", "utf-16-be"])
    return text.encode(coding, "replace")


MUTATIONS = [
    *(odd_value, odd_type, swap, remove, shuffle, duplicate, delete, huge),
    *(nested, nested_value, flip, noise, truncate, recode),
]


def mutated(valid, seed):
    draw = random.Random(seed)
    value = copy.deepcopy(valid)
    for change in [MUTATIONS[seed % len(MUTATIONS)], draw.choice(MUTATIONS)]:
        # the second only where the first left a notebook
        cells = value.get("cells") if isinstance(value, dict) else None
        if isinstance(cells, list) and cells and all(isinstance(c, dict) for c in cells):
            value = change(value, draw)
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def graded(nb, name):
    [cell] = [c for c in nb["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name]
    return cell


@pytest.mark.parametrize("part", range(4))
def test_no_submission_crashes_intake_or_is_lost(built, valid, part):
    count = 0
    for seed in range(part, N, 4):
        data = mutated(valid, seed)
        taken = rebuild.rebuild(data, built)
        nbformat.validate(copy.deepcopy(taken.notebook))
        json.dumps([taken.notebook, taken.outputs], ensure_ascii=False).encode()
        assert taken.outputs.keys() <= {cell["id"] for cell in taken.notebook["cells"]}, seed
        for name in GRADED:
            cell, right = graded(taken.notebook, name), graded(built, name)
            if name in taken.elsewhere:
                assert {**cell, "source": right["source"]} == right, seed
                assert cell["source"] == f"# {name} is written in another cell.", seed
            elif name not in taken.source_by_grade_id:
                assert cell == right, seed
            else:
                assert cell["source"] == taken.source_by_grade_id[name], seed
                assert {**cell, "source": 0} == {**right, "source": 0}, seed
        assert {"test_double", "test_mean"}.isdisjoint(taken.source_by_grade_id), seed
        lines = [*taken.notes, *([taken.problem] if taken.problem else [])]
        assert all(line.isprintable() and len(line) < 300 for line in lines), (seed, lines)
        if taken.problem:
            assert taken.notebook == built, seed
        if taken.source_by_grade_id.keys() ^ taken.elsewhere.keys() != {"double", "clip", "mean"}:
            assert lines, seed
        count += 1
    assert count == N // 4


def test_a_file_that_needs_no_note_is_one_that_nbformat_takes_with_all_answers(built, valid):
    """Such a file goes to nbgrader as it is."""
    quiet = 0
    for seed in range(N):
        data = mutated(valid, seed)
        taken = rebuild.rebuild(data, built)
        if not taken.notes and not taken.problem:
            nb = json.loads(data.decode())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of ids that are there twice: nbgrader mends them
                nbformat.validate(copy.deepcopy(nb))
            for name in GRADED:
                cell, right = graded(nb, name), graded(built, name)
                assert cell["metadata"]["nbgrader"].items() >= {
                    (key, value)
                    for key, value in right["metadata"]["nbgrader"].items()
                    if key != "checksum"
                }, seed
            quiet += 1
    assert quiet > 10


def test_answers_that_a_mutation_did_not_touch_survive_it(built, valid):
    """Shuffled, doubled or half deleted: what is there of the answers is graded."""
    for seed in range(60):
        for change in (shuffle, delete, recode):
            draw = random.Random(seed)
            value = change(copy.deepcopy(valid), draw)
            there = {c["id"] for c in (value if isinstance(value, dict) else valid)["cells"]}
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            taken = rebuild.rebuild(data, built)
            for name in {"double", "clip", "mean"} & there:
                if change is recode and "grün" not in taken.source_by_grade_id[name]:
                    assert taken.notes[0].startswith("the file is not text"), seed
                else:
                    assert taken.source_by_grade_id[name] == graded(valid, name)["source"], seed

"""What students do to a notebook, and what is graded: theirs, in the release's frame."""

import copy
import json
import os
import shutil

import nbformat
import pytest
from mini_course import ASSIGNMENT, SMALL, make_project
from nbgrader.utils import compute_checksum

from autograder.authoring import release
from autograder.intake import rebuild

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
TESTS = ["test_double", "test_clip", "test_clip_low", "test_mean"]
DOUBLE = "def double(x):\n    return x + x"
CLIP = "def clip(x, low, high):\n    return low"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The released notebook: do not write to it."""
    project = make_project(tmp_path_factory.mktemp("intake") / "project")
    return json.loads(release.build(project, ASSIGNMENT).release[NOTEBOOK])


@pytest.fixture
def nb(built):
    """A submission: the release with two answers."""
    nb = copy.deepcopy(built)
    cell(nb, "double")["source"] = DOUBLE
    cell(nb, "clip")["source"] = CLIP.splitlines(keepends=True)
    return nb


def cell(nb, name):
    return next(c for c in nb["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def index(nb, name):
    return nb["cells"].index(cell(nb, name))


def code(text, **more):
    return {"cell_type": "code", "metadata": {}, "source": text, **more}


def text(cell):
    return "".join(cell["source"])


def rebuilt(nb, built):
    return rebuild.rebuild(json.dumps(nb).encode(), built)


def sources(taken):
    return [text(cell) for cell in taken.notebook["cells"]]


def without_sources(nb, names):
    """The cells of the graded names, without what a student may write."""
    cells = copy.deepcopy([cell(nb, name) for name in names])
    for found in cells:
        found["source"] = "" if found["metadata"]["nbgrader"]["solution"] else text(found)
    return cells


# --- what is left as it is ---


def test_a_release_as_it_was_gives_itself(built):
    taken = rebuilt(built, built)
    assert (taken.problem, taken.notes) == (None, [])
    want = copy.deepcopy(built)
    for found in [*want["cells"], *taken.notebook["cells"]]:
        found["source"] = text(found)
    assert taken.notebook == want


def test_answers_are_taken_and_nothing_is_said(nb, built):
    taken = rebuilt(nb, built)
    assert (taken.problem, taken.notes) == (None, [])
    assert taken.source_by_grade_id == {
        "double": DOUBLE,
        "clip": CLIP,
        "mean": text(cell(built, "mean")),
    }
    assert [text(cell(taken.notebook, name)) for name in ("double", "clip")] == [DOUBLE, CLIP]


def test_edited_ordinary_cells_stay_edited(nb, built):
    imports = next(c for c in nb["cells"] if "import math" in text(c))
    imports["source"] = text(imports) + "\nimport cmath"
    title = nb["cells"][0]
    title["source"] = "# Mine"
    taken = rebuilt(nb, built)
    assert taken.notes == []
    assert sources(taken)[0] == "# Mine"
    assert "import cmath" in sources(taken)[1]
    assert len(taken.notebook["cells"]) == len(built["cells"])


def test_a_demonstration_that_the_student_made_text_is_not_run(nb, built):
    demo = next(c for c in nb["cells"] if "twice pi" in text(c))
    demo.update(cell_type="markdown", source="no more")
    del demo["outputs"], demo["execution_count"]
    taken = rebuilt(nb, built)
    assert [c["cell_type"] for c in taken.notebook["cells"] if text(c) == "no more"] == ["markdown"]
    assert not [s for s in sources(taken) if "twice pi" in s]


@pytest.mark.parametrize(
    ("before", "after"),
    [("double", "the cell before it"), ("test_double", "double"), ("mean", "the cell before it")],
)
def test_an_added_cell_keeps_its_place(nb, built, before, after):
    nb["cells"].insert(index(nb, before), code("HELPER = 1", id="mine", attachments={"a": {}}))
    taken = rebuilt(nb, built)
    found = sources(taken)
    assert found.index("HELPER = 1") == index(taken.notebook, before) - 1
    assert len(found) == len(built["cells"]) + 1
    added = taken.notebook["cells"][found.index("HELPER = 1")]
    assert set(added) == {"cell_type", "id", "metadata", "source", "outputs", "execution_count"}


def test_a_notebook_without_cell_ids_gives_the_same(nb, built):
    want = rebuilt(nb, built).notebook
    nb["nbformat_minor"] = 4
    for found in nb["cells"]:
        del found["id"]
    taken = rebuilt(nb, built)
    assert taken.notes == []
    assert taken.notebook == want


def test_outputs_and_attachments_are_not_taken_over(nb, built):
    cell(nb, "double")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "secret"}]
    nb["cells"][0]["attachments"] = {"image.png": {"image/png": "secret"}}
    nb["metadata"]["widgets"] = "secret"
    nb["metadata"]["kernelspec"] = {"name": "julia", "display_name": "secret"}
    taken = rebuilt(nb, built)
    assert "secret" not in json.dumps(taken.notebook).replace("secret hidden", "")
    assert taken.notebook["metadata"] == built["metadata"]


def display(**data):
    return {
        "output_type": "display_data",
        "data": {k.replace("_", "/"): v for k, v in data.items()},
    }


OUTPUTS = {
    "text": (
        {"output_type": "stream", "name": "stderr", "text": ["a\n", "b"]},
        {"type": "stream", "name": "stderr", "text": "a\nb"},
    ),
    "a picture": (
        display(text_plain="<Figure>", image_png=["iVBO\n", "Rw0=\n"]),
        {"type": "display", "data": {"text/plain": "<Figure>", "image/png": "iVBORw0="}},
    ),
    "HTML": (
        display(text_plain="x", text_html="<b>x</b>"),
        {"type": "display", "data": {"text/plain": "x"}},
    ),
    "a picture that is markup": (display(image_png='"/><script>'), None),
    "a drawing": (display(**{"image_svg+xml": "<svg/>"}), None),
    "an error": (
        {"output_type": "error", "ename": "E", "evalue": 7, "traceback": ["1", "2"]},
        {"type": "error", "ename": "E", "evalue": "", "traceback": "1\n2"},
    ),
    "no output": ({"output_type": ["stream"], "text": "x"}, None),
    "a number": (5, None),
}


@pytest.mark.parametrize(("raw", "kept"), OUTPUTS.values(), ids=OUTPUTS)
def test_of_outputs_text_and_pictures_are_kept_apart_from_the_notebook(nb, built, raw, kept):
    cell(nb, "double")["outputs"] = [raw]
    nb["cells"].append(code("mine = 1", outputs=[raw]))
    taken = rebuilt(nb, built)
    own = taken.notebook["cells"][-1]["id"]
    assert taken.outputs == ({"double": [kept], own: [kept]} if kept else {})
    assert not any(c.get("outputs") for c in taken.notebook["cells"])


def test_outputs_are_kept_within_limits(nb, built, monkeypatch):
    monkeypatch.setattr(rebuild, "MAX_PICTURES", 20)
    monkeypatch.setattr(rebuild, "MAX_TEXT", 250)
    many = [{"output_type": "stream", "text": "x" * 150}] * 999
    cell(nb, "double")["outputs"] = many
    cell(nb, "clip")["outputs"] = [display(image_png="abcdefgh")] * 3
    outputs = rebuilt(nb, built).outputs
    assert [len(o["text"]) for o in outputs["double"]] == [150, 100] + [0] * 198
    assert len(outputs["clip"]) == 2


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"autograder": {"fault": ""}}, "has the grader's own notes"),
        ({"kernelspec": {"name": "evil", "language": "bash"}}, "made for a kernel of bash"),
        ({"kernelspec": {"name": "conda-env-x-py", "language": "python"}}, None),
        ({"kernelspec": {"name": "python3", "display_name": "Python 3"}, "colab": {}}, None),
        ({"kernelspec": None, "language_info": {"name": "python"}}, None),
    ],
)
def test_a_notebook_that_says_odd_things_of_itself_is_told(nb, built, metadata, said):
    nb["metadata"] = metadata
    notes = rebuilt(nb, built).notes
    assert any(said in note for note in notes) if said else not any("kernel" in n for n in notes)


def test_the_whole_sample_class_is_taken_as_it_is(tmp_path, built):
    from autograder.proving import sample

    project = make_project(tmp_path / "project")
    students = sample.write(project, ASSIGNMENT, tmp_path)
    for student in students:
        path = tmp_path / "submitted" / student / ASSIGNMENT / NOTEBOOK
        taken = rebuild.take(path.parent, ASSIGNMENT, built)
        assert (taken.problem, taken.notes) == (None, []), student
        want = json.loads(path.read_bytes())["cells"]
        assert sources(taken) == [text(c) for c in want], student


# --- what the student did not change ---


def checksum(found):
    found["metadata"]["nbgrader"]["checksum"] = compute_checksum(nbformat.from_dict(found))


def earlier(nb):
    """A test and its points were others when this student downloaded the release."""
    found = cell(nb, "test_double")
    found["source"] = "assert double(3) == 6"
    found["metadata"]["nbgrader"]["points"] = 20
    checksum(found)


def line_ends(nb):
    for found in nb["cells"]:
        found["source"] = "\r\n".join(text(found).split("\n"))


def white_space(nb):
    for found in nb["cells"]:
        if not found["metadata"].get("nbgrader", {}).get("solution"):
            found["source"] = text(found).replace("\n", "  \n") + "\n"


@pytest.mark.parametrize("change", [earlier, line_ends, white_space])
def test_of_what_no_student_changed_nothing_is_said(nb, built, change):
    want = sources(rebuilt(nb, built))
    change(nb)
    taken = rebuilt(nb, built)
    assert (taken.notes, sources(taken)) == ([], want)


def test_a_student_who_changes_a_test_and_not_its_checksum_is_told_of(nb, built):
    earlier(nb)
    cell(nb, "test_double")["metadata"]["nbgrader"]["points"] = 21
    assert rebuilt(nb, built).notes == [
        "test_double: changed, the release's is used",
        "test_double: nbgrader's points was changed, the release's is used",
    ]


# --- what is put right ---


def flags(name, **change):
    return lambda nb: cell(nb, name)["metadata"]["nbgrader"].update(change)


def source(name, new):
    return lambda nb: cell(nb, name).update(source=new)


def retype(name, kind):
    def change(nb):
        found = cell(nb, name)
        found["cell_type"] = kind
        del found["outputs"], found["execution_count"]

    return change


def strip(*names, ids=False):
    def change(nb):
        for found in [cell(nb, name) for name in names]:
            found["metadata"] = {}
            if ids:
                del found["id"]

    return change


def delete(name):
    return lambda nb: nb["cells"].remove(cell(nb, name))


def again(name, new, at=None, **more):
    """Another cell of the same grade_id, at the end or before the cell called at."""

    def change(nb):
        twin = copy.deepcopy(cell(nb, name)) | {"source": new, "id": "twin"} | more
        nb["cells"].insert(index(nb, at) if at else len(nb["cells"]), twin)

    return change


def both(*changes):
    def change(nb):
        for each in changes:
            each(nb)

    return change


RIGHTED = {
    "a changed test": (
        source("test_double", "assert True"),
        "test_double: changed, the release's is used",
    ),
    "changed points": (flags("test_double", points=500), "test_double: nbgrader's points was"),
    "a test that is no test": (flags("test_clip", grade=False), "test_clip: nbgrader's grade was"),
    "a test that is an answer": (flags("test_clip", solution=True), "nbgrader's solution was"),
    "a 1 for a true": (flags("test_clip", grade=1), "test_clip: nbgrader's grade was changed"),
    "an unknown key": (flags("clip", mine=1), "clip: nbgrader's mine was changed"),
    "an odd checksum": (flags("clip", checksum=[]), "clip: nbgrader's checksum was changed"),
    "an old schema": (
        lambda nb: [
            m["metadata"]["nbgrader"].update(schema_version=1)
            for m in nb["cells"]
            if m["metadata"]
            if "nbgrader" in m["metadata"]
        ],
        "double and 6 more: nbgrader's schema_version was changed",
    ),
    "a deleted test": (delete("test_mean"), "test_mean: missing, put back"),
    "all tests deleted": (both(*map(delete, TESTS)), "test_double and 3 more: missing, put back"),
    "a test made text": (
        retype("test_clip", "markdown"),
        "test_clip: made a markdown cell, code again",
    ),
    "an answer made text": (
        retype("double", "markdown"),
        "double: made a markdown cell, code again",
    ),
    "an answer made raw": (retype("double", "raw"), "double: made a raw cell, code again"),
    "lost metadata": (strip("double"), "double: lost its metadata, recognised by its cell id"),
    "lost metadata and id": (
        strip("double", "clip", ids=True),
        "double and 1 more: lost its metadata, recognised by the function that it defines",
    ),
    "all metadata lost": (
        strip("double", "clip", "mean", *TESTS),
        "double and 6 more: lost its metadata, recognised by its cell id",
    ),
    "a renamed answer": (
        flags("double", grade_id="dobule"),
        "double: lost its metadata, recognised by its cell id",
    ),
    "a copied test": (again("test_double", "assert 0"), "test_double: there 2 times, the rel"),
    "an older version above": (
        again("double", "def double(x):\n    return 0", at="double"),
        "double: there 2 times, the last that defines it is graded",
    ),
    "an older version kept as text": (
        again("double", "def double(x):\n    return 0", cell_type="markdown"),
        "double: there 2 times, the last that defines it is graded",
    ),
    "cells that are none": (lambda nb: nb["cells"].extend([1, None, {}]), "3 cells are no note"),
    "a cell of another kind": (
        lambda nb: nb["cells"].append(code("x") | {"cell_type": "heading"}),
        "1 cell is no notebook's cell: left out",
    ),
    "a cell that is too long": (
        lambda nb: nb["cells"].append(code("x" * (rebuild.MAX_SOURCE + 1))),
        "1 cell is longer than 1,048,576 characters: left out",
    ),
    "another format": (lambda nb: nb.update(nbformat=9), "not quite a notebook ("),
    "no format": (lambda nb: nb.pop("nbformat"), "not quite a notebook ("),
    "shuffled": (
        lambda nb: nb["cells"].reverse(),
        "the cells are in another order: the release's is used",
    ),
    "an id twice": (
        lambda nb: nb["cells"].append(code("1", id=nb["cells"][0]["id"])),
        "several cells have the same id: each gets its own",
    ),
    "a surplus graded cell": (
        lambda nb: nb["cells"].append(code("1", metadata={"nbgrader": {"grade_id": "other"}})),
        "other: no graded cell of this assignment, taken as it is",
    ),
    "an id that is a list": (
        lambda nb: nb["cells"].append(code("1", metadata={"nbgrader": {"grade_id": ["a"]}})),
        "a cell: no graded cell of this assignment",
    ),
}


@pytest.mark.parametrize("name", RIGHTED)
def test_what_can_be_put_right_is_put_right_and_said(nb, built, name):
    spoil, note = RIGHTED[name]
    spoil(nb)
    taken = rebuilt(nb, built)
    assert taken.problem is None
    assert [n for n in taken.notes if note in n], taken.notes
    assert not [n for n in taken.notes if "\n" in n]
    assert [taken.source_by_grade_id[g] for g in ("double", "clip")] == [DOUBLE, CLIP]
    names = ["double", "clip", "mean", *TESTS]
    assert without_sources(taken.notebook, names) == without_sources(built, names)
    assert text(cell(taken.notebook, "double")) == DOUBLE
    order = [index(taken.notebook, name) for name in names]
    assert sorted(order) == sorted(set(order))
    assert [names[i] for i in sorted(range(7), key=lambda i: order[i])] == [
        *("double", "test_double", "clip", "test_clip", "test_clip_low", "mean", "test_mean")
    ]
    nbformat.validate(taken.notebook)


def test_a_copied_stub_does_not_take_the_answers_place(nb, built):
    again("double", text(cell(built, "double")))(nb)
    taken = rebuilt(nb, built)
    assert taken.source_by_grade_id["double"] == DOUBLE
    assert len(taken.notebook["cells"]) == len(built["cells"])


def test_an_answer_without_its_cell_is_the_stub_and_is_said(nb, built):
    delete("double")(nb)
    taken = rebuilt(nb, built)
    assert taken.notes == ["double: missing, not answered"]
    assert list(taken.source_by_grade_id) == ["clip", "mean"]
    assert text(cell(taken.notebook, "double")) == text(cell(built, "double"))


def test_both_halves_of_a_split_cell_run_in_their_order(nb, built):
    again("clip", "LIMIT = 3", at="clip")(nb)
    again("clip", "LIMIT = 4")(nb)
    taken = rebuilt(nb, built)
    found = sources(taken)
    assert found.index("LIMIT = 3") < found.index(CLIP) < found.index("LIMIT = 4")
    assert taken.source_by_grade_id["clip"] == CLIP


def test_the_newest_of_several_versions_is_the_only_one_that_runs(nb, built):
    again("double", "def double(x):\n    return 1", at="double")(nb)
    again("double", "def double(x):\n    return 2")(nb)
    taken = rebuilt(nb, built)
    assert [s for s in sources(taken) if "def double" in s] == ["def double(x):\n    return 2"]


def test_a_removed_ordinary_cell_comes_back_before_what_replaced_it(nb, built):
    place = next(i for i, c in enumerate(nb["cells"]) if "import math" in text(c))
    nb["cells"][place] = code("import math as m", id="mine")
    taken = rebuilt(nb, built)
    found = sources(taken)
    assert [i for i, s in enumerate(found) if "import math" in s] == [place, place + 1]
    assert found[place + 1] == "import math as m"
    assert taken.notes == ["“import math”: missing, put back"]


MEAN = "def mean(x):\n    return total(x) / len(x)"
ALL = "\n\n".join([DOUBLE, CLIP, MEAN])
GONE = both(delete("clip"), delete("mean"))


def own(text, at=None):
    """A cell of the student's own, at the end or before the cell called at."""
    new = code(text, id="mine", outputs=[], execution_count=None)
    return lambda nb: nb["cells"].insert(index(nb, at) if at else len(nb["cells"]), new)


def stubs(*names):
    """Exercises as they were given, but for a blank line and a comment."""

    def change(nb):
        for name in names:
            stub = f"def {name}(x):\n    raise NotImplementedError"
            cell(nb, name)["source"] = STUBS.get(name, stub)

    return change


@pytest.fixture(autouse=True, scope="module")
def _stubs(built):
    STUBS.update({n: f"# mine\n\n{text(cell(built, n))}" for n in ("double", "clip", "mean")})


STUBS = {}
# what is done to a notebook: {exercise: the cell of the graded names, or "own", that has it}, note
MERGED = {
    "into the first cell": (
        both(source("double", ALL), GONE),
        {"clip": "double", "mean": "double"},
        "clip and 1 more: written in the cell of double, taken from there",
    ),
    "into the last cell, the others as they were given": (
        both(source("mean", ALL), stubs("double", "clip")),
        {"double": "mean", "clip": "mean"},
        "double and 1 more: written in the cell of mean, taken from there",
    ),
    "into a new cell": (
        both(stubs("double", "clip", "mean"), own(ALL)),
        {"double": "own", "clip": "own", "mean": "own"},
        "double and 2 more: written in a cell of the student's own, taken from there",
    ),
    "as a lambda": (
        both(stubs("double"), own("double = lambda x: 2 * x", at="double")),
        {"double": "own"},
        "double: written in a cell of the student's own, taken from there",
    ),
    "with a test's cell": (
        both(stubs("clip"), source("test_clip", f"{CLIP}\nassert clip(2, 0, 1) == 1")),
        {"clip": "clip"},
        "clip: written in the cell of test_clip, taken from there",
    ),
    "all with a test's cell": (
        both(GONE, source("test_clip", ALL)),
        {"clip": "clip", "mean": "clip"},
        "clip and 1 more: written in the cell of test_clip, taken from there",
    ),
}


@pytest.mark.parametrize("name", MERGED)
def test_a_function_that_is_written_in_another_cell_has_no_stub_that_undoes_it(nb, built, name):
    change, where, note = MERGED[name]
    change(nb)
    taken = rebuilt(nb, built)
    assert note in taken.notes
    assert not [n for n in taken.notes if "not answered" in n]
    by_id = {c["id"]: c for c in taken.notebook["cells"]}
    for exercise, place in where.items():
        found = cell(taken.notebook, exercise)
        if exercise == place:
            assert text(found) == text(cell(nb, "test_clip"))
            continue
        assert text(found) == f"# {exercise} is written in another cell."
        there = by_id[taken.elsewhere[exercise]]
        assert f"def {exercise}(" in text(there) or f"{exercise} = " in text(there)
        assert there["metadata"].get("nbgrader", {}).get("grade_id", "own") == place
    assert without_sources(taken.notebook, TESTS) == without_sources(built, TESTS)


@pytest.mark.parametrize(
    "text",
    [
        "clip = 3",  # a variable
        "clip == (lambda x: x)",
        "    def clip(x): pass",  # of something else
        'def clip(x):\n    raise NotImplementedError("Replace the `raise` line in clip with your '
        'code.")',  # the stub again
        "def clipped(x, low, high):\n    return x",
    ],
)
def test_what_is_no_answer_takes_no_stubs_place(nb, built, text):
    both(stubs("clip"), own(text))(nb)
    taken = rebuilt(nb, built)
    assert (taken.elsewhere, taken.notes) == ({}, [])
    assert cell(taken.notebook, "clip")["source"] == STUBS["clip"]


def test_a_second_definition_of_an_answer_is_mentioned_and_both_run(nb, built):
    own("def clip(x, low, high):\n    return 7", at="test_clip")(nb)
    taken = rebuilt(nb, built)
    want = ["clip: defined in another cell, too: the last that runs before its test counts"]
    assert (taken.elsewhere, taken.notes) == ({}, want)
    assert text(cell(taken.notebook, "clip")) == CLIP


def test_a_helper_of_a_removed_test_still_comes_before_it(nb, built):
    nb["cells"][index(nb, "test_double")] = code("HELPER = 1")
    taken = rebuilt(nb, built)
    assert sources(taken).index("HELPER = 1") == index(taken.notebook, "test_double") - 1


def test_too_many_cells_are_cut_and_the_answers_kept(nb, built):
    nb["cells"][1:1] = [code("1", id=f"n{i}") for i in range(rebuild.MAX_CELLS + 5)]
    taken = rebuilt(nb, built)
    assert len(taken.notebook["cells"]) == len(built["cells"]) + rebuild.MAX_CELLS
    assert taken.source_by_grade_id["double"] == DOUBLE
    assert [n for n in taken.notes if n.startswith("2005 cells were added")]


ENCODINGS = {
    "utf-8-sig": (lambda text: text.encode("utf-8-sig"), "the file is utf-8-sig"),
    "utf-16": (lambda text: text.encode("utf-16"), "the file is utf-16"),
    "a broken byte": (
        lambda text: text.encode().replace(b"Three small", b"Thr\xffe small"),
        "the file is not text at byte",
    ),
    "raw line breaks": (
        lambda text: text.replace(json.dumps(DOUBLE)[1:-1], DOUBLE).encode(),
        "raw line breaks",
    ),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_file_in_another_coding_is_read(nb, built, name):
    write, note = ENCODINGS[name]
    taken = rebuild.rebuild(write(json.dumps(nb)), built)
    assert taken.problem is None
    assert note in taken.notes[0]
    assert taken.source_by_grade_id["double"] == DOUBLE


def test_half_a_surrogate_pair_can_be_written(nb, built):
    cell(nb, "double")["source"] = DOUBLE + "  # \ud83d"
    taken = rebuilt(nb, built)
    assert taken.source_by_grade_id["double"] == DOUBLE + "  # ?"
    json.dumps(taken.notebook, ensure_ascii=False).encode()


# --- what cannot be graded ---


def cut(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def link_folder(path):
    path.parent.rename(path.parent.with_name("elsewhere"))
    path.parent.symlink_to("elsewhere")


def link_student(path):
    student = path.parent.parent
    student.rename(student.with_name("elsewhere"))
    student.symlink_to("elsewhere")


def link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def folder(path):
    path.unlink()
    path.mkdir()


def content(data):
    return lambda path: path.write_bytes(data)


def edit(change):
    def spoil(path):
        nb = json.loads(path.read_text())
        change(nb)
        path.write_text(json.dumps(nb))

    return spoil


def foreign(nb):
    for found in nb["cells"]:
        if "nbgrader" in found["metadata"]:
            found["metadata"]["nbgrader"]["grade_id"] += "_other"


def strange(nb):
    nb["cells"] = [code("print(1)")]


PROBLEMS = {
    "another name": (
        lambda path: path.rename(path.with_name("Copy of 00_mini (1).ipynb")),
        f"is called Copy of 00_mini (1).ipynb: rename it to {NOTEBOOK}",
    ),
    "no notebook": (lambda path: path.unlink(), f"there is no {NOTEBOOK}: put the notebook there"),
    "a link": (link, "is a link: put the file itself there"),
    "a folder that is a link": (link_folder, "is a link: put the file itself there"),
    "a student that is a link": (link_student, "is a link: put the file itself there"),
    "a named pipe": (pipe, "is not a file: put the notebook itself there"),
    "a folder": (folder, "is not a file: put the notebook itself there"),
    "empty": (content(b""), "is empty: ask for the file again"),
    "blank": (content(b" \n"), "is empty: ask for the file again"),
    "not JSON": (content(b"# a notebook"), "is not JSON (line 1)"),
    "cut off": (cut, "perhaps cut off: ask for it again"),
    "an archive": (content(b"PK\x03\x04\xff\xfe"), "is an archive: ask for the notebook itself"),
    "not text": (content(b"\x89PNG\xff\xfe"), "is not a text file: ask for the notebook"),
    "nested too deeply": (content(b"[" * 100_000), "nested too deeply"),
    "a huge number": (content(b"1" * 5000), "is not JSON of a notebook (a huge number)"),
    "a list": (content(b"[1, 2]"), "is not a notebook (no list of cells)"),
    "cells that are a number": (content(b'{"cells": 3}'), "is not a notebook (no list of cells)"),
    "no cells": (content(b'{"cells": []}'), "holds no exercise of this assignment"),
    "an old format": (
        content(b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}'),
        "is as Jupyter wrote notebooks before 2015: open it there and save it",
    ),
    "a web page": (content(b"\n<!DOCTYPE html>\n<html></html>"), "is a web page: ask for the note"),
    "a PDF file": (content(b"%PDF-1.7\n"), "is a PDF file: ask for the notebook itself"),
    "two versions": (
        content(b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> main\n]}'),
        "has two versions from a git merge in it: ask for one of them",
    ),
    "another assignment": (edit(foreign), "is it another one's notebook?"),
    "another notebook": (edit(strange), "is it another one's notebook?"),
    "too big": (
        lambda path: os.truncate(path, rebuild.MAX_BYTES + 1),
        "has more than 64 MB: ask for it without its outputs",
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_one_line_with_the_remedy_and_gives_the_release(tmp_path, nb, built, name):
    spoil, message = PROBLEMS[name]
    path = tmp_path / "submitted" / "student" / ASSIGNMENT / NOTEBOOK
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(nb))
    spoil(path)
    before = state(tmp_path)
    taken = rebuild.take(path.parent, ASSIGNMENT, built)
    assert taken.problem is not None
    assert message in taken.problem
    assert "\n" not in taken.problem
    assert taken.notebook == built
    assert taken.notebook is not built
    assert taken.source_by_grade_id == {}
    assert state(tmp_path) == before


def state(folder):
    return sorted((str(p), os.lstat(p).st_size, os.lstat(p).st_mtime_ns) for p in folder.rglob("*"))


def test_a_folder_gives_what_its_notebook_gives(tmp_path, nb, built):
    path = tmp_path / ASSIGNMENT / NOTEBOOK
    path.parent.mkdir()
    source("test_double", "assert True")(nb)
    path.write_text(json.dumps(nb))
    assert rebuild.take(path.parent, ASSIGNMENT, built) == rebuilt(nb, built)


# --- through nbgrader ---


@pytest.mark.tied(*SMALL)
def test_nbgrader_grades_what_was_put_right_and_the_submission_stays(project, capsys):
    from autograder.cli import main
    from autograder.proving import sample
    from autograder.recording import gradebook

    assert main(["-C", str(project.root), "release"]) == 0
    sample.write(project, ASSIGNMENT, project.course)
    submitted = project.course / "submitted"
    for student in submitted.iterdir():
        if student.name != "reference":
            shutil.rmtree(student)
    path = submitted / "reference" / ASSIGNMENT / NOTEBOOK
    nb = json.loads(path.read_text())
    both(
        again("double", "def double(x):\n    return 0", at="double"),
        again("test_double", "assert True"),
        strip("clip"),
        delete("test_clip"),
        flags("test_mean", points=500, schema_version=1),
    )(nb)
    path.write_text(json.dumps(nb))
    (path.parent / "linked.txt").symlink_to("/etc/passwd")
    before = path.read_bytes()
    capsys.readouterr()

    assert main(["-C", str(project.root), "grade", ASSIGNMENT, "--jobs", "1"]) == 0

    said = capsys.readouterr().out
    note = "put right  there 2 times, the last that defines it is graded: reference (double)"
    assert note in said
    assert "put right  missing, put back: reference (test_clip)" in said
    built = release.build(project, ASSIGNMENT)
    assert gradebook.scores(project, built) == {"reference": {"double": 30, "clip": 30, "mean": 40}}
    assert path.read_bytes() == before
    assert not (project.course / "stage").exists()
    assert not (project.course / "autograded" / "reference" / ASSIGNMENT / "linked.txt").exists()

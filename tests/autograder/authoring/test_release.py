"""A release is made from its source alone: the same bytes every time, and no secret in them."""

import json
import shutil

import nbformat
import pytest
from mini_course import ASSIGNMENT, ROOT, SMALL, run
from nbgrader.nbgraderformat import MetadataValidator

from autograder.authoring import book, release
from autograder.authoring.source import read_source
from autograder.cli import main
from autograder.project import Project, UserError

NOTEBOOK = f"{ASSIGNMENT}.ipynb"


@pytest.fixture
def released(project):
    """The small project with its release written."""
    release.write(project, ASSIGNMENT)
    return project


def load(project):
    return nbformat.read(project.release(ASSIGNMENT) / NOTEBOOK, as_version=4)


def test_the_same_source_gives_the_same_bytes(released):
    path = released.release(ASSIGNMENT) / NOTEBOOK
    first = path.read_bytes()
    path.unlink()
    assert release.write(released, ASSIGNMENT) == [path]
    assert path.read_bytes() == first
    assert release.write(released, ASSIGNMENT) == []


@pytest.mark.tied(*SMALL)
def test_nbgrader_generates_the_same_bytes(released):
    path = released.release(ASSIGNMENT) / NOTEBOOK
    first = path.read_bytes()
    path.unlink()
    done = run("nbgrader", "generate_assignment", ASSIGNMENT, "--force", cwd=released.root)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == first


def test_solutions_and_hidden_tests_are_not_released(released):
    text = (released.release(ASSIGNMENT) / NOTEBOOK).read_text()
    for secret in ("secret", "SOLUTION", "HIDDEN", "min(max(", "total(x)", "withhold", "-14"):
        assert secret not in text
    assert "assert double(2) == 4" in text


def test_the_released_notebook_is_valid_and_has_no_outputs(released):
    nb = load(released)
    nbformat.validate(nb)
    MetadataValidator().validate_nb(nb)
    assert nb.metadata.kernelspec.name == "python3"
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}


def test_metadata_is_nbgraders_schema_and_cell_ids_are_names(released):
    cells = {cell.id: cell for cell in load(released).cells}
    assert list(cells) == [
        "three-small-functions",
        "three-small-functions-1",
        "double-x",
        "double",
        "test_double",
        "test_double-1",
        "clip-x",
        "clip",
        "test_clip",
        "test_clip_low",
        "mean-x",
        "mean",
        "test_mean",
    ]
    solution, test = cells["clip"].metadata, cells["test_clip_low"].metadata
    shared = {"cell_type": "code", "schema_version": 3, "task": False}
    del solution.nbgrader["checksum"], test.nbgrader["checksum"]
    assert solution == {
        "deletable": False,
        "nbgrader": shared
        | {"grade": False, "grade_id": "clip", "locked": False, "solution": True},
    }
    assert test == {
        "deletable": False,
        "editable": False,
        "jupyter": {"source_hidden": True},
        "nbgrader": shared
        | {
            "grade": True,
            "grade_id": "test_clip_low",
            "locked": True,
            "points": 10,
            "solution": False,
        },
        "tags": ["raises-exception"],
    }


def test_the_repository_of_the_site_is_filled_in(released):
    assert "[the repository](https://example.org/mini)" in load(released).cells[0].source


CHECKED = """\
# %% [markdown]
# Read {{ read sec-double }} first.

# %%
from cs_lib.testing import check_equal, passed, progress

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 60}
check_equal(double(1), 2, "double: one")
### BEGIN HIDDEN TESTS
check_equal(double(3), 6, "double: three")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_double_other_signs", "grade": true, "points": 40}
check_equal(double(-1), -2, "double: minus one")
"""


def checked(project, text=CHECKED):
    (project.solution(ASSIGNMENT) / "notebook.py").write_text(text)
    source = read_source(project.solution(ASSIGNMENT) / "notebook.py")
    page = book.Section("A page", "Twice", "book/page", "sec-double")
    return release.notebook(
        source, repository="https://example.org/owner/course", book={"sec-double": page}
    ).cells


def test_cells_of_checks_are_folded_and_say_that_they_passed(project):
    cells = checked(project)
    first, second = (c for c in cells if c.id.startswith("test_"))
    assert first.metadata.jupyter == second.metadata.jupyter == {"source_hidden": True}
    assert first.source.split("\n")[:3] == [
        'check_equal(double(1), 2, "double: one")',
        'passed("double")',
        "### BEGIN HIDDEN TESTS",
    ]
    assert second.source.endswith('passed("double: other signs")')
    assert cells[-1].source == 'progress({\n    "double": 60,\n    "double: other signs": 40,\n})'


def test_a_cell_with_the_tag_is_folded_too(project):
    cells = checked(project, CHECKED + '\n# %% tags=["folded"]\nhelper = 1\n')
    (helper,) = (cell for cell in cells if cell.source == "helper = 1")
    assert helper.metadata.jupyter == {"source_hidden": True}


def test_who_does_not_import_passed_and_progress_has_none(project):
    cells = checked(project, CHECKED.replace(", passed, progress", ""))
    assert all("passed(" not in cell.source and "progress(" not in cell.source for cell in cells)


def test_a_text_links_to_a_section_of_the_book(project):
    assert checked(project)[0].source == (
        "Read [A page › Twice](https://owner.github.io/course/book/page.html#sec-double) first."
    )
    with pytest.raises(UserError, match="read sec-triple }}: the book has no section"):
        checked(project, CHECKED.replace("sec-double", "sec-triple"))
    with pytest.raises(UserError, match=r"no section with this label \(sec-double\?\)"):
        checked(project, CHECKED.replace("sec-double", "sec-doubel"))


def test_an_unwritten_exercise_fails_with_its_name_and_what_to_do(released):
    source = next(cell.source for cell in load(released).cells if cell.id == "double")
    space = {}
    exec(source, space)
    with pytest.raises(NotImplementedError, match="Replace the `raise` line in double with"):
        space["double"](2)
    assert source.startswith('def double(x):\n    """x: a number -> twice the number."""\n    #')


def test_run_all_goes_on_past_unwritten_exercises(released):
    from nbclient import NotebookClient

    nb = load(released)
    NotebookClient(
        nb,
        resources={"metadata": {"path": str(released.root)}},  # where its cs_lib lies
        allow_errors=False,
        shutdown_kernel="immediate",
    ).execute()
    errors = {
        cell.id: output.evalue
        for cell in nb.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    }
    assert list(errors) == [
        "test_double",
        "test_double-1",
        "test_clip",
        "test_clip_low",
        "test_mean",
    ]
    assert "Replace the `raise` line in mean" in errors["test_mean"]


def edit_source(project):
    path = project.solution(ASSIGNMENT) / "notebook.py"
    path.write_text(path.read_text().replace("## Double", "## Twice"))


def edit_release(project):
    path = project.release(ASSIGNMENT) / NOTEBOOK
    path.write_text(path.read_text().replace("## Clip", "## Cut"))


def remove_release(project):
    shutil.rmtree(project.root / "assignments")


def stray_file(project):
    (project.release(ASSIGNMENT) / "old.txt").write_text("left over")


def stray_folder(project):
    (project.root / "assignments" / "99_gone").mkdir()


@pytest.mark.parametrize(
    ("change", "message", "remedy"),
    [
        (edit_source, f"assignments/{ASSIGNMENT}/{NOTEBOOK} differs", "run: autograder release"),
        (edit_release, f"assignments/{ASSIGNMENT}/{NOTEBOOK} differs", "run: autograder release"),
        (remove_release, f"{NOTEBOOK} is missing", "run: autograder release"),
        (stray_file, f"assignments/{ASSIGNMENT}/old.txt is not made by its source", "remove it"),
        (stray_folder, "assignments/99_gone has no source in solutions/", "remove it"),
    ],
)
def test_check_finds_drift_and_changes_nothing(released, capsys, change, message, remedy):
    assert main(["-C", str(released.root), "release", "--check"]) == 0
    change(released)
    before = {p: p.read_bytes() for p in released.root.rglob("*") if p.is_file()}
    assert main(["-C", str(released.root), "release", "--check"]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert remedy in said
    assert len(said.split("\n")) < 18
    after = {p: p.read_bytes() for p in released.root.rglob("*") if p.is_file()}
    assert after == before


def test_the_diff_shows_the_changed_line(released):
    edit_source(released)
    message = "\n".join(release.check(released, ASSIGNMENT))
    assert '+    "## Twice"' in message
    assert '-    "## Double"' in message


def test_a_stray_file_is_reported_and_kept_when_releasing(released):
    stray_file(released)
    with pytest.raises(UserError, match=r"old\.txt is not made by its source"):
        release.write(released, ASSIGNMENT)
    assert (released.release(ASSIGNMENT) / "old.txt").read_text() == "left over"


def test_a_source_with_a_fault_leaves_the_old_release(released):
    path = released.release(ASSIGNMENT) / NOTEBOOK
    before = path.read_bytes()
    source = released.solution(ASSIGNMENT) / "notebook.py"
    source.write_text(source.read_text().replace('"points": 30', '"points": 3'))
    with pytest.raises(UserError, match="add up to 73"):
        release.write(released, ASSIGNMENT)
    assert path.read_bytes() == before


@pytest.mark.parametrize("config", [None, "title: no repository\n", "repository: [\n"])
def test_a_config_without_the_repository_is_named(project, config):
    path = project.root / "_config.yml"
    path.unlink() if config is None else path.write_text(config)
    with pytest.raises(UserError, match=r"_config\.yml: no repository\.url"):
        release.build(project, ASSIGNMENT)


def test_the_releases_of_this_course_are_up_to_date():
    project = Project(ROOT)
    names = project.assignments
    assert names, "no assignment in solutions/"
    problems = [message for name in names for message in release.check(project, name)]
    assert problems + release.check_folders(project) == []


@pytest.mark.parametrize("name", Project(ROOT).assignments)
def test_no_line_of_a_solution_or_hidden_test_of_this_course_is_released(name):
    project = Project(ROOT)
    secret, public, inside = set(), set(), False
    for line in (project.solution(name) / "notebook.py").read_text().split("\n"):
        if "### BEGIN" in line or "### END" in line:
            inside = "### BEGIN" in line
        else:
            (secret if inside else public).add(line.strip())
    assert len(secret) > 20
    notebook = json.loads(release.build(project, name).release[f"{name}.ipynb"])
    shown = {line.strip() for cell in notebook["cells"] for line in cell["source"]}
    assert (secret - public) & shown == set()

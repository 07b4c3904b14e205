"""A build that is kept is the one that would be made now, and is made anew when that is another."""

import shutil

import pytest
from mini_course import ASSIGNMENT

from autograder.authoring import kept, release
from autograder.project import UserError


@pytest.fixture
def project(project):
    release.write(project, ASSIGNMENT)
    return project


@pytest.fixture
def made(monkeypatch):
    """The assignments that were built, one entry each time."""
    found, build = [], release.build

    def counted(project, assignment):
        found.append(assignment)
        return build(project, assignment)

    monkeypatch.setattr(release, "build", counted)
    return found


def test_what_is_kept_is_what_would_be_made(project, made):
    first, second = kept.build(project, ASSIGNMENT), kept.build(project, ASSIGNMENT)
    assert made == [ASSIGNMENT]
    assert second == first == release.build(project, ASSIGNMENT)
    assert second.hints


def edited(path, old, new):
    def edit(project):
        file = project.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return edit


def added(path, text):
    def add(project):
        file = project.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((file.read_text() if file.is_file() else "") + text)

    return add


CHANGES = {
    "the notebook": edited(f"solutions/{ASSIGNMENT}/notebook.py", "Three small", "Four small"),
    "a mistake": added(f"solutions/{ASSIGNMENT}/mistakes/note.txt", "x"),
    "a page": added("book/page.md", "(label)=\n# A page\n"),
    "the library": added("cs_lib/testing.py", "\n"),
    "the settings": added("nbgrader_config.py", "\n"),
    "what is taught": added("_build/course/course.toml", f"[{ASSIGNMENT}]\n"),
    "the address": edited("_config.yml", "url:", "url: https://example.org/  # "),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_made_anew_when_something_that_goes_in_has_changed(project, made, change):
    kept.build(project, ASSIGNMENT)
    change(project)
    kept.build(project, ASSIGNMENT)
    assert made == [ASSIGNMENT] * 2


@pytest.mark.parametrize("spoil", ["cut off", "edited"])
def test_a_damaged_file_is_made_anew(project, made, spoil):
    first = kept.build(project, ASSIGNMENT)
    [path] = (project.course / "built").iterdir()
    text = path.read_text()
    path.write_text(text[:-100] if spoil == "cut off" else text.replace("double", "triple"))
    assert kept.build(project, ASSIGNMENT) == first == kept.build(project, ASSIGNMENT)
    assert made == [ASSIGNMENT] * 2


def test_nothing_is_kept_whose_hints_are_out_of_date(project, made):
    shutil.rmtree(project.course, ignore_errors=True)
    added("cs_lib/testing.py", "X = 1\n")(project)
    assert kept.build(project, ASSIGNMENT).stale
    assert not (project.course / "built").exists()


def test_an_assignment_that_is_not_taught_is_refused_though_it_is_kept(project):
    kept.build(project, ASSIGNMENT)
    added("_build/course/course.toml", "[01_other]\n")(project)
    with pytest.raises(UserError):
        kept.build(project, ASSIGNMENT)

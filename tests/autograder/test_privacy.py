"""Where students' work lies: for its owner alone, not in the checkout, and never cleaned away."""

import importlib.util
import json
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.project import UserError

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("clean", ROOT / "tools" / "clean.py")
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("", "DL4CV_COURSE='' is empty: export DL4CV_COURSE="),
        (" ", "is empty"),
        ("~/teaching", "has a ~ that the shell has left as it is"),
        ("{root}", "lies in the checkout, where a commit can publish"),
        ("{root}/class", "lies in the checkout"),
        ("{root}/_build", "lies in the checkout"),
        ("{root}/elsewhere/../class", "lies in the checkout"),
        ("class", "lies in the checkout"),
    ],
)
def test_a_folder_that_cannot_be_meant_is_refused(project, monkeypatch, capsys, named, said):
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("DL4CV_COURSE", named.format(root=project.root))
    before = sorted(project.root.rglob("*"))
    with pytest.raises(UserError, match="unset it for the sample class"):
        _ = project.course
    assert main(["-C", str(project.root), "roster"]) == 1
    assert said in capsys.readouterr().err
    assert sorted(project.root.rglob("*")) == before


@pytest.mark.parametrize("named", [None, "{root}/_build/other", "{root}/../class"])
def test_other_folders_are_taken(project, monkeypatch, named):
    if named:
        monkeypatch.setenv("DL4CV_COURSE", named.format(root=project.root))
    assert project.course.name in ("course", "other", "class")


def test_the_folder_is_made_for_its_owner_alone(project, monkeypatch, capsys, tmp_path):
    folder = tmp_path / "teaching" / "class"
    monkeypatch.setenv("DL4CV_COURSE", str(folder))
    main(["-C", str(project.root), "roster"])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "is open to others" not in capsys.readouterr().err
    folder.chmod(0o755)
    main(["-C", str(project.root), "roster"])
    said = capsys.readouterr().err
    assert f"{folder} is open to others on this computer (mode 755): chmod 700 {folder}" in said


def test_a_folder_that_cannot_be_made_is_one_line(project, monkeypatch, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DL4CV_COURSE", str(tmp_path / "file" / "class"))
    assert main(["-C", str(project.root), "roster"]) == 1
    assert "cannot be made (File exists): let DL4CV_COURSE name" in capsys.readouterr().err


def a_build(root, *, students=(), files=(), sample=True):
    course = root / "_build" / "course"
    for name in (*(["reference"] if sample else []), *students):
        (course / "submitted" / name).mkdir(parents=True)
    course.mkdir(parents=True, exist_ok=True)
    if sample:
        (course / "sample").mkdir()
        (course / "sample" / "00_mini.json").write_text(json.dumps({"reference": {}}))
    for name in files:
        (course / name).write_text("")
    (root / "_build" / "html").mkdir()
    return course


def test_the_sample_class_is_cleaned_away(tmp_path):
    a_build(tmp_path, files=["gradebook.db"])
    assert not tool.clean(tmp_path)
    assert not (tmp_path / "_build").exists()
    assert not tool.clean(tmp_path)


@pytest.mark.parametrize(
    "real",
    [
        {"students": ["Anna_Ek"], "files": ["gradebook.db"]},  # beside the sample class
        {"students": ["Anna_Ek"], "sample": False},
        {"files": ["gradebook.db"], "sample": False},
        {"files": ["class.json"], "sample": False},
    ],
)
def test_a_real_class_is_never_cleaned_away(tmp_path, real):
    course = a_build(tmp_path, **real)
    before = sorted(course.rglob("*"))
    assert tool.clean(tmp_path)
    assert sorted(course.rglob("*")) == before
    assert not (tmp_path / "_build" / "html").exists()


def test_make_clean_removes_nothing_by_itself():
    recipe = (ROOT / "Makefile").read_text().partition("\nclean:")[2]
    assert "tools/clean.py" in recipe
    assert "rm " not in recipe

"""README.md and book/start.md: plain Markdown whose commands, links and example are right."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import course_site
import numpy as np
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from autograder import cli
from cs_lib.testing import CheckFailed, check_call

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "book/start.md"]
START = (ROOT / "book/start.md").read_text("utf-8")


@pytest.fixture(params=PAGES)
def page(request):
    return request.param


def text(page):
    return (ROOT / page).read_text("utf-8")


def test_nothing_shows_that_only_the_site_understands(page):
    marks = r"^---$|^:::|^```+\{|\{[\w:-]+\}`|^\([\w-]+\)=|REPOSITORY_"
    assert not re.findall(marks, text(page), re.MULTILINE)


def test_the_marks_that_do_not_show_are_labels():
    labels = re.findall(r"<!--(.*?)-->", START)
    assert labels == [" (start)= ", " (start-check)= "]
    source = [START]
    course_site.show_labels(None, "book/start", source)
    assert re.findall(r"^\((.*)\)=\n#+ ", source[0], re.MULTILINE) == ["start", "start-check"]


def test_addresses_are_those_of_the_repository_and_its_site(page, config):
    """After a change of _config.yml, change them here as well."""
    repository, branch = config["repository"]["url"], config["repository"]["branch"]
    owner, name = repository.split("/")[-2:]
    right = (
        f"{repository}/archive/{branch}.zip",
        f"{repository}/raw/{branch}/assignments/",
        f"https://colab.research.google.com/github/{owner}/{name}/blob/{branch}/assignments/",
        f"https://{owner}.github.io/{name}/",
    )
    own = [url for url in re.findall(r"https://[^\s)\"]+", text(page)) if name in url]
    assert own
    assert [url for url in own if not url.startswith(right) and url != repository] == []


def test_links_to_files_lead_somewhere(page):
    html = BeautifulSoup(MarkdownIt().enable("table").render(text(page)), "html.parser")
    links = [a["href"] for a in html.find_all("a")]
    assert any(link.startswith("https://") for link in links)
    local = [link for link in links if not link.startswith("https://")]
    assert local
    assert [link for link in local if not ((ROOT / page).parent / link).exists()] == []


def test_links_to_the_site_and_to_colab_lead_somewhere(page):
    for name in re.findall(r"\.io/course/(book/[\w/]+)\.html", text(page)):
        assert (ROOT / f"{name}.md").is_file(), name
    for name in re.findall(r"/blob/main/([\w/.]+)", text(page)):
        assert (ROOT / name).is_file(), name


def test_the_example_is_what_the_check_says(page, monkeypatch):
    monkeypatch.setenv("DL4CV_HINTS", str(ROOT / "assignments/01_knn/hints.json"))
    names = {"np": np}
    exec(re.search(r"```python\n(.*?)```", START, re.DOTALL)[1], names)
    with pytest.raises(CheckFailed) as failed:
        check_call(
            names["pairwise_l2"],
            np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]]),
            np.array([[3.0, 4.0], [0.0, 0.0], [3.0, 12.0], [8.0, 15.0]]),
            want=np.array([[5, 0, 153**0.5, 17], [4, 3, 12, 250**0.5], [3, 4, 73**0.5, 185**0.5]]),
            label="three rows against four",
        )
    assert "This is what you get when" in str(failed.value)
    assert f"\n{failed.value}\n```" in text(page)


def test_the_files_that_are_fetched_are_those_of_the_assignment():
    (names,) = re.findall(r"/assignments/00_arrays/\{(.*)\}", START)
    files = {path.name for path in (ROOT / "assignments/00_arrays").iterdir() if path.is_file()}
    assert set(names.split(",")) == files


def test_the_commands_for_grading_are_there():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert set(re.findall(r"\./course\[(.*)\]", START)) <= {*extras}
    (arguments,) = re.findall(r"autograder (-C course grade .*)", START)
    assert "`--sandbox none`" in START
    options = cli._parser().parse_args([*arguments.split(), "--sandbox", "none"])
    assert (options.C, options.assignment, options.sandbox) == ("course", "00_arrays", "none")


def test_the_first_exercise_is_worked_as_the_workflow_does():
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "first_exercise.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "✓ warm-up" in done.stdout


def test_a_notebook_that_says_something_else_fails(tmp_path):
    notebook = (ROOT / "assignments/00_arrays/00_arrays.ipynb").read_text("utf-8")
    changed = tmp_path / "00_arrays.ipynb"
    changed.write_text(notebook.replace('passed(\\"warm-up\\")', "pass"), "utf-8")
    assert changed.read_text("utf-8") != notebook
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "first_exercise.py", changed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "'✓ warm-up' is missing" in done.stderr

"""What pip is told of where packages are, uv is told too; and every package is pinned once."""

import importlib.metadata
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("install", ROOT / "tools" / "install.py")
install = importlib.util.module_from_spec(spec)
spec.loader.exec_module(install)

LISTED = """\
:env:.extra-index-url='https://torch.example/cpu'
:env:.quiet='1'
global.cert='/etc/one.pem'
global.extra-index-url='file:///a file:///b'
global.find-links='/wheels'
user.cert='/etc/two.pem'
user.index-url='https://mirror.example/simple'
user.trusted-host='mirror.example\\nother.example'
"""


def test_settings_are_read_and_the_environment_has_the_last_word():
    found = install.settings(LISTED)
    assert found["cert"] == "/etc/two.pem"
    assert found["extra-index-url"] == "https://torch.example/cpu"
    assert found["find-links"] == "/wheels"
    assert install.settings("") == {}


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ({}, []),
        ({"quiet": "1", "no-index": "false"}, []),
        ({"no-index": "true"}, ["--no-index"]),
        ({"index-url": "https://m/s"}, ["--default-index", "https://m/s"]),
        (
            {"extra-index-url": "file:///a file:///b"},
            ["--index", "file:///a", "--index", "file:///b"],
        ),
        ({"find-links": "/wheels"}, ["--find-links", "/wheels"]),
        (
            {"trusted-host": "m\\no"},
            ["--allow-insecure-host", "m", "--allow-insecure-host", "o"],
        ),
    ],
)
def test_each_setting_has_its_option(found, wanted):
    assert install.options(found) == ["--index-strategy", "unsafe-best-match", *wanted]


def pinned(name):
    """The packages that a file pins, as pip compares names."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    return [normal(line.split("==")[0]) for line in lines]


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_a_package_is_pinned_in_one_place():
    files = ("requirements.txt", "constraints.txt", "requirements-oracles.txt")
    names = [name for file in files for name in pinned(file)]
    assert len(names) > 100
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_what_a_student_installs_is_pinned_among_the_direct_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["grading"]
    names = {normal(re.match(r"[\w.-]+", requirement)[0]) for requirement in wanted}
    assert sorted(names - {*pinned("requirements.txt")}) == []


@pytest.mark.parametrize("name", pinned("requirements-oracles.txt"))
def test_an_oracle_is_installed_and_fits_what_is_pinned(name):
    """It is installed without its dependencies, so these are looked up here."""
    for line in importlib.metadata.requires(name):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            there = importlib.metadata.version(requirement.name)
            assert requirement.specifier.contains(Version(there).public), line

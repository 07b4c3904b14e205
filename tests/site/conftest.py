"""Tests of the site: its extension and its audit by themselves, then what `make site` has built."""

import os
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]

import audit  # noqa: E402  (it lies in tools/)


def pytest_runtest_setup(item):
    """A test marked `browser` needs Chromium: without one it is skipped, but in CI it fails."""
    if item.get_closest_marker("browser") and audit.find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium found, and CI may not skip: install the package chromium")
        pytest.skip("no Chromium found: install it or set CHROMIUM to its path")


@pytest.fixture(scope="session")
def config():
    """The settings of the site: _config.yml."""
    return yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    path = ROOT / "_build" / "html"
    if not (path / "sitemap.xml").is_file():
        pytest.fail("build the site first: make site")
    return path

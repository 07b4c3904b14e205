"""What pip is told of where packages are, uv is told too."""

import importlib.util
from pathlib import Path

import pytest

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

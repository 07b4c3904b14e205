"""A project that tests of a catalogue may write to."""

import pytest
from tiny_project import make_tiny


@pytest.fixture
def tiny(tmp_path):
    """A project with one assignment of two exercises."""
    return make_tiny(tmp_path / "project")

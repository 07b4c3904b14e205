"""Wrong answers are read from plain Python: each replaces the cell of its exercise."""

import pytest

from autograder.authoring import catalogue
from autograder.cli import main
from autograder.project import UserError

HEAD = """\
import math

from autograder.authoring.catalogue import alternative, mistake

FACTOR = 2


"""


def load(tmp_path, text, head=HEAD):
    path = tmp_path / "mistakes.py"
    path.write_text(head + text)
    return catalogue.read(path, "mistakes.py")


def test_an_entry_has_its_name_hint_and_section(tmp_path):
    [entry] = load(
        tmp_path,
        '@mistake("double", hint="Twice three is "\n    "six.", read="sec-double")\n'
        'def squared(x):\n    """The square.\n\n    More.\n    """\n    return x**2\n',
    )
    assert (entry.kind, entry.exercise, entry.name) == ("mistake", "double", "squared")
    assert (entry.title, entry.hint) == ("The square.", "Twice three is six.")
    assert (entry.read, entry.line) == ("sec-double", 10)
    assert entry.code == "def double(x):\n    return x**2"


@pytest.mark.parametrize(
    ("title", "when"),
    [
        ("The root is missing.", "the root is missing"),
        ("A root is missing.", "a root is missing"),
        ("Sub-sampling takes the mean.", "sub-sampling takes the mean"),
        ("None stands in place of the loss.", "None stands in place of the loss"),
        ("True is returned.", "True is returned"),
        ("False, whatever x is.", "False, whatever x is"),
        ("Nonetheless, it is shifted.", "nonetheless, it is shifted"),
        ("Armijo's step is returned.", "Armijo's step is returned"),
        ("W is not transposed.", "W is not transposed"),
        ("Δ is left out.", "Δ is left out"),
        ("L2 has no root.", "L2 has no root"),
        ("ReLU is left out.", "ReLU is left out"),
        ("AdamW shrinks.", "AdamW shrinks"),
        ("x is squared.", "x is squared"),
        ("(n,) is returned.", "(n,) is returned"),
    ],
)
def test_a_title_goes_on_a_sentence_and_names_keep_their_capitals(title, when):
    assert catalogue.Entry("mistake", "double", "squared", "", title).when == when


def test_an_alternative_needs_no_hint(tmp_path):
    [entry] = load(
        tmp_path, '@alternative("double")\ndef add(x):\n    """A sum."""\n    return x + x'
    )
    assert (entry.kind, entry.title, entry.hint, entry.read) == ("alternative", "A sum.", "", "")


def test_an_entry_brings_along_what_it_uses_and_no_more(tmp_path):
    [entry] = load(
        tmp_path,
        '@mistake("area", hint="h", read="r")\ndef off(r=FACTOR):\n    """Off."""\n'
        "    return _pi() * r\n\n\n"
        "def _pi():\n    return _rounded(math.pi)\n\n\n"
        "def _rounded(x):\n    return round(x)\n\n\n"
        "def _unused():\n    return 0\n",
    )
    space = {}
    exec(entry.code, space)
    assert space["area"](10) == 30
    assert space["area"]() == 6
    assert "_unused" not in entry.code
    assert "catalogue" not in entry.code


@pytest.mark.parametrize(
    ("body", "call", "value"),
    [
        ("    return 1 if n < 2 else n * old(n - 1)", "new(5)", 120),  # calls itself
        (
            "    return 'ä' and n if n < 2 else 'ä' and old(n - 1) + 1",
            "new(5)",
            5,
        ),  # bytes, columns
        # an argument's name and a string are not the function's name
        ("    import types\n    return getattr(types.SimpleNamespace(old=n), 'old')", "new(5)", 5),
    ],
)
def test_the_entry_takes_the_exercises_name_wherever_it_names_itself(tmp_path, body, call, value):
    [entry] = load(
        tmp_path,
        f'@mistake("new", hint="h", read="r")\ndef old(n):\n    """Old."""\n{body}\n',
    )
    space = {}
    exec(entry.code, space)
    assert eval(call, space) == value


def test_a_class_can_be_an_entry(tmp_path):
    [entry] = load(
        tmp_path,
        '@mistake("Stack", hint="h", read="r")\nclass Queue(list):\n    """First in first out."""\n'
        "    def pop(self):\n        return super(Queue, self).pop(0) * FACTOR\n",
    )
    space = {}
    exec(entry.code, space)
    assert space["Stack"]([1, 2]).pop() == 2
    assert "Queue" not in entry.code


def test_no_file_is_no_entries(tmp_path):
    assert catalogue.load(tmp_path, ["double"]) == []


def test_a_folder_is_read_in_the_order_of_the_notebook(tmp_path):
    for name in ("area", "double", "new"):
        (tmp_path / f"{name}.py").write_text(GOOD.replace("double", name))
    entries = catalogue.load(tmp_path, ["new", "area", "other", "double"])
    assert [entry.exercise for entry in entries] == ["new", "area", "double"]


GOOD = '@mistake("double", hint="h", read="r")\ndef squared(x):\n    """S."""\n    return x**2\n'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("def f(:\n", 8, "not Python"),
        (GOOD.replace('"""S."""', "pass"), 9, "first line of its docstring must be its short name"),
        (GOOD.replace("    return x**2\n", ""), 9, "nothing in it but a docstring"),
        (GOOD.replace(', read="r"', ""), 9, "@mistake takes exercise, hint, read, got"),
        (GOOD.replace('read="r"', 'read=""'), 9, "read must be text"),
        (GOOD.replace('read="r"', "read=FACTOR"), 9, "must be plain strings"),
        (GOOD.replace("@mistake", "@error"), 9, "one decorator"),
        ("@alternative('double')\n" + GOOD, 10, "one decorator"),
        (GOOD + "\n\n" + GOOD, 15, "squared: line 9 has an answer of that name: give"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, text, line, message):
    with pytest.raises(UserError) as error:
        load(tmp_path, text)
    assert str(error.value).startswith(f"mistakes.py:{line}: ")
    assert message in str(error.value)


def test_an_entry_for_no_exercise_is_refused(project, capsys):
    path = project.mistakes("00_mini") / "double.py"
    path.rename(path.with_name("treble.py"))
    assert main(["-C", str(project.root), "sample", "00_mini"]) == 1
    assert (
        "mistakes/treble.py: there is no exercise 'treble' (there are: double, clip, mean)"
        in capsys.readouterr().err
    )


def test_an_entry_in_the_file_of_another_exercise_is_refused(project, capsys):
    path = project.mistakes("00_mini") / "double.py"
    path.write_text(path.read_text().replace('@mistake("double"', '@mistake("clip"'))
    assert main(["-C", str(project.root), "sample", "00_mini"]) == 1
    assert "squared: it is for clip, so it belongs into clip.py" in capsys.readouterr().err
    path.write_text(path.read_text().replace('@mistake("clip"', '@mistake("duoble"'))
    assert main(["-C", str(project.root), "sample", "00_mini"]) == 1
    assert "squared: there is no exercise 'duoble': is it double?" in capsys.readouterr().err

"""The examples in docstrings run, and what their comments say is so."""

import importlib
import inspect
import pkgutil
import re
import textwrap

import oracles
import pytest

import cs_lib


def documented():
    """(place, docstring, names it may use) of each module, and of what it makes public"""
    names = [info.name for info in pkgutil.walk_packages(cs_lib.__path__, "cs_lib.")]
    for name in ["cs_lib", *names]:
        module = importlib.import_module(name)
        around = vars(importlib.import_module(name.rpartition(".")[0] or name)) | vars(module)
        yield name, module.__doc__, around
        for public in getattr(module, "__all__", []):
            value = getattr(module, public)
            if getattr(value, "__module__", None) != name:
                continue  # no function or class, or passed on from another module
            yield f"{name}.{public}", value.__doc__, around
            if inspect.isclass(value):
                for method, of in vars(value).items():
                    if not method.startswith("_") and isinstance(of.__doc__, str):
                        yield f"{name}.{public}.{method}", of.__doc__, around


def examples(docstring):
    """The paragraphs that are indented, as code; a prompt would begin one, too"""
    lines = (docstring or "").split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines[1:-1] if line.strip()]
    last = len(lines[-1]) - len(lines[-1].lstrip())  # where the quotes stand
    margin = min([last, *margins])
    text = "\n".join([lines[0], *(line[margin:] for line in lines[1:])])
    paragraphs = [p.strip("\n") for p in text.split("\n\n")]
    return [textwrap.dedent(p) for p in paragraphs if p.startswith(("    ", ">>>")) and p.strip()]


def run(code, names):
    """Run an example, then hold it to its comments: "# 3", of the name that a line assigns, or
    "# a = b.grad = 3, c = 4", of expressions. Comments in words are left alone.
    """
    exec(code, names)
    for line in code.splitlines():
        statement, _, comment = line.partition("  # ")
        for said in comment.split(", "):
            *expressions, want = said.split(" = ")
            if not re.fullmatch(r"-?[\d.]+", want):
                continue
            for expression in expressions or [statement.split(" = ")[0]]:
                value = eval(expression, names)
                assert float(getattr(value, "data", value)) == float(want), line


EXAMPLES = [
    pytest.param(code, names, id=f"{place}-{i}")
    for place, docstring, names in documented()
    for i, code in enumerate(examples(docstring))
]


@pytest.mark.parametrize(("code", "names"), EXAMPLES)
def test_an_example_runs_and_says_what_is_so(code, names):
    more = {"torchvision": oracles.torchvision()} if "torchvision." in code else {}
    run(code, names | more)


def test_there_are_examples():
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize(
    ("docstring", "error"),
    [
        ("A sum.\n\n        fit(model)\n    ", NameError),
        (
            "Sum.\n\n    n: count\n\n        a = 1 + 1  # 3\n\n    And more.\n    ",
            AssertionError,
        ),
        ("A sum.\n\n    a = 1 + 1\n    b = 3  # a = 2, b = 4\n", AssertionError),
        ("A sum.\n\n    >>> 1 + 1\n    ", SyntaxError),
    ],
)
def test_an_example_that_is_wrong_fails(docstring, error):
    (code,) = examples(docstring)
    with pytest.raises(error):
        run(code, {})


def test_a_right_example_passes():
    docstring = (
        "A sum.\n\n    a = 1 + 1  # 2\n    b = a * a  # a = 2, b = 4\n    a += 0  # in words\n"
    )
    (code,) = examples(docstring)
    run(code, {})
    assert examples("n: counts,\n   and more\n\n   -> a sum\n   ") == []
    assert examples(None) == []

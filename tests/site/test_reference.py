"""The reference says everything of cs_lib once, and marks what one library has alone."""

import importlib
import inspect
import pkgutil
import re
import sys
import warnings
from collections import Counter, defaultdict
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
import reference
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "book" / "reference").glob("*.md"))
REPOSITORY = "https://example.org/owner/name"


def public(library):
    """{"module.name": object} of every public name of a library, passed on or not."""
    found = {}
    package = importlib.import_module(f"cs_lib.{library}")
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", []):
            found[f"{info.name}.{name}".removeprefix(f"cs_lib.{library}.")] = getattr(module, name)
    return found


NUMPY, TORCH = public("numpy"), public("torch")


@pytest.fixture(scope="module")
def sections(tmp_path_factory):
    """{anchor: its node} of all pages, read by Sphinx with every warning an error."""
    source = tmp_path_factory.mktemp("source")
    (source / "reference").mkdir()
    for page in PAGES:
        (source / "reference" / page.name).write_text(page.read_text("utf-8"), "utf-8")
    (source / "notation.md").write_text("# Notation\n", "utf-8")
    (source / "index.md").write_text("# All\n\n```{toctree}\n:glob:\nnotation\nreference/*\n```\n")
    theme = {"repository_url": REPOSITORY, "repository_branch": "main"}
    settings = {
        "extensions": ["myst_parser", "reference"],
        "html_theme_options": theme,
        "nitpicky": True,
    }
    out = tmp_path_factory.mktemp("out")
    modules = set(sys.modules)
    messages = StringIO()
    with warnings.catch_warnings(), docutils_namespace():
        warnings.simplefilter("ignore")  # Sphinx's own; those about the pages go to messages
        app = Sphinx(
            source, None, out, out, "dummy", settings, status=None, warning=messages, freshenv=True
        )
        app.build()
    assert "reference" in modules  # the one under test, not another of its name
    assert not messages.getvalue()
    found = []
    for name in sorted(app.env.found_docs):
        if name.startswith("reference/"):
            for node in app.env.get_doctree(name).findall(nodes.Element):
                found += [(anchor, node) for anchor in node.get("ids", [])]
    counts = Counter(anchor for anchor, _ in found)
    assert set(counts.values()) == {1}
    return dict(found)


def anchor_of(name):
    return name.replace(".", "-")


def links(node):
    return {x["reftarget"] for x in node.findall(pending_xref) if x["refdomain"] == "py"}


def texts(node, kind):
    return [n.astext() for n in node.findall(nodes.Element) if f"ref-{kind}" in n.get("classes")]


def own(section):
    """A section without those of other names in it."""
    parts = [part for part in section.children if not isinstance(part, nodes.section)]
    return [part for part in parts if not part.get("ids")]


def same(a, b):
    return inspect.unwrap(a) is inspect.unwrap(b)


def shown(names, sections):
    """The names that are shown, not passed on; a module that another one lists is none of them."""
    return {
        name: value
        for name, value in names.items()
        if anchor_of(name) in sections and not inspect.ismodule(value)
    }


@pytest.mark.parametrize(("library", "names"), [("numpy", NUMPY), ("torch", TORCH)])
def test_every_public_name_is_shown_once_and_linked_where_it_is_passed_on(sections, library, names):
    for name, value in names.items():
        if anchor_of(name) in sections:
            continue
        module, short = name.rsplit(".", 1)
        short = short.removesuffix("_backward")  # it is where f is
        (target,) = (
            target
            for target in links(sections[anchor_of(module)])
            if target.rsplit(".", 1)[1] == short and not target.startswith(f"cs_lib.{module}.")
        )
        home = target.split(".", 2)[2]
        assert anchor_of(home) in sections, name
        if not name.endswith("_backward") and not inspect.ismodule(value):
            assert same(names[home], value), name
    values = [value for name, value in shown(names, sections).items() if callable(value)]
    assert len({id(inspect.unwrap(value)) for value in values}) == len(values)
    assert len(values) > 100


def test_nothing_is_shown_that_is_not_public(sections):
    names = {anchor_of(name) for name in NUMPY | TORCH}
    modules = {anchor_of(name.rpartition(".")[0]) for name in NUMPY | TORCH}
    pages = {anchor for anchor in sections if anchor.startswith("library")}
    words = {"how-to-read-these-pages", "modules"}
    titles = {
        nodes.make_id(page.read_text("utf-8").split("# ", 1)[1].splitlines()[0]) for page in PAGES
    }
    assert set(sections) - names - modules - pages - words - titles == set()
    assert modules <= set(sections)


def test_what_one_library_has_alone_is_marked_and_nothing_else(sections):
    only = Counter()
    for name in shown(NUMPY | TORCH, sections):
        section = sections[anchor_of(name)]
        marks = {mark for part in own(section) for mark in texts(part, "mark")}
        if name.endswith("_backward") and name.removesuffix("_backward") in NUMPY:
            marks = set(texts(section, "mark"))
        if name in NUMPY and name in TORCH:
            heads = texts(section, "heads")
            assert "only" not in heads[0], name
            assert heads[0].count("import ") == 2, name
        else:
            want = "NumPy only" if name in NUMPY else "torch only"
            assert marks == {want}, name
            only[want] += 1
    assert only["NumPy only"] > 50


@pytest.mark.parametrize(("library", "names"), [("numpy", NUMPY), ("torch", TORCH)])
def test_every_word_of_every_docstring_and_every_argument_is_there(sections, library, names):
    for name, value in shown(names, sections).items():
        if not callable(value) or not value.__module__.startswith("cs_lib."):
            continue
        there = sections[anchor_of(name)].astext().replace("→", "->")
        doc = re.sub(r"`|(?<!\w)\*(?=[a-z ]+\*)|(?<=[a-z])\*(?!\w)", "", value.__doc__ or "")
        doc = re.sub(r"-> y, cache|\bcache\b", "", doc.replace("→", "->"))
        missing = set(re.findall(r"[^\s.,;()]+", doc)) - set(re.findall(r"[^\s.,;()]+", there))
        assert not missing, (name, missing)
        for argument in inspect.signature(value).parameters:
            assert argument in there, (name, argument)


def test_what_both_libraries_say_is_said_once(sections):
    for name in shown(NUMPY, sections).keys() & TORCH.keys():
        docs = [inspect.getdoc(names[name]) for names in (NUMPY, TORCH)]
        if docs[0] == docs[1] and callable(NUMPY[name]):
            section = sections[anchor_of(name)]
            first = reference.unwrapped(docs[0], 4)[0].replace("`", "").replace("->", "→")
            assert section.astext().count(first) == 1, name


def test_every_source_link_leads_to_the_lines_of_its_name(sections):
    for name in shown(NUMPY | TORCH, sections):
        section = sections[anchor_of(name)]
        addresses = [
            link["refuri"]
            for link in section.findall(nodes.reference)
            if not name.endswith("_backward") or "numpy" in link["refuri"]
        ]
        assert addresses, name
        for address in addresses[: (name in NUMPY) + (name in TORCH)]:
            path, first, last = re.fullmatch(
                rf"{REPOSITORY}/blob/main/(cs_lib/.*\.py)#L(\d+)-L(\d+)", address
            ).groups()
            lines = (ROOT / path).read_text("utf-8").splitlines()[int(first) - 1 : int(last)]
            code = "\n".join(lines)
            short = name.rsplit(".", 1)[1]
            assert re.search(rf"^(def|class) {short}\b|^{short} = |import {short}\b", code, re.M)


@pytest.mark.parametrize(
    ("doc", "lines"),
    [
        ("One.", ["One."]),
        ("One.\n\n    x: (N,)\n    y: (N,)\n    ", ["One.", "x: (N,)", "y: (N,)"]),
        ("a" * 90 + "\nbbbbb ccc", ["a" * 90 + " bbbbb ccc"]),
        ("a" * 60 + "\nbbbbb", ["a" * 60, "bbbbb"]),
        ("a" * 85 + ".\nx, y: (N,)", ["a" * 85 + ".", "x, y: (N,)"]),
        ("a" * 85 + "\nValueError for b", ["a" * 85, "ValueError for b"]),
        ("x -> y: (N, C), cache. More.", ["x -> y: (N, C), cache", "More."]),
        ("A list:\n    - goes on\nEnd", ["A list: - goes on", "End"]),
        (
            "Code:\n\n    f(x)  # 1\n    g(x)\nEnd.",
            ["Code:", "    f(x)  # 1", "    g(x)", "End."],
        ),
        (None, []),
    ],
)
def test_a_docstring_breaks_where_its_author_broke_it_and_not_its_editor(doc, lines):
    assert reference.unwrapped(doc, indent=0) == lines


@pytest.mark.parametrize(
    ("here", "there", "want"),
    [
        (["a"], ["a"], [(["a"], [], [])]),
        (["a -> y, cache"], ["a."], [(["a -> y, and in NumPy a cache"], [], [])]),
        (["a", "b"], ["a", "c"], [(["a"], [], []), ([], ["b"], ["c"])]),
        (["a", "b"], ["a"], [(["a"], [], []), ([], ["b"], [])]),
        ([], ["a"], [([], [], ["a"])]),
    ],
)
def test_lines_that_differ_stand_apart(here, there, want):
    assert list(reference.compared(here, there)) == want


def test_a_docstring_is_no_markup():
    (block,) = reference.written(["(out, *kernel) and *in place*, `x`, |y|_ **w** <b>"], "nn")
    assert block.astext() == "(out, *kernel) and in place, x, |y|_ **w** <b>"
    assert [type(n) for n in block.children[0] if not isinstance(n, nodes.Text)] == [
        nodes.emphasis,
        nodes.literal,
    ]


def test_the_reference_is_made_again_when_the_library_changes_and_only_then(tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "ROOT", tmp_path)
    library = tmp_path / "cs_lib" / "nn.py"
    library.parent.mkdir()
    env = SimpleNamespace(metadata=defaultdict(dict), note_dependency=lambda file: None)
    found = []
    for text in ("x = 1", "x = 1", "x = 2"):
        library.write_text(text)
        found.append(reference.find_outdated(None, env, (), (), ()))
        for env.docname in ("reference/nn", "reference/optim"):
            reference.note_reference(env)
        env.metadata["notation"]["title"] = "Notation"
    assert found == [[], [], ["reference/nn", "reference/optim"]]

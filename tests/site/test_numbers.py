"""Figures and the like are numbered by chapter: in captions, in references, after each build."""

import re
import warnings
from io import StringIO

import course_site  # noqa: F401  (importing it changes how Sphinx counts)
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

FIGURE = ".. _fig-{0}:\n\n.. figure:: dot.png\n\n   Figure {0}.\n\n"
BOOK = {
    "index": "Book\n====\n\n"
    ".. toctree::\n   :caption: Begin\n\n   start\n\n"
    ".. toctree::\n   :caption: 0 · Arrays\n\n   images\n   views\n\n"
    ".. toctree::\n   :caption: 12 · Networks\n\n   layers\n\n"
    ".. toctree::\n   :caption: Reference\n\n   units\n",
    "start": "Start\n=====\n\n" + FIGURE.format("start"),
    "images": "Images\n======\n\n" + FIGURE.format("images"),
    "views": "Views\n=====\n\nPart\n----\n\n" + FIGURE.format("views"),
    "layers": "Layers\n======\n\n.. toctree::\n\n   deeper\n\n"
    + FIGURE.format("layers")
    + ".. _tab-layers:\n\n.. table:: Table layers.\n\n   == ==\n   a  b\n   == ==\n\n"
    ".. code-block:: python\n   :name: code-layers\n   :caption: Code layers.\n\n   x = 1\n\n"
    ".. math::\n   :label: eq-layers\n\n   x = 1\n\n"
    ".. exercise::\n   :label: exe-layers\n\n   Do it.\n\n"
    ".. prf:theorem::\n   :label: thm-layers\n\n   It is so.\n",
    "deeper": "Deeper\n======\n\n" + FIGURE.format("deeper"),
    "units": "Units\n=====\n\n"
    + FIGURE.format("units")
    + "".join(
        f":numref:`{label}`; "
        for label in (
            "fig-start", "fig-images", "fig-views", "fig-deeper", "fig-layers", "fig-units",
            "tab-layers", "code-layers", "exe-layers",
        )
    )
    + ":prf:ref:`thm-layers` :eq:`eq-layers`\n",
}  # fmt: skip


class Book:
    """A book in a folder; written: the pages that the last build wrote."""

    def __init__(self, folder):
        self.folder, self.written = folder, set()
        (folder / "dot.png").write_bytes(b"\x89PNG")

    def build(self, pages):
        for name, text in pages.items():
            (self.folder / f"{name}.rst").write_text(text, "utf-8")
        messages, self.written = StringIO(), set()
        with warnings.catch_warnings(), docutils_namespace():
            warnings.simplefilter("ignore")  # Sphinx's own
            app = Sphinx(
                self.folder, None, self.folder / "html", self.folder / "doctrees", "html",
                {"extensions": "sphinx_exercise,sphinx_proof", "html_theme": "basic"},
                status=None, warning=messages,
            )  # fmt: skip
            app.connect("html-page-context", lambda app, name, *_: self.written.add(name))
            app.build()
        assert not re.search("WARNING|ERROR", messages.getvalue()), messages.getvalue()

    def html(self, name):
        return (self.folder / "html" / f"{name}.html").read_text("utf-8")

    def captions(self, name):
        """The numbers of all that has one on a page, in order."""
        return re.findall(r'caption-number">\w+\.? ([\d.]+)', self.html(name))

    def references(self):
        """{label: number} as the last page refers to them."""
        found = re.findall(
            r'href="[^"]*#([\w-]+)"[^>]*>(?:<span[^>]*>)?([^<]+)<', self.html("units")
        )
        return {label: text.split()[-1] for label, text in found if re.search(r"\d$", text)}


def build(folder):
    book = Book(folder)
    book.build(BOOK)
    return book


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A Book that was built once, to look at."""
    return build(tmp_path_factory.mktemp("book"))


@pytest.fixture
def book(tmp_path):
    """A Book that was built once, to change."""
    return build(tmp_path)


def test_numbers_begin_anew_in_each_chapter(built):
    assert built.captions("images") == ["0.1"]
    assert built.captions("views") == ["0.2"]
    assert built.captions("deeper") == ["12.1"]  # a page below a page is in its chapter
    assert built.captions("layers") == ["12.2", *4 * ["12.1"]]


def test_pages_outside_chapters_have_plain_numbers(built):
    assert built.captions("start") == ["1"]
    assert built.captions("units") == ["2"]


def test_references_say_what_captions_say(built):
    assert built.references() == {
        "fig-start": "1", "fig-images": "0.1", "fig-views": "0.2", "fig-deeper": "12.1",
        "fig-layers": "12.2", "fig-units": "2", "tab-layers": "12.1", "code-layers": "12.1",
        "exe-layers": "12.1", "thm-layers": "12.1",
    }  # fmt: skip


def test_equations_too(built):
    assert '<span class="eqno">(12.1)<' in built.html("layers")
    assert ">(12.1)</a>" in built.html("units")


def test_headings_get_no_number(built):
    for name in BOOK:
        assert re.findall(r"<h1>([^<]*)<", built.html(name)) == [BOOK[name].split("\n")[0]]
        assert "section-number" not in built.html(name)


def test_a_figure_that_is_added_moves_those_after_it_and_what_refers_to_them(book):
    book.build({"images": BOOK["images"] + FIGURE.format("more")})
    assert book.captions("images") == ["0.1", "0.2"]
    assert book.captions("views") == ["0.3"]
    assert book.references()["fig-views"] == "0.3"
    assert book.references()["fig-layers"] == "12.2"


def test_a_chapter_that_gets_another_number_hands_it_on(book):
    book.build({"index": BOOK["index"].replace("12 ·", "3 ·")})
    assert book.captions("deeper") == ["3.1"]
    assert book.references()["fig-layers"] == "3.2"
    assert book.references()["thm-layers"] == "3.1"


def test_a_build_after_an_edit_of_words_writes_no_other(book):
    book.build({"views": BOOK["views"] + "More words.\n"})
    assert book.written & {*BOOK} == {"views", "index"}  # which shows its title
    assert book.captions("views") == ["0.2"]

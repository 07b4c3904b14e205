"""Formgrader shows a student's text, and runs nothing of it."""

from html.parser import HTMLParser

import nbformat
import pytest
from mini_course import make_project
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers

from autograder.authoring import release
from autograder.formgrader import markdown

RUNS = [
    '<img src=x onerror="steal()">',
    "<svg onload='steal()'></svg>",
    "<script>steal()</script>",
    "<a href='javascript:steal()'>here</a>",
    "[here](javascript:steal())",
    "[here](<java\nscript:steal()>)",
    "![](x \"a' onerror='steal()\")",
    '<iframe srcdoc="<script>steal()</script>"></iframe>',
    "<style>@import url(https://example.org/x)</style>",
    "<img src=https://example.org/seen.png>",
    "![seen](https://example.org/seen.png)",
    '<form action="/formgrader/api/grade/1"><button>Next</button></form>',
    '<b onmouseover="steal()" style="position: fixed">x</b>',
    "```<img src=x onerror=steal()>\nx\n```",
    "`<img src=x onerror=steal()>`",
    "$<img src=x onerror=steal()>$",
    "<!-- --><img/onerror=steal() src=x>",
    "# <img src=x onerror=steal()>",
]


class Elements(HTMLParser):
    """Whatever a browser would make of a text: tags, and names and values of attributes."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {*attributes}


def runs(html):
    """What of it a browser would run, or fetch."""
    found = Elements(html)
    tags = {"script", "img", "svg", "iframe", "style", "form", "button", "link", "object"}
    bad = {(n, v) for n, v in found.attributes if n.startswith("on") or n in ("style", "src")}
    links = {(n, v) for n, v in found.attributes if n == "href" and "script:" in (v or "")}
    return (tags & found.tags) | bad | links


@pytest.mark.parametrize("text", RUNS)
def test_nothing_in_a_students_text_runs(text):
    assert runs(markdown(f"before {text} after\n\n{text}")) == set()


def test_a_text_is_set():
    html = markdown(
        "# Why\n\n> *so* `a < b`\n\n| a |\n|---|\n| [x](https://example.org) |\n\n$a_1$"
    )
    wanted = {"h1", "blockquote", "em", "code", "table", "td", "a"}
    assert wanted <= Elements(html).tags
    assert ("href", "https://example.org") in Elements(html).attributes
    assert "$a_1$" in html


@pytest.mark.parametrize("ours", [True, False])
def test_formgraders_page_is_made_so(tmp_path, ours):
    config = release.nbgrader_config(make_project(tmp_path / "project")).copy()
    if not ours:
        del config.HTMLExporter["filters"]
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    cell = nbformat.v4.new_markdown_cell(RUNS[0])
    cell.metadata["nbgrader"] = {"grade_id": "why", "solution": False, "grade": False}
    around = {"base_url": "", "mathjax_url": "", "notebook_path": "", "last_name": "", "index": 0}
    around |= {"first_name": "", "student": "", "total": 1, "student_id": "", "submission_id": ""}
    page, _ = HTMLExporter(config=config).from_notebook_node(
        nbformat.v4.new_notebook(cells=[cell]), resources={**around, "nbgrader": around}
    )
    assert ('onerror="steal()"' in page) == (not ours)

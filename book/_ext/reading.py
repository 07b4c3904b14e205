"""How long a page takes to read, below its title; and a place for the mark that it has been read.

The mark itself is made by `course.js` and kept in the reader's browser.
"""

import math

from course_site import chapters
from docutils import nodes

WORDS, LINES, FORMULAS, FIGURES = 180, 15, 3, 4  # of each in a minute, by somebody who thinks along
STEP = 5  # minutes; what is said more exactly would be wrong more often


def minutes(doctree):
    """About how many minutes a page takes, in steps of five."""
    words = lines = formulas = figures = 0
    for node in doctree.findall():
        if isinstance(node, nodes.literal_block):
            around = " ".join(_classes(node))
            folded = "hide" in around or "remove" in around
            lines += 0 if folded else node.astext().count("\n") + 1
        elif isinstance(node, nodes.math_block):
            formulas += 1
        elif isinstance(node, nodes.figure):
            figures += 1
        elif isinstance(node, nodes.Text) and not _inside_code(node):
            words += len(node.split())
    taken = words / WORDS + lines / LINES + formulas / FORMULAS + figures / FIGURES
    return max(STEP, STEP * math.floor(taken / STEP + 0.5))


def _classes(node):
    """The classes of a node and of all around it."""
    while node is not None:
        yield from getattr(node, "attributes", {}).get("classes", [])
        node = node.parent


def _inside_code(node):
    return isinstance(node.parent, nodes.literal_block | nodes.math_block | nodes.math | nodes.raw)


def show(app, pagename, templatename, context, doctree):
    if doctree is None or pagename not in chapters(app.env) or "assignments/" in pagename:
        return
    text = f'<p class="cv-minutes">About {minutes(doctree)} minutes to read</p>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{text}", 1)


def setup(app):
    app.connect("html-page-context", show, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

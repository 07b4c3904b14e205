"""The scores of an open challenge on the last page of its chapter, as they were measured.

`autograder verify` runs the answers, and keeps what came out in solutions/NAME/verified.json.
"""

import json
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
REMEDY = "run: autograder verify {} --exercise challenge"


def shown(path, assignment):
    """The lines of the table, in MyST, and a link to the notebook. path: of verified.json."""
    parts = json.loads(path.read_text("utf-8"))["parts"]
    if "challenge" not in parts:
        raise ValueError(f"{path} has no scores of a challenge: {REMEDY.format(assignment)}")
    number = int(assignment.partition("_")[0])
    yield from ("| answer | score |", "|:--|--:|")
    for answer, score in parts["challenge"]["result"].items():
        yield f"| {answer} | {score} |"
    link = f"{{doc}}`assignment {number} </assignments/{assignment}/{assignment}>`"
    yield from ("", f"The task stands at the end of {link}; it is worth no points.")


class OpenChallenge(SphinxDirective):
    """```{open-challenge}``` 01_knn: what is known to be reached"""

    required_arguments = 1

    def run(self):
        [assignment] = self.arguments
        path = ROOT / "solutions" / assignment / "verified.json"
        self.env.note_dependency(str(path))
        found = nodes.container(classes=["open-challenge"])
        lines = StringList([*shown(path, assignment)], str(path))
        self.state.nested_parse(lines, self.content_offset, found)
        return found.children


def setup(app):
    app.add_directive("open-challenge", OpenChallenge)
    return {"parallel_read_safe": True}

"""Of an honest student nothing is said, whatever program wrote the notebook."""

import ast
import copy
import json
from pathlib import Path

import pytest

from autograder.intake import rebuild, suspicion
from autograder.project import Project

PROJECT = Project(Path(__file__).parents[3])
ASSIGNMENT = "01_knn"
RELEASED = json.loads((PROJECT.release(ASSIGNMENT) / f"{ASSIGNMENT}.ipynb").read_bytes())


def cell(source, kind="code", **metadata):
    outputs = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "own", "metadata": metadata, "source": source} | outputs


def marimo(nb):
    """As marimo 0.25 converts and exports it: new ids, tags as a comment and
    no metadata else; where a name of one cell is another's, the cell is printed anew.
    """
    for number, each in enumerate(nb["cells"]):
        each["id"] = f"Cell{number:04}"
        tags = each["metadata"].pop("tags", [])
        each["metadata"] = {}
        text = "".join(each["source"]).strip()
        if each["cell_type"] == "code":
            anew = "check_call(" in text and "def " not in text and "%" not in text
            text = ast.unparse(ast.parse(text)).replace("rows", "_rows") if anew else text
            text = f"# Cell tags: {', '.join(tags)}\n{text}" if tags else text
        each["source"] = text
    nb["cells"].insert(0, cell("import marimo as mo"))


def colab(nb):
    nb["metadata"]["colab"] = {"provenance": []}
    for number, each in enumerate(nb["cells"]):
        del each["id"]
        each["metadata"]["id"] = f"x{number:011}"
    nb["nbformat_minor"] = 0
    nb["cells"].insert(0, cell("from google.colab import drive\ndrive.mount('/content/drive')"))


def vs_code(nb):
    nb["metadata"]["language_info"] = {"name": "python", "version": "3.12.1"}
    for each in nb["cells"]:
        each["metadata"]["vscode"] = {"languageId": "python"}
    nb["cells"].append(cell(""))


def deepnote(nb):
    nb["metadata"]["deepnote"] = {}
    for number, each in enumerate(nb["cells"]):
        each["metadata"] = {"cell_id": f"{number:032x}", "deepnote_cell_type": each["cell_type"]}
    text = "<a style='text-decoration:none' href='https://deepnote.com' target=\"_blank\">\n"
    text += "<img alt='Created in deepnote.com' src='data:image/svg+xml;base64,PD94' > </img></a>"
    nb["cells"].append(cell(text, "markdown", created_in_deepnote_cell=True))


def databricks(nb):
    nb["metadata"]["application/vnd.databricks.v1+notebook"] = {"language": "python"}
    for number, each in enumerate(nb["cells"]):
        del each["id"]
        own = {"nuid": f"{number:036x}", "showTitle": False, "title": "", "inputWidgets": {}}
        each["metadata"] = {"application/vnd.databricks.v1+cell": own}
    nb["nbformat_minor"] = 0
    nb["cells"].insert(0, cell("%pip install tqdm"))


def scanned(change):
    """What is said of the release after change(notebook), as it comes through intake."""
    nb = copy.deepcopy(RELEASED)
    change(nb)
    taken = rebuild.rebuild(json.dumps(nb).encode(), RELEASED)
    assert not taken.problem
    return suspicion.scan(texts(taken.notebook), texts(copy.deepcopy(RELEASED)))


def texts(nb):
    for each in nb["cells"]:
        each["source"] = "".join(each["source"])
    return nb


@pytest.mark.parametrize("program", [marimo, colab, vs_code, deepnote, databricks])
def test_nothing_is_said_of_what_a_program_does_to_a_notebook(program):
    assert scanned(program) == []


def test_functions_that_were_given_and_changed_are_one_line():
    def changed(nb):
        marimo(nb)
        for each in nb["cells"]:
            text = each["source"].replace("return vote(", "return 0 * vote(")
            each["source"] = text.replace("return np.full(len(x_val), k)", "return x_val[:, 0]")

    [line] = scanned(changed)
    assert line.split(": ", 1)[1] == "overwrites given names: predict, always_k"
    assert " and 1 more: " in line


def test_beside_what_was_given_what_a_student_adds_is_named():
    def changed(nb):
        marimo(nb)
        for each in nb["cells"]:
            if "def predict(" in each["source"]:
                each["source"] += "\nimport os\nos.environ.clear()"

    [line] = scanned(changed)
    assert line.endswith(": uses os.environ")

"""Work the warm-up of an assignment as a student would: wrong first, then right.

    python tools/first_exercise.py [assignments/00_arrays/00_arrays.ipynb]

It needs what a student has: the course's library, a kernel, the notebook and its hints. The wrong
answer, which the notebook comes with, must fail and say what it is; the right one must pass.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "assignments" / "00_arrays" / "00_arrays.ipynb"
WRONG, RIGHT = "return x + x + x", "return x + x"


def said(path, answer):
    """What the cells as far as the warm-up's check write, its answer in place of the wrong one."""
    notebook = nbformat.read(path, as_version=4)
    [exercise] = [i for i, cell in enumerate(notebook.cells) if WRONG in cell.source]
    notebook.cells = notebook.cells[: exercise + 2]
    cell = notebook.cells[exercise]
    cell.source = cell.source.replace(WRONG, answer)
    client = NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}})
    client.allow_errors = True
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text") or output.get("evalue", "") for output in outputs)


def main(path=NOTEBOOK):
    wrong, right = said(Path(path), WRONG), said(Path(path), RIGHT)
    for text, wanted in ((wrong, ("✗ double", "3/2 times")), (right, ("✓ warm-up",))):
        for words in wanted:
            if words not in text:
                sys.exit(f"{words!r} is missing; the notebook said:\n{text}")
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(f"{wrong}\n{right}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

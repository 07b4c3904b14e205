"""A class in which most attack the grader: what each hands in.

Attacks that are cells lie in cells/, one a file: a comment on what it does, what the instructor is
told, then the code, which is harmless by itself. A line "# %% NAME" begins the answer to
an exercise, "# %% last" a cell after all others; what comes before is a cell before the first test.
Attacks on files and on the notebook itself are below.
"""

import base64
import copy
import io
import json
import os
import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ASSIGNMENT = "00_guard"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "greet": 'def greet(name):\n    return "Hello, " + name',
    "apply": "def apply(f, values):\n    return [f(value) for value in values]",
}
WRONG = {
    "double": "def double(x):\n    return None",
    "greet": "def greet(name):\n    return None",
    "apply": "def apply(f, values):\n    return None",
}
HONEST = {  # {student: (answers, points)}
    "honest-all": (RIGHT, 100),
    "honest-some": (RIGHT | {"greet": WRONG["greet"]}, 70),
    "honest-none": ({}, 0),
}
# What cells earn by right answers in them; the others have none.
EARNED = {"print_tells_input": 100, "reset_at_end": 100, "stash_tells_input": 100}
EARNED |= {"file_tells_input": 70, "later_check_tells_input": 40, "hint_tells_input": 40}
EARNED |= {f"{code}_tells_input": 100 for code in ("hex", "base64", "rot13", "picture")}
EARNED |= {"exception_tells_input": 100, "malformed_tells_input": 20}
EARNED |= {"interrupt_tells_input": 40}


@dataclass
class Attack:
    """told: a part of the line about it. score: earned by right answers; None: it has no grade."""

    name: str
    what: str
    told: str
    score: float | None
    write: object  # a function of the folder submitted/, the released notebook and the places


def cell_attacks():
    """The Attacks in cells/."""
    found = []
    for path in sorted((HERE / "cells").glob("*.py")):
        name, text = path.stem, path.read_text()
        what, told, body = re.fullmatch(r"# (.+)\n# told: (.+)\n((?s:.*))", text).groups()
        found.append(Attack(name, what, told, EARNED.get(name, 0), _Cells(name, body)))
    return found


class _Cells:
    def __init__(self, name, body):
        self.name, self.parts = name, re.split(r"(?m)^# %% (\w+)\n", body)

    def __call__(self, submitted, released, places):
        def filled(text):
            return re.sub("@([A-Z]+)@", lambda m: str(places[m[1]]), text).strip()

        first, *rest = map(filled, self.parts)
        parts = dict(zip(rest[::2], rest[1::2], strict=True))
        nb = notebook(released, WRONG | {k: v for k, v in parts.items() if k in WRONG})
        at = next(i for i, cell in enumerate(nb["cells"]) if cell["id"] == "test_double")
        nb["cells"][at:at] = [_code(first, "attack-first")] if first else []
        nb["cells"] += [_code(parts["last"], "attack-last")] if "last" in parts else []
        put(submitted, self.name, nb)


def notebook(released, answers):
    nb = copy.deepcopy(released)
    for cell in nb["cells"]:
        cell["source"] = answers.get(grade_id(cell), cell["source"])
    return nb


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def _code(text, name):
    return {
        **{"cell_type": "code", "id": name, "metadata": {}, "source": text},
        **{"execution_count": None, "outputs": []},
    }


def put(submitted, student, content):
    """Hand in a notebook, or bytes in its place; the folder."""
    folder = Path(submitted, student, ASSIGNMENT)
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    (folder / NOTEBOOK).write_bytes(content)
    return folder


# --- attacks on the notebook and on files ---

FILES = []


def _attack(told, score=0):
    """Make an Attack of a function, whose docstring says what it does."""

    def add(function):
        name = function.__name__

        def write(submitted, released, places):
            function(_Here(name, submitted, released, places))

        FILES.append(Attack(name, function.__doc__, told, score, write))
        return function

    return add


class _Here:
    def __init__(self, name, submitted, released, places):
        self.name, self.submitted, self.released, self.places = name, submitted, released, places

    def put(self, content=None, *, answers=WRONG, change=None, student=None):
        """Hand in bytes, or a notebook with these answers after change(its test cells)."""
        nb = content or notebook(self.released, answers)
        if change:
            for cell in [c for c in nb["cells"] if (grade_id(c) or "").startswith("test_")]:
                change(nb["cells"], cell)
        return put(self.submitted, student or self.name, nb)


@_attack("changed, the release's is used")
def edited_tests(here):
    """Test cells say `assert True`."""
    here.put(change=lambda cells, cell: cell.update(source="assert True"))


@_attack("points was changed")
def more_points(here):
    """Each test cell says that it is worth 500 points."""
    here.put(change=lambda cells, cell: cell["metadata"]["nbgrader"].update(points=500))


@_attack("made a markdown cell, code again")
def retyped_tests(here):
    """Test cells are text."""

    def change(cells, cell):
        for key in ("outputs", "execution_count"):
            cell.pop(key)
        cell["cell_type"] = "markdown"

    here.put(change=change)


@_attack("missing, put back")
def deleted_tests(here):
    """Test cells are deleted."""
    here.put(change=lambda cells, cell: cells.remove(cell))


@_attack("lost its metadata")
def stripped_metadata(here):
    """Test cells lost nbgrader's metadata."""
    here.put(change=lambda cells, cell: cell["metadata"].clear())


@_attack("there 2 times", 100)
def doubled_tests(here):
    """Each test cell is there twice, the second empty; the answers are right."""
    here.put(
        answers=RIGHT, change=lambda cells, cell: cells.append(cell | {"source": "", "id": "x"})
    )


@_attack("solution was changed")
def unmarked_tests(here):
    """Test cells say that they are solutions, and not tests."""
    here.put(
        change=lambda cells, cell: cell["metadata"]["nbgrader"].update(
            grade=False, solution=True, locked=False
        )
    )


@_attack("schema_version was changed", 100)
def future_version(here):
    """Metadata of a version that does not exist; the answers are right."""
    here.put(
        answers=RIGHT,
        change=lambda cells, cell: cell["metadata"]["nbgrader"].update(schema_version=99),
    )


@_attack("has the grader's own notes")
def forged_outputs(here):
    """Comes with outputs that claim the points, and with the grader's own notes on itself."""
    nb = notebook(here.released, WRONG)
    nb["metadata"]["autograder"] = {"fault": "", "notes": [], "suspicious": []}
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            data = {"text/plain": "30", "text/html": "<script>alert(1)</script>"}
            result = {"output_type": "execute_result", "data": data, "metadata": {}}
            cell["outputs"] = [result | {"execution_count": 1}]
    here.put(nb)


@_attack("keeps what it is given in stash", 100)
def hostile_handed_in(here):
    """Cells come with outputs that hold scripts, and pictures that are none, to be shown again."""
    from PIL import Image

    nb = notebook(here.released, RIGHT)
    xss = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    bundle = {"text/plain": xss, "text/html": xss, "application/javascript": "alert(1)"}
    bundle |= {"image/svg+xml": f"<svg onload=alert(1)>{xss}</svg>", "image/png": f'"/>{xss}'}
    big = io.BytesIO()
    Image.new("L", (20000, 20000)).save(big, "PNG")
    pictures = [base64.b64encode(big.getvalue()).decode(), "iVBORw0KGgo=", ["aGVsbG8=", xss], 7]
    kept = [f'"/>{xss}', *pictures]
    outputs = [{"output_type": "display_data", "data": bundle | {"image/png": k}} for k in kept]
    outputs += [{"output_type": "execute_result", "data": bundle, "execution_count": xss}]
    outputs += [{"output_type": "stream", "name": xss, "text": [xss, "\x1b]8;;javascript:x\x07"]}]
    outputs += [{"output_type": "stream", "name": "stdout", "text": "\ud800 \x00"}]
    outputs += [{"output_type": "error", "ename": xss, "evalue": xss, "traceback": [xss] * 9}]
    outputs += [{"output_type": xss, "data": xss}, xss, None, {"output_type": "stream"}] * 100
    nb["cells"].append(_code("stash = []\ndef f(x):\n    stash.append(x)", "last"))
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = outputs
    here.put(nb)


@_attack("was made for a kernel of bash", 100)
def strange_kernel(here):
    """Names a kernel of its own to run it; the answers are right."""
    nb = notebook(here.released, RIGHT)
    nb["metadata"]["kernelspec"] = {"name": "../../evil", "display_name": "x", "language": "bash"}
    here.put(nb)


@_attack("is not JSON", None)
def corrupt_json(here):
    """A notebook that is cut off."""
    here.put(b'{"cells": [')


@_attack("is empty", None)
def empty_file(here):
    """A notebook of no bytes."""
    put(here.submitted, here.name, b"")


@_attack("nested too deeply", None)
def deep_nesting(here):
    """A notebook of a hundred thousand brackets."""
    here.put(b"[" * 100_000)


@_attack("has more than 64 MB", None)
def huge_notebook(here):
    """A notebook of 70 MB."""
    folder = here.put()
    with open(folder / NOTEBOOK, "r+b") as file:
        file.truncate(70 << 20)


@_attack("is a link", None)
def linked_notebook(here):
    """The notebook is a link to the solutions."""
    folder = here.put()
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).symlink_to(Path(here.places["COURSE"], "source", ASSIGNMENT, NOTEBOOK))


@_attack("is a link", None)
def linked_folder(here):
    """The folder is a link to another student's work."""
    Path(here.submitted, here.name).symlink_to(Path(here.submitted, "honest-all"))


@_attack("is not a file", None)
def named_pipe(here):
    """The notebook is a named pipe, which nobody writes to."""
    folder = here.put()
    (folder / NOTEBOOK).unlink()
    os.mkfifo(folder / NOTEBOOK)


@_attack("rename it", None)
def odd_file_name(here):
    """The notebook is called "Kopie von …<script>… (1).ipynb"."""
    folder = here.put()
    (folder / NOTEBOOK).rename(folder / "Kopie von <script>alert(1)<script> (1).ipynb")


@_attack("timestamp.txt is a link", 100)
def linked_timestamp(here):
    """The time of submission is a link to a file of another date; the answers are right."""
    folder = here.put(answers=RIGHT)
    (folder / "early.txt").write_text("1999-01-01 00:00:00 UTC\n")
    (folder / "timestamp.txt").symlink_to("early.txt")


@_attack("no time is written like this", 100)
def odd_timestamp(here):
    """The time of submission is a program's line; the answers are right."""
    (here.put(answers=RIGHT) / "timestamp.txt").write_text("'); DROP TABLE grade; --")


@_attack("hands in modules: IPython")
def shadow_modules(here):
    """Files beside the notebook are called like the modules that the grader uses."""
    folder = here.put()
    evil = "import os\nos.write(1, b'shadow')\ncheck_call = lambda *a, **k: None\n"
    evil += "allclose = check_call\ndef __getattr__(name): return check_call\n"
    for name in (
        *("numpy.py", "sitecustomize.py", "json.py"),
        *("autograder.py", "autograder/judging/student.py"),
        *("cs_lib/__init__.py", "cs_lib/testing.py", "IPython/__init__.py", "x.pth"),
        *("nbgrader_config.py", "conftest.py", "ast.py", "usercustomize.py"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(evil)


@_attack("is not the release's")
def forged_hints(here):
    """A file of hints of its own, as the course's checks read them."""
    from cs_lib import hints

    (here.put() / hints.FILE).write_text('{"mistakes": {"x": {"when": "<script>"}}}')


@_attack("is a link: left out")
def linked_files(here):
    """Files beside the notebook are links to the solutions and to the system's files."""
    folder = here.put()
    (folder / "a.txt").symlink_to(Path(here.places["ROOT"], "solutions", ASSIGNMENT, "notebook.py"))
    (folder / "b").symlink_to(Path(here.places["ROOT"], "solutions"))
    (folder / "c.txt").symlink_to("/etc/passwd")


@_attack("too large, or no file")
def huge_files(here):
    """A file of 2 GB (of zeros, and so of no size on the disk) and a pipe beside the notebook."""
    folder = here.put()
    with open(folder / "data.bin", "wb") as file:
        file.truncate(2 << 30)
    os.mkfifo(folder / "pipe")


@_attack("text with <script")
def hostile_text(here):
    """Text cells with scripts, links to scripts, remote pictures and attachments."""
    nb = notebook(here.released, WRONG)
    xss = "# <script>alert(1)</script>\n<img src=x onerror=alert(1)> [x](javascript:alert(1)) "
    xss += "![x](https://example.org/track.png) <iframe src=//example.org></iframe>"
    for i, kind in enumerate(("markdown", "raw", "markdown")):
        cell = {"cell_type": kind, "id": f"xss{i}", "metadata": {}, "source": xss}
        if i == 2:
            cell["attachments"] = {"x.svg": {"image/svg+xml": "<svg onload=alert(1)>"}}
        nb["cells"].insert(i, cell)
    here.put(nb)


STUDENTS = {  # {attack: the name of the student's folder}
    "markup_as_name": "<img src=x onerror=alert(1)>",
    "sql_as_name": "'; DROP TABLE student; --",
    "option_as_name": "--force",
    "line_break_as_name": "two\nlines",
    "bytes_as_name": "??",
}


@_attack("folder's name is not a person's", 100)
def markup_as_name(here):
    """The student's folder is called like an HTML element; the answers are right."""
    here.put(answers=RIGHT, student=STUDENTS[here.name])


@_attack("folder's name is not a person's", 100)
def sql_as_name(here):
    """The student's folder is called like a command to a database; the answers are right."""
    here.put(answers=RIGHT, student=STUDENTS[here.name])


@_attack("folder's name is not a person's", 100)
def option_as_name(here):
    """The student's folder is called like an option of a program; the answers are right."""
    here.put(answers=RIGHT, student=STUDENTS[here.name])


@_attack("folder's name is not a person's", 100)
def line_break_as_name(here):
    """The name of the student's folder has two lines; the answers are right."""
    here.put(answers=RIGHT, student=STUDENTS[here.name])


@_attack("not UTF-8", None)
def bytes_as_name(here):
    """The name of the student's folder is no text; the answers are right."""
    here.put(answers=RIGHT, student=os.fsdecode(b"\xff\xfe"))


# --- attacks by archive ---


def archive(path, released):
    """Write the archive of a class and return its Attacks, who are in there with an honest one."""
    right = json.dumps(notebook(released, RIGHT)).encode()
    link = zipfile.ZipInfo(f"zip_link/{NOTEBOOK}")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"honest-zip/{NOTEBOOK}", right)
        file.writestr(f"zip_climb/../../../../zip_climb/{NOTEBOOK}", right)
        file.writestr(f"/zip_absolute/{NOTEBOOK}", right)
        file.writestr(link, f"../../source/{ASSIGNMENT}/{NOTEBOOK}")
        file.writestr(f"zip_bomb/{NOTEBOOK}", right + b" " * (60 << 20))
        file.writestr("zip_nested/inner.zip", _nested(right))


def _nested(content):
    for _ in range(3):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            file.writestr("inner.zip", content)
        content = out.getvalue()
    return content


ZIPPED = [
    Attack(name, what, told, None, None)
    for name, what, told in (
        (
            "zip_climb",
            "A path in the archive climbs out of its folder.",
            "leads out of the archive",
        ),
        (
            "zip_absolute",
            "A path in the archive begins at the root of the disk.",
            "leads out of the archive",
        ),
        ("zip_link", "The archive holds a link to the solutions.", "is a link"),
        ("zip_bomb", "A notebook of the archive unpacks to many times its size.", "times its size"),
        ("zip_nested", "An archive in an archive in an archive.", "is an archive in an archive"),
    )
]


def table():
    """The lines of the table in book/security.md."""
    lines = ["| Attack | What it does | Points; what you are told |", "|---|---|---|"]
    for attack in attacks():
        what = attack.what.replace("|", "\\|").replace("<", "\\<")
        ours = "left out" if attack.score is None else f"{attack.score:g}"
        ours += f"; `{attack.told}`"
        lines.append(f"| `{attack.name}` | {what} | {ours} |")
    return lines


def attacks():
    return [*cell_attacks(), *FILES, *ZIPPED]


def write_class(submitted, released, places):
    """Hand in all of it but the archive."""
    for student, (answers, _) in HONEST.items():
        put(submitted, student, notebook(released, answers))
    for attack in attacks():
        if attack.write:
            attack.write(submitted, released, places)


if __name__ == "__main__":
    print("\n".join(table()))

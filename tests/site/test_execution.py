"""Pages with code: which of them are run, when, and that Sphinx finds what came out."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from io import StringIO
from pathlib import Path

import execution
import kernels
import myst_nb.core.execute.cache as myst_cache
import nbformat
import pytest
from nbclient import NotebookClient
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).parents[2]
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, language: python}\n---\n# A page\n\n"


def page(*cells, options=""):
    """The text of a page with these cells."""
    return HEAD + "".join(f"```{{code-cell}}\n{options}{cell}\n```\n\n" for cell in cells)


BOOK = {
    "index.md": "# Book\n\n```{toctree}\nimports\nreads\nplain\n```\n",
    "imports.md": page("from lib import used\nprint(used.x)"),
    "reads.md": page("print(open('data.json').read())"),
    "plain.md": page("print(1 + 1)"),
    "lib/__init__.py": "",
    "lib/used.py": "from lib.deeper import x",
    "lib/deeper.py": "x = 'from the library'",
    "lib/other.py": "",
    "data.json": "[1]",
    "other.json": "[2]",
    "constraints.txt": "numpy==2.0",
}


SETTINGS = {
    "extensions": ["myst_nb", "execution"],
    "exclude_patterns": ["_build"],
    "source_suffix": {".md": "myst-nb"},  # else myst_nb puts it into the default, for all Sphinxes
    "nb_execution_mode": "cache",
    "nb_execution_timeout": 20,
    "nb_output_stderr": "error",
}


class Book:
    """A book in a folder. build: the names of the pages that Sphinx read."""

    def __init__(self, folder):
        self.folder, self.messages = folder, ""

    def write(self, files):
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def build(self, builder="dummy", **settings):
        names, messages = [], StringIO()
        out = self.folder / "_build"
        with warnings.catch_warnings(), docutils_namespace():
            warnings.simplefilter("ignore")  # Sphinx's own; those about the pages go to messages
            self.app = Sphinx(
                self.folder, None, out / builder, out / "doctrees", builder,
                SETTINGS | settings, status=None, warning=messages,
            )  # fmt: skip
            self.app.connect("source-read", rename)
            self.app.connect("env-before-read-docs", lambda *event: names.extend(event[2]))
            try:
                self.app.build()
            finally:
                self.messages = messages.getvalue()
        return set(names)

    def outputs(self, name):
        """What Sphinx shows below the cells of a page, as text."""
        doctree = self.app.env.get_doctree(name)
        return [node.astext() for node in doctree.findall(is_output)]


def rename(app, name, source):
    source[0] = source[0].replace("REPOSITORY_NAME", "owner/name")


def is_output(node):
    return "cell_output" in getattr(node, "attributes", {}).get("classes", [])


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A Book, of which Sphinx itself may run no page."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(myst_cache, "single_nb_execution", lambda *a, **k: pytest.fail("a miss"))
    return Book(tmp_path)


@pytest.fixture
def ran(monkeypatch):
    """The names of the pages that are run: here, by a stand-in that prints how many were."""
    names = []

    def run(page, root, config):
        names.append(page.name)
        for cell in page.cells:
            cell.outputs = [nbformat.v4.new_output("stream", text=f"run {len(names)}")]
        return ["data.json"] if page.name == "reads" else []

    monkeypatch.setattr(execution, "run", run)
    return names


def edit(name, old, new):
    return {name: BOOK[name].replace(old, new)}


CAPTION = "---\nmystnb:\n  figure:\n    caption: New words\n---\n"
CHANGES = {  # what is written, the pages that run again, and those that Sphinx reads again
    "nothing": ({}, "", ""),
    "the prose of a page": (edit("plain.md", "# A page", "# Another"), "", "plain"),
    "a caption": ({"plain.md": page("print(1 + 1)", options=CAPTION)}, "", "plain"),
    "the code of a page": (edit("plain.md", "1 + 1", "1 + 2"), "plain", "plain"),
    "a tag, which may skip a cell": (
        {"plain.md": page("print(1 + 1)", options="---\ntags: [skip-execution]\n---\n")},
        "plain",
        "plain",
    ),
    "a module that a page imports": ({"lib/used.py": "x = 1"}, "imports", "imports"),
    "a module that this one imports": ({"lib/deeper.py": "x = 2"}, "imports", "imports"),
    "a package above them": ({"lib/__init__.py": "y = 2"}, "imports", "imports"),
    "a module that no page imports": ({"lib/other.py": "z = 3"}, "", ""),
    "a file that a page read": ({"data.json": "[3]"}, "reads", "reads"),
    "a file that no page read": ({"other.json": "[3]"}, "", ""),
    "a pin": ({"constraints.txt": "numpy==2.1"}, "imports plain reads", "imports plain reads"),
}


@pytest.mark.parametrize(("change", "run_again", "read_again"), CHANGES.values(), ids=CHANGES)
def test_pages_run_again_when_what_they_hang_on_changes(book, ran, change, run_again, read_again):
    book.write(BOOK)
    assert book.build() == {"index", "imports", "reads", "plain"}
    assert sorted(ran) == ["imports", "plain", "reads"]
    ran.clear()
    book.write(change)
    assert book.build() == set(read_again.split())
    assert sorted(ran) == run_again.split()
    assert not book.messages
    assert len(book.outputs("plain")) == 1


@pytest.mark.parametrize("file", ["execution.py", "kernels.py"])
def test_all_pages_run_again_when_the_code_that_runs_them_changes(book, ran, monkeypatch, file):
    own = book.folder / "own" / file
    monkeypatch.setattr(execution, "OWN", [own])
    for text in ("before", "after"):
        book.write(BOOK | {f"own/{file}": text})
        book.build()
    assert sorted(ran) == sorted(["imports", "plain", "reads"] * 2)


def test_results_outlive_the_site(book, ran):
    book.write(BOOK)
    book.build()
    (book.folder / "_build/doctrees/environment.pickle").unlink()
    assert len(book.build()) == 4
    assert len(ran) == 3


def test_a_result_that_somebody_removed_is_made_again(book, ran):
    book.write(BOOK)
    book.build()
    shutil.rmtree(book.folder / "_build/.jupyter_cache/executed")
    book.write(edit("plain.md", "# A page", "# Another"))
    book.build()
    assert ran[3:] == ["plain"]


def test_a_page_whose_library_is_edited_while_it_runs_is_run_again(book, ran, monkeypatch):
    book.write(BOOK)
    run = execution.run
    edits = [lambda: book.write({"lib/used.py": "x = 'half-way'"}), lambda: None, lambda: None]

    def edited(page, root, config):
        if page.name == "imports":
            edits.pop(0)()
        return run(page, root, config)

    monkeypatch.setattr(execution, "run", edited)
    for _ in range(3):
        book.build()
    assert ran.count("imports") == 2
    assert ran.count("plain") == 1


# ---- With kernels -------------------------------------------------------------------------------

hangs_on_the_extension = pytest.mark.tied("book/_ext")

FIGURE = """import sys
import matplotlib.pyplot as plt
import numpy as np
x = np.random.default_rng(0).normal(size=100)
print("mean", x.mean())
plt.figure(figsize=(2, 2))
plt.plot(x)
plt.title("$x^2$")
plt.show()
x[:2]"""


def outputs(cells):
    return [[dict(output) for output in cell.outputs] for cell in cells if "outputs" in cell]


@hangs_on_the_extension
@pytest.mark.parametrize("fork", [kernels.FORK, False], ids=["forked", "new"])
def test_a_page_comes_out_as_from_a_kernel_that_knows_nothing_of_it(book, monkeypatch, fork):
    monkeypatch.setattr(kernels.Kernels.__init__, "__defaults__", (fork,))
    cells = [FIGURE, "np.random.default_rng(1).permutation(5)", "print('REPOSITORY_NAME')"]
    book.write({"index.md": page(*cells)})
    book.build("html")
    cells[2] = "print('owner/name')"
    want = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    NotebookClient(want, kernel_name="python3").execute()
    (found,) = (book.folder / "_build/.jupyter_cache/executed").rglob("*.ipynb")
    assert outputs(nbformat.read(found, 4).cells) == outputs(want.cells)
    kinds = [output["output_type"] for output in want.cells[0].outputs]
    assert kinds == ["stream", "display_data", "execute_result"]
    html = (book.folder / "_build/html/index.html").read_text("utf-8")
    for words in ("mean 0.0", "owner/name", ".png"):
        assert words in html


FAULTS = {  # a cell, and what is said of it
    "raises": ("x = 1\nx / 0", r"ZeroDivisionError: division by zero, at: x / 0"),
    "fails without a word": ("assert 1 == 2  # why", r"AssertionError:, at: assert 1 == 2  # why"),
    "knows no such magic": ("x = 1\n%nosuch", r"UsageError: .*nosuch.*, at: "),
    "is no Python": ("x = 1\nx = = 2", r"SyntaxError: invalid syntax .*, at: x = = 2"),
    "raises further in": (
        "import json\n\njson.loads('}')",
        r"JSONDecodeError: .*, at: json\.loads",
    ),
    "warns": ("import warnings\nwarnings.warn('old')", r"written to stderr: .*UserWarning: old"),
    "does not end": ("while True:\n    pass", r"more than 5 s, at: while True:"),
    "ends the kernel": ("import os\nos._exit(1)", r"the kernel died, at: import os"),
}


@hangs_on_the_extension
def test_each_page_that_fails_is_told_in_a_line_and_the_others_are_kept(book):
    pages = {f"{n}.md": page("y = 0", cell) for n, (cell, _) in enumerate(FAULTS.values())}
    names = "\n".join(map(str, range(len(FAULTS))))
    index = HEAD + f"```{{toctree}}\n{names}\ngood\n```\n"
    book.write(pages | {"index.md": index, "good.md": page("print(1 + 1)")})
    with pytest.raises(SystemExit) as failed:
        book.build(nb_execution_timeout=5)
    lines = failed.value.code.splitlines()
    assert len(lines) == len(FAULTS)
    for n, (line, (_, says)) in enumerate(zip(lines, FAULTS.values(), strict=True)):
        assert re.match(rf"{book.folder}/{n}\.md:12: {says}", line), line
    results = execution.Results(book.folder / "_build/.jupyter_cache", book.folder)
    assert sorted(results.kept.parts) == ["good", "index"]
    assert len(results.cache.list_cache_records()) == 2


SIDE_BY_SIDE = """import os, sys, time
from pathlib import Path
os.chdir("..")
os.environ["MARK"] = "{name}"
sys.modules["mark"] = "{name}"
Path("{name}").touch()
while not Path("{other}").exists():
    time.sleep(0.01)
time.sleep(0.1)
print(os.environ["MARK"], sys.modules["mark"], Path.cwd().name, os.environ["OMP_NUM_THREADS"])"""


@hangs_on_the_extension
def test_pages_that_run_at_the_same_time_do_not_see_each_other(book, monkeypatch):
    monkeypatch.setattr(execution, "processors", lambda: 2)  # each waits for the other
    one, two = (("one", "two"), ("two", "one"))
    index = "# Book\n\n```{toctree}\na/one\nb/two\n```\n"
    book.write({"index.md": index})
    for folder, (name, other) in (("a", one), ("b", two)):
        cell = SIDE_BY_SIDE.format(name=name, other=other)
        book.write({f"{folder}/{name}.md": page(cell)})
    book.build()
    for folder, (name, _) in (("a", one), ("b", two)):
        assert book.outputs(f"{folder}/{name}") == [f"{name} {name} {book.folder.name} 1\n"]


@hangs_on_the_extension
def test_ctrl_c_ends_the_build_and_its_kernels(tmp_path):
    mark = tmp_path / "pid"
    cell = f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(900)"
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'book/_ext')!r})\n"
        "extensions = ['myst_nb', 'execution']\nnb_execution_mode = 'cache'\n"
    )
    (tmp_path / "index.md").write_text(page(cell))
    build = subprocess.Popen(
        [sys.executable, "-m", "sphinx", "-q", tmp_path, tmp_path / "out"],
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (mark.is_file() and mark.read_text()):
        assert build.poll() is None
        time.sleep(0.05)
    build.send_signal(signal.SIGINT)
    _, says = build.communicate(timeout=300)  # not the cell's 900 s: on a busy machine, too
    assert build.returncode != 0
    assert "Interrupted!" in says
    until = time.monotonic() + 60
    while is_running(int(mark.read_text())) and time.monotonic() < until:  # it takes a moment
        time.sleep(0.05)
    assert not is_running(int(mark.read_text()))


def is_running(pid):
    """Whether it is there, and not a zombie that nobody has asked about yet."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        return not stat.is_file() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

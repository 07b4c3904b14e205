"""Pages with code are run before Sphinx reads them: several at a time, and only those that need it.

A result goes to jupyter-cache (_build/.jupyter_cache), where myst-nb finds it. Beside it stands its
tie, the hash of all that it was made from: the page's code, what this imports and which files it
read, the pins, the Python, this file. A page runs again when that changes; its prose changes none.
"""

import asyncio
import json
import os
import platform
import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from kernels import READS, Kernels
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from sphinx.util import logging

from autograder.tie import Kept, digest

logger = logging.getLogger(__name__)
OWN = (Path(__file__), Path(__file__).with_name("kernels.py"))
NOT_SOURCES = ("_build", "__pycache__")  # nor a folder that begins with a dot


class PageError(Exception):
    """A page's code failed: in one line, where and how."""


@dataclass
class Page:
    """A page with code, and how it was when it ran last.

    notebook: just as myst-nb will read it. reads: the project's files that it opened. made_from:
    the tie of its result, empty where that is not known.
    """

    name: str
    path: Path
    notebook: object
    reads: list[str] = field(default_factory=list)
    seconds: float = 0.0
    made_from: str = ""

    @property
    def cells(self):
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    def tie(self, root):
        code = [cell.source for cell in self.cells]
        tags = [str(cell.metadata.get("tags")) for cell in self.cells]  # one may skip its cell
        texts = [*tags, platform.python_version(), *(path.read_text("utf-8") for path in OWN)]
        return digest(root, self.reads, code=code, texts=texts)

    def fault(self, number, what, line=1):
        """An error that names the cell and one of its lines."""
        row = self.notebook.metadata.source_map[number] + 1
        lines = self.notebook.cells[number].source.splitlines()
        shown = lines[min(line, len(lines)) - 1].strip()
        return PageError(f"{self.path}:{row}: {' '.join(what.split())}, at: {shown}")


def read(app, name):
    """The Page of that name, or None for one that has no code to run."""
    path, config = Path(app.env.doc2path(name)), app.env.mystnb_config
    if any(map(path.match, config.execution_excludepatterns)):
        return None
    source = [path.read_text("utf-8-sig")]
    app.emit("source-read", name, source)
    reader = create_nb_reader(str(path), app.env.myst_config, config, source[0])
    return reader and Page(name, path, reader.read(source[0]))


# ---- One page -----------------------------------------------------------------------------------


def run(page, root, config):
    """Run a page's cells: they get their outputs. Returns the files that it opened.

    Raises PageError.
    """
    begin, number = time.perf_counter(), 0

    def note(cell, cell_index):
        nonlocal number
        number = cell_index

    with tempfile.NamedTemporaryFile() as reads:
        client = NotebookClient(
            page.notebook,
            timeout=config.execution_timeout,
            allow_errors=config.execution_allow_errors,
            resources={"metadata": {"path": str(page.path.parent)}},
            record_timing=False,  # it would go to the options of the cells: another page
            on_cell_start=note,
            shutdown_kernel="immediate",
        )
        try:
            asyncio.run(client.async_execute(env=os.environ | {READS: reads.name}))
        except CellExecutionError as error:
            line = re.search(r"line (\d+)", re.sub(r"\x1b\[[\d;]*m", "", error.traceback))
            what = f"{error.ename}: {error.evalue}"
            raise page.fault(number, what, int(line[1]) if line else 1) from None
        except CellTimeoutError:
            raise page.fault(number, f"more than {config.execution_timeout} s") from None
        except DeadKernelError:
            raise page.fault(number, "the kernel died") from None
        opened = project_files(root, reads.read().decode().splitlines())
    for number, cell in enumerate(page.notebook.cells):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr" and config.output_stderr == "error":
                raise page.fault(number, f"written to stderr: {output.text}")
    page.seconds = time.perf_counter() - begin
    return opened


def project_files(root, opened):
    """Those of the opened paths that are sources of the project, relative to its folder."""
    found = set()
    for line in opened:
        path = Path(json.loads(line))
        if path.is_relative_to(root):
            path = path.relative_to(root)
            if not any(part in NOT_SOURCES or part.startswith(".") for part in path.parts):
                found.add(path.as_posix())
    return sorted(found)


# ---- All pages ----------------------------------------------------------------------------------


class Results:
    """The results of pages: notebooks in jupyter-cache, and beside them what they hang on."""

    def __init__(self, folder, root):
        self.root, self.cache = Path(root), get_cache(folder)
        self.kept = Kept.read(Path(folder) / "ties.json", remedy="make clean removes it")

    def compare(self, page):
        """Set the page's tie as things are now: of the files, those count that it read last."""
        if page.name in self.kept.parts:
            last = self.kept.result(page.name)
            page.reads, page.seconds = last["reads"], last["seconds"]
        page.made_from = page.tie(self.root)

    def find(self, page):
        """Whether myst-nb will find a result for the page as it is now.

        jupyter-cache tells pages apart by the options of their cells, too. So where a caption is
        new, the last result is put there once more.
        """
        if not self.kept.holds(page.name, page.made_from):
            return False
        key = self.kept.result(page.name)["key"]
        try:
            record = NbCacheRecord.record_from_hashkey(key, self.cache.db)
            last = self.cache.get_cache_bundle(record.pk).nb
        except KeyError:
            return False
        if key != self._key(page.notebook):
            page.notebook.metadata = last.metadata | page.notebook.metadata
            for cell, before in zip(page.cells, last.cells, strict=True):
                cell.outputs, cell.execution_count = before.outputs, before.execution_count
            self.put(page, page.reads)
        return True

    def _key(self, notebook):
        return self.cache.create_hashed_notebook(notebook)[1]

    def put(self, page, reads):
        """Keep the result of a page that has just been run and read these files."""
        unchanged = page.tie(self.root) == page.made_from  # else: edited while it ran
        page.reads = reads
        page.made_from = page.tie(self.root) if unchanged else ""
        data = {"execution_seconds": page.seconds}
        bundle = CacheBundleIn(page.notebook, str(page.path), data=data)
        record = self.cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        result = {"key": record.hashkey, "reads": page.reads, "seconds": round(page.seconds, 1)}
        self.kept.put(page.name, page.made_from, result)
        self.kept.write(self.kept.parts)


def run_all(pages, root, config, done):
    """Run pages, one on each processor; done is called with each that succeeds and what it read.

    Returns the PageErrors of the others. Whatever ends this early ends all kernels.
    """
    faults = []
    with Kernels() as kernels, ThreadPoolExecutor(processors()) as pool:
        running = {pool.submit(run, page, root, config): page for page in pages}
        try:
            for future in as_completed(running):
                try:
                    reads = future.result()
                except PageError as fault:
                    faults.append(fault)
                else:
                    done(running[future], reads)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kernels.kill()
            raise
    return faults


def processors():
    """How many there are for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


# ---- In Sphinx ----------------------------------------------------------------------------------


def find_outdated(app, env, added, changed, removed):
    """The pages whose results are not those that they were last read with."""
    app.results = Results(env.mystnb_config.execution_cache_path, app.srcdir)
    found = (read(app, name) for name in sorted(env.found_docs))
    app.pages_with_code = {page.name: page for page in found if page}
    for page in app.pages_with_code.values():
        app.results.compare(page)
    before = getattr(env, "page_ties", {})
    return [p.name for p in app.pages_with_code.values() if before.get(p.name) != p.made_from]


def run_outdated(app, env, names):
    """Run those of the pages to be read for which there is no result."""
    pages = [app.pages_with_code[name] for name in names if name in app.pages_with_code]
    pages = [page for page in pages if not app.results.find(page)]
    if pages:
        logger.info("running %d pages", len(pages))
        pages.sort(key=lambda page: page.seconds, reverse=True)  # a long one should not be last
        faults = run_all(pages, app.results.root, env.mystnb_config, app.results.put)
        if faults:  # no exception of Sphinx: Jupyter Book would print fifty lines of its own
            raise SystemExit("\n".join(sorted(map(str, faults))))
    env.page_ties = {page.name: page.made_from for page in app.pages_with_code.values()}


def setup(app):
    app.connect("env-get-outdated", find_outdated)
    app.connect("env-before-read-docs", run_outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

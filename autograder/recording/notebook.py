"""The graded notebook of a student, with what may be shown of its run and nothing else."""

from dataclasses import dataclass

import nbformat
from nbgrader import utils

from autograder.judging import disclose
from autograder.judging.secrets import Secrets, grade_id


@dataclass
class Graded:
    """What is recorded of a run. content: of the graded notebook's file; scores: {test: points, or
    None where a person is to give them}; untouched: the names of cells that are as they were given.
    """

    content: bytes
    scores: dict
    untouched: set


class Notebooks:
    """Makes the graded notebooks of an assignment. built: a release.Build."""

    def __init__(self, built):
        self._told = disclose.Tests(built.parsed, built.hints)
        solved = nbformat.reads(built.source[f"{built.assignment}.ipynb"], as_version=4)
        self._secrets = Secrets.of(built.parsed, solved)
        names = {test.grade_id for e in built.parsed.exercises.values() for test in e.tests}
        self._tests = {name: cell for cell in solved["cells"] if (name := grade_id(cell)) in names}
        # whose outputs nobody believes: that of the open challenge, too
        self._checks = {cell.grade_id for cell in built.parsed.cells if cell.is_test}
        self._written = {}  # {cell id: (cell, its JSON)} of what is the same in most notebooks
        released = nbformat.reads(built.release[f"{built.assignment}.ipynb"], as_version=4)
        for cell in released["cells"]:
            test = self._tests.get(grade_id(cell))
            cell["source"] = test["source"] if test else cell["source"]
            self._written[cell["id"]] = cell, _json(cell)

    def graded(self, work, result):
        """The Graded of a submission and its run.

        work: a Submission; result: a judge.Result as a dictionary.
        """
        notebook = self.notebook(work, result)
        scores, untouched = {}, set()
        for name, cell in by_grade_id(notebook).items():
            if utils.is_grade(cell):
                scores[name], _ = utils.determine_grade(cell)
            checksum = cell.metadata.get("nbgrader", {}).get("checksum")
            if utils.is_solution(cell) and utils.compute_checksum(cell) == checksum:
                untouched.add(name)
        return Graded(self.content(notebook), scores, untouched)

    def notebook(self, work, result):
        """The notebook with the tests as the source has them, and what may be shown of this run.

        work: a Submission; result: a judge.Result as a dictionary.
        """
        cells = [{**cell} for cell in work.notebook["cells"]]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        for cell in code:  # what is not run again shows what the student saw: pictures, numbers
            brought = [] if grade_id(cell) in self._checks else work.handed_in.get(cell["id"], [])
            cell["outputs"] = [_output(output) for output in brought]
            cell["execution_count"] = None
        ran = [code[i] for i in work.ran if grade_id(code[i]) not in self._tests]
        for count, (cell, one) in enumerate(zip(ran, result["cells"], strict=True), 1):
            cell["execution_count"] = count
            cell["outputs"] = [_output(output) for output in disclose.outputs(one)]
        page = self._told.page()
        for cell in code:
            name = grade_id(cell)
            if name in self._tests:
                cell["source"] = self._tests[name]["source"]
                verdict = result["tests"][name]
                if not verdict["passed"]:
                    kind, text = page.failure(name, verdict)
                    cell["outputs"] = [_error(kind, text, text)]
        said = {"fault": stopped(result), "notes": work.notes, "suspicious": work.suspicious}
        said["here"] = work.here
        if result["challenge"]:
            said["challenge"] = disclose.challenge(result["challenge"])
        metadata = {**work.notebook["metadata"], "autograder": said}
        notebook = nbformat.from_dict({**work.notebook, "cells": cells, "metadata": metadata})
        self._secrets.for_student(notebook).clean(notebook)
        return notebook

    def content(self, notebook):
        """The bytes of a notebook's file, as `nbformat.writes` gives them."""
        cells = []
        for cell in notebook["cells"]:
            known, text = self._written.get(cell["id"], (None, ""))
            cells.append(text if known == cell else _json(cell))
        whole = nbformat.v4.writes(nbformat.from_dict({**notebook, "cells": []}))
        cells = ",\n".join(cells)
        return (whole.replace('"cells": []', f'"cells": [\n{cells}\n ]', 1) + "\n").encode()


def _json(cell):
    """The lines of a cell in its notebook's file."""
    whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    _, text = nbformat.v4.writes(nbformat.from_dict(whole)).split('"cells": [\n', 1)
    return text.rpartition('\n ],\n "metadata"')[0]


def by_grade_id(notebook):
    """{grade_id: cell}."""
    return {grade_id(cell): cell for cell in notebook["cells"]}


def stopped(result):
    """What was interrupted or ended of a run, in words; "" where nothing was."""
    return "; ".join(filter(None, [*result["late"], result["fault"]]))


def _output(output):
    if output["type"] == "stream":
        return {"output_type": "stream", "name": output["name"], "text": output["text"]}
    if output["type"] == "error":
        return _error(output["ename"], output["evalue"], output["traceback"])
    return {"output_type": "display_data", "data": output["data"], "metadata": {}}


def _error(name, text, traceback):
    """An error as an output. That of a failed test is its message alone: no line of it is shown."""
    lines = traceback.split("\n")
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": lines}

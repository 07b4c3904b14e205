"""Tests that take long are left out while nothing that they hang on has changed.

`@pytest.mark.tied("cs_lib", "solutions/01_knn", …)` says what a test hangs on: files and folders of
the project. What its module, the modules beside it and each conftest.py above import of the project
counts as well, and so do the pins (see `autograder.tie`). `code` and `texts` are what else does:
texts whose imports are followed, and others. tests/kept.json holds with which tie such a test
passed. Where that is still its tie, the test is not run, but for a sample.
"""

import datetime
import functools
import os
import random
import secrets

import pytest

from autograder import tie
from autograder.project import UserError

# Tests run side by side: what one gains from a second thread, another loses.
os.environ.setdefault("OMP_NUM_THREADS", "1")
KEPT = "tests/kept.json"
BUDGET = 60  # seconds of unchanged tests that are run again, and one of those that take longer


def pytest_addoption(parser):
    group = parser.getgroup("tied tests")
    group.addoption("--all", action="store_true", help="run unchanged tied tests, too")
    group.addoption("--keep", action="store_true", help=f"write down in {KEPT} which passed")


def pytest_configure(config):
    try:
        config.pluginmanager.register(Tied(config))
    except UserError as error:
        raise pytest.UsageError(str(error)) from None


def tie_of(root, item):
    """The tie of a test; None for one without, and where a path that it names is missing."""
    marks = [*item.iter_markers("tied")]
    paths = tuple(path for mark in marks for path in mark.args)
    code, texts = (
        tuple(text for mark in marks for text in mark.kwargs.get(kind, ()))
        for kind in ("code", "texts")
    )
    if not marks or not all((root / path).exists() for path in paths):
        return None
    return _tie(root, item.path, paths, code, texts)


@functools.cache
def _tie(root, module, paths, code, texts):
    folders = [folder for folder in module.parents if folder.is_relative_to(root / "tests")]
    files = [module, *(f / "conftest.py" for f in folders if (f / "conftest.py").is_file())]
    for file in files:  # which grow: a module imports those beside it, and they others
        beside = [tie.imported(folder, file.read_text("utf-8")) for folder in folders]
        files += sorted(set().union(*beside) - {*files})
    code += tuple(file.read_text("utf-8") for file in files)
    return tie.digest(root, paths, code=code, texts=texts)


def sample(seconds, seed, today):
    """Those of the unchanged tests ({test: seconds}) that are run all the same.

    At random what fits into the budget; of those that never would, the one whose turn it is.
    """
    tests = sorted(seconds)
    long = [test for test in tests if seconds[test] > BUDGET]
    chosen, left = {tie.turn(long, today)} if long else set(), BUDGET
    for test in random.Random(seed).sample(tests, len(tests)):
        if seconds[test] <= left:
            chosen.add(test)
            left -= seconds[test]
    return chosen


class Tied:
    """Leaves tied tests out, tells how many, and keeps those that passed.

    With pytest-xdist, its workers know the ties, and the process that started them the outcomes.
    """

    def __init__(self, config):
        self.config, self.root = config, config.rootpath
        try:
            self.kept = tie.Kept.read(self.root / KEPT, KEPT)
        except UserError:
            if not config.option.all:
                raise
            self.kept = tie.Kept(self.root / KEPT)
        own = [secrets.randbits(32), datetime.date.today().toordinal()]
        self.draw = getattr(config, "workerinput", {}).get("draw", own)  # one for all workers
        self.items, self.ties, self.counts = [], {}, [0, 0]
        self.seconds, self.passed, self.failed = {}, {}, set()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        node.workerinput["draw"] = self.draw

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        ties = {item.nodeid: tie_of(self.root, item) for item in items}
        self.ties = {test: made_from for test, made_from in ties.items() if made_from}
        self.items = [item for item in items if item.nodeid in self.ties]
        known = {t: self.kept.result(t)["seconds"] for t in self.ties if t in self.kept.parts}
        if not self.config.option.all:
            same = {t: s for t, s in known.items() if self.kept.holds(t, self.ties[t])}
            seed, day = self.draw
            again = sample(same, seed, datetime.date.fromordinal(day))
            out = same.keys() - again
            self.counts = [len(same), len(again)]
            self.config.hook.pytest_deselected(items=[i for i in items if i.nodeid in out])
            items[:] = [item for item in items if item.nodeid not in out]
        # The longest come first: no worker is left alone with one of them at the end.
        first = {test: -known.get(test, BUDGET) for test in self.ties}
        items.sort(key=lambda item: first.get(item.nodeid, 0))

    def pytest_runtest_logreport(self, report):
        test = report.nodeid
        self.seconds[test] = self.seconds.get(test, 0) + report.duration
        if report.passed:
            self.passed.setdefault(test, set()).add(report.when)
        elif report.failed:
            self.failed.add(test)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        if found := getattr(node, "workeroutput", {}).get("tied"):
            self.ties, self.counts = found

    def pytest_sessionfinish(self, exitstatus):
        _tie.cache_clear()  # what changed while its test ran may not be what passed
        for item in self.items:
            if self.ties[item.nodeid] != tie_of(self.root, item):
                del self.ties[item.nodeid]
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["tied"] = [self.ties, self.counts]
            return
        parts, option = self.kept.parts, self.config.option
        wrong = self.failed & parts.keys()
        for test in wrong:  # whether or not it is run next time, it has not passed
            del parts[test]
        if option.keep:
            self._keep()
        if option.keep or wrong:
            self.kept.write(sorted(parts))

    def _keep(self):
        """Put down what passed; after a run of the whole, drop tests that are no more."""
        for test, made_from in self.ties.items():
            whole = self.passed.get(test) == {"setup", "call", "teardown"}
            if whole and not self.kept.holds(test, made_from):
                result = {"passed": True, "seconds": round(self.seconds[test], 1)}
                self.kept.put(test, made_from, result)
        option = self.config.option
        narrowed = option.keyword or option.markexpr or option.deselect or option.ignore
        if self.ties and self.config.args_source.name == "TESTPATHS" and not narrowed:
            for test in self.kept.parts.keys() - self.ties.keys():
                del self.kept.parts[test]

    def pytest_terminal_summary(self, terminalreporter):
        unchanged, again = self.counts
        if unchanged:
            terminalreporter.write_line(
                f"{unchanged} tied tests unchanged since they passed ({KEPT}), "
                f"{again} of them run again as a sample; --all runs all"
            )

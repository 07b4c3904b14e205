"""The process that runs submissions: side by side, apart from each other, and hard to kill."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from mini_course import ASSIGNMENT, make_project

from autograder.authoring import release
from autograder.authoring.withhold import withheld_copy
from autograder.judging.engine import (
    Engine,
    EngineError,
    Limits,
    Setup,
    _early,
    choose_room,
    start_early,
    tell_early,
)
from autograder.judging.judge import make_plan
from autograder.rooms.zygote import WARM_ROOMS

SLEEP = "import time\ntime.sleep(30)"


@pytest.fixture(scope="module")
def setup(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DL4CV_COURSE", raising=False)
        project = make_project(tmp_path_factory.mktemp("engine") / "project")
        release.write(project, ASSIGNMENT)
        plan = make_plan(release.build(project, ASSIGNMENT).parsed)
        library = str(withheld_copy(project, ASSIGNMENT))
    return Setup(library, plan["steps"], room=choose_room(), limits=Limits(cell=20, total=40)), plan


@pytest.fixture(scope="module")
def running(setup):
    with Engine(setup[0], 2) as one:
        yield one


def cells(plan, first=""):
    return [{"id": None, "text": first}, *plan["cells"]]


def passed(result):
    return sorted(name for name, verdict in result["tests"].items() if verdict["passed"])


ALL = ["test_clip", "test_clip_low", "test_double", "test_mean"]


def test_submissions_run_side_by_side_and_answers_come_to_whom_they_belong(setup, running):
    plan = setup[1]
    slow = running.submit(cells(plan, "import time\ntime.sleep(15)\nprint('slow')"))
    quick = [running.submit(cells(plan, f"print({i})")) for i in range(4)]
    for i, future in enumerate(quick):
        result = future.result(30)
        assert passed(result) == ALL
        assert result["cells"][0]["outputs"][0]["text"] == f"{i}\n"
    assert not slow.done()
    assert slow.result(30)["cells"][0]["outputs"][0]["text"] == "slow\n"


def test_where_steps_use_torchs_optimizers_what_these_import_is_there_before(setup, running):
    look = "import sys\nprint('torch._dynamo' in sys.modules)"
    given = {
        "id": "given 0",
        "test": False,
        "parts": ["import torch\ntorch.optim", ""],
        "names": [],
    }
    using = replace(setup[0], steps=[given, *setup[0].steps])
    forked = f"{using.room in WARM_ROOMS}\n"  # else each room imports it when it uses it
    with Engine(using) as another:
        for engine, there in [(running, "False\n"), (another, forked)]:
            result = engine.submit(cells(setup[1], look)).result(60)
            assert result["cells"][0]["outputs"][0]["text"] == there
            assert passed(result) == ALL


def test_nothing_of_one_submission_is_left_for_the_next(setup, running):
    plan = setup[1]
    leave = "import builtins\nbuiltins.left = 1\nopen('left', 'w').close()"
    look = "import builtins, os\nprint(hasattr(builtins, 'left'), os.listdir())"
    assert running.submit(cells(plan, leave)).result(30)["fault"] == ""
    result = running.submit(cells(plan, look)).result(30)
    assert result["cells"][0]["outputs"][0]["text"] == "False []\n"


def test_files_lie_in_the_working_directory(setup, running):
    read = "from pathlib import Path\nprint(Path('a/b.txt').read_text())"
    result = running.submit(cells(setup[1], read), {"a/b.txt": b"there"}).result(30)
    assert result["cells"][0]["outputs"][0]["text"] == "there\n"


def test_when_the_warm_parent_dies_the_next_submission_gets_another(setup, running):
    plan = setup[1]
    running.submit(cells(plan)).result(30)
    children = engine_children(running)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    assert passed(running.submit(cells(plan)).result(60)) == ALL


def test_when_the_engines_process_dies_what_it_owed_is_run_again(setup):
    plan = setup[1]
    with Engine(setup[0], 2) as one:
        futures = [one.submit(cells(plan, "import time\ntime.sleep(1)")) for _ in range(3)]
        time.sleep(0.3)
        one._process.kill()
        assert [passed(future.result(60)) for future in futures] == [ALL] * 3


def test_a_submission_under_which_the_process_dies_twice_is_given_up(setup):
    with Engine(setup[0], 1) as one:
        future = one.submit(cells(setup[1], SLEEP))
        time.sleep(0.3)
        first = one._process
        first.kill()
        while one._process is first or one._process is None:
            time.sleep(0.05)
        time.sleep(0.3)
        with one._lock:
            one._process.kill()
        with pytest.raises(EngineError, match="died 2 times"):
            future.result(60)
        assert passed(one.submit(cells(setup[1])).result(60)) == ALL


def test_closing_ends_what_runs_and_leaves_no_process(setup):
    one = Engine(setup[0], 1)
    with one:
        future = one.submit(cells(setup[1], SLEEP))
        time.sleep(0.5)
        pids = [one._process.pid, *engine_children(one)]
    with pytest.raises(EngineError, match="closed"):
        future.result(1)
    until = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, pids))
    assert threading.active_count() < 10


def test_a_library_that_cannot_be_imported_is_said_at_once(setup, tmp_path):
    (tmp_path / "cs_lib").mkdir()
    (tmp_path / "cs_lib" / "__init__.py").write_text("1 / 0")
    broken = Setup(str(tmp_path), setup[0].steps, room=setup[0].room)
    with pytest.raises(EngineError, match="ZeroDivisionError"), Engine(broken):
        pass


def test_an_engine_that_cannot_start_again_says_so_to_all_who_wait_and_who_come(setup, tmp_path):
    shutil.copytree(setup[0].library, tmp_path / "library")
    library = tmp_path / "library" / "cs_lib" / "__init__.py"
    with Engine(replace(setup[0], library=str(tmp_path / "library"))) as one:
        library.write_text("1 / 0")
        waiting = [one.submit(cells(setup[1], SLEEP)) for _ in range(3)]
        time.sleep(0.3)
        one._process.kill()
        for future in waiting:
            with pytest.raises(EngineError, match="ZeroDivisionError"):
                future.result(60)
        with pytest.raises(EngineError, match="ZeroDivisionError"):
            one.submit(cells(setup[1])).result(60)


SEARCH = """
import ctypes, re
found = 0
for line in open("/proc/self/maps"):
    span, rights, _, _, _, *name = line.split()
    if rights.startswith("rw") and name in ([], ["[heap]"], ["[stack]"]):
        start, end = (int(x, 16) for x in span.split("-"))
        found += len(re.findall(%r, ctypes.string_at(start, end - start)))
print(found)
"""


def test_no_hidden_test_is_in_the_memory_of_a_students_process(setup, running):
    steps, plan = setup[0].steps, setup[1]
    hidden = next(step["parts"][1] for step in steps if step["parts"][1])
    line = max(hidden.split("\n"), key=len).strip()
    assert len(line) > 20
    own = "x = 'a text that this cell says of itself'"
    for text, there in ((line, False), (own, True)):
        pattern = f"[{text[0]}]{re.escape(text[1:])}".encode()  # it does not find itself
        first = f"{own}\n{SEARCH % pattern}"
        [output] = running.submit(cells(plan, first)).result(60)["cells"][0]["outputs"]
        assert (int(output["text"]) > 0) is there, output


def test_a_process_that_was_started_early_is_the_next_engines(setup):
    start_early()
    start_early()
    [(process, _)] = _early.values()
    with Engine(setup[0]) as one:
        assert one._process is process
        assert passed(one.submit(cells(setup[1])).result(60)) == ALL
    assert process.poll() is not None
    assert not _early


def test_one_that_was_told_something_else_is_not_taken(setup):
    tell_early(setup[0], 1)
    assert not _early, "without one, there is nobody to tell"
    start_early()
    [(process, _)] = _early.values()
    tell_early(setup[0], 1)
    with Engine(setup[0], 2) as two:
        assert two._process is not process
        with Engine(setup[0], 1) as one:
            assert one._process is process
            assert passed(one.submit(cells(setup[1])).result(60)) == ALL
    assert not _early


@pytest.mark.parametrize("told", [False, True])
def test_one_that_no_engine_takes_ends_with_the_program_and_says_nothing(setup, tmp_path, told):
    code = "from autograder.judging.engine import Setup, _early, start_early, tell_early\n"
    code += "start_early()\n"
    code += f"{told} and tell_early(Setup({setup[0].library!r}, [], room={setup[0].room!r}), 1)\n"
    code += "print(*(process.pid for process, _ in _early.values()))"
    with open(tmp_path / "stderr", "w") as said:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=-1,
            stderr=said,
            text=True,
            check=True,
            cwd=tmp_path,
        )
    pid = int(done.stdout)
    until = time.monotonic() + 60
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(pid)
    assert (tmp_path / "stderr").read_text() == ""


def test_nothing_of_the_graders_environment_is_in_the_warm_processes(setup, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "swordfish")
    with Engine(setup[0]) as one:
        for pid in (one._process.pid, *engine_children(one)):
            assert b"swordfish" not in Path(f"/proc/{pid}/environ").read_bytes()
        look = "import os\nprint('SECRET_TOKEN' in os.environ)"
        result = one.submit(cells(setup[1], look)).result(60)
    assert result["cells"][0]["outputs"][0]["text"] == "False\n"


def engine_children(one):
    from autograder.rooms.usage import descendants

    return descendants(one._process.pid)[1:]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

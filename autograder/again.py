"""A class in which nothing has changed is not looked at again: what was said of it is said again.

Nothing has changed if every file is the one that it was, by its length, its place on the disk and
the times that the system notes with each write: those that go into grading an assignment, and those
that come out of it. A class of 400 is looked through so in a fraction of the time that reading one
notebook takes, and none of the libraries that grade is loaded.
"""

import hashlib
import json
import os
import sys
import sysconfig

from autograder.project import write_atomic

_SOURCES = ("autograder", "cs_lib", "nbgrader_config.py", "_config.yml")


class Again:
    """What `autograder grade ASSIGNMENT` said last, with options, and whether it still holds."""

    def __init__(self, project, assignment, options):
        """options: what else the words depend on, as data for JSON."""
        self.project, self.assignment, self.options = project, assignment, options
        self._path = project.course / "journal" / assignment / "said.json"
        self._before = self._inputs()

    def said(self):
        """The text, or None if anything has changed since, or nothing was said."""
        try:
            kept = json.loads(self._path.read_bytes())
            return kept["text"] if kept["state"] == self._state(self._before) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, text):
        """Keep a text for the next time, unless anything that goes in has changed meanwhile."""
        after = self._inputs()
        if after == self._before:
            kept = {"state": self._state(after), "text": text}
            write_atomic(self._path, json.dumps(kept).encode())

    def _state(self, inputs):
        whole = json.dumps([self.options, inputs, self._outputs()])
        return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()

    def _inputs(self):
        root, course, name = self.project.root, self.project.course, self.assignment
        places = [root / part for part in _SOURCES]
        places += [self.project.solution(name), self.project.release(name)]
        places += sorted(course.glob(f"submitted/*/{name}"))
        installed = os.stat(sysconfig.get_path("purelib")).st_mtime_ns
        return [[sys.executable, os.getcwd(), str(course), installed], _look(places)]

    def _outputs(self):
        course, name = self.project.course, self.assignment
        # the gradebook, the class, who has more time: whatever lies in the course's folder itself
        places = [path for path in course.iterdir() if path.is_file()] if course.is_dir() else []
        places = [path for path in places if path.name != "grading.lock"]
        places += [course / "journal" / name / "recorded.jsonl", course / "hints"]
        places += [*course.glob(f"feedback/*/{name}"), *course.glob(f"autograded/*/{name}")]
        return _look(sorted(places))


def _look(places):
    """What the system notes of each file in places, folders with all that is below."""
    found = []
    for place in places:
        files = [place]
        for folder, inside, names in os.walk(place):
            inside[:] = sorted(name for name in inside if name != "__pycache__")
            files += [os.path.join(folder, name) for name in (*inside, *sorted(names))]
        for path in files:
            try:
                seen = os.lstat(path)
            except OSError as error:
                found.append([str(path), error.errno])
            else:
                times = (seen.st_mtime_ns, seen.st_ctime_ns)
                found.append([str(path), seen.st_ino, seen.st_size, *times])
    return found

"""What was found out already, on disk: results by content, and what the gradebook holds of whom.

A result is written when its submission was run, and noted as recorded when the gradebook has it: a
grader that is killed in between goes on from there. All of it may be deleted at any time; what is
gone is found out again.
"""

import gzip
import hashlib
import json
import os
import zlib

from autograder.project import write_atomic


class Journal:
    """The journal of an assignment, in journal/ASSIGNMENT of the course's folder."""

    def __init__(self, project, assignment):
        self.folder = project.course / "journal" / assignment
        self._path = self.folder / "recorded.jsonl"
        self._recorded = self._read()
        self._file = None

    def result(self, key):
        """The result that was kept under a key, or None."""
        try:
            seal, text = gzip.decompress(self._result(key).read_bytes()).decode().split("\n", 1)
            return json.loads(text) if seal == digest(key, text) else None
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, zlib.error):  # damaged: run it again
            return None

    def keep(self, key, result):
        """Keep a result, sealed: what is not as it was written is no result, JSON or not."""
        text = json.dumps(result)
        content = gzip.compress(f"{digest(key, text)}\n{text}".encode(), 3, mtime=0)
        write_atomic(self._result(key), content)

    def recorded(self, student):
        """The digest under which the gradebook holds a student's work, or None."""
        return self._recorded.get(student, (None, ""))[0]

    def key(self, student):
        """The key under which the result is kept that the gradebook holds of a student, or ""."""
        return self._recorded.get(student, (None, ""))[1]

    def note(self, student, digest, key=""):
        """Note that the gradebook holds it. key: what its result is kept under."""
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            # a line that was cut off by a kill must not take the next one with it
            lines = [json.dumps([name, *note]) for name, note in self._recorded.items()]
            write_atomic(self._path, "".join(f"{line}\n" for line in lines).encode())
            self._file = open(self._path, "a", encoding="utf-8")  # noqa: SIM115  (until close)
        self._recorded[student] = digest, key
        self._file.write(json.dumps([student, digest, key]) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self):
        if self._file:
            self._file.close()
            self._file = None

    def _result(self, key):
        return self.folder / key[:2] / f"{key}.json.gz"

    def _read(self):
        found = {}
        if self._path.is_file():
            for line in self._path.read_text("utf-8", "replace").splitlines():
                try:
                    note = json.loads(line)
                except (ValueError, RecursionError):  # cut off
                    continue
                # before there were keys, a note had two texts
                if isinstance(note, list) and [*map(type, note)] in ([str] * 2, [str] * 3):
                    found[note[0]] = (note[1], "".join(note[2:]))
        return found


def digest(*parts):
    """A name for content: equal for equal parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

"""nbgrader's exchange, by which a JupyterHub hands out, collects and gives back.

nbgrader_config.py puts these classes in the place of nbgrader's own. A student owns what lies in
the exchange's inbound folder, so nothing of it is taken on trust.
"""

import glob
import os
import pwd
import shutil
import stat
from functools import partial
from pathlib import Path

from nbgrader.exchange import default
from nbgrader.utils import ignore_patterns, notebook_hash
from traitlets import Unicode

from autograder.authoring import bundle
from autograder.project import Project, UserError, write_atomic

SECRET = "submission_secret.txt"  # `nbgrader submit` writes it; by it the student finds the page
LIBRARY = "cs_lib"


class ReleaseAssignment(default.ExchangeReleaseAssignment):
    """Hands out the release with the library that it is graded with, as a bundle does."""

    project = Unicode(help="The root of the course's checkout").tag(config=True)

    def init_src(self):
        super().init_src()
        try:
            self._files = bundle.folder(Project.find(self.project), self.coursedir.assignment_id)
        except UserError as error:
            self.fail(str(error))

    def do_copy(self, src, dest, log=None):
        for path, content in self._files.items():
            write_atomic(Path(dest, path), content)


class Collect(default.ExchangeCollect):
    """Takes what students own and nothing that they point at; the trouble of one is one line."""

    def init_src(self):
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]

    def _path_to_record(self, path):
        """nbgrader's record of a submission; without a name where it cannot be this student's."""
        record, owner = super()._path_to_record(path), _owner(path)
        why = ""
        if os.path.islink(path):
            why = "it is a link"
        elif self.check_owner and owner != record["username"]:
            why = f"it bears the name {record['username']}, and the account {owner} wrote it"
        if why:
            self.log.error("%s is left out: %s", path, why)
            record["username"] = None
        return record

    def do_copy(self, src, dest, log=None):
        size, most = self.get_size(src), 1000 * self.coursedir.max_dir_size
        try:
            if size > most:
                raise OSError(f"{size} bytes, and {most} at most")
            shutil.copytree(
                src,
                dest,
                symlinks=True,
                ignore=self._left_out,
                copy_function=partial(shutil.copy2, follow_symlinks=False),
            )
            os.chmod(dest, 0o755)  # the student has left it open to all
        except OSError as error:
            shutil.rmtree(dest, ignore_errors=True)
            self.log.error("%s is left out: %s", src, error)

    def _left_out(self, folder, names):
        own = {*ignore_patterns(self.coursedir.ignore, self.coursedir.include)(folder, names)}
        for name in {*names} - own - {LIBRARY}:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                self.log.warning("%s is a link, or no file: left out", path)
                own.add(name)
        return own | {LIBRARY}


def _owner(path):
    try:
        return pwd.getpwuid(os.lstat(path).st_uid).pw_name
    except KeyError:
        return "unknown"


class ReleaseFeedback(default.ExchangeReleaseFeedback):
    """Gives back each page to whoever holds the secret of the work that was graded."""

    def copy_files(self):
        excluded = self.coursedir.student_id_exclude.split(",")
        assignment = self.coursedir.assignment_id
        for page in sorted(map(Path, glob.glob(os.path.join(self.src_path, "*.html")))):
            student = page.parents[1].name
            if student in excluded:
                continue
            graded = self.coursedir.format_path("autograded", student, assignment)
            try:
                secret = Path(graded, SECRET).read_text("utf-8")
            except FileNotFoundError:
                self.log.warning("%s handed in elsewhere: the page is yours to give back", student)
                continue
            name = notebook_hash(secret=secret, notebook_id=page.stem)
            path = Path(self.dest_path, f"{name}.html")
            write_atomic(path, page.read_bytes())
            path.chmod(0o644)
            self.log.info("Feedback released for %s: %s", student, path)

"""What a class is handed out: assignments in one archive, from which a student can work alone.

A folder for each of them holds the release and the cs_lib that it is graded with, which lacks what
the assignment asks for. So nothing of the course has to be installed, and of the grader nothing is
there. Windows, macOS and Linux unpack it alike.
"""

import io
import re
import tomllib
import zipfile
from pathlib import Path

from autograder.authoring import choice, release
from autograder.authoring.withhold import withheld_copy
from autograder.project import UserError, trouble, write_atomic

_TEXT = {"", ".py", ".txt", ".md", ".json", ".ipynb", ".csv"}
_NOT_ON_WINDOWS = re.compile(r'[<>:"\\|?*\x00-\x1f]|[. ]$')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{x}{n}" for x in ("com", "lpt") for n in range(10))}
_README = """\
In this folder, with Python {python} or newer: python -m pip install -r requirements.txt
To begin: python -m jupyter lab {first}
Leave each notebook beside its hints.json and cs_lib, and hand it in alone, under its name.
"""


def write(project, assignments=(), to=None):
    """Write the archive of assignments, by default of all that the class is taught.

    Returns its path and what is in it. Raises UserError.
    """
    names = list(dict.fromkeys(assignments)) or choice.assignments(project)
    alone = f"bundle-{names[0]}.zip" if len(names) == 1 else "bundle.zip"
    path = Path(to) if to else project.course / alone
    if path.suffix.lower() != ".zip" or path.is_dir():
        raise UserError(f"--to {to}: a bundle is one zip archive: name a file, such as {alone}")
    content = packed(members(project, names))
    try:
        write_atomic(path, content)
    except OSError as error:
        line = f"{path} cannot be written ({error.strerror}): name another place with --to FILE.zip"
        raise UserError(trouble(project, error) or line) from None
    return path, names


def members(project, assignments):
    """{path in the archive: bytes}. Raises UserError unless the releases are up to date."""
    about = _about(project)
    files = {path.name: path.read_bytes() for path in project.root.glob("LICENSE*")}
    files["requirements.txt"] = "\n".join([*about["dependencies"], "jupyterlab", ""]).encode()
    files["README.txt"] = _README.format(
        python=about["requires-python"].lstrip(">="),
        first=f"{assignments[0]}/{assignments[0]}.ipynb",
    ).encode()
    for name in assignments:
        files |= {f"{name}/{path}": content for path, content in folder(project, name).items()}
    _check_names(files)
    return {name: _plain(name, content) for name, content in files.items()}


def folder(project, assignment):
    """{path: bytes} of what a student works with: the release, and the cs_lib beside it.

    Raises UserError unless the release is up to date.
    """
    built = release.build(project, assignment)
    if drift := release.drift(project, built):
        raise UserError("\n".join(drift))
    library = withheld_copy(project, assignment)
    return built.release | {
        path.relative_to(library).as_posix(): path.read_bytes()
        for path in library.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def packed(files):
    """The bytes of an archive of {path: bytes}; the same for the same files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, content)
    return file.getvalue()


def _about(project):
    """What pyproject.toml says of what cs_lib needs."""
    path = project.root / "pyproject.toml"
    try:
        about = tomllib.loads(path.read_text("utf-8"))["project"]
        return {key: about[key] for key in ("dependencies", "requires-python")}
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{project.shown(path)} does not say what cs_lib needs, as dependencies and "
            f"requires-python of [project] ({error}): take the course's own"
        ) from None


def _plain(name, content):
    """Text with plain line ends, however the checkout has it."""
    return content.replace(b"\r\n", b"\n") if Path(name).suffix in _TEXT else content


def _check_names(names):
    """Whether every system can unpack them side by side. Raises UserError."""
    seen = {}
    for name in names:
        parts = name.split("/")
        for i, part in enumerate(parts):
            if _NOT_ON_WINDOWS.search(part) or part.split(".")[0].lower() in _DEVICES:
                raise UserError(f"{name}: Windows has no file of the name {part!r}: rename it")
            path = "/".join(parts[: i + 1])
            other = seen.setdefault(path.casefold(), path)
            if other != path:
                raise UserError(f"{other} and {path} are one name on Windows and macOS: rename one")

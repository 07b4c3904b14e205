"""A copy of cs_lib that lacks what students write themselves in an assignment.

Kernels that grade find it first on their path. The body of each withheld function, of each method
of a withheld class and of all that a withheld module defines is replaced by an error; what calls it
refuses as well.
"""

import ast
import hashlib
import os
import py_compile
import shutil
from pathlib import Path

from autograder.authoring.source import read_source
from autograder.project import UserError

_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
REFUSAL = "{name}: in this assignment you write this yourself"


def withheld_copy(project, assignment, *, make=True):
    """The folder that holds the assignment's cs_lib, made if it is missing or out of date.

    make: else only which folder it is; its name changes with its content.
    """
    path = project.solution(assignment) / "notebook.py"
    names = read_source(path, project.shown(path)).withhold
    library = _library(project)
    files = sorted(p for p in library.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    digest = hashlib.sha256(repr(names).encode())
    for file in files:
        digest.update(f"\n{file.relative_to(library)}\n".encode() + file.read_bytes())
    digest.update(Path(__file__).read_bytes())
    copy = project.course / "withheld" / assignment / digest.hexdigest()[:16]
    if make and not copy.is_dir():
        _make(copy, library, files, names, project.shown(path))
    return copy


def _library(project):
    """cs_lib of the checkout, or the installed one where the project has none of its own."""
    if (project.root / "cs_lib" / "__init__.py").is_file():
        return project.root / "cs_lib"
    import cs_lib

    return Path(cs_lib.__file__).parent


def _make(copy, library, files, names, shown):
    part = copy.with_name(f"{copy.name}.{os.getpid()}.part")
    for file in files:
        target = part / "cs_lib" / file.relative_to(library)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    for name in names:
        module, inside = _locate(name, part)
        if module is None or not strip(module, inside, name):
            raise UserError(
                f"{shown}: the header withholds {name}, which cs_lib does not define: "
                "name the module that defines it"
            )
    for file in part.rglob("*.py"):
        _compile(file, copy / file.relative_to(part))
    try:
        part.replace(copy)
    except OSError:  # another process was faster
        if not copy.is_dir():
            raise
    for old in copy.parent.iterdir():
        if old != copy:
            shutil.rmtree(old, ignore_errors=True)


def _compile(file, place):
    """Write the bytecode of a module that will lie at another place.

    Python would do so at the first import, and on a full disk leave the half of it, which every
    later import fails on. What names the source by its hash is not written again [PEP 552].
    """
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    py_compile.compile(str(file), dfile=str(place), doraise=True, invalidation_mode=mode)


def _locate(name, root):
    """The file of the module that the dotted name begins with, and what is left of the name."""
    parts = name.split(".")
    for i in range(len(parts), 0, -1):
        base = root.joinpath(*parts[:i])
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if file.is_file():
                return file, parts[i:]
    return None, parts


def strip(module, path, name):
    """Empty the function, method, class or (path: []) everything in a module's file.

    Returns whether there was anything. Comments go too: they may tell the answer.
    """
    tree = ast.parse(module.read_text(encoding="utf-8"))
    node = tree
    for part in path:
        inside = getattr(node, "body", [])
        node = next((n for n in inside if getattr(n, "name", None) == part), None)
    functions = [n for n in ast.walk(node) if isinstance(n, _FUNCTION)] if node else []
    refusal = ast.parse(f"raise NotImplementedError({REFUSAL.format(name=name)!r})").body
    for function in functions:
        docstring = function.body[:1] if ast.get_docstring(function) else []
        function.body = docstring + refusal
    module.write_text(ast.unparse(tree), encoding="utf-8")
    return bool(functions)

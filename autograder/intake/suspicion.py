"""What in a submission a person should look at: cells that do what no exercise asks for.

A reading of the text, for the instructor. It takes no points and proves nothing: who wants to hide
from it can, and the walls of the sandbox do not depend on it.
"""

import ast
import re
import symtable
import sys
from functools import lru_cache

from autograder.authoring.source import KEPT, without_magics

LINES = 12  # of one submission
OUTPUTS = 200  # as many of one cell are kept
_MODULES = {
    *("autograder", "_thread", "atexit", "builtins", "cffi", "code", "ctypes", "gc", "http"),
    *("importlib", "inspect", "marshal", "mmap", "multiprocessing", "nbgrader", "pty", "requests"),
    *("resource", "select", "shutil", "signal", "site", "socket", "sqlite3", "subprocess"),
    *("threading", "urllib", "jupyter_client", "ipykernel"),
}
# What begins so, as a full name.
_USES = (
    *(
        "os._exit",
        "os.fork",
        "os.kill",
        "os.system",
        "os.popen",
        "os.exec",
        "os.spawn",
        "os.setsid",
    ),
    *("os.remove", "os.unlink", "os.rmdir", "os.rename", "os.replace", "os.symlink", "os.environ"),
    *("sys.exit", "sys.modules", "sys.settrace", "sys.setprofile", "sys._", "sys.meta_path"),
    *("shutil.rmtree", "shutil.move", "shutil.copy", "signal.signal"),
)
_LIBRARIES = {
    *("autograder", "conftest", "cs_lib", "IPython", "matplotlib", "nbgrader_config", "numpy"),
    *("sitecustomize", "torch", "usercustomize"),
}
_CALLS = {"exec", "eval", "__import__", "globals", "breakpoint", "exit", "quit"}
_INSIDES = {
    *("__code__", "__globals__", "__closure__", "__subclasses__", "__builtins__", "__mro__"),
    *("f_locals", "f_globals", "f_back", "tb_frame", "gi_frame", "cell_contents"),
}
_LIES = {
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__array_ufunc__", "__array__"),
    *("__array_function__", "__torch_function__", "__repr__", "__instancecheck__", "__bool__"),
}
_PATHS = re.compile(
    r"/proc\b[/\w]*|/dev/shm|/etc/\w+|\.\./[./]*\w*|gradebook\.db|nbgrader_config|\.bashrc"
    r"|\b(?:submitted|autograded|solutions|source)/|\bsolutions\b|sitecustomize\.py|<script|javascript:|\bon(?:load|error)="
)
_MARKUP = re.compile(
    r"<script\b|<iframe\b|javascript:"
    r"|<[^<>]*\son(?:error|load|click|toggle|begin|(?:focus|mouse|key|pointer)\w*)\s*=",
    re.IGNORECASE,
)
_ODD_NAME = re.compile(r"[\x00-\x1f\x7f<>;|&$`\"\\*?]|^-")
_ALLOCATION = re.compile(r"\b(?:bytearray|bytes)\(\s*\d+\s*<<\s*\d+|\*\s*10\s*\*\*\s*(?:9|1\d)\b")
_AGAIN = "overwrites given names: "
_HARMLESS = ("torch.backends", "matplotlib", "plt", "warnings")


def scan(notebook, release):
    """Sentences about the cells that a student wrote or changed, such as "cell 4: uses os._exit".

    notebook: as `intake` gives it; release: as it was handed out. Cells are counted from 1, code
    and text alike; a solution cell goes by its exercise's name. Of a given cell that was changed
    those lines count that the release has nowhere; and nowhere do its statements, however they are
    laid out, for some programs write every cell anew.
    """
    lines = {s.strip() for cell in release["cells"] for s in cell["source"].split("\n")}
    given = {cell["id"]: cell["source"] for cell in release["cells"]}
    code = [cell["source"] for cell in release["cells"] if cell["cell_type"] == "code"]
    ours = frozenset().union(*map(_statements, code))
    aliases, names, found, again = {}, {}, [], {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and given.get(cell["id"]) == cell["source"]:
            imported, bound = _offered(cell["source"])
            if not _metadata(cell):
                names |= dict.fromkeys(bound)
            aliases |= imported
    for number, cell in enumerate(notebook["cells"], 1):
        marks = _metadata(cell)
        is_test = marks.get("grade") and not marks.get("solution")
        if is_test or given.get(cell["id"]) == cell["source"]:
            continue
        if cell["cell_type"] == "code":
            changed = cell["id"] in given and not marks
            parts = sentences(cell["source"], aliases, names, lines if changed else (), ours)
        else:
            match = _MARKUP.search(cell["source"])
            parts = [f"text with {match[0][:40]}"] if match else []
        where = marks.get("grade_id") or f"cell {number}"
        for part in [part for part in parts if part.startswith(_AGAIN)]:
            parts.remove(part)
            again.setdefault(where, part.removeprefix(_AGAIN))
        if parts:
            found.append(f"{where}: {'; '.join(parts)}")
    if again:  # one line, in however many cells
        first, *more = again
        more = f" and {len(more)} more" if more else ""
        found.insert(0, f"{first}{more}: {_AGAIN}{', '.join(again.values())}")
    if len(found) > LINES:
        found[LINES - 1 :] = [f"and {len(found) - LINES + 1} cells more"]
    return found


def sentences(text, aliases=None, given=(), known=(), ours=()):
    """What is odd in one cell, as short sentences; none where it is no Python, and so does not run.

    aliases: {name: module} that earlier cells imported, brought up to date. given: names of given
    cells, which nobody has to overwrite. known: lines, stripped, of which nothing is said; ours:
    the same of statements, as `_statements` gives them.
    """
    aliases = {} if aliases is None else aliases
    tree = _parse(text)
    if tree is None:
        return []
    aliases |= _aliases(ast.walk(tree))
    if ours:
        tree.body = [each for each in tree.body if ast.dump(each) not in ours]
    nodes = _nodes(tree)
    lines = [line for line in text.split("\n") if line.strip() not in known]
    found, seen = _magics(lines), _Seen(aliases, text, known)
    try:
        seen.visit(tree)
    except RecursionError:
        seen.found.append("is nested too deeply to be read")
    if seen.imports:
        found.append(f"imports {', '.join(sorted(seen.imports))}")
    again = sorted(set(_bound(tree, imports=False)) & set(given))
    if again:
        found.append(f"{_AGAIN}{', '.join(again[:6])}")
    found += seen.found
    kept, counted = _outliving(nodes, text) if lines else (set(), set())
    kept -= aliases.keys()  # np.append and np.add keep nothing
    if kept and len(kept) < 6:
        found.append(f"keeps what it is given in {', '.join(sorted(kept))}")
    if counted:
        found.append(f"answers by how often it is called: next({', '.join(sorted(counted))})")
    if _ALLOCATION.search("\n".join(lines)):
        found.append("allocates a gigabyte or more")
    return [*dict.fromkeys(found)]


def folder(name):
    """A sentence about the name of a student's folder, where a shell or a page would read it so."""
    return ["its folder's name is not a person's: mind it in commands"] * bool(
        _ODD_NAME.search(name)
    )


def files(names):
    """A sentence about files, handed in beside a notebook, that have the names of modules."""
    known = {*sys.stdlib_module_names, *_LIBRARIES}
    odd = {n for n in names if n.endswith((".py", ".so", ".pth")) and n[:-3].split("/")[0] in known}
    odd |= {name for name in names if name.endswith(".pth")}
    return [f"hands in modules: {', '.join(sorted(odd)[:6])}"] if odd else []


def outputs(result):
    """Sentences about outputs that are too many to read; result: a judge.Result, a dictionary."""
    left_out = sum(cell["left_out"] for cell in result["cells"])
    most = max((len(cell["outputs"]) for cell in result["cells"]), default=0)
    kept = [o for cell in result["cells"] for o in cell["outputs"] if o["type"] == "error"]
    found = [f"prints {left_out:,} characters too many"] if left_out else []
    found += [f"shows {most} outputs or more in a cell"] if most >= OUTPUTS else []
    if any("\n…\n" in error["traceback"] for error in kept):
        found.append("raises an error of too many characters")
    return found


def _metadata(cell):
    return cell["metadata"].get("nbgrader", {})


def _parse(text):
    try:
        return ast.parse(without_magics(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _magics(lines):
    found = []
    for line in map(str.strip, lines):
        if re.match(r"%(reset\w*|xdel|run|load|%bash|%sh|%script)\b", line):
            found.append(f"uses {line.split()[0]}")
        elif re.match(r"!(?!\s*(pip|uv|conda|ls|pwd|nvidia-smi)\b)|%sx|%system", line):
            found.append("runs a shell command")
    return found


@lru_cache(KEPT)
def _statements(text):
    """The statements of a given cell, without their layout."""
    tree = _parse(text)
    return frozenset(map(ast.dump, tree.body if tree else ()))


@lru_cache(KEPT)
def _offered(text):
    """What a given cell imports, as `_aliases`, and the names that it binds."""
    tree = _parse(text)
    return _aliases(ast.walk(tree) if tree else ()), _bound(tree)


def _nodes(tree):
    """Pairs: each node of a tree, level by level, and whether a function or lambda holds it."""
    found = [(tree, False)]
    for node, inside in found:  # which grows
        within = inside or isinstance(node, ast.FunctionDef | ast.Lambda)
        found += [(child, within) for child in ast.iter_child_nodes(node)]
    return found


def _aliases(nodes):
    """{name: full name of what was imported under it}."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _bound(tree, imports=True):
    """The names that a cell binds at its top."""
    found = []
    for node in tree.body if tree else ():
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom) and imports:
            found += [a.asname or a.name.split(".")[0] for a in node.names]
        elif isinstance(node, ast.Assign) and (imports or isinstance(node.value, ast.Lambda)):
            # a number in place of a given one is an experiment
            inside = [n for target in node.targets for n in ast.walk(target)]
            found += [
                n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            ]
    return found


def _outliving(nodes, text):
    """The notebook's names that functions of a cell change, and those of iterators they draw from.

    What is kept outlives their calls; of an iterator the next call gets another item.
    """
    changed, drawn, declared = set(), set(), set()
    for node, inside in nodes:
        target = None
        if isinstance(node, ast.Global):
            declared.update(node.names)
        elif inside and isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                if node.func.attr in ("append", "extend", "update", "add", "insert"):
                    target = node.func.value
            elif isinstance(node.func, ast.Name) and node.func.id == "next":
                drawn |= {arg.id for arg in node.args[:1] if isinstance(arg, ast.Name)}
        elif inside and isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            target = node.value
        if isinstance(target, ast.Name):
            changed.add(target.id)
    kept, counted = set(), set()
    for symbol in _symbols(text) if changed or drawn or declared else ():
        if symbol.is_global():
            counted |= drawn & {symbol.get_name()}
            if symbol.get_name() in changed or (
                symbol.is_declared_global() and symbol.is_assigned()
            ):
                kept.add(symbol.get_name())
    return kept, counted


def _symbols(text):
    """The names in functions of a cell; none where it does not compile, and so does not run."""
    try:
        tables = [symtable.symtable(without_magics(text), "cell", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    while tables:
        table = tables.pop()
        tables += table.get_children()
        if table.get_type() == "function":
            yield from table.get_symbols()


class _Seen(ast.NodeVisitor):
    def __init__(self, aliases, text, known):
        self.aliases, self.imports, self.found = aliases, set(), []
        self.parameters = [set()]
        self.known = {n for n, line in enumerate(text.split("\n"), 1) if line.strip() in known}
        self.line = 0  # of the statement or expression that is read

    def visit(self, node):
        self.line = getattr(node, "lineno", self.line)
        super().visit(node)

    def say(self, sentence):
        if self.line not in self.known:
            self.found.append(sentence)

    def name(self, node):
        """The dotted name of a name or an attribute, its import resolved; "" where it has none."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.aliases.get(node.id, node.id), *reversed(parts)])

    def visit_Import(self, node):
        self._imports(alias.name for alias in node.names)

    def visit_ImportFrom(self, node):
        self._imports([node.module or ""])

    def _imports(self, names):
        if self.line not in self.known:
            self.imports |= _MODULES.intersection(name.split(".")[0] for name in names)

    def visit_Name(self, node):
        if node.id == "get_ipython":
            self.say("touches get_ipython()")
        full = self.aliases.get(node.id, "")
        self._uses(full)

    def visit_Attribute(self, node):
        full = self.name(node)
        self._uses(full)
        if node.attr in _INSIDES:
            self.say(f"uses {node.attr}")
        if isinstance(node.ctx, ast.Store | ast.Del):
            self._replaces(full)
        self.generic_visit(node)

    def _uses(self, full):
        if full.startswith(_USES):
            self.say(f"uses {'.'.join(full.split('.')[:2])}")

    def _replaces(self, full):
        module, _, rest = full.partition(".")
        imported = {name.split(".")[0] for name in self.aliases.values()}
        if rest and module in imported and not full.startswith(_HARMLESS):
            self.say(f"replaces {full}")

    def visit_Assign(self, node):
        if isinstance(node.value, ast.Constant):  # a setting, such as np.x.verbose = True
            self.visit(node.value)
        else:
            self.generic_visit(node)

    def visit_Call(self, node):
        full, arguments = self.name(node.func), [*node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            inner = node.func.value
            called = isinstance(inner, ast.Call) and self.name(inner.func) == "get_ipython"
            if called and node.func.attr in ("run_line_magic", "magic"):
                return
            if node.func.attr in ("write_text", "write_bytes", "unlink", "rmdir", "makedirs"):
                self.say("writes files")
        if full in _CALLS:
            self.say(f"calls {full}")
        if full == "setattr" and arguments:
            self._replaces(f"{self.name(arguments[0])}.…")
        if full == "open":
            modes = [a.value for a in arguments[1:] if isinstance(a, ast.Constant)]
            if any(isinstance(mode, str) and set("wax+") & set(mode) for mode in modes):
                self.say("writes files")
        if full == "print" and any(map(self._is_argument, arguments)):
            self.say("prints its argument")
        self.generic_visit(node)

    def visit_Raise(self, node):
        args = node.exc.args if isinstance(node.exc, ast.Call) else []
        if args and all(map(self._is_argument, args)):
            self.say("raises an error whose text is its argument")
        self.generic_visit(node)

    def _is_argument(self, node):
        """Whether it is a parameter of the function around it, as it is or by repr or str."""
        while isinstance(node, ast.Call) and self.name(node.func) in ("repr", "str") and node.args:
            node = node.args[0]
        return isinstance(node, ast.Name) and node.id in self.parameters[-1]

    def visit_FunctionDef(self, node):
        arguments = node.args
        found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        self.parameters.append({a.arg for a in found})
        # a docstring is about files, it does not open any
        body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        for part in (*node.decorator_list, *arguments.defaults, *body):
            self.visit(part)
        self.parameters.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in _LIES]
        names += [n.name for n in node.body if isinstance(n, ast.FunctionDef) and n.name in _LIES]
        if names:
            self.say(f"defines {', '.join(sorted(set(names)))} in {node.name}")
        self.generic_visit(node)

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Constant(self, node):
        if isinstance(node.value, str) and (match := _PATHS.search(node.value)):
            self.say(f"names {match[0][:40]}")

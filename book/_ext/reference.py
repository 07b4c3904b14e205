"""The reference of cs_lib: NumPy and torch side by side, made from the modules as they are.

A page lists modules in a {reference} directive, named as below cs_lib.numpy. What both libraries
say alike is shown once; what differs stands in two columns; what one of them lacks is marked. Every
public name is shown in full once, in the module that defines it; modules that pass it on link to
it. Docstrings are plain text: nothing in them is read as markup but `code` and *stress*.
"""

import ast
import difflib
import functools
import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxDirective

from autograder.tie import digest

ROOT = Path(__file__).parents[2]
LIBRARIES = {"numpy": "NumPy", "torch": "torch"}
LINE = 100  # characters: the width at which docstrings are wrapped

# ---- What there is ------------------------------------------------------------------------------


@functools.cache
def imported(library, module):
    """The module, or None where a library does not have it."""
    path = ROOT / "cs_lib" / library / module.replace(".", "/")
    if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
        return importlib.import_module(f"cs_lib.{library}.{module}")
    return None


@functools.cache
def modules():
    """All modules with public names, of either library, named as below it."""
    names = set()
    for library in LIBRARIES:
        package = importlib.import_module(f"cs_lib.{library}")
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = info.name.removeprefix(f"{package.__name__}.")
            if "._" not in f".{module}" and hasattr(imported(library, module), "__all__"):
                names.add(module)
    return sorted(names)


@functools.cache
def homes(library):
    """{(module, name): the module that shows it in full}, for every public name of a library.

    That is the one where the object is defined, if it is public there, else the deepest; a module
    that another one lists shows itself.
    """
    lists = {}
    there = {}
    for module in modules():
        for name in getattr(imported(library, module), "__all__", []):
            value = there[module, name] = inspect.unwrap(getattr(imported(library, module), name))
            lists.setdefault(id(value), []).append(module)
    home = {}
    for (module, name), value in there.items():
        is_module = inspect.ismodule(value)
        own = value.__name__ if is_module else getattr(value, "__module__", None) or ""
        own = own.removeprefix(f"cs_lib.{library}.")
        if is_module:
            lists[id(value)].append(own)
        deepest = max(lists[id(value)], key=lambda module: module.count("."))
        home[module, name] = own if own in lists[id(value)] else deepest
    return home


@functools.cache
def lines(source):
    """{name: (first line, last line)} of what a file defines or imports at its top level."""
    found = {}
    for node in ast.parse(source.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            found[node.name] = (first, node.end_lineno)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = (node.lineno, node.end_lineno)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.name: (node.lineno, node.end_lineno) for alias in node.names}
    return found


@dataclass(frozen=True)
class Name:
    """A public name: the objects that the libraries have under it, None where one has none."""

    module: str
    name: str
    numpy: object = None
    torch: object = None

    @property
    def anchor(self):
        return f"{self.module}.{self.name}".replace(".", "-")

    @property
    def only(self):
        """The library that has it alone, or None."""
        return "torch" if self.numpy is None else "numpy" if self.torch is None else None

    def source(self, library):
        """(file, first line, last line)"""
        value = getattr(self, library)
        module = getattr(value, "__module__", None) or f"cs_lib.{library}.{self.module}"
        if not module.startswith("cs_lib."):  # torch's own, passed on
            module = f"cs_lib.{library}.{self.module}"
        file = Path(importlib.import_module(module).__file__)
        return file, *lines(file)[self.name]


@functools.cache
def names_of(module):
    """The names that a module shows in full, in the order of its code: that of a lecture."""
    found = {}
    for library in LIBRARIES:
        for (where, name), home in homes(library).items():
            if where == home == module:
                found.setdefault(name, {})[library] = getattr(imported(library, module), name)
    names = [Name(module, name, **values) for name, values in found.items()]
    return sorted(names, key=lambda n: n.source("torch" if n.only == "torch" else "numpy"))


def passed_on(module):
    """The names that a module only passes on: (name, the module that shows it).

    f stands for f_backward too: both are shown in one place.
    """
    found = {}
    for library in LIBRARIES:
        for (where, name), home in homes(library).items():
            if where == module != home:
                found[name] = home
    backward = {name for name in found if name.removesuffix("_backward") in found.keys() - {name}}
    return sorted(
        ((name, home) for name, home in found.items() if name not in backward),
        key=lambda item: item[0].casefold(),
    )


# ---- What is said of it -------------------------------------------------------------------------


def unwrapped(doc, indent):
    """The lines of a docstring before an editor broke them: a line goes on with the next one if
    that one's first word had no room (or hardly any) in it, and does not begin something new.

    Indented lines go on with the last one too, but after an empty one they are code, and stay so.
    The shape of a result ends a line.
    """
    found, last, room = [], "", 0
    for n, line in enumerate(inspect.cleandoc(doc or "").splitlines()):
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        indented, code = line.startswith(" "), bool(found) and found[-1].startswith(" ")
        full = room < 1 + len(word) and not begins(word and line.strip(), last)
        if word and last and not code and (indented or full):
            found[-1] += f" {line.strip()}"
        else:
            found.append(line.rstrip())
        last = line.strip()
        room = LINE - 4 - indent - len(line) - 3 * (n == 0)
    split = [re.sub(rf"({RESULT})\. (?=\S)", r"\1\n", line).split("\n") for line in found if line]
    return [line for part in split for line in part]


RESULT = r"-> [^.;]*(?:\)|cache)"


def begins(line, last):
    """Whether a line begins something new though the last one was full: `x: …`, a result, an error,
    a sentence after something that was none, or anything after the shape of a result."""
    return bool(
        not line
        or re.match(r"[\w.]+(, [\w.]+| = \w+)*: |-> |(Value|Type|Runtime)Error\b", line)
        or (line[0].isupper() and last[-1:] not in ".:;,")
        or re.search(f"{RESULT}$", last)
    )


def compared(here, there):
    """[(lines alike, lines of NumPy alone, lines of torch alone)], in order.

    A line that says of NumPy's result only that a cache comes with it counts as alike.
    """
    plain = [line.replace(" -> y, cache", ".").replace(", cache", "") for line in here]
    matcher = difflib.SequenceMatcher(None, plain, there, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            yield [line.replace(", cache", CACHE) for line in here[a:b]], [], []
        else:
            yield [], here[a:b], there[c:d]


CACHE = ", and in NumPy a cache"


def signature(value, name):
    """name(arguments), without annotations; a constant has none."""
    if not callable(value):
        return name
    try:
        found = inspect.signature(value)
    except ValueError:
        return f"{name}(…)"
    empty = inspect.Parameter.empty
    parameters = [p.replace(annotation=empty) for p in found.parameters.values()]
    if parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    return name + str(found.replace(parameters=parameters, return_annotation=empty))


def doc_of(value, name, file):
    """The lines that say what an object is: its docstring; of a constant, its comment and keys."""
    if callable(value):
        own = value.__doc__ if ours(value) else ""
        return unwrapped(own, indent=4)
    source = file.read_text("utf-8").splitlines()
    first = lines(file)[name][0] - 1
    comment = [source[first].partition("  # ")[2]]
    while source[first - 1].startswith("# "):
        first -= 1
        comment.insert(0, source[first].removeprefix("# "))
    says = " ".join(filter(None, comment))
    return [says, "Keys: " + ", ".join(map(str, value))] if isinstance(value, dict) else [says]


def ours(value):
    return (getattr(value, "__module__", None) or "").startswith("cs_lib.")


def methods_of(cls):
    """{name: method} of those that a class explains: its own, and those of its private bases."""
    found = {}
    for base in cls.__mro__ if inspect.isclass(cls) else ():
        if ours(base) and (base is cls or base.__name__.startswith("_") or hidden(base)):
            for name, value in vars(base).items():
                if inspect.isfunction(value) and name[0] != "_" and value.__doc__:
                    found.setdefault(name, value)
    return found


def hidden(cls):
    """Whether a class is defined in a private module."""
    return any(part.startswith("_") for part in cls.__module__.split("."))


# ---- How it is shown ----------------------------------------------------------------------------

INLINE = re.compile(r"`([^`]+)`|(?<![\w*])\*([A-Za-z][A-Za-z ]*)\*(?![\w*])")


def link(module, name, *content):
    """A link to a name, wherever it is shown."""
    library = "numpy" if imported("numpy", module) else "torch"
    target = f"cs_lib.{library}.{module}" + (f".{name}" if name else "")
    content = content or [nodes.literal("", name or module)]
    return pending_xref(
        "", *content, refdomain="py", reftype="obj", reftarget=target, refexplicit=True
    )


def text(line, module):
    """The nodes of a line: `code`, linked if it is a name of the library, and *stress*."""
    found, end = [], 0
    for match in INLINE.finditer(line):
        code, stress = match.groups()
        found.append(plain(line[end : match.start()]))
        if code:
            home = home_of(code, module)
            found.append(link(home, code) if home else nodes.literal("", code))
        else:
            found.append(nodes.emphasis("", stress))
        end = match.end()
    return [*found, plain(line[end:])]


def plain(words):
    """With arrows that no browser breaks in two."""
    return nodes.Text(words.replace("->", "→"))


def home_of(name, module):
    """The module that shows a name: this one if it does, else the only one; None if in doubt."""
    found = {
        home
        for library in LIBRARIES
        for (_, other), home in homes(library).items()
        if other == name
    }
    return module if module in found else found.pop() if len(found) == 1 else None


def block(kind, *content):
    return nodes.container("", *content, classes=[f"ref-{kind}"])


def written(lines_, module):
    """Lines of a docstring: they break where the page does; what is indented is code."""
    shown = []
    for line in lines_:
        content = [nodes.literal("", line)] if line[0] == " " else text(line, module)
        shown.append(as_it_is(nodes.line("", "", *content)))
    return [nodes.line_block("", *shown)] if shown else []


def as_it_is(node):
    """Without typographic quotes: "mean" in a docstring is code."""
    node["support_smartquotes"] = False
    return node


def code(content, kind):
    return nodes.paragraph("", "", nodes.literal("", content), classes=[f"ref-{kind}"])


def beside(content, after):
    return nodes.paragraph("", "", nodes.literal("", content), nodes.Text(" "), after)


def mark(library):
    return nodes.inline("", f"{LIBRARIES[library]} only", classes=["ref-mark"])


def sides(left, right):
    """NumPy at the left and torch at the right; on a phone, one above the other."""
    return block("pair", block("side", *left), block("side", *right))


def described(here, there, module):
    """Lines that may differ: alike across the page, otherwise in two columns."""
    found = []
    for both, left, right in compared(here, there):
        if both:
            found += written(both, module)
        else:
            columns = [
                [side(name), *written(says, module)] if says else []
                for name, says in zip(LIBRARIES.values(), (left, right), strict=True)
            ]
            found.append(sides(*columns))
    return found


def side(library):
    return nodes.paragraph("", library, classes=["ref-library"])


def quiet(words):
    return nodes.paragraph("", words, classes=["ref-quiet"])


class Reference(SphinxDirective):
    """A section for each module, in it one for each of its names."""

    has_content = True

    def run(self):
        note_reference(self.env)
        return [self.show_module(module) for module in " ".join(self.content).split()]

    def section(self, anchor, title, *content):
        found = nodes.section("", nodes.title("", "", nodes.literal("", title)), *content)
        found["classes"] = ["ref-section"]
        found["ids"] = [anchor]
        self.state.document.set_id(found)
        return found

    def source_link(self, file, first=None, last=None):
        theme = self.config.html_theme_options
        url = f"{theme['repository_url'].rstrip('/')}/blob/{theme['repository_branch']}/"
        url += file.relative_to(ROOT).as_posix() + (f"#L{first}-L{last}" if first else "")
        return nodes.reference("", "source", refuri=url, internal=False)

    def show_module(self, module):
        anchor = module.replace(".", "-")
        there = {name: imported(name, module) for name in LIBRARIES}
        python = self.env.get_domain("py")
        heads = []
        for library, found in there.items():
            if found is None:
                alone = "torch" if library == "numpy" else "numpy"
                heads.append([nodes.paragraph("", "", mark(alone))])
                continue
            python.note_module(found.__name__, anchor, "", "", False)
            python.note_object(found.__name__, "module", anchor)
            heads.append([beside(found.__name__, self.source_link(Path(found.__file__)))])
        docs = [unwrapped(found.__doc__ if found else "", 0) for found in there.values()]
        if None in there.values():
            content = written(docs[0] or docs[1], module)
        else:
            content = described(*docs, module)
        names = names_of(module)
        attached = {n.name for n in names if n.name.endswith("_backward")}
        attached = {n for n in attached if n.removesuffix("_backward") in {n.name for n in names}}
        imports = sides(*heads)
        imports["classes"].append("ref-heads")
        return self.section(
            anchor,
            module,
            imports,
            *content,
            *self.show_passed_on(module),
            *self.show_shared_methods(names),
            *(self.show_name(n, names) for n in names if n.name not in attached),
        )

    def show_passed_on(self, module):
        links = passed_on(module)
        if not links:
            return []
        found = nodes.paragraph("", "From other modules: ")
        for n, (name, home) in enumerate(links):
            itself = home == f"{module}.{name}"
            found += [nodes.Text(", " * (n > 0)), link(home, "" if itself else name)]
        return [found]

    def show_name(self, entry, names):
        content = [*self.show_heads(entry), *self.show_object(entry)]
        backward = [n for n in names if n.name == f"{entry.name}_backward"]
        content += [self.show_backward(n, entry) for n in backward]
        shared = shared_methods(names)
        for name, (here, there) in methods(entry).items():
            if name not in shared.get(base_of(entry), {}):
                content.append(self.show_method(name, here, there, entry))
        return self.section(entry.anchor, entry.name, *content)

    def note(self, entry, anchor):
        """Make a name known to links and to the search."""
        for library in LIBRARIES:
            value = getattr(entry, library)
            kind = "class" if inspect.isclass(value) else "function" if callable(value) else "data"
            if value is not None:
                name = f"cs_lib.{library}.{entry.module}.{entry.name}"
                self.env.get_domain("py").note_object(name, kind, anchor)

    def show_heads(self, entry):
        """Where to import a name from, and its source."""
        self.note(entry, entry.anchor)
        heads = []
        for library in LIBRARIES:
            if getattr(entry, library) is None:
                heads.append([nodes.paragraph("", "", mark(entry.only))])
                continue
            line = f"from cs_lib.{library}.{entry.module} import {entry.name}"
            heads.append([beside(line, self.source_link(*entry.source(library)))])
        found = sides(*heads)
        found["classes"].append("ref-heads")
        return [found]

    def show_object(self, entry):
        """Signature and description; of two libraries, once where they agree."""
        calls, docs = {}, {}
        for library in LIBRARIES:
            value = getattr(entry, library)
            if value is not None and (ours(value) or not callable(value)):
                calls[library] = signature(value, entry.name)
                docs[library] = doc_of(value, entry.name, entry.source(library)[0])
        if len(set(calls.values())) == 2:
            columns = [[side(LIBRARIES[n]), code(c, "signature")] for n, c in calls.items()]
            found = [sides(*columns)]
        else:
            found = [code(call, "signature") for call in set(calls.values())]
        if len(docs) == 2:
            return found + described(*docs.values(), entry.module)
        found += [part for doc in docs.values() for part in written(doc, entry.module)]
        if entry.only is None:
            value = entry.torch
            found.append(quiet(f"In torch, {value.__module__}.{value.__qualname__} itself."))
        return found

    def show_backward(self, backward, entry):
        """What is derived by hand, beside the nothing that torch needs."""
        self.note(backward, backward.anchor)
        head = nodes.paragraph("", "", mark("numpy"), nodes.Text(" "), classes=["ref-library"])
        head += self.source_link(*backward.source("numpy"))
        docs = doc_of(backward.numpy, backward.name, backward.source("numpy")[0])
        call = code(signature(backward.numpy, backward.name), "signature")
        left = [head, call, *written(docs, entry.module)]
        right = [side("torch"), quiet("autograd derives it.")]
        found = block("method", *left) if entry.only else sides(left, right)
        found["ids"] = [backward.anchor]
        self.state.document.set_id(found)
        return found

    def show_method(self, name, here, there, entry):
        both = [m for m in (here, there) if m is not None and ours(m)]
        calls = list(dict.fromkeys(signature(m, f".{name}") for m in both))
        head = code(calls[0], "signature")
        if entry.only is None and (here is None or there is None):
            head += [nodes.Text(" "), mark("torch" if here is None else "numpy")]
        found = [head, *(code(call, "signature") for call in calls[1:])]
        docs = [unwrapped(m.__doc__, indent=8) for m in both]
        if len(docs) == 2 and there.__doc__:
            return block("method", *found, *described(*docs, entry.module))
        return block("method", *found, *written(docs[0], entry.module))

    def show_shared_methods(self, names):
        """What several classes of a module inherit from one base of theirs, once."""
        found = []
        for base, there in shared_methods(names).items():
            classes = [n for n in names if base_of(n) is base]
            says = "Methods of all classes" if len(classes) == len(names) else "Methods of "
            line = nodes.paragraph("", says, classes=["ref-shared"])
            if len(classes) != len(names):
                for n, entry in enumerate(classes):
                    line += [nodes.Text(", " * (n > 0)), link(entry.module, entry.name)]
            line += nodes.Text(":")
            found.append(line)
            for name in there:
                here, other = methods(classes[0])[name]
                found.append(self.show_method(name, here, other, classes[0]))
        return found


def methods(entry):
    """{name: (NumPy's, torch's)} of the methods that a class explains in either library."""
    found = {}
    for library in LIBRARIES:
        for name in methods_of(getattr(entry, library)):
            found[name] = tuple(getattr(getattr(entry, n), name, None) for n in LIBRARIES)
    return found


def base_of(entry):
    """The private base that a class of NumPy's inherits methods from, or None."""
    for base in getattr(entry.numpy, "__mro__", ())[1:]:
        private = base.__name__.startswith("_") or hidden(base)
        if ours(base) and private and methods_of(base):
            return base
    return None


def shared_methods(names):
    """{base: its methods}, for the bases of several classes."""
    bases = [base_of(n) for n in names]
    return {b: methods_of(b) for b in dict.fromkeys(bases) if b and bases.count(b) > 1}


class Overview(SphinxDirective):
    """A line for each module: a link to its section, and what it is about."""

    def run(self):
        note_reference(self.env)
        rows = []
        for module in modules():
            there = imported("numpy", module) or imported("torch", module)
            first = unwrapped(there.__doc__, 0)[0]
            term = nodes.term("", "", link(module, ""))
            if imported("torch", module) is None:
                term += [nodes.Text(" "), mark("numpy")]
            elif imported("numpy", module) is None:
                term += [nodes.Text(" "), mark("torch")]
            says = nodes.paragraph("", "", *text(first, module))
            rows.append(nodes.definition_list_item("", term, nodes.definition("", says)))
        return [nodes.definition_list("", *rows, classes=["ref-modules"])]


# ---- When it is made again ----------------------------------------------------------------------


def note_reference(env):
    """Remember that the page that is being read is one of the reference."""
    env.note_dependency(__file__)
    env.metadata[env.docname]["reference_of"] = env.reference_of


def find_outdated(app, env, added, changed, removed):
    """The pages of the reference when the library is no longer as they show it."""
    env.reference_of = digest(ROOT, ["cs_lib"])
    seen = {name: data.get("reference_of") for name, data in env.metadata.items()}
    return [name for name, library in seen.items() if library not in (None, env.reference_of)]


def setup(app):
    app.add_directive("reference", Reference)
    app.add_directive("reference-modules", Overview)
    app.connect("env-get-outdated", find_outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

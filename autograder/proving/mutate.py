"""Automatic mutants of a solution: one small change each, made in its syntax tree.

The libraries for this (mutmut, cosmic-ray) mutate the files of a package and run a test command for
each; ours has to mutate one cell of a notebook and run its tests in a warm fork.

A mutant that no test notices is a gap in the tests, or equivalent: the same function after all.
"""

import ast
import copy
import difflib
from dataclasses import dataclass

from autograder.authoring.source import without_magics

_OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Div],
    ast.Mod: [ast.FloorDiv],
    ast.Pow: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
}
_COMPARISONS = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
_NAMES = {  # functions and methods that are easily taken for each other
    "max": "min",
    "min": "max",
    "argmax": "argmin",
    "argmin": "argmax",
    "maximum": "minimum",
    "minimum": "maximum",
    "sum": "mean",
    "mean": "sum",
    "any": "all",
    "all": "any",
    "zeros": "ones",
    "ones": "zeros",
    "empty": "ones",
    "abs": "square",
    "sqrt": "square",
    "cumsum": "cumprod",
    "std": "var",
    "var": "std",
    "exp": "expm1",
    "log": "log1p",
    "float32": "float64",
    "float64": "float32",
    "argsort": "sort",
}
_STATEMENTS = ast.Expr | ast.Assign | ast.AugAssign | ast.Raise | ast.Continue | ast.Break


@dataclass(frozen=True)
class Mutant:
    """change: the lines that differ, "before → after"; text: the whole cell, mutated."""

    change: str
    text: str


def mutants(text, name):
    """Every Mutant of the function or class name in a cell's text, each only once."""
    tree = ast.parse(without_magics(text))
    found = {}
    target = next(n for n in tree.body if getattr(n, "name", None) == name)
    original = ast.unparse(target)
    for path in _paths(target):
        for change in _changes(_at(target, path)):
            mutated = copy.deepcopy(target)
            if not change(mutated, path):
                continue
            ast.fix_missing_locations(mutated)
            try:
                code = ast.unparse(mutated)
                ast.parse(code)
            except (SyntaxError, ValueError, AttributeError):
                continue
            if code != original and code not in found:
                found[code] = _difference(original, code)
    rest = [ast.unparse(n) for n in tree.body if n is not target]
    place = tree.body.index(target)
    result = []
    for code, change in found.items():
        cell = "\n\n".join([*rest[:place], code, *rest[place:]])
        result.append(Mutant(change, cell))
    return result


def _difference(old, new):
    lines = list(difflib.ndiff(old.split("\n"), new.split("\n")))
    before = "; ".join(line[2:].strip() for line in lines if line.startswith("- "))
    after = "; ".join(line[2:].strip() for line in lines if line.startswith("+ "))
    return f"{before} → {after or 'nothing'}"


# A path leads from the root to a node: (field, index or None) steps.


def _paths(node, path=()):
    yield path
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield from _paths(value, (*path, (field, None)))
        elif isinstance(value, list):
            for i, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield from _paths(item, (*path, (field, i)))


def _at(node, path):
    for field, index in path:
        node = getattr(node, field) if index is None else getattr(node, field)[index]
    return node


def _put(root, path, new):
    """Replace the node at path; new None drops it from its list. Returns whether that worked."""
    parent, (field, index) = _at(root, path[:-1]), path[-1]
    if index is None:
        setattr(parent, field, new)
    elif new is None:
        del getattr(parent, field)[index]
    else:
        getattr(parent, field)[index] = new
    return True


def _changes(node):
    """The changes that can be made to a node, as functions of (tree, path)."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for operator in _OPERATORS.get(type(node.op), []):
            yield lambda root, path, o=operator: _set(root, path, "op", o())
    if isinstance(node, ast.BinOp):
        yield lambda root, path: _put(root, path, _at(root, path).left)
        yield lambda root, path: _put(root, path, _at(root, path).right)
    if isinstance(node, ast.Compare) and len(node.ops) >= 1:
        for i, operator in enumerate(node.ops):
            for other in _COMPARISONS.get(type(operator), []):
                yield lambda root, path, i=i, o=other: _set_item(root, path, "ops", i, o())
    if isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield lambda root, path: _set(root, path, "op", other())
    if isinstance(node, ast.UnaryOp):
        yield lambda root, path: _put(root, path, _at(root, path).operand)
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield lambda root, path: _set(
            root, path, "test", ast.UnaryOp(op=ast.Not(), operand=_at(root, path).test)
        )
    if isinstance(node, ast.Constant):
        for value in _constants(node.value):
            yield lambda root, path, v=value: _put(root, path, ast.Constant(v))
    if isinstance(node, ast.Slice):
        for part in ("lower", "upper", "step"):
            if getattr(node, part) is not None:
                yield lambda root, path, p=part: _set(root, path, p, None)
    if isinstance(node, ast.Attribute) and node.attr in _NAMES:
        yield lambda root, path: _set(root, path, "attr", _NAMES[_at(root, path).attr])
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _NAMES:
        yield lambda root, path: _set(root, path, "id", _NAMES[_at(root, path).id])
    if isinstance(node, ast.Call):
        yield from _call_changes(node)
    if isinstance(node, ast.comprehension):
        for i in range(len(node.ifs)):
            yield lambda root, path, i=i: _set_item(root, path, "ifs", i, ast.Constant(True))
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if isinstance(node, _STATEMENTS) and not docstring:
        yield lambda root, path: _put(root, path, ast.Pass())
    if isinstance(node, ast.Return) and node.value is not None:
        yield lambda root, path: _set(root, path, "value", ast.Constant(None))


def _call_changes(node):
    for i in range(len(node.keywords)):
        yield lambda root, path, i=i: _at(root, path).keywords.pop(i) is not None
    if len(node.args) == 2:
        yield lambda root, path: _set(root, path, "args", _at(root, path).args[::-1])
    if node.args and not isinstance(node.args[0], ast.Starred):  # f(x) → x
        yield lambda root, path: _put(root, path, _at(root, path).args[0])
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):  # x.f() → x
        yield lambda root, path: _put(root, path, _at(root, path).func.value)


def _is_module(node):
    return isinstance(node, ast.Name) and node.id in ("np", "torch", "math")


def _constants(value):
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value * 2, -value, 0.0] if value else [1.0]
    return []


def _set(root, path, field, value):
    setattr(_at(root, path), field, value)
    return True


def _set_item(root, path, field, index, value):
    getattr(_at(root, path), field)[index] = value
    return True

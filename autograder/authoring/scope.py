"""The names that a cell binds, and those that it takes from other cells.

`source.names_of` is quicker, and counts as taken whatever might be. This follows a cell in the
order in which it runs, and is exact but for branches: what one of them binds counts as bound.
"""

import ast
import symtable

from autograder.authoring.source import without_magics


def names(text):
    """(bound, taken) of a cell: sets of names, Python's own among those taken."""
    scope = _Scope()
    scope.visit(ast.parse(without_magics(text)))
    return scope.bound, scope.taken | (scope.late - scope.bound)


class _Scope(ast.NodeVisitor):
    """late: what functions read, which the cell may bind after them."""

    def __init__(self, bound=(), late=None):
        self.bound, self.taken = {*bound}, set()
        self.late = set() if late is None else late

    def visit_all(self, *parts):
        for part in parts:
            for node in part if isinstance(part, list) else [part]:
                if node is not None:
                    self.visit(node)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.bound.add(node.id)
        elif node.id not in self.bound:
            self.taken.add(node.id)

    def visit_Assign(self, node):
        self.visit_all(node.value, node.targets)

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            self.visit(ast.Name(node.target.id, ast.Load()))
        self.visit_all(node.value, node.target)

    def visit_AnnAssign(self, node):
        self.visit_all(node.annotation, node.value, node.target if node.value else None)

    def visit_NamedExpr(self, node):
        self.visit_all(node.value, node.target)

    def visit_For(self, node):
        self.visit_all(node.iter, node.target, node.body, node.orelse)

    visit_AsyncFor = visit_For

    def visit_MatchAs(self, node):
        self.bound |= {node.name} - {None}
        self.visit_all(node.pattern)

    def visit_MatchStar(self, node):
        self.bound |= {node.name} - {None}

    def visit_MatchMapping(self, node):
        self.bound |= {node.rest} - {None}
        self.visit_all(node.keys, node.patterns)

    def visit_ExceptHandler(self, node):
        self.bound |= {node.name} - {None}
        self.visit_all(node.type, node.body)

    def visit_Import(self, node):
        self.bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node):
        arguments = node.args
        self.visit_all(node.decorator_list, arguments.defaults, arguments.kw_defaults)
        self.bound.add(node.name)
        self.late |= _read_inside(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        self.visit_all(node.decorator_list, node.bases, [word.value for word in node.keywords])
        self._inside(node.body)
        self.bound.add(node.name)

    def visit_Lambda(self, node):
        arguments = node.args
        self.visit_all(arguments.defaults, arguments.kw_defaults)
        self.late |= _read_inside(ast.Expr(node))

    def _comprehension(self, node):
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        parts = [part for loop in node.generators for part in (loop.iter, loop.target, *loop.ifs)]
        self._inside([*parts, *values])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _inside(self, nodes):
        """A scope of its own, which takes what is not its own from this one."""
        scope = _Scope(self.bound, self.late)
        scope.visit_all(nodes)
        self.taken |= scope.taken


def _read_inside(node):
    """The notebook's names that the scopes in a statement read."""
    found, inner = set(), symtable.symtable(ast.unparse(node), "cell", "exec").get_children()
    while inner:
        scope = inner.pop()
        found |= {s.get_name() for s in scope.get_symbols() if s.is_global() and s.is_referenced()}
        inner += scope.get_children()
    return found

"""What a cell takes from other cells is what it reads before it has it."""

import pytest

from autograder.authoring import scope


@pytest.mark.parametrize(
    ("text", "bound", "taken"),
    [
        ("y = x", "y", "x"),
        ("x = x + 1", "x", "x"),
        ("x = 1\ny = x", "x y", ""),
        ("x += 1", "x", "x"),
        ("x[0] = 1", "", "x"),
        ("x.a = y", "", "x y"),
        ("x.append(1)", "", "x"),
        ("x: int = y", "x", "int y"),
        ("x: int", "", "int"),
        ("(a, b), *c = d", "a b c", "d"),
        ("for a in b:\n    c = a\n    c[0] = 1", "a c", "b"),
        ("for a in b:\n    c = c + a", "a c", "b c"),
        ("for a in b:\n    pass\nelse:\n    c = a", "a c", "b"),
        ("import a.b, c as d\nfrom e import f as g, h", "a d g h", ""),
        ("with a() as b:\n    b.c", "b", "a"),
        ("try:\n    a\nexcept B as c:\n    c", "c", "a B"),
        ("if (n := m) > 1:\n    n", "n", "m"),
        ("[a for a in b if a > c]", "", "b c"),
        ("{a: d for a in b for d in a}", "", "b"),
        ("a = 1\n[a for a in b]\na", "a", "b"),
        ("def f(x, y=z):\n    w = x\n    w[0] = v\n    return w", "f", "z v"),
        ("def f(x):\n    return f(x - 1)", "f", ""),
        ("def f():\n    return later\nlater = 1", "f later", ""),
        ("def f():\n    return later\nf()", "f", "later"),
        ("@a\ndef f(): pass", "f", "a"),
        ("f = lambda x, y=z: x + w", "f", "z w"),
        ("f = lambda x: x + w\nw = 1", "f w", ""),
        ("class A(B, c=D):\n    e = f\n    def g(self):\n        return e, h", "A", "B D f e h"),
        ("%matplotlib inline\nx", "", "x"),
        ("f'{x:{y}}'", "", "x y"),
        ("global_one.f(x)(y)", "", "global_one x y"),
        ("async def f():\n    return x", "f", "x"),
        (
            "match a:\n    case [b, *c]:\n        b\n    case {'d': e, **f}:\n        e",
            "b c e f",
            "a",
        ),
    ],
)
def test_names(text, bound, taken):
    assert scope.names(text) == ({*bound.split()}, {*taken.split()})

"""cs_lib.numpy and cs_lib.torch are mirror images, whatever modules they come to have.

A new module is held to the contract by existing. Each of its public names needs an example in
EXAMPLES, with which both libraries must give the same values in float64.
"""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

import cs_lib.numpy
import cs_lib.torch

NUMPY_ONLY = {"features"}  # classic pipelines, of which no later chapter needs a torch version


def modules(package):
    """The dotted names below a package, private ones and the NumPy-only ones left out."""
    names = [
        info.name.removeprefix(f"{package.__name__}.")
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return {
        name
        for name in names
        if name.split(".")[0] not in NUMPY_ONLY
        and not any(part.startswith("_") for part in name.split("."))
    }


MODULES = sorted(modules(cs_lib.numpy))


def defined_names(module):
    """What a module has in __all__ and defines itself: a package may pass on its modules' names."""
    module = importlib.import_module(f"cs_lib.numpy.{module}")
    return [n for n in module.__all__ if getattr(module, n).__module__ == module.__name__]


PUBLIC = [(module, name) for module in MODULES for name in defined_names(module)]


def twins(module, name=None):
    pair = [importlib.import_module(f"cs_lib.{lib}.{module}") for lib in ("numpy", "torch")]
    return [getattr(m, name) for m in pair] if name else pair


# --- examples ---


def rng():
    return np.random.default_rng(0)


X, QUERIES = rng().standard_normal((40, 2, 3, 4)), rng().standard_normal((17, 2, 3, 4)) / 2
Y = rng().integers(0, 4, 40)
ROWS, OTHER_ROWS = X.reshape(40, 24), QUERIES.reshape(17, 24)


def knn(cls, array):
    return cls(k=3).fit(array(X), array(Y))


def knn_outputs(model, array):
    return [
        *model.kneighbors(array(QUERIES)),
        model.predict(array(QUERIES)),
        model.predict(array(X)),
    ]


def linear(cls, array):
    return cls("cross_entropy", epochs=2, batch_size=7).fit(array(X), array(Y), rng=rng())


def linear_outputs(model, array):
    return [model.decision_function(array(QUERIES)), model.predict(array(QUERIES))]


# A function: the arguments to call it with, each time. A class: how to make a fitted object of it,
# and what the object then says.
EXAMPLES = {
    "classifiers.cdist": [
        (OTHER_ROWS, ROWS),
        (OTHER_ROWS, ROWS, 1),
        (OTHER_ROWS + 1e4, ROWS + 1e4),
    ],
    "classifiers.cdist_one_loop": [(OTHER_ROWS, ROWS), (OTHER_ROWS, ROWS, 1)],
    "classifiers.cdist_two_loops": [(OTHER_ROWS, ROWS), (OTHER_ROWS, ROWS, 1)],
    "classifiers.vote": [(rng().integers(0, 5, (30, 40)) / 2, Y, k) for k in (1, 4, 40)],
    "classifiers.KNeighborsClassifier": (knn, knn_outputs),
    "classifiers.LinearClassifier": (linear, linear_outputs),
}


def as_tensor(value):
    return torch.tensor(value) if isinstance(value, np.ndarray) else value


def same(value):
    return value


def flipped(value):
    return np.flip(value).copy()


def assert_same(of_numpy, of_torch):
    of_numpy = of_numpy if isinstance(of_numpy, list | tuple) else [of_numpy]
    of_torch = of_torch if isinstance(of_torch, list | tuple) else [of_torch]
    for a, b in zip(of_numpy, of_torch, strict=True):
        assert isinstance(a, np.ndarray)
        assert isinstance(b, torch.Tensor)
        assert_allclose(b.numpy(), a, rtol=1e-10, atol=1e-10, strict=True)


# --- the contract ---


def test_both_libraries_have_the_same_modules():
    assert modules(cs_lib.numpy) == modules(cs_lib.torch)
    assert MODULES


@pytest.mark.parametrize("module", MODULES)
def test_both_modules_have_the_same_public_names(module):
    in_numpy, in_torch = (m.__all__ for m in twins(module))
    assert in_numpy == in_torch
    assert in_numpy == sorted(in_numpy)


def signature(function):
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_both_sides_have_the_same_signature(module, name):
    in_numpy, in_torch = twins(module, name)
    assert inspect.isclass(in_numpy) == inspect.isclass(in_torch)
    assert signature(in_numpy) == signature(in_torch)
    if inspect.isclass(in_numpy):
        methods = [
            {n: signature(f) for n, f in vars(cls).items() if callable(f) and not n.startswith("_")}
            for cls in (in_numpy, in_torch)
        ]
        assert methods[0] == methods[1]


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_every_public_name_says_what_it_computes(module, name):
    for side in twins(module, name):
        assert inspect.getdoc(side)


def test_every_public_name_has_an_example():
    assert set(EXAMPLES) == {f"{module}.{name}" for module, name in PUBLIC}


FUNCTIONS = [name for name, example in EXAMPLES.items() if isinstance(example, list)]
CLASSES = [name for name, example in EXAMPLES.items() if isinstance(example, tuple)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_functions_give_the_same_values(name):
    in_numpy, in_torch = twins(*name.rsplit(".", 1))
    for arguments in EXAMPLES[name]:
        assert_same(in_numpy(*arguments), in_torch(*map(as_tensor, arguments)))


@pytest.mark.parametrize("name", CLASSES)
def test_both_objects_give_the_same_values(name):
    make, outputs = EXAMPLES[name]
    in_numpy, in_torch = twins(*name.rsplit(".", 1))
    assert_same(
        outputs(make(in_numpy, same), same),
        outputs(make(in_torch, as_tensor), as_tensor),
    )


@pytest.mark.parametrize("name", CLASSES)
def test_what_one_side_learns_the_other_takes_over(name):
    make, outputs = EXAMPLES[name]
    in_numpy, in_torch = twins(*name.rsplit(".", 1))
    sides = {in_numpy: same, in_torch: as_tensor}
    other = {in_numpy: flipped, in_torch: lambda x: as_tensor(flipped(x))}
    for teacher, learner in ((in_numpy, in_torch), (in_torch, in_numpy), (in_numpy, in_numpy)):
        taught = make(teacher, sides[teacher])
        copy = make(learner, other[learner])  # has learnt something else
        assert copy.load_state_dict(taught.state_dict()) is copy
        pairs = {teacher: outputs(taught, sides[teacher]), learner: outputs(copy, sides[learner])}
        if teacher is not learner:
            assert_same(pairs[in_numpy], pairs[in_torch])
        for value in taught.state_dict().values():
            value[...] = 0  # the copy keeps its own
        for now, before in zip(outputs(copy, sides[learner]), pairs[learner], strict=True):
            assert_allclose(now, before, rtol=0)


@pytest.mark.parametrize("module", MODULES)
def test_the_numpy_side_does_not_import_torch(module):
    code = f"import sys, cs_lib.numpy.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

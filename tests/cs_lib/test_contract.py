"""cs_lib.numpy and cs_lib.torch are mirror images, whatever modules they come to have.

A new module is held to the contract by existing: same file, same __all__, same signatures. Names
that end in _backward or _naive are NumPy's alone. Each public name needs an example, with which
both libraries must give the same values in float64.

Examples are in EXAMPLES below and in the EXAMPLES of every tests/cs_lib/contract_*.py, under
"module.name" ("nn.linear.linear", as below cs_lib.numpy). All arrays in them are NumPy's; floats
are float64; the tests turn them into tensors. What kind of example it is, its type says:

- a list, for a function: the arguments of each call, as a tuple whose last entry may be a dict of
  keywords: [(x, weight), (x, weight, bias, {"stride": 2})]. If the function takes an rng, it gets
  default_rng(0). If NumPy has an f_backward, f is a pair: f(...)[0] is compared with torch's
  f(...), and f_backward with torch's autograd, for every float array among f's arguments (None
  where the argument is None), but those named in NO_GRADIENT. y may be a tuple: its first entry is
  differentiated.
- a dict, for a layer: {"make": [lambda nn, rng: nn.Linear(4, 3, rng=rng), ...], "input": (x,)},
  where nn is cs_lib.numpy.nn or cs_lib.torch.nn. Compared: state dict (and that each takes the
  other's), outputs and buffers of two calls in training and one in evaluation, dx and the sum of
  the parameters' gradients over both calls. "no_dx": True where backward gives no dx.
- a tuple (make, outputs), for an object that is fitted: make(cls, array) -> object and
  outputs(object, array) -> list of arrays, where array turns NumPy's array into the library's.
- a function run(module, array) -> arrays, for anything else: module is cs_lib.numpy.… or
  cs_lib.torch.…, array as above.

A contract_*.py may also have NUMPY_ONLY and TORCH_ONLY, {"module" or "module.name": reason}, and
TORCH_OPTIONS, {"module.name": keyword-only arguments that only torch's side has}.
"""

import copy
import importlib
import inspect
import pkgutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

import cs_lib.numpy
import cs_lib.torch

NUMPY_ONLY = {
    "features": "classic pipelines, of which no later chapter needs a torch version",
    "gradcheck": "checks what is derived by hand: torch derives",
}
TORCH_ONLY = {}
TORCH_OPTIONS = {}
BASES = {"nn.module.Module", "nn.module.Parameter"}  # in torch they are torch's: see test_module.py
NO_GRADIENT = {"target", "running_mean", "running_var"}
DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()

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

for path in sorted(Path(__file__).parent.glob("contract_*.py")):
    kind = importlib.import_module(path.stem)
    for name in ("EXAMPLES", "NUMPY_ONLY", "TORCH_ONLY", "TORCH_OPTIONS"):
        assert not globals()[name].keys() & getattr(kind, name, {}).keys()
        globals()[name].update(getattr(kind, name, {}))

# --- what there is ---


def excused(name, only):
    """Whether name, or a module above it, is in only."""
    parts = name.split(".")
    return any(".".join(parts[:n]) in only for n in range(1, len(parts) + 1))


def modules(package, only):
    """The dotted names below a package, private ones and those in only left out."""
    names = [
        info.name.removeprefix(f"{package.__name__}.")
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return {
        name
        for name in names
        if not excused(name, only) and not any(part.startswith("_") for part in name.split("."))
    }


MODULES = sorted(modules(cs_lib.numpy, NUMPY_ONLY))


def imported(library, module):
    """The module, not what its package may have under the same name (nn.linear, say)."""
    return importlib.import_module(f"cs_lib.{library}.{module}")


def public_names(library, module):
    """A module's __all__. A package may do without: then it only holds modules."""
    there = imported(library, module)
    return getattr(there, "__all__", []) if hasattr(there, "__path__") else there.__all__


def mirrored_names(library, module):
    """What both libraries must have of a module's names."""
    only = {"numpy": NUMPY_ONLY, "torch": TORCH_ONLY}[library]
    names = [n for n in public_names(library, module) if not excused(f"{module}.{n}", only)]
    return [n for n in names if library == "torch" or not n.endswith(("_backward", "_naive"))]


def defined_names(module):
    """The mirrored names that a module defines itself: a package may pass on its modules' names."""
    there = imported("numpy", module)
    names = [n for n in mirrored_names("numpy", module) if not inspect.ismodule(getattr(there, n))]
    return [n for n in names if getattr(there, n).__module__ == there.__name__]


PUBLIC = [
    f"{module}.{name}"
    for module in MODULES
    for name in defined_names(module)
    if f"{module}.{name}" not in BASES
]


def twins(name):
    module, name = name.rsplit(".", 1)
    return [getattr(imported(library, module), name) for library in ("numpy", "torch")]


# --- arrays ---


def as_tensor(value, device=None):
    """NumPy's arrays, in lists and dicts too, as tensors of their own."""
    if isinstance(value, np.ndarray | np.generic):
        return torch.tensor(value, device=device)
    if isinstance(value, list | tuple):
        return type(value)(as_tensor(v, device) for v in value)
    if isinstance(value, dict):
        return {key: as_tensor(v, device) for key, v in value.items()}
    return value


def same(value, device=None):
    return copy.deepcopy(value)


def flipped(value):
    return np.flip(value).copy()


def assert_same(of_numpy, of_torch):
    """Arrays equal tensors, in value, shape and dtype; anything else is equal as it is."""
    if isinstance(of_numpy, list | tuple):
        assert type(of_numpy) is type(of_torch)
        for a, b in zip(of_numpy, of_torch, strict=True):
            assert_same(a, b)
    elif isinstance(of_numpy, dict):
        assert list(of_numpy) == list(of_torch)
        assert_same(list(of_numpy.values()), list(of_torch.values()))
    elif isinstance(of_numpy, np.ndarray | np.generic):
        assert isinstance(of_torch, torch.Tensor)
        a, b = np.asarray(of_numpy), of_torch.detach().cpu().numpy()
        assert_allclose(b, a, rtol=1e-10, atol=1e-10, strict=True)
    else:
        assert type(of_numpy) is type(of_torch)
        assert of_numpy == of_torch


# --- the contract: names ---


def test_both_libraries_have_the_same_modules():
    assert modules(cs_lib.numpy, NUMPY_ONLY) == modules(cs_lib.torch, TORCH_ONLY)
    assert MODULES


def test_every_exception_is_there_to_be_made():
    """A name in NUMPY_ONLY is in NumPy, and not in torch."""
    for only, here, there in ((NUMPY_ONLY, "numpy", "torch"), (TORCH_ONLY, "torch", "numpy")):
        for name, reason in only.items():
            assert reason
            assert exists(here, name), f"{name} is not in cs_lib.{here}"
            assert not exists(there, name), f"{name} is in cs_lib.{there} too"


def exists(library, name):
    """Whether cs_lib.library has this module, or this name in a module."""
    package = {"numpy": cs_lib.numpy, "torch": cs_lib.torch}[library]
    if name in modules(package, {}):
        return True
    module, _, attribute = name.rpartition(".")
    return module in modules(package, {}) and attribute in public_names(library, module)


@pytest.mark.parametrize("module", MODULES)
def test_both_modules_have_the_same_public_names(module):
    assert mirrored_names("numpy", module) == mirrored_names("torch", module)


def test_nn_has_all_classes_of_its_modules_and_functional_all_functions():
    for library in ("numpy", "torch"):
        nn, functional = imported(library, "nn"), imported(library, "nn.functional")
        public = {
            getattr(imported(library, module), name)
            for module in MODULES
            if module.startswith("nn.") and module != "nn.functional"
            for name in public_names(library, module)
        }
        classes = {p for p in public if inspect.isclass(p)}
        assert {getattr(nn, name) for name in nn.__all__} == classes | {functional}
        assert {getattr(functional, name) for name in functional.__all__} == public - classes


def signature(function):
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("name", PUBLIC)
def test_both_sides_have_the_same_signature(name):
    in_numpy, in_torch = twins(name)
    assert inspect.isclass(in_numpy) == inspect.isclass(in_torch)
    options = [p for p in signature(in_torch) if p[0] in TORCH_OPTIONS.get(name, ())]
    assert {p[0] for p in options} == set(TORCH_OPTIONS.get(name, ()))
    assert all(kind is inspect.Parameter.KEYWORD_ONLY for _, kind, _ in options)
    assert signature(in_numpy) == [p for p in signature(in_torch) if p not in options]
    if not inspect.isclass(in_numpy):
        return
    for method, function in vars(in_numpy).items():
        if callable(function) and not method.startswith("_") and method != "backward":
            assert signature(function) == signature(getattr(in_torch, method))
    if not issubclass(in_torch, torch.nn.Module):
        assert public_methods(in_numpy) == public_methods(in_torch)


def public_methods(cls):
    """Those that its own body defines. With the first instance of an optimiser torch puts a wrapped
    copy of an inherited step into its class."""
    found = {n: f for n, f in vars(cls).items() if callable(f) and not n.startswith("_")}
    return {n for n, f in found.items() if f.__module__ == cls.__module__}


def test_a_method_that_torch_puts_into_a_class_is_none_of_its_own():
    from cs_lib.torch.optim import SGD, Adam

    before = public_methods(Adam), public_methods(SGD)
    for kind in (Adam, SGD):
        kind([torch.zeros(1, requires_grad=True)], lr=0.1)
    # torch does so once, and into its own class if that came first, in another test
    assert "step" in vars(Adam) or hasattr(torch.optim.Adam.step, "hooked")
    assert (public_methods(Adam), public_methods(SGD)) == before


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_says_what_it_computes(name):
    for side in twins(name):
        assert inspect.getdoc(side)


def test_torch_has_no_backward():
    for module in MODULES:
        for name, value in vars(imported("torch", module)).items():
            assert not name.endswith(("_backward", "_naive")), f"{module}.{name}"
            if inspect.isclass(value) and value.__module__.startswith("cs_lib."):
                assert "backward" not in vars(value), f"{module}.{name}"


def test_every_public_name_has_an_example():
    assert set(EXAMPLES) == set(PUBLIC)


IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(f"cs_lib.numpy.{name}")
    assert "torch" not in sys.modules, name
"""


def test_the_numpy_side_does_not_import_torch():
    names = sorted(modules(cs_lib.numpy, {}))  # those that only NumPy has as well
    assert {"features", "nn.module"} <= set(names)
    subprocess.run([sys.executable, "-c", IMPORT_ALL, *names], check=True)


# --- the contract: functions ---


def of_kind(kind):
    return [name for name, example in EXAMPLES.items() if isinstance(example, kind)]


def backward_of(name):
    """NumPy's f_backward, if f is a pair."""
    module, function = name.rsplit(".", 1)
    return getattr(imported("numpy", module), f"{function}_backward", None)


def bind(function, example, convert, device=None):
    """A call of function as an example says, with arrays of its own."""
    *args, last = example if example and isinstance(example[-1], dict) else (*example, {})
    draws = {"rng": rng()} if "rng" in inspect.signature(function).parameters else {}
    bound = inspect.signature(function).bind(
        *convert(args, device), **convert(last, device), **draws
    )
    bound.apply_defaults()
    return bound


def forward(name, function, bound):
    """What f gives, without a cache."""
    result = function(*bound.args, **bound.kwargs)
    pair = backward_of(name) and isinstance(result, tuple) and function is twins(name)[0]
    return result[0] if pair else result


CALLS = [(name, n) for name in of_kind(list) for n in range(len(EXAMPLES[name]))]
PAIRS = [(name, n) for name, n in CALLS if backward_of(name)]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("name", "n"), CALLS)
def test_both_functions_give_the_same_values_and_change_no_argument(name, n, device):
    results = []
    for function, convert in zip(twins(name), (same, as_tensor), strict=True):
        bound, before = (bind(function, EXAMPLES[name][n], convert, device) for _ in range(2))
        results.append(forward(name, function, bound))
        for argument, value in before.arguments.items():
            if argument in ("running_mean", "running_var"):
                continue  # what batch norm is there to change
            if isinstance(value, np.ndarray | torch.Tensor):
                assert_allclose(bound.arguments[argument], value, rtol=0)
    assert_same(*results)


@pytest.mark.parametrize(("name", "n"), CALLS)
def test_both_functions_give_the_same_dtypes_from_float32(name, n):
    dtypes = []
    for function, convert in zip(twins(name), (same, as_tensor), strict=True):
        bound = bind(function, EXAMPLES[name][n], lambda x, d, c=convert: c(single(x), d))
        dtypes.append(dtypes_of(forward(name, function, bound)))
    assert dtypes[0] == dtypes[1]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("name", "n"), PAIRS)
def test_every_backward_is_what_torch_derives_from_the_mirror(name, n, device):
    in_numpy, in_torch = twins(name)
    bound = bind(in_numpy, EXAMPLES[name][n], same)
    y, cache = in_numpy(*bound.args, **bound.kwargs)
    y = y[0] if isinstance(y, tuple) else y
    dy = np.asarray(rng().standard_normal(np.shape(y)))
    before = dy.copy()
    got = backward_of(name)(dy, cache)
    assert_allclose(dy, before, rtol=0)

    bound = bind(in_torch, EXAMPLES[name][n], as_tensor, device)
    arrays = differentiable(in_torch, bound)
    leaves = [a.requires_grad_() for a in arrays if a is not None]
    y = forward(name, in_torch, bound)
    y = y[0] if isinstance(y, tuple) else y
    grads = iter(torch.autograd.grad(y, leaves, as_tensor(dy, device), materialize_grads=True))
    want = tuple(None if a is None else next(grads) for a in arrays)
    assert_same(got, want if len(want) > 1 else want[0])


@pytest.mark.parametrize(("name", "n"), PAIRS)
def test_every_backward_keeps_float32(name, n):
    function = twins(name)[0]
    bound = bind(function, EXAMPLES[name][n], lambda x, d: same(single(x), d))
    y, cache = function(*bound.args, **bound.kwargs)
    y = y[0] if isinstance(y, tuple) else y
    grads = backward_of(name)(np.ones_like(y), cache)
    assert set(dtypes_of(grads)) <= {"float32"}


def differentiable(function, bound):
    """f's arguments that have a gradient: float arrays, and None where one could be."""
    return [
        value
        for name, value in bound.arguments.items()
        if inspect.signature(function).parameters[name].kind is not inspect.Parameter.KEYWORD_ONLY
        and name not in NO_GRADIENT
        and (value is None or (isinstance(value, torch.Tensor) and value.is_floating_point()))
    ]


def single(value):
    """float64 arrays as float32."""
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype == np.float64 else value
    if isinstance(value, list | tuple):
        return type(value)(map(single, value))
    return {k: single(v) for k, v in value.items()} if isinstance(value, dict) else value


def dtypes_of(result):
    """The dtypes of all arrays in a result, in order."""
    if isinstance(result, list | tuple):
        return [dtype for part in result for dtype in dtypes_of(part)]
    return [str(result.dtype).removeprefix("torch.")] if hasattr(result, "dtype") else []


# --- the contract: layers ---

LAYERS = [(name, n) for name in of_kind(dict) for n in range(len(EXAMPLES[name]["make"]))]


def build(library, name, n):
    layer = EXAMPLES[name]["make"][n](imported(library, "nn"), rng())
    assert type(layer) is getattr(imported(library, "nn"), name.rsplit(".", 1)[1])
    return layer


@pytest.mark.parametrize(("name", "n"), LAYERS)
def test_both_layers_start_with_the_same_values_from_the_same_rng(name, n):
    in_numpy, in_torch = (build(library, name, n).state_dict() for library in ("numpy", "torch"))
    assert_same(in_numpy, dict(in_torch))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("name", "n"), LAYERS)
def test_both_layers_compute_the_same_outputs_gradients_and_buffers(name, n, device):
    in_numpy = build("numpy", name, n).to(np.float64)
    in_torch = build("torch", name, n).double().to(device)
    assert_same(run_numpy(in_numpy, name), run_torch(in_torch, name, device))


@pytest.mark.parametrize(("name", "n"), LAYERS)
def test_each_layer_takes_over_the_state_of_the_other(name, n):
    build_other = {"numpy": build("numpy", name, n), "torch": build("torch", name, n)}
    for teacher, learner in (("numpy", "torch"), ("torch", "numpy"), ("numpy", "numpy")):
        state = build_other[teacher].state_dict()
        state = {key: flipped(np.asarray(value)) for key, value in state.items()}
        taught = copy.deepcopy(build_other[teacher])
        taught.load_state_dict(state)
        copied = copy.deepcopy(build_other[learner])
        copied.load_state_dict(taught.state_dict())
        for value in taught.state_dict().values():
            value[...] = 0  # the copy keeps its own
        assert list(copied.state_dict()) == list(state)
        for key, value in copied.state_dict().items():
            assert_allclose(np.asarray(value), state[key], rtol=0, strict=True)


@pytest.mark.parametrize(("name", "n"), LAYERS)
def test_a_new_layer_keeps_float32(name, n):
    layer = build("numpy", name, n)
    y = first(layer(*single(EXAMPLES[name]["input"])))
    assert y.dtype == np.float32
    dx = layer.backward(np.ones_like(y))
    grads = [parameter.grad for parameter in layer.parameters()]
    assert set(dtypes_of([*grads, *dx] if isinstance(dx, tuple) else [*grads, dx])) <= {"float32"}


@pytest.mark.parametrize(("name", "n"), LAYERS)
def test_every_backward_of_a_layer_needs_a_forward_of_its_own(name, n):
    layer = build("numpy", name, n)
    y = first(layer(*single(EXAMPLES[name]["input"])))
    layer.backward(np.ones_like(y))
    for unused in (layer, build("numpy", name, n)):
        with pytest.raises(RuntimeError, match=r"\.backward: call forward first"):
            unused.backward(np.ones_like(y))


def first(y):
    return y[0] if isinstance(y, tuple) else y


def run_numpy(layer, name):
    """Outputs, dx, gradients and buffers of two calls in training and one in evaluation."""
    outputs = []
    for training in (True, True, False):
        layer.train(training)
        y = layer(*same(EXAMPLES[name]["input"]))
        dx = layer.backward(np.asarray(rng().standard_normal(np.shape(first(y)))))
        outputs += [y] if EXAMPLES[name].get("no_dx") else [y, dx]
    gradients = {key: parameter.grad for key, parameter in layer.named_parameters()}
    return [outputs, gradients, dict(layer.named_buffers())]


def run_torch(layer, name, device):
    outputs = []
    for training in (True, True, False):
        layer.train(training)
        inputs = as_tensor(EXAMPLES[name]["input"], device)
        leaves = [] if EXAMPLES[name].get("no_dx") else [inputs[0].requires_grad_()]
        y = layer(*inputs)
        first(y).backward(as_tensor(rng().standard_normal(first(y).shape), device))
        outputs += [y, *(leaf.grad for leaf in leaves)]
    gradients = {key: parameter.grad for key, parameter in layer.named_parameters()}
    return [outputs, gradients, dict(layer.named_buffers())]


# --- the contract: fitted objects and the rest ---


@pytest.mark.parametrize("name", of_kind(tuple))
def test_both_objects_give_the_same_values(name):
    make, outputs = EXAMPLES[name]
    in_numpy, in_torch = twins(name)
    assert_same(
        outputs(make(in_numpy, same), same),
        outputs(make(in_torch, as_tensor), as_tensor),
    )


@pytest.mark.parametrize("name", of_kind(tuple))
def test_what_one_side_learns_the_other_takes_over(name):
    make, outputs = EXAMPLES[name]
    in_numpy, in_torch = twins(name)
    sides = {in_numpy: same, in_torch: as_tensor}
    other = {in_numpy: flipped, in_torch: lambda x: as_tensor(flipped(x))}
    for teacher, learner in ((in_numpy, in_torch), (in_torch, in_numpy), (in_numpy, in_numpy)):
        taught = make(teacher, sides[teacher])
        copied = make(learner, other[learner])  # has learnt something else
        assert copied.load_state_dict(taught.state_dict()) is copied
        pairs = {teacher: outputs(taught, sides[teacher]), learner: outputs(copied, sides[learner])}
        if teacher is not learner:
            assert_same(pairs[in_numpy], pairs[in_torch])
        for value in taught.state_dict().values():
            value[...] = 0  # the copy keeps its own
        for now, before in zip(outputs(copied, sides[learner]), pairs[learner], strict=True):
            assert_allclose(now, before, rtol=0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", of_kind(types.FunctionType))
def test_both_modules_run_alike(name, device):
    run, module = EXAMPLES[name], name.rsplit(".", 1)[0]
    assert_same(
        run(imported("numpy", module), same),
        run(imported("torch", module), lambda x: as_tensor(x, device)),
    )

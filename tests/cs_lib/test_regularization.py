"""Penalties against torch's sums and autograd, and against the weight decay of an optimiser."""

import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

import cs_lib.numpy.nn as nn
from cs_lib.numpy import optim
from cs_lib.numpy import regularization as R
from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.torch import regularization as T

RNG = np.random.default_rng(1)
NAMED = {
    "conv.weight": RNG.standard_normal((4, 3, 2, 5)),
    "conv.bias": RNG.standard_normal(4),
    "bn1.weight": RNG.standard_normal(4),
    "bn1.bias": RNG.standard_normal(4),
    "layers.2.norm.weight": RNG.standard_normal(4),
    "fc.weight": RNG.standard_normal((6, 7)),
}
WEIGHTS = ["conv.weight", "fc.weight"]

# function, its gradient, options, what it is of one weight in torch
CASES = [
    (R.l1_penalty, R.l1_gradient, {}, lambda w: w.abs().sum()),
    (R.l2_penalty, R.l2_gradient, {}, lambda w: w.pow(2).sum()),
    (R.l2_penalty, R.l2_gradient, {"half": True}, lambda w: w.pow(2).sum() / 2),
]


@pytest.mark.parametrize(("penalty", "gradient", "options", "of_one"), CASES)
def test_value_and_gradient_are_torchs(penalty, gradient, options, of_one):
    leaves = {name: torch.tensor(NAMED[name], requires_grad=True) for name in WEIGHTS}
    want = 0.3 * sum(of_one(w) for w in leaves.values())
    want.backward()
    assert_allclose(penalty(NAMED, 0.3, **options), want.item(), rtol=1e-12)
    got = gradient(NAMED, 0.3, **options)
    assert list(got) == WEIGHTS
    for name, w in leaves.items():
        assert_allclose(got[name], w.grad, rtol=1e-12)
        gradcheck(lambda _: penalty(NAMED, 0.3, **options), NAMED[name], got[name])


@pytest.mark.parametrize(
    ("exclude", "kept"),
    [
        ((), list(NAMED)),
        (("conv.*",), ["bn1.weight", "bn1.bias", "layers.2.norm.weight", "fc.weight"]),
        (("*bias", "bn1.*", "layers.2.*"), WEIGHTS),
        (("fc.weight",), [name for name in NAMED if name != "fc.weight"]),
    ],
)
def test_parameters_are_left_out_by_name(exclude, kept):
    assert list(R.l2_gradient(NAMED, 1.0, exclude=exclude)) == kept
    want = sum((NAMED[name] ** 2).sum() for name in kept)
    assert_allclose(R.l2_penalty(NAMED, 1.0, exclude=exclude), want)


def test_the_half_convention_is_the_weight_decay_of_sgd():
    layers = [nn.Linear(3, 2, rng=np.random.default_rng(0)) for _ in range(2)]
    decayed, penalised = layers
    for layer in layers:
        for parameter in layer.parameters():
            parameter.grad = np.ones_like(parameter.data)
    optim.SGD(
        [{"params": [decayed.weight], "weight_decay": 0.1}, {"params": [decayed.bias]}]
    ).step()
    gradient = R.l2_gradient(penalised.named_parameters(), 0.1, half=True)
    for name, parameter in penalised.named_parameters():
        if name in gradient:
            parameter.add_grad(gradient[name])
    optim.SGD(penalised.parameters()).step()
    for a, b in zip(decayed.parameters(), penalised.parameters(), strict=True):
        assert_allclose(a.data, b.data, rtol=1e-6)


def test_the_gradient_of_l1_is_zero_at_zero_and_float32_stays():
    named = {"weight": np.array([-2, 0, 3], np.float32)}
    gradient = R.l1_gradient(named, 0.5)["weight"]
    assert_array_equal(gradient, [-0.5, 0, 0.5])
    assert gradient.dtype == np.float32
    assert R.l1_penalty(named, 0.5) == 2.5


MESSAGES = [
    (
        lambda r, named: r.l2_penalty(named, -1.0),
        "l2_penalty: strength is -1.0; it must be at least 0",
    ),
    (
        lambda r, named: r.l1_penalty({}, 0.1),
        "l1_penalty: there are no parameters; was the generator used up before? "
        "Pass model.named_parameters()",
    ),
    (
        lambda r, named: r.l1_penalty({"fc.bias": named["conv.bias"]}, 0.1),
        "l1_penalty: exclude ('*bias', '*bn*', '*norm*') leaves none of fc.bias; exclude less",
    ),
]


@pytest.mark.parametrize("library", [R, T])
@pytest.mark.parametrize(("call", "message"), MESSAGES)
def test_errors_name_the_remedy_in_both_libraries(call, message, library):
    named = NAMED if library is R else {name: torch.tensor(w) for name, w in NAMED.items()}
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(library, named)

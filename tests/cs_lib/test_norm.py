"""Normalisations against torch, finite differences, closed forms, and what each one promises."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import cs_lib.numpy.nn as numpy_nn
import cs_lib.torch.nn as torch_nn
from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.numpy.nn import functional as N
from cs_lib.torch.nn import functional as T

F = torch.nn.functional


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def tensors(arrays):
    return [None if a is None else torch.tensor(a) for a in arrays]


ROWS, IMAGES = 2 * normal(5, 6) + 1, 2 * normal(2, 6, 3, 4) + 1
W, B = normal(6, seed=1), normal(6, seed=2)
MEAN, VAR = normal(6, seed=3), normal(6, seed=4) ** 2 + 0.5
V, G = normal(4, 3, 2, 5, seed=5), normal(4, 1, 1, 1, seed=6)
W2, B2 = normal(3, 4, seed=7), normal(3, 4, seed=8)

# --- torch's own functions, not our mirror ---


def lcn_by_convolution(x, *, kernel_size, sigma, across, eps):
    """The paper's sums as they read: a two-dimensional window, cut off at the border."""
    n, c, h, w = x.shape
    offset = torch.arange(kernel_size, dtype=x.dtype) - kernel_size // 2
    line = torch.exp(-0.5 * (offset / sigma) ** 2)
    window = torch.outer(line, line)[None, None]
    inside = F.conv2d(torch.ones(1, 1, h, w, dtype=x.dtype), window, padding=kernel_size // 2)

    def mean(x):
        if across:
            sums = F.conv2d(x, window.expand(1, c, -1, -1), padding=kernel_size // 2)
            return sums / inside / c
        sums = F.conv2d(x.reshape(n * c, 1, h, w), window, padding=kernel_size // 2)
        return (sums / inside).reshape(n, c, h, w)

    v = x - mean(x)
    return v / torch.maximum(torch.tensor(eps, dtype=x.dtype), mean(v**2).sqrt())


def torch_batch_norm(x, mean, var, w, b, **options):
    return F.batch_norm(x, mean, var, w, b, **options)


# our name: (arrays, options, torch's function of the same)
CASES = {
    "batch_norm, rows, training": ("batch_norm", (ROWS, MEAN, VAR, W, B), {"training": True}),
    "batch_norm, images, training": ("batch_norm", (IMAGES, MEAN, VAR, W, B), {"training": True}),
    "batch_norm, images, evaluation": ("batch_norm", (IMAGES, MEAN, VAR, W, B), {"eps": 0.1}),
    "batch_norm, bare": ("batch_norm", (IMAGES, None, None, None, None), {"training": True}),
    "layer_norm, rows": ("layer_norm", (ROWS, W, B), {}),
    "layer_norm, images": ("layer_norm", (IMAGES, W2, B2), {"eps": 0.1}),
    "layer_norm, bare": ("layer_norm", (ROWS, None, None), {}),
    "group_norm, images": ("group_norm", (IMAGES, W, B), {"num_groups": 3}),
    "group_norm, rows": ("group_norm", (ROWS, W, B), {"num_groups": 2, "eps": 0.1}),
    "instance_norm": ("instance_norm", (IMAGES, W, B), {}),
    "instance_norm, bare": ("instance_norm", (IMAGES, None, None), {"eps": 0.1}),
    "weight_norm": ("weight_norm", (V, G), {}),
    "local_contrast_norm": ("local_contrast_norm", (IMAGES,), {"eps": 1.7, "sigma": 2.0}),
    "local_contrast_norm, across": (
        "local_contrast_norm",
        (IMAGES,),
        {"kernel_size": 3, "across": True, "eps": 1.85, "sigma": 1.0},
    ),
}


def ours(name, arrays, options):
    options = dict(options)
    if name == "layer_norm":
        shape = arrays[0].shape[1:] if arrays[1] is None else arrays[1].shape
        arrays = (arrays[0], shape, *arrays[1:])
    if name == "group_norm":
        arrays = (arrays[0], options.pop("num_groups"), *arrays[1:])
    return getattr(N, name)(*arrays, **options)


def theirs(name, arrays, options):
    x, *rest = arrays
    if name == "batch_norm":
        return F.batch_norm(x, *rest, **options)
    if name == "layer_norm":
        return F.layer_norm(x, x.shape[1:] if rest[0] is None else rest[0].shape, *rest, **options)
    if name == "group_norm":
        return F.group_norm(x, options["num_groups"], *rest, options.get("eps", 1e-5))
    if name == "instance_norm":
        return F.instance_norm(x, None, None, *rest, **options)
    if name == "weight_norm":
        return torch._weight_norm(x, *rest)
    return lcn_by_convolution(x, **{"kernel_size": 9, "across": False, **options})


@pytest.fixture(params=CASES)
def case(request):
    name, arrays, options = CASES[request.param]
    if name == "layer_norm" and arrays[0].ndim == 4:
        arrays = (arrays[0][0], *arrays[1:])  # (6, 3, 4): six examples
    return name, [None if a is None else a.copy() for a in arrays], options


def differentiated(name):
    """Positions of the arrays with a gradient: running statistics have none."""
    return {"batch_norm": (0, 3, 4)}.get(name, (0, 1, 2))


def test_values_and_gradients_are_torchs(case):
    name, arrays, options = case
    y, cache = ours(name, [None if a is None else a.copy() for a in arrays], options)
    inputs = tensors(arrays)
    leaves = [
        inputs[i].requires_grad_()
        for i in differentiated(name)
        if i < len(inputs) and inputs[i] is not None
    ]
    want = theirs(name, inputs, options)
    assert_allclose(y, want.detach(), rtol=1e-10, atol=1e-10)
    dy = normal(*y.shape, seed=9)
    got = getattr(N, f"{name}_backward")(dy, cache)
    got = [g for g in (got if isinstance(got, tuple) else (got,)) if g is not None]
    for g, grad in zip(got, torch.autograd.grad(want, leaves, torch.tensor(dy)), strict=True):
        assert_allclose(g, grad, rtol=1e-9, atol=1e-10)


def test_gradients_are_those_of_finite_differences(case):
    name, arrays, options = case
    y, cache = ours(name, arrays, options)
    dy = normal(*y.shape, seed=9)
    got = getattr(N, f"{name}_backward")(dy, cache)
    got = got if isinstance(got, tuple) else (got,)
    for i, gradient in zip(differentiated(name), got, strict=False):
        if gradient is not None:
            gradcheck(lambda _: ours(name, arrays, options)[0], arrays[i], gradient, dy, rtol=1e-5)


def test_both_cases_of_max_eps_sigma_occur_in_the_test_above():
    for name in ("local_contrast_norm", "local_contrast_norm, across"):
        _, arrays, options = CASES[name]
        _, (_, var, *_) = ours("local_contrast_norm", arrays, options)
        assert 0.1 < (np.sqrt(var) < options["eps"]).mean() < 0.9
        assert (abs(np.sqrt(var) - options["eps"]) > 1e-4).all()  # no kink within a step


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays_and_inputs_too(case, dtype):
    name, arrays, options = case
    arrays = [None if a is None else a.astype(dtype) for a in arrays]
    copies = [None if a is None else a.copy() for a in arrays]
    y, cache = ours(name, arrays, options)
    dy = np.ones_like(y)
    grads = getattr(N, f"{name}_backward")(dy, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    assert {y.dtype, *(g.dtype for g in grads if g is not None)} == {np.dtype(dtype)}
    assert_array_equal(dy, 1)
    for i in differentiated(name):
        if i < len(arrays) and arrays[i] is not None:
            assert_array_equal(arrays[i], copies[i])


# --- what a normalisation promises ---

AXES = {"batch_norm": (0, 2, 3), "layer_norm": (1, 2, 3), "instance_norm": (2, 3)}


def bare(name, x):
    options = {"batch_norm": {"training": True}}.get(name, {})
    more = {"batch_norm": (None, None), "layer_norm": (x.shape[1:],), "group_norm": (2,)}
    return getattr(N, name)(x, *more.get(name, ()), eps=1e-12, **options)[0]


@pytest.mark.parametrize("name", AXES)
@settings(derandomize=True, max_examples=15, deadline=None)
@given(shape=st.tuples(*[st.integers(2, 5)] * 4), offset=st.sampled_from([0, -3, 1e4]))
def test_mean_is_zero_and_variance_one_whatever_scale_and_offset(name, shape, offset):
    x = normal(*shape, seed=sum(shape))
    y = bare(name, x)
    assert_allclose(y.mean(axis=AXES[name]), 0, atol=1e-12)
    assert_allclose(y.var(axis=AXES[name]), 1, rtol=1e-6)
    assert_allclose(bare(name, 7 * x + offset), y, atol=1e-8)


def test_group_norm_lies_between_instance_norm_and_layer_norm():
    assert_allclose(N.group_norm(IMAGES, 6)[0], N.instance_norm(IMAGES)[0])
    assert_allclose(N.group_norm(IMAGES, 1)[0], N.layer_norm(IMAGES, (6, 3, 4))[0])


def test_an_offset_of_a_million_leaves_float32_its_digits():
    x = np.float32(1e6) + np.arange(16, dtype=np.float32).reshape(16, 1)  # exact in float32
    y, _ = N.batch_norm(x, None, None, training=True)
    want = (np.arange(16) - 7.5) / np.sqrt(np.arange(16).var() + 1e-5)
    assert_allclose(y[:, 0], want, rtol=1e-5)


def test_running_statistics_of_one_step_by_hand():
    mean, var = np.array([10.0]), np.array([1.0])
    N.batch_norm(np.array([[1.0], [2.0], [6.0]]), mean, var, training=True, momentum=0.25)
    assert_allclose(mean, 0.75 * 10 + 0.25 * 3)
    assert_allclose(var, 0.75 * 1 + 0.25 * 7)  # (4 + 1 + 9) / (3 - 1)


@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize("kind", ["BatchNorm1d", "BatchNorm2d"])
def test_running_statistics_over_several_batches_are_torchs(kind, momentum):
    layer = getattr(numpy_nn, kind)(6, momentum=momentum).to(np.float64)
    want = getattr(torch.nn, kind)(6, momentum=momentum, dtype=torch.float64)
    for step in range(5):
        x = normal(3, 6, *((2, 4) if kind == "BatchNorm2d" else ()), seed=step) * (step + 1) + step
        assert_allclose(layer(x), want(torch.tensor(x)).detach(), atol=1e-12)
        if step == 2:
            layer.eval()(x)  # leaves the statistics alone
            layer.train()
    for name, value in want.state_dict().items():
        assert_allclose(layer.state_dict()[name], value, rtol=1e-12)
    assert_allclose(layer.eval()(x), want.eval()(torch.tensor(x)).detach(), atol=1e-12)


def test_batch_norm_can_recover_the_identity():
    mean, var = IMAGES.mean(axis=(0, 2, 3)), IMAGES.var(axis=(0, 2, 3))
    weight = np.sqrt(var + 1e-5)
    y, _ = N.batch_norm(IMAGES, None, None, weight, mean, training=True)
    assert_allclose(y, IMAGES, atol=1e-12)


@pytest.mark.parametrize("across", [False, True])
def test_local_contrast_norm_of_a_constant_is_zero_up_to_the_border(across):
    x = np.full((2, 3, 7, 9), 0.6)
    assert_allclose(N.local_contrast_norm(x, across=across)[0], 0, atol=1e-12)


def test_local_contrast_norm_does_not_see_brightness_and_contrast():
    y, _ = N.local_contrast_norm(IMAGES, eps=1e-6)
    assert_allclose(N.local_contrast_norm(3 * IMAGES - 2, eps=1e-6)[0], y, atol=1e-9)


def test_local_contrast_norm_within_treats_each_channel_alone():
    y, _ = N.local_contrast_norm(IMAGES, across=False)
    assert_allclose(N.local_contrast_norm(IMAGES[:, 2:3])[0], y[:, 2:3])
    y, _ = N.local_contrast_norm(IMAGES, across=True)
    assert abs(N.local_contrast_norm(IMAGES[:, 2:3], across=True)[0] - y[:, 2:3]).max() > 0.1


def test_the_gradient_of_local_contrast_norm_is_finite_where_there_is_no_contrast():
    x = torch.full((1, 2, 5, 6), 0.6, dtype=torch.float64, requires_grad=True)
    T.local_contrast_norm(x).sum().backward()
    assert torch.isfinite(x.grad).all()


# --- weight normalisation ---


def test_the_length_of_a_weight_is_g_whatever_v():
    w, _ = N.weight_norm(V, G)
    assert_allclose(np.sqrt((w**2).sum(axis=(1, 2, 3))), abs(G).ravel())
    assert_allclose(N.weight_norm(3 * V, G)[0], w)


def test_a_weight_normed_layer_starts_as_the_layer_and_learns_as_torchs_does():
    layer = numpy_nn.Linear(6, 4, rng=np.random.default_rng(0)).to(np.float64)
    state, before = layer.state_dict(), layer(ROWS)
    normed = numpy_nn.WeightNorm(layer)
    assert_allclose(normed(ROWS), before, rtol=1e-12)
    assert list(normed.state_dict()) == ["weight_g", "weight_v", "layer.bias"]
    want = torch.nn.Linear(6, 4, dtype=torch.float64)
    want.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    want = torch.nn.utils.parametrizations.weight_norm(want)
    x, dy = torch.tensor(ROWS, requires_grad=True), normal(5, 4, seed=3)
    want(x).backward(torch.tensor(dy))
    assert_allclose(normed.backward(dy), x.grad, rtol=1e-10)
    grads = {name: parameter.grad for name, parameter in normed.named_parameters()}
    theirs = {name: parameter.grad for name, parameter in want.named_parameters()}
    assert_allclose(grads["weight_g"], theirs["parametrizations.weight.original0"], rtol=1e-10)
    assert_allclose(grads["weight_v"], theirs["parametrizations.weight.original1"], rtol=1e-10)
    assert_allclose(grads["layer.bias"], theirs["bias"], rtol=1e-10)


# --- what is refused ---

X2, X4 = np.ones((5, 6)), np.ones((2, 6, 3, 4))
S6, S3 = np.ones(6), np.ones(3)
MESSAGES = [
    (
        lambda f, a: f.batch_norm(a(np.ones((2, 6, 3))), a(S6), a(S6)),
        "batch_norm: x has shape (2, 6, 3); it must be (N, C) or (N, C, H, W), not empty",
    ),
    (
        lambda f, a: f.batch_norm(a(X4), a(S3), a(S6)),
        "batch_norm: running_mean has shape (3,), x has 6 channels; it must be (6,): "
        "is x (N, C) or (N, C, H, W)?",
    ),
    (
        lambda f, a: f.batch_norm(a(X4), a(S6), a(S6), a(S6), a(S3)),
        "batch_norm: bias has shape (3,), x has 6 channels; it must be (6,): "
        "is x (N, C) or (N, C, H, W)?",
    ),
    (
        lambda f, a: f.batch_norm(a(X4), None, a(S6)),
        "batch_norm: give running_mean and running_var, or neither",
    ),
    (
        lambda f, a: f.batch_norm(a(X4), None, None),
        "batch_norm: there is no running_mean to normalise with; "
        "give running_mean and running_var, or training=True",
    ),
    (
        lambda f, a: f.batch_norm(a(X2[:1]), a(S6), a(S6), training=True),
        "batch_norm: x has shape (1, 6), one value a channel, whose variance is 0; "
        "train with a larger batch, or call eval() first",
    ),
    (
        lambda f, a: f.layer_norm(a(X4), (4, 3)),
        "layer_norm: x has shape (2, 6, 3, 4); its last axes must be normalized_shape (4, 3), "
        "and none empty",
    ),
    (
        lambda f, a: f.layer_norm(a(X2), ()),
        "layer_norm: x has shape (5, 6); its last axes must be normalized_shape (), and none empty",
    ),
    (
        lambda f, a: f.layer_norm(a(X2), 6, a(S3)),
        "layer_norm: weight has shape (3,); it must be normalized_shape (6,)",
    ),
    (
        lambda f, a: f.group_norm(a(X4), 4),
        "group_norm: 6 channels do not divide into 4 groups of equal size; "
        "num_groups must be a divisor of the number of channels",
    ),
    (
        lambda f, a: f.group_norm(a(X2), 6),
        "group_norm: x has shape (5, 6), one value in each of 6 groups, whose variance is 0; "
        "use fewer groups",
    ),
    (
        lambda f, a: f.instance_norm(a(X2)),
        "instance_norm: x has shape (5, 6); it must be (N, C, H, W), not empty",
    ),
    (
        lambda f, a: f.instance_norm(a(X4[:, :, :1, :1])),
        "instance_norm: x has shape (2, 6, 1, 1), one pixel a channel, whose variance is 0; "
        "use layer_norm or group_norm",
    ),
    (
        lambda f, a: f.weight_norm(a(V), a(S3)),
        "weight_norm: v has shape (4, 3, 2, 5), g has (3,); "
        "they must be (out, ...) and (out, 1, ...), with as many axes",
    ),
    (
        lambda f, a: f.local_contrast_norm(a(X4), kernel_size=4),
        "local_contrast_norm: kernel_size is 4; it must be odd, to have a middle",
    ),
    (
        lambda f, a: f.local_contrast_norm(a(X4), eps=0),
        "local_contrast_norm: eps is 0; it must be positive",
    ),
    (
        lambda f, a: f.local_contrast_norm(a(X4), sigma=-1.0),
        "local_contrast_norm: sigma is -1.0; it must be positive",
    ),
    (
        lambda f, a: f.local_contrast_norm(a(X2)),
        "local_contrast_norm: x has shape (5, 6); it must be (N, C, H, W), not empty",
    ),
]


@pytest.mark.parametrize(("functions", "array"), [(N, np.array), (T, torch.tensor)])
@pytest.mark.parametrize(("call", "message"), MESSAGES)
def test_errors_name_the_remedy_in_both_libraries(call, message, functions, array):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(functions, array)


LAYER_MESSAGES = [
    (
        lambda nn, a: nn.BatchNorm1d(6)(a(X4)),
        "BatchNorm1d: x has shape (2, 6, 3, 4); it must be (N, C), not empty",
    ),
    (
        lambda nn, a: nn.BatchNorm2d(6)(a(X2)),
        "BatchNorm2d: x has shape (5, 6); it must be (N, C, H, W), not empty",
    ),
    (
        lambda nn, a: nn.BatchNorm2d(3)(a(X4)),
        "BatchNorm2d: x has 6 channels, num_features is 3; both must agree: "
        "is x (N, C) or (N, C, H, W)?",
    ),
    (
        lambda nn, a: nn.BatchNorm2d(3, affine=False, track_running_stats=False)(a(X4)),
        "BatchNorm2d: x has 6 channels, num_features is 3; both must agree: "
        "is x (N, C) or (N, C, H, W)?",
    ),
    (
        lambda nn, a: nn.GroupNorm(4, 6),
        "GroupNorm: 6 channels do not divide into 4 groups of equal size; "
        "num_groups must be a divisor of the number of channels",
    ),
]


@pytest.mark.parametrize(("nn", "array"), [(numpy_nn, np.array), (torch_nn, torch.tensor)])
@pytest.mark.parametrize(("call", "message"), LAYER_MESSAGES)
def test_errors_of_layers_name_the_remedy_in_both_libraries(call, message, nn, array):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(nn, array)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: N.batch_norm(X2.astype(int), S6, S6),
            "batch_norm: x is int64; convert it to float32 or float64",
        ),
        (
            lambda: numpy_nn.BatchNorm1d(6)(X2),
            "batch_norm: x is float64, running_mean is float32; convert one of them "
            "(a whole layer with layer.to(dtype))",
        ),
    ],
)
def test_dtypes_that_do_not_go_together_are_refused(call, message):
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        call()


def test_backward_without_forward_is_refused():
    with pytest.raises(RuntimeError, match="call forward first"):
        numpy_nn.LayerNorm(6).backward(X2)

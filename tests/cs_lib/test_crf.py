"""The dense CRF of both libraries against loops, all labellings of a tiny image, finite
differences and cases whose answer is plain.
"""

import itertools
import math

import numpy as np
import pytest
import torch
from both_libraries import check_error, in_both
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.segmentation import crf as np_crf
from cs_lib.torch.segmentation import crf as torch_crf
from cs_lib.torch.segmentation.models import DenseCRF

lib = in_both("segmentation.crf")

N, K, H, W = 2, 3, 4, 5
P = H * W


def first(lib, result):
    return result[0] if lib.name == "numpy" else result


def softmax(x):
    exp = np.exp(x)
    return exp / exp.sum(axis=1, keepdims=True)


def example(dtype=np.float64):
    rng = np.random.default_rng(0)
    unary = rng.standard_normal((N, K, H, W))
    q = softmax(rng.standard_normal((N, K, H, W)))
    kernel = rng.random((N, P, P)) / 10  # not symmetric, so that rows cannot pass for columns
    table = rng.standard_normal((K, K))
    return tuple(x.astype(dtype) for x in (unary, q, kernel, table))


# --- the kernel ---


def naive_kernel(image, w1, alpha, beta, w2, gamma):
    c, h, w = image.shape
    kernel = np.zeros((h * w, h * w))
    pixels = list(itertools.product(range(h), range(w)))
    for i, (y, x) in enumerate(pixels):
        for j, (v, u) in enumerate(pixels):
            far = (y - v) ** 2 + (x - u) ** 2
            unlike = sum((image[k, y, x] - image[k, v, u]) ** 2 for k in range(c))
            if i != j:
                kernel[i, j] = w1 * math.exp(-far / (2 * alpha**2) - unlike / (2 * beta**2))
                kernel[i, j] += w2 * math.exp(-far / (2 * gamma**2))
    return kernel


@pytest.mark.parametrize("values", [(1.0, 8.0, 0.1, 1.0, 1.0), (2.0, 3.0, 0.4, 0.5, 1.7)])
def test_kernel_is_its_loop(lib, values):
    images = np.random.default_rng(1).random((N, 4, H, W))
    names = ("appearance", "appearance_distance", "appearance_colour", "smoothness",
             "smoothness_distance")  # fmt: skip
    options = dict(zip(names, values, strict=True)) if values[0] == 2 else {}
    want = np.stack([naive_kernel(image, *values) for image in images])
    got = lib.crf_kernel(images, **options)
    assert_allclose(got, want, rtol=1e-12, atol=1e-300, strict=True)


@pytest.mark.parametrize("self_message", [False, True])
@pytest.mark.parametrize("normalization", [None, "symmetric", "before", "after"])
def test_each_term_is_normalised_before_its_weight(lib, normalization, self_message):
    images = np.random.default_rng(1).random((N, 3, H, W))
    want = np.zeros((N, P, P))
    for n in range(N):
        terms = [
            naive_kernel(images[n], 2.0, 3.0, 0.4, 0.0, 1.0) / 2,
            naive_kernel(images[n], 0.0, 3.0, 0.4, 0.5, 1.7) / 0.5,
        ]
        for weight, term in zip((2.0, 0.5), terms, strict=True):
            if self_message:
                term[range(P), range(P)] = 1  # exp(0)
            for i, j in itertools.product(range(P), repeat=2):
                hears, says = term[i].sum(), term[j].sum()
                by = {None: 1, "after": hears, "before": says, "symmetric": (hears * says) ** 0.5}
                want[n, i, j] += weight * term[i, j] / by[normalization]
    got = lib.crf_kernel(
        images,
        appearance=2.0,
        appearance_distance=3.0,
        appearance_colour=0.4,
        smoothness=0.5,
        smoothness_distance=1.7,
        normalization=normalization,
        self_message=self_message,
    )
    assert_allclose(got, want, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("normalization", ["symmetric", "before", "after"])
def test_who_hears_nobody_has_a_kernel_of_zeros(lib, normalization):
    images = np.array([[[[0.0, 0.5, 1.0]]]])
    options = {"smoothness": 0.0, "appearance_colour": 1e-3, "smoothness_distance": 1e-3}
    got = lib.crf_kernel(images, normalization=normalization, **options)
    assert_array_equal(got, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kernel_is_symmetric_and_sends_no_pixel_a_message_of_its_own(lib, dtype):
    images = np.random.default_rng(1).random((1, 3, 6, 2)).astype(dtype)
    kernel = lib.crf_kernel(images)
    assert kernel.dtype == dtype
    assert_array_equal(kernel, kernel.swapaxes(1, 2))
    assert_array_equal(np.diagonal(kernel, axis1=1, axis2=2), 0)
    assert (kernel + np.eye(12) > 0).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_product_of_weights_is_a_subnormal_number(lib, dtype):
    """They make products slow. In a row of pixels the Gaussian passes through all sizes to 0."""
    images = np.zeros((1, 1, 1, 100), dtype)
    row = lib.crf_kernel(images, appearance=0.0, smoothness_distance=2.0)[0, 0, 1:]
    far = np.exp(-(np.arange(1.0, 100.0) ** 2) / 8)
    tiny = np.finfo(dtype).tiny
    assert ((far > 0) & (far < tiny)).any()
    seen = far > tiny**0.5
    assert_allclose(row[seen], far[seen], rtol=1e-5)
    assert_array_equal(row[~seen], 0)


# --- a step ---


def naive_step(unary, q, kernel, table):
    """One image: unary, q: (K, P)"""
    k, p = unary.shape
    new = np.zeros_like(q)
    for i in range(p):
        for a in range(k):
            energy = unary[a, i]
            for b in range(k):
                energy += table[a, b] * sum(kernel[i, j] * q[b, j] for j in range(p))
            new[a, i] = math.exp(-energy)
        new[:, i] /= new[:, i].sum()
    return new


@pytest.mark.parametrize("potts", [False, True])
def test_step_is_its_loop(lib, potts):
    unary, q, kernel, table = example()
    got = first(lib, lib.crf_step(unary, q, kernel, *([] if potts else [table])))
    if potts:
        table = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    for n in range(N):
        want = naive_step(unary[n].reshape(K, P), q[n].reshape(K, P), kernel[n], table)
        assert_allclose(got[n].reshape(K, P), want, rtol=1e-12)
    assert_allclose(got.sum(axis=1), 1, rtol=1e-13)


def test_without_neighbours_a_step_is_the_softmax(lib):
    unary, q, kernel, _ = example()
    got = first(lib, lib.crf_step(unary, q, 0 * kernel))
    assert_allclose(got, softmax(-unary), rtol=1e-12)


def test_neighbours_draw_a_pixel_to_their_own_class(lib):
    """Two pixels, each with kernel 3 to the other; the left one is sure of class 1."""
    unary, q = np.zeros((1, 2, 1, 2)), np.full((1, 2, 1, 2), 0.5)
    q[0, :, 0, 0] = [0, 1]
    kernel = 3 * np.array([[[0.0, 1], [1, 0]]])
    got = first(lib, lib.crf_step(unary, q, kernel))
    assert_allclose(got[0, :, 0, 1], [1 / (1 + math.exp(3)), 1 / (1 + math.exp(-3))], rtol=1e-12)
    assert_allclose(got[0, :, 0, 0], [0.5, 0.5], rtol=1e-12)


def test_costs_of_a_thousand_do_not_overflow(lib):
    unary, q, kernel, _ = example()
    got = first(lib, lib.crf_step(1000 * unary, q, kernel))
    assert np.isfinite(got).all()
    assert_allclose(got.sum(axis=1), 1, rtol=1e-12)


# --- mean field ---


def exact_marginals(unary, kernel):
    """The Potts model's, from all labellings. unary: (K, P), kernel: (P, P) symmetric -> (K, P)"""
    k, p = unary.shape
    marginals = np.zeros((k, p))
    for labels in itertools.product(range(k), repeat=p):
        energy = sum(unary[label, i] for i, label in enumerate(labels))
        for i, j in itertools.combinations(range(p), 2):
            energy += kernel[i, j] * (labels[i] != labels[j])
        for i, label in enumerate(labels):
            marginals[label, i] += math.exp(-energy)
    return marginals / marginals.sum(axis=0)


def test_weakly_coupled_pixels_get_their_exact_probabilities(lib):
    """Exact to first order in the coupling: a tenth of it makes a hundredth of the error."""
    rng = np.random.default_rng(2)
    unary, kernel = rng.standard_normal((1, 3, 2, 3)), lib.crf_kernel(rng.random((1, 3, 2, 3)))
    errors, effects = [], []
    for coupling in (1e-2, 1e-3):
        exact = exact_marginals(unary.reshape(3, 6), coupling * kernel[0])
        got = first(lib, lib.crf_mean_field(unary, coupling * kernel, steps=20)).reshape(3, 6)
        errors.append(np.abs(got - exact).max())
        effects.append(np.abs(softmax(-unary).reshape(3, 6) - exact).max())
    assert errors[1] < errors[0] / 90
    assert effects[1] > 100 * errors[1]


def test_mean_field_is_as_many_steps_from_the_softmax(lib):
    unary, _, kernel, table = example()
    q = softmax(-unary)
    for steps in range(4):
        got = first(lib, lib.crf_mean_field(unary, kernel, table, steps=steps))
        assert_allclose(got, q, rtol=1e-12)
        q = first(lib, lib.crf_step(unary, q, kernel, table))


def test_mean_field_comes_to_rest(lib):
    unary, _, kernel, _ = example()
    q = first(lib, lib.crf_mean_field(unary, kernel, steps=60))
    assert_allclose(first(lib, lib.crf_step(unary, q, kernel)), q, rtol=1e-9)


def test_the_crf_cleans_a_noisy_labelling(lib):
    rng = np.random.default_rng(0)
    v, u = np.mgrid[:16, :20]
    truth = np.where((v - 7) ** 2 + (u - 6) ** 2 < 25, 1, np.where(u > 14, 2, 0))
    colours = np.array([[0.2, 0.3, 0.3], [0.8, 0.4, 0.2], [0.3, 0.7, 0.6]])
    image = colours[truth].transpose(2, 0, 1) + 0.05 * rng.standard_normal((3, 16, 20))
    scores = (np.eye(3)[truth].transpose(2, 0, 1) + 0.8 * rng.standard_normal((3, 16, 20)))[None]
    before = (scores.argmax(axis=1)[0] == truth).mean()
    q = first(lib, lib.crf_mean_field(-scores, lib.crf_kernel(image[None])))
    after = (q.argmax(axis=1)[0] == truth).mean()
    assert before < 0.8
    assert after > 0.98


# --- gradients (the contract compares them with autograd) ---


@pytest.mark.parametrize("name", ["crf_step", "crf_mean_field"])
def test_gradients_are_those_of_finite_differences(name):
    unary, q, kernel, table = example()
    inputs = [unary, q, kernel, table] if name == "crf_step" else [unary, kernel, table]
    f, f_backward = getattr(np_crf, name), getattr(np_crf, f"{name}_backward")
    y, cache = f(*inputs)
    rng = np.random.default_rng(3)
    dy = rng.standard_normal(y.shape)
    gradients = f_backward(dy, cache)
    assert len(gradients) == len(inputs)
    for i, gradient in enumerate(gradients):
        for cell in map(tuple, rng.integers(0, inputs[i].shape, (8, inputs[i].ndim))):
            values = []
            for step in (1e-5, -1e-5):
                moved = [x.copy() for x in inputs]
                moved[i][cell] += step
                values.append((dy * f(*moved)[0]).sum())
            assert gradient[cell] == pytest.approx((values[0] - values[1]) / 2e-5, abs=1e-8)


def test_the_potts_model_has_no_gradient():
    unary, q, kernel, _ = example()
    y, cache = np_crf.crf_step(unary, q, kernel)
    assert np_crf.crf_step_backward(y, cache)[3] is None
    y, cache = np_crf.crf_mean_field(unary, kernel)
    assert np_crf.crf_mean_field_backward(y, cache)[2] is None


# --- inside a network ---


def layer(**options):
    torch.manual_seed(0)
    model = DenseCRF(K, **options).double()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.1 * torch.rand_like(p))
    return model


@pytest.mark.parametrize("options", [{}, {"normalization": "symmetric", "self_message": True}])
@pytest.mark.parametrize("steps", [1, 3])
def test_the_layer_gives_the_scores_of_numpys_mean_field(steps, options):
    model, unary = layer(steps=steps, **options), example()[0]
    images = np.random.default_rng(1).random((N, 3, H, W))
    far, colour, near = model.log_distance.exp().tolist()
    appearance, smoothness = model.weight.tolist()
    kernel = np_crf.crf_kernel(
        images,
        appearance=appearance,
        appearance_distance=far,
        appearance_colour=colour,
        smoothness=smoothness,
        smoothness_distance=near,
        **options,
    )
    table = model.compatibility.detach().numpy()
    want = np_crf.crf_mean_field(unary, kernel, table, steps=steps)[0]
    got = model(torch.tensor(-unary), torch.tensor(images)).detach()
    assert_allclose(got.softmax(dim=1), want, rtol=1e-10)


def test_the_layer_has_five_numbers_and_a_table():
    assert sum(p.numel() for p in DenseCRF(21).parameters()) == 446


def test_the_layer_begins_as_crf_mean_field_with_its_defaults():
    unary, images = example(np.float32)[0], np.random.default_rng(1).random((N, 3, H, W))
    images = torch.tensor(images, dtype=torch.float32)
    got = DenseCRF(K)(torch.tensor(-unary), images)
    want = torch_crf.crf_mean_field(torch.tensor(unary), torch_crf.crf_kernel(images))
    assert_allclose(got.softmax(dim=1).detach(), want, rtol=1e-4)


@pytest.mark.parametrize("options", [{}, {"normalization": "symmetric"}, {"self_message": True}])
def test_gradients_reach_all_parameters_scores_and_image(options):
    model = layer(steps=2, **options)
    names = [name for name, _ in model.named_parameters()]
    rng = np.random.default_rng(2)
    scores = torch.tensor(rng.standard_normal((1, K, 2, 3)), requires_grad=True)
    images = torch.tensor(rng.random((1, 3, 2, 3)), requires_grad=True)

    def f(scores, images, *values):
        named = dict(zip(names, values, strict=True))
        return torch.func.functional_call(model, named, (scores, images))

    inputs = scores, images, *(p.detach().requires_grad_() for p in model.parameters())
    assert torch.autograd.gradcheck(f, inputs, atol=1e-6)
    gradients = torch.autograd.grad(f(*inputs).square().sum(), inputs)
    assert all(g.abs().max() > 1e-8 for g in gradients)


def test_learnt_it_labels_better_than_it_begins():
    rng = np.random.default_rng(0)
    v, u = np.mgrid[:10, :12]
    truth = torch.tensor(np.where((v - 4) ** 2 + (u - 4) ** 2 < 10, 1, 0))[None]
    images = truth[:, None].repeat(1, 3, 1, 1) * 0.4 + 0.3
    images = (images + 0.1 * torch.tensor(rng.standard_normal((1, 3, 10, 12)))).double()
    noise = torch.tensor(rng.standard_normal((1, 2, 10, 12)))
    scores = 0.3 * torch.nn.functional.one_hot(truth, 2).permute(0, 3, 1, 2) + noise
    model = DenseCRF(2, appearance_colour=0.02, smoothness=0.01).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(40):
        losses.append(torch.nn.functional.cross_entropy(model(scores, images), truth))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[0] > 0.5
    assert losses[-1] < 0.1
    assert (model(scores, images).argmax(dim=1) == truth).double().mean() > 0.97


# --- errors ---

IMAGE, UNARY = np.zeros((1, 3, 2, 4)), np.zeros((1, 5, 2, 4))
KERNEL, TABLE = np.zeros((1, 8, 8)), np.zeros((5, 5))
# fmt: off
ERRORS = [
    (ValueError, "crf_kernel: images has shape (3, 2, 4); it must be (N, C, H, W), not empty",
     lambda m, a: m.crf_kernel(a(IMAGE[0]))),
    (ValueError, "crf_kernel: appearance_colour is 0; it must be above 0",
     lambda m, a: m.crf_kernel(a(IMAGE), appearance_colour=0)),
    (ValueError, "crf_kernel: normalization is 'rows'; it must be None, 'symmetric', 'before' or "
     "'after'", lambda m, a: m.crf_kernel(a(IMAGE), normalization="rows")),
    (TypeError, "crf_kernel: images is uint8; convert it to float32 or float64",
     lambda m, a: m.crf_kernel(a(IMAGE.astype(np.uint8)))),
    (ValueError, "crf_step: unary has shape (5, 2, 4); it must be (N, K, H, W), not empty",
     lambda m, a: m.crf_step(a(UNARY[0]), a(UNARY), a(KERNEL))),
    (ValueError, "crf_step: q has shape (1, 4, 2, 4), unary (1, 5, 2, 4); both must be the same",
     lambda m, a: m.crf_step(a(UNARY), a(UNARY[:, 1:]), a(KERNEL))),
    (ValueError, "crf_mean_field: kernel has shape (1, 7, 8); for unary (1, 5, 2, 4) it must be "
     "(1, 8, 8), one number for each two pixels",
     lambda m, a: m.crf_mean_field(a(UNARY), a(KERNEL[:, 1:]))),
    (ValueError, "crf_mean_field: compatibility has shape (5,); it must be (5, 5), one number for "
     "each two classes",
     lambda m, a: m.crf_mean_field(a(UNARY), a(KERNEL), a(TABLE[0]))),
    (ValueError, "crf_mean_field: steps is -1; it must be a whole number from 0",
     lambda m, a: m.crf_mean_field(a(UNARY), a(KERNEL), steps=-1)),
    (TypeError, "crf_mean_field: unary is float64, kernel is float32; convert one of them (a whole "
     "layer with layer.to(dtype))",
     lambda m, a: m.crf_mean_field(a(UNARY), a(KERNEL.astype(np.float32)))),
]
# fmt: on


@pytest.mark.parametrize("module", [np_crf, torch_crf], ids=["numpy", "torch"])
@pytest.mark.parametrize(("error", "message", "call"), ERRORS)
def test_bad_fields_are_told_what_to_do(module, error, message, call):
    array = np.array if module is np_crf else torch.tensor
    check_error(error, message, lambda: call(module, array))

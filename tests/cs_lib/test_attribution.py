"""Attributions against closed forms, finite differences and loops; models stay as they were."""

import numpy as np
import pytest
import torch

from cs_lib.torch import attribution as A
from cs_lib.torch import models, nn

RNG = np.random.default_rng(3)
X = torch.tensor(RNG.standard_normal((3, 2, 6, 5)))
W = torch.tensor(RNG.standard_normal((4, 60)))
LABELS = torch.tensor([3, 0, 3])


def linear_model(weight=W):
    layer = nn.Linear(60, 4).to(torch.float64)
    layer.load_state_dict({"weight": weight, "bias": torch.arange(4.0)})
    return nn.Sequential(nn.Flatten(), layer)


def convolutional(*, bias=True, norm=True, seed=0):
    rng = np.random.default_rng(seed)
    layers = [nn.Conv2d(2, 5, 3, padding=1, bias=bias, rng=rng)]
    if norm:
        layers += [nn.BatchNorm2d(5)]
    layers += [nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 6, 3, padding=1, bias=bias, rng=rng)]
    layers += [nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    model = nn.Sequential(*layers, nn.Linear(6, 4, bias=bias, rng=rng)).to(torch.float64)
    if norm:  # statistics that are not those of a new layer
        model[1].running_mean += 0.3
        model[1].running_var *= 2
    return model


METHODS = {
    "saliency": A.saliency,
    "gradient_times_input": A.gradient_times_input,
    "integrated_gradients": A.integrated_gradients,
    "guided_backprop": A.guided_backprop,
    "grad_cam": lambda *args: A.grad_cam(*args, layer="5"),
    "occlusion": lambda *args: A.occlusion(*args, size=2),
}

# --- closed forms ---


def test_of_a_linear_model_the_gradient_is_its_row_and_the_others_follow():
    model, rows = linear_model(), W[LABELS].reshape(3, 2, 6, 5)
    torch.testing.assert_close(A.saliency(model, X, LABELS), rows)
    torch.testing.assert_close(A.gradient_times_input(model, X, LABELS), rows * X)
    ways = A.integrated_gradients(model, X, LABELS, baseline=0.5, steps=3)
    torch.testing.assert_close(ways, rows * (X - 0.5))


def test_occlusion_of_a_linear_model_is_what_the_square_took_away():
    rows = W[LABELS].reshape(3, 2, 6, 5)
    found = A.occlusion(linear_model(), X, LABELS, size=3, stride=2, fill=0.25)
    want = torch.nn.functional.avg_pool2d((rows * (X - 0.25)).sum(1, keepdim=True), 3, 2) * 9
    torch.testing.assert_close(found, want[:, 0])
    assert found.shape == (3, 2, 2)


def test_the_gradient_is_the_quotient_of_differences():
    model, step = convolutional().eval(), 1e-6
    dx = A.saliency(model, X, LABELS)
    for place in [(0, 0, 0, 0), (1, 1, 5, 4), (2, 0, 3, 2)]:
        moved = torch.zeros_like(X)
        moved[place] = step
        change = (model(X + moved) - model(X - moved)).gather(1, LABELS[:, None])[:, 0] / (2 * step)
        assert abs(change[place[0]] - dx[place]) < 1e-6


@pytest.mark.parametrize("bias", [False, True])
def test_gradient_times_input_adds_up_to_the_score_where_there_are_no_biases(bias):
    model = convolutional(bias=bias, norm=False)
    total = A.gradient_times_input(model, X, LABELS).sum(dim=(1, 2, 3))
    scores = model(X).gather(1, LABELS[:, None])[:, 0]
    assert torch.allclose(total, scores) is not bias


def test_integrated_gradients_add_up_to_the_change_of_the_score():
    model = convolutional().eval()
    total = A.integrated_gradients(model, X, LABELS, baseline=-1.0, steps=2000).sum(dim=(1, 2, 3))
    change = (model(X) - model(torch.full_like(X, -1.0))).gather(1, LABELS[:, None])[:, 0]
    torch.testing.assert_close(total, change, rtol=1e-3, atol=1e-4)


def test_guided_backprop_is_what_the_rule_says_by_hand():
    rng = np.random.default_rng(5)
    first, second, third = (rng.standard_normal(s) for s in ((7, 60), (6, 7), (4, 6)))
    layers = [nn.Linear(60, 7), nn.ReLU(), nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 4)]
    model = nn.Sequential(nn.Flatten(), *layers).to(torch.float64)
    zeros = {f"{2 * n + 1}.bias": np.zeros(len(w)) for n, w in enumerate((first, second, third))}
    model.load_state_dict({"1.weight": first, "3.weight": second, "5.weight": third, **zeros})
    x = X.reshape(3, 60).numpy()
    a = x @ first.T
    b = np.maximum(a, 0) @ second.T
    db = np.maximum(third[LABELS], 0) * (b > 0)
    dx = (np.maximum(db @ second, 0) * (a > 0)) @ first
    found = A.guided_backprop(model, X, LABELS)
    torch.testing.assert_close(found, torch.from_numpy(dx.reshape(X.shape)))
    plain = A.saliency(model, X, LABELS)  # the hooks are gone
    want = (((third[LABELS] * (b > 0)) @ second) * (a > 0)) @ first
    torch.testing.assert_close(plain, torch.from_numpy(want.reshape(X.shape)))


def test_grad_cam_is_the_class_activation_map_where_a_mean_and_a_linear_layer_follow():
    model = convolutional().eval()
    maps = model[:6](X)  # (N, 6, 3, 2)
    weights = model[-1].weight[LABELS]  # (N, 6)
    want = torch.einsum("nf,nfhw->nhw", weights, maps).clamp(min=0) / 6  # a mean of six places
    found = A.grad_cam(model, X, LABELS, layer="5", upsample=False)
    assert want.max() > 0
    torch.testing.assert_close(found, want.detach())
    large = A.grad_cam(model, X, LABELS, layer="5")
    assert large.shape == (3, 6, 5)
    torch.testing.assert_close(
        large, torch.nn.functional.interpolate(found[:, None], (6, 5), mode="bilinear")[:, 0]
    )


# --- what holds for all ---


@pytest.mark.parametrize("name", METHODS)
def test_labels_are_the_largest_scores_by_default(name):
    model = convolutional().eval()
    largest = model(X).argmax(dim=1)
    assert torch.equal(METHODS[name](model, X), METHODS[name](model, X, largest))
    other = METHODS[name](model, X, (largest + 1) % 4)
    assert not torch.equal(METHODS[name](model, X), other)


@pytest.mark.parametrize("name", METHODS)
def test_the_model_and_the_images_stay_as_they_were(name):
    model = convolutional().train()
    model[1].eval()
    modes = [m.training for m in model.modules()]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    x = X.clone()
    with torch.no_grad():
        found = METHODS[name](model, x, LABELS)
    assert [m.training for m in model.modules()] == modes
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(x, X)
    assert not x.requires_grad
    assert not found.requires_grad
    assert not any(m._forward_hooks for m in model.modules())


@pytest.mark.parametrize("name", METHODS)
def test_images_do_not_depend_on_the_others_of_their_batch(name):
    model = convolutional().train()
    alone = METHODS[name](model, X[1:2], LABELS[1:2])
    torch.testing.assert_close(METHODS[name](model, X, LABELS)[1:2], alone)


@pytest.mark.parametrize("name", METHODS)
def test_a_frozen_model_has_the_same_maps(name):
    model = convolutional()
    want = METHODS[name](model, X, LABELS)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    assert torch.equal(METHODS[name](model, X, LABELS), want)


def test_a_residual_network_is_guided_too():
    rng = np.random.default_rng(0)
    model, x = models.CifarResNet(8, width=4, rng=rng), torch.randn(2, 3, 16, 16)
    guided, plain = A.guided_backprop(model, x), A.saliency(model, x)
    assert guided.shape == x.shape
    assert not torch.allclose(guided, plain)


# --- outputs of layers ---


def test_layer_outputs_are_those_of_the_parts():
    model = convolutional().eval()
    found = A.layer_outputs(model, X, ["0", "5", ""])
    assert list(found) == ["0", "5", ""]
    torch.testing.assert_close(found["0"], model[0](X))
    torch.testing.assert_close(found["5"], model[:6](X))
    torch.testing.assert_close(found[""], model(X))
    (dw,) = torch.autograd.grad(found["5"].sum(), model[0].weight)
    assert dw.abs().max() > 0
    assert not any(m._forward_hooks for m in model.modules())


# --- errors ---


def test_errors_say_what_arrived_and_what_was_expected():
    model = convolutional()
    with pytest.raises(ValueError, match=r"grad_cam: the model has no 'conv'; it has: 0, 1, 2"):
        A.grad_cam(model, X, layer="conv")
    with pytest.raises(ValueError, match=r"layer_outputs: the model has no 'x'"):
        A.layer_outputs(model, X, ["0", "x"])
    with pytest.raises(ValueError, match=r"grad_cam: '8' puts out \(3, 4\), not"):
        A.grad_cam(model, X, layer="8")
    with pytest.raises(ValueError, match=r"saliency: labels is \(2,\) for 3 images"):
        A.saliency(model, X, LABELS[:2])
    with pytest.raises(ValueError, match=r"saliency: model\(x\) is \(3, 5, 6, 5\)"):
        A.saliency(model[:1], X, LABELS)
    with pytest.raises(ValueError, match=r"occlusion: size is 6, larger than the image, 6 × 5"):
        A.occlusion(model, X, size=6)
    with pytest.raises(ValueError, match=r"occlusion: stride is 0"):
        A.occlusion(model, X, size=2, stride=0)
    with pytest.raises(ValueError, match=r"integrated_gradients: steps is 0"):
        A.integrated_gradients(model, X, steps=0)
    with pytest.raises(ValueError, match="has no ReLU"):
        A.guided_backprop(linear_model(), X)

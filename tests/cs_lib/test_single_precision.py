"""cs_lib.torch on a device without float64: the contract's examples once more, in float32."""

import types

import numpy as np
import pytest
import single_device
import test_contract as contract
import test_detectors
import test_segmenters
import torch
from numpy.testing import assert_allclose
from torch.utils._pytree import tree_map

from cs_lib.torch import nn
from cs_lib.torch.optim import SGD
from cs_lib.torch.trainer import Trainer

CLOSE = {"rtol": 2e-3, "atol": 2e-3}


@pytest.fixture(autouse=True)
def _there():
    with single_device.There():
        yield


def tensor(value, device):
    return contract.as_tensor(contract.single(value), device)


def torch_class(name):
    return contract.twins(name)[1]


def moved(value, device):
    """Tensors and NumPy's arrays, in lists and dicts too, on the device"""
    to_device = {torch.Tensor: lambda x: x.to(device), np.ndarray: lambda x: tensor(x, device)}
    return tree_map(lambda x: to_device.get(type(x), lambda x: x)(x), value)


def numbers(value):
    """All arrays of a result, in order, as NumPy's."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [array for part in value for array in numbers(part)]
    return [value.detach().cpu().numpy()] if isinstance(value, torch.Tensor) else []


def assert_alike(compute):
    """compute(device) gives the same on the CPU and there, and stays there."""
    here, there = (compute(device) for device in ("cpu", single_device.DEVICE))
    for a, b in zip(numbers(here), numbers(there), strict=True):
        assert_allclose(b, a, **CLOSE)


def test_the_device_refuses_float64_asked_for_or_come_of_a_promotion():
    x = torch.ones(2, device=single_device.NAME)
    assert x.device == single_device.DEVICE
    assert (2 * x.requires_grad_()).sum().item() == 4
    for double in (
        x.double,
        lambda: torch.ones(2, dtype=torch.float64, device=x.device),
        lambda: torch.ones(2, dtype=torch.float64).to(x.device),
        lambda: x.sum(dtype=torch.float64),
        lambda: torch.mul(x.detach().long(), torch.ones((), dtype=torch.float64)),
    ):
        with pytest.raises(TypeError, match="single has no float64"):
            double()
    with pytest.raises(RuntimeError, match="numpy"):
        x.detach().numpy()
    with pytest.raises(RuntimeError, match="others on the CPU"):
        x + torch.ones(2)


@pytest.mark.parametrize(("name", "n"), contract.CALLS)
def test_functions(name, n):
    function = contract.twins(name)[1]

    def compute(device):
        bound = contract.bind(function, contract.EXAMPLES[name][n], tensor, device)
        return contract.forward(name, function, bound)

    assert_alike(compute)


@pytest.mark.parametrize(("name", "n"), contract.PAIRS)
def test_gradients(name, n):
    function = contract.twins(name)[1]

    def compute(device):
        bound = contract.bind(function, contract.EXAMPLES[name][n], tensor, device)
        leaves = [
            leaf.requires_grad_()
            for leaf in contract.differentiable(function, bound)
            if leaf is not None
        ]
        y = contract.first(contract.forward(name, function, bound))
        return torch.autograd.grad(y.sum(), leaves, materialize_grads=True)

    assert_alike(compute)


@pytest.mark.parametrize(("name", "n"), contract.LAYERS)
def test_layers(name, n):
    def compute(device):
        layer, outputs = contract.build("torch", name, n).to(device), []
        for training in (True, True, False):
            layer.train(training)
            inputs = tensor(contract.EXAMPLES[name]["input"], device)
            leaves = [] if contract.EXAMPLES[name].get("no_dx") else [inputs[0].requires_grad_()]
            y = layer(*inputs)
            contract.first(y).sum().backward()
            outputs += [y, *(leaf.grad for leaf in leaves)]
        gradients = {key: p.grad for key, p in layer.named_parameters()}
        return [outputs, gradients, dict(layer.named_buffers())]

    assert_alike(compute)


@pytest.mark.parametrize("name", contract.of_kind(tuple))
def test_what_is_fitted(name):
    make, outputs = contract.EXAMPLES[name]
    cls = torch_class(name)

    def compute(device):
        def array(x):
            return tensor(x, device)

        return outputs(make(cls, array), array)

    assert_alike(compute)


@pytest.mark.parametrize("name", contract.of_kind(types.FunctionType))
def test_all_else(name):
    run, module = contract.EXAMPLES[name], name.rsplit(".", 1)[0]
    there = contract.imported("torch", module)
    assert_alike(lambda device: run(there, lambda x: tensor(x, device)))


@pytest.mark.parametrize("name", ["KNeighborsClassifier", "LinearClassifier"])
def test_the_score_of_a_classifier(name):
    cls, (make, _) = (f(f"classifiers.{name}") for f in (torch_class, contract.EXAMPLES.get))

    def compute(device):
        x, y = (tensor(values, device) for values in (contract.X, contract.Y))
        return torch.tensor(make(cls, lambda values: tensor(values, device)).score(x, y))

    assert_alike(compute)


def test_a_trainer_moves_batches_there():
    x, y = (tensor(values, "cpu") for values in (contract.X, contract.Y))

    def compute(device):
        rng = np.random.default_rng(0)
        model = nn.Sequential(nn.Flatten(), nn.Linear(24, 4, rng=rng)).to(device)
        optimizer = SGD(model.parameters(), lr=0.1)
        options = {"epochs": 2, "batch_size": 7, "rng": rng, "progress": False}
        Trainer(model, nn.CrossEntropyLoss(), optimizer, **options).fit(x, y, x, y)
        return model.state_dict()

    assert_alike(compute)


def test_integers_are_computed_in_float32():
    boxes = np.array([[0, 0, 200, 2], [0, 0, 100, 2]], np.uint8)
    iou = contract.imported("torch", "detection.boxes").box_iou
    got = iou(tensor(boxes, single_device.DEVICE), tensor(boxes, single_device.DEVICE))
    assert got.dtype == torch.float32
    assert_allclose(got.cpu().numpy(), [[1, 0.5], [0.5, 1]])


@pytest.mark.parametrize("name", test_detectors.MAKE)
def test_a_detector(name):
    images, targets = test_detectors.two_scenes()

    def compute(device):
        small = {"crop": 16} if name == "RCNN" else {}
        model = test_detectors.MAKE[name](10, rng=np.random.default_rng(0), **small).to(device)
        positional, options = moved(test_detectors.arguments(name, targets), device)
        losses = model.losses(images.to(device), *positional, **options)
        sum(losses.values()).backward()
        positional, _ = moved(test_detectors.arguments(name), device)
        found = model.eval().predict(images.to(device), *positional)
        assert {one["boxes"].device.type for one in found} == {torch.device(device).type}
        return losses

    assert_alike(compute)


@pytest.mark.parametrize("name", test_segmenters.SMALL)
def test_a_segmenter(name):
    images = test_segmenters.images(2, 3, 32, 32)

    def compute(device):
        model = test_segmenters.SMALL[name](np.random.default_rng(0)).to(device)
        scores = model(images.to(device))
        loss = torch.nn.functional.cross_entropy(scores, scores.detach().argmax(dim=1))
        loss.backward()
        return loss, [p.grad for p in model.parameters()][-1]

    assert_alike(compute)

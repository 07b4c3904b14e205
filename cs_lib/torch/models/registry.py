"""Architectures by name, as in torchvision.models: get_model("resnet50")."""

from functools import partial

from cs_lib.torch.models.alexnet import AlexNet
from cs_lib.torch.models.densenet import CifarDenseNet, DenseNet
from cs_lib.torch.models.fabric import Fabric
from cs_lib.torch.models.googlenet import GoogLeNet
from cs_lib.torch.models.lenet import LeNet5
from cs_lib.torch.models.msdnet import MSDNet
from cs_lib.torch.models.resnet import CifarResNet, ResNet
from cs_lib.torch.models.vgg import VGG

__all__ = ["get_model", "list_models"]

_MODELS = {
    "lenet5": LeNet5,
    "lenet5_1998": partial(LeNet5, original=True),
    "alexnet": AlexNet,
    **{f"vgg{depth}": partial(VGG, depth) for depth in (11, 13, 16, 19)},
    **{f"vgg{depth}_bn": partial(VGG, depth, batch_norm=True) for depth in (11, 13, 16, 19)},
    "googlenet": GoogLeNet,
    **{f"resnet{depth}": partial(ResNet, depth) for depth in (18, 34, 50, 101, 152)},
    **{f"cifar_resnet{depth}": partial(CifarResNet, depth) for depth in (20, 32, 44, 56, 110)},
    **{f"densenet{depth}": partial(DenseNet, depth) for depth in (121, 169, 201)},
    "cifar_densenet100": CifarDenseNet,
    "fabric": Fabric,
    "msdnet": MSDNet,
}


def list_models():
    """The names that `get_model` knows, the oldest architectures first -> a list"""
    return list(_MODELS)


def get_model(name, **options):
    """An architecture by its name -> a Module [torchvision.models.get_model].

    options: its keyword arguments: get_model("resnet18", num_classes=10, rng=rng). Large models
    whose values nobody needs are built under `with torch.device("meta"):`, which draws nothing and
    takes no memory; rng is then left as it was. ValueError for an unknown name.
    """
    if name not in _MODELS:
        raise ValueError(f"get_model: there is no {name!r}; there are: {', '.join(_MODELS)}")
    return _MODELS[name](**options)

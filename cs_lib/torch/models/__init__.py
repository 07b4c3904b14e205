"""Architectures, from LeNet-5 to DenseNet, as their papers and torchvision have them.

All take rng, from which initial values and dropout are drawn. `with torch.device("meta"):` builds
any of them without drawing: with shapes and parameter counts, but no values.
"""

from cs_lib.torch.models.alexnet import AlexNet
from cs_lib.torch.models.densenet import CifarDenseNet, DenseBlock, DenseNet
from cs_lib.torch.models.fabric import Fabric
from cs_lib.torch.models.googlenet import (
    GoogLeNet,
    GoogLeNetOutputs,
    Inception,
    auxiliary_loss,
)
from cs_lib.torch.models.lenet import LeNet5
from cs_lib.torch.models.msdnet import MSDNet, exits_loss
from cs_lib.torch.models.registry import get_model, list_models
from cs_lib.torch.models.resnet import CifarResNet, ResidualBlock, ResNet
from cs_lib.torch.models.torchvision_weights import from_torchvision
from cs_lib.torch.models.vgg import VGG

__all__ = [
    "VGG",
    "AlexNet",
    "CifarDenseNet",
    "CifarResNet",
    "DenseBlock",
    "DenseNet",
    "Fabric",
    "GoogLeNet",
    "GoogLeNetOutputs",
    "Inception",
    "LeNet5",
    "MSDNet",
    "ResNet",
    "ResidualBlock",
    "auxiliary_loss",
    "exits_loss",
    "from_torchvision",
    "get_model",
    "list_models",
]

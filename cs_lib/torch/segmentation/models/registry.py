"""Segmenters by name: get_model("unet")."""

from functools import partial

from cs_lib.torch.segmentation.models.deconvnet import DeconvNet
from cs_lib.torch.segmentation.models.dilated import DilatedNet
from cs_lib.torch.segmentation.models.fc_densenet import FCDenseNet
from cs_lib.torch.segmentation.models.fcn import FCN
from cs_lib.torch.segmentation.models.frrn import FRRN
from cs_lib.torch.segmentation.models.gridnet import GridNet
from cs_lib.torch.segmentation.models.segnet import SegNet
from cs_lib.torch.segmentation.models.unet import UNet

__all__ = ["get_model", "list_models"]

_MODELS = {
    **{f"fcn{stride}": partial(FCN, stride) for stride in (32, 16, 8)},
    "deconvnet": DeconvNet,
    "unet": UNet,
    "dilated": DilatedNet,
    "segnet": SegNet,
    **{f"fc_densenet{depth}": partial(FCDenseNet, depth) for depth in (56, 67, 103)},
    **{f"frrn_{kind.lower()}": partial(FRRN, kind) for kind in "AB"},
    "gridnet": GridNet,
}


def list_models():
    """The names that `get_model` knows -> a list"""
    return list(_MODELS)


def get_model(name, **options):
    """A segmenter by its name -> a Module, with the sizes of its paper.

    options: its keyword arguments: get_model("unet", num_classes=11, width=16, rng=rng). Large
    models whose values nobody needs are built under `with torch.device("meta"):`. ValueError for an
    unknown name.
    """
    if name not in _MODELS:
        raise ValueError(f"get_model: there is no {name!r}; there are: {', '.join(_MODELS)}")
    return _MODELS[name](**options)

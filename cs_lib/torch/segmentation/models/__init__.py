"""Segmenters, from patch by patch to grids: images in, scores for each pixel out.

All take rng, from which initial values and dropout are drawn, and are small where their widths are.
`with torch.device("meta"):` builds any of them without drawing: with shapes and parameter counts,
but no values.
"""

from cs_lib.torch.segmentation.models.deconvnet import DeconvNet
from cs_lib.torch.segmentation.models.dense_crf import DenseCRF
from cs_lib.torch.segmentation.models.dilated import ContextModule, DilatedNet
from cs_lib.torch.segmentation.models.fc_densenet import FCDenseNet
from cs_lib.torch.segmentation.models.fcn import FCN
from cs_lib.torch.segmentation.models.frrn import FRRN, FullResolutionUnit
from cs_lib.torch.segmentation.models.gridnet import GridNet
from cs_lib.torch.segmentation.models.patches import (
    PatchClassifier,
    classify_patches,
    convolutionalize,
)
from cs_lib.torch.segmentation.models.registry import get_model, list_models
from cs_lib.torch.segmentation.models.segnet import SegNet
from cs_lib.torch.segmentation.models.unet import UNet, overlap_tiles

__all__ = [
    "FCN",
    "FRRN",
    "ContextModule",
    "DeconvNet",
    "DenseCRF",
    "DilatedNet",
    "FCDenseNet",
    "FullResolutionUnit",
    "GridNet",
    "PatchClassifier",
    "SegNet",
    "UNet",
    "classify_patches",
    "convolutionalize",
    "get_model",
    "list_models",
    "overlap_tiles",
]

"""torchvision as an oracle, on machines for whose torch it has compiled operators and on others."""

import functools
import warnings

import torch

_DECLARED = []  # a declaration lasts as long as its Library


@functools.cache
def torchvision():
    """torchvision, imported. Its compiled operators may be missing: see has_operators.

    PyPI's wheels for Linux are built for CUDA. Beside a torch for CPUs they find no CUDA library,
    are left with Python alone, and stop at the first operator that they want to say more about:
    these two are therefore declared, without a body.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import torchvision
        except RuntimeError:
            _DECLARED.append(torch.library.Library("torchvision", "DEF"))
            for name in ("nms", "qnms"):
                _DECLARED[0].define(f"{name}(Tensor dets, Tensor scores, float t) -> Tensor")
            import torchvision
    return torchvision


def has_operators():
    """Whether torchvision.ops.nms and roi_pool can run: they are not written in Python."""
    return torchvision().extension._has_ops()

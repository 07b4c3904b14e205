"""Up-sampling: a larger image, whose new pixels come from the old ones next to them."""

from cs_lib._shared import layers as _layers
from cs_lib._shared import windows as _windows
from cs_lib.numpy.nn import _resampling
from cs_lib.numpy.nn.module import Module

__all__ = ["Upsample", "interpolate", "interpolate_backward"]


def interpolate(x, *, size=None, scale_factor=None, mode="nearest"):
    """Resize images [torch.nn.functional.interpolate, align_corners=False].

    x: (N, C, H, W) -> y: (N, C, outH, outW), cache. size: outH and outW, or scale_factor: how many
    times larger y is, rounded down; numbers or pairs (height, width).
    mode: "nearest" repeats pixels; "bilinear" draws straight lines between pixel centres, and is
    constant outside the outermost. Both are rows @ image @ columns.T with two small matrices.
    ValueError unless one of size and scale_factor is given, and leaves at least a pixel.
    """
    out, scales = _windows.upsampled_size("interpolate", x, size, scale_factor, mode)
    _layers.check_dtypes("interpolate", x=x)
    matrix = {"nearest": _resampling.nearest, "bilinear": _resampling.bilinear}[mode]
    matrices = [matrix(*axis) for axis in zip(x.shape[2:], out, scales, strict=True)]
    return _resampling.resize(x, *matrices), matrices


def interpolate_backward(dy, cache):
    """dy: (N, C, outH, outW) -> dx: (N, C, H, W): rows.T @ dy @ columns"""
    rows, columns = cache
    _windows.check_output("interpolate_backward", dy, (*dy.shape[:2], len(rows), len(columns)))
    return _resampling.resize(dy, rows.T, columns.T)


class Upsample(Module):
    """interpolate as a layer [torch.nn.Upsample]."""

    def __init__(self, size=None, scale_factor=None, mode="nearest"):
        super().__init__()
        self.size, self.scale_factor, self.mode = size, scale_factor, mode

    def forward(self, x):
        y, self._cache = interpolate(
            x, size=self.size, scale_factor=self.scale_factor, mode=self.mode
        )
        return y

    def backward(self, dy):
        return interpolate_backward(dy, self._pop_cache())

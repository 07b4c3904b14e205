"""Convolution outside of networks: signals, image filters, and the matrix that a convolution is."""

from dataclasses import dataclass

import numpy as np

from cs_lib._shared import windows as _windows
from cs_lib.numpy.nn.conv import conv2d, unfold

__all__ = ["KERNELS", "SparseMatrix", "conv_matrix", "convolve", "filter2d"]

# 3×3 kernels for filter2d. Their sums: edge 0, so a constant becomes 0; the others 1, so it stays.
KERNELS = {
    "edge": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / 1.0,
    "box": np.array([[1, 1, 1], [1, 1, 1], [1, 1, 1]]) / 9,
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]) / 1.0,
    "gaussian": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
}
for kernel in KERNELS.values():
    kernel.flags.writeable = False


def convolve(x, kernel, *, boundary="shrink"):
    """y[i] = sum over j of kernel[j] · x[i - j]: mathematics' convolution, which flips the kernel.

    x: (L,), kernel: (K,), K <= L -> y: (L,), or (L - K + 1,) for boundary "shrink", which keeps
    only the places where the kernel lies on x. "zero" continues x with zeros, "edge" with its
    first and last value; then y[i] has x[i] at the kernel's middle (K even: right of the middle).
    ValueError for other shapes and boundaries.
    """
    x, kernel = np.asarray(x, dtype=np.float64), np.asarray(kernel, dtype=np.float64)
    if x.ndim != 1 or kernel.ndim != 1 or not 1 <= len(kernel) <= len(x):
        raise ValueError(
            f"convolve: x has shape {x.shape}, kernel {kernel.shape}; they must be (L,) and (K,) "
            "with 1 <= K <= L"
        )
    x = _continued("convolve", x, kernel.shape, boundary)
    windows = np.lib.stride_tricks.sliding_window_view(x, len(kernel))  # (L or L - K + 1, K)
    return windows @ kernel[::-1]


def filter2d(x, kernel, *, boundary="edge"):
    """Convolve every channel of every image with one kernel, flipped as in `convolve`.

    x: (N, C, H, W) float, kernel: (kH, kW) -> y: (N, C, H, W), or for boundary "shrink"
    (N, C, H - kH + 1, W - kW + 1); boundary as in `convolve`.
    ValueError for other shapes and boundaries.
    """
    _windows.check_maps("filter2d", x)
    kernel = np.asarray(kernel)
    if kernel.ndim != 2 or not kernel.size > 0 or np.any(kernel.shape > np.array(x.shape[2:])):
        raise ValueError(
            f"filter2d: kernel has shape {kernel.shape}; it must be (kH, kW), not empty, "
            f"at most as large as the image, {x.shape[2]}×{x.shape[3]}"
        )
    x = _continued("filter2d", x, kernel.shape, boundary)
    images = x.reshape(-1, 1, *x.shape[2:])  # channels do not mix
    weight = kernel[::-1, ::-1].astype(x.dtype)[None, None]
    y, _ = conv2d(images, weight)  # does not flip
    return y.reshape(*x.shape[:2], *y.shape[2:])


def _continued(caller, x, kernel_shape, boundary):
    """x with room for the kernel on both sides of its last axes"""
    modes = {"zero": "constant", "edge": "edge"}
    if boundary == "shrink":
        return x
    if boundary not in modes:
        raise ValueError(
            f"{caller}: boundary is {boundary!r}; it must be 'shrink', 'zero' or 'edge'"
        )
    margins = [(0, 0)] * (x.ndim - len(kernel_shape)) + [
        (k // 2, (k - 1) // 2) for k in kernel_shape
    ]
    return np.pad(x, margins, mode=modes[boundary])


@dataclass(frozen=True)
class SparseMatrix:
    """A matrix as the list of its entries that may differ from 0 (coordinate format, COO).

    rows, columns, values: (E,): entry values[e] at (rows[e], columns[e]), each place at most once.
    """

    shape: tuple
    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    def __matmul__(self, x):
        """x: (shape[1],) or (shape[1], M) -> (shape[0],) or (shape[0], M)"""
        if len(x) != self.shape[1]:
            raise ValueError(
                f"SparseMatrix: x has {len(x)} rows, the matrix {self.shape[1]} columns; "
                "both must agree"
            )
        values = self.values.reshape(-1, *[1] * (x.ndim - 1))  # (E,) or (E, 1)
        y = np.zeros((self.shape[0], *x.shape[1:]), dtype=np.result_type(x, values))
        np.add.at(y, self.rows, values * x[self.columns])
        return y

    @property
    def T(self):
        """The transpose, by NumPy's name: rows and columns in each other's place."""
        return SparseMatrix(self.shape[::-1], self.columns, self.rows, self.values)

    def toarray(self):
        """All entries, zeros too -> an array of this shape"""
        dense = np.zeros(self.shape, dtype=self.values.dtype)
        dense[self.rows, self.columns] = self.values
        return dense


def conv_matrix(weight, size, *, stride=1, padding=0, dilation=1):
    """The matrix C with conv2d(x, weight) = C @ x, for images of one size, as a row of numbers.

    weight: (F, C, kH, kW), size: (H, W) -> SparseMatrix (F·outH·outW, C·H·W): a row for each filter
    and place, which holds the filter's weights at the pixels of that window, so at most C·kH·kW of
    its entries are not 0. Backward is the transpose: dx = C.T @ dy. Options as in conv2d.
    ValueError as for conv2d.
    """
    if weight.ndim != 4 or weight.size == 0:
        raise ValueError(
            f"conv_matrix: weight has shape {weight.shape}; it must be (F, C, kH, kW), not empty"
        )
    filters, channels = weight.shape[:2]
    size = _windows.pair("conv_matrix", "size", size, 1)
    windows = _windows.Windows.of("conv_matrix", size, weight.shape[2:], stride, padding, dilation)
    number = np.arange(1, channels * size[0] * size[1] + 1).reshape(1, channels, *size)
    # which pixel each entry of each window lies on, 0 on padding
    pixels, _ = unfold(number, windows.kernel, stride=stride, padding=padding, dilation=dilation)
    pixels = np.broadcast_to(pixels[0].T, (filters, *pixels[0].T.shape))  # (F, L, C·kH·kW)
    rows = np.arange(filters * pixels.shape[1]).reshape(filters, -1, 1)
    inside = pixels > 0
    return SparseMatrix(
        (rows.size, number.size),
        np.broadcast_to(rows, pixels.shape)[inside],
        pixels[inside] - 1,
        np.broadcast_to(weight.reshape(filters, 1, -1), pixels.shape)[inside],
    )

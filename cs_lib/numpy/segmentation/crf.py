"""A dense CRF: every pixel tells all others which class they should take, the alike ones most.

Brute force: the kernel between all P = H·W pixels of an image is stored, O(P²) in memory and time
(32 × 32: 8 MiB in float64; 100 × 100: 763). Krähenbühl & Koltun's filtering makes it O(P); a filter
for whole photographs is in crf_grid.
"""

import numpy as np

from cs_lib._shared import crf as _crf
from cs_lib._shared import windows as _windows

__all__ = [
    "crf_kernel",
    "crf_mean_field",
    "crf_mean_field_backward",
    "crf_step",
    "crf_step_backward",
]


def crf_kernel(
    images,
    *,
    appearance=1.0,
    appearance_distance=8.0,
    appearance_colour=0.1,
    smoothness=1.0,
    smoothness_distance=1.0,
    normalization=None,
    self_message=False,
):
    """How much each two pixels should agree [Krähenbühl & Koltun 2011, eq. 3].

    appearance · exp(-|pᵢ - pⱼ|²/2θα² - |Iᵢ - Iⱼ|²/2θβ²) + smoothness · exp(-|pᵢ - pⱼ|²/2θγ²) for
    places p in pixels and colours I; θα = appearance_distance, θβ = appearance_colour (in units of
    the image's values), θγ = smoothness_distance.
    images: (N, C, H, W) in [0, 1] -> (N, P, P); pixels in the order of images.reshape(N, C, P);
    kernel[i, j] says how much i hears of j
    The paper's algorithm 1 sums over all other pixels as they are, the defaults here. Its authors'
    code, and pydensecrf after it, have self_message=True, a pixel hears itself, too, and
    normalization="symmetric": D^-½ · K · D^-½ for each of the two terms K before its weight, D its
    row sums. "after": what a pixel hears is divided by its sum; "before": what it says. Pixels in
    the middle of a plain area, with many alike, are else heard far more than others.
    """
    images = np.asarray(images)
    _crf.check_images(
        "crf_kernel",
        images,
        appearance_distance=appearance_distance,
        appearance_colour=appearance_colour,
        smoothness_distance=smoothness_distance,
    )
    _crf.check_normalization("crf_kernel", normalization)
    n, c, h, w = images.shape
    places = np.stack(np.mgrid[:h, :w]).reshape(1, 2, h * w).astype(images.dtype)
    apart = _squared_distances(places)  # (1, P, P)
    unlike = _squared_distances(images.reshape(n, c, h * w))  # (N, P, P)
    alike = gaussian(apart / appearance_distance**2 + unlike / appearance_colour**2, images.dtype)
    near = gaussian(apart / smoothness_distance**2, images.dtype)  # (1, P, P)
    options = normalization, self_message
    return appearance * _normalized(alike, *options) + smoothness * _normalized(near, *options)


def crf_step(unary, q, kernel, compatibility=None):
    """One step of mean field, all pixels at once [Krähenbühl & Koltun 2011, algorithm 1].

    q'ᵢ(l) ∝ exp(-unaryᵢ(l) - Σ_m compatibility(l, m) Σⱼ kernelᵢⱼ qⱼ(m))
    unary: (N, K, H, W), what class l costs at a pixel: -log p, or minus the scores of a network;
    q: (N, K, H, W), probabilities; kernel: (N, P, P), from `crf_kernel`; compatibility: (K, K),
    what class l costs beside m; None: the Potts model, 0 for the same class and 1 for any other
    -> q': (N, K, H, W), sums to 1 over K, cache
    """
    unary, q, kernel = np.asarray(unary), np.asarray(q), np.asarray(kernel)
    _crf.check_field("crf_step", unary, kernel, compatibility, q=q)
    n, k, h, w = unary.shape
    table = 1 - np.eye(k, dtype=unary.dtype) if compatibility is None else compatibility
    q = q.reshape(n, k, h * w)
    message = q @ kernel.swapaxes(1, 2)  # (N, K, P): what each pixel hears for each class
    y = _softmax(-unary - (table @ message).reshape(unary.shape))
    return y, (y, q, message, kernel, table, compatibility is None)


def crf_step_backward(dy, cache):
    """dy: (N, K, H, W) -> dunary, dq, dkernel, dcompatibility (None for the Potts model)"""
    y, q, message, kernel, table, potts = cache
    denergy = -_softmax_backward(dy, y)
    d = denergy.reshape(q.shape)  # (N, K, P)
    dtable = None if potts else (d @ message.swapaxes(1, 2)).sum(axis=0)
    dmessage = table.T @ d
    dkernel = dmessage.swapaxes(1, 2) @ q  # (N, P, P)
    return denergy, (dmessage @ kernel).reshape(y.shape), dkernel, dtable


def crf_mean_field(unary, kernel, compatibility=None, *, steps=5):
    """Probabilities of the classes of every pixel, given all the others' [ibid.].

    From q(l) ∝ exp(-unary(l)), so many times `crf_step`: a recurrent network, if it is trained
    [Zheng et al. 2015]. Arguments as there -> q: (N, K, H, W), cache
    """
    unary, kernel = np.asarray(unary), np.asarray(kernel)
    _crf.check_field("crf_mean_field", unary, kernel, compatibility)
    _windows.whole("crf_mean_field", "steps", steps, 0)
    start = q = _softmax(-unary)
    caches = []
    for _ in range(steps):
        q, cache = crf_step(unary, q, kernel, compatibility)
        caches.append(cache)
    return q, (start, kernel, compatibility, caches)


def crf_mean_field_backward(dy, cache):
    """dy: (N, K, H, W) -> dunary, dkernel, dcompatibility (None for the Potts model)"""
    start, kernel, compatibility, caches = cache
    dunary, dkernel = np.zeros_like(start), np.zeros_like(kernel)
    dtable = None if compatibility is None else np.zeros_like(compatibility)
    for step in reversed(caches):
        of_unary, dy, of_kernel, of_table = crf_step_backward(dy, step)
        dunary += of_unary
        dkernel += of_kernel
        if dtable is not None:
            dtable += of_table
    return dunary - _softmax_backward(dy, start), dkernel, dtable


def gaussian(squares, dtype):
    """exp(-squares/2) in a dtype, without_tiny numbers"""
    return without_tiny(np.exp(-squares / 2).astype(dtype, copy=False))


def without_tiny(x):
    """x >= 0, with 0 for what is less than the square root of the smallest normal number.

    Products of such numbers are subnormal, which makes them up to ten times as slow on some
    processors; and they add nothing to a sum that any other number is in.
    """
    return np.where(x < np.finfo(x.dtype).tiny ** 0.5, x.dtype.type(0), x)


def _normalized(kernel, normalization, self_message):
    if not self_message:
        kernel = kernel * (1 - np.eye(kernel.shape[1], dtype=kernel.dtype))
    if normalization is None:
        return kernel
    sums = kernel.sum(axis=2, keepdims=True)  # (N, P, 1), as large in the other direction
    share = np.divide(1, sums, out=np.zeros_like(sums), where=sums > 0)  # who hears nobody: nothing
    if normalization == "after":
        return share * kernel
    if normalization == "before":
        return kernel * share.swapaxes(1, 2)
    return np.sqrt(share) * kernel * np.sqrt(share).swapaxes(1, 2)


def _softmax(x):
    exp = np.exp(x - x.max(axis=1, keepdims=True))  # float64 exp overflows past 709
    return exp / exp.sum(axis=1, keepdims=True)


def _softmax_backward(dy, y):
    return y * (dy - (dy * y).sum(axis=1, keepdims=True))


def _squared_distances(x):
    """x: (N, C, P) -> (N, P, P), exactly 0 for equal columns"""
    return sum((x[:, c, :, None] - x[:, c, None, :]) ** 2 for c in range(x.shape[1]))

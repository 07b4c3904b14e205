"""A dense CRF by brute force: the torch mirror of cs_lib.numpy.segmentation.crf."""

import torch

from cs_lib._shared import crf as _crf
from cs_lib._shared import windows as _windows

__all__ = ["crf_kernel", "crf_mean_field", "crf_step"]


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
    _crf.check_images(
        "crf_kernel",
        images,
        appearance_distance=appearance_distance,
        appearance_colour=appearance_colour,
        smoothness_distance=smoothness_distance,
    )
    _crf.check_normalization("crf_kernel", normalization)
    n, c, h, w = images.shape
    rows, columns = (torch.arange(s, dtype=images.dtype, device=images.device) for s in (h, w))
    places = torch.cartesian_prod(rows, columns).T[None]  # (1, 2, P)
    apart = _squared_distances(places)  # (1, P, P)
    unlike = _squared_distances(images.reshape(n, c, h * w))  # (N, P, P)
    alike = _gaussian(apart / appearance_distance**2 + unlike / appearance_colour**2)
    near = _gaussian(apart / smoothness_distance**2)  # (1, P, P)
    options = normalization, self_message
    return appearance * _normalized(alike, *options) + smoothness * _normalized(near, *options)


def crf_step(unary, q, kernel, compatibility=None):
    """One step of mean field, all pixels at once [Krähenbühl & Koltun 2011, algorithm 1].

    q'ᵢ(l) ∝ exp(-unaryᵢ(l) - Σ_m compatibility(l, m) Σⱼ kernelᵢⱼ qⱼ(m))
    unary: (N, K, H, W), what class l costs at a pixel: -log p, or minus the scores of a network;
    q: (N, K, H, W), probabilities; kernel: (N, P, P), from `crf_kernel`; compatibility: (K, K),
    what class l costs beside m; None: the Potts model, 0 for the same class and 1 for any other
    -> q': (N, K, H, W), sums to 1 over K
    """
    _crf.check_field("crf_step", unary, kernel, compatibility, q=q)
    n, k, h, w = unary.shape
    if compatibility is None:
        compatibility = 1 - torch.eye(k, dtype=unary.dtype, device=unary.device)
    message = q.reshape(n, k, h * w) @ kernel.mT  # (N, K, P): what each pixel hears for each class
    return (-unary - (compatibility @ message).reshape(unary.shape)).softmax(dim=1)


def crf_mean_field(unary, kernel, compatibility=None, *, steps=5):
    """Probabilities of the classes of every pixel, given all the others' [ibid.].

    From q(l) ∝ exp(-unary(l)), so many times `crf_step`: a recurrent network, if it is trained
    [Zheng et al. 2015]. Arguments as there -> q: (N, K, H, W)
    """
    _crf.check_field("crf_mean_field", unary, kernel, compatibility)
    _windows.whole("crf_mean_field", "steps", steps, 0)
    q = (-unary).softmax(dim=1)
    for _ in range(steps):
        q = crf_step(unary, q, kernel, compatibility)
    return q


def _gaussian(squares):
    """exp(-squares/2), and 0 where it is less than the square root of the smallest normal number.

    Products of such numbers are subnormal, which makes them up to ten times as slow on some
    processors; and they add nothing to a sum that any other number is in.
    """
    least = torch.finfo(squares.dtype).tiny ** 0.5
    return torch.nn.functional.threshold(torch.exp(-squares / 2), least, 0)


def _normalized(kernel, normalization, self_message):
    if not self_message:
        itself = torch.eye(kernel.shape[1], dtype=torch.bool, device=kernel.device)
        kernel = kernel.masked_fill(itself, 0)
    if normalization is None:
        return kernel
    sums = kernel.sum(dim=2, keepdim=True)  # (N, P, 1), as large in the other direction
    nobody = sums == 0  # who hears nobody: nothing
    share = (1 / sums.masked_fill(nobody, 1)).masked_fill(nobody, 0)
    if normalization == "after":
        return share * kernel
    if normalization == "before":
        return kernel * share.mT
    root = sums.masked_fill(nobody, 1).rsqrt().masked_fill(nobody, 0)
    return root * kernel * root.mT


def _squared_distances(x):
    """x: (N, C, P) -> (N, P, P), exactly 0 for equal columns"""
    return sum((x[:, c, :, None] - x[:, c, None, :]) ** 2 for c in range(x.shape[1]))

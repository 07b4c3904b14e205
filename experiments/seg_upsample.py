"""How strong is the checkerboard that up-sampling by 2 leaves, untrained and trained?

Transposed convolutions with kernels of 2, 3 and 4 and stride 2, as they are drawn, with one kernel
copied to all four phases ("alike") or bilinear; and nearest neighbours followed by filters of 3 ×
3. "constant": of a constant image, how far the means of the four phases of the output lie apart, as
a share of its root mean square, away from the border. The layer then stands in a network in which
8 maps, made of shapes of 16 × 16, learn for 150 steps to be the same shapes of 32 × 32. "before"
and "after": the same for the network's pictures of 27 images of one colour each, before and after
training. "trained": the same for the error that is left on other shapes, "error": its mean square.
"gradient": how much the gradient of a strided convolution, with all weights alike, differs between
neighbouring pixels, as a share of its mean.
"""

import numpy as np
import torch

from cs_lib import data
from cs_lib.torch import nn, optim
from cs_lib.torch.nn import functional as F
from cs_lib.torch.segmentation.models.blocks import bilinear_upsampling

SEEDS = (0, 1, 2)
MAPS = 8


def transposed(kernel, rng, *, alike=False):
    conv = nn.ConvTranspose2d(
        MAPS, MAPS, kernel, 2, (kernel - 1) // 2, kernel % 2, bias=False, rng=rng
    )
    if alike:  # one kernel of half the size, each of its weights four times over
        half = conv.weight.data[:, :, ::2, ::2]
        conv.weight.data = half.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    return conv


UPSAMPLERS = {
    "kernel 2": lambda rng: transposed(2, rng),
    "kernel 3": lambda rng: transposed(3, rng),
    "kernel 4": lambda rng: transposed(4, rng),
    "kernel 4, alike": lambda rng: transposed(4, rng, alike=True),
    "kernel 4, bilinear": lambda rng: bilinear_upsampling(MAPS, 2),
    "nearest, then 3 × 3": lambda rng: nn.Sequential(
        nn.Upsample(scale_factor=2), nn.Conv2d(MAPS, MAPS, 3, padding=1, bias=False, rng=rng)
    ),
}


def phases(y, margin=4):
    """How far the means of the four phases lie apart, for each map: their standard deviation, as a
    share of the map's root mean square; the mean over maps"""
    y = y[:, :, margin:-margin, margin:-margin]
    means = torch.stack([y[:, :, i::2, j::2].mean(dim=(0, 2, 3)) for i in (0, 1) for j in (0, 1)])
    return (means.std(dim=0, correction=0) / y.square().mean(dim=(0, 2, 3)).sqrt()).mean().item()


def pictures(n_train, n_test, seed):
    """-> (small (n, 3, 16, 16), large (n, 3, 32, 32)) for training and test"""
    d = data.load("shapes", n_train=n_train, n_test=n_test, seed=seed)
    large = [torch.from_numpy(x) - 0.5 for x in (d.x_train, d.x_test)]
    return [(F.avg_pool2d(x, 2), x) for x in large]


def plain_images():
    """-> (27, 3, 16, 16): one colour each, of three values a channel"""
    values = torch.tensor([-0.3, 0.0, 0.3])
    return torch.cartesian_prod(values, values, values)[:, :, None, None].expand(-1, -1, 16, 16)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    (x, y), (x_test, y_test) = pictures(*((50, 20) if short else (300, 100)), seed)
    found = {}
    for name, make in UPSAMPLERS.items():
        rng = np.random.default_rng(seed)
        up = make(rng)
        with torch.no_grad():
            found[f"{name} constant"] = phases(up(torch.ones(1, MAPS, 16, 16)))
        first = nn.Conv2d(3, MAPS, 3, padding=1, rng=rng)
        model = nn.Sequential(first, nn.ReLU(), up, nn.Conv2d(MAPS, 3, 1, rng=rng))
        with torch.no_grad():
            found[f"{name} before"] = phases(model(plain_images()))
        optimizer = optim.Adam(model.parameters(), lr=0.005)
        for _ in range(5 if short else 150):
            batch = rng.integers(len(x), size=20)
            loss = (model(x[batch]) - y[batch]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            found[f"{name} after"] = phases(model(plain_images()))
            error = model(x_test) - y_test
        found[f"{name} trained"] = phases(error)
        found[f"{name} error"] = error.square().mean().item()
    for kernel in (2, 3, 4):
        image = torch.zeros(1, 1, 24, 24, requires_grad=True)
        F.conv2d(image, torch.ones(1, 1, kernel, kernel), stride=2).sum().backward()
        middle = image.grad[0, 0, 6:18, 6:18]
        found[f"kernel {kernel} gradient"] = (middle.std(correction=0) / middle.mean()).item()
    return found

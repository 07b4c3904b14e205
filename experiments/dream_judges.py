"""Does a second network recognise the picture that a first one finds the best of its class?

Two networks of _seeing, trained on different images from different first weights. For each class
two pictures that maximise the first one's score, from grey with a little noise, 120 steps of
Adam: "free"; with "jitter", the picture moved by up to two pixels before each step; with jitter and
"smooth", a penalty on its total variation; and "frequencies", with jitter, whose unknowns are the
picture's Fourier coefficients divided by their frequency [Olah et al. 2017]. "own" and "judge": the
share that the first and the second network give their class. "roughness": the total variation of a
picture divided by that of the test images in the mean.
"""

import numpy as np
import torch

from cs_lib.torch.style import total_variation
from experiments import _seeing

SEEDS = (0, 1, 2)
LADDER = {
    "free": {},
    "jitter": {"jitter": 2},
    "smooth": {"jitter": 2, "smooth": 3e-2},
    "frequencies": {"jitter": 2, "frequencies": True},
}


def scale_of_frequencies(size):
    """1 / frequency of each coefficient of rfft2, at least one period an image: (H, W//2 + 1)"""
    down, right = np.fft.fftfreq(size), np.fft.rfftfreq(size)
    frequency = np.sqrt(down[:, None] ** 2 + right**2)
    return torch.tensor(1 / np.maximum(frequency, 1 / size), dtype=torch.float32)


def dream(
    model, labels, rng, *, steps=120, lr=0.08, jitter=0, smooth=0.0, frequencies=False, size=32
):
    """Pictures that maximise the scores of labels -> (N, 3, size, size) in [0, 1]"""
    n = len(labels)
    noise = rng.normal(0, 0.1, (n, 3, size, size)).astype(np.float32)
    unknown = torch.from_numpy(noise)
    scale = scale_of_frequencies(size)
    if frequencies:
        unknown = torch.view_as_real(torch.fft.rfft2(unknown, norm="ortho") / scale).clone()
    unknown.requires_grad_()
    labels = torch.as_tensor(labels)
    optimizer = torch.optim.Adam([unknown], lr=lr)

    def picture():
        if not frequencies:
            return torch.sigmoid(unknown)
        return torch.sigmoid(
            torch.fft.irfft2(torch.view_as_complex(unknown) * scale, s=(size, size), norm="ortho")
        )

    for _ in range(steps):
        x = picture()
        if jitter:
            moves = rng.integers(-jitter, jitter + 1, 2)
            shifted = torch.roll(x, tuple(int(m) for m in moves), dims=(2, 3))
        else:
            shifted = x
        scores = model(shifted).gather(1, labels[:, None]).sum()
        loss = smooth * n * total_variation(x) - scores
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return picture().detach()


def run(seed, *, short=False):
    torch.set_num_threads(1)
    model, d = _seeing.trained(seed, short)
    judge, _ = _seeing.trained(seed + 1, short)
    for network in (model, judge):
        network.requires_grad_(False)
    labels = np.repeat(np.arange(10), 2)
    usual = total_variation(torch.from_numpy(d.x_test[:200]))
    found = {"judge test": _seeing.accuracy(judge, d.x_test, d.y_test)}
    for name, options in LADDER.items():
        rng = np.random.default_rng(seed)
        x = dream(model, labels, rng, steps=5 if short else 120, **options)
        for who, network in (("own", model), ("judge", judge)):
            with torch.no_grad():
                p = network(x).softmax(dim=1)[torch.arange(20), torch.from_numpy(labels)]
            found[f"{name} {who}"] = _seeing.accuracy(network, x, labels)
            found[f"{name} {who} probability"] = float(p.mean())
        found[f"{name} roughness"] = float(total_variation(x) / usual)
    for network in (model, judge):
        network.requires_grad_(True)
    return found

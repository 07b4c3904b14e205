"""How well does LeNet-5 tell shapes apart, and what is each part worth that was dropped since 1998?

Grey shapes, 4,000 training and 1,000 test images. "as in 1998" has the scaled tanh, the table of
connections, sub-sampling with two learnt numbers a map, and outputs that measure the distance to a
fixed code of ±1 for each class, under the loss of cross-entropy. The others change one of these
after the other, and keep what was changed before. The rates, 0.003 for tanh and 0.01 for ReLU, were
chosen among 0.001, 0.003 and 0.01 on seed 100.
"""

import numpy as np
import torch

from cs_lib import data
from cs_lib.metrics import confusion_matrix
from cs_lib.numpy.classifiers import KNeighborsClassifier, LinearClassifier
from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import OneCycleLR
from cs_lib.torch.nn import functional as F
from cs_lib.torch.trainer import Trainer

SEEDS = (0, 1, 2)
TABLE = [  # which of S2's six maps each of C3's sixteen filters sees [LeCun et al. 1998, table I]
    "012", "123", "234", "345", "450", "501", "0123", "1234",
    "2345", "3450", "4501", "5012", "0134", "1245", "0235", "012345",
]  # fmt: skip
EPOCHS = 12


class ScaledTanh(nn.Module):
    """1.7159 tanh(2a/3), which takes ±1 to ±1 [LeCun et al. 1998, appendix A]"""

    def forward(self, x):
        return 1.7159 * torch.tanh(2 / 3 * x)


class SubSampling(nn.Module):
    """The sum of 2 × 2 pixels, times a learnt number, plus another: two parameters a map"""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, 1, 1), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        return self.weight * 4 * F.avg_pool2d(x, 2) + self.bias


class TableConv2d(nn.Conv2d):
    """A convolution whose filters see the maps in TABLE only"""

    def __init__(self, rng):
        super().__init__(6, 16, 5, rng=rng)
        mask = torch.zeros(16, 6, 1, 1)
        for row, maps in enumerate(TABLE):
            mask[row, [int(m) for m in maps]] = 1
        self.register_buffer("mask", mask)
        with torch.no_grad():  # the scale of fewer inputs
            self.weight *= (6 / mask.sum(dim=1, keepdim=True)).sqrt()

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias)


class Distances(nn.Module):
    """Minus the squared distance to a code of ±1 for each class, which is not learnt"""

    def __init__(self, rng):
        super().__init__()
        codes = rng.choice([-1.0, 1.0], size=(10, 84)).astype(np.float32)
        self.register_buffer("codes", torch.from_numpy(codes))

    def forward(self, x):
        return -((x[:, None] - self.codes) ** 2).sum(dim=2)


def lenet(rng, *, linear=False, full=False, relu=False, maximum=False):
    """LeNet-5 as in 1998, but for what is changed -> modules"""
    unit = nn.ReLU if relu else ScaledTanh

    def smaller(channels):
        return [nn.MaxPool2d(2)] if maximum else [SubSampling(channels), unit()]

    return nn.Sequential(
        nn.Conv2d(1, 6, 5, rng=rng), unit(), *smaller(6),
        nn.Conv2d(6, 16, 5, rng=rng) if full else TableConv2d(rng), unit(), *smaller(16),
        nn.Conv2d(16, 120, 5, rng=rng), unit(), nn.Flatten(),
        nn.Linear(120, 84, rng=rng), unit(),
        nn.Linear(84, 10, rng=rng) if linear else Distances(rng),
    )  # fmt: skip


VARIANTS = {
    "as in 1998": {},
    "linear output": {"linear": True},
    "full table": {"linear": True, "full": True},
    "ReLU": {"linear": True, "full": True, "relu": True},
    "max pooling": {"linear": True, "full": True, "relu": True, "maximum": True},
}


def train(model, lr, d, rng, *, epochs, weight_decay=0.01):
    """d: x_train, y_train, x_test, y_test -> answers to the test images"""
    x_train, y_train, x_test, _ = d
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
    steps = epochs * -(-len(x_train) // 64)
    Trainer(
        model, nn.CrossEntropyLoss(), optimizer, epochs=epochs, batch_size=64, rng=rng,
        schedule=OneCycleLR(optimizer, lr, steps), progress=False,
    ).fit(x_train, y_train)  # fmt: skip
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(x_test)).argmax(dim=1).numpy()


def grey(n_train, n_test, seed):
    """Grey shapes, standardised -> x_train (N, 1, 32, 32), y_train, x_test, y_test"""
    d = data.load("shapes", n_train=n_train, n_test=n_test, seed=seed)
    x_train, x_test = (x.mean(axis=1, keepdims=True) for x in (d.x_train, d.x_test))
    mean, std = x_train.mean(), x_train.std()
    return (x_train - mean) / std, d.y_train, (x_test - mean) / std, d.y_test


def run(seed, *, short=False):
    torch.set_num_threads(1)
    d = grey(*(200, 100) if short else (4000, 1000), seed)
    x_train, y_train, x_test, y_test = d
    epochs = 1 if short else EPOCHS
    rows = [x.reshape(len(x), -1) for x in (x_train, x_test)]
    n = len(rows[0]) * 4 // 5  # k is chosen on the last fifth of the training images
    part = KNeighborsClassifier().fit(rows[0][:n], y_train[:n])
    k = max((1, 5, 20, 50), key=lambda k: part.score(rows[0][n:], y_train[n:], k))
    found = {"kNN": KNeighborsClassifier(k).fit(rows[0], y_train).score(rows[1], y_test)}
    rng = np.random.default_rng(seed)
    linear = LinearClassifier("cross_entropy", weight_decay=0.1)
    found["linear"] = linear.fit(rows[0], y_train, rng=rng).score(rows[1], y_test)
    mlp = nn.Sequential(
        nn.Flatten(), nn.Linear(1024, 256, rng=rng), nn.ReLU(), nn.Dropout(0.5, rng=rng),
        nn.Linear(256, 10, rng=rng),
    )  # fmt: skip
    answers = train(mlp, 1e-3, d, rng, epochs=epochs, weight_decay=0.1)
    found["MLP"] = float((answers == y_test).mean())
    for name, changes in VARIANTS.items():
        rng = np.random.default_rng(seed)
        model = lenet(rng, **changes)
        answers = train(model, 1e-2 if "relu" in changes else 3e-3, d, rng, epochs=epochs)
        found[name] = float((answers == y_test).mean())
        if name == "linear output":  # the one that the page looks into
            found["filters"] = model[0].weight.detach().numpy().round(4).tolist()
            found["confusion"] = confusion_matrix(y_test, answers, 10).tolist()
    return found

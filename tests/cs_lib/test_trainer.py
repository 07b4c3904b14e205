"""The trainers of both libraries: what they do to a model, and that a killed one goes on."""

import importlib
import itertools
import json
import math
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib import viz

LIBRARIES = ["numpy", "torch"]
DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()
RNG = np.random.default_rng(11)
X, X_VAL = RNG.standard_normal((23, 2, 5, 6)), RNG.standard_normal((9, 2, 5, 6))
Y, Y_VAL = RNG.integers(0, 3, 23), RNG.integers(0, 3, 9)
BATCHES = 5  # of 5 images, the last of 3


def noise(x, y, rng):
    """An augmentation that draws."""
    return x + rng.standard_normal() * 0.1, y


def make(library, *, loss="CrossEntropyLoss", schedule=True, dtype="float64", **options):
    """A trainer of a small network with all that has a state: momentum, buffers, dropout."""
    nn, optim, lr_scheduler, module = (
        importlib.import_module(f"cs_lib.{library}.{name}")
        for name in ("nn", "optim", "lr_scheduler", "trainer")
    )
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(2, 4, (3, 2), padding=1, rng=rng),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.3, rng=np.random.default_rng(1)),
        nn.Linear(4 * 5 * 7, 3, rng=rng),
    ).to(getattr(np if library == "numpy" else torch, dtype))
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    settings = {"epochs": 3, "batch_size": 5, "rng": rng, "augment": noise, "progress": False}
    if schedule:
        first = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=6)
        second = lr_scheduler.CosineAnnealingLR(optimizer, 9)
        settings["schedule"] = lr_scheduler.SequentialLR(optimizer, [first, second], [6])
    return module.Trainer(model, getattr(nn, loss)(), optimizer, **settings | options)


def data(library, x=X, y=Y):
    return (x, y) if library == "numpy" else (torch.tensor(x), torch.tensor(y))


def everything(trainer):
    """What must be equal to the last bit if two trainers are to be the same."""
    state = trainer.model.state_dict()
    arrays = {name: np.asarray(value).copy() for name, value in state.items()}
    arrays |= {name: np.array(value) for name, value in trainer.history.items()}
    arrays["batch_losses"] = np.array(trainer.batch_losses)
    arrays["rng"] = np.array([rng.random() for rng in trainer._rngs()])
    return arrays


def assert_equal(got, want):
    assert got.keys() == want.keys()
    for name in want:
        assert_array_equal(got[name], want[name], err_msg=name, strict=True)


# --- training ---


def test_both_libraries_take_the_same_steps():
    trainers = [make(library) for library in LIBRARIES]
    for library, trainer in zip(LIBRARIES, trainers, strict=True):
        trainer.fit(*data(library), *data(library, X_VAL, Y_VAL))
    ours, theirs = map(everything, trainers)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert_allclose(ours[name], theirs[name], rtol=1e-8, atol=1e-10, err_msg=name)
    assert len(ours["batch_losses"]) == 3 * BATCHES


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_loop_is_the_one_written_out(library):
    """The oracle: a loop of torch, with the order of the images drawn from the same rng."""
    trainer = make(library, augment=None, schedule=False)
    trainer.fit(*data(library))
    reference = make("torch", augment=None, schedule=False)
    model, rng, losses = reference.model, reference.rng, []
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(3):
        order = rng.permutation(23)
        for start in range(0, 23, 5):
            index = order[start : start + 5]
            scores = model(torch.tensor(X[index]))
            loss = torch.nn.functional.cross_entropy(scores, torch.tensor(Y[index]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert_allclose(trainer.batch_losses, losses, rtol=1e-7)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_history_weighs_each_image_alike_and_a_short_last_batch_less(library):
    x, y = data(library)
    trainer = make(library, epochs=1)
    trainer.fit(x, y, x, y)
    losses = np.array(trainer.batch_losses)
    assert_allclose(trainer.history["loss"], [losses @ [5, 5, 5, 5, 3] / 23])
    trainer.model.eval()
    scores = np.asarray(trainer.model(x).data)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    assert_allclose(trainer.history["val_accuracy"], [(scores.argmax(axis=1) == Y).mean()])
    assert_allclose(trainer.history["val_loss"], [-log_p[np.arange(23), Y].mean()])
    got = trainer.evaluate(x, y)
    assert_allclose([got["loss"], got["accuracy"]], [-log_p[np.arange(23), Y].mean(),
                    (scores.argmax(axis=1) == Y).mean()])  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_accuracy_while_training_counts_the_scores_that_were_stepped_on(library):
    trainer = make(library, epochs=2, augment=None, schedule=False)
    for group in trainer.optimizer.param_groups:
        group["lr"] = 0.0
        group["weight_decay"] = 0.0
    for module in trainer.model.modules():
        if hasattr(module, "p"):
            module.p = 0.0
    trainer.batch_size = 23  # one batch: its statistics do not depend on the order
    trainer.fit(*data(library))
    trainer.model.train()
    scores = np.asarray(trainer.model(data(library)[0]).data)
    assert trainer.history["accuracy"] == [(scores.argmax(axis=1) == Y).mean()] * 2
    assert trainer.history["val_accuracy"] == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_evaluation_changes_nothing(library):
    trainer = make(library)
    before = everything(make(library))
    assert trainer.model.training
    trainer.evaluate(*data(library))
    assert trainer.model.training
    assert_equal(everything(trainer), before)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_schedule_counts_batches(library):
    trainer = make(library)
    rates = []
    trainer.augment = lambda x, y, rng: (
        rates.append(trainer.optimizer.param_groups[0]["lr"]) or (x, y)
    )
    trainer.fit(*data(library))
    want = [0.01 * min(1, 0.1 + 0.9 * t / 6) for t in range(6)]
    want += [0.01 * (1 + math.cos(math.pi * t / 9)) / 2 for t in range(9)]
    assert_allclose(rates, want, rtol=1e-12)


@pytest.mark.parametrize("library", LIBRARIES)
def test_targets_that_are_no_labels_have_no_accuracy(library):
    trainer = make(library, loss="MSELoss", epochs=1)
    target = RNG.standard_normal((23, 3))
    trainer.fit(*data(library, X, target), *data(library, X, target))
    assert np.isnan(trainer.history["accuracy"] + trainer.history["val_accuracy"]).all()
    assert np.isfinite(trainer.history["loss"] + trainer.history["val_loss"]).all()


@pytest.mark.parametrize("library", LIBRARIES)
def test_more_epochs_can_be_trained_later(library):
    whole, parts = make(library), make(library, epochs=1)
    whole.fit(*data(library))
    parts.fit(*data(library)).fit(*data(library))  # the second has nothing left to do
    assert parts.epoch == 1
    parts.epochs = 3
    parts.fit(*data(library))
    assert_equal(everything(parts), everything(whole))


def test_a_batch_of_numpys_arrays_is_taken_to_tensors():
    trainer, reference = make("torch"), make("torch")
    trainer.fit(X, Y, X_VAL, Y_VAL)
    reference.fit(*data("torch"), *data("torch", X_VAL, Y_VAL))
    assert_equal(everything(trainer), everything(reference))


# --- torch's options ---


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "options",
    [
        {"channels_last": True},
        {"autocast": torch.bfloat16},
        {"autocast": torch.bfloat16, "channels_last": True},
    ],
    ids=str,
)
def test_the_options_change_the_losses_by_no_more_than_their_precision(options, device):
    plain = make("torch", dtype="float32").fit(X.astype(np.float32), Y)
    trainer = make("torch", dtype="float32", device=device, **options)
    trainer.fit(X.astype(np.float32), Y)
    assert all(p.device.type == device for p in trainer.model.parameters())
    assert all(p.dtype == torch.float32 for p in trainer.model.parameters())
    exactly = device == "cpu" and "autocast" not in options  # a GPU convolves in TF32
    tolerance = 1e-3 if exactly else 0.05
    assert_allclose(trainer.batch_losses, plain.batch_losses, rtol=tolerance)
    if "autocast" in options:  # bfloat16 has 8 bits: it must show
        assert not np.array_equal(trainer.batch_losses, plain.batch_losses)


@pytest.mark.parametrize("device", DEVICES)
def test_what_the_model_sees_has_the_memory_layout_and_precision_asked_for(device):
    trainer = make(
        "torch", dtype="float32", device=device, autocast=torch.bfloat16, channels_last=True
    )
    seen = []
    trainer.model[0].register_forward_hook(lambda _, inputs, y: seen.append((*inputs, y)))
    trainer.fit(X.astype(np.float32), Y)
    assert len(seen) == 3 * BATCHES
    for x, y in seen:
        assert x.is_contiguous(memory_format=torch.channels_last)
        assert y.dtype == torch.bfloat16
    assert trainer.model[0].weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("device", DEVICES)
def test_float16_scales_its_loss_and_the_schedule_waits_for_a_skipped_step(device):
    trainer = make("torch", dtype="float32", device=device, autocast=torch.float16)
    assert trainer._scaler.is_enabled()
    trainer._scaler = torch.amp.GradScaler(device, init_scale=2.0**40, enabled=True)
    trainer.fit(X.astype(np.float32), Y)  # infinite gradients at first: the scale halves
    skipped = 40 - int(math.log2(trainer._scaler.get_scale()))
    assert skipped > 0
    assert trainer.schedule.last_epoch == 3 * BATCHES - skipped
    assert all(torch.isfinite(p).all() for p in trainer.model.parameters())


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # torch's compiler reads it
def test_a_compiled_model_takes_the_same_steps():
    trainer = make("torch", epochs=1, compile="eager").fit(X, Y)
    plain = make("torch", epochs=1).fit(X, Y)
    assert_allclose(trainer.batch_losses, plain.batch_losses, rtol=1e-12)
    assert trainer._forward is not trainer.model
    assert list(trainer.model.state_dict()) == list(plain.model.state_dict())


# --- checkpoints ---


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("schedule", [True, False])
def test_a_loaded_trainer_goes_on_bit_for_bit(library, schedule, tmp_path):
    path = tmp_path / "state"
    whole = make(library, schedule=schedule)
    whole.fit(*data(library), *data(library, X_VAL, Y_VAL))

    class Stop(Exception):
        pass

    counter = itertools.count()

    def stop(x, y, rng):
        if next(counter) == 8:  # in the second epoch, one batch after the checkpoint
            raise Stop
        return noise(x, y, rng)

    first = make(library, schedule=schedule, augment=stop)
    with pytest.raises(Stop):
        first.fit(*data(library), *data(library, X_VAL, Y_VAL), checkpoint=path, checkpoint_every=2)
    second = make(library, schedule=schedule)
    assert second.load(path) is second
    assert (second.epoch, second._batch) == (1, 2)
    second.fit(*data(library), *data(library, X_VAL, Y_VAL))
    assert_equal(everything(second), everything(whole))
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_state_stays_as_it_was_while_training_goes_on(library):
    trainer = make(library, epochs=1).fit(*data(library))
    whole = everything(make(library).fit(*data(library)))
    state = trainer.state_dict()
    trainer.epochs = 3
    for _ in range(2):  # the second time from a state that was used once
        trainer.load_state_dict(state).fit(*data(library))
        assert_equal(everything(trainer), whole)


KILLED = """
import os, signal, sys
sys.path.insert(0, {folder!r})
from test_trainer import X, X_VAL, Y, Y_VAL, data, make, noise
count = 0

def die(x, y, rng):
    global count
    count += 1
    if count == 9:  # the fourth batch of the second epoch; the last checkpoint is after the third
        print("dies", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return noise(x, y, rng)

trainer = make({library!r}, augment=die)
trainer.fit(*data({library!r}), *data({library!r}, X_VAL, Y_VAL), checkpoint={path!r},
            checkpoint_every=3)
"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_trainer_that_is_killed_goes_on_bit_for_bit(library, tmp_path):
    path = tmp_path / "state"
    folder = str(Path(__file__).parent)
    code = KILLED.format(library=library, path=str(path), folder=folder)
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr
    assert process.stdout == b"dies\n"
    whole = make(library).fit(*data(library), *data(library, X_VAL, Y_VAL))
    resumed = make(library).load(path)
    assert (resumed.epoch, resumed._batch) == (1, 3)
    resumed.fit(*data(library), *data(library, X_VAL, Y_VAL))
    assert_equal(everything(resumed), everything(whole))


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_write_that_fails_leaves_the_old_state(library, tmp_path, monkeypatch):
    path = tmp_path / "state"
    trainer = make(library, epochs=1).fit(*data(library))
    trainer.save(path)
    old = path.read_bytes()

    def half(state, file):
        file.write(b"half a st")
        raise OSError("the disk is full")

    monkeypatch.setattr(trainer, "_write", half)
    with pytest.raises(OSError, match="the disk is full"):
        trainer.save(path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_file_holds_no_pickled_objects(library, tmp_path):
    path = tmp_path / "state"
    make(library, epochs=1).fit(*data(library)).save(path)
    if library == "numpy":
        with np.load(path, allow_pickle=False) as file:
            assert all(file[name].dtype != object for name in file.files)
            assert json.loads(file["state"].item())
    else:
        assert "model" in torch.load(path, weights_only=True)


def test_dropout_of_torch_itself_goes_on_too(tmp_path):
    def build():
        torch.manual_seed(3)
        model = torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(60, 3, dtype=torch.float64)
        )
        trainer = make("torch")
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        return type(trainer)(
            model, torch.nn.CrossEntropyLoss(), optimizer, epochs=2, batch_size=5,
            rng=np.random.default_rng(0), progress=False,
        )  # fmt: skip

    whole = build().fit(X, Y)
    first = build()
    first.epochs = 1
    first.fit(X, Y).save(tmp_path / "state")
    torch.manual_seed(4)
    second = build().load(tmp_path / "state").fit(X, Y)
    assert_equal(everything(second), everything(whole))


# --- what is seen ---


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_bar_is_on_stdout_and_only_in_a_terminal(library, capsys, monkeypatch):
    make(library, epochs=1, progress=True).fit(*data(library))
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    make(library, epochs=1, progress=True).fit(*data(library))
    out, err = capsys.readouterr()
    assert "training" in out
    assert "5/5" in out
    assert "accuracy" in out
    assert err == ""
    make(library, epochs=1, progress=False).fit(*data(library))
    assert capsys.readouterr() == ("", "")


def test_the_curve_shows_each_epoch_and_tells_its_lines_apart_without_colour():
    plt.switch_backend("agg")
    history = {
        "loss": [2.0, 1.0, 0.5],
        "accuracy": [0.2, 0.5, 0.75],
        "val_loss": [2.1, 1.5, 1.2],
        "val_accuracy": [0.1, 0.4, 0.5],
    }
    for quantity in ("loss", "accuracy"):
        ax = viz.show_history(history, quantity)
        lines = {line.get_label(): line for line in ax.lines}
        assert set(lines) == {"training", "validation"}
        for label, name in (("training", quantity), ("validation", f"val_{quantity}")):
            assert_array_equal(lines[label].get_xdata(), [1, 2, 3])
            assert_array_equal(lines[label].get_ydata(), history[name])
        assert lines["training"].get_linestyle() != lines["validation"].get_linestyle()
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", quantity)
    alone = viz.show_history({**history, "val_loss": []}, ax=ax)
    assert alone is ax
    assert [line.get_label() for line in ax.lines[2:]] == ["training"]
    plt.close("all")


# --- several inputs, several outputs ---


class Pair(NamedTuple):
    left: object
    right: object


class Sum:
    """A model of two inputs: it gives the scores of their sum, wrapped as asked."""

    def __init__(self, trainer, outputs=lambda scores: scores):
        self.model, self.outputs = trainer.model, outputs
        self.seen = []

    def __getattr__(self, name):
        return getattr(self.model, name)

    def __call__(self, x):
        self.seen.append(x)
        left, right = x.values() if isinstance(x, dict) else x
        return self.outputs(self.model(left + right))


KINDS = {
    "tuple": lambda left, right: (left, right),
    "named tuple": Pair,
    "dict": lambda left, right: {"left": left, "right": right},
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_several_inputs_has_their_kind_and_the_same_rows(library, kind):
    alone, both = (make(library, augment=None) for _ in range(2))
    both.model = both._forward = Sum(both)  # _forward is torch's alone
    x, y = data(library)
    several = KINDS[kind](x * 0.25, x * 0.75)
    alone.fit(x, y)
    both.fit(several, y, several, y)
    assert type(both.model.seen[0]) is type(several)
    assert_allclose(both.batch_losses, alone.batch_losses, rtol=1e-9)
    assert_allclose(both.history["accuracy"], alone.history["accuracy"])
    assert_allclose(both.history["val_loss"][-1], alone.evaluate(x, y)["loss"], rtol=1e-9)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", [tuple, list, dict])
def test_several_outputs_go_to_the_loss_and_have_no_accuracy(library, kind):
    alone, many = (make(library, augment=None) for _ in range(2))
    loss, wrap = many.loss, {dict: lambda s: {"main": s}}.get(kind, lambda s: kind([s, s]))
    many.model = many._forward = Sum(many, wrap)

    class OfFirst:
        def __call__(self, outputs, y):
            return loss(outputs["main"] if kind is dict else outputs[0], y)

        def backward(self):
            return loss.backward()

    many.loss = OfFirst()
    x, y = data(library)
    alone.fit(x, y)
    many.fit((x * 0.25, x * 0.75), y)
    assert_allclose(many.batch_losses, alone.batch_losses, rtol=1e-9)
    assert np.isnan(many.history["accuracy"]).all()


# --- what is refused ---


def loaded(library, state, **options):
    trainer = make(library, **options)
    return trainer.load_state_dict({**make(library).state_dict(), **state})


MESSAGES = [
    (lambda lib: make(lib, epochs=0), "Trainer: epochs is 0; it must be at least 1"),
    (lambda lib: make(lib, batch_size=0), "Trainer: batch_size is 0; it must be at least 1"),
    (
        lambda lib: make(lib).fit(*data(lib, X, Y[:5])),
        "Trainer.fit: x has 23 images, y 5 labels; give as many of both, and at least one",
    ),
    (
        lambda lib: make(lib).fit(*data(lib), *data(lib, X_VAL, Y)),
        "Trainer.fit: x has 9 images, y 23 labels; give as many of both, and at least one",
    ),
    (
        lambda lib: make(lib).evaluate(*data(lib, X[:0], Y[:0])),
        "Trainer.evaluate: x has 0 images, y 0 labels; give as many of both, and at least one",
    ),
    (
        lambda lib: make(lib).fit({"a": X, "b": X[:5]}, Y),
        "Trainer.fit: x is a dict of arrays, which need one number of rows, but x['a'] has 23, "
        "x['b'] has 5",
    ),
    (
        lambda lib: make(lib).fit((X, (Y, Y[:5])), Y),
        "Trainer.fit: x[1] is a tuple of arrays, which need one number of rows, but x[1][0] has "
        "23, x[1][1] has 5",
    ),
    (
        lambda lib: make(lib).fit(X, {}),
        "Trainer.fit: y is a dict of arrays, which need one number of rows, but it is empty",
    ),
    (
        lambda lib: make(lib).fit(*data(lib), x_val=X_VAL),
        "Trainer.fit: only one of x_val and y_val is given; give both",
    ),
    (
        lambda lib: loaded(lib, {"order": np.arange(7)}).fit(*data(lib)),
        "Trainer.fit: the loaded state is in the middle of 7 images, x has 23; give the same "
        "training set",
    ),
    (
        lambda lib: loaded(lib, {"batch_size": 7}),
        "Trainer.load_state_dict: batch_size was 7, is 5; both must agree",
    ),
    (
        lambda lib: loaded(lib, {}, schedule=False),
        "Trainer.load_state_dict: the state has 2 rngs and a schedule, the trainer 2 and no "
        "schedule; make the trainer as that one was made",
    ),
]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("row", MESSAGES, ids=lambda row: row[1][:60])
def test_what_cannot_be_done_is_refused_with_a_remedy(row, library):
    call, message = row
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(library)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_list_is_one_array_and_a_list_of_arrays_is_refused(library):
    x, y = data(library)
    one, other = (make(library, epochs=1).fit(x, labels) for labels in (y, y.tolist()))
    assert one.batch_losses == other.batch_losses
    with pytest.raises(TypeError, match=r"^Trainer.fit: x is a list of arrays, .* make a tuple"):
        make(library).fit([x, x], y)


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match=r"autocast is fp16; it must be torch.bfloat16"):
        make("torch", autocast="fp16")


@pytest.mark.parametrize("name", ["LBFGS", "Adafactor", "NAdam", "Rprop", "RAdam", "ASGD"])
def test_the_trainer_takes_any_optimiser_of_torch_that_needs_no_closure(name):
    trainer = make("torch", schedule=False)
    optimizer = getattr(torch.optim, name)(trainer.model.parameters(), lr=0.01)

    def again():
        settings = {"epochs": 2, "batch_size": 5, "rng": np.random.default_rng(0)}
        return type(trainer)(trainer.model, trainer.loss, optimizer, progress=False, **settings)

    if name == "LBFGS":
        message = (
            "Trainer: optimizer is LBFGS, whose step computes the loss several times and needs a "
            "closure for it; take one of cs_lib.torch.optim, or write the loop yourself: "
            "optimizer.step(closure)"
        )
        with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
            again()
    else:
        before = everything(trainer)["0.weight"]
        again().fit(*data("torch"))
        assert np.abs(everything(trainer)["0.weight"] - before).max() > 1e-6

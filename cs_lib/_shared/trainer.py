"""What the trainers of both libraries share: the loop over epochs and batches, and its state."""

import copy
import os
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm


class Trainer:
    """The loop. A library adds _take, _train, _test, _numbers, _write and _read."""

    def __init__(
        self,
        model,
        loss,
        optimizer,
        *,
        epochs,
        batch_size,
        rng,
        schedule=None,
        augment=None,
        progress=True,
    ):
        for name, value in (("epochs", epochs), ("batch_size", batch_size)):
            if value < 1:
                raise ValueError(f"Trainer: {name} is {value}; it must be at least 1")
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.epochs, self.batch_size, self.rng = epochs, batch_size, rng
        self.schedule, self.augment, self.progress = schedule, augment, progress
        self.epoch = 0  # epochs that are done
        self.history = {"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}
        self.batch_losses = []
        self._begin_epoch(None)

    def _begin_epoch(self, order):
        self._order = order  # of the images in this epoch; None between two epochs
        self._batch = 0  # batches of this epoch that are done
        self._sums = [0.0, 0.0, 0]  # of the losses of these batches' images, right answers, images
        self._results = []  # not yet in _sums, for a GPU need not be waited for after each batch

    # --- training ---

    def fit(self, x, y, x_val=None, y_val=None, *, checkpoint=None, checkpoint_every=None):
        """Train until epochs are done, from where the trainer is: at first, or as loaded.

        x: (N, ...), y: (N, ...); x_val, y_val: evaluated after each epoch. Returns the trainer.
        Each may be a tuple, a named tuple or a dict of such arrays; a batch is one again, of rows.
        checkpoint: a path to `save` to after each epoch and, if given, after checkpoint_every
        batches of one. ValueError for unequal lengths, or if x is not what a loaded state was for.
        """
        n = self._check("fit", x, y)
        if (x_val is None) != (y_val is None):
            raise ValueError("Trainer.fit: only one of x_val and y_val is given; give both")
        if x_val is not None:
            self._check("fit", x_val, y_val)
        if self._order is not None and len(self._order) != n:
            raise ValueError(
                f"Trainer.fit: the loaded state is in the middle of {len(self._order)} images, "
                f"x has {n}; give the same training set"
            )
        batches = -(-n // self.batch_size)
        with tqdm(
            desc="training",
            unit="batch",
            total=self.epochs * batches,
            initial=self.epoch * batches + self._batch,
            file=sys.stdout,  # text on stderr costs marks in a graded notebook
            disable=None if self.progress else True,  # None: only where a person looks on
        ) as bar:
            while self.epoch < self.epochs:
                if self._order is None:
                    self._begin_epoch(self.rng.permutation(n))
                self.model.train()
                while self._batch < batches:
                    self._next_batch(x, y)
                    bar.update()
                    due = checkpoint_every and self._batch % checkpoint_every == 0
                    if checkpoint is not None and due and self._batch < batches:
                        self.save(checkpoint)
                bar.set_postfix(self._end_epoch(x_val, y_val))
                if checkpoint is not None:
                    self.save(checkpoint)
        return self

    def _next_batch(self, x, y):
        start = self._batch * self.batch_size
        index = self._order[start : start + self.batch_size]
        x, y = self._rows(x, index), self._rows(y, index)
        if self.augment is not None:
            x, y = self.augment(x, y, self.rng)
        self._results.append((*self._train(x, y), len(index)))
        self._batch += 1

    def _gather(self):
        """Add up the batches' results."""
        for loss, right, n in self._numbers(self._results):
            self.batch_losses.append(loss)
            for i, value in enumerate((loss * n, right, n)):
                self._sums[i] += value
        self._results = []

    def _end_epoch(self, x_val, y_val):
        self._gather()
        loss, right, n = self._sums
        now = {"loss": loss / n, "accuracy": right / n}
        if x_val is not None:
            now |= {f"val_{name}": value for name, value in self.evaluate(x_val, y_val).items()}
        for name, value in now.items():
            self.history[name].append(value)
        self.epoch += 1
        self._begin_epoch(None)
        return now

    def evaluate(self, x, y):
        """The mean loss over x, and the share whose largest score is at the label, in evaluation.

        x: (N, ...), y: (N, ...), or several, as in `fit` -> {"loss": float, "accuracy": float}
        accuracy is nan where y is no label, (N,) integers, or the model gives more than one array
        """
        total = self._check("evaluate", x, y)
        training = self.model.training
        self.model.eval()
        results = []
        for start in range(0, total, self.batch_size):
            index = np.arange(start, min(start + self.batch_size, total))
            results.append((*self._test(self._rows(x, index), self._rows(y, index)), len(index)))
        self.model.train(training)
        losses, right, n = np.transpose(self._numbers(results))
        return {"loss": float(losses @ n / n.sum()), "accuracy": float(right.sum() / n.sum())}

    def _check(self, method, x, y):
        """How many images there are"""
        n, labels = (_length(f"Trainer.{method}", *of) for of in (("x", x), ("y", y)))
        if n != labels or n == 0:
            raise ValueError(
                f"Trainer.{method}: x has {n} images, y {labels} labels; "
                "give as many of both, and at least one"
            )
        return n

    def _rows(self, x, index):
        """A batch of x: of an array, or of each array of a tuple, a named tuple or a dict"""
        if isinstance(x, dict):
            return {key: self._rows(value, index) for key, value in x.items()}
        if isinstance(x, tuple):
            rows = [self._rows(value, index) for value in x]
            return type(x)(*rows) if hasattr(x, "_fields") else tuple(rows)
        return self._take(x, index)

    # --- state ---

    def state_dict(self):
        """All that decides how training goes on: also where in an epoch it is, and all rngs."""
        self._gather()
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "rngs": [rng.bit_generator.state for rng in self._rngs()],
            "batch_size": self.batch_size,
            "epoch": self.epoch,
            "batch": self._batch,
            "order": self._order,
            "sums": self._sums,
            "history": self.history,
            "batch_losses": self.batch_losses,
            **self._more_state(),
        }
        return copy.deepcopy(state)  # torch's holds the arrays that training goes on to change

    def load_state_dict(self, state):
        """Go on where another trainer of the same model, optimiser and schedule was."""
        if state["batch_size"] != self.batch_size:
            raise ValueError(
                f"Trainer.load_state_dict: batch_size was {state['batch_size']}, is "
                f"{self.batch_size}; both must agree"
            )
        rngs = self._rngs()
        had = len(state["rngs"]), "no" if state["schedule"] is None else "a"
        has = len(rngs), "no" if self.schedule is None else "a"
        if had != has:
            raise ValueError(
                f"Trainer.load_state_dict: the state has {had[0]} rngs and {had[1]} schedule, the "
                f"trainer {has[0]} and {has[1]} schedule; make the trainer as that one was made"
            )
        self.model.load_state_dict(state["model"])
        # torch's optimisers go on to change the arrays that they are given
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])
        for rng, saved in zip(rngs, state["rngs"], strict=True):
            rng.bit_generator.state = saved
        self.epoch = state["epoch"]
        self._begin_epoch(None if state["order"] is None else np.array(state["order"]))
        self._batch, self._sums = state["batch"], list(state["sums"])
        self.history = {name: list(values) for name, values in state["history"].items()}
        self.batch_losses = list(state["batch_losses"])
        self._load_more_state(state)
        return self

    def _more_state(self):
        """What a library has beside, by name."""
        return {}

    def _load_more_state(self, state):
        """Take over what `_more_state` gave."""

    def _rngs(self):
        """The trainer's own and those of layers that draw, such as dropout, each once."""
        found = [self.rng]
        for module in self.model.modules():
            found += [v for v in vars(module).values() if isinstance(v, np.random.Generator)]
        return list({id(rng): rng for rng in found}.values())

    def save(self, path):
        """Write the state to a file: whole or not at all, whenever the process dies."""
        path = Path(path)
        part = path.with_name(f".{path.name}.{os.getpid()}")  # beside it: on the same disk
        try:
            with open(part, "wb") as file:
                self._write(self.state_dict(), file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)  # takes the place of the old state in one step
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def load(self, path):
        """Take over the state that `save` wrote. Returns the trainer; `fit` goes on."""
        with open(path, "rb") as file:
            return self.load_state_dict(self._read(file))


def _length(caller, name, x):
    """Rows of an array, or of all arrays of a tuple or a dict"""
    if isinstance(x, list) and any(getattr(one, "ndim", 0) for one in x):
        raise TypeError(
            f"{caller}: {name} is a list of arrays, which may be one for each image or several "
            "inputs; stack it into one array, or make a tuple of it"
        )
    if not isinstance(x, dict | tuple):
        return len(x)
    parts = x.items() if isinstance(x, dict) else enumerate(x)
    lengths = {f"{name}[{key!r}]": _length(caller, f"{name}[{key!r}]", part) for key, part in parts}
    if len(set(lengths.values())) != 1:
        found = ", ".join(f"{part} has {n}" for part, n in lengths.items()) or "it is empty"
        raise ValueError(
            f"{caller}: {name} is a {type(x).__name__} of arrays, which need one number of rows, "
            f"but {found}"
        )
    return lengths.popitem()[1]

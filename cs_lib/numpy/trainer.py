"""Training: batch after batch forward, backward, one step of the optimiser."""

import json

import numpy as np

from cs_lib._shared import trainer as _trainer

__all__ = ["Trainer"]


class Trainer(_trainer.Trainer):
    """Trains a model: trainer.fit(x, y) [the loop of Goodfellow et al. 2016, §8.1.3].

    model: a Module that gives scores; loss: a layer called as loss(scores, y); optimizer: of
    cs_lib.numpy.optim. rng: the order of the images is drawn from it, anew each epoch, and passed
    to augment(x, y, rng) -> x, y, which sees each batch of training. schedule: of
    cs_lib.numpy.lr_scheduler, its step() called after each batch. progress: a bar in a terminal.

    Sets history: {"loss", "accuracy", "val_loss", "val_accuracy"}, lists of one number an epoch
    (the first two measured while training, the last two empty without x_val); batch_losses: a list
    of one number a batch; epoch: how many are done. Files are .npz, without pickled objects.
    """

    def _take(self, x, index):
        return np.asarray(x)[index]

    def _train(self, x, y):
        scores = self.model(x)
        loss = self.loss(scores, y)
        self.model.zero_grad()
        self.model.backward(self.loss.backward())
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()
        return loss, _right(scores, y)

    def _test(self, x, y):
        scores = self.model(x)
        return self.loss(scores, y), _right(scores, y)

    def _numbers(self, results):
        return [(float(loss), float(right), n) for loss, right, n in results]

    def _write(self, state, file):
        arrays = []
        text = json.dumps(_plain(state, arrays))
        np.savez(file, *arrays, state=np.array(text))

    def _read(self, file):
        with np.load(file, allow_pickle=False) as saved:
            return _nested(json.loads(saved["state"].item()), saved)


def _right(scores, y):
    """How many of the largest scores are at the labels; nan where y is no label."""
    if not isinstance(scores, np.ndarray) or not isinstance(y, np.ndarray):
        return np.nan  # there are several
    if y.ndim != 1 or y.dtype.kind not in "iu":
        return np.nan
    return (scores.argmax(axis=1) == y).sum()


# JSON has no arrays, and only strings for keys: {"array": n} and {"dict": [[key, value], ...]}


def _plain(value, arrays):
    if isinstance(value, np.ndarray | np.generic):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, dict):
        return {"dict": [[key, _plain(v, arrays)] for key, v in value.items()]}
    if isinstance(value, list | tuple):
        return [_plain(v, arrays) for v in value]
    return value


def _nested(value, arrays):
    if isinstance(value, list):
        return [_nested(v, arrays) for v in value]
    if isinstance(value, dict) and "array" in value:
        return arrays[f"arr_{value['array']}"]
    if isinstance(value, dict):
        return {key: _nested(v, arrays) for key, v in value["dict"]}
    return value

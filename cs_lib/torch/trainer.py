"""Training: batch after batch forward, backward, one step of the optimiser."""

import inspect

import numpy as np
import torch

from cs_lib._shared import trainer as _trainer

__all__ = ["Trainer"]


class Trainer(_trainer.Trainer):
    """Trains a model: trainer.fit(x, y) [the loop of Goodfellow et al. 2016, §8.1.3].

    model: a Module that gives scores; loss: called as loss(scores, y); optimizer: of
    cs_lib.torch.optim or torch.optim, but for LBFGS, whose step needs a closure. rng: the order of
    the images is drawn from it, anew each epoch, and passed to augment(x, y, rng) -> x, y, which
    sees each batch of training. schedule: of cs_lib.torch.lr_scheduler, its step() called after
    each batch. progress: a bar in a terminal.

    device: where the model is put, by default where it is; batches of x and y follow. autocast:
    torch.bfloat16 or torch.float16, for mixed precision, the latter with its loss scaled
    [Micikevicius et al. 2018]. channels_last: images and filters as (N, H, W, C) in memory.
    compile: True or the name of a backend of torch.compile.

    Sets history: {"loss", "accuracy", "val_loss", "val_accuracy"}, lists of one number an epoch
    (the first two measured while training, the last two empty without x_val); batch_losses: a list
    of one number a batch; epoch: how many are done. Files load with weights_only=True.
    """

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
        device=None,
        autocast=None,
        channels_last=False,
        compile=False,
    ):
        if autocast not in (None, torch.bfloat16, torch.float16):
            raise ValueError(
                f"Trainer: autocast is {autocast}; it must be torch.bfloat16, torch.float16 or None"
            )
        closure = inspect.signature(optimizer.step).parameters.get("closure")
        if closure is not None and closure.default is inspect.Parameter.empty:
            raise TypeError(
                f"Trainer: optimizer is {type(optimizer).__name__}, whose step computes the loss "
                "several times and needs a closure for it; take one of cs_lib.torch.optim, or "
                "write the loop yourself: optimizer.step(closure)"
            )
        super().__init__(
            model,
            loss,
            optimizer,
            epochs=epochs,
            batch_size=batch_size,
            rng=rng,
            schedule=schedule,
            augment=augment,
            progress=progress,
        )
        if device is not None:
            model.to(device)  # keeps the Parameters that the optimiser holds
        if channels_last:
            model.to(memory_format=torch.channels_last)
        self.device = next(model.parameters()).device
        self.autocast, self.channels_last = autocast, channels_last
        backend = {"backend": compile} if isinstance(compile, str) else {}
        self._forward = torch.compile(model, **backend) if compile else model
        # float16 ends at 6e-8: gradients below it would be 0. bfloat16 reaches as far as float32
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=autocast == torch.float16)

    def _take(self, x, index):
        x = torch.as_tensor(x)
        batch = x[torch.from_numpy(index).to(x.device)].to(self.device)
        if self.channels_last and batch.ndim == 4:
            batch = batch.contiguous(memory_format=torch.channels_last)
        return batch

    def _scores_and_loss(self, x, y):
        enabled = self.autocast is not None
        with torch.autocast(self.device.type, dtype=self.autocast, enabled=enabled):
            scores = self._forward(x)
            return scores, self.loss(scores, y)

    def _train(self, x, y):
        scores, loss = self._scores_and_loss(x, y)
        self.optimizer.zero_grad()
        self._scaler.scale(loss).backward()
        scale = self._scaler.get_scale()
        self._scaler.step(self.optimizer)
        self._scaler.update()
        # a smaller scale: the gradients were infinite, and the optimiser has not moved
        if self.schedule is not None and self._scaler.get_scale() >= scale:
            self.schedule.step()
        return loss.detach(), _right(scores, y)

    @torch.no_grad()
    def _test(self, x, y):
        scores, loss = self._scores_and_loss(x, y)
        return loss, _right(scores, y)

    def _numbers(self, results):
        if not results:
            return []
        losses, right, n = zip(*results, strict=True)
        both = torch.stack(
            [torch.stack(numbers).cpu().double() for numbers in (losses, right)]
        ).tolist()
        return list(zip(*both, n, strict=True))

    def _more_state(self):
        more = {"scaler": self._scaler.state_dict(), "torch_rng": torch.get_rng_state()}
        if self.device.type == "cuda":
            more["cuda_rng"] = torch.cuda.get_rng_state(self.device)
        return more

    def _load_more_state(self, state):
        self._scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(state["torch_rng"])
        if self.device.type == "cuda" and "cuda_rng" in state:
            torch.cuda.set_rng_state(state["cuda_rng"], self.device)

    def _write(self, state, file):
        torch.save(_converted(state, np.ndarray, torch.from_numpy), file)

    def _read(self, file):
        state = torch.load(file, map_location="cpu", weights_only=True)
        for name in ("rngs", "order"):
            state[name] = _converted(state[name], torch.Tensor, torch.Tensor.numpy)
        return state


def _right(scores, y):
    """How many of the largest scores are at the labels; nan where y is no label."""
    if not isinstance(scores, torch.Tensor) or not isinstance(y, torch.Tensor):
        return torch.tensor(torch.nan)  # there are several
    if y.ndim != 1 or y.is_floating_point():
        return scores.new_tensor(torch.nan)
    return (scores.argmax(dim=1) == y).sum()


def _converted(value, kind, convert):
    """value with all of one kind in its lists and dicts converted: no file holds NumPy's arrays."""
    if isinstance(value, kind):
        return convert(value)
    if isinstance(value, dict):
        return {key: _converted(v, kind, convert) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_converted(v, kind, convert) for v in value]
    return value

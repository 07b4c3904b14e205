"""float64, on devices that have it."""

import functools

import torch


def wide(x):
    """The dtype to compute in where float32 does not do: float64, if x's device has it."""
    return torch.float64 if _has_float64(x.device) else torch.float32


@functools.cache
def _has_float64(device):
    try:
        torch.zeros(1, dtype=torch.float64, device=device)
    except (TypeError, RuntimeError):  # Apple's GPUs and others: a type that is not there
        return False
    return True

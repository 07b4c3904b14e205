"""A module of torch that also takes the state of its NumPy twin."""

import numpy as np
import torch
from torch.nn import Parameter  # the same class: torch's optimisers look for it

from cs_lib._shared import layers as _layers

__all__ = ["Module", "Parameter"]


class Module(torch.nn.Module):
    """torch.nn.Module, whose load_state_dict takes NumPy arrays too, and whose to its dtypes.

    autograd computes the derivatives, so there is no backward.
    """

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Take over a state_dict, of this class or of its NumPy twin, in this module's dtypes.

        ValueError if a name is missing or unexpected or a shape is another; then nothing is loaded.
        """
        state = {name: torch.as_tensor(value) for name, value in state_dict.items()}
        if strict:
            wanted = {name: tuple(value.shape) for name, value in self.state_dict().items()}
            given = {name: tuple(value.shape) for name, value in state.items()}
            _layers.check_state(f"{type(self).__name__}.load_state_dict", wanted, given)
        return super().load_state_dict(state, strict, assign)

    def to(self, *args, **kwargs):
        """Convert parameters and float buffers to a dtype, of NumPy or torch, or to a device."""
        return super().to(*map(_torch_dtype, args), **kwargs)


def _torch_dtype(value):
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return torch.from_numpy(np.empty(0, value)).dtype
    return value


def set_parameters(module, **arrays):
    """Give parameters new values, drawn by NumPy; what is None stays so."""
    with torch.no_grad():
        for name, array in arrays.items():
            if array is not None:
                getattr(module, name).copy_(torch.from_numpy(array))

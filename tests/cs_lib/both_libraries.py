"""A module of cs_lib in both libraries, called with NumPy arrays and answering in them."""

import importlib

import numpy as np
import pytest
import torch

DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()


class Library:
    """library.f(x) is the module's f, with arrays moved to the library's device and back."""

    def __init__(self, name, module, device=None):
        self.name = name
        self.module = importlib.import_module(f"cs_lib.{name}.{module}")
        self.device = device

    def __getattr__(self, name):
        function = getattr(self.module, name)
        if self.device is None:
            return function

        def call(*args, **kwargs):
            args = [self.tensor(a) for a in args]
            kwargs = {k: self.tensor(v) for k, v in kwargs.items()}
            return to_numpy(function(*args, **kwargs))

        return call

    def tensor(self, x):
        return torch.tensor(x, device=self.device) if isinstance(x, np.ndarray) else x


def to_numpy(value):
    if isinstance(value, tuple):
        return tuple(map(to_numpy, value))
    return value.cpu().numpy() if isinstance(value, torch.Tensor) else value


def in_both(module):
    """A fixture: the module in NumPy, then in torch on every device there is."""
    libraries = [Library("numpy", module)]
    libraries += [Library("torch", module, device) for device in DEVICES]
    ids = ["numpy"] + [f"torch-{device}" for device in DEVICES]
    return pytest.fixture(params=libraries, ids=ids)(lambda request: request.param)


def check_error(error, message, call):
    """call() must raise exactly this."""
    with pytest.raises(error) as raised:
        call()
    assert type(raised.value) is error
    assert str(raised.value) == message

"""A module is a function with parameters that knows its own derivative."""

import numpy as np

from cs_lib._shared import layers as _layers

__all__ = ["Module", "Parameter"]


class Parameter:
    """An array that is learnt, and the gradient of the loss with respect to it.

    data: any shape, float; grad: the same shape, or None before the first backward.
    """

    def __init__(self, data):
        self.data = np.asarray(data)
        _layers.check_dtypes("Parameter", data=self.data)
        self.grad = None

    def add_grad(self, grad):
        """Add to .grad: a parameter that is used twice gets the sum of both gradients."""
        if grad.shape != self.data.shape:
            raise ValueError(
                f"Parameter: the gradient has shape {grad.shape}, data {self.data.shape}; "
                "both must agree"
            )
        self.grad = grad.copy() if self.grad is None else self.grad + grad


class Module:
    """What layers and networks have in common [torch.nn.Module].

    A subclass calls super().__init__(), assigns its Parameters and Modules to attributes, and
    defines forward(x) -> y and backward(dy) -> dx. forward keeps what backward needs in _cache;
    backward takes it with _pop_cache() and adds to the parameters' .grad.
    """

    def __init__(self):
        self.training = True
        self._buffer_names = []

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def __setattr__(self, name, value):
        old = getattr(self, name, None)
        if isinstance(old, Parameter) and not isinstance(value, Parameter | None):
            raise TypeError(
                f"{type(self).__name__}: {name} is a Parameter, not to be replaced by "
                f"{type(value).__name__}; assign to {name}.data"
            )
        super().__setattr__(name, value)

    def forward(self, x):
        """x -> y, keeping what backward needs."""
        raise NotImplementedError(f"{type(self).__name__}: define forward(x) -> y")

    def backward(self, dy):
        """dL/dy -> dL/dx, adding dL/dparameter to each parameter's .grad."""
        raise NotImplementedError(f"{type(self).__name__}: define backward(dy) -> dx")

    def _pop_cache(self):
        """What forward kept, once: a layer used twice must not take the second cache twice."""
        if "_cache" not in vars(self):
            raise RuntimeError(
                f"{type(self).__name__}.backward: call forward first; "
                "each backward needs its own forward"
            )
        return vars(self).pop("_cache")

    # --- parameters, buffers, submodules ---

    def register_buffer(self, name, array):
        """An array that is state but is not learnt, such as a running mean."""
        self._buffer_names.append(name)
        setattr(self, name, array)

    def _own(self, kind):
        return [(name, value) for name, value in vars(self).items() if isinstance(value, kind)]

    def _named_modules(self, prefix=""):
        """This module and all below it, with the prefix of their names: "", "0.", "0.conv." """
        yield prefix, self
        for name, child in self._own(Module):
            yield from child._named_modules(f"{prefix}{name}.")

    def _named_state(self):
        """(dotted name, module, attribute) of all parameters and buffers, in torch's order."""
        for prefix, module in self._named_modules():
            names = [name for name, _ in module._own(Parameter)]
            names += [name for name in module._buffer_names if getattr(module, name) is not None]
            for name in names:
                yield f"{prefix}{name}", module, name

    def modules(self):
        """This module and all below it, each once."""
        yield from {id(module): module for _, module in self._named_modules()}.values()

    def named_parameters(self):
        """(dotted name, Parameter), each once even where modules share it."""
        seen = set()
        for name, module, attribute in self._named_state():
            parameter = getattr(module, attribute)
            if isinstance(parameter, Parameter) and id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def parameters(self):
        """The Parameters of this module and of all below it."""
        for _, parameter in self.named_parameters():
            yield parameter

    def named_buffers(self):
        """(dotted name, array) of all buffers."""
        for name, module, attribute in self._named_state():
            if attribute in module._buffer_names:
                yield name, getattr(module, attribute)

    # --- saving and loading ---

    def state_dict(self):
        """Copies of all parameters and buffers, by dotted name."""
        return {
            name: np.array(_data(getattr(module, attribute)))
            for name, module, attribute in self._named_state()
        }

    def load_state_dict(self, state_dict):
        """Take over a state_dict, of this class or of its torch twin, in this module's dtypes.

        ValueError if a name is missing or unexpected or a shape is another; then nothing is loaded.
        """
        state = {name: np.asarray(value) for name, value in state_dict.items()}
        wanted = {name: value.shape for name, value in self.state_dict().items()}
        given = {name: value.shape for name, value in state.items()}
        _layers.check_state(f"{type(self).__name__}.load_state_dict", wanted, given)
        for name, module, attribute in self._named_state():
            value = getattr(module, attribute)
            array = np.array(state[name], dtype=_data(value).dtype)
            if isinstance(value, Parameter):
                value.data = array
            else:
                setattr(module, attribute, array)

    # --- modes ---

    def train(self, mode=True):
        """Switch this module and all below it to training, or with False to evaluation."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        """Switch this module and all below it to evaluation."""
        return self.train(False)

    def zero_grad(self):
        """Forget all gradients: .grad is None again."""
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, dtype):
        """Convert parameters, their gradients and float buffers to dtype."""
        for parameter in self.parameters():
            parameter.data = parameter.data.astype(dtype)
            parameter.grad = None if parameter.grad is None else parameter.grad.astype(dtype)
        for _, module, name in self._named_state():
            value = getattr(module, name)
            if name in module._buffer_names and np.issubdtype(value.dtype, np.floating):
                setattr(module, name, value.astype(dtype))
        return self


def _data(value):
    return value.data if isinstance(value, Parameter) else value

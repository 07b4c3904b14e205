"""A device without float64, as Apple's GPUs are: tensors on it live in the CPU's memory.

torch.device("single") takes any tensor but float64 and complex128, which raise TypeError, whether
they were asked for or came of a promotion. Its tensors compute what the CPU does.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "single"
_setup_privateuseone_for_python_backend(NAME)
torch.single.get_amp_supported_dtype = lambda: [torch.float16]  # torch.autocast asks for it
DEVICE, CPU = torch.device(NAME, 0), torch.device("cpu")
MISSING = {torch.float64, torch.complex128}
aten = torch.ops.aten
MIXED = {aten.copy_, aten._to_copy, aten.index, aten.index_put, aten.index_put_}


class _Tensor(torch.Tensor):
    """inner: the values, a tensor on the CPU"""

    @staticmethod
    def __new__(cls, inner):
        if inner.dtype in MISSING:
            raise TypeError(f"{NAME} has no {str(inner.dtype).removeprefix('torch.')}")
        shape, layout = inner.shape, {"strides": inner.stride(), "dtype": inner.dtype}
        tensor = torch.Tensor._make_wrapper_subclass(
            cls, shape, storage_offset=inner.storage_offset(), device=DEVICE, **layout
        )
        tensor.inner = inner
        return tensor

    def __init__(self, inner):
        pass

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None):
        return _run(operation, args, kwargs or {})

    def tolist(self):
        return self.cpu().tolist()

    def __repr__(self):
        return f"{NAME}({self.inner})"


def _run(operation, args, kwargs):
    known = {}

    def to_cpu(x):
        if isinstance(x, _Tensor):
            known[id(x.inner)] = x
            return x.inner
        return CPU if isinstance(x, torch.device) and x.type == NAME else x

    tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
    on_device = any(isinstance(x, _Tensor) for x in tensors)
    on_cpu = any(x.ndim and not isinstance(x, _Tensor) for x in tensors)
    if on_device and on_cpu and operation.overloadpacket not in MIXED:
        raise RuntimeError(f"{operation}: some tensors are on {DEVICE}, others on the CPU")
    if kwargs.get("device") is not None:
        on_device = torch.device(kwargs["device"]).type == NAME
    args, kwargs = tree_map(to_cpu, (args, kwargs))
    result = operation(*args, **kwargs)

    def to_device(x):
        if isinstance(x, torch.Tensor) and on_device:
            return known[id(x)] if id(x) in known else _Tensor(x)
        return x

    return tree_map(to_device, result)


class There(TorchDispatchMode):
    """Inside, tensors can be made on the device: with There(): torch.zeros(3, device="single")"""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        return _run(operation, args, kwargs or {})


# What tensors of lists are made by, which no mode sees.


def _empty_strided(size, stride, **options):
    return _Tensor(torch.empty_strided(size, stride, dtype=options["dtype"]))


def _copy_from(source, target, non_blocking=False):
    inner, values = (x.inner if isinstance(x, _Tensor) else x for x in (target, source))
    inner.copy_(values)
    return target


kernels = torch.library.Library("aten", "IMPL")
kernels.impl("empty_strided", _empty_strided, "PrivateUse1")
kernels.impl("_copy_from", _copy_from, "PrivateUse1")

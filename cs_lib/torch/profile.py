"""What a network costs: parameters, multiply-adds and memory, module by module.

Published counts disagree because each counter chooses what to count. ResNet-50 at 224 × 224 has
4.09 billion multiply-adds in its convolutions and linear layer, as here and in torchvision's table;
4.11 and 4.13 in counters that add batch norm and pooling in different ways; and 8.18 billion
"FLOPs" in torch.utils.flop_counter, which counts multiplication and addition apart, whereas many a
paper says FLOPs and counts them as one. Transposed convolutions with stride 2 come out four times
too high where a counter takes the size of the output for that of the input. And fewer multiply-adds
are not always less time: small layers wait for memory [Ma et al. 2018].
"""

import math
from contextlib import ExitStack
from dataclasses import dataclass

import torch

from cs_lib.torch import nn

__all__ = ["Profile", "ProfileRow", "profile"]

CONVOLUTIONS = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
TRANSPOSED = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)
NORMS = (
    *(torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d),
    *(torch.nn.GroupNorm, torch.nn.LayerNorm, torch.nn.InstanceNorm2d, nn.LocalContrastNorm2d),
)
UNCOUNTED = (*NORMS, torch.nn.PReLU, nn.WeightNorm)  # have parameters, and no products that count


@dataclass
class ProfileRow:
    """One module's own share, without its parts': name, kind (its class), and four numbers.

    parameters; multiply_adds; outputs: bytes that it puts out, if it has no parts; saved: bytes
    kept for the backward pass. shape: of its last output.
    """

    name: str
    kind: str
    parameters: int = 0
    multiply_adds: int = 0
    outputs: int = 0
    saved: int = 0
    shape: tuple = ()


@dataclass
class Profile:
    """What `profile` gives: rows, a ProfileRow for each module, and their sums.

    uncounted: names of modules with parameters whose multiply-adds are not known, counted as 0. The
    last line of a cell, or print, shows table().
    """

    rows: list
    uncounted: list

    @property
    def parameters(self):
        """How many numbers are learnt"""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self):
        """How many multiply-adds a forward pass takes"""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def outputs(self):
        """Bytes that all modules without parts put out"""
        return sum(row.outputs for row in self.rows)

    @property
    def saved(self):
        """Bytes that the forward pass keeps for the backward pass, parameters not among them"""
        return sum(row.saved for row in self.rows)

    def to_depth(self, depth):
        """The rows added up to this depth, 1 for the parts of the model itself -> a list"""
        found = {}
        for row in self.rows:
            name = ".".join(row.name.split(".")[:depth])
            # a module stands before its parts, so that the first row has the name and kind
            total = found.setdefault(name, ProfileRow(name, row.kind, shape=row.shape))
            for what in ("parameters", "multiply_adds", "outputs", "saved"):
                setattr(total, what, getattr(total, what) + getattr(row, what))
        return list(found.values())

    def table(self, depth=None):
        """A viz.table with a row for each module that costs something, and one for the sum.

        depth: parts of parts up to which rows are shown, all by default.
        """
        from cs_lib import viz  # here, because matplotlib takes a second

        rows = self.rows if depth is None else self.to_depth(depth)
        rows = [r for r in rows if r.parameters or r.multiply_adds or r.outputs or r.saved]
        rows.append(
            ProfileRow("sum", "", self.parameters, self.multiply_adds, self.outputs, self.saved)
        )
        return viz.table(
            {
                "module": [row.name or "(itself)" for row in rows],
                "kind": [row.kind for row in rows],
                "output": [" × ".join(map(str, row.shape)) for row in rows],
                "parameters": [row.parameters for row in rows],
                "multiply-adds": [row.multiply_adds for row in rows],
                "outputs, MB": [row.outputs / 1e6 for row in rows],
                "saved, MB": [row.saved / 1e6 for row in rows],
            },
            {"outputs, MB": ",.2f", "saved, MB": ",.2f"},
        )

    def __str__(self):
        return str(self.table())

    def _repr_html_(self):
        return self.table()._repr_html_()


def profile(model, *inputs, norms=False, **options):
    """Count what model(*inputs, **options) costs, by one forward pass in evaluation -> Profile

    Multiply-adds: of convolutions, for each output in/groups · kernel size (dilation changes
    nothing); of transposed ones, for each *input* out/groups · kernel size, those that padding cuts
    off again included; of locally connected and linear layers, for each output its inputs. Biases,
    activations, pooling, sums of branches and resizing are not counted; norms only with norms=True,
    one for each entry. A module of another kind may have a method multiply_adds(x, y) of its own.

    Parameters that two modules share count once, multiply-adds of a module that is called twice
    count twice. Memory is that of this batch and dtype. saved asks autograd: what several layers
    need is kept once, in the row of the first, so a ReLU's output costs nothing in the next layer.
    Dropout and auxiliary classifiers, which evaluation leaves out, are not in it.

    Runs on the meta device too, where nothing is computed: build the model and the inputs under
    `with torch.device("meta"):`. The model's mode, its statistics and its hooks stay as they were.
    """
    names = {module: name for name, module in model.named_modules()}
    rows = {module: ProfileRow(name, type(module).__name__) for module, name in names.items()}
    seen, uncounted, running, alive = set(), [], [], []
    for module in names:
        for parameter in module.parameters(recurse=False):
            rows[module].parameters += parameter.numel() * (id(parameter) not in seen)
            seen.add(id(parameter))
    kept = {_storage(tensor) for tensor in [*model.parameters(), *model.buffers()]}

    def enter(module, args):
        running.append(module)

    def leave(module, args, output):
        running.pop()
        row, tensors = rows[module], list(_tensors(output))
        row.shape = tuple(tensors[-1].shape) if tensors else ()
        if not any(module.children()):
            row.outputs += sum(t.numel() * t.element_size() for t in tensors)
        count = _multiply_adds(module, args, output, norms)
        if count is None and names[module] not in uncounted:
            uncounted.append(names[module])
        row.multiply_adds += count or 0

    def save(tensor):
        storage = _storage(tensor)
        if storage not in kept:
            kept.add(storage)
            alive.append(tensor)  # or another tensor's storage could get the same place
            rows[running[-1] if running else model].saved += tensor.untyped_storage().nbytes()
        return tensor

    training = {module: module.training for module in names}
    try:
        with ExitStack() as hooks:
            for module in names:
                hooks.callback(module.register_forward_pre_hook(enter).remove)
                hooks.callback(module.register_forward_hook(leave).remove)
            model.eval()
            with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(save, lambda t: t):
                model(*inputs, **options)
    finally:
        for module, was in training.items():
            module.training = was
    return Profile(list(rows.values()), uncounted)


def _storage(tensor):
    return tensor.untyped_storage()._cdata  # data_ptr is 0 for all on the meta device


def _tensors(output):
    """The tensors in what a module returns"""
    if isinstance(output, torch.Tensor):
        yield output
    elif isinstance(output, list | tuple | dict):
        for part in output.values() if isinstance(output, dict) else output:
            yield from _tensors(part)


def _multiply_adds(module, args, output, norms):
    """Of one call of a module, without its parts; None where that is not known"""
    if hasattr(module, "multiply_adds"):
        return module.multiply_adds(*args, output)
    if isinstance(module, CONVOLUTIONS):
        return output.numel() * module.in_channels // module.groups * math.prod(module.kernel_size)
    if isinstance(module, TRANSPOSED):
        one = module.out_channels // module.groups * math.prod(module.kernel_size)
        return args[0].numel() * one
    if isinstance(module, torch.nn.Linear):
        return output.numel() * module.in_features
    if isinstance(module, nn.LocallyConnected2d):
        return len(output) * module.weight.numel()
    if isinstance(module, NORMS) and norms:
        return output.numel()
    known = isinstance(module, UNCOUNTED) or not any(True for _ in module.parameters(recurse=False))
    return 0 if known else None

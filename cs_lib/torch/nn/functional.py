"""All functions on tensors that layers are made of. torch derives them, so there is no backward."""

from cs_lib.torch.nn.linear import linear

__all__ = ["linear"]

"""Derivatives without derivation: a scalar engine to read, and one over arrays to work with."""

from . import functional
from .rules import RULES
from .scalar import Value
from .tensor import Tensor, concatenate, differentiable, no_grad, where

__all__ = [
    "RULES",
    "Tensor",
    "Value",
    "concatenate",
    "differentiable",
    "functional",
    "no_grad",
    "where",
]

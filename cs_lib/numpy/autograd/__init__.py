"""Derivatives without derivation: a scalar engine to read, and one over arrays to work with."""

from .scalar import Value

__all__ = ["Value"]

"""Semantic segmentation: a class for every pixel."""

from cs_lib.numpy.segmentation.crf import (
    crf_kernel,
    crf_mean_field,
    crf_mean_field_backward,
    crf_step,
    crf_step_backward,
)

__all__ = [
    "crf_kernel",
    "crf_mean_field",
    "crf_mean_field_backward",
    "crf_step",
    "crf_step_backward",
]

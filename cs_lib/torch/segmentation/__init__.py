"""Semantic segmentation: a class for every pixel."""

from cs_lib.torch.segmentation.crf import crf_kernel, crf_mean_field, crf_step

__all__ = ["crf_kernel", "crf_mean_field", "crf_step"]

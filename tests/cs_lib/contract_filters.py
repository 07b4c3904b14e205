"""What of convolution has no torch version."""

EXAMPLES = {}
NUMPY_ONLY = {
    "nn.filters": "convolution as mathematics, image processing and linear algebra see it",
    "nn.arithmetic": "whole numbers, no arrays: there is nothing to mirror",
}

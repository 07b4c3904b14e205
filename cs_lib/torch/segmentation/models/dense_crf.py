"""A dense CRF as the last layer of a network [Zheng et al. 2015]: few numbers, learnt with it all.

Five numbers, of two kernels, and a table of num_classes²: 446 parameters with 21 classes.
"""

import torch

from cs_lib._shared import crf as _crf
from cs_lib._shared import windows as _windows
from cs_lib.torch import nn
from cs_lib.torch.segmentation.crf import crf_kernel, crf_mean_field

__all__ = ["DenseCRF"]


class DenseCRF(nn.Module):
    """Mean field as a layer, whose energy is learnt with the network before it [Zheng et al. 2015].

    scores: (N, num_classes, H, W), of the network, images: (N, C, H, W) in [0, 1] -> scores:
    (N, num_classes, H, W), whose softmax is the probabilities after so many steps
    weight: (2,), of appearance and smoothness; log_distance: (3,), logarithms of
    appearance_distance, appearance_colour and smoothness_distance; compatibility: (num_classes,
    num_classes), the Potts model at first. They begin as `crf_kernel` has them, and learn through
    all steps, which share them: a recurrent network. To keep one: requires_grad_(False).
    normalization, self_message: as in `crf_kernel`. Memory grows with (H·W)². Zheng et al. learn a
    weight for each class and keep the distances.
    """

    def __init__(
        self,
        num_classes,
        *,
        steps=5,
        appearance=1.0,
        appearance_distance=8.0,
        appearance_colour=0.1,
        smoothness=1.0,
        smoothness_distance=1.0,
        normalization=None,
        self_message=False,
    ):
        super().__init__()
        _windows.whole("DenseCRF", "steps", steps, 1)
        _crf.check_normalization("DenseCRF", normalization)
        self.steps, self.normalization, self.self_message = steps, normalization, self_message
        distances = appearance_distance, appearance_colour, smoothness_distance
        self.weight = nn.Parameter(torch.tensor([appearance, smoothness]))
        self.log_distance = nn.Parameter(torch.tensor(distances).log())
        self.compatibility = nn.Parameter(1 - torch.eye(num_classes))

    def kernel(self, images):
        """`crf_kernel` with the weights and distances there are now -> (N, P, P)"""
        far, colour, near = self.log_distance.exp()
        return crf_kernel(
            images,
            appearance=self.weight[0],
            appearance_distance=far,
            appearance_colour=colour,
            smoothness=self.weight[1],
            smoothness_distance=near,
            normalization=self.normalization,
            self_message=self.self_message,
        )

    def forward(self, scores, images):
        kernel = self.kernel(images)
        q = crf_mean_field(-scores, kernel, self.compatibility, steps=self.steps - 1)
        message = q.flatten(2) @ kernel.mT  # (N, K, P): what each pixel hears for each class
        return scores - (self.compatibility @ message).reshape(scores.shape)

"""All functions on tensors that layers are made of. torch derives them, so there is no backward."""

from cs_lib.torch.nn.activation import (
    elu,
    leaky_relu,
    log_softmax,
    maxout,
    prelu,
    relu,
    sigmoid,
    softmax,
    step,
    tanh,
)
from cs_lib.torch.nn.conv import (
    conv2d,
    conv_transpose2d,
    fold,
    locally_connected2d,
    output_size,
    unfold,
)
from cs_lib.torch.nn.dropout import drop_connect, dropout, stochastic_depth
from cs_lib.torch.nn.linear import linear
from cs_lib.torch.nn.loss import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
    multi_margin_loss,
)
from cs_lib.torch.nn.norm import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_contrast_norm,
    weight_norm,
)
from cs_lib.torch.nn.pool import (
    adaptive_avg_pool2d,
    avg_pool2d,
    fractional_max_pool2d,
    l2_pool_features,
    lp_pool2d,
    max_pool2d,
    max_unpool2d,
)
from cs_lib.torch.nn.upsample import interpolate

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy_with_logits",
    "conv2d",
    "conv_transpose2d",
    "cross_entropy",
    "drop_connect",
    "dropout",
    "elu",
    "fold",
    "fractional_max_pool2d",
    "group_norm",
    "instance_norm",
    "interpolate",
    "l2_pool_features",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_contrast_norm",
    "locally_connected2d",
    "log_softmax",
    "lp_pool2d",
    "max_pool2d",
    "max_unpool2d",
    "maxout",
    "mse_loss",
    "multi_margin_loss",
    "output_size",
    "prelu",
    "relu",
    "sigmoid",
    "softmax",
    "step",
    "stochastic_depth",
    "tanh",
    "unfold",
    "weight_norm",
]

"""Pictures by gradient descent on their own pixels: losses of content, of style, of roughness.

The features that they compare are a network's, as `attribution.layer_outputs` gives them. All
losses are means over the images of a batch.
"""

__all__ = ["content_loss", "gram_matrix", "style_loss", "total_variation"]


def gram_matrix(x):
    """Means over the positions of the products of any two maps [Gatys et al. 2016, eq. 3].

    x: (N, C, H, W) -> (N, C, C). The paper has the sum; the mean lets pictures of different sizes
    be compared. What it keeps of an image does not change if the positions are permuted.
    """
    n, channels, height, width = x.shape
    rows = x.reshape(n, channels, height * width)
    return rows @ rows.mT / (height * width)


def content_loss(x, content):
    """Half the mean squared difference of two pictures' features [Gatys et al. 2016, eq. 1] -> ()

    x, content: (N, C, H, W). The paper has the sum, which differs by a factor for each layer.
    """
    if x.shape != content.shape:
        raise ValueError(
            f"content_loss: x is {tuple(x.shape)}, content {tuple(content.shape)}; they must agree"
        )
    return (x - content).square().mean() / 2


def style_loss(x, gram):
    """Σ (gram_matrix(x) − gram)² / 4C² [Gatys et al. 2016, eq. 4] -> ()

    x: (N, C, H, W); gram: (N, C, C), or (1, C, C) for all. The paper's loss exactly if the picture
    and the one whose style gram holds have maps of one size.
    """
    channels = x.shape[1]
    if tuple(gram.shape) not in {(len(x), channels, channels), (1, channels, channels)}:
        raise ValueError(
            f"style_loss: gram is {tuple(gram.shape)}; expected ({len(x)}, {channels}, "
            f"{channels}), a gram_matrix of features"
        )
    return (gram_matrix(x) - gram).square().sum(dim=(1, 2)).mean() / (4 * channels**2)


def total_variation(x, *, power=1):
    """Σ |difference of neighbours|^power, right and below [Rudin et al. 1992] -> ()

    x: (N, C, H, W). power 1 allows sharp edges, power 2 spreads them [Mahendran & Vedaldi 2015,
    §3]. Rudin's is not the sum of both directions but the length of the gradient.
    """
    down = (x[:, :, 1:] - x[:, :, :-1]).abs().pow(power)
    right = (x[..., 1:] - x[..., :-1]).abs().pow(power)
    return (down.sum() + right.sum()) / len(x)

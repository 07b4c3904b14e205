"""Wrong answers to `style_loss` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _made(maps, target, wrong):
    n, c, h, w = maps.shape
    size = {
        "divided_by_places": h * w,
        "factors_of_the_page": h * w,
        "divided_by_maps": c,
        "not_divided": 1,
        "divided_by_all": n * c * h * w,
        "divided_by_two": 2 * c * h * w,
    }.get(wrong, c * h * w)
    rows = maps.reshape(n, c, -1)
    if wrong == "centred":
        rows = rows - rows.mean(axis=2, keepdims=True)
    if wrong == "transposed_by_reshape":
        rows = maps.reshape(n, -1, c).transpose(0, 2, 1)
    gram = rows @ rows.transpose(0, 2, 1) / size
    if wrong == "one_gram_for_all":
        gram = np.repeat(gram.mean(axis=0)[None], n, axis=0)
    if wrong == "one_long_row":
        long = maps.transpose(1, 0, 2, 3).reshape(c, -1)
        gram = np.repeat((long @ long.T)[None] / (size * n), n, axis=0)
    if wrong == "diagonal_alone":
        gram = gram * np.eye(c)
        target = target * np.eye(c)
    difference = gram - target
    if wrong == "target_first":
        difference = target - gram
    square = difference**2
    if wrong == "absolute":
        square = np.abs(difference)
    loss = square.sum() / n
    if wrong == "sum_over_images":
        loss = square.sum()
    if wrong == "mean_over_entries":
        loss = square.mean()
    if wrong == "root":
        loss = np.sqrt(square.sum(axis=(1, 2))).mean()
    if wrong == "halved":
        loss = loss / 2
    if wrong == "quarter":
        loss = loss / 4
    if wrong in ("factors_of_the_page", "factor_of_the_page"):
        loss = loss / (4 * c * c)
    if wrong == "loss_of_all_images":
        loss = square.sum()
    if wrong == "upper_half":
        loss = sum(np.triu(s).sum() for s in square) / n
    if wrong == "gram_squared":
        loss = (gram**2).sum() / n
    if wrong == "loss_by_image":
        loss = square.sum(axis=(1, 2))
    if wrong == "as_array":
        loss = np.array([loss])
    factor = 4 / size / n
    if wrong == "factor_two":
        factor = 2 / size / n
    if wrong == "factor_one":
        factor = 1 / size / n
    if wrong == "gradient_not_divided":
        factor = 4 / n
    if wrong in ("gradient_sum_over_images", "sum_over_images"):
        factor = 4 / size
    if wrong == "mean_over_entries":
        factor = 4 / size / n / c / c
    if wrong == "halved":
        factor = 2 / size / n
    if wrong in ("factors_of_the_page", "factor_of_the_page"):
        factor = 1 / size / n / c / c
    if wrong == "quarter":
        factor = 1 / size / n
    if wrong == "divided_twice":
        factor = 4 / size / size / n
    if wrong == "sign_turned":
        factor = -factor
    inner = difference
    if wrong == "gram_for_difference":
        inner = gram
    if wrong == "squares_inside":
        inner = difference**2
    if wrong == "signs_inside":
        inner = np.sign(difference)
    if wrong == "diagonal_in_the_gradient":
        inner = difference * np.eye(c)
    dmaps = factor * inner @ rows
    if wrong == "gradient_of_the_gram":
        return loss, 2 * difference
    if wrong == "flat_gradient":
        return loss, dmaps
    if wrong == "transposed_by_reshape":
        return loss, dmaps.transpose(0, 2, 1).reshape(maps.shape)
    if wrong == "loss_alone":
        return loss
    if wrong == "exchanged":
        return dmaps.reshape(maps.shape), loss
    if wrong == "columns_first":
        return loss, dmaps.reshape(n, c, w, h).transpose(0, 1, 3, 2)
    return loss, dmaps.reshape(maps.shape)


@mistake("style_loss", hint="It is divided by C · H · W.", read="sec-architectures-dreams")
def not_divided(maps, target):
    """The Gram matrix is not divided."""
    return _made(maps, target, "not_divided")


@mistake("style_loss", hint="It is divided by C · H · W.", read="sec-architectures-dreams")
def divided_by_places(maps, target):
    """The Gram matrix is divided by H · W alone."""
    return _made(maps, target, "divided_by_places")


@mistake("style_loss", hint="It is divided by C · H · W.", read="sec-architectures-dreams")
def divided_by_maps(maps, target):
    """The Gram matrix is divided by C alone."""
    return _made(maps, target, "divided_by_maps")


@mistake("style_loss", hint="It is divided by C · H · W.", read="sec-architectures-dreams")
def divided_by_two(maps, target):
    """The Gram matrix is divided by 2 · C · H · W."""
    return _made(maps, target, "divided_by_two")


@mistake(
    "style_loss",
    hint="It is an image's own matrix: over C · H · W.",
    read="sec-architectures-dreams",
)
def divided_by_all(maps, target):
    """The Gram matrix is divided by the number of images as well."""
    return _made(maps, target, "divided_by_all")


@mistake(
    "style_loss",
    hint="The Gram matrix takes products of the maps as they are.",
    read="sec-architectures-dreams",
)
def centred(maps, target):
    """The maps' means are subtracted, which gives covariances."""
    return _made(maps, target, "centred")


@mistake(
    "style_loss",
    hint="`maps.reshape(N, C, -1)` keeps each map in a row. The other order needs a transpose first.",
    read="sec-architectures-dreams",
)
def transposed_by_reshape(maps, target):
    """The maps are reshaped to (H · W, C) without moving the channels, which mixes maps and places."""
    return _made(maps, target, "transposed_by_reshape")


@mistake("style_loss", same_as="one_long_row")
def one_gram_for_all(maps, target):
    """The images' Gram matrices are averaged."""
    return _made(maps, target, "one_gram_for_all")


@mistake(
    "style_loss",
    hint="Each image has its own matrix: products go over its own places.",
    read="sec-architectures-dreams",
)
def one_long_row(maps, target):
    """The maps of all images are put one behind the other, and have one Gram matrix."""
    return _made(maps, target, "one_long_row")


@mistake(
    "style_loss",
    hint="Style is also which *different* maps respond together: all of the matrix.",
    read="sec-architectures-dreams",
)
def diagonal_alone(maps, target):
    """Only the products of maps with themselves count."""
    return _made(maps, target, "diagonal_alone")


@mistake("style_loss", hint="Squares of the differences.", read="sec-architectures-dreams")
def absolute(maps, target):
    """The loss adds up absolute differences."""
    return _made(maps, target, "absolute")


@mistake("style_loss", hint="Over images it is the mean.", read="sec-architectures-dreams")
def sum_over_images(maps, target):
    """The loss is the sum over the images."""
    return _made(maps, target, "sum_over_images")


@mistake(
    "style_loss", hint="One number: the mean over the images.", read="sec-architectures-dreams"
)
def loss_by_image(maps, target):
    """The loss is returned for each image."""
    return _made(maps, target, "loss_by_image")


@mistake("style_loss", hint="Over the entries it is the sum.", read="sec-architectures-dreams")
def mean_over_entries(maps, target):
    """The loss is the mean over the matrix's entries."""
    return _made(maps, target, "mean_over_entries")


@mistake("style_loss", hint="The sum of squares itself.", read="sec-architectures-dreams")
def root(maps, target):
    """The loss is the root of the sum of squares."""
    return _made(maps, target, "root")


@mistake(
    "style_loss", hint="The sum of squares, without a factor.", read="sec-architectures-dreams"
)
def halved(maps, target):
    """Loss and gradient are half as large."""
    return _made(maps, target, "halved")


@mistake(
    "style_loss",
    hint="Here the sum of squares has no factor. (Gatys et al. divide by 4, and by other numbers than C · H · W.)",
    read="sec-architectures-dreams",
)
def quarter(maps, target):
    """Loss and gradient are a quarter, as in the paper."""
    return _made(maps, target, "quarter")


@mistake(
    "style_loss",
    hint="All entries of the matrix: a pair of different maps has two.",
    read="sec-architectures-dreams",
)
def upper_half(maps, target):
    """Each pair of maps counts once."""
    return _made(maps, target, "upper_half")


@mistake(
    "style_loss",
    hint="Squares of the differences between the Gram matrix and the target.",
    read="sec-architectures-dreams",
)
def gram_squared(maps, target):
    """The loss does not look at the target."""
    return _made(maps, target, "gram_squared")


@mistake(
    "style_loss",
    hint="An entry of the maps is in a row of the matrix *and* in a column: twice the 2 of the square.",
    read="sec-architectures-dreams",
)
def factor_two(maps, target):
    """The gradient's factor is 2 in place of 4."""
    return _made(maps, target, "factor_two")


@mistake(
    "style_loss",
    hint="2 comes from the square, and another 2 from F standing in F Fᵀ twice.",
    read="sec-architectures-dreams",
)
def factor_one(maps, target):
    """The gradient's factor is 1 in place of 4."""
    return _made(maps, target, "factor_one")


@mistake(
    "style_loss",
    hint="The maps go into the matrix divided by C · H · W, so the gradient is divided as well.",
    read="sec-architectures-dreams",
)
def gradient_not_divided(maps, target):
    """The gradient is not divided by C · H · W."""
    return _made(maps, target, "gradient_not_divided")


@mistake(
    "style_loss",
    hint="One division is in the difference already, and one comes from the chain rule.",
    read="sec-architectures-dreams",
)
def divided_twice(maps, target):
    """The gradient is divided by C · H · W twice."""
    return _made(maps, target, "divided_twice")


@mistake(
    "style_loss",
    hint="The loss is a mean over the images: so is its gradient.",
    read="sec-architectures-dreams",
)
def gradient_sum_over_images(maps, target):
    """The gradient is not divided by the number of images, as the loss is."""
    return _made(maps, target, "gradient_sum_over_images")


@mistake(
    "style_loss",
    hint="The gradient points to where the loss rises.",
    read="sec-architectures-dreams",
)
def sign_turned(maps, target):
    """The gradient has the other sign."""
    return _made(maps, target, "sign_turned")


@mistake("style_loss", same_as="sign_turned")
def target_first(maps, target):
    """The gradient is computed from target − Gram matrix."""
    return _made(maps, target, "target_first")


@mistake("style_loss", hint="At the target the gradient is 0.", read="sec-architectures-dreams")
def gram_for_difference(maps, target):
    """The gradient has the Gram matrix in place of its difference from the target."""
    return _made(maps, target, "gram_for_difference")


@mistake("style_loss", hint="The derivative of d² is 2d.", read="sec-architectures-dreams")
def squares_inside(maps, target):
    """The gradient has the squares of the differences."""
    return _made(maps, target, "squares_inside")


@mistake("style_loss", hint="The derivative of d² is 2d.", read="sec-architectures-dreams")
def signs_inside(maps, target):
    """The gradient has the differences' signs."""
    return _made(maps, target, "signs_inside")


@mistake(
    "style_loss",
    hint="Each map's gradient has a term for every other map.",
    read="sec-architectures-dreams",
)
def diagonal_in_the_gradient(maps, target):
    """The gradient leaves out the products of different maps."""
    return _made(maps, target, "diagonal_in_the_gradient")


@mistake(
    "style_loss",
    hint="One step more: from the matrix to the maps.",
    read="sec-architectures-dreams",
)
def gradient_of_the_gram(maps, target):
    """The gradient with respect to the Gram matrix is returned."""
    return _made(maps, target, "gradient_of_the_gram")


@mistake(
    "style_loss", hint="The gradient has the shape of the maps.", read="sec-architectures-dreams"
)
def flat_gradient(maps, target):
    """The gradient has the shape (N, C, H · W)."""
    return _made(maps, target, "flat_gradient")


@mistake(
    "style_loss",
    hint="Undo the reshape by a reshape: (N, C, H, W).",
    read="sec-architectures-dreams",
)
def columns_first(maps, target):
    """The gradient's places are in another order."""
    return _made(maps, target, "columns_first")


@mistake(
    "style_loss",
    hint="Two results are asked for: the loss and its gradient.",
    read="sec-architectures-dreams",
)
def loss_alone(maps, target):
    """The loss alone is returned."""
    return _made(maps, target, "loss_alone")


@mistake("style_loss", hint="The loss comes first.", read="sec-architectures-dreams")
def exchanged(maps, target):
    """The gradient is returned first, and the loss second."""
    return _made(maps, target, "exchanged")


@mistake(
    "style_loss",
    hint="Programs differ in these factors, and this exercise takes others than the page: C · H · W for the matrix, and none for the sum of squares.",
    read="sec-architectures-dreams",
)
def factors_of_the_page(maps, target):
    """The factors are those of the page: 1 / (H · W) for the matrix and 1 / (4 C²) for the loss."""
    return _made(maps, target, "factors_of_the_page")


@mistake(
    "style_loss",
    hint="This exercise takes no other factor than the mean over images.",
    read="sec-architectures-dreams",
)
def factor_of_the_page(maps, target):
    """The loss is divided by 4 C², as on the page."""
    return _made(maps, target, "factor_of_the_page")


@mistake(
    "style_loss",
    hint="Over images both take the mean.",
    read="sec-architectures-dreams",
    corner="several images",
)
def loss_of_all_images(maps, target):
    """The loss is the sum over images, and its gradient that of the mean."""
    return _made(maps, target, "loss_of_all_images")


# --- right answers, written another way ---


@alternative("style_loss")
def by_einsum(maps, target):
    """einsum, image by image."""
    loss, dmaps = 0.0, np.zeros_like(maps)
    for i, (image, wanted) in enumerate(zip(maps, target)):
        d = np.einsum("ahw,bhw->ab", image, image) / image.size - wanted
        loss += float((d * d).sum())
        dmaps[i] = 2 / image.size * np.einsum("ab,bhw->ahw", d + d.T, image)
    return loss / len(maps), dmaps / len(maps)


@alternative("style_loss")
def by_autograd(maps, target):
    """torch's autograd."""
    import torch

    x = torch.tensor(maps, requires_grad=True)
    rows = x.flatten(2)
    gram = torch.bmm(rows, rows.transpose(1, 2)) / rows[0].numel()
    loss = (gram - torch.tensor(target)).square().sum(dim=(1, 2)).mean()
    loss.backward()
    return loss.item(), x.grad.numpy()

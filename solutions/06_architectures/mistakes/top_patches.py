"""Wrong answers to `top_patches` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _field(layers, wrong):
    field, jump, start = 1, 1, 0
    if wrong == "layers_from_the_top":
        layers = layers[::-1]
    for number, (kernel, stride, padding) in enumerate(layers):
        if wrong == "last_layer_alone" and number < len(layers) - 1:
            jump *= stride
            continue
        if wrong == "field_starts_at_zero" and number == 0:
            field = 0
        steps = kernel if wrong == "kernel_in_place_of_steps" else kernel - 1
        if wrong == "stride_too_early":
            jump *= stride
        field += steps * (1 if wrong == "strides_ignored_in_field" else jump)
        if wrong == "fields_multiplied" and number:
            field = (field - steps * jump) * kernel
        shift = padding * (1 if wrong == "padding_in_pixels_of_the_map" else jump)
        if wrong == "padding_of_the_first_alone" and number:
            shift = 0
        if wrong == "padding_of_the_last_alone":
            start = 0
        start -= shift
        if wrong != "stride_too_early":
            jump *= stride
    if wrong == "padding_ignored":
        start = 0
    if wrong == "padding_added":
        start = -start
    if wrong == "jump_of_one":
        jump = 1
    if wrong == "jump_below_the_last":
        jump //= layers[-1][1]
    if wrong == "jumps_added":
        jump = sum(stride for _, stride, _ in layers)
    if wrong == "centred":
        start = -(field // 2)
    if wrong == "one_pixel_short":
        field -= 1
    if wrong == "one_pixel_more":
        field += 1
    if wrong == "first_kernel_alone":
        field = layers[0][0]
    if wrong == "pixel_of_the_jump":
        field = jump
    return field, jump, start


def _made(maps, layers, size, k, wrong):
    field, jump, start = _field(layers, wrong)
    n, h, w = maps.shape
    score = np.abs(maps) if wrong == "sizes" else maps
    flat = score.reshape(n, -1)
    best, order = flat.max(axis=1), None
    if wrong == "smallest":
        best = flat.min(axis=1)
        order = np.argsort(best, kind="stable")
    elif wrong == "smallest_first":
        order = np.argsort(best, kind="stable")[-k:] if k < n else np.argsort(best, kind="stable")
    elif wrong == "larger_image_first":
        order = np.argsort(best, kind="stable")[::-1]
    elif wrong == "in_order_of_images":
        order = np.sort(np.argsort(-best, kind="stable")[:k])
    elif wrong == "mean_response":
        order = np.argsort(-flat.mean(axis=1), kind="stable")
    elif wrong == "unstable":
        order = np.argsort(-best)
    elif wrong == "first_images":
        order = np.arange(n)
    else:
        order = np.argsort(-best, kind="stable")
    if wrong == "several_of_one_image":
        chosen = np.argsort(-maps.ravel(), kind="stable")[:k]
        order, places = chosen // (h * w), chosen % (h * w)
        values = maps.ravel()[chosen]
    else:
        order = order[:k]
        places = flat[order].argmax(axis=1)
        if wrong == "smallest":
            places = flat[order].argmin(axis=1)
        if wrong == "last_of_equal":
            places = h * w - 1 - flat[order][:, ::-1].argmax(axis=1)
        if wrong == "column_by_column":
            turned = maps[order].transpose(0, 2, 1).reshape(len(order), -1).argmax(axis=1)
            places = turned % h * w + turned // h
        values = maps.reshape(n, -1)[order, places]
        if wrong == "negative_is_zero":
            values = np.maximum(values, 0)
        if wrong == "mean_response":
            values = flat[order].mean(axis=1)
    rows, columns = places // w, places % w
    if wrong == "divided_by_the_height":
        rows, columns = places // h, places % h
    if wrong == "rows_and_columns_exchanged":
        rows, columns = columns, rows
    if wrong == "place_by_rank":
        order = np.arange(len(order))
    sides = []
    if wrong == "size_exchanged":
        size = size[::-1]
    for place, pixels in zip((rows, columns), size):
        first = start + place * jump
        if wrong == "shift_after_the_jump":
            first = (place + start) * jump
        last = first + field
        if wrong == "cut_before_the_size":
            last = np.maximum(first, 0) + field
        if wrong == "inclusive":
            last = last - 1
        if wrong == "cut_at_the_last_pixel":
            last = np.minimum(last, pixels - 1)
        if wrong == "moved_inside":
            first = np.clip(first, 0, max(pixels - field, 0))
            last = first + field
        if wrong not in ("uncut", "cut_at_the_end_alone"):
            first = np.maximum(first, 0)
        if wrong not in ("uncut", "cut_at_the_start_alone"):
            last = np.minimum(last, pixels)
        sides.append([first, last])
    (top, bottom), (left, right) = sides
    columns = [order, top, bottom, left, right]
    if wrong == "left_first":
        columns = [order, left, right, top, bottom]
    if wrong == "corners":
        columns = [order, top, left, bottom, right]
    if wrong == "sides_for_ends":
        columns = [order, top, bottom - top, left, right - left]
    if wrong == "without_the_image":
        columns = columns[1:]
    if wrong == "image_last":
        columns = [*columns[1:], order]
    boxes = np.stack(columns, axis=1)
    if wrong == "always_k" and len(order) < k:
        missing = k - len(order)
        return np.append(values, np.zeros(missing)), np.vstack(
            [boxes, np.zeros((missing, 5), dtype=int)]
        )
    if wrong == "boxes_alone":
        return boxes
    if wrong == "exchanged":
        return boxes, values
    if wrong == "float_boxes":
        return values, boxes.astype(np.float64)
    return values, boxes


@mistake(
    "top_patches",
    hint="One patch for each image: neighbouring responses see nearly the same.",
    read="sec-architectures-units",
)
def several_of_one_image(maps, layers, size, k):
    """The k largest responses are taken, also several of one image."""
    return _made(maps, layers, size, k, "several_of_one_image")


@mistake(
    "top_patches",
    hint="The unit's strongest responses are its largest ones.",
    read="sec-architectures-units",
)
def smallest(maps, layers, size, k):
    """The smallest responses are taken."""
    return _made(maps, layers, size, k, "smallest")


@mistake(
    "top_patches",
    hint="A response of −5 is a weak one: the largest counts, and not the largest in size.",
    read="sec-architectures-units",
)
def sizes(maps, layers, size, k):
    """Responses are compared without their signs."""
    return _made(maps, layers, size, k, "sizes")


@mistake("top_patches", hint="The largest response first.", read="sec-architectures-units")
def smallest_first(maps, layers, size, k):
    """The largest response comes last."""
    return _made(maps, layers, size, k, "smallest_first")


@mistake("top_patches", hint="The largest response first.", read="sec-architectures-units")
def in_order_of_images(maps, layers, size, k):
    """The patches come in the order of the images."""
    return _made(maps, layers, size, k, "in_order_of_images")


@mistake(
    "top_patches", hint="Each image's largest response counts.", read="sec-architectures-units"
)
def mean_response(maps, layers, size, k):
    """Images are ordered by their mean response."""
    return _made(maps, layers, size, k, "mean_response")


@mistake(
    "top_patches",
    hint="Those images whose largest response is the largest.",
    read="sec-architectures-units",
)
def first_images(maps, layers, size, k):
    """The first k images are taken."""
    return _made(maps, layers, size, k, "first_images")


@mistake(
    "top_patches",
    hint="An image may have negative responses alone. Its largest is negative.",
    read="sec-architectures-units",
)
def negative_is_zero(maps, layers, size, k):
    """Negative responses are returned as 0."""
    return _made(maps, layers, size, k, "negative_is_zero")


@mistake(
    "top_patches",
    hint="The first entry of a box is the number of the image, in `maps`.",
    read="sec-architectures-units",
)
def place_by_rank(maps, layers, size, k):
    """The image's number in a box is its rank."""
    return _made(maps, layers, size, k, "place_by_rank")


@mistake(
    "top_patches",
    hint="The smaller number first. Turning a sorted list round turns equal entries round, too.",
    read="sec-architectures-units",
    corner="equal responses",
)
def larger_image_first(maps, layers, size, k):
    """Of images with equal responses the one with the larger number comes first."""
    return _made(maps, layers, size, k, "larger_image_first")


@mistake(
    "top_patches",
    hint="The first one, row by row.",
    read="sec-architectures-units",
    corner="equal responses",
)
def last_of_equal(maps, layers, size, k):
    """Of equal responses in an image the last is taken."""
    return _made(maps, layers, size, k, "last_of_equal")


@mistake(
    "top_patches", hint="Row by row.", read="sec-architectures-units", corner="equal responses"
)
def column_by_column(maps, layers, size, k):
    """Of equal responses in an image the first is taken, column by column."""
    values, boxes = _made(maps, layers, size, k, "column_by_column")
    return values, boxes


@mistake(
    "top_patches",
    hint="A row has w entries: row = place // w, column = place % w.",
    read="sec-architectures-units",
)
def divided_by_the_height(maps, layers, size, k):
    """The place in the flat map is divided by the height."""
    return _made(maps, layers, size, k, "divided_by_the_height")


@mistake("top_patches", same_as="left_first")
def rows_and_columns_exchanged(maps, layers, size, k):
    """Rows and columns of the map are exchanged."""
    return _made(maps, layers, size, k, "rows_and_columns_exchanged")


@mistake(
    "top_patches",
    hint="There are as many as there are images, if these are fewer than k.",
    read="sec-architectures-units",
)
def always_k(maps, layers, size, k):
    """There are k results also where there are fewer images."""
    return _made(maps, layers, size, k, "always_k")


@mistake("top_patches", hint="(image, top, bottom, left, right).", read="sec-architectures-units")
def left_first(maps, layers, size, k):
    """A box has left and right before top and bottom."""
    return _made(maps, layers, size, k, "left_first")


@mistake("top_patches", hint="(image, top, bottom, left, right).", read="sec-architectures-units")
def corners(maps, layers, size, k):
    """A box is given by its corners: top, left, bottom, right."""
    return _made(maps, layers, size, k, "corners")


@mistake(
    "top_patches", hint="bottom and right are where the patch ends.", read="sec-architectures-units"
)
def sides_for_ends(maps, layers, size, k):
    """A box has its height and width in place of bottom and right."""
    return _made(maps, layers, size, k, "sides_for_ends")


@mistake("top_patches", hint="It comes first.", read="sec-architectures-units")
def image_last(maps, layers, size, k):
    """The image's number comes last in a box."""
    return _made(maps, layers, size, k, "image_last")


@mistake("top_patches", hint="(image, top, bottom, left, right).", read="sec-architectures-units")
def without_the_image(maps, layers, size, k):
    """The boxes lack the image's number."""
    return _made(maps, layers, size, k, "without_the_image")


@mistake("top_patches", same_as="one_pixel_short")
def inclusive(maps, layers, size, k):
    """bottom and right are the last row and column of the patch."""
    return _made(maps, layers, size, k, "inclusive")


@mistake(
    "top_patches",
    hint="Two results are asked for: values and boxes.",
    read="sec-architectures-units",
)
def boxes_alone(maps, layers, size, k):
    """The boxes alone are returned."""
    return _made(maps, layers, size, k, "boxes_alone")


@mistake("top_patches", hint="Values come first.", read="sec-architectures-units")
def exchanged(maps, layers, size, k):
    """Boxes are returned first, and values second."""
    return _made(maps, layers, size, k, "exchanged")


@mistake(
    "top_patches",
    hint="Boxes are whole numbers: they are used in slices.",
    read="sec-architectures-units",
)
def float_boxes(maps, layers, size, k):
    """Boxes are floats."""
    return _made(maps, layers, size, k, "float_boxes")


@mistake(
    "top_patches", hint="Through further layers a unit sees more.", read="sec-conv-field-recursion"
)
def first_kernel_alone(maps, layers, size, k):
    """The field is as large as the first layer's kernel."""
    return _made(maps, layers, size, k, "first_kernel_alone")


@mistake(
    "top_patches",
    hint="Patches overlap: the field is larger than the jump.",
    read="sec-conv-field-recursion",
)
def pixel_of_the_jump(maps, layers, size, k):
    """The patch is as large as the distance of neighbouring patches."""
    return _made(maps, layers, size, k, "pixel_of_the_jump")


@mistake(
    "top_patches",
    hint="A kernel of k adds k − 1 further places: the first it has in common with the field before.",
    read="sec-conv-field-recursion",
)
def kernel_in_place_of_steps(maps, layers, size, k):
    """Each layer enlarges the field by its whole kernel."""
    return _made(maps, layers, size, k, "kernel_in_place_of_steps")


@mistake("top_patches", same_as="one_pixel_short")
def field_starts_at_zero(maps, layers, size, k):
    """The field of a pixel is taken to have no pixel."""
    return _made(maps, layers, size, k, "field_starts_at_zero")


@mistake(
    "top_patches",
    hint="A field begins with 1, the pixel itself, and each kernel adds (k − 1) · jump. bottom and right are the first row and column *behind* it.",
    read="sec-conv-field-recursion",
)
def one_pixel_short(maps, layers, size, k):
    """The field is one pixel too small."""
    return _made(maps, layers, size, k, "one_pixel_short")


@mistake("top_patches", same_as="kernel_in_place_of_steps")
def one_pixel_more(maps, layers, size, k):
    """The field is one pixel too large."""
    return _made(maps, layers, size, k, "one_pixel_more")


@mistake(
    "top_patches",
    hint="Behind a stride of 2, neighbouring entries are two pixels apart, so that a kernel reaches twice as far.",
    read="sec-conv-field-recursion",
)
def strides_ignored_in_field(maps, layers, size, k):
    """The strides of earlier layers do not enlarge the field."""
    return _made(maps, layers, size, k, "strides_ignored_in_field")


@mistake(
    "top_patches",
    hint="A kernel's entries are as far apart as the layers *before* it make them. Its own stride is for what comes after.",
    read="sec-conv-field-recursion",
)
def stride_too_early(maps, layers, size, k):
    """A layer's own stride enlarges its own step."""
    return _made(maps, layers, size, k, "stride_too_early")


@mistake("top_patches", same_as="kernel_in_place_of_steps")
def fields_multiplied(maps, layers, size, k):
    """The kernels are multiplied."""
    return _made(maps, layers, size, k, "fields_multiplied")


@mistake(
    "top_patches",
    hint="The first layer of the list is the one at the image.",
    read="sec-conv-field-recursion",
)
def layers_from_the_top(maps, layers, size, k):
    """The layers are taken from the top to the image."""
    return _made(maps, layers, size, k, "layers_from_the_top")


@mistake(
    "top_patches",
    hint="They are as far apart as all strides multiplied.",
    read="sec-conv-field-recursion",
)
def jump_of_one(maps, layers, size, k):
    """Neighbouring responses are taken to see patches one pixel apart."""
    return _made(maps, layers, size, k, "jump_of_one")


@mistake(
    "top_patches",
    hint="They are multiplied: two layers with a stride of 2 make steps of 4 pixels.",
    read="sec-conv-field-recursion",
)
def jumps_added(maps, layers, size, k):
    """The strides are added up."""
    return _made(maps, layers, size, k, "jumps_added")


@mistake(
    "top_patches", hint="All layers do, each by (k − 1) · jump.", read="sec-conv-field-recursion"
)
def last_layer_alone(maps, layers, size, k):
    """Only the last layer's kernel enlarges the field."""
    return _made(maps, layers, size, k, "last_layer_alone")


@mistake(
    "top_patches",
    hint="With padding, the first response's window begins before the image.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def padding_ignored(maps, layers, size, k):
    """The padding does not shift the field."""
    return _made(maps, layers, size, k, "padding_ignored")


@mistake(
    "top_patches",
    hint="The first window begins *before* the image: at −padding.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def padding_added(maps, layers, size, k):
    """The padding shifts the field to the wrong side."""
    return _made(maps, layers, size, k, "padding_added")


@mistake(
    "top_patches",
    hint="It counts in entries of the map that it pads, which are `jump` pixels apart.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def padding_in_pixels_of_the_map(maps, layers, size, k):
    """A later layer's padding counts in pixels of the image."""
    return _made(maps, layers, size, k, "padding_in_pixels_of_the_map")


@mistake(
    "top_patches",
    hint="Each layer's padding does.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def padding_of_the_first_alone(maps, layers, size, k):
    """Only the first layer's padding shifts the field."""
    return _made(maps, layers, size, k, "padding_of_the_first_alone")


@mistake(
    "top_patches",
    hint="Each layer's padding does.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def padding_of_the_last_alone(maps, layers, size, k):
    """Only the last layer's padding shifts the field."""
    return _made(maps, layers, size, k, "padding_of_the_last_alone")


@mistake(
    "top_patches",
    hint="The start is in pixels of the image: start + place · jump.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def shift_after_the_jump(maps, layers, size, k):
    """The padding's shift is multiplied by the jump once more."""
    return _made(maps, layers, size, k, "shift_after_the_jump")


@mistake(
    "top_patches",
    hint="It begins at start + place · jump, which is centred there only if the padding says so.",
    read="sec-architectures-units",
)
def centred(maps, layers, size, k):
    """The field is centred at place · jump."""
    return _made(maps, layers, size, k, "centred")


@mistake(
    "top_patches",
    hint="A negative start of a slice counts from the end: cut the box at 0 and at the size.",
    read="sec-architectures-units",
    corner="the border",
)
def uncut(maps, layers, size, k):
    """What lies outside of the image is not cut off."""
    return _made(maps, layers, size, k, "uncut")


@mistake(
    "top_patches",
    hint="What lies outside is cut off on any side.",
    read="sec-architectures-units",
    corner="the border",
)
def cut_at_the_start_alone(maps, layers, size, k):
    """Boxes are not cut off at the lower and right border."""
    return _made(maps, layers, size, k, "cut_at_the_start_alone")


@mistake(
    "top_patches",
    hint="What lies outside is cut off on any side.",
    read="sec-architectures-units",
    corner="the border",
)
def cut_at_the_end_alone(maps, layers, size, k):
    """Boxes are not cut off at the upper and left border."""
    return _made(maps, layers, size, k, "cut_at_the_end_alone")


@mistake(
    "top_patches",
    hint="The end is where it was: a field that begins outside has fewer pixels inside.",
    read="sec-architectures-units",
    corner="the border",
)
def cut_before_the_size(maps, layers, size, k):
    """The start is cut off first, and the field laid on from there."""
    return _made(maps, layers, size, k, "cut_before_the_size")


@mistake(
    "top_patches",
    hint="What lies outside is cut off: the response has seen fewer pixels there.",
    read="sec-architectures-units",
    corner="the border",
)
def moved_inside(maps, layers, size, k):
    """A field that sticks out is moved into the image."""
    return _made(maps, layers, size, k, "moved_inside")


@mistake("top_patches", hint="size is (H, W).", read="sec-architectures-units")
def size_exchanged(maps, layers, size, k):
    """The image's height and width are exchanged."""
    return _made(maps, layers, size, k, "size_exchanged")


@mistake(
    "top_patches",
    hint="bottom and right may be as large as H and W: they are the first behind the patch.",
    read="sec-architectures-units",
)
def cut_at_the_last_pixel(maps, layers, size, k):
    """Boxes end before the last row and column."""
    return _made(maps, layers, size, k, "cut_at_the_last_pixel")


@mistake(
    "top_patches",
    hint="The last layer's stride moves its window, too: the jump is the product of all strides. Only the field's size does without the last one.",
    read="sec-conv-field-recursion",
)
def jump_below_the_last(maps, layers, size, k):
    """Neighbouring responses are taken to be as far apart as the windows of the last layer see their inputs: its own stride is left out."""
    return _made(maps, layers, size, k, "jump_below_the_last")


@mistake(
    "top_patches",
    hint="np.argsort keeps equal entries in their order only with kind='stable'. Without it, it does so for a few entries and not for many.",
    read="sec-architectures-units",
    at="top_patches: equal responses of sixty images",
    corner="equal responses",
)
def unstable(maps, layers, size, k):
    """Images with equal responses come in whatever order the sort leaves them in."""
    return _made(maps, layers, size, k, "unstable")


# --- right answers, written another way ---


@alternative("top_patches")
def image_by_image(maps, layers, size, k):
    """A loop over the images, and a field from the top down."""
    found = []
    for i, responses in enumerate(maps):
        r, c = np.unravel_index(np.argmax(responses), responses.shape)
        box = [i]
        for place, pixels in ((int(r), size[0]), (int(c), size[1])):
            low = high = place
            for kernel, stride, padding in reversed(layers):
                low, high = low * stride - padding, high * stride - padding + kernel - 1
            box += [max(low, 0), min(high + 1, pixels)]
        found.append((float(responses.max()), box))
    found.sort(key=lambda pair: -pair[0])
    return np.array([value for value, _ in found[:k]]), np.array([box for _, box in found[:k]])


@alternative("top_patches")
def by_lexsort(maps, layers, size, k):
    """Sorted by two keys, with closed formulas for the field."""
    strides = np.cumprod([1, *(s for _, s, _ in layers)])
    field = 1 + sum((kernel - 1) * j for (kernel, _, _), j in zip(layers, strides))
    start = -sum(padding * j for (_, _, padding), j in zip(layers, strides))
    n, _h, w = maps.shape
    top = maps.max(axis=(1, 2))
    images = np.lexsort((np.arange(n), -top))[: min(k, n)]
    boxes = np.empty((len(images), 5), dtype=int)
    for row, i in enumerate(images):
        y, x = divmod(int(maps[i].argmax()), w)
        y, x = start + y * strides[-1], start + x * strides[-1]
        boxes[row] = i, max(0, y), min(size[0], y + field), max(0, x), min(size[1], x + field)
    return top[images], boxes

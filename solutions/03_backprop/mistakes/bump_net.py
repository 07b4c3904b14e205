"""Wrong answers to `bump_net` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _bumps(boxes, heights, slope, signs=(1.0, -1.0, 1.0, -1.0), threshold=1.5):
    count = len(boxes)
    along = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    return [
        (slope * np.tile(along, (count, 1)), -slope * boxes.ravel()),
        (slope * np.kron(np.eye(count), [signs]), np.full(count, -threshold * slope)),
        (heights[None], np.zeros(1)),
    ]


@mistake(
    "bump_net",
    hint="Without a threshold, the sum of the ridges is a cross: it is large all along both of them.",
    read="sec-backprop-bump",
)
def no_threshold(boxes, heights, slope):
    """The second layer has no bias."""
    return _bumps(boxes, heights, slope, threshold=0.0)


@mistake(
    "bump_net",
    hint="Inside the box the sum of the ridges is 2, on one ridge alone it is 1. Where is the middle between these two?",
    read="sec-backprop-bump",
)
def threshold_on_ridge(boxes, heights, slope):
    """The bump's threshold is 1, the height of a single ridge."""
    return _bumps(boxes, heights, slope, threshold=1.0)


@mistake(
    "bump_net",
    hint="Inside the box the sum of the ridges only comes near 2, so a threshold of 2 halves the bump there. Where is the middle between 2 and 1?",
    read="sec-backprop-bump",
)
def threshold_at_top(boxes, heights, slope):
    """The bump's threshold is 2."""
    return _bumps(boxes, heights, slope, threshold=2.0)


@mistake(
    "bump_net",
    hint="½ lies between nothing and one ridge, and lets the ridges pass outside of the box as well. The threshold has to be between 1 and 2.",
    read="sec-backprop-bump",
)
def threshold_half(boxes, heights, slope):
    """The bump's threshold is ½."""
    return _bumps(boxes, heights, slope, threshold=0.5)


@mistake(
    "bump_net",
    hint="A bump needs both ridges. One alone is high however far one walks along it.",
    read="sec-backprop-bump",
)
def single_ridge(boxes, heights, slope):
    """Only the ridge along one coordinate is used."""
    return _bumps(boxes, heights, slope, (1.0, -1.0, 0.0, 0.0), threshold=0.5)


@mistake("bump_net", same_as="single_ridge")
def single_ridge_along_y(boxes, heights, slope):
    """Only the ridge along y is used."""
    return _bumps(boxes, heights, slope, (0.0, 0.0, 1.0, -1.0), threshold=0.5)


@mistake("bump_net", same_as="single_ridge")
def single_ridge_and_usual_threshold(boxes, heights, slope):
    """Only the ridge along x is used, and the threshold is 3/2."""
    return _bumps(boxes, heights, slope, (1.0, -1.0, 0.0, 0.0))


@mistake("bump_net", same_as="single_ridge")
def single_ridge_along_y_and_usual_threshold(boxes, heights, slope):
    """Only the ridge along y is used, and the threshold is 3/2."""
    return _bumps(boxes, heights, slope, (0.0, 0.0, 1.0, -1.0))


@mistake("bump_net", same_as="single_ridge")
def single_ridge_and_threshold_of_one(boxes, heights, slope):
    """Only the ridge along x is used, and the threshold is 1."""
    return _bumps(boxes, heights, slope, (1.0, -1.0, 0.0, 0.0), threshold=1.0)


@mistake(
    "bump_net",
    hint="Each ridge needs its second cliff, which goes down again at x1 or y1. With the rising ones alone, a quarter of the plane is high.",
    read="sec-backprop-bump",
)
def cliffs_up_alone(boxes, heights, slope):
    """Only the rising cliffs are used."""
    return _bumps(boxes, heights, slope, (1.0, 0.0, 1.0, 0.0))


@mistake(
    "bump_net",
    hint="Both cliffs of a ridge were added. The second must go down again.",
    read="sec-backprop-bump",
)
def cliffs_added(boxes, heights, slope):
    """Both cliffs of a ridge go up."""
    return _bumps(boxes, heights, slope, (1.0, 1.0, 1.0, 1.0))


@mistake(
    "bump_net",
    hint="The first cliff goes up, at x0, and the second one down, at x1. Yours make a valley.",
    read="sec-backprop-bump",
)
def valley(boxes, heights, slope):
    """The ridges are upside down."""
    return _bumps(boxes, heights, slope, (-1.0, 1.0, -1.0, 1.0))


@mistake(
    "bump_net",
    hint="σ(s (x − c)) = σ(s x − s c): the bias takes the slope as well.",
    read="sec-backprop-bump",
)
def bias_without_slope(boxes, heights, slope):
    """The first layer's biases lack the slope."""
    layers = _bumps(boxes, heights, slope)
    layers[0] = (layers[0][0], -boxes.ravel())
    return layers


@mistake(
    "bump_net",
    hint="The bump's cliff has the slope, too: σ(s (…)).",
    read="sec-backprop-bump",
)
def second_slope_missing(boxes, heights, slope):
    """The second layer lacks the slope."""
    layers = _bumps(boxes, heights, slope)
    layers[1] = (layers[1][0] / slope, layers[1][1] / slope)
    return layers


@mistake(
    "bump_net",
    hint="σ(s (r − c)) = σ(s r − s c): the second layer's bias takes the slope as well.",
    read="sec-backprop-bump",
)
def second_bias_without_slope(boxes, heights, slope):
    """The second layer's bias lacks the slope."""
    layers = _bumps(boxes, heights, slope)
    layers[1] = (layers[1][0], layers[1][1] / slope)
    return layers


@mistake(
    "bump_net",
    hint="A bias moves a cliff to c when it is −s c. Yours stands at −c.",
    read="sec-backprop-bump",
)
def bias_sign(boxes, heights, slope):
    """The first layer's biases have the wrong sign."""
    layers = _bumps(boxes, heights, slope)
    layers[0] = (layers[0][0], slope * boxes.ravel())
    return layers


@mistake(
    "bump_net",
    hint="The order is x0, x1, y0, y1: both ends of x come first.",
    read="sec-backprop-bump",
)
def corners_misread(boxes, heights, slope):
    """Boxes are read as x0, y0, x1, y1."""
    return _bumps(boxes[:, [0, 2, 1, 3]], heights, slope)


@mistake(
    "bump_net",
    hint="x and y have changed places.",
    read="sec-backprop-bump",
)
def axes_swapped(boxes, heights, slope):
    """x and y are swapped."""
    return _bumps(boxes[:, [2, 3, 0, 1]], heights, slope)


@mistake(
    "bump_net",
    corner="several boxes",
    hint="Every bump reads the ridges of all boxes. Each needs its own four units, and zeros for the others.",
    read="sec-backprop-bump",
)
def ridges_shared(boxes, heights, slope):
    """Every bump adds up the ridges of all boxes."""
    layers, count = _bumps(boxes, heights, slope), len(boxes)
    layers[1] = (slope * np.tile([1.0, -1.0, 1.0, -1.0], (count, count)), layers[1][1])
    return layers


@mistake(
    "bump_net",
    hint="The output weighs each bump by its height. Yours are all 1 high.",
    read="sec-backprop-bump",
)
def heights_ignored(boxes, heights, slope):
    """Every bump is 1 high."""
    layers = _bumps(boxes, heights, slope)
    layers[2] = (np.ones((1, len(boxes))), layers[2][1])
    return layers


@mistake(
    "bump_net",
    corner="several boxes",
    hint="A weight of the last layer has a row for each output, and there is one output: shape (1, B).",
    read="sec-backprop-mlp",
)
def column_of_heights(boxes, heights, slope):
    """The last weight is a column, or has one axis."""
    layers = _bumps(boxes, heights, slope)
    layers[2] = (heights[:, None], layers[2][1])
    return layers


@mistake("bump_net", same_as="column_of_heights")
def flat_heights(boxes, heights, slope):
    """The last weight has one axis."""
    layers = _bumps(boxes, heights, slope)
    layers[2] = (heights.copy(), layers[2][1])
    return layers


@mistake(
    "bump_net",
    hint="mlp_loss has weights of shape (outputs, inputs). Yours are the other way round.",
    read="sec-backprop-mlp",
)
def weights_transposed(boxes, heights, slope):
    """All weights are transposed: (inputs, outputs)."""
    return [(weight.T, bias) for weight, bias in _bumps(boxes, heights, slope)]


@mistake(
    "bump_net",
    hint="σ(s (r − c)) = σ(s r − s c): the bias of a bump is negative. Yours adds to the ridges, and every bump is on everywhere.",
    read="sec-backprop-bump",
)
def second_bias_sign(boxes, heights, slope):
    """The second layer's bias has the wrong sign."""
    return _bumps(boxes, heights, slope, threshold=-1.5)


@mistake(
    "bump_net",
    hint="The network has three layers: cliffs, bumps, and the output, which weighs the bumps by their heights.",
    read="sec-backprop-bump",
)
def output_not_written(boxes, heights, slope):
    """The layer of the heights is missing."""
    return _bumps(boxes, heights, slope)[:2]


@mistake(
    "bump_net",
    hint="The heights multiply the ridges, inside the sigmoid, and every bump is nearly 0 or 1 high. The last layer multiplies the bumps.",
    read="sec-backprop-bump",
)
def heights_inside_the_sigmoid(boxes, heights, slope):
    """The heights are in the second layer, not in the last."""
    first, (weight, bias), (_, output_bias) = _bumps(boxes, heights, slope)
    return [first, (weight * heights[:, None], bias), (np.ones((1, len(boxes))), output_bias)]


@mistake(
    "bump_net",
    hint="Your second cliff falls already, with the weight −s, and is then subtracted: that adds a rising one, less a constant. Let it fall, or subtract it, not both.",
    read="sec-backprop-bump",
)
def falls_twice(boxes, heights, slope):
    """The second cliff of a ridge falls, and is subtracted all the same."""
    layers = _bumps(boxes, heights, slope)
    sign = np.tile([1.0, -1.0, 1.0, -1.0], len(boxes))
    layers[0] = (layers[0][0] * sign[:, None], layers[0][1] * sign)
    return layers


@mistake(
    "bump_net",
    corner="several boxes",
    hint="Your first layer has its cliffs in one order (all x0, all x1, …), and your second layer reads them in another (box by box). With one box, both are the same.",
    read="sec-backprop-bump",
)
def cliffs_in_two_orders(boxes, heights, slope):
    """The first layer goes edge by edge, the second box by box."""
    layers = _bumps(boxes, heights, slope)
    along = np.repeat([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], len(boxes), axis=0)
    layers[0] = (slope * along, -slope * boxes.T.ravel())
    return layers


@mistake(
    "bump_net",
    hint="The slope makes cliffs steep, inside the sigmoids. The last layer has none: its weights are the heights.",
    read="sec-backprop-bump",
)
def heights_times_slope(boxes, heights, slope):
    """The last layer multiplies the heights by the slope."""
    return _bumps(boxes, slope * heights, slope)


@mistake(
    "bump_net",
    hint="The threshold 3/2 belongs into the second layer, inside the sigmoid. The output is the plain sum of the bumps, with a bias of 0.",
    read="sec-backprop-bump",
)
def output_bias(boxes, heights, slope):
    """The last layer has the bias −3/2 as well."""
    first, second, (w3, _) = _bumps(boxes, heights, slope)
    return [first, second, (w3, np.array([-1.5]))]


@mistake(
    "bump_net",
    hint="A height may be negative, and the bump is then a dent. Yours are all positive.",
    read="sec-backprop-bump",
)
def heights_without_sign(boxes, heights, slope):
    """The heights lose their sign."""
    B = len(boxes)
    w1 = np.zeros((4 * B, 2))
    b1 = np.zeros(4 * B)
    w2 = np.zeros((B, 4 * B))
    b2 = np.full(B, -1.5 * slope)
    for i, (x0, x1, y0, y1) in enumerate(boxes):
        w1[4 * i] = [slope, 0]
        w1[4 * i + 1] = [slope, 0]
        w1[4 * i + 2] = [0, slope]
        w1[4 * i + 3] = [0, slope]
        b1[4 * i : 4 * i + 4] = [-slope * x0, -slope * x1, -slope * y0, -slope * y1]
        w2[i, 4 * i : 4 * i + 4] = [slope, -slope, slope, -slope]
    return [(w1, b1), (w2, b2), (np.abs(heights).reshape(1, B), np.zeros(1))]


@mistake(
    "bump_net",
    hint="The cliffs of the first layer are steep already, and their outputs lie between 0 and 1: the second layer multiplies them by s, once.",
    read="sec-backprop-bump",
)
def slope_twice(boxes, heights, slope):
    """The second layer's weights take the slope twice."""
    B = len(boxes)
    w1 = np.zeros((4 * B, 2))
    b1 = np.zeros(4 * B)
    w2 = np.zeros((B, 4 * B))
    b2 = np.full(B, -1.5 * slope)
    for i, (x0, x1, y0, y1) in enumerate(boxes):
        w1[4 * i] = [slope, 0]
        w1[4 * i + 1] = [slope, 0]
        w1[4 * i + 2] = [0, slope]
        w1[4 * i + 3] = [0, slope]
        b1[4 * i : 4 * i + 4] = [-slope * x0, -slope * x1, -slope * y0, -slope * y1]
        w2[i, 4 * i : 4 * i + 4] = [slope**2, -(slope**2), slope**2, -(slope**2)]
    return [(w1, b1), (w2, b2), (heights.reshape(1, B), np.zeros(1))]


@mistake(
    "bump_net",
    hint="Far from all boxes the output is nearly 0, so the last layer's bias is 0.",
    read="sec-backprop-bump",
)
def output_bias_of_heights(boxes, heights, slope):
    """The output has a bias made of the heights."""
    B = len(boxes)
    w1 = np.zeros((4 * B, 2))
    b1 = np.zeros(4 * B)
    w2 = np.zeros((B, 4 * B))
    b2 = np.full(B, -1.5 * slope)
    for i, (x0, x1, y0, y1) in enumerate(boxes):
        w1[4 * i] = [slope, 0]
        w1[4 * i + 1] = [slope, 0]
        w1[4 * i + 2] = [0, slope]
        w1[4 * i + 3] = [0, slope]
        b1[4 * i : 4 * i + 4] = [-slope * x0, -slope * x1, -slope * y0, -slope * y1]
        w2[i, 4 * i : 4 * i + 4] = [slope, -slope, slope, -slope]
    return [(w1, b1), (w2, b2), (heights.reshape(1, B), np.array([heights.mean()]))]


# --- right answers, written another way ---


@alternative("bump_net")
def box_by_box(boxes, heights, slope):
    """Units filled in one at a time, in another order."""
    count = len(boxes)
    w1, b1 = np.zeros((4 * count, 2)), np.zeros(4 * count)
    w2, b2 = np.zeros((count, 4 * count)), np.zeros(count)
    for i, box in enumerate(boxes):
        for j, edge in enumerate(box):
            unit = j * count + i
            w1[unit, j // 2] = slope
            b1[unit] = -slope * edge
            w2[i, unit] = -slope if j % 2 else slope
        b2[i] = -slope * 3 / 2
    return [(w1, b1), (w2, b2), (np.array([heights]), np.array([0.0]))]


@alternative("bump_net")
def cliffs_down(boxes, heights, slope):
    """The second cliff of a ridge falls: 1 − σ(a) = σ(−a) moves a 1 into the bias."""
    count = len(boxes)
    sign = np.tile([1.0, -1.0, 1.0, -1.0], count)
    along = np.tile([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], (count, 1))
    w2 = np.zeros((count, 4 * count))
    for i in range(count):
        w2[i, 4 * i : 4 * i + 4] = slope
    layers = [(slope * sign[:, None] * along, -slope * sign * boxes.reshape(-1))]
    layers.append((w2, np.full(count, -3.5 * slope)))
    return [*layers, (heights.reshape(1, -1).copy(), np.zeros(1))]


@mistake(
    "bump_net",
    hint="σ(s (r − 3/2)) has the slope at r as well: s · r. Yours has it in the bias alone.",
    read="sec-backprop-bump",
)
def second_weights_without_slope(boxes, heights, slope):
    """The second layer's weights lack the slope, and its bias has it."""
    first, (weight, bias), last = _bumps(boxes, heights, slope)
    return [first, (weight / slope, bias), last]


@mistake(
    "bump_net",
    hint="σ(s (x − c)) has the slope at x as well: the weight is s. Yours has it in the bias alone.",
    read="sec-backprop-bump",
)
def first_weights_without_slope(boxes, heights, slope):
    """The first layer's weights lack the slope, and its biases have it."""
    (weight, bias), *others = _bumps(boxes, heights, slope)
    return [(weight / slope, bias), *others]


@mistake(
    "bump_net",
    hint="s (x − c) is s x − s c: the bias is the place times the slope, and not divided by it.",
    read="sec-backprop-bump",
)
def places_divided(boxes, heights, slope):
    """The first layer's biases are divided by the slope."""
    (weight, bias), *others = _bumps(boxes, heights, slope)
    return [(weight, bias / slope**2), *others]


@mistake(
    "bump_net",
    hint="All four cliffs of a box rise along x. Two of them belong to y: their weight stands in the second column.",
    read="sec-backprop-bump",
)
def all_along_x(boxes, heights, slope):
    """All cliffs rise along x."""
    (weight, bias), *others = _bumps(boxes, heights, slope)
    return [(np.stack([weight.sum(axis=1), 0 * bias], axis=1), bias), *others]


@mistake(
    "bump_net",
    hint="Your signs are up, up, down, down. In the order x0, x1, y0, y1 they are up, down, up, down.",
    read="sec-backprop-bump",
)
def signs_in_another_order(boxes, heights, slope):
    """The signs are those of the order x0, y0, x1, y1."""
    return _bumps(boxes, heights, slope, signs=(1.0, 1.0, -1.0, -1.0))


@mistake(
    "bump_net",
    hint="The second cliff of a ridge stands at x1, and not at x1 − x0, which is the ridge's width.",
    read="sec-backprop-bump",
)
def width_for_edge(boxes, heights, slope):
    """The second cliff stands at the width of the box."""
    x0, x1, y0, y1 = boxes.T
    return _bumps(np.stack([x0, x1 - x0, y0, y1 - y0], axis=1), heights, slope)


@mistake(
    "bump_net",
    corner="several boxes",
    hint="The cliffs of all boxes go into the first bump, and the other rows of the second weight are 0. Row k has the cliffs of box k.",
    read="sec-backprop-bump",
)
def all_in_the_first_row(boxes, heights, slope):
    """All boxes go into the first bump."""
    first, (weight, bias), last = _bumps(boxes, heights, slope)
    together = np.zeros_like(weight)
    together[0] = weight.sum(axis=0)
    return [first, (together, bias), last]


@mistake(
    "bump_net",
    corner="several boxes",
    hint="The output is the sum of the bumps. Yours is divided by their number.",
    read="sec-backprop-bump",
)
def bumps_averaged(boxes, heights, slope):
    """The bumps are averaged, not added."""
    return _bumps(boxes, heights / len(boxes), slope)

"""Wrong answers to `boolean_net` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "boolean_net",
    hint="Patterns that differ in one place have a product of D − 2 with each other. Your units still fire there.",
    read="sec-backprop-boolean",
)
def threshold_too_low(inputs, outputs):
    """The hidden threshold is too low: neighbours of a pattern fire as well."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 2.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="A pattern's product with itself is D, not more. Your threshold asks for more.",
    read="sec-backprop-boolean",
)
def threshold_too_high(inputs, outputs):
    """The hidden threshold is too high: no unit ever fires."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), -1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="Weights of 0 and 1 ignore what is false in a pattern, so that no threshold tells it from all the others. Inputs here are −1 and +1, and so are the weights.",
    read="sec-backprop-boolean",
)
def zero_one_weights(inputs, outputs):
    """The weights are 0 and 1, as for inputs of 0 and 1."""
    w1 = (inputs[outputs] > 0).astype(float)
    return w1, -w1.sum(axis=1), np.ones(len(w1)), -0.5


@mistake("boolean_net", same_as="zero_one_weights")
def zero_one_weights_centred(inputs, outputs):
    """The weights are 0 and 1, and the threshold is D."""
    w1 = (inputs[outputs] > 0).astype(float)
    return w1, np.full(len(w1), 0.5 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="OR of nothing is false. But where the output's bias is 0 or more, a sum of 0 fires as well: u(0) = 1.",
    read="sec-backprop-boolean",
)
def or_without_bias(inputs, outputs):
    """The output is always true, because its bias is not below 0."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), 0.0


@mistake(
    "boolean_net",
    hint="No two hidden units ever fire together, and one of them is enough for the output. Yours waits for several, as an AND does, or does not hear them: look at w2 and b2.",
    read="sec-backprop-boolean",
)
def and_of_units(inputs, outputs):
    """The output does not fire whenever a hidden unit does."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), 0.5 - len(w1)


@mistake("boolean_net", same_as="and_of_units")
def or_bias_too_low(inputs, outputs):
    """The output needs more than one hidden unit."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -1.5


@mistake(
    "boolean_net",
    hint="Where the function is true, a unit of its own has to answer, and the output is an or of them.",
    read="sec-backprop-boolean",
)
def negative_patterns(inputs, outputs):
    """The hidden units stand for the patterns that are false."""
    w1 = inputs[~outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="Each unit fires for the opposite of its pattern.",
    read="sec-backprop-boolean",
)
def weights_negated(inputs, outputs):
    """The hidden weights have the wrong sign."""
    w1 = -inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="A bias adds to the sum: to demand that it reach D − 1 or so, the bias is negative.",
    read="sec-backprop-boolean",
)
def bias_positive(inputs, outputs):
    """The hidden biases have the wrong sign."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), inputs.shape[1] - 1.0), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="One unit for each pattern, even where the function is false, is more than the text allows: H is the number of true patterns.",
    read="sec-backprop-boolean",
)
def unit_for_every_pattern(inputs, outputs):
    """There is a hidden unit for every pattern."""
    return (
        inputs.copy(),
        np.full(len(inputs), 1.0 - inputs.shape[1]),
        outputs.astype(float),
        -0.5,
    )


@mistake(
    "boolean_net",
    corner="never true",
    hint="A function that is never true has no hidden unit, and the empty arrays need shapes (0, D) and (0,). A list of no rows has lost its D.",
    read="sec-backprop-boolean",
)
def empty_shape(inputs, outputs):
    """Without true patterns, w1 has no second axis."""
    w1 = np.array([row for row, true in zip(inputs, outputs) if true])
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="The network has two layers: hidden units, one for each true pattern, and the output that reads them. You returned the first.",
    read="sec-backprop-boolean",
)
def output_not_written(inputs, outputs):
    """The output's weights are missing."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1])


@mistake(
    "boolean_net",
    hint="w1 has a row for each hidden unit and a column for each input: (H, D). Yours is the other way round.",
    read="sec-backprop-mlp",
)
def w1_transposed(inputs, outputs):
    """w1 is transposed: (D, H)."""
    w1 = inputs[outputs]
    return w1.T, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake("boolean_net", same_as="and_of_units")
def and_of_units_exactly(inputs, outputs):
    """The output fires when the sum of the hidden units reaches H."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -1.0 * len(w1)


@mistake(
    "boolean_net",
    hint="As integers, the outputs are indices: inputs[0] and inputs[1] again and again, a row for each pattern. Booleans select the rows that are true.",
    read="sec-arrays-fancy",
)
def truths_as_indices(inputs, outputs):
    """The outputs select rows as the indices 0 and 1."""
    w1 = inputs[outputs.astype(int)]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake("boolean_net", same_as="or_without_bias")
def or_with_positive_bias(inputs, outputs):
    """The output's bias is ½, where −½ was meant."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), 0.5


@mistake(
    "boolean_net",
    hint="Counting the ones of a pattern is for inputs of 0 and 1. With −1 and +1, every pattern's product with itself is D.",
    read="sec-backprop-boolean",
)
def bias_counts_ones(inputs, outputs):
    """The threshold of a hidden unit is the number of +1 in its pattern."""
    w1 = inputs[outputs]
    return w1, -(w1 > 0).sum(axis=1).astype(np.float64), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="w2 has one axis, (H,), since there is one output. Yours has a second.",
    read="sec-backprop-boolean",
)
def w2_with_two_axes(inputs, outputs):
    """The output's weights are a row or a column."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones((len(w1), 1)), -0.5


@mistake("boolean_net", same_as="w2_with_two_axes")
def w2_as_a_row(inputs, outputs):
    """The output's weights have shape (1, H)."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones((1, len(w1))), -0.5


@mistake("boolean_net", same_as="threshold_too_low")
def half_of_the_inputs(inputs, outputs):
    """The hidden threshold is D / 2."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), -inputs.shape[1] / 2), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="The sum of a pattern's ±1 is not its product with itself: that is D for every pattern, as (−1) · (−1) is 1. Your threshold depends on how many −1 there are.",
    read="sec-backprop-boolean",
)
def threshold_from_the_sum(inputs, outputs):
    """The threshold of a hidden unit is the sum of its pattern."""
    w1 = inputs[outputs]
    return w1, 1 - w1.sum(axis=1), np.ones(len(w1)), -0.5


@mistake("boolean_net", same_as="threshold_from_the_sum")
def threshold_is_the_sum(inputs, outputs):
    """The bias is minus the sum of the pattern."""
    w1 = inputs[outputs]
    return w1, -w1.sum(axis=1), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="The inputs are −1 and +1 already. 2x − 1 makes −3 of a −1, and the product of a pattern with its weights is D no more.",
    read="sec-backprop-boolean",
)
def converted_twice(inputs, outputs):
    """The weights are 2x − 1, as if the inputs were 0 and 1."""
    w1 = 2 * inputs[outputs] - 1
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake("boolean_net", same_as="and_of_units")
def units_averaged(inputs, outputs):
    """The output averages the hidden units."""
    w1 = inputs[outputs]
    w2 = np.full(len(w1), 1 / max(len(w1), 1))
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), w2, -0.5


@mistake("boolean_net", same_as="and_of_units")
def unheard_units(inputs, outputs):
    """The output's weights are 0."""
    D = inputs.shape[1]
    w1 = inputs[outputs].astype(float)
    H = w1.shape[0]
    b1 = np.full(H, -(D - 1.0))
    w2 = np.zeros(H)
    b2 = -0.5
    return w1, b1, w2, b2


@mistake("boolean_net", same_as="zero_one_weights")
def zero_one_weights_and_minus_ones(inputs, outputs):
    """The weights are 0 and 1, and the bias is 1 − D."""
    D = inputs.shape[1]
    w1 = (inputs[outputs] + 1) / 2
    H = w1.shape[0]
    b1 = np.full(H, -(D - 1.0))
    w2 = np.ones(H)
    b2 = -0.5
    return w1, b1, w2, b2


@mistake(
    "boolean_net",
    hint="Each hidden unit stands for a pattern where the function is true, so each speaks for the output: no weight of w2 is negative.",
    read="sec-backprop-boolean",
)
def alternating_weights(inputs, outputs):
    """The output's weights are 1 and −1 in turn."""
    D = inputs.shape[1]
    w1 = inputs[outputs].astype(float)
    H = w1.shape[0]
    b1 = np.full(H, -(D - 1.0))
    w2 = np.where(np.arange(H) % 2 == 0, 1.0, -1.0)
    b2 = -0.5
    return w1, b1, w2, b2


@mistake(
    "boolean_net",
    corner="never true",
    hint="H is the number of true patterns, so that it may be 0: the arrays are then empty, with the shapes (0, D), (0,) and (0,).",
    read="sec-backprop-boolean",
)
def dummy_unit(inputs, outputs):
    """A function that is never true has a hidden unit all the same."""
    D = inputs.shape[1]
    w1 = inputs[outputs].astype(float)
    w1 = w1 if len(w1) else np.zeros((1, D))
    H = w1.shape[0]
    b1 = np.full(H, -(D - 1.0))
    w2 = np.ones(H)
    b2 = -0.5
    return w1, b1, w2, b2


# --- right answers, written another way ---


@alternative("boolean_net")
def exact_thresholds(inputs, outputs):
    """The threshold D itself, and the output's 1: integers throughout."""
    h, d = int(outputs.sum()), inputs.shape[1]
    return inputs[outputs], np.full(h, -float(d)), np.ones(h), -1


@alternative("boolean_net")
def scaled(inputs, outputs):
    """Other weights that draw the same lines."""
    chosen = np.flatnonzero(outputs)
    w1 = 3.0 * inputs[chosen]
    return w1, np.full(len(chosen), -3.0 * inputs.shape[1] + 1), np.full(len(chosen), 2.0), -1.0


@alternative("boolean_net")
def another_order(inputs, outputs):
    """The hidden units from the last pattern to the first."""
    w1 = inputs[outputs][::-1].copy()
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="Your hidden units stand for the patterns where the function is false. The text wants one for each where it is true.",
    read="sec-backprop-boolean",
)
def units_of_the_false(inputs, outputs):
    """The hidden units are those of the false patterns."""
    w1 = inputs[~outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), -np.ones(len(w1)), 0.0


@mistake(
    "boolean_net",
    hint="The last pattern for which the function is true has no hidden unit. [:-1] leaves out the last row.",
    read="sec-backprop-boolean",
)
def last_pattern_left_out(inputs, outputs):
    """The last true pattern has no unit."""
    w1 = inputs[outputs][:-1]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5

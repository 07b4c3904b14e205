"""Wrong answers to `sgd` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "sgd",
    hint="The loss grows from step to step: the gradient points uphill.",
    read="sec-linear-descent",
)
def ascent(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The step goes up."""
    return _train(loss, x, y, weight, bias, -lr, momentum, batch_size, epochs, rng)


@mistake(
    "sgd",
    hint="Every step needs the gradient at the place where you are now. Yours is that of the epoch's start.",
    read="sec-linear-sgd",
)
def stale_gradient(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The gradient is taken at the start of the epoch."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        at = weight, bias
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], *at)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    corner="batches",
    hint="The first batch is used over and over: the batch must be cut anew in each step.",
    read="sec-linear-sgd",
)
def stale_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """All steps of an epoch use the same batch."""

    def batches(n, size, rng):
        first, *rest = _batches(n, size, rng)
        return [first] * (1 + len(rest))

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    corner="batches",
    hint="The images are in the new order, their labels in the old one. Index both with the same batch.",
    read="sec-linear-sgd",
)
def labels_not_shuffled(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The images are shuffled, the labels are not."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        shuffled = x[order]
        for start in range(0, len(x), batch_size):
            part = slice(start, start + batch_size)
            _, dweight, dbias = loss(shuffled[part], y[part], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    corner="batches",
    hint="x = x[order] keeps the new order for good, so that the next permutation meets images that are shuffled already. Take each epoch's batches from x and y as they were given.",
    read="sec-linear-sgd",
)
def shuffled_on_top(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """Each epoch shuffles what the last one has shuffled."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        x, y = x[order], y[order]
        for start in range(0, len(x), batch_size):
            part = slice(start, start + batch_size)
            _, dweight, dbias = loss(x[part], y[part], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    corner="the best epoch",
    hint="You return the last weights. The text asks for those after the best epoch. (If you kept the best: "
    "best = weight makes no copy, and weight -= … changes both.)",
    read="sec-linear-sgd",
)
def last_not_best(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The last weights are returned, not the best."""
    return _train(
        loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, pick=lambda h: -1
    )


@mistake("sgd", same_as="last_not_best", corner="the best epoch")
def best_is_an_alias(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The best weights are changed by later steps."""
    weight, bias = weight.copy(), bias.copy()
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    history, best = [], None
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight -= lr * velocity[0]
            bias -= lr * velocity[1]
        history.append(loss(x, y, weight, bias)[0])
        if history[-1] == min(history):
            best = weight, bias
    return (*best, np.array(history))


@mistake(
    "sgd",
    corner="the best epoch",
    hint="Of equally good epochs, the text asks for the first.",
    read="sec-linear-sgd",
)
def last_of_the_best(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The last of several best epochs is returned."""
    return _train(
        loss,
        x,
        y,
        weight,
        bias,
        lr,
        momentum,
        batch_size,
        epochs,
        rng,
        pick=lambda h: len(h) - 1 - h[::-1].argmin(),
    )


@mistake(
    "sgd",
    hint="You return the weights after the worst epoch.",
    read="sec-linear-sgd",
)
def worst_epoch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The weights of the highest loss are returned."""
    return _train(
        loss,
        x,
        y,
        weight,
        bias,
        lr,
        momentum,
        batch_size,
        epochs,
        rng,
        pick=lambda h: h.argmax(),
    )


@mistake(
    "sgd",
    corner="momentum",
    hint="momentum changes nothing in your steps. The velocity remembers: v ← μ v + g.",
    read="sec-linear-momentum",
)
def no_momentum(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """There is no momentum."""
    return _train(loss, x, y, weight, bias, lr, 0.0, batch_size, epochs, rng)


@mistake(
    "sgd",
    corner="momentum",
    hint="The gradient is weighed with 1 − μ. There are texts that do that; here it counts in full.",
    read="sec-linear-momentum",
)
def running_mean(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The velocity is a running mean of the gradients."""
    return _train(loss, x, y, weight, bias, lr * (1 - momentum), momentum, batch_size, epochs, rng)


@mistake(
    "sgd",
    corner="momentum",
    hint="The velocity starts at 0 once, not at the beginning of every epoch.",
    read="sec-linear-momentum",
)
def velocity_reset(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The velocity is set to 0 in each epoch."""
    seen = []
    for _ in range(epochs):
        velocity = [np.zeros_like(weight), np.zeros_like(bias)]
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="The step is taken with the velocity of the step before: update v first, then the parameter.",
    read="sec-linear-momentum",
)
def velocity_one_late(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The parameter moves before the velocity is updated."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    corner="momentum",
    hint="The velocity does not remember itself: v ← μ v + g has the old v in it, not the old g alone.",
    read="sec-linear-momentum",
)
def one_step_memory(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The velocity holds the last two gradients only."""
    before = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, *slopes = loss(x[batch], y[batch], weight, bias)
            weight = weight - lr * (momentum * before[0] + slopes[0])
            bias = bias - lr * (momentum * before[1] + slopes[1])
            before = slopes
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    corner="momentum",
    hint="The steps of bias have no momentum. Both parameters have a velocity.",
    read="sec-linear-momentum",
)
def bias_without_momentum(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The bias has no velocity."""
    velocity = np.zeros_like(weight)
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = momentum * velocity + dweight
            weight, bias = weight - lr * velocity, bias - lr * dbias
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="The bias never moves.",
    read="sec-linear-sgd",
)
def bias_stays(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The bias is not trained."""

    def frozen(a, b, w, c):
        value, dweight, dbias = loss(a, b, w, c)
        return value, dweight, 0 * dbias

    return _train(frozen, x, y, weight, bias, lr, momentum, batch_size, epochs, rng)


@mistake(
    "sgd",
    corner="batches",
    hint="The last batch of an epoch is left out. It counts, also where it is smaller than the others: a slice that goes beyond the end stops there by itself.",
    read="sec-linear-sgd",
)
def remainder_dropped(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The last batch is dropped."""

    def batches(n, size, rng):
        order = rng.permutation(n)
        return [order[i * size : (i + 1) * size] for i in range(max(1, n // size))]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake("sgd", same_as="remainder_dropped")
def last_batch_dropped(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The range of starts ends before the last batch, full or not."""

    def batches(n, size, rng):
        order = rng.permutation(n)
        return [order[start : start + size] for start in range(0, n - size, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake("sgd", same_as="remainder_dropped")
def one_full_batch_less(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """One is taken off the number of full batches."""

    def batches(n, size, rng):
        order = rng.permutation(n)
        return [order[i * size : (i + 1) * size] for i in range(n // size - 1)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake("sgd", same_as="remainder_dropped")
def one_batch_less(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """One is taken off the number of batches."""
    return _train(
        loss,
        x,
        y,
        weight,
        bias,
        lr,
        momentum,
        batch_size,
        epochs,
        rng,
        lambda *args: _batches(*args)[:-1],
    )


@mistake(
    "sgd",
    corner="batches",
    hint="Your batches have nearly equal sizes, and the text wants batch_size images in each but the last. range(0, N, batch_size) gives their starts.",
    read="sec-linear-sgd",
)
def equal_batches(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The images are split into batches of nearly equal size."""

    def batches(n, size, rng):
        return np.array_split(rng.permutation(n), max(1, n // size))

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="The learning rate is in the velocity and in the step, so that you multiply by it twice.",
    read="sec-linear-momentum",
)
def rate_twice(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The learning rate counts twice."""
    return _train(loss, x, y, weight, bias, lr**2, momentum, batch_size, epochs, rng)


@mistake(
    "sgd",
    hint="An epoch is one pass over all images, in batches of batch_size, each of which makes a step. Yours makes a single step.",
    read="sec-linear-sgd",
)
def one_batch_an_epoch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """An epoch is a single step."""

    def batches(n, size, rng):
        return [rng.permutation(n)[:size]]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake("sgd", same_as="one_batch_an_epoch")
def full_batches(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """Every step uses all images."""

    def batches(n, size, rng):
        return [rng.permutation(n)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    corner="batches",
    hint="The images keep their order. Data sets often come sorted: shuffle at the start of each epoch.",
    read="sec-linear-sgd",
)
def never_shuffled(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The images are not shuffled."""

    def batches(n, size, rng):
        return [np.arange(n)[i : i + size] for i in range(0, n, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    corner="batches",
    hint="All epochs have the same order. Draw a new one at the start of each.",
    read="sec-linear-sgd",
)
def shuffled_once(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The images are shuffled once, not in each epoch."""
    order = rng.permutation(len(x))

    def batches(n, size, rng):
        return [order[i : i + size] for i in range(0, n, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    corner="batches",
    hint="Each step draws its batch afresh, so an image may come twice in an epoch, or never. One permutation serves a whole epoch.",
    read="sec-linear-sgd",
)
def drawn_for_each_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """Every batch is drawn anew from all images."""

    def batches(n, size, rng):
        return [rng.choice(n, min(size, n), replace=False) for _ in range(0, n, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="np.random.… draws from a state that all code shares: nobody could repeat your result. Use the rng that you are given.",
    read="sec-linear-sgd",
)
def global_permutation(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The global random state is used, not rng."""

    def batches(n, size, rng):
        order = np.random.permutation(n)
        return [order[i : i + size] for i in range(0, n, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    corner="batches",
    hint="history asks how good the weights are for all the images. You ask the last batch only.",
    read="sec-linear-sgd",
)
def history_of_last_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds the loss of each epoch's last batch."""
    last = []

    def batches(n, size, rng):
        order = _batches(n, size, rng)
        last.append(order[-1])
        return order

    def only_last(a, b, w, c):
        i = last[-1] if len(a) == len(x) else slice(None)
        return loss(a[i], b[i], w, c)

    return _train(
        only_last, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches=batches
    )


@mistake(
    "sgd",
    hint="The batches' losses are those of weights that were about to change. The text asks for the loss over all N images after the epoch.",
    read="sec-linear-sgd",
)
def history_of_batches(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds the mean of the batches' losses."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        values = []
        for batch in _batches(len(x), batch_size, rng):
            value, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
            values.append(value)
        seen.append((np.mean(values), weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="history begins with the loss before training. The text asks for the loss after each epoch.",
    read="sec-linear-sgd",
)
def history_one_early(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds the loss at the start of each epoch."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
    return _best(seen)


@mistake(
    "sgd",
    hint="weight -= … changes the array that you were given. Begin with a copy, or write weight = weight - ….",
    read="sec-linear-sgd",
)
def weights_changed_in_place(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The start's own arrays are changed."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight -= lr * velocity[0]
            bias -= lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight.copy(), bias.copy()))
    return _best(seen)


@mistake(
    "sgd",
    corner="momentum",
    hint="The gradient is taken at a place ahead, weight − η μ v. That is Nesterov's momentum; the text asks for the plain one.",
    read="sec-linear-momentum",
)
def looks_ahead(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The gradient is taken ahead of the place."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            ahead = weight - lr * momentum * velocity[0], bias - lr * momentum * velocity[1]
            _, dweight, dbias = loss(x[batch], y[batch], *ahead)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    corner="the best epoch",
    hint="Where every epoch is worse than the start, you return the start. The text asks for the best of the epochs.",
    read="sec-linear-sgd",
)
def start_may_win(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The weights at the start may be returned as the best."""
    start = loss(x, y, weight, bias)[0]
    best = _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng)
    return best if best[2].min() < start else (weight.copy(), bias.copy(), best[2])


@mistake(
    "sgd",
    hint="The best weights are chosen after single steps, by the loss of a batch. The text compares epochs, by the loss over all images.",
    read="sec-linear-sgd",
)
def best_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The best weights are chosen by the loss of a batch."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    history, lowest, best = [], np.inf, None
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            value, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            if value < lowest:
                lowest, best = value, (weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        history.append(loss(x, y, weight, bias)[0])
    return (*best, np.array(history))


@mistake(
    "sgd",
    hint="You return weight and bias alone. The text asks for three results: return weight, bias, history.",
    read="sec-linear-sgd",
)
def no_history(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history is not returned."""
    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng)[:2]


@mistake(
    "sgd",
    hint="loss(…) gives a tuple of three, and all three went into history. Its first is the value: loss(…)[0].",
    read="sec-linear-sgd",
)
def history_of_tuples(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds all that loss returns."""
    best = _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng)
    return best[0], best[1], np.array([loss(x, y, *best[:2])] * epochs, dtype=float)


@mistake(
    "sgd",
    corner="batches",
    hint="rng.shuffle changes an array in place, and rng.permutation(x) draws for x alone. Draw one order, rng.permutation(N), and index both x and y with it.",
    read="sec-linear-sgd",
)
def two_permutations(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """Images and labels are shuffled each in an order of its own."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        xs, ys = rng.permutation(x), rng.permutation(y)
        for start in range(0, len(x), batch_size):
            part = slice(start, start + batch_size)
            _, dweight, dbias = loss(xs[part], ys[part], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


def _batches(n, size, rng):
    order = rng.permutation(n)
    return [order[i : i + size] for i in range(0, n, size)]


def _best(seen, pick=None):
    history = np.array([value for value, _, _ in seen], dtype=float)
    _, weight, bias = seen[pick(history) if pick else history.argmin()]
    return weight, bias, history


def _train(
    loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches=_batches, pick=None
):
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen, pick)


@mistake(
    "sgd",
    corner="batches",
    hint="The weight has moved already when you take the bias's gradient. One call of loss gives both gradients, at the same place; "
    "then both parameters move.",
    read="sec-linear-sgd",
)
def bias_after_the_weight(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The bias's gradient is taken after the weight has moved."""
    velocity_w, velocity_b, seen = np.zeros_like(weight), np.zeros_like(bias), []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            velocity_w = momentum * velocity_w + loss(x[batch], y[batch], weight, bias)[1]
            weight = weight - lr * velocity_w
            velocity_b = momentum * velocity_b + loss(x[batch], y[batch], weight, bias)[2]
            bias = bias - lr * velocity_b
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="You divide the gradient by the batch size. loss has done so already, if it takes a mean: sgd uses what it gives.",
    read="sec-linear-sgd",
)
def divided_by_the_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The gradient is divided by the number of images in the batch."""
    return _train(
        lambda x, y, w, b: _shares(loss(x, y, w, b), len(x)),
        x,
        y,
        weight,
        bias,
        lr,
        momentum,
        batch_size,
        epochs,
        rng,
    )


def _shares(found, n):
    return found[0], found[1] / n, found[2] / n


@mistake("sgd", same_as="remainder_dropped")
def last_batch_left_out(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The last batch is left out, even a full one."""

    def batches(n, size, rng):
        every = _batches(n, size, rng)
        return every[:-1] or every

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="np.array(history) makes an array, which can be compared and plotted with others.",
    read="sec-linear-sgd",
)
def history_is_a_list(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history is a list."""
    found = _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng)
    return found[0], found[1], list(found[2])


@mistake(
    "sgd",
    hint="history has a number too many: the loss at the start is not one after an epoch.",
    read="sec-linear-sgd",
)
def history_with_the_start(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history begins with the loss at the start."""
    first = loss(x, y, weight, bias)[0]
    found = _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng)
    return found[0], found[1], np.array([first, *found[2]])


@mistake(
    "sgd",
    hint="The learning rate is lr from the first step to the last. Yours gets smaller.",
    read="sec-linear-sgd",
)
def rate_shrinks(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The learning rate is divided by the number of the epoch."""
    v_weight, v_bias, seen = np.zeros_like(weight), np.zeros_like(bias), []
    for epoch in range(epochs):
        order, rate = rng.permutation(len(x)), lr / (epoch + 1)
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            v_weight, v_bias = momentum * v_weight + dweight, momentum * v_bias + dbias
            weight, bias = weight - rate * v_weight, bias - rate * v_bias
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    history = np.array([value for value, _, _ in seen])
    return *seen[history.argmin()][1:], history


@mistake(
    "sgd",
    corner="batches",
    hint="rng.choice(N, N) and rng.integers draw some images twice and leave others out. rng.permutation(N) has each of them once.",
    read="sec-linear-sgd",
)
def drawn_with_replacement(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The order is drawn with replacement."""
    w = weight.copy()
    b = bias.copy()
    vw = np.zeros_like(w)
    vb = np.zeros_like(b)
    history = []
    best = np.inf
    best_w, best_b = w.copy(), b.copy()
    N = len(x)
    for epoch in range(epochs):
        perm = rng.choice(N, N)
        for i in range(0, N, batch_size):
            idx = perm[i : i + batch_size]
            _value, dw, db = loss(x[idx], y[idx], w, b)
            vw = momentum * vw + dw
            vb = momentum * vb + db
            w = w - lr * vw
            b = b - lr * vb
        total = loss(x, y, w, b)[0]
        history.append(total)
        if total < best:
            best = total
            best_w, best_b = w.copy(), b.copy()
    return best_w, best_b, np.array(history)


@mistake("sgd", same_as="history_of_last_batch")
def history_of_last_step(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds the last batch's loss, from before its step."""
    w = weight.copy()
    b = bias.copy()
    vw = np.zeros_like(w)
    vb = np.zeros_like(b)
    history = []
    best = np.inf
    best_w, best_b = w.copy(), b.copy()
    N = len(x)
    for epoch in range(epochs):
        perm = rng.permutation(N)
        for i in range(0, N, batch_size):
            idx = perm[i : i + batch_size]
            value, dw, db = loss(x[idx], y[idx], w, b)
            vw = momentum * vw + dw
            vb = momentum * vb + db
            w = w - lr * vw
            b = b - lr * vb
        total = value
        history.append(total)
        if total < best:
            best = total
            best_w, best_b = w.copy(), b.copy()
    return best_w, best_b, np.array(history)


@mistake(
    "sgd",
    hint="weight and bias push the same velocity, so that the steps of one drive the other. Each parameter has a velocity of its own.",
    read="sec-linear-momentum",
)
def one_velocity(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """weight and bias share one velocity."""
    v, seen = 0.0, []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            v = momentum * v + dweight
            weight = weight - lr * v
            v = momentum * v + dbias
            bias = bias - lr * v
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


# --- right answers, written another way ---


@alternative("sgd")
def rate_in_the_velocity(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The learning rate inside the velocity, copies in place of new arrays."""
    weight, bias = weight.copy(), bias.copy()
    vw, vb = np.zeros(weight.shape), np.zeros(bias.shape)
    history, lowest, best = np.zeros(epochs), np.inf, None
    for epoch in range(epochs):
        order = rng.permutation(x.shape[0])
        for part in np.split(order, np.arange(batch_size, len(order), batch_size)):
            _, dw, db = loss(x[part], y[part], weight, bias)
            vw = momentum * vw - lr * dw
            vb = momentum * vb - lr * db
            weight += vw
            bias += vb
        history[epoch] = loss(x, y, weight, bias)[0]
        if history[epoch] < lowest:
            lowest, best = history[epoch], (weight.copy(), bias.copy())
    return best[0], best[1], history


@alternative("sgd")
def shuffled_copies(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """Both arrays shuffled at the start of the epoch, parameters in a list."""
    parameters, velocities = [weight, bias], [0 * weight, 0 * bias]
    snapshots, history = [], []
    for _ in range(epochs):
        order = rng.permutation(len(y))
        xs, ys = x[order], y[order]
        start = 0
        while start < len(y):
            stop = start + batch_size
            slopes = loss(xs[start:stop], ys[start:stop], *parameters)[1:]
            velocities = [momentum * v + g for v, g in zip(velocities, slopes, strict=True)]
            parameters = [p - lr * v for p, v in zip(parameters, velocities, strict=True)]
            start = stop
        snapshots.append(parameters)
        history.append(loss(x, y, *parameters)[0])
    best = history.index(min(history))
    return snapshots[best][0], snapshots[best][1], np.array(history)


@alternative("sgd")
def one_flat_vector(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """All parameters in one flat vector."""
    flat = np.concatenate([weight.ravel(), bias.ravel()])
    velocity, split = np.zeros(flat.size), weight.size

    def parts(vector):
        return vector[:split].reshape(weight.shape), vector[split:].reshape(bias.shape)

    history, best = [], flat
    for _ in range(epochs):
        indices = rng.permutation(len(x))
        steps = -(-len(x) // batch_size)
        for i in range(steps):
            batch = indices[i * batch_size : (i + 1) * batch_size]
            _, dweight, dbias = loss(x[batch], y[batch], *parts(flat))
            velocity *= momentum
            velocity += np.concatenate([dweight.ravel(), dbias.ravel()])
            flat = flat - lr * velocity
        history.append(float(loss(x, y, *parts(flat))[0]))
        if history[-1] < min(history[:-1], default=np.inf):
            best = flat
    return *parts(best), np.array(history)


@mistake(
    "sgd",
    hint="The gradient of the batch counts in full, v ← μ v + g. You multiply it by μ as well, so without momentum nothing moves.",
    read="sec-linear-momentum",
)
def momentum_times_both(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The velocity is μ (v + g)."""
    return _train(loss, x, y, weight, bias, lr * momentum, momentum, batch_size, epochs, rng)


@mistake(
    "sgd",
    corner="momentum",
    hint="This is Nesterov's step, along μ v + g with the new v. Here the parameter moves along v itself.",
    read="sec-linear-momentum",
)
def step_ahead(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The step goes along μ v + g, not along v."""
    velocity, seen = [np.zeros_like(weight), np.zeros_like(bias)], []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            slopes = loss(x[batch], y[batch], weight, bias)[1:]
            velocity = [momentum * v + g for v, g in zip(velocity, slopes)]
            weight, bias = (
                p - lr * (momentum * v + g) for p, v, g in zip((weight, bias), velocity, slopes)
            )
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="You take the loss before the epoch, and the weights after it. After each epoch, history gets the loss at the weights as they are then.",
    read="sec-linear-sgd",
)
def loss_before_the_epoch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds the loss before each epoch, and the weights are those after it."""
    velocity, seen = [np.zeros_like(weight), np.zeros_like(bias)], []
    for _ in range(epochs):
        value = loss(x, y, weight, bias)[0]
        for batch in _batches(len(x), batch_size, rng):
            slopes = loss(x[batch], y[batch], weight, bias)[1:]
            velocity = [momentum * v + g for v, g in zip(velocity, slopes)]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((value, weight, bias))
    return _best(seen)

"""Wrong answers to `train_autoencoder` that students really give, and right ones written another way."""

import torch

from autograder.authoring.catalogue import alternative, mistake


def _copies(parameters):
    return [p.clone().requires_grad_() for p in parameters]


def _reconstruct(x, p):
    return torch.relu(x @ p[0].T + p[1]) @ p[2].T + p[3]


def _descend(x, parameters, lr, steps, loss_of):
    p, losses = _copies(parameters), []
    for _ in range(steps):
        loss = loss_of(p)
        gradients = torch.autograd.grad(loss, p, allow_unused=True, materialize_grads=True)
        with torch.no_grad():
            for one, gradient in zip(p, gradients):
                one.sub_(lr * gradient)
        losses.append(loss.item())
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    corner="several steps",
    hint="torch adds each gradient to those before it. Without a reset, step 3 walks along the sum of three gradients.",
    read="sec-backprop-autoencoder",
)
def gradients_pile_up(x, parameters, lr, steps):
    """The gradients are never set to zero."""
    p, losses = _copies(parameters), []
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        loss.backward()
        with torch.no_grad():
            for one in p:
                one.sub_(lr * one.grad)
        losses.append(loss.item())
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="The code is rectified: without a ReLU, the whole autoencoder is one matrix of low rank.",
    read="sec-backprop-autoencoder",
)
def linear_code(x, parameters, lr, steps):
    """The code has no ReLU."""
    return _descend(
        x,
        parameters,
        lr,
        steps,
        lambda p: ((x @ p[0].T + p[1]) @ p[2].T + p[3] - x).square().mean(),
    )


@mistake(
    "train_autoencoder",
    hint="The reconstruction is linear: a ReLU there could never give a negative number back.",
    read="sec-backprop-autoencoder",
)
def rectified_output(x, parameters, lr, steps):
    """The reconstruction goes through a ReLU, too."""
    return _descend(
        x, parameters, lr, steps, lambda p: (torch.relu(_reconstruct(x, p)) - x).square().mean()
    )


@mistake(
    "train_autoencoder",
    hint="The loss is a mean over all N · D entries. You added them up.",
    read="sec-backprop-autoencoder",
)
def summed_loss(x, parameters, lr, steps):
    """The squared errors are summed, not averaged."""
    return _descend(x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().sum())


@mistake(
    "train_autoencoder",
    hint="The mean is over all N · D entries, not over the N rows.",
    read="sec-backprop-autoencoder",
)
def mean_over_rows(x, parameters, lr, steps):
    """The squared errors of a row are summed, then averaged over the rows."""
    return _descend(
        x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().sum(dim=1).mean()
    )


@mistake(
    "train_autoencoder",
    hint="There is no ½ in the loss of the text.",
    read="sec-backprop-autoencoder",
)
def half_loss(x, parameters, lr, steps):
    """The loss has a factor ½."""
    return _descend(
        x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean() / 2
    )


@mistake(
    "train_autoencoder",
    hint="Absolute errors were averaged. The text asks for squares.",
    read="sec-backprop-autoencoder",
)
def absolute_error(x, parameters, lr, steps):
    """The loss is the mean absolute error."""
    return _descend(x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).abs().mean())


@mistake(
    "train_autoencoder",
    hint="You walk uphill: the gradient points to where the loss grows.",
    read="sec-linear-descent",
)
def ascent(x, parameters, lr, steps):
    """The steps go along the gradient, not against it."""
    return _descend(x, parameters, -lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean())


@mistake(
    "train_autoencoder",
    hint="losses holds what the loss was before each step. Yours were measured after it.",
    read="sec-backprop-autoencoder",
)
def losses_after(x, parameters, lr, steps):
    """The losses are those after each step."""
    losses, trained = [], parameters
    for _ in range(steps):
        _, trained = _descend(x, trained, lr, 1, lambda p: (_reconstruct(x, p) - x).square().mean())
        losses.append((_reconstruct(x, trained) - x).square().mean().item())
    return losses, [p.clone() for p in trained]


@mistake(
    "train_autoencoder",
    hint="The tensors that you were given were changed. Train copies: p.clone().",
    read="sec-backprop-autoencoder",
)
def given_tensors_trained(x, parameters, lr, steps):
    """The given tensors themselves are trained."""
    p, losses = [one.detach() for one in parameters], []
    for _ in range(steps):
        for one in p:
            one.requires_grad_()
        loss = (_reconstruct(x, p) - x).square().mean()
        gradients = torch.autograd.grad(loss, p)
        losses.append(loss.item())
        with torch.no_grad():
            for one, gradient in zip(p, gradients):
                one.sub_(lr * gradient)
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    corner="what comes back",
    hint="The trained tensors still ask for gradients. detach() leaves the numbers alone.",
    read="sec-backprop-autoencoder",
)
def still_require_gradients(x, parameters, lr, steps):
    """The trained tensors still require gradients."""
    p, losses = _copies(parameters), []
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        gradients = torch.autograd.grad(loss, p)
        with torch.no_grad():
            for one, gradient in zip(p, gradients):
                one.sub_(lr * gradient)
        losses.append(loss.item())
    return losses, p


@mistake(
    "train_autoencoder",
    corner="what comes back",
    hint="A loss that is kept as a tensor keeps its whole graph in memory. The text asks for Python floats.",
    read="sec-backprop-autoencoder",
)
def losses_are_tensors(x, parameters, lr, steps):
    """The losses are tensors, not Python floats."""
    losses, trained = _descend(
        x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean()
    )
    return [torch.tensor(loss) for loss in losses], trained


@mistake(
    "train_autoencoder",
    hint="The decoder has its own weights, w2. Yours decodes with the encoder's.",
    read="sec-backprop-autoencoder",
)
def tied_weights(x, parameters, lr, steps):
    """The decoder uses the encoder's weights."""
    return _descend(
        x,
        parameters,
        lr,
        steps,
        lambda p: (torch.relu(x @ p[0].T + p[1]) @ p[0] + p[3] - x).square().mean(),
    )


@mistake(
    "train_autoencoder",
    hint="All four gradients belong to one point. You moved the decoder first and then took the encoder's gradient at the new place.",
    read="sec-backprop-autoencoder",
)
def one_after_the_other(x, parameters, lr, steps):
    """The four tensors are updated one after the other, each by a new gradient."""
    p, losses = _copies(parameters), []
    for _ in range(steps):
        losses.append((_reconstruct(x, p) - x).square().mean().item())
        for i in reversed(range(4)):
            loss = (_reconstruct(x, p) - x).square().mean()
            (gradient,) = torch.autograd.grad(loss, [p[i]])
            with torch.no_grad():
                p[i] -= lr * gradient
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="The biases have gradients, too, and take a step as the weights do.",
    read="sec-backprop-autoencoder",
)
def biases_frozen(x, parameters, lr, steps):
    """The biases are not trained."""
    return _descend(
        x,
        parameters,
        lr,
        steps,
        lambda p: (_reconstruct(x, [p[0], p[1].detach(), p[2], p[3].detach()]) - x).square().mean(),
    )


@mistake(
    "train_autoencoder",
    hint="w1 and b1 stay as they were: either detach() in the middle cuts the graph, so that they get no gradient, or they take no step.",
    read="sec-backprop-autoencoder",
)
def encoder_cut_off(x, parameters, lr, steps):
    """The encoder never learns."""
    return _descend(
        x,
        parameters,
        lr,
        steps,
        lambda p: (torch.relu(x @ p[0].T + p[1]).detach() @ p[2].T + p[3] - x).square().mean(),
    )


@mistake(
    "train_autoencoder",
    hint="Count the steps. If their number is right, do they arrive? In a loop, p = p - … gives the name p to a new tensor, and the list keeps the old one.",
    read="sec-linear-descent",
)
def one_step_more(x, parameters, lr, steps):
    """A step is taken too many, or too few, or is lost."""
    losses, trained = _descend(
        x, parameters, lr, steps + 1, lambda p: (_reconstruct(x, p) - x).square().mean()
    )
    return losses[:steps], trained


@mistake("train_autoencoder", same_as="one_step_more")
def one_step_less(x, parameters, lr, steps):
    """One step too few is taken, with the last loss measured."""
    loss_of = lambda p: (_reconstruct(x, p) - x).square().mean()  # noqa: E731
    losses, trained = _descend(x, parameters, lr, max(steps - 1, 0), loss_of)
    return [*losses, loss_of(trained).item()][:steps], trained


@mistake(
    "train_autoencoder",
    hint="float64 in should be float64 out. A layer of torch.nn makes float32 parameters unless you say otherwise.",
    read="sec-arrays-dtypes",
)
def always_single(x, parameters, lr, steps):
    """Everything is computed in float32."""
    x, parameters = x.float(), [p.float() for p in parameters]
    return _descend(x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean())


@mistake(
    "train_autoencoder",
    corner="several steps",
    hint="Plain descent: p ← p − lr · gradient, without momentum or adaptive steps.",
    read="sec-linear-descent",
)
def momentum(x, parameters, lr, steps):
    """Momentum, or another optimiser, is used."""
    p, losses = _copies(parameters), []
    velocity = [torch.zeros_like(one) for one in p]
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        gradients = torch.autograd.grad(loss, p)
        with torch.no_grad():
            for one, v, gradient in zip(p, velocity, gradients):
                v.mul_(0.9).add_(gradient)
                one.sub_(lr * v)
        losses.append(loss.item())
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    corner="several steps",
    hint="The text asks for `steps` steps, even where the loss rises: that is how one sees that the rate is too large.",
    read="sec-linear-descent",
)
def stops_when_worse(x, parameters, lr, steps):
    """Training stops when the loss rises."""
    losses, trained = [], [p.clone() for p in parameters]
    for _ in range(steps):
        found, moved = _descend(
            x, trained, lr, 1, lambda p: (_reconstruct(x, p) - x).square().mean()
        )
        if losses and found[0] > losses[-1]:
            losses += [losses[-1]] * (steps - len(losses))
            break
        losses += found
        trained = moved
    return losses, trained


@mistake(
    "train_autoencoder",
    hint="A step is no part of the function that torch differentiates: change the tensors inside `with torch.no_grad():`.",
    read="sec-backprop-autoencoder",
)
def step_without_no_grad(x, parameters, lr, steps):
    """The tensors are changed in place where torch keeps track."""
    p, losses = _copies(parameters), []
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        loss.backward()
        for one in p:
            one -= lr * one.grad
            one.grad = None
        losses.append(loss.item())
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    corner="several steps",
    hint="torch leaves gradients at leaves that the loss depends on. p = p - lr * p.grad makes a new tensor, which is no leaf; detach() cuts off what lies before it; and a tensor that is not used has none. "
    "Change the tensor in place, or make the new one a leaf: detach() and requires_grad_().",
    read="sec-backprop-autoencoder",
)
def new_tensor_is_no_leaf(x, parameters, lr, steps):
    """A tensor has no gradient when its step comes."""
    p, losses = _copies(parameters), []
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        loss.backward()
        losses.append(loss.item())
        p = [one - lr * one.grad for one in p]
    return losses, p


@mistake(
    "train_autoencoder",
    hint="torch finds gradients only where it was asked to: your copies need requires_grad_() before the loss is computed.",
    read="sec-backprop-autoencoder",
)
def no_gradients_required(x, parameters, lr, steps):
    """The copies do not require gradients."""
    p, losses = [one.clone() for one in parameters], []
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        loss.backward()
        losses.append(loss.item())
        p = [(one - lr * one.grad).detach() for one in p]
    return losses, p


@mistake(
    "train_autoencoder",
    hint="Each of your steps looks at one row, in turn. Here a step is taken on all N rows at once, along the gradient of their mean loss.",
    read="sec-linear-descent",
)
def one_row_a_step(x, parameters, lr, steps):
    """Each step sees a single row, in turn."""
    p, losses = _copies(parameters), []
    for step in range(steps):
        row = x[step % len(x)]
        loss = (_reconstruct(row, p) - row).square().mean()
        gradients = torch.autograd.grad(loss, p)
        with torch.no_grad():
            for one, gradient in zip(p, gradients):
                one.sub_(lr * gradient)
        losses.append(loss.item())
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="The root of the mean square was taken. The loss is the mean square itself.",
    read="sec-backprop-autoencoder",
)
def root_of_the_mean(x, parameters, lr, steps):
    """The loss is the root of the mean square."""
    return _descend(
        x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean().sqrt()
    )


@mistake(
    "train_autoencoder",
    hint="The code goes through a ReLU. You have another activation there.",
    read="sec-backprop-autoencoder",
)
def sigmoid_code(x, parameters, lr, steps):
    """The code has another activation than ReLU."""
    return _trained(x, parameters, lr, steps, activation=torch.sigmoid)


@mistake("train_autoencoder", same_as="sigmoid_code")
def tanh_code(x, parameters, lr, steps):
    """The code goes through tanh."""
    return _trained(x, parameters, lr, steps, activation=torch.tanh)


@mistake("train_autoencoder", same_as="sigmoid_code")
def leaky_code(x, parameters, lr, steps):
    """The code goes through a leaky ReLU."""
    leaky = torch.nn.functional.leaky_relu
    return _trained(x, parameters, lr, steps, activation=leaky)


@mistake(
    "train_autoencoder",
    hint="The reconstruction is linear: no activation comes after the second layer.",
    read="sec-backprop-autoencoder",
)
def sigmoid_output(x, parameters, lr, steps):
    """The reconstruction goes through a sigmoid, or through tanh."""
    return _trained(x, parameters, lr, steps, output=torch.sigmoid)


@mistake("train_autoencoder", same_as="sigmoid_output")
def tanh_output(x, parameters, lr, steps):
    """The reconstruction goes through tanh."""
    return _trained(x, parameters, lr, steps, output=torch.tanh)


@mistake(
    "train_autoencoder",
    hint="The loss is a mean already, and so are its gradients. A step is lr times the gradient, with no other factor.",
    read="sec-linear-descent",
)
def step_over_n(x, parameters, lr, steps):
    """The step is divided by something, such as the number of rows."""
    return _trained(x, parameters, lr, steps, scale=lambda g: g / len(x))


@mistake(
    "train_autoencoder",
    hint="A step is lr times the gradient, which gets shorter near a minimum. Yours is always as long.",
    read="sec-linear-descent",
)
def gradient_of_length_one(x, parameters, lr, steps):
    """The gradient is scaled to length 1."""
    return _trained(x, parameters, lr, steps, scale=lambda g: g / (g.norm() + 1e-12))


@mistake(
    "train_autoencoder",
    hint="The reconstruction is compared with x. Yours is compared with nothing, and learns to be 0.",
    read="sec-backprop-autoencoder",
)
def compared_with_nothing(x, parameters, lr, steps):
    """The reconstruction itself is squared, without x."""
    return _trained(x, parameters, lr, steps, target=0)


def _trained(
    x,
    parameters,
    lr,
    steps,
    activation=torch.relu,
    output=lambda a: a,
    scale=lambda g: g,
    target=None,
):
    target, losses = x if target is None else target, []
    trained = [p.detach().clone().requires_grad_() for p in parameters]
    for _ in range(steps):
        w1, b1, w2, b2 = trained
        y = output(activation(x @ w1.T + b1) @ w2.T + b2)
        loss = (y - target).square().mean()
        gradients = torch.autograd.grad(loss, trained)
        with torch.no_grad():
            for p, gradient in zip(trained, gradients):
                p.sub_(lr * scale(gradient))
        losses.append(loss.item())
    return losses, [p.detach() for p in trained]


@mistake("train_autoencoder", same_as="one_step_more")
def steps_lost(x, parameters, lr, steps):
    """The stepped tensors are not put back into the list."""
    w1, b1, w2, b2 = [p.detach().clone().requires_grad_(True) for p in parameters]
    losses = []
    for _ in range(steps):
        h = torch.relu(x @ w1.T + b1)
        out = h @ w2.T + b2
        loss = ((out - x) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for p in (w1, b1, w2, b2):
                p = p - lr * p.grad
    return losses, [p.detach() for p in (w1, b1, w2, b2)]


@mistake("train_autoencoder", same_as="one_step_more")
def loop_once_more(x, parameters, lr, steps):
    """The loop runs once more than steps."""
    w1, b1, w2, b2 = [p.detach().clone().requires_grad_(True) for p in parameters]
    losses = []
    for _ in range(steps + 1):
        h = torch.relu(x @ w1.T + b1)
        out = h @ w2.T + b2
        loss = ((out - x) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for p in (w1, b1, w2, b2):
                p -= lr * p.grad
                p.grad = None
    return losses, [p.detach() for p in (w1, b1, w2, b2)]


@mistake("train_autoencoder", same_as="stops_when_worse", corner="several steps")
def stops_before_it_is_noted(x, parameters, lr, steps):
    """Training stops before a loss that rises is noted."""
    w1, b1, w2, b2 = [p.detach().clone().requires_grad_(True) for p in parameters]
    losses = []
    for _ in range(steps):
        h = torch.relu(x @ w1.T + b1)
        out = h @ w2.T + b2
        loss = ((out - x) ** 2).mean()
        if losses and loss.item() > losses[-1]:
            break
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for p in (w1, b1, w2, b2):
                p -= lr * p.grad
                p.grad = None
    return losses, [p.detach() for p in (w1, b1, w2, b2)]


@mistake("train_autoencoder", same_as="new_tensor_is_no_leaf")
def decoder_without_gradient(x, parameters, lr, steps):
    """The decoder uses the encoder's weights, and w2 has no gradient."""
    w1, b1, w2, b2 = [p.detach().clone().requires_grad_(True) for p in parameters]
    losses = []
    for _ in range(steps):
        h = torch.relu(x @ w1.T + b1)
        out = h @ w1 + b2
        loss = ((out - x) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for p in (w1, b1, w2, b2):
                p -= lr * p.grad
                p.grad = None
    return losses, [p.detach() for p in (w1, b1, w2, b2)]


# --- right answers, written another way ---


@alternative("train_autoencoder")
def by_an_optimizer(x, parameters, lr, steps):
    """torch.optim.SGD, and the loss from torch."""
    trained = [torch.nn.Parameter(p.clone()) for p in parameters]
    optimizer = torch.optim.SGD(trained, lr=lr)
    losses = []
    for _ in range(steps):
        code = torch.nn.functional.linear(x, trained[0], trained[1]).relu()
        loss = torch.nn.functional.mse_loss(
            torch.nn.functional.linear(code, trained[2], trained[3]), x
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses, [p.detach().clone() for p in trained]


@alternative("train_autoencoder")
def new_tensors(x, parameters, lr, steps):
    """Every step makes new tensors."""
    p, losses = [q.detach() for q in parameters], []
    while len(losses) < steps:
        p = [q.requires_grad_() for q in [r.clone() for r in p]]
        hidden = (x @ p[0].T + p[1]).clamp(min=0)
        loss = ((x - p[3] - hidden @ p[2].T) ** 2).sum() / x.numel()
        loss.backward()
        losses.append(loss.detach().item())
        p = [q.detach() - lr * q.grad for q in p]
    return losses, p


@mistake("train_autoencoder", same_as="stops_when_worse", corner="several steps")
def stops_before_the_step(x, parameters, lr, steps):
    """Training stops when the loss rises, before that step."""
    losses, p = [], _copies(parameters)
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        losses.append(loss.item())
        if len(losses) > 1 and losses[-1] > losses[-2]:
            break
        gradients = torch.autograd.grad(loss, p)
        with torch.no_grad():
            for one, gradient in zip(p, gradients):
                one.sub_(lr * gradient)
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="The code is ReLU(W₁ x + b₁). Yours has no b₁, so that it is never trained.",
    read="sec-backprop-autoencoder",
)
def code_without_bias(x, parameters, lr, steps):
    """The code lacks its bias."""

    def loss_of(p):
        return (torch.relu(x @ p[0].T) @ p[2].T + p[3] - x).square().mean()

    return _descend(x, parameters, lr, steps, loss_of)

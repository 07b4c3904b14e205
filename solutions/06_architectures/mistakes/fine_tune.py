"""Wrong answers to `fine_tune` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _made(model, rates, batches, wrong):
    groups, losses = [], []
    if wrong == "all_in_training":
        model.train()
    if wrong == "all_in_evaluation":
        model.eval()
    for name, rate in rates.items():
        part = model.get_submodule(name)
        learns = rate > 0
        if wrong == "head_is_frozen" and name == "head":
            learns = False
        if wrong not in ("all_in_training", "all_in_evaluation", "mode_left"):
            part.train(learns)
        if wrong == "frozen_norms_train":
            part.train()
        if wrong == "other_layers_train":
            part.train()
            for module in part.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.train(learns)
        if wrong == "norms_in_evaluation":
            for module in part.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.eval()
        if wrong != "all_require_gradients" and wrong != "only_switches_off":
            part.requires_grad_(learns)
        if wrong == "only_switches_off" and not learns:
            part.requires_grad_(False)
        parameters = list(part.parameters())
        if wrong == "norms_do_not_learn":
            parameters = [p for p in parameters if p.ndim > 1 or name == "head"]
        if wrong == "biases_do_not_learn":
            parameters = [p for p in parameters if p.ndim > 1]
        if wrong == "last_parameter_forgotten":
            parameters = parameters[:-1]
        groups.append({"params": parameters, "lr": rate})
    if wrong == "one_rate":
        rate = max(rates.values())
        groups = [group | {"lr": rate * (group["lr"] > 0)} for group in groups]
    if wrong == "head_alone":
        groups = [group for group, name in zip(groups, rates) if name == "head"]
    if wrong == "rates_by_order":
        order = ["stem", "body", "head"]
        groups = [
            {"params": model.get_submodule(name).parameters(), "lr": rate}
            for name, rate in zip(order, rates.values())
        ]
    momentum = {"no_momentum": 0.0, "half_the_momentum": 0.5}.get(wrong, 0.9)
    options = {}
    if wrong == "nesterov":
        options = {"nesterov": True}
    if wrong == "weight_decay":
        options = {"weight_decay": 1e-2}
    if wrong == "dampened":
        options = {"dampening": 0.9}
    if wrong == "maximises":
        options = {"maximize": True}
    if wrong == "adam":
        optimizer = torch.optim.Adam(groups)
    else:
        optimizer = torch.optim.SGD(groups, momentum=momentum, **options)
    if wrong == "last_batch_first":
        batches = batches[::-1]
    if wrong == "first_batch_alone":
        batches = batches[:1]
    for x, labels in batches:
        if wrong == "new_optimizer_each_step":
            optimizer = torch.optim.SGD(groups, momentum=0.9)
        if wrong == "mode_set_in_the_loop":
            model.train()
        scores = model(x)
        if wrong == "sum_of_losses":
            loss = F.cross_entropy(scores, labels, reduction="sum")
        elif wrong == "softmax_twice":
            loss = F.cross_entropy(scores.softmax(dim=1), labels)
        elif wrong == "squared_error":
            loss = ((scores - F.one_hot(labels, scores.shape[1])) ** 2).mean()
        elif wrong == "smoothed":
            loss = F.cross_entropy(scores, labels, label_smoothing=0.1)
        else:
            loss = F.cross_entropy(scores, labels)
        if wrong not in ("gradients_add_up", "first_gradients_are_added"):
            optimizer.zero_grad()
        loss.backward()
        if wrong == "clipped":
            torch.nn.utils.clip_grad_norm_(
                [p for group in groups for p in group["params"] if p.grad is not None], 0.1
            )
        if wrong != "no_step":
            optimizer.step()
        if wrong == "first_gradients_are_added":
            optimizer.zero_grad()
        if wrong == "two_steps":
            optimizer.step()
        if wrong == "loss_after_the_step":
            with torch.no_grad():
                loss = F.cross_entropy(model(x), labels)
        losses.append(loss if wrong == "tensors_for_losses" else loss.item())
        if wrong == "frozen_reset_at_the_end":
            pass
    if wrong not in ("stays_in_training", "mode_left"):
        model.eval()
    if wrong == "training_at_the_end":
        model.train()
    if wrong == "unfrozen_at_the_end":
        model.requires_grad_(True)
    if wrong == "all_frozen_at_the_end":
        model.requires_grad_(False)
    if wrong == "last_loss":
        return losses[-1]
    if wrong == "mean_loss":
        return sum(losses) / len(losses)
    if wrong == "returns_model":
        return model
    if wrong == "sum_so_far":
        return [sum(losses[: i + 1]) for i in range(len(losses))]
    return losses


@mistake(
    "fine_tune",
    hint="requires_grad=False stops no running mean. A frozen part has to be in evaluation: `part.eval()`.",
    read="sec-architectures-transfer",
    corner="frozen batch norms",
)
def frozen_norms_train(model, rates, batches):
    """The batch norms of frozen parts go on moving their statistics, and compute with the batch's."""
    return _made(model, rates, batches, "frozen_norms_train")


@mistake("fine_tune", same_as="frozen_norms_train")
def mode_set_in_the_loop(model, rates, batches):
    """`model.train()` in the loop puts the frozen parts back into training."""
    return _made(model, rates, batches, "mode_set_in_the_loop")


@mistake("fine_tune", same_as="frozen_norms_train")
def all_in_training(model, rates, batches):
    """The whole model is in training, and its frozen parts as well."""
    return _made(model, rates, batches, "all_in_training")


@mistake(
    "fine_tune",
    hint="The parts that learn work as in training: their batch norms use the batch, and remember it.",
    read="sec-architectures-transfer",
)
def all_in_evaluation(model, rates, batches):
    """The whole model is in evaluation, also the parts that learn."""
    return _made(model, rates, batches, "all_in_evaluation")


@mistake("fine_tune", same_as="all_in_evaluation")
def norms_in_evaluation(model, rates, batches):
    """The batch norms of all parts are in evaluation."""
    return _made(model, rates, batches, "norms_in_evaluation")


@mistake("fine_tune", same_as="frozen_norms_train")
def mode_left(model, rates, batches):
    """The model's mode is left as it came."""
    return _made(model, rates, batches, "mode_left")


@mistake(
    "fine_tune",
    hint="At the end all of the model is in evaluation: `model.eval()`.",
    read="sec-architectures-transfer",
    corner="the mode at the end",
)
def stays_in_training(model, rates, batches):
    """At the end the parts that learnt are still in training."""
    return _made(model, rates, batches, "stays_in_training")


@mistake(
    "fine_tune",
    hint="At the end all of it is in evaluation.",
    read="sec-architectures-transfer",
    corner="the mode at the end",
)
def training_at_the_end(model, rates, batches):
    """At the end all of the model is in training."""
    return _made(model, rates, batches, "training_at_the_end")


@mistake(
    "fine_tune",
    hint="`part.requires_grad_(…)` for each part: False where the rate is 0, and True elsewhere.",
    read="sec-architectures-transfer",
    corner="which parameters require gradients",
)
def all_require_gradients(model, rates, batches):
    """The frozen parts' parameters still require gradients, and those that came frozen do not."""
    return _made(model, rates, batches, "all_require_gradients")


@mistake(
    "fine_tune",
    hint="Those that learn require gradients, also if they came without.",
    read="sec-architectures-transfer",
    corner="which parameters require gradients",
)
def only_switches_off(model, rates, batches):
    """A part that came frozen, and is to learn, stays frozen."""
    return _made(model, rates, batches, "only_switches_off")


@mistake("fine_tune", same_as="all_require_gradients")
def unfrozen_at_the_end(model, rates, batches):
    """At the end all parameters require gradients."""
    return _made(model, rates, batches, "unfrozen_at_the_end")


@mistake(
    "fine_tune",
    hint="Only those of frozen parts require none.",
    read="sec-architectures-transfer",
    corner="which parameters require gradients",
)
def all_frozen_at_the_end(model, rates, batches):
    """At the end no parameter requires a gradient."""
    return _made(model, rates, batches, "all_frozen_at_the_end")


@mistake("fine_tune", hint="Each part by its own rate.", read="sec-architectures-transfer")
def head_is_frozen(model, rates, batches):
    """The head is frozen, and the rest learns."""
    return _made(model, rates, batches, "head_is_frozen")


@mistake(
    "fine_tune",
    hint="Each part by its own rate: all whose rate is not 0 learn.",
    read="sec-architectures-transfer",
)
def head_alone(model, rates, batches):
    """The head alone learns."""
    return _made(model, rates, batches, "head_alone")


@mistake(
    "fine_tune",
    hint="Each part has its own rate: a group of parameters for the optimizer.",
    read="sec-architectures-transfer",
)
def one_rate(model, rates, batches):
    """All parts that learn have the largest rate."""
    return _made(model, rates, batches, "one_rate")


@mistake(
    "fine_tune",
    hint="A dictionary's order says nothing. Look parts up by name.",
    read="sec-architectures-transfer",
    corner="rates in another order",
)
def rates_by_order(model, rates, batches):
    """Rates are matched to parts by their order, and not by name."""
    return _made(model, rates, batches, "rates_by_order")


@mistake("fine_tune", hint="All parameters of a part learn.", read="sec-architectures-transfer")
def norms_do_not_learn(model, rates, batches):
    """The parameters of the batch norms, and the biases of convolutions, do not learn."""
    return _made(model, rates, batches, "norms_do_not_learn")


@mistake("fine_tune", hint="All parameters of a part learn.", read="sec-architectures-transfer")
def biases_do_not_learn(model, rates, batches):
    """Biases and norms do not learn."""
    return _made(model, rates, batches, "biases_do_not_learn")


@mistake("fine_tune", hint="All parameters of a part learn.", read="sec-architectures-transfer")
def last_parameter_forgotten(model, rates, batches):
    """The last parameter of each part does not learn."""
    return _made(model, rates, batches, "last_parameter_forgotten")


@mistake(
    "fine_tune",
    hint="Each step is on the gradient of its batch alone: `zero_grad()`.",
    read="sec-architectures-transfer",
)
def gradients_add_up(model, rates, batches):
    """Gradients of earlier batches are added."""
    return _made(model, rates, batches, "gradients_add_up")


@mistake("fine_tune", same_as="no_momentum")
def new_optimizer_each_step(model, rates, batches):
    """Each batch has a new optimizer, which remembers nothing."""
    return _made(model, rates, batches, "new_optimizer_each_step")


@mistake("fine_tune", hint="SGD with a momentum of 0.9.", read="sec-architectures-transfer")
def no_momentum(model, rates, batches):
    """There is no momentum."""
    return _made(model, rates, batches, "no_momentum")


@mistake("fine_tune", hint="SGD with a momentum of 0.9.", read="sec-architectures-transfer")
def half_the_momentum(model, rates, batches):
    """The momentum is 0.5."""
    return _made(model, rates, batches, "half_the_momentum")


@mistake(
    "fine_tune",
    hint="torch's default has no dampening: velocity = 0.9 · velocity + gradient.",
    read="sec-architectures-transfer",
)
def dampened(model, rates, batches):
    """The momentum's new gradients are dampened."""
    return _made(model, rates, batches, "dampened")


@mistake(
    "fine_tune", hint="The plain momentum of torch's default.", read="sec-architectures-transfer"
)
def nesterov(model, rates, batches):
    """Nesterov's momentum is used."""
    return _made(model, rates, batches, "nesterov")


@mistake(
    "fine_tune",
    hint="No decay is asked for: the gradient of the loss alone.",
    read="sec-architectures-transfer",
)
def weight_decay(model, rates, batches):
    """Weights decay."""
    return _made(model, rates, batches, "weight_decay")


@mistake("fine_tune", hint="SGD with a momentum of 0.9.", read="sec-architectures-transfer")
def adam(model, rates, batches):
    """Adam is used."""
    return _made(model, rates, batches, "adam")


@mistake("fine_tune", hint="A step goes against the gradient.", read="sec-architectures-transfer")
def maximises(model, rates, batches):
    """The loss is made larger."""
    return _made(model, rates, batches, "maximises")


@mistake("fine_tune", hint="The gradient as it is.", read="sec-architectures-transfer")
def clipped(model, rates, batches):
    """Gradients are clipped."""
    return _made(model, rates, batches, "clipped")


@mistake(
    "fine_tune",
    hint="`optimizer.step()` after `loss.backward()`.",
    read="sec-architectures-transfer",
)
def no_step(model, rates, batches):
    """The optimizer never takes a step."""
    return _made(model, rates, batches, "no_step")


@mistake("fine_tune", hint="One step on each batch.", read="sec-architectures-transfer")
def two_steps(model, rates, batches):
    """Each batch has two steps."""
    return _made(model, rates, batches, "two_steps")


@mistake("fine_tune", hint="One step on each batch.", read="sec-architectures-transfer")
def first_batch_alone(model, rates, batches):
    """The first batch is the only one."""
    return _made(model, rates, batches, "first_batch_alone")


@mistake("fine_tune", hint="In the order given.", read="sec-architectures-transfer")
def last_batch_first(model, rates, batches):
    """The batches come in reverse order."""
    return _made(model, rates, batches, "last_batch_first")


@mistake("fine_tune", hint="The mean over its images.", read="sec-architectures-transfer")
def sum_of_losses(model, rates, batches):
    """The loss of a batch is the sum over its images."""
    return _made(model, rates, batches, "sum_of_losses")


@mistake(
    "fine_tune",
    hint="`F.cross_entropy` takes scores: it has the softmax inside.",
    read="sec-architectures-transfer",
)
def softmax_twice(model, rates, batches):
    """The scores go through a softmax before the cross-entropy."""
    return _made(model, rates, batches, "softmax_twice")


@mistake("fine_tune", hint="The cross-entropy.", read="sec-architectures-transfer")
def squared_error(model, rates, batches):
    """The loss is a squared error."""
    return _made(model, rates, batches, "squared_error")


@mistake(
    "fine_tune",
    hint="The cross-entropy of the labels as they are.",
    read="sec-architectures-transfer",
)
def smoothed(model, rates, batches):
    """Labels are smoothed."""
    return _made(model, rates, batches, "smoothed")


@mistake("fine_tune", hint="Of each batch before its step.", read="sec-architectures-transfer")
def loss_after_the_step(model, rates, batches):
    """The losses are those after the step."""
    return _made(model, rates, batches, "loss_after_the_step")


@mistake("fine_tune", hint="A list with the loss of each batch.", read="sec-architectures-transfer")
def last_loss(model, rates, batches):
    """The last loss is returned alone."""
    return _made(model, rates, batches, "last_loss")


@mistake("fine_tune", same_as="last_loss")
def mean_loss(model, rates, batches):
    """The mean of the losses is returned."""
    return _made(model, rates, batches, "mean_loss")


@mistake(
    "fine_tune", hint="Each entry is the loss of one batch.", read="sec-architectures-transfer"
)
def sum_so_far(model, rates, batches):
    """Each entry is the sum of the losses so far."""
    return _made(model, rates, batches, "sum_so_far")


@mistake(
    "fine_tune",
    hint="The losses are asked for, a list of floats. The model is changed where it is.",
    read="sec-architectures-transfer",
)
def returns_model(model, rates, batches):
    """The model is returned."""
    return _made(model, rates, batches, "returns_model")


@mistake(
    "fine_tune",
    hint="Call zero_grad before every backward, also before the first: the model may come with gradients.",
    read="sec-architectures-transfer",
)
def first_gradients_are_added(model, rates, batches):
    """What gradients the model comes with is added to those of the first batch."""
    return _made(model, rates, batches, "first_gradients_are_added")


@mistake(
    "fine_tune",
    hint="A frozen part works as in evaluation with all of its layers, also dropout: `part.eval()`.",
    read="sec-architectures-transfer",
    at="fine_tuned: a frozen stem with dropout",
    corner="dropout in a frozen part",
)
def other_layers_train(model, rates, batches):
    """In frozen parts only the batch norms are in evaluation."""
    return _made(model, rates, batches, "other_layers_train")


@mistake(
    "fine_tune",
    hint="`loss.item()` is the number. A tensor keeps its whole graph in memory.",
    read="sec-architectures-transfer",
)
def tensors_for_losses(model, rates, batches):
    """The losses are tensors, each with its graph."""
    return _made(model, rates, batches, "tensors_for_losses")


# --- right answers, written another way ---


@alternative("fine_tune")
def by_hand(model, rates, batches):
    """The steps written out, without an optimizer."""
    velocity, losses = {}, []
    model.train()
    for name, rate in rates.items():
        part = getattr(model, name)
        for p in part.parameters():
            p.requires_grad = rate != 0
        if rate == 0:
            part.eval()
    for x, labels in batches:
        learning = [
            (name.split(".")[0], p) for name, p in model.named_parameters() if p.requires_grad
        ]
        loss = -F.log_softmax(model(x), dim=1)[range(len(x)), labels].mean()
        found = torch.autograd.grad(loss, [p for _, p in learning])
        with torch.no_grad():
            for (part, p), g in zip(learning, found):
                velocity[p] = 0.9 * velocity[p] + g if p in velocity else g.clone()
                p -= rates[part] * velocity[p]
        losses.append(float(loss))
    model.train(False)
    return losses


@alternative("fine_tune")
def several_optimizers(model, rates, batches):
    """An optimizer for each part that learns."""
    model.train()
    optimizers = []
    for name, rate in rates.items():
        module = dict(model.named_children())[name]
        for p in module.parameters():
            p.requires_grad_(bool(rate))
        if rate:
            optimizers.append(torch.optim.SGD(module.parameters(), lr=rate, momentum=0.9))
        else:
            for inner in module.modules():
                inner.training = False
    losses = []
    for x, labels in batches:
        model.zero_grad(set_to_none=True)
        loss = torch.nn.CrossEntropyLoss()(model(x), labels)
        losses.append(loss.detach().item())
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
    for module in model.modules():
        module.eval()
    return losses

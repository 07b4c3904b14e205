"""Wrong answers to `diagnose` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _signs(log):
    """Every sign by itself, in an order that is right."""
    loss, gradient = log["loss"], log["gradient"]
    train, val, test = log["train"][-1], log["val"][-1], log["test"]
    return {
        "rate too high": loss[0].mean() > 5 * loss[0, 0],
        "rate too low": np.median(log["update"]) < 1e-4,
        "not shuffled": loss[4:].mean(axis=0).std() > 0.7 * loss[4:].std(),
        "gradients not zeroed": gradient[-1].mean() > 1.2 * gradient[0].mean(),
        "statistics frozen": train > 2 * loss[-1].mean(),
        "labels misaligned": train > 1.2,
        "validation leaked": test > 2 * val,
        "overfitting": val > 2.4 * train,
    }


def _first(signs):
    return next((name for name, seen in signs.items() if seen), "healthy")


def _without(log, *names):
    return _first({name: seen for name, seen in _signs(log).items() if name not in names})


def _before(log, name):
    """With one sign asked first."""
    signs = _signs(log)
    return name if signs[name] else _first(signs)


@mistake(
    "diagnose",
    hint="That one answer is always wrong for someone: what differs between the logs?",
    read="sec-training-clinic",
)
def always_healthy(log):
    """The answer is always “healthy”."""
    return "healthy"


@mistake("diagnose", same_as="always_healthy")
def always_overfitting(log):
    """The answer is always “overfitting”."""
    return "overfitting"


@mistake(
    "diagnose",
    hint="A gap between training and validation has many reasons: ask for overfitting last.",
    read="sec-training-signs",
)
def overfitting_first(log):
    """Overfitting is asked for first, by a gap between validation and the last minibatches."""
    return "overfitting" if log["val"][-1] > 1.3 * log["loss"][-1].mean() else _first(_signs(log))


@mistake("diagnose", same_as="high_by_nan")
def high_by_last_update(log):
    """A rate that is too high is looked for in the size of the last steps."""
    if np.median(log["update"][-1]) > 0.2:
        return "rate too high"
    return _without(log, "rate too high")


@mistake(
    "diagnose",
    hint="Where the rate is too high, the loss need not be nan at last, and the last steps need not be long: but the loss explodes in the first epoch.",
    read="sec-training-signs",
)
def high_by_nan(log):
    """A rate that is too high is not recognised."""
    if not np.isfinite(log["loss"]).all():
        return "rate too high"
    return _without(log, "rate too high")


@mistake(
    "diagnose",
    hint="The loss rises in other runs, too, only later. Where the rate is too high, it does so in the first epoch.",
    read="sec-training-signs",
)
def high_by_rise(log):
    """A loss that ends above where it was at its lowest is taken for a rate that is too high."""
    epochs = log["loss"].mean(axis=1)
    return "rate too high" if epochs[-1] > 1.5 * epochs.min() else _without(log, "rate too high")


@mistake(
    "diagnose",
    hint="A loss that stays near chance has several reasons. Where the rate is too low, the *steps* are tiny.",
    read="sec-training-signs",
)
def low_by_loss(log):
    """A rate that is too low is looked for by a loss that stays above 1."""
    signs = _signs(log)
    if log["loss"][-1].mean() > 1.0 and not signs["rate too high"]:
        return "rate too low"
    return _first(signs)


@mistake(
    "diagnose",
    hint="In a healthy run a step is one or two hundredths of the weights, and where the rate is too low about a hundred-thousandth: your line lies beside both.",
    read="sec-training-signs",
)
def low_line_too_low(log):
    """The line for a rate that is too low lies below all runs."""
    signs = _signs(log)
    signs["rate too low"] = np.median(log["update"]) < 1e-7
    return _first(signs)


@mistake(
    "diagnose",
    hint="In a healthy run a step is about a hundredth of the weights. A line of 0.05 calls it too small.",
    read="sec-training-checks",
)
def low_line_too_high(log):
    """The line for a rate that is too low lies above healthy runs."""
    signs = _signs(log)
    signs["rate too low"] = np.median(log["update"]) < 0.05
    return _first(signs)


@mistake(
    "diagnose",
    hint="Without shuffling, the loss has the same pattern in each epoch. Yours does not ask for it.",
    read="sec-training-signs",
    corner="images sorted by class",
)
def never_unshuffled(log):
    """A run without shuffling is never recognised."""
    return _without(log, "not shuffled")


@mistake(
    "diagnose",
    hint="A noisy loss is no pattern yet. Compare the epochs with each other: without shuffling, they are alike.",
    read="sec-training-signs",
)
def unshuffled_by_noise(log):
    """A run without shuffling is looked for by the noise of its loss within an epoch."""
    signs = _signs(log)
    signs["not shuffled"] = log["loss"][-1].std() > 0.1
    return _first(signs)


@mistake(
    "diagnose",
    hint="Without shuffling the loss is a saw, high at some minibatches and low at others; labels that do not belong give a loss that is level.",
    read="sec-training-signs",
)
def misaligned_first(log):
    """Labels that do not belong are asked for before the order of the images, by a training loss near chance."""
    signs = _signs(log)
    if not signs["rate too high"] and not signs["rate too low"] and log["train"][-1] > 0.9:
        return "labels misaligned"
    return _first(signs)


@mistake("diagnose", same_as="never_frozen")
def misaligned_by_validation(log):
    """Labels that do not belong are looked for by the validation loss alone."""
    signs = _signs(log)
    first = dict(list(signs.items())[:4])
    if _first(first) == "healthy" and log["val"][-1] > 1.2:
        return "labels misaligned"
    return _first(signs)


@mistake(
    "diagnose",
    hint="Labels in another order leave training itself near chance. Yours does not ask for it.",
    read="sec-training-signs",
    corner="labels in another order",
)
def never_misaligned(log):
    """Labels that do not belong are never recognised."""
    return _without(log, "labels misaligned")


@mistake(
    "diagnose",
    hint="If gradients are added up, their length grows, where it shrinks in other runs. Yours does not look at it.",
    read="sec-training-signs",
    corner="gradients that are not zeroed",
)
def never_unzeroed(log):
    """Gradients that are not zeroed are never recognised."""
    return _without(log, "gradients not zeroed")


@mistake(
    "diagnose",
    hint="The length of the gradient depends on the network and the loss. Compare it with what it was at the beginning of the same run.",
    read="sec-training-signs",
)
def unzeroed_by_length(log):
    """Gradients that are not zeroed are looked for by a long gradient, anywhere in the run."""
    signs = _signs(log)
    signs["gradients not zeroed"] = log["gradient"].max() > 2
    return _first(signs)


@mistake(
    "diagnose",
    hint="Where statistics never move, the *training* images themselves are much worse in evaluation than in the minibatches. Ask for that before you ask for labels.",
    read="sec-training-signs",
    corner="frozen statistics",
)
def never_frozen(log):
    """Frozen statistics are never recognised."""
    return _without(log, "statistics frozen")


@mistake(
    "diagnose",
    hint="A gap between training and validation images is overfitting. With frozen statistics the training images themselves are bad in evaluation.",
    read="sec-training-signs",
)
def frozen_by_validation(log):
    """Frozen statistics are looked for by the validation images, against the minibatches."""
    signs = _signs(log)
    signs["statistics frozen"] = log["val"][-1] > 1.8 * log["loss"][-1].mean()
    return _first(signs)


@mistake("diagnose", same_as="never_frozen")
def frozen_turned(log):
    """Frozen statistics are looked for the wrong way round: by an evaluation that is better than training."""
    signs = _signs(log)
    signs["statistics frozen"] = log["train"][-1] < 0.95 * log["loss"][-1].mean()
    return _first(signs)


@mistake(
    "diagnose",
    hint="Of a leak, training and validation know nothing: only images that nothing has looked at tell, “test”.",
    read="sec-training-signs",
    corner="a leak",
)
def never_leaked(log):
    """A leak is never recognised."""
    return _without(log, "validation leaked")


@mistake(
    "diagnose",
    hint="That validation is as good as training may be luck, or an easy task. Compare it with “test”.",
    read="sec-training-signs",
)
def leaked_by_training(log):
    """A leak is looked for by a validation loss that is hardly above the training loss."""
    signs = _signs(log)
    signs["validation leaked"] = log["val"][-1] < 1.6 * log["train"][-1]
    return _first(signs)


@mistake(
    "diagnose",
    hint="If the test is worse than *training*, that may be overfitting. A leak shows where it is worse than validation.",
    read="sec-training-signs",
)
def leaked_by_test_and_train(log):
    """A leak is looked for by a test loss that is far above the training loss."""
    signs = _signs(log)
    signs["validation leaked"] = log["test"] > 2.4 * log["train"][-1]
    return _first(signs)


@mistake(
    "diagnose",
    hint="A run whose validation leaked has learnt few images by heart, too, and is as bad on the test. Ask for the leak before: only there "
    "is the test much worse than *validation*.",
    read="sec-training-signs",
    corner="a leak",
)
def overfitting_before_the_leak(log):
    """Leaked runs are called overfitting."""
    signs = _without(log, "validation leaked", "overfitting")
    return "overfitting" if signs == "healthy" and log["test"] > 2.4 * log["train"][-1] else signs


@mistake(
    "diagnose",
    hint="Overfitting is a gap: validation is much worse than training at the end, whether or not it rises.",
    read="sec-training-overfitting",
    corner="overfitting",
)
def never_overfitting(log):
    """Overfitting is never recognised."""
    return _without(log, "overfitting")


@mistake(
    "diagnose",
    hint="Validation is a little worse than training in healthy runs, too. The line between the two kinds lies higher.",
    read="sec-training-overfitting",
)
def overfitting_line_too_low(log):
    """The line for overfitting lies below healthy runs."""
    signs = _signs(log)
    signs["overfitting"] = log["val"][-1] > 1.05 * log["train"][-1]
    return _first(signs)


@mistake("diagnose", same_as="never_overfitting")
def overfitting_by_rise(log):
    """Overfitting is looked for by a validation loss that is half as large again as its minimum."""
    signs = _signs(log)
    signs["overfitting"] = log["val"][-1] > 1.5 * log["val"].min()
    return _first(signs)


@mistake(
    "diagnose",
    hint="The names are compared letter by letter: with spaces, and in small letters.",
    read="sec-training-clinic",
)
def other_spelling(log):
    """The names are spelt with underscores."""
    return _first(_signs(log)).replace(" ", "_")


@mistake(
    "diagnose",
    hint="One name is asked for. Put what explains everything else first, and return it alone.",
    read="sec-training-clinic",
)
def list_of_all(log):
    """A list of all signs is returned."""
    return [name for name, seen in _signs(log).items() if seen]


@mistake(
    "diagnose",
    hint="Faults are named, and a healthy run is not. What does your function return when it has found no fault?",
    read="sec-training-clinic",
)
def healthy_is_none(log):
    """A healthy run gives None."""
    name = _first(_signs(log))
    return None if name == "healthy" else name


@mistake(
    "diagnose",
    hint="A name that is printed, or kept in a variable, stays inside. Only what is returned reaches whoever asked.",
    read="sec-training-clinic",
)
def no_name_returned(log):
    """No run gets a name: the function returns None."""
    _first(_signs(log))


# --- right answers, written another way ---


@alternative("diagnose")
def by_other_lines(log):
    """Other numbers and other lines."""
    loss = log["loss"]
    if not np.isfinite(loss).all() or (loss.max() > 10 * loss[0, 0] and loss[1].mean() > 3):
        return "rate too high"
    if log["update"].max() < 1e-3:
        return "rate too low"
    late = loss[-6:]
    if np.corrcoef(late).min() > 0.8:
        return "not shuffled"
    if log["gradient"][-3:].mean() > log["gradient"][:3].mean():
        return "gradients not zeroed"
    if log["train"][-4:].mean() > 1.5 * loss[-4:].mean() + 0.1:
        return "statistics frozen"
    if log["train"].min() > 0.8:
        return "labels misaligned"
    if log["test"] > log["val"][-1] + 0.4:
        return "validation leaked"
    return "overfitting" if log["val"][-1] - log["train"][-1] > 0.45 else "healthy"

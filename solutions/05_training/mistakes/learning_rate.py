"""Wrong answers to `learning_rate` that students really give, and right ones written another way."""

import math

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _fall(share, peak, final):
    return final + (peak - final) * (1 + math.cos(math.pi * share)) / 2


def _right(step, total, warmup, peak, final):
    if step < warmup:
        return peak * (step + 1) / warmup
    if step == warmup:
        return peak
    return _fall(min(1, (step - warmup) / max(1, total - 1 - warmup)), peak, final)


@mistake(
    "learning_rate",
    hint="Steps are counted from 0, and the first one must not have the rate 0: it would be wasted.",
    read="sec-training-optimizers-schedules",
    corner="the warm-up",
)
def starts_at_zero(step, total, warmup, peak, final):
    """The warm-up starts at 0, and reaches the peak a step later."""
    return peak * step / warmup if step < warmup else _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="The last step of the warm-up has the peak already, and there are warmup stages, not one more.",
    read="sec-training-optimizers-schedules",
    corner="the warm-up",
)
def stays_below(step, total, warmup, peak, final):
    """The warm-up has one stage too many, and ends below the peak."""
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="In the first step the rate is peak / warmup. Yours begins at the final rate.",
    read="sec-training-optimizers-schedules",
    corner="the warm-up",
)
def starts_at_final(step, total, warmup, peak, final):
    """The warm-up starts at the final rate."""
    if step < warmup:
        return final + (peak - final) * (step + 1) / warmup
    return _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="There is no warm-up in yours: the steps before number warmup have a rising rate.",
    read="sec-training-optimizers-schedules",
    corner="the warm-up",
)
def no_warmup(step, total, warmup, peak, final):
    """The warm-up has the peak throughout."""
    return peak if step < warmup else _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="The line of the warm-up rises evenly. Yours is a piece of a cosine.",
    read="sec-training-optimizers-schedules",
    corner="the warm-up",
)
def warmup_by_cosine(step, total, warmup, peak, final):
    """The warm-up rises along a cosine."""
    if step < warmup:
        return peak * (1 - math.cos(math.pi * (step + 1) / warmup)) / 2
    return _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="warmup may be 0: then there is nothing to divide, and step 0 has the peak.",
    read="sec-training-optimizers-schedules",
    corner="no warm-up",
)
def divides_by_no_warmup(step, total, warmup, peak, final):
    """A warm-up of 0 steps raises an error."""
    rising = peak * (step + 1) / warmup
    return rising if step < warmup else _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="The final rate belongs to the last step, number total − 1. In yours it would come one step later.",
    read="sec-training-optimizers-schedules",
)
def ends_a_step_late(step, total, warmup, peak, final):
    """The cosine ends in step number total, which is not there."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return _fall(min(1, (step - warmup) / (total - warmup)), peak, final)


@mistake(
    "learning_rate",
    hint="Step number warmup has the peak: the cosine begins there, and not one step before.",
    read="sec-training-optimizers-schedules",
)
def begins_a_step_early(step, total, warmup, peak, final):
    """The cosine begins in the last step of the warm-up."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return _fall(min(1, (step - warmup + 1) / (total - warmup)), peak, final)


@mistake(
    "learning_rate",
    hint="The cosine has the steps after the warm-up for itself. Yours counts from step 0, and so jumps down when the warm-up ends.",
    read="sec-training-optimizers-schedules",
)
def cosine_from_zero(step, total, warmup, peak, final):
    """The cosine begins at step 0, and the warm-up covers its beginning."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return _fall(min(1, step / max(1, total - 1)), peak, final)


@mistake(
    "learning_rate",
    hint="The steps of the warm-up are subtracted above the line as well as below it.",
    read="sec-training-optimizers-schedules",
)
def warmup_not_taken_off(step, total, warmup, peak, final):
    """The cosine is as long as the whole training, and does not come to its end."""
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return final
    return _fall((step - warmup) / max(1, total - 1), peak, final)


@mistake(
    "learning_rate",
    hint="Half a period of the cosine goes from 1 to −1. A quarter of it is not flat at its end.",
    read="sec-training-optimizers-schedules",
)
def quarter_period(step, total, warmup, peak, final):
    """A quarter of a period is used, which is steep at its end."""
    if step < warmup:
        return peak * (step + 1) / warmup
    share = min(1, (step - warmup) / max(1, total - 1 - warmup))
    return final + (peak - final) * math.cos(math.pi * share / 2)


@mistake(
    "learning_rate",
    hint="A whole period of a cosine comes up again. Half a one is asked for.",
    read="sec-training-optimizers-schedules",
)
def whole_period(step, total, warmup, peak, final):
    """A whole period is used, so that the rate rises again."""
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return final
    return _fall(2 * (step - warmup) / max(1, total - 1 - warmup), peak, final)


@mistake(
    "learning_rate",
    hint="A straight line is not flat at its ends. The fall follows a cosine.",
    read="sec-training-optimizers-schedules",
)
def straight_down(step, total, warmup, peak, final):
    """The rate falls along a straight line."""
    if step < warmup:
        return peak * (step + 1) / warmup
    share = min(1, (step - warmup) / max(1, total - 1 - warmup))
    return peak + (final - peak) * share


@mistake(
    "learning_rate",
    hint="NumPy's cosine takes radians: half a period is π.",
    read="sec-training-optimizers-schedules",
)
def degrees(step, total, warmup, peak, final):
    """The angle is in degrees."""
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return final
    share = (step - warmup) / max(1, total - 1 - warmup)
    return final + (peak - final) * (1 + math.cos(180 * share)) / 2


@mistake(
    "learning_rate",
    hint="The cosine goes down to the final rate, and not to 0: what falls is the part of the peak that is above it.",
    read="sec-training-optimizers-schedules",
)
def falls_to_zero(step, total, warmup, peak, final):
    """The cosine falls to 0."""
    if step < warmup or step >= total:
        return _right(step, total, warmup, peak, final)
    return _right(step, total, warmup, peak, 0.0)


@mistake(
    "learning_rate",
    hint="final is added to a cosine that falls from peak − final, so that it starts at the peak. Yours starts above it.",
    read="sec-training-optimizers-schedules",
)
def final_on_top(step, total, warmup, peak, final):
    """The final rate is added to a cosine that starts at the peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return final + _right(step, total, warmup, peak, 0.0)


@mistake(
    "learning_rate",
    hint="The cosine stands at half its height: (1 + cos) / 2. Yours goes below the final rate.",
    read="sec-training-optimizers-schedules",
)
def one_plus_forgotten(step, total, warmup, peak, final):
    """The cosine is taken as it is, from 1 to −1."""
    if step < warmup:
        return peak * (step + 1) / warmup
    share = min(1, (step - warmup) / max(1, total - 1 - warmup))
    return final + (peak - final) * math.cos(math.pi * share)


@mistake(
    "learning_rate",
    hint="After the end the rate stays final. A cosine that goes on rises again.",
    read="sec-training-optimizers-schedules",
    corner="after the end",
)
def rises_after_end(step, total, warmup, peak, final):
    """After the end the cosine goes on, and rises again."""
    if step <= warmup:
        return _right(step, total, warmup, peak, final)
    return _fall((step - warmup) / max(1, total - 1 - warmup), peak, final)


@mistake(
    "learning_rate",
    hint="After the end the rate stays final: training may go on.",
    read="sec-training-optimizers-schedules",
    corner="after the end",
)
def zero_after_end(step, total, warmup, peak, final):
    """After the end the rate is 0."""
    return 0.0 if step >= total else _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="A step after the end is legal: the rate stays final.",
    read="sec-training-optimizers-schedules",
    corner="after the end",
)
def refuses_after_end(step, total, warmup, peak, final):
    """A step after the end is refused."""
    if step >= total:
        raise ValueError("training is over")
    return _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="If one step is left for the cosine, total − 1 − warmup is 0. That step has the peak: ask for it by itself.",
    read="sec-training-optimizers-schedules",
    corner="one step left",
)
def divides_by_nothing_left(step, total, warmup, peak, final):
    """One step left for the cosine raises ZeroDivisionError."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return _fall(min(1, (step - warmup) / (total - 1 - warmup)), peak, final)


@mistake(
    "learning_rate",
    hint="If only one step is left for the cosine, the text gives it the peak. Yours asks first whether the step is the last one, which here it is as well.",
    read="sec-training-optimizers-schedules",
    corner="one step left",
)
def last_is_always_final(step, total, warmup, peak, final):
    """The last step has the final rate, even if it is the only one of the cosine."""
    return final if step >= total - 1 else _right(step, total, warmup, peak, final)


@mistake(
    "learning_rate",
    hint="The rates come out exchanged: it falls from the peak to the final rate.",
    read="sec-training-optimizers-schedules",
)
def upside_down(step, total, warmup, peak, final):
    """The cosine rises from the final rate to the peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return _fall(min(1, (step - warmup) / max(1, total - 1 - warmup)), final, peak)


@mistake(
    "learning_rate",
    hint="A factor between 0 and 1 is what you return. Multiply it by the peak, or stretch it between final and peak.",
    read="sec-training-optimizers-schedules",
)
def a_factor(step, total, warmup, peak, final):
    """A factor from 0 to 1 is returned, not a rate."""
    return _right(step, total, warmup, 1.0, 0.0)


@mistake(
    "learning_rate",
    hint="// rounds down to whole numbers, so that the rate moves in a jump. Divide with /.",
    read="sec-arrays-dtypes",
)
def whole_division(step, total, warmup, peak, final):
    """Shares are rounded down by //."""
    if step < warmup:
        return peak * ((step + 1) // warmup)
    return _fall(min(1, (step - warmup) // max(1, total - 1 - warmup)), peak, final)


@mistake(
    "learning_rate",
    hint="Step number warmup has the peak. The line of the warm-up, carried on for one more step, goes above it.",
    read="sec-training-optimizers-schedules",
)
def warmup_too_long(step, total, warmup, peak, final):
    """The warm-up goes on in step number warmup, above the peak."""
    if step <= warmup:
        return peak * (step + 1) / warmup
    return _right(step, total, warmup, peak, final)


@mistake("learning_rate", same_as="rises_after_end", corner="after the end")
def rises_once_after_end(step, total, warmup, peak, final):
    """The cosine goes on in step number total, and then the rate is final."""
    if step <= warmup or step > total:
        return _right(step, total, warmup, peak, final)
    return _fall((step - warmup) / max(1, total - 1 - warmup), peak, final)


@mistake("learning_rate", same_as="divides_by_no_warmup", corner="no warm-up")
def divides_by_no_warmup_first(step, total, warmup, peak, final):
    """A warm-up of 0 steps raises an error: step + 1 is divided first."""
    rising = (step + 1) / warmup * peak
    return rising if step < warmup else _right(step, total, warmup, peak, final)


@mistake("learning_rate", same_as="divides_by_nothing_left", corner="one step left")
def divides_by_nothing_left_later(step, total, warmup, peak, final):
    """One step left for the cosine raises ZeroDivisionError, since a float is divided."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return _fall(min(1, 1.0 * (step - warmup) / (total - 1 - warmup)), peak, final)


@mistake(
    "learning_rate",
    hint="If one step is left, that step has the peak. The steps after the end have the final rate all the same.",
    read="sec-training-optimizers-schedules",
    corner="one step left",
)
def peak_for_ever(step, total, warmup, peak, final):
    """If one step is left for the cosine, the rate stays at the peak after the end, too."""
    if step >= warmup == total - 1:
        return peak
    return _right(step, total, warmup, peak, final)


# --- right answers, written another way ---


@alternative("learning_rate")
def by_interp(step, total, warmup, peak, final):
    """np.interp for both parts."""
    if step < warmup:
        return float(np.interp(step + 1, [0, warmup], [0, peak]))
    if total - warmup == 1 and step == warmup:
        return peak
    angle = np.interp(step, [warmup, total - 1], [0, np.pi]) if total - warmup > 1 else np.pi
    return (peak + final) / 2 + (peak - final) / 2 * np.cos(angle)


@alternative("learning_rate")
def by_squares(step, total, warmup, peak, final):
    """cos² of half the angle, and the end by itself."""
    if step < warmup:
        return (step + 1) * (peak / warmup)
    if step >= total:
        return final
    left = total - warmup - 1
    share = (step - warmup) / left if left else 0
    weight = math.cos(math.pi * share / 2) ** 2
    return weight * peak + (1 - weight) * final

"""Wrong answers to `early_exit` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _softmax(scores, wrong=""):
    if wrong == "no_shift":
        with np.errstate(all="ignore"):
            e = np.exp(scores)
            return e / e.sum(axis=2, keepdims=True)
    if wrong == "one_shift_for_all":
        with np.errstate(all="ignore"):
            e = np.exp(scores - scores.max())
            return e / e.sum(axis=2, keepdims=True)
    if wrong == "almost_no_zero":
        e = np.exp(scores - scores.max(axis=2, keepdims=True))
        return e / (e.sum(axis=2, keepdims=True) + 1e-3)
    axis = {"softmax_over_images": 1, "softmax_over_exits": 0}.get(wrong, 2)
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _confidence(scores, wrong):
    if wrong == "scores_for_probabilities":
        return scores.max(axis=2)
    if wrong == "sigmoids":
        return 1 / (1 + np.exp(-np.clip(scores.max(axis=2), -500, 500)))
    p = _softmax(scores, wrong)
    if wrong == "margin":
        ordered = np.sort(p, axis=2)
        return ordered[:, :, -1] - ordered[:, :, -2]
    if wrong == "first_class_alone":
        return p[:, :, 0]
    if wrong == "smallest":
        return p.min(axis=2)
    if wrong == "mean_of_exits":
        return np.cumsum(p, axis=0).max(axis=2) / np.arange(1, len(p) + 1)[:, None]
    return p.max(axis=2)


def _made(scores, costs, threshold, budgets, wrong):
    count, n = scores.shape[:2]
    confidence = _confidence(scores, wrong)
    if wrong == "above":
        sure = confidence > threshold
    elif wrong == "below":
        sure = confidence < threshold
    elif wrong == "whole_batch":
        sure = np.repeat((confidence >= threshold).all(axis=1)[:, None], n, axis=1)
    elif wrong == "mean_of_the_batch":
        sure = np.repeat((confidence.mean(axis=1) >= threshold)[:, None], n, axis=1)
    elif wrong == "almost_sure":
        sure = confidence >= threshold - 1e-3
    elif wrong == "single_precision":
        sure = _confidence(scores.astype(np.float32), wrong) >= threshold
    else:
        sure = confidence >= threshold
    first = np.where(sure.any(axis=0), sure.argmax(axis=0), count)
    if wrong == "last_that_is_sure":
        first = np.where(sure.any(axis=0), count - 1 - sure[::-1].argmax(axis=0), count)
    if wrong == "surest":
        first = confidence.argmax(axis=0)
    if wrong == "surest_if_none":
        first = np.where(sure.any(axis=0), sure.argmax(axis=0), confidence.argmax(axis=0))
    if wrong == "first_if_none":
        first = sure.argmax(axis=0)
    price = costs
    if wrong == "costs_are_added_up":
        price = np.cumsum(costs)
    if wrong == "one_budget":
        budgets = np.full(n, budgets[0])
    if wrong == "smallest_budget":
        budgets = np.full(n, budgets.min())
    if wrong == "budget_for_all_together":
        budgets = np.full(n, budgets.sum() / n)
    affordable = (
        price[:, None] < budgets
        if wrong == "budget_not_spent_to_the_last"
        else price[:, None] <= budgets
    )
    last = affordable.sum(axis=0) - 1
    if wrong == "budget_ignored":
        last = np.full(n, count - 1)
    if wrong == "one_exit_more":
        last = np.minimum(last + 1, count - 1)
    if wrong == "first_exit_is_free":
        last = np.maximum(last, 0)
    exits = np.minimum(first, last)
    if wrong == "surest_within_reach":
        surest = np.where(affordable, confidence, -1.0).argmax(axis=0)
        exits = np.where(first <= last, first, np.where(last < 0, -1, surest))
    if wrong == "waits_for_the_next":
        exits = np.minimum(first + 1, last)
    if wrong == "budget_without_being_sure":
        exits = last
    if wrong == "over_budget_if_unsure":
        exits = np.where((first == count) & (last >= 0), count - 1, np.minimum(first, last))
    if wrong == "no_answer_if_unsure":
        exits = np.where(first > last, -1, exits)
    left = exits >= 0
    at = np.maximum(exits, 0)
    which = scores
    if wrong == "sum_of_the_exits":
        which = np.cumsum(_softmax(scores), axis=0)
    answers = which.argmax(axis=2)
    if wrong == "last_of_equal":
        answers = scores.shape[2] - 1 - scores[:, :, ::-1].argmax(axis=2)
    if wrong == "smallest_score":
        answers = scores.argmin(axis=2)
    if wrong == "classes_from_one":
        answers = answers + 1
    answers = answers[at, np.arange(n)]
    if wrong == "answer_of_the_last":
        answers = scores[-1].argmax(axis=1)
    if wrong == "answer_of_the_first":
        answers = scores[0].argmax(axis=1)
    spent = costs[at]
    if wrong == "costs_are_added_up":
        spent = np.cumsum(costs)[at]
    if wrong == "cost_of_the_last_step":
        spent = np.diff(costs, prepend=0.0)[at]
    if wrong == "all_exits_are_paid":
        spent = np.full(n, costs[-1])
    if wrong == "budget_is_spent":
        spent = budgets.astype(np.float64)
    if wrong == "mean_cost":
        return np.where(left, answers, -1), exits, np.where(left, spent, 0.0).mean()
    if wrong == "number_for_exit":
        return (
            np.where(left, answers, -1),
            np.where(left, exits + 1, -1),
            np.where(left, spent, 0.0),
        )
    if wrong == "zero_for_no_answer":
        return np.where(left, answers, 0), exits, np.where(left, spent, 0.0)
    if wrong == "first_cost_at_least":
        return np.where(left, answers, -1), exits, spent
    if wrong == "answer_for_nothing":
        return scores.argmax(axis=2)[exits, np.arange(n)], exits, np.where(left, spent, 0.0)
    if wrong == "cost_of_the_last_for_nothing":
        return np.where(left, answers, -1), exits, costs[exits]
    if wrong == "wraps_round":
        return scores.argmax(axis=2)[exits, np.arange(n)], exits, costs[exits]
    if wrong == "no_answer_is_an_exit":
        return np.where(left, answers, -1), np.where(left, exits, 0), np.where(left, spent, 0.0)
    if wrong == "exits_and_answers_exchanged":
        return exits, np.where(left, answers, -1), np.where(left, spent, 0.0)
    return np.where(left, answers, -1), exits, np.where(left, spent, 0.0)


@mistake(
    "early_exit",
    hint="The threshold is for probabilities: the softmax of the scores.",
    read="sec-architectures-dense",
)
def scores_for_probabilities(scores, costs, threshold, budgets):
    """The scores are compared with the threshold, without a softmax."""
    return _made(scores, costs, threshold, budgets, "scores_for_probabilities")


@mistake("early_exit", same_as="scores_for_probabilities")
def sigmoids(scores, costs, threshold, budgets):
    """A sigmoid is taken of the largest score."""
    return _made(scores, costs, threshold, budgets, "sigmoids")


@mistake("early_exit", same_as="budget_without_being_sure")
def softmax_over_images(scores, costs, threshold, budgets):
    """The softmax is taken over the images."""
    return _made(scores, costs, threshold, budgets, "softmax_over_images")


@mistake(
    "early_exit",
    hint="Probabilities add up to 1 over the classes, the last axis.",
    read="sec-architectures-dense",
)
def softmax_over_exits(scores, costs, threshold, budgets):
    """The softmax is taken over the exits."""
    return _made(scores, costs, threshold, budgets, "softmax_over_exits")


@mistake(
    "early_exit",
    hint="exp(1000) is infinite. The softmax does not change when the largest score is subtracted first.",
    read="sec-architectures-dense",
    corner="large scores",
)
def no_shift(scores, costs, threshold, budgets):
    """The softmax overflows for large scores."""
    return _made(scores, costs, threshold, budgets, "no_shift")


@mistake(
    "early_exit",
    hint="Subtract the largest score of each image at each exit.",
    read="sec-architectures-dense",
    corner="large scores",
)
def one_shift_for_all(scores, costs, threshold, budgets):
    """The largest of all scores is subtracted, so that exits and images with small scores get 0 / 0."""
    return _made(scores, costs, threshold, budgets, "one_shift_for_all")


@mistake(
    "early_exit",
    hint="Sure is an exit where the largest probability reaches the threshold.",
    read="sec-architectures-dense",
)
def margin(scores, costs, threshold, budgets):
    """The distance between the two largest probabilities is compared with the threshold."""
    return _made(scores, costs, threshold, budgets, "margin")


@mistake("early_exit", same_as="budget_without_being_sure")
def first_class_alone(scores, costs, threshold, budgets):
    """The first class's probability is compared with the threshold."""
    return _made(scores, costs, threshold, budgets, "first_class_alone")


@mistake("early_exit", same_as="budget_without_being_sure")
def smallest(scores, costs, threshold, budgets):
    """The smallest probability is compared with the threshold."""
    return _made(scores, costs, threshold, budgets, "smallest")


@mistake(
    "early_exit",
    hint="Each exit is judged by its own probabilities.",
    read="sec-architectures-dense",
)
def mean_of_exits(scores, costs, threshold, budgets):
    """Probabilities are averaged over the exits so far."""
    return _made(scores, costs, threshold, budgets, "mean_of_exits")


@mistake(
    "early_exit",
    hint="The exit at which an image leaves gives the answer alone.",
    read="sec-architectures-dense",
)
def sum_of_the_exits(scores, costs, threshold, budgets):
    """The answer comes from all exits so far together."""
    return _made(scores, costs, threshold, budgets, "sum_of_the_exits")


@mistake(
    "early_exit",
    hint="At least the threshold: equal is enough.",
    read="sec-architectures-dense",
    corner="a probability that equals the threshold",
)
def above(scores, costs, threshold, budgets):
    """The largest probability must be above the threshold."""
    return _made(scores, costs, threshold, budgets, "above")


@mistake(
    "early_exit",
    hint="It leaves at the first exit whose largest probability is at least the threshold.",
    read="sec-architectures-dense",
)
def below(scores, costs, threshold, budgets):
    """An image leaves where the network is not sure."""
    return _made(scores, costs, threshold, budgets, "below")


@mistake("early_exit", same_as="budget_without_being_sure")
def whole_batch(scores, costs, threshold, budgets):
    """An image leaves only where all images are sure."""
    return _made(scores, costs, threshold, budgets, "whole_batch")


@mistake("early_exit", hint="Each image leaves by itself.", read="sec-architectures-dense")
def mean_of_the_batch(scores, costs, threshold, budgets):
    """Images leave together, where they are sure on average."""
    return _made(scores, costs, threshold, budgets, "mean_of_the_batch")


@mistake("early_exit", same_as="budget_without_being_sure")
def last_that_is_sure(scores, costs, threshold, budgets):
    """An image leaves at the last exit that is sure."""
    return _made(scores, costs, threshold, budgets, "last_that_is_sure")


@mistake(
    "early_exit",
    hint="It leaves at the first exit that is sure enough. To know the surest, all must be computed.",
    read="sec-architectures-dense",
)
def surest(scores, costs, threshold, budgets):
    """An image leaves at the exit that is surest."""
    return _made(scores, costs, threshold, budgets, "surest")


@mistake("early_exit", same_as="first_if_none")
def surest_if_none(scores, costs, threshold, budgets):
    """Where no exit is sure, the surest one answers."""
    return _made(scores, costs, threshold, budgets, "surest_if_none")


@mistake(
    "early_exit",
    hint="`argmax` of a column without True is 0. Then the last that can be reached answers.",
    read="sec-architectures-dense",
)
def first_if_none(scores, costs, threshold, budgets):
    """Where no exit is sure, the first one answers."""
    return _made(scores, costs, threshold, budgets, "first_if_none")


@mistake(
    "early_exit", hint="It leaves at the exit that is sure itself.", read="sec-architectures-dense"
)
def waits_for_the_next(scores, costs, threshold, budgets):
    """An image leaves one exit later than it could."""
    return _made(scores, costs, threshold, budgets, "waits_for_the_next")


@mistake(
    "early_exit",
    hint="Exits that cost more than the image's budget cannot be reached.",
    read="sec-architectures-dense",
    corner="budgets",
)
def budget_ignored(scores, costs, threshold, budgets):
    """The budget is ignored."""
    return _made(scores, costs, threshold, budgets, "budget_ignored")


@mistake(
    "early_exit",
    hint="All costs up to an exit have to fit into the budget.",
    read="sec-architectures-dense",
    corner="budgets",
)
def one_exit_more(scores, costs, threshold, budgets):
    """An image reaches one exit more than it can pay."""
    return _made(scores, costs, threshold, budgets, "one_exit_more")


@mistake(
    "early_exit",
    hint="Those that cost at most as much as the budget can be.",
    read="sec-architectures-dense",
    corner="budgets",
)
def budget_not_spent_to_the_last(scores, costs, threshold, budgets):
    """An exit that costs exactly the budget cannot be reached."""
    return _made(scores, costs, threshold, budgets, "budget_not_spent_to_the_last")


@mistake("early_exit", same_as="budget_for_all_together")
def one_budget(scores, costs, threshold, budgets):
    """The first image's budget is taken for all."""
    return _made(scores, costs, threshold, budgets, "one_budget")


@mistake("early_exit", same_as="budget_for_all_together")
def smallest_budget(scores, costs, threshold, budgets):
    """The smallest budget is taken for all."""
    return _made(scores, costs, threshold, budgets, "smallest_budget")


@mistake(
    "early_exit",
    hint="Each image has its own budget.",
    read="sec-architectures-dense",
    corner="budgets",
)
def budget_for_all_together(scores, costs, threshold, budgets):
    """The budgets are shared equally."""
    return _made(scores, costs, threshold, budgets, "budget_for_all_together")


@mistake(
    "early_exit",
    hint="It leaves as soon as an exit is sure, and saves the rest.",
    read="sec-architectures-dense",
)
def budget_without_being_sure(scores, costs, threshold, budgets):
    """Every image spends its whole budget."""
    return _made(scores, costs, threshold, budgets, "budget_without_being_sure")


@mistake(
    "early_exit",
    hint="The last that can be reached with the budget answers.",
    read="sec-architectures-dense",
    corner="budgets",
)
def over_budget_if_unsure(scores, costs, threshold, budgets):
    """Where no exit is sure, the last of all answers, whatever it costs."""
    return _made(scores, costs, threshold, budgets, "over_budget_if_unsure")


@mistake(
    "early_exit",
    hint="The last that can be reached answers, sure or not.",
    read="sec-architectures-dense",
)
def no_answer_if_unsure(scores, costs, threshold, budgets):
    """Where no exit that can be reached is sure, there is no answer."""
    return _made(scores, costs, threshold, budgets, "no_answer_if_unsure")


@mistake(
    "early_exit",
    hint="An entry of costs is already what it costs to get from the image to that exit.",
    read="sec-architectures-dense",
)
def costs_are_added_up(scores, costs, threshold, budgets):
    """The costs are added up from exit to exit."""
    return _made(scores, costs, threshold, budgets, "costs_are_added_up")


@mistake(
    "early_exit",
    hint="All that was computed is paid: the entry of costs itself.",
    read="sec-architectures-dense",
)
def cost_of_the_last_step(scores, costs, threshold, budgets):
    """What is spent is the cost from the exit before."""
    return _made(scores, costs, threshold, budgets, "cost_of_the_last_step")


@mistake(
    "early_exit",
    hint="What comes behind the exit at which it leaves is not computed.",
    read="sec-architectures-dense",
)
def all_exits_are_paid(scores, costs, threshold, budgets):
    """Each image pays for all exits."""
    return _made(scores, costs, threshold, budgets, "all_exits_are_paid")


@mistake(
    "early_exit",
    hint="What was spent is the cost of the exit at which the image left.",
    read="sec-architectures-dense",
)
def budget_is_spent(scores, costs, threshold, budgets):
    """The budgets are returned as what was spent."""
    return _made(scores, costs, threshold, budgets, "budget_is_spent")


@mistake(
    "early_exit", hint="One number for each image is asked for.", read="sec-architectures-dense"
)
def mean_cost(scores, costs, threshold, budgets):
    """The mean of what was spent is returned."""
    return _made(scores, costs, threshold, budgets, "mean_cost")


@mistake(
    "early_exit",
    hint="The answer is that of the exit at which the image leaves. The last may not even have been computed.",
    read="sec-architectures-dense",
)
def answer_of_the_last(scores, costs, threshold, budgets):
    """The answer is always that of the last exit."""
    return _made(scores, costs, threshold, budgets, "answer_of_the_last")


@mistake(
    "early_exit",
    hint="The answer is that of the exit at which the image leaves.",
    read="sec-architectures-dense",
)
def answer_of_the_first(scores, costs, threshold, budgets):
    """The answer is always that of the first exit."""
    return _made(scores, costs, threshold, budgets, "answer_of_the_first")


@mistake("early_exit", hint="The class with the largest score.", read="sec-architectures-dense")
def smallest_score(scores, costs, threshold, budgets):
    """The class with the smallest score is the answer."""
    return _made(scores, costs, threshold, budgets, "smallest_score")


@mistake(
    "early_exit",
    hint="Of equal ones the first, as `argmax` does by itself.",
    read="sec-architectures-dense",
    corner="equal scores",
)
def last_of_equal(scores, costs, threshold, budgets):
    """Of classes with equal scores the last is the answer."""
    return _made(scores, costs, threshold, budgets, "last_of_equal")


@mistake(
    "early_exit",
    hint="Classes are counted from 0, as the scores are.",
    read="sec-architectures-dense",
)
def classes_from_one(scores, costs, threshold, budgets):
    """Classes are counted from 1."""
    return _made(scores, costs, threshold, budgets, "classes_from_one")


@mistake("early_exit", hint="The first exit is number 0.", read="sec-architectures-dense")
def number_for_exit(scores, costs, threshold, budgets):
    """Exits are counted from 1."""
    return _made(scores, costs, threshold, budgets, "number_for_exit")


@mistake("early_exit", hint="The order is answers, exits, spent.", read="sec-architectures-dense")
def exits_and_answers_exchanged(scores, costs, threshold, budgets):
    """Exits are returned first, and answers second."""
    return _made(scores, costs, threshold, budgets, "exits_and_answers_exchanged")


@mistake(
    "early_exit",
    hint="With less than the first cost, nothing can be computed: −1, −1 and 0.",
    read="sec-architectures-dense",
    corner="nothing to spend",
)
def first_exit_is_free(scores, costs, threshold, budgets):
    """The first exit is reached whatever it costs."""
    return _made(scores, costs, threshold, budgets, "first_exit_is_free")


@mistake(
    "early_exit",
    hint="−1 says that there is none. 0 is a class.",
    read="sec-architectures-dense",
    corner="nothing to spend",
)
def zero_for_no_answer(scores, costs, threshold, budgets):
    """Where there is no answer, it is class 0."""
    return _made(scores, costs, threshold, budgets, "zero_for_no_answer")


@mistake(
    "early_exit",
    hint="−1 says that no exit was reached.",
    read="sec-architectures-dense",
    corner="nothing to spend",
)
def no_answer_is_an_exit(scores, costs, threshold, budgets):
    """Where there is no answer, the exit is 0."""
    return _made(scores, costs, threshold, budgets, "no_answer_is_an_exit")


@mistake(
    "early_exit",
    hint="Nothing was computed, so that nothing is spent.",
    read="sec-architectures-dense",
    corner="nothing to spend",
)
def first_cost_at_least(scores, costs, threshold, budgets):
    """Where no exit is reached, the first cost is spent."""
    return _made(scores, costs, threshold, budgets, "first_cost_at_least")


@mistake(
    "early_exit",
    hint="In NumPy, −1 is the last entry. Where no exit is reached, say so: −1, −1 and 0.",
    read="sec-architectures-dense",
    corner="nothing to spend",
)
def wraps_round(scores, costs, threshold, budgets):
    """An exit of −1 takes the last exit's answer and cost."""
    return _made(scores, costs, threshold, budgets, "wraps_round")


@mistake(
    "early_exit",
    hint="All images at once: boolean arrays of shape (E, N), and `argmax` along the exits.",
    read="sec-architectures-dense",
    corner="no loop",
)
def loop_over_images(scores, costs, threshold, budgets):
    """There is a loop over the images."""
    rows = []
    for n, budget in enumerate(budgets):
        row = (-1, -1, 0.0)
        for e, cost in enumerate(costs):
            if cost <= budget:
                row = (scores[e, n].argmax(), e, cost)
                if 1 / np.exp(scores[e, n] - scores[e, n].max()).sum() >= threshold:
                    break
        rows.append(row)
    answers, exits, spent = zip(*rows)
    return np.array(answers), np.array(exits), np.array(spent)


@mistake(
    "early_exit",
    hint="At least the threshold, without a tolerance, and in float64, as the scores come.",
    read="sec-architectures-dense",
    corner="just below the threshold",
)
def almost_sure(scores, costs, threshold, budgets):
    """An image leaves also where the largest probability is a little below the threshold."""
    return _made(scores, costs, threshold, budgets, "almost_sure")


@mistake("early_exit", same_as="almost_sure")
def single_precision(scores, costs, threshold, budgets):
    """The softmax is computed in float32."""
    return _made(scores, costs, threshold, budgets, "single_precision")


@mistake(
    "early_exit",
    hint="The last that can be reached answers: it has seen most.",
    read="sec-architectures-dense",
)
def surest_within_reach(scores, costs, threshold, budgets):
    """Where no exit that can be reached is sure, the surest of them answers."""
    return _made(scores, costs, threshold, budgets, "surest_within_reach")


@mistake(
    "early_exit",
    hint="An index of −1 takes the last exit's answer. Without an exit the answer is −1.",
    read="sec-architectures-dense",
    corner="nothing to spend",
)
def answer_for_nothing(scores, costs, threshold, budgets):
    """Where no exit can be reached, there is an answer all the same."""
    return _made(scores, costs, threshold, budgets, "answer_for_nothing")


@mistake(
    "early_exit",
    hint="An index of −1 takes the last cost. Without an exit 0 is spent.",
    read="sec-architectures-dense",
    corner="nothing to spend",
)
def cost_of_the_last_for_nothing(scores, costs, threshold, budgets):
    """Where no exit is reached, the last cost is spent."""
    return _made(scores, costs, threshold, budgets, "cost_of_the_last_for_nothing")


# --- right answers, written another way ---


@alternative("early_exit")
def exit_by_exit(scores, costs, threshold, budgets):
    """A loop over the exits, for all images at once."""
    n = len(budgets)
    answers, exits, spent = np.full(n, -1), np.full(n, -1), np.zeros(n)
    running = np.ones(n, dtype=bool)
    for e, cost in enumerate(costs):
        running &= budgets >= cost
        answers[running] = scores[e, running].argmax(axis=1)
        exits[running], spent[running] = e, cost
        p = np.exp(scores[e] - scores[e].max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        running = running & (p.max(axis=1) < threshold)
    return answers, exits, spent


@alternative("early_exit")
def by_padding(scores, costs, threshold, budgets):
    """A further exit at the start, for those that reach none."""
    p = np.exp(scores - scores.max(axis=-1)[..., None])
    p = p / p.sum(axis=-1)[..., None]
    stop = p.max(axis=-1) >= threshold
    stop = np.vstack([np.zeros((1, len(budgets)), dtype=bool), stop])
    reach = np.searchsorted(costs, budgets, side="right")
    stop[reach, np.arange(len(budgets))] = True
    at = stop.argmax(axis=0)
    named = np.vstack([np.full((1, len(budgets)), -1), scores.argmax(axis=-1)])
    return np.take_along_axis(named, at[None], axis=0)[0], at - 1, np.append(0.0, costs)[at]

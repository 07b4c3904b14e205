"""Wrong answers to `margin_losses` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "margin_losses",
    corner="margins of ±1000",
    hint="e¹⁰⁰⁰ is more than a float can hold. Where m is very negative, log(1 + e⁻ᵐ) is nearly −m; NumPy has a function for log(eᵃ + eᵇ).",
    read="sec-linear-stable",
)
def exp_overflows(margins):
    """The exponential overflows at a margin of −1000."""
    m = margins.astype(np.float64)
    with np.errstate(all="ignore"):
        losses, slopes = _losses(m)
        losses[2] = np.log(1 + np.exp(-m))
        slopes[2] = -np.exp(-m) / (1 + np.exp(-m))
    return losses, slopes


@mistake("margin_losses", same_as="exp_overflows", corner="margins of ±1000")
def loss_overflows(margins):
    """The logistic loss is infinite, its slope is not."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    with np.errstate(all="ignore"):
        losses[2] = np.log(1 + np.exp(-m))
    return losses, slopes


@mistake(
    "margin_losses",
    corner="margins of ±1000",
    hint="Where the exponent is cut off, the logistic loss stops growing: at m = −1000 it should be 1000. NumPy has a function for log(eᵃ + eᵇ) that never overflows.",
    read="sec-linear-stable",
)
def exponent_clipped(margins):
    """The exponent is cut off."""
    return _clipped(margins, 500)


@mistake("margin_losses", same_as="exponent_clipped")
def exponent_clipped_at_30(margins):
    """The exponent is cut off at 30."""
    return _clipped(margins, 30)


@mistake("margin_losses", same_as="exponent_clipped")
def exponent_clipped_at_50(margins):
    """The exponent is cut off at 50."""
    return _clipped(margins, 50)


@mistake("margin_losses", same_as="exponent_clipped")
def exponent_clipped_at_100(margins):
    """The exponent is cut off at 100."""
    return _clipped(margins, 100)


@mistake("margin_losses", same_as="exponent_clipped", corner="margins of ±1000")
def exponent_clipped_at_700(margins):
    """The exponent is cut off at 700."""
    return _clipped(margins, 700)


@mistake(
    "margin_losses",
    corner="margins of ±1000",
    hint="The logistic loss is right, its derivative is not finite: e¹⁰⁰⁰ / (1 + e¹⁰⁰⁰) is inf / inf. Divide both by e¹⁰⁰⁰ on paper.",
    read="sec-linear-stable",
)
def slope_overflows(margins):
    """The logistic slope is inf / inf."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    with np.errstate(all="ignore"):
        slopes[2] = -np.exp(-m) / (1 + np.exp(-m))
    return losses, slopes


@mistake(
    "margin_losses",
    corner="margins of ±1000",
    hint="At m = −1000 the slope is −1. np.nan_to_num turns inf / inf into 0, which hides the overflow and is wrong: write the fraction so that nothing overflows.",
    read="sec-linear-stable",
)
def nan_made_zero(margins):
    """The logistic slope's nan is replaced by 0."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    with np.errstate(all="ignore"):
        slopes[2] = np.nan_to_num(-np.exp(-m) / (1 + np.exp(-m)))
    return losses, slopes


@mistake(
    "margin_losses",
    hint="Your hinge loss, or its slope, is 0 as soon as a point is on the right side. The SVM wants a margin of 1.",
    read="sec-linear-margin-losses",
)
def hinge_without_margin(margins):
    """The hinge loss lacks its 1."""
    losses, slopes = _losses(margins.astype(np.float64))
    losses[1], slopes[1] = losses[0], slopes[0]
    return losses, slopes


@mistake(
    "margin_losses",
    hint="Your losses grow with the margin. A point that is far on its right side should cost nothing.",
    read="sec-linear-margin-losses",
)
def sign_of_margin(margins):
    """The margin has the wrong sign."""
    losses, slopes = _losses(-margins.astype(np.float64))
    return losses, -slopes


@mistake(
    "margin_losses",
    hint="The losses fall as the margin grows: their slopes cannot be positive.",
    read="sec-linear-margin-losses",
)
def positive_slopes(margins):
    """The slopes have the wrong sign."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses, -slopes


@mistake("margin_losses", same_as="positive_slopes")
def logistic_slope_positive(margins):
    """The logistic slope has the wrong sign."""
    losses, slopes = _losses(margins.astype(np.float64))
    slopes[2] = -slopes[2]
    return losses, slopes


@mistake(
    "margin_losses",
    hint="The slope of the logistic loss is −1 far on the wrong side and 0 far on the right side. Yours runs the other way.",
    read="sec-linear-margin-losses",
)
def sigmoid_reversed(margins):
    """The logistic slope is −σ(m), for −σ(−m)."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[2] = _losses(-m)[1][2]
    return losses, slopes


@mistake(
    "margin_losses",
    corner="kinks",
    hint="At m = 0 the perceptron's loss has a kink. The text chooses the slope −1: with 0, a start at weight 0 is never left.",
    read="sec-linear-margin-losses",
)
def kink_at_zero(margins):
    """The perceptron's slope at 0 is 0."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[0] = -1.0 * (m < 0)
    return losses, slopes


@mistake(
    "margin_losses",
    corner="kinks",
    hint="At m = 1 the hinge loss has a kink. The text chooses the slope 0.",
    read="sec-linear-margin-losses",
)
def kink_at_one(margins):
    """The hinge loss's slope at 1 is −1."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[1] = -1.0 * (m <= 1)
    return losses, slopes


@mistake(
    "margin_losses",
    hint="The logistic loss at m = 0 is log 2 = 0.693, with the natural logarithm.",
    read="sec-linear-margin-losses",
)
def base_two(margins):
    """The logarithm has base 2."""
    losses, slopes = _losses(margins.astype(np.float64))
    losses[2], slopes[2] = losses[2] / np.log(2), slopes[2] / np.log(2)
    return losses, slopes


@mistake(
    "margin_losses",
    corner="whole numbers",
    hint="The result of whole numbers is cut to whole numbers: an array like an integer array has its dtype.",
    read="notation-integers",
)
def truncated(margins):
    """Losses of whole numbers are cut to whole numbers."""
    losses, slopes = _losses(margins.astype(np.float64))
    if margins.dtype.kind == "i":
        losses, slopes = np.trunc(losses), np.trunc(slopes)
    return losses, slopes


@mistake(
    "margin_losses",
    corner="whole numbers",
    hint="In int8, −(−128) is −128 again: whole numbers wrap around. Convert to float64 before you calculate.",
    read="notation-integers",
)
def small_integers_wrap(margins):
    """Integer arithmetic wraps around."""
    m = margins
    losses, slopes = _losses(m.astype(np.float64))
    with np.errstate(all="ignore"):
        losses[0], losses[1] = np.maximum(-m, 0), np.maximum(1 - m, 0)
    return losses, slopes


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def whole_numbers_never_converted(margins):
    """Whole numbers are used as they come, and the logistic loss has their small float."""
    losses, slopes = np.zeros((2, 3, len(margins)))
    losses[0], losses[1] = np.maximum(0, -margins), np.maximum(0, 1 - margins)
    losses[2] = np.logaddexp(0, -margins)
    slopes[0][margins <= 0], slopes[1][margins < 1] = -1, -1
    slopes[2] = -np.exp(-np.logaddexp(0, margins))
    return losses, slopes


def _never_converted(m, logistic, *, chosen=False, filled=False):
    """The losses and slopes of m in its own dtype."""
    with np.errstate(all="ignore"):
        rows = [np.maximum(0, -m), np.maximum(0, 1 - m), logistic(m)]
        if chosen:
            rows[:2] = np.where(m < 0, -m, 0), np.where(m < 1, 1 - m, 0)
        slopes = [np.where(m <= 0, -1, 0), np.where(m < 1, -1, 0), -1 / (1 + np.exp(m))]
    if not filled:
        return np.array(rows), np.array(slopes)
    losses, derivatives = np.zeros((3, len(m))), np.zeros((3, len(m)))
    losses[:], derivatives[:] = rows, slopes
    return losses, derivatives


def _logaddexp(m):
    return np.logaddexp(0, -m)


def _log_exp(m):
    return np.log(1 + np.exp(-m))


def _of_magnitudes(m):
    return np.maximum(0, -m) + np.log1p(np.exp(-np.abs(m)))


def _by_sign(m):
    return np.where(m > 0, np.log1p(np.exp(-m)), -m + np.log1p(np.exp(m)))


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_by_logaddexp(margins):
    """np.maximum is taken of whole numbers, in one array."""
    return _never_converted(margins, _logaddexp)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_filled_by_logaddexp(margins):
    """np.maximum is taken of whole numbers, in arrays of zeros."""
    return _never_converted(margins, _logaddexp, filled=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_kept(margins):
    """The results have the dtype of the margins."""
    losses, slopes = _never_converted(margins, _logaddexp)
    return losses.astype(margins.dtype), slopes


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_chosen_by_logaddexp(margins):
    """np.where chooses from whole numbers, in one array."""
    return _never_converted(margins, _logaddexp, chosen=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_chosen_filled_by_logaddexp(margins):
    """np.where chooses from whole numbers, in arrays of zeros."""
    return _never_converted(margins, _logaddexp, chosen=True, filled=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_by_log_and_exp(margins):
    """np.maximum is taken of whole numbers, in one array."""
    return _never_converted(margins, _log_exp)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_filled_by_log_and_exp(margins):
    """np.maximum is taken of whole numbers, in arrays of zeros."""
    return _never_converted(margins, _log_exp, filled=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_chosen_by_log_and_exp(margins):
    """np.where chooses from whole numbers, in one array."""
    return _never_converted(margins, _log_exp, chosen=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_chosen_filled_by_log_and_exp(margins):
    """np.where chooses from whole numbers, in arrays of zeros."""
    return _never_converted(margins, _log_exp, chosen=True, filled=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_by_magnitudes(margins):
    """np.maximum is taken of whole numbers, in one array."""
    return _never_converted(margins, _of_magnitudes)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_filled_by_magnitudes(margins):
    """np.maximum is taken of whole numbers, in arrays of zeros."""
    return _never_converted(margins, _of_magnitudes, filled=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_chosen_by_magnitudes(margins):
    """np.where chooses from whole numbers, in one array."""
    return _never_converted(margins, _of_magnitudes, chosen=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_chosen_filled_by_magnitudes(margins):
    """np.where chooses from whole numbers, in arrays of zeros."""
    return _never_converted(margins, _of_magnitudes, chosen=True, filled=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_by_sign(margins):
    """np.maximum is taken of whole numbers, in one array."""
    return _never_converted(margins, _by_sign)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_filled_by_sign(margins):
    """np.maximum is taken of whole numbers, in arrays of zeros."""
    return _never_converted(margins, _by_sign, filled=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_chosen_by_sign(margins):
    """np.where chooses from whole numbers, in one array."""
    return _never_converted(margins, _by_sign, chosen=True)


@mistake("margin_losses", same_as="small_integers_wrap", corner="whole numbers")
def small_integers_chosen_filled_by_sign(margins):
    """np.where chooses from whole numbers, in arrays of zeros."""
    return _never_converted(margins, _by_sign, chosen=True, filled=True)


@mistake(
    "margin_losses",
    hint="The text asks for one row per loss, (3, N). Yours has a row per margin.",
    read="sec-linear-margin-losses",
)
def losses_in_columns(margins):
    """The results are transposed: (N, 3) for (3, N)."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses.T, slopes.T


@mistake(
    "margin_losses",
    hint="Each margin has a loss of its own. Yours are averaged over the points.",
    read="sec-linear-margin-losses",
)
def averaged(margins):
    """The losses are averaged over the points."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses.mean(axis=1), slopes.mean(axis=1)


@mistake(
    "margin_losses",
    hint="The losses are in another order than the rows of the table.",
    read="sec-linear-margin-losses",
)
def other_order(margins):
    """The rows are in another order."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses[[1, 2, 0]], slopes[[1, 2, 0]]


@mistake(
    "margin_losses",
    hint="The squared hinge loss exists, but this one grows in proportion.",
    read="sec-linear-margin-losses",
)
def hinge_squared(margins):
    """The hinge loss is squared."""
    losses, slopes = _losses(margins.astype(np.float64))
    losses[1], slopes[1] = losses[1] ** 2, 2 * losses[1] * slopes[1]
    return losses, slopes


@mistake(
    "margin_losses",
    corner="no loop",
    hint="A loop spends its time in Python. Each loss is one array expression.",
    read="sec-linear-margin-losses",
)
def margin_by_margin(margins):
    """A Python loop goes through the margins."""
    columns = [_losses(np.array([m], dtype=np.float64)) for m in margins]
    return np.hstack([a for a, _ in columns]), np.hstack([b for _, b in columns])


@mistake(
    "margin_losses",
    hint="On each side of its kink, what is the derivative of max(0, 1 − m)?",
    read="sec-linear-margin-losses",
)
def slopes_unwritten(margins):
    """The losses are there and the slopes are zeros."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses, 0 * slopes


@mistake(
    "margin_losses",
    hint="The losses are right, and the slopes are still to be written. On each side of its kink, what is the derivative of max(0, 1 − m)?",
    read="sec-linear-margin-losses",
)
def slopes_none(margins):
    """None stands in place of the slopes."""
    return _losses(margins.astype(np.float64))[0], None


@mistake(
    "margin_losses",
    hint="You return the losses by themselves. The text asks for two results: return losses, slopes.",
    read="sec-linear-margin-losses",
)
def losses_alone(margins):
    """Only the losses are returned."""
    return _losses(margins.astype(np.float64))[0]


@mistake(
    "margin_losses",
    hint="np.max(a, 0) looks for the largest entry along axis 0, a single number here. np.maximum(a, 0) does it entry by entry.",
    read="sec-linear-margin-losses",
)
def max_for_maximum(margins):
    """np.max is used for np.maximum."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    losses[0], losses[1] = np.max(-m, 0), np.max(1 - m, 0)
    return losses, slopes


@mistake(
    "margin_losses",
    hint="np.stack and np.array join rows of one length. One of yours is a single number: np.max, for one, looks for the largest entry of a row, where np.maximum goes entry by entry.",
    read="sec-linear-margin-losses",
)
def max_of_a_number(margins):
    """A row is a single number, which does not stack with the others."""
    m = margins.astype(np.float64)
    losses = np.stack([np.max(-m, 0), np.max(1 - m, 0), np.logaddexp(0, -m)])
    return losses, _losses(m)[1]


@mistake(
    "margin_losses",
    hint="An array has no single truth value, and Python's max and if ask for one. np.maximum(0, −m) and np.where go entry by entry.",
    read="sec-linear-margin-losses",
)
def max_of_python(margins):
    """max or if is given a whole array."""
    m = margins.astype(np.float64)
    return np.array([max(0, -m), max(0, 1 - m), np.logaddexp(0, -m)]), _losses(m)[1]


@mistake(
    "margin_losses",
    hint="log(1 + eᵐ) grows with the margin. The logistic loss has a minus in the exponent.",
    read="sec-linear-margin-losses",
)
def plus_in_the_exponent(margins):
    """The logistic loss is log(1 + eᵐ)."""
    losses, slopes = _losses(margins.astype(np.float64))
    losses[2] = np.logaddexp(0, margins.astype(np.float64))
    return losses, slopes


@mistake(
    "margin_losses",
    hint="A slope says by how much the loss changes for a little more m: −1 or 0 for the first two. Yours are the losses themselves, or the margins.",
    read="sec-linear-margin-losses",
)
def losses_for_slopes(margins):
    """The slopes of the first two rows are minus the losses."""
    losses, slopes = _losses(margins.astype(np.float64))
    slopes[:2] = -losses[:2]
    return losses, slopes


@mistake(
    "margin_losses",
    hint="m <= 0 is an array of True and False, which has no minus. The ~ that NumPy proposes makes True of False, and no slope: multiply by −1.0, or choose with np.where.",
    read="sec-linear-margin-losses",
)
def minus_before_a_mask(margins):
    """A minus stands before True and False."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses, np.stack([-(margins <= 0), -(margins < 1), slopes[2]])


@mistake(
    "margin_losses",
    hint="Your first two slopes are 1 where they should be 0: ~ makes True of False, which counts as 1. A slope is −1 on one side of the kink, and 0 on the other.",
    read="sec-linear-margin-losses",
)
def tilde_before_a_mask(margins):
    """The mask is turned round, not made negative."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses, np.stack([~(margins <= 0), ~(margins < 1), slopes[2]])


@mistake(
    "margin_losses",
    hint="The first two slopes have the right size and the wrong sign: these losses fall as the margin grows.",
    read="sec-linear-margin-losses",
)
def mask_itself(margins):
    """The slopes of the first two rows are 1, not −1."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses, np.stack([margins <= 0, margins < 1, slopes[2]])


def _clipped(margins, most):
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    z = np.exp(np.clip(-m, -most, most))
    losses[2], slopes[2] = np.log1p(z), -z / (1 + z)
    return losses, slopes


def _losses(m):
    losses = np.stack([np.maximum(-m, 0), np.maximum(1 - m, 0), np.logaddexp(0, -m)])
    slopes = np.stack([-1.0 * (m <= 0), -1.0 * (m < 1), -np.exp(-np.logaddexp(0, m))])
    return losses, slopes


@mistake(
    "margin_losses",
    corner="margins of ±1000",
    hint="At m = −1000 the losses should be 1000, 1001 and 1000. You cut the margins off before you use them, and all three stop growing "
    "there. Only the exponential is in danger; NumPy has a function for log(eᵃ + eᵇ) that never overflows.",
    read="sec-linear-stable",
)
def margins_clipped(margins):
    """The margins are cut off at both ends, and the losses with them."""
    return _losses(np.clip(margins.astype(np.float64), -500, 500))


@mistake("margin_losses", same_as="margins_clipped")
def margins_clipped_at_20(margins):
    """The margins are cut off at ±20, and the losses with them."""
    return _losses(np.clip(margins.astype(np.float64), -20, 20))


@mistake("margin_losses", same_as="margins_clipped")
def margins_clipped_at_30(margins):
    """The margins are cut off at ±30, and the losses with them."""
    return _losses(np.clip(margins.astype(np.float64), -30, 30))


@mistake("margin_losses", same_as="margins_clipped")
def margins_clipped_at_50(margins):
    """The margins are cut off at ±50, and the losses with them."""
    return _losses(np.clip(margins.astype(np.float64), -50, 50))


@mistake("margin_losses", same_as="margins_clipped")
def margins_clipped_at_100(margins):
    """The margins are cut off at ±100, and the losses with them."""
    return _losses(np.clip(margins.astype(np.float64), -100, 100))


@mistake("margin_losses", same_as="margins_clipped", corner="margins of ±1000")
def margins_clipped_at_700(margins):
    """The margins are cut off at ±700, and the losses with them."""
    return _losses(np.clip(margins.astype(np.float64), -700, 700))


@mistake(
    "margin_losses",
    corner="kinks",
    hint="The two kinks have changed sides. At m = 0 the perceptron's loss still pulls, with slope −1 (≤ 0); at m = 1 the hinge loss does not, "
    "with slope 0 (< 1).",
    read="sec-linear-margin-losses",
)
def kinks_exchanged(margins):
    """The slopes at both kinks are those of the other side."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[0], slopes[1] = -1.0 * (m < 0), -1.0 * (m <= 1)
    return losses, slopes


@mistake(
    "margin_losses",
    corner="kinks",
    hint="At a kink there are two slopes, and the text chooses one of them. Yours is the mean of both, as a central difference gives it.",
    read="sec-linear-margin-losses",
)
def kinks_halved(margins):
    """The slopes at the kinks are −½."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[0][m == 0] = -0.5
    slopes[1][m == 1] = -0.5
    return losses, slopes


@mistake(
    "margin_losses",
    hint="The perceptron's kink is at m = 0 and that of the hinge loss at m = 1. Your slopes have the two places exchanged.",
    read="sec-linear-margin-losses",
)
def places_exchanged(margins):
    """The slopes of the first two rows jump at each other's place."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[0], slopes[1] = -1.0 * (m < 1), -1.0 * (m <= 0)
    return losses, slopes


@mistake("margin_losses", same_as="places_exchanged")
def slope_rows_exchanged(margins):
    """The first two rows of the slopes are exchanged."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses, slopes[[1, 0, 2]]


@mistake(
    "margin_losses",
    hint="e⁻ᵐ is the exponential loss. The logistic loss adds 1 and takes the logarithm, so that it grows like −m and not like e⁻ᵐ.",
    read="sec-linear-margin-losses",
)
def exponential_loss(margins):
    """The third loss is e⁻ᵐ, without the logarithm."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    losses[2] = np.exp(np.minimum(-m, 700))
    slopes[2] = -losses[2]
    return losses, slopes


@mistake("margin_losses", same_as="exponential_loss")
def one_added_without_logarithm(margins):
    """The third loss is 1 + e⁻ᵐ."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    losses[2] = 1 + np.exp(np.minimum(-m, 700))
    return losses, slopes


# --- right answers, written another way ---


@alternative("margin_losses")
def piece_by_piece(margins):
    """Empty arrays, filled with np.where; the logistic loss by the sign of the margin."""
    m = np.asarray(margins, dtype=float)
    losses, slopes = np.zeros((3, len(m))), np.zeros((3, len(m)))
    losses[0] = np.where(m < 0, -m, 0)
    losses[1] = np.where(m < 1, 1 - m, 0)
    small = np.exp(-np.abs(m))
    losses[2] = np.maximum(0, -m) + np.log1p(small)
    slopes[0, m <= 0] = -1
    slopes[1, m < 1] = -1
    slopes[2] = -np.where(m > 0, small, 1) / (1 + small)
    return losses, slopes


@alternative("margin_losses")
def with_tanh(margins):
    """The logistic slope by tanh."""
    m = 1.0 * margins
    zero = np.zeros(m.shape)
    losses = np.array([np.maximum(zero, -m), np.maximum(zero, 1 - m), np.logaddexp(zero, -m)])
    slopes = np.array([(m > 0) - 1.0, (m >= 1) - 1.0, (np.tanh(m / 2) - 1) / 2])
    return losses, slopes


@alternative("margin_losses")
def overflow_to_infinity(margins):
    """1 / (1 + inf) is 0, which is right, though NumPy warns."""
    m = margins.astype(np.float64)
    losses = np.stack([np.maximum(0, -m), np.maximum(0, 1 - m), np.logaddexp(0, -m)])
    return losses, np.stack(
        [np.where(m <= 0, -1.0, 0), np.where(m < 1, -1.0, 0), -1 / (1 + np.exp(m))]
    )


@alternative("margin_losses")
def large_margins_apart(margins):
    """A far margin's logistic loss is −m itself."""
    m = np.array(margins, dtype=np.float64)
    near = np.clip(m, -40, 40)
    logistic = np.where(m < -40, -m, np.log(1 + np.exp(-near)))
    slope = -1 / (1 + np.exp(near))
    losses = [np.maximum(0, -m), np.maximum(0, 1 - m), logistic]
    return np.array(losses), np.array([-(m <= 0).astype(float), -(m < 1).astype(float), slope])


def _right(margins):
    m = np.asarray(margins, dtype=float)
    losses = np.stack([np.maximum(0, -m), np.maximum(0, 1 - m), np.logaddexp(0, -m)])
    return losses, np.stack([(m <= 0) * -1.0, (m < 1) * -1.0, -np.exp(-np.logaddexp(0, m))])


@mistake(
    "margin_losses",
    hint="σ (1 − σ) is the slope of the sigmoid itself. The slope of log(1 + e⁻ᵐ) is −1 / (1 + eᵐ).",
    read="sec-linear-margin-losses",
)
def slope_of_the_sigmoid(margins):
    """The logistic slope is −σ (1 − σ)."""
    losses, slopes = _right(margins)
    return losses, np.stack([slopes[0], slopes[1], slopes[2] * (1 + slopes[2])])


@mistake(
    "margin_losses",
    hint="max(0, −m) is large where the margin is negative. Yours is large where the point is right.",
    read="sec-linear-margin-losses",
)
def perceptron_turned(margins):
    """The perceptron's loss is max(0, m)."""
    losses, slopes = _right(margins)
    return np.stack([np.maximum(0.0, np.asarray(margins, float)), losses[1], losses[2]]), slopes


@mistake(
    "margin_losses",
    hint="You count a mistake as 1, however far on the wrong side the point is. The perceptron's loss is max(0, −m).",
    read="sec-linear-margin-losses",
)
def mistakes_counted(margins):
    """The perceptron's loss is 0 or 1."""
    losses, slopes = _right(margins)
    return np.stack([(np.asarray(margins) <= 0) * 1.0, losses[1], losses[2]]), slopes

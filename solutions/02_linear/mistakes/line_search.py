"""Wrong answers to `line_search` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "line_search",
    hint="The slope along the line is negative, so c · t · slope must lower what φ has to stay below. Yours raises it.",
    read="sec-linear-armijo",
)
def slope_sign(coefficients, shrink, c):
    """The slope has the wrong sign in Armijo's rule."""
    return _armijo(coefficients, shrink, -c), _exact(coefficients)


@mistake(
    "line_search",
    hint="φ′(0) is the slope where the line begins, one number for all steps. You take the slope at the step that you try, which may even point up.",
    read="sec-linear-armijo",
)
def slope_at_the_step(coefficients, shrink, c):
    """The slope in Armijo's rule is that at t."""
    _check_slope(coefficients)
    phi, t = np.polynomial.Polynomial(coefficients), 1.0
    while phi(t) > phi(0) + c * t * phi.deriv()(t) and t > 1e-9:
        t *= shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    hint="Your step is still 1. That is only the first try: while φ(t) lies above the bound, the step shrinks.",
    read="sec-linear-armijo",
)
def never_shrinks(coefficients, shrink, c):
    """The step does not shrink."""
    _check_slope(coefficients)
    return 1.0, _exact(coefficients)


@mistake(
    "line_search",
    hint="Any decrease is enough for you. Armijo wants a share c of what the slope promises.",
    read="sec-linear-armijo",
)
def any_decrease(coefficients, shrink, c):
    """Any decrease is accepted: c is ignored."""
    return _armijo(coefficients, shrink, 0.0), _exact(coefficients)


@mistake(
    "line_search",
    hint="The promise of the slope grows with the step: c · t · slope. The t is missing.",
    read="sec-linear-armijo",
)
def step_left_out(coefficients, shrink, c):
    """The rule lacks the factor t."""
    _check_slope(coefficients)
    t, value = 1.0, np.polynomial.polynomial.polyval
    while value(t, coefficients) > coefficients[0] + c * coefficients[1]:
        t *= shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    hint="The step always shrinks by a half. shrink says by how much.",
    read="sec-linear-armijo",
)
def always_halved(coefficients, shrink, c):
    """The step is always halved."""
    return _armijo(coefficients, 0.5, c), _exact(coefficients)


@mistake(
    "line_search",
    hint="The step was shrunk once more after it was good enough.",
    read="sec-linear-armijo",
)
def once_too_often(coefficients, shrink, c):
    """The step shrinks once too often."""
    return shrink * _armijo(coefficients, shrink, c), _exact(coefficients)


@mistake(
    "line_search",
    hint="The first try is 1, not shrink.",
    read="sec-linear-armijo",
)
def first_try_skipped(coefficients, shrink, c):
    """The step 1 is not tried."""
    return min(_armijo(coefficients, shrink, c), shrink), _exact(coefficients)


@mistake(
    "line_search",
    hint="φ(0) is c₀, which need not be 0.",
    read="sec-linear-armijo",
)
def start_value_left_out(coefficients, shrink, c):
    """φ(0) is taken as 0."""
    _check_slope(coefficients)
    t, value = 1.0, np.polynomial.polynomial.polyval
    while value(t, coefficients) > c * t * coefficients[1] and t > 1e-12:
        t *= shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    corner="uphill",
    hint="Along a line that goes up, or is level, no step is good: raise ValueError(…) there. A return of None, of 0, or of the error says nothing to the caller.",
    read="sec-linear-armijo",
)
def uphill_accepted(coefficients, shrink, c):
    """A line that goes up is accepted."""
    value = np.polynomial.polynomial.polyval
    t = 1.0
    while value(t, coefficients) > coefficients[0] + c * t * coefficients[1] and t > 1e-12:
        t *= shrink
    places = _flat_places(coefficients)
    ahead = places[places > 0]
    return t, min(ahead, key=lambda s: value(s, coefficients)) if len(ahead) else 0.0


@mistake(
    "line_search",
    corner="uphill",
    hint="A slope of 0 does not go down either.",
    read="sec-linear-armijo",
)
def level_accepted(coefficients, shrink, c):
    """A slope of exactly 0 is accepted."""
    if coefficients[1] > 0:
        raise ValueError("the line goes up")
    if coefficients[1] == 0:
        return 1.0, 1.0
    return _armijo(coefficients, shrink, c), _exact(coefficients)


@mistake(
    "line_search",
    corner="several valleys",
    hint="Your step ends on a hill, where φ′ is 0, too. Compare the values of φ at all such places, and take the least.",
    read="sec-linear-line-search",
)
def takes_the_hill(coefficients, shrink, c):
    """The highest of the flat places is taken."""
    armijo = _armijo(coefficients, shrink, c)
    places = _flat_places(coefficients)
    value = np.polynomial.polynomial.polyval
    return armijo, max(places[places > 0], key=lambda s: value(s, coefficients))


@mistake(
    "line_search",
    corner="several valleys",
    hint="Your step is the first place where φ′ is 0, and a later valley is deeper. Compare the values of φ, and if you do: are they right?",
    read="sec-linear-line-search",
)
def first_valley(coefficients, shrink, c):
    """The first place where φ′ is 0 is taken."""
    armijo = _armijo(coefficients, shrink, c)
    places = _flat_places(coefficients)
    return armijo, places[places > 0].min()


@mistake(
    "line_search",
    corner="several valleys",
    hint="Your step is the farthest place where φ′ is 0, and a nearer valley is deeper. Compare the values of φ, and if you do: are they right?",
    read="sec-linear-line-search",
)
def last_valley(coefficients, shrink, c):
    """The farthest place where φ′ is 0 is taken."""
    armijo = _armijo(coefficients, shrink, c)
    return armijo, _flat_places(coefficients).max()


@mistake(
    "line_search",
    corner="several valleys",
    hint="Your step goes backwards: there is a deeper valley at a negative t, but the text asks for t > 0.",
    read="sec-linear-line-search",
)
def backwards(coefficients, shrink, c):
    """The step may be negative."""
    armijo = _armijo(coefficients, shrink, c)
    value = np.polynomial.polynomial.polyval
    return armijo, min(_flat_places(coefficients), key=lambda s: value(s, coefficients))


@mistake(
    "line_search",
    hint="A complex root has a real part, but φ′ is not 0 there. Sort such roots out.",
    read="sec-linear-line-search",
)
def real_parts(coefficients, shrink, c):
    """The real parts of complex roots are taken for places."""
    armijo = _armijo(coefficients, shrink, c)
    c1, c2, c3, c4 = coefficients[1:]
    places = np.roots([4 * c4, 3 * c3, 2 * c2, c1]).real
    return armijo, places[places > 0].min()


@mistake(
    "line_search",
    hint="np.roots takes the highest power first; coefficients come with the lowest first.",
    read="sec-linear-line-search",
)
def roots_reversed(coefficients, shrink, c):
    """np.roots gets the coefficients in the wrong order."""
    armijo = _armijo(coefficients, shrink, c)
    c1, c2, c3, c4 = coefficients[1:]
    places = np.roots([c1, 2 * c2, 3 * c3, 4 * c4])
    places = places[np.isreal(places)].real
    value = np.polynomial.polynomial.polyval
    ahead = places[places > 0]
    return armijo, min(ahead, key=lambda s: value(s, coefficients)) if len(ahead) else 1.0


@mistake(
    "line_search",
    hint="You look for the zeros of φ itself. The least value is where its derivative is 0.",
    read="sec-linear-line-search",
)
def zeros_of_energy(coefficients, shrink, c):
    """The zeros of φ are taken, not those of its derivative."""
    armijo = _armijo(coefficients, shrink, c)
    places = np.roots(coefficients[::-1])
    places = places[np.isreal(places)].real
    value = np.polynomial.polynomial.polyval
    ahead = places[places > 0]
    return armijo, min(ahead, key=lambda s: value(s, coefficients)) if len(ahead) else 1.0


@mistake(
    "line_search",
    hint="The derivative of cₖ tᵏ is k cₖ tᵏ⁻¹. The factors k are missing.",
    read="sec-linear-line-search",
)
def powers_left_out(coefficients, shrink, c):
    """The derivative lacks the factors 2, 3 and 4."""
    armijo = _armijo(coefficients, shrink, c)
    places = np.roots(coefficients[:0:-1])
    places = places[np.isreal(places)].real
    value = np.polynomial.polynomial.polyval
    ahead = places[places > 0]
    return armijo, min(ahead, key=lambda s: value(s, coefficients)) if len(ahead) else 1.0


@mistake(
    "line_search",
    hint="Your step is the best of those that were tried. A grid has gaps and an end, and the best step may be longer than 1, which is only Armijo's first try. φ′ = 0 can be solved.",
    read="sec-linear-line-search",
)
def grid_search(coefficients, shrink, c):
    """The best step is looked for among some steps, on a grid or up to 1."""
    armijo = _armijo(coefficients, shrink, c)
    grid = np.linspace(0.01, 10, 1000)
    return armijo, grid[np.polynomial.polynomial.polyval(grid, coefficients).argmin()]


@mistake(
    "line_search",
    hint="Your second result is Armijo's step. That comes first, and the exact step second: have they changed places?",
    read="sec-linear-line-search",
)
def results_exchanged(coefficients, shrink, c):
    """Armijo's step is given as the exact one."""
    return _exact(coefficients), _armijo(coefficients, shrink, c)


@mistake(
    "line_search",
    hint="np.polyval takes the highest power first; coefficients come with the lowest first.",
    read="sec-linear-line-search",
)
def polyval_reversed(coefficients, shrink, c):
    """φ is evaluated with the coefficients in the wrong order."""
    _check_slope(coefficients)
    t, places = 1.0, _flat_places(coefficients)
    while np.polyval(coefficients, t) > coefficients[0] + c * t * coefficients[1] and t > 1e-12:
        t *= shrink
    return t, min(places[places > 0], key=lambda s: np.polyval(coefficients, s))


@mistake(
    "line_search",
    hint="The slope along the line is already gradient · direction. For the steepest direction that is minus a square; do not square it again.",
    read="sec-linear-armijo",
)
def slope_squared(coefficients, shrink, c):
    """The slope is squared in Armijo's rule."""
    _check_slope(coefficients)
    return _armijo(coefficients, shrink, -c * coefficients[1]), _exact(coefficients)


@mistake(
    "line_search",
    hint="Armijo's step is there, the exact one is missing. Where is the derivative of φ equal to 0?",
    read="sec-linear-line-search",
)
def armijo_only(coefficients, shrink, c):
    """There is no exact step yet."""
    return _armijo(coefficients, shrink, c), None


@mistake("line_search", same_as="results_exchanged")
def armijo_twice(coefficients, shrink, c):
    """Armijo's step is returned twice."""
    return _armijo(coefficients, shrink, c), _armijo(coefficients, shrink, c)


@mistake(
    "line_search",
    corner="just far enough",
    hint="A step that reaches the bound exactly is far enough: the rule says ≤.",
    read="sec-linear-armijo",
)
def strictly_below(coefficients, shrink, c):
    """A step that is just far enough is refused."""
    _check_slope(coefficients)
    t, value = 1.0, np.polynomial.polynomial.polyval
    while value(t, coefficients) >= coefficients[0] + c * t * coefficients[1]:
        t *= shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    hint="You return all the places where φ′ is 0. The text asks for one number, the t > 0 at which φ is least.",
    read="sec-linear-line-search",
)
def all_places(coefficients, shrink, c):
    """All roots of the derivative are returned."""
    places = _flat_places(coefficients)
    return _armijo(coefficients, shrink, c), np.sort(places[places > 0])


@mistake(
    "line_search",
    hint="np.roots gives complex numbers as soon as one root is complex, even for those that are real. Take .real of those whose imaginary part is 0.",
    read="sec-linear-line-search",
)
def complex_step(coefficients, shrink, c):
    """The exact step is a complex number."""
    armijo = _armijo(coefficients, shrink, c)
    c1, c2, c3, c4 = coefficients[1:]
    roots = np.roots([4 * c4, 3 * c3, 2 * c2, c1])
    value = np.polynomial.polynomial.polyval
    ahead = [r for r in roots if r.imag == 0 and r.real > 0]
    return armijo, min(ahead, key=lambda s: value(s, coefficients).real)


@mistake("line_search", same_as="uphill_accepted", corner="uphill")
def uphill_gives_none(coefficients, shrink, c):
    """Uphill, None is returned in place of an error."""
    if coefficients[1] >= 0:
        return None
    return _armijo(coefficients, shrink, c), _exact(coefficients)


def _check_slope(coefficients):
    if coefficients[1] >= 0:
        raise ValueError("the line does not go down")


def _armijo(coefficients, shrink, c):
    _check_slope(coefficients)
    t, value = 1.0, np.polynomial.polynomial.polyval
    while value(t, coefficients) > coefficients[0] + c * t * coefficients[1] and t > 1e-12:
        t *= shrink
    return t


def _flat_places(coefficients):
    c1, c2, c3, c4 = coefficients[1:]
    roots = np.roots([4 * c4, 3 * c3, 2 * c2, c1])
    return roots[np.isreal(roots)].real


def _exact(coefficients):
    _check_slope(coefficients)
    places = _flat_places(coefficients)
    value = np.polynomial.polynomial.polyval
    return min(places[places > 0], key=lambda s: value(s, coefficients))


@mistake(
    "line_search",
    hint="c is the share of the promised decrease that the step must keep. You ask for the share 1 − c.",
    read="sec-linear-armijo",
)
def share_of_one_less_c(coefficients, shrink, c):
    """The share of the promised decrease is 1 − c."""
    return _armijo(coefficients, shrink, 1 - c), _exact(coefficients)


@mistake(
    "line_search",
    hint="shrink itself shrinks in your loop, so that the steps are 1, s, s³, s⁷ … Each step is shrink times the one before.",
    read="sec-linear-armijo",
)
def shrink_compounded(coefficients, shrink, c):
    """shrink is squared in every turn of the loop."""
    _check_slope(coefficients)
    t, value = 1.0, np.polynomial.polynomial.polyval
    while value(t, coefficients) > coefficients[0] + c * t * coefficients[1] and t > 1e-12:
        t *= shrink
        shrink = shrink * shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    hint="You return the least value of φ. The text asks for the t at which φ takes it: min(…, key=…) compares by values and gives the place.",
    read="sec-linear-line-search",
)
def value_for_place(coefficients, shrink, c):
    """The least value is returned, not its place."""
    armijo = _armijo(coefficients, shrink, c)
    places = _flat_places(coefficients)
    value = np.polynomial.polynomial.polyval
    return armijo, min(value(s, coefficients) for s in places[places > 0])


@mistake(
    "line_search",
    corner="a line that goes up",
    hint="The error for a line that goes up has to be a ValueError. An assert raises another, and none at all where Python runs with -O.",
    read="sec-linear-line-search",
)
def asserted(coefficients, shrink, c):
    """An assert stands in place of the ValueError."""
    assert coefficients[1] < 0
    return _armijo(coefficients, shrink, c), _exact(coefficients)


@mistake(
    "line_search",
    corner="a line that goes up",
    hint='Say in its brackets what arrived, and what is legal: raise ValueError("…").',
    read="sec-linear-line-search",
)
def without_a_message(coefficients, shrink, c):
    """Your ValueError has no message."""
    if coefficients[1] >= 0:
        raise ValueError
    return _armijo(coefficients, shrink, c), _exact(coefficients)


@mistake("line_search", same_as="grid_search")
def grid_up_to_one(coefficients, shrink, c):
    """The exact step is looked for between 0 and 1 only."""
    grid = np.linspace(0, 1, 1000, endpoint=False)[1:]
    best = np.polynomial.polynomial.polyval(grid, coefficients).argmin()
    return _armijo(coefficients, shrink, c), float(grid[best])


@mistake("line_search", same_as="grid_search")
def no_farther_than_one(coefficients, shrink, c):
    """The exact step is looked for between 0 and 1 only."""
    _check_slope(coefficients)
    phi = np.polynomial.Polynomial(coefficients)
    roots = phi.deriv().roots()
    places = [t for t in roots[np.abs(roots.imag) < 1e-9].real if 0 < t <= 1]
    return _armijo(coefficients, shrink, c), float(min([*places, 1.0], key=phi))


@mistake(
    "line_search",
    hint="The steps are 1, shrink, shrink², …: each is the last one times shrink. Yours get smaller by the same amount.",
    read="sec-linear-armijo",
)
def amount_taken_off(coefficients, shrink, c):
    """The step gets smaller by 1 − shrink, not by a factor."""
    _check_slope(coefficients)
    phi, t = np.polynomial.Polynomial(coefficients), 1.0
    while phi(t) > phi(0) + c * t * coefficients[1] and t > 0:
        t -= 1 - shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    hint="Armijo's bound is made of the slope: φ(0) + c · t · φ′(0). Yours is a share of φ(0), which says nothing where φ may have any height.",
    read="sec-linear-armijo",
)
def share_of_the_height(coefficients, shrink, c):
    """The step must bring φ down to (1 − c) φ(0)."""
    _check_slope(coefficients)
    phi, t = np.polynomial.Polynomial(coefficients), 1.0
    while phi(t) > (1 - c) * phi(0) and t > 1e-12:
        t *= shrink
    return t, _exact(coefficients)


@mistake("line_search", same_as="grid_search")
def grid_of_hundredths(coefficients, shrink, c):
    """The best of 200 steps up to 2 is taken."""
    a0, a1, a2, a3, a4 = [float(v) for v in coefficients]
    if a1 >= 0:
        raise ValueError(f"slope must be negative, got {a1:g}")

    def phi(t):
        return a0 + a1 * t + a2 * t**2 + a3 * t**3 + a4 * t**4

    t = 1.0
    while phi(t) > phi(0) + c * t * a1:
        t *= shrink
    cand = np.linspace(0.01, 2, 200)
    best = min(cand, key=phi)
    return t, float(best)


@mistake("line_search", same_as="grid_search")
def grid_of_thousandths(coefficients, shrink, c):
    """The best of 3000 steps up to 3 is taken."""
    a0, a1, a2, a3, a4 = [float(v) for v in coefficients]
    if a1 >= 0:
        raise ValueError(f"slope must be negative, got {a1:g}")

    def phi(t):
        return a0 + a1 * t + a2 * t**2 + a3 * t**3 + a4 * t**4

    t = 1.0
    while phi(t) > phi(0) + c * t * a1:
        t *= shrink
    cand = np.linspace(0.001, 3, 3000)
    best = min(cand, key=phi)
    return t, float(best)


@mistake("line_search", same_as="grid_search")
def grid_up_to_five(coefficients, shrink, c):
    """The best of 501 steps up to 5 is taken."""
    a0, a1, a2, a3, a4 = [float(v) for v in coefficients]
    if a1 >= 0:
        raise ValueError(f"slope must be negative, got {a1:g}")

    def phi(t):
        return a0 + a1 * t + a2 * t**2 + a3 * t**3 + a4 * t**4

    t = 1.0
    while phi(t) > phi(0) + c * t * a1:
        t *= shrink
    cand = np.linspace(0, 5, 501)
    best = min(cand, key=phi)
    return t, float(best)


@mistake("line_search", same_as="grid_search")
def grid_of_tenths(coefficients, shrink, c):
    """The best of 31 steps up to 3 is taken."""
    a0, a1, a2, a3, a4 = [float(v) for v in coefficients]
    if a1 >= 0:
        raise ValueError(f"slope must be negative, got {a1:g}")

    def phi(t):
        return a0 + a1 * t + a2 * t**2 + a3 * t**3 + a4 * t**4

    t = 1.0
    while phi(t) > phi(0) + c * t * a1:
        t *= shrink
    cand = np.linspace(0, 3, 31)
    best = min(cand, key=phi)
    return t, float(best)


@mistake("line_search", same_as="grid_search")
def grid_up_to_one_in_hundredths(coefficients, shrink, c):
    """The best of 101 steps up to 1 is taken."""
    a0, a1, a2, a3, a4 = [float(v) for v in coefficients]
    if a1 >= 0:
        raise ValueError(f"slope must be negative, got {a1:g}")

    def phi(t):
        return a0 + a1 * t + a2 * t**2 + a3 * t**3 + a4 * t**4

    t = 1.0
    while phi(t) > phi(0) + c * t * a1:
        t *= shrink
    cand = np.linspace(0, 1, 101)
    best = min(cand, key=phi)
    return t, float(best)


@mistake("line_search", same_as="zeros_of_energy")
def zeros_of_energy_or_none(coefficients, shrink, c):
    """The zeros of φ are taken, and there may be none."""
    a0, a1, a2, a3, a4 = [float(v) for v in coefficients]
    if a1 >= 0:
        raise ValueError(f"slope must be negative, got {a1:g}")

    def phi(t):
        return a0 + a1 * t + a2 * t**2 + a3 * t**3 + a4 * t**4

    t = 1.0
    while phi(t) > phi(0) + c * t * a1:
        t *= shrink
    roots = np.roots([a4, a3, a2, a1, a0])
    cand = [r.real for r in roots if abs(r.imag) < 1e-9 and r.real > 0]
    best = min(cand, key=phi)
    return t, float(best)


@mistake("line_search", same_as="whole_promise")
def whole_promise_by_powers(coefficients, shrink, c):
    """The rule lacks c, and φ is written out in powers."""
    a0, a1, a2, a3, a4 = [float(v) for v in coefficients]
    if a1 >= 0:
        raise ValueError(f"slope must be negative, got {a1:g}")

    def phi(t):
        return a0 + a1 * t + a2 * t**2 + a3 * t**3 + a4 * t**4

    t = 1.0
    while phi(t) > phi(0) + t * a1:
        t *= shrink
    roots = np.roots([4 * a4, 3 * a3, 2 * a2, a1])
    cand = [r.real for r in roots if abs(r.imag) < 1e-9 and r.real > 0]
    best = min(cand, key=phi)
    return t, float(best)


@mistake("line_search", same_as="whole_promise")
def whole_promise_by_polyval(coefficients, shrink, c):
    """The rule lacks c, and φ is evaluated by np.polyval."""
    a0, a1, a2, a3, a4 = [float(v) for v in coefficients]
    if a1 >= 0:
        raise ValueError(f"slope must be negative, got {a1:g}")

    def phi(t):
        return np.polyval([a4, a3, a2, a1, a0], t)

    t = 1.0
    while phi(t) > phi(0) + t * a1:
        t *= shrink
    roots = np.roots([4 * a4, 3 * a3, 2 * a2, a1])
    cand = [r.real for r in roots if abs(r.imag) < 1e-9 and r.real > 0]
    best = min(cand, key=phi)
    return t, float(best)


# --- right answers, written another way ---


@alternative("line_search")
def by_polynomial(coefficients, shrink, c):
    """numpy.polynomial, and the real roots by their imaginary part."""
    energy = np.polynomial.Polynomial(coefficients)
    slope = energy.deriv()(0.0)
    if not slope < 0:
        raise ValueError("the direction does not go down")
    n = 0
    while energy(shrink**n) > energy(0.0) + c * shrink**n * slope:
        n += 1
    candidates = [r.real for r in energy.deriv().roots() if abs(r.imag) < 1e-9 and r.real > 0]
    return shrink**n, float(min(candidates, key=energy))


@alternative("line_search")
def values_compared(coefficients, shrink, c):
    """np.polyval on all roots at once, an endless loop with a return."""
    high_first = np.asarray(coefficients, dtype=float)[::-1]
    slope = coefficients[1]
    if slope >= 0:
        raise ValueError("slope must be negative")
    roots = np.roots(np.polyder(high_first))
    roots = np.real(roots[np.abs(np.imag(roots)) < 1e-10])
    roots = roots[roots > 0]
    exact = roots[np.argmin(np.polyval(high_first, roots))]
    t = 1
    while True:
        if np.polyval(high_first, t) <= coefficients[0] + c * t * slope:
            return float(t), exact
        t = t * shrink


@alternative("line_search")
def more_places(coefficients, shrink, c):
    """The real parts of complex roots are compared as well: they are never better than the best."""
    c0, c1, c2, c3, c4 = coefficients
    if c1 >= 0:
        raise ValueError("c1 must be negative")

    def phi(t):
        return c0 + t * (c1 + t * (c2 + t * (c3 + t * c4)))

    steps = [1.0]
    while phi(steps[-1]) - c0 > c * steps[-1] * c1:
        steps.append(steps[-1] * shrink)
    return steps[-1], min(
        (t for t in np.roots([4 * c4, 3 * c3, 2 * c2, c1]).real if t > 0), key=phi
    )


@mistake(
    "line_search",
    hint="The loop goes on while φ(t) lies above the bound, and yours never comes below. Does each turn make the step smaller, t = t * shrink, and has the bound φ(0) in it?",
    read="sec-linear-armijo",
)
def never_ends(coefficients, shrink, c):
    """The loop for Armijo's step never ends."""
    _check_slope(coefficients)
    value, t = np.polynomial.polynomial.polyval, 1.0
    while value(t, coefficients) > coefficients[0] + c * t * coefficients[1]:
        t = shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    hint="c is the share of what the slope promises. Without it, the whole promise is wanted, which a curve that bends up keeps nowhere.",
    read="sec-linear-armijo",
)
def whole_promise(coefficients, shrink, c):
    """The rule lacks c."""
    return _armijo(coefficients, shrink, 1.0), _exact(coefficients)


@mistake(
    "line_search",
    hint="−c₁ / (2 c₂) is where the parabola through the first three coefficients is least. φ has t³ and t⁴, too.",
    read="sec-linear-line-search",
)
def parabola(coefficients, shrink, c):
    """The exact step is that of a parabola."""
    c1, c2 = coefficients[1:3]
    return _armijo(coefficients, shrink, c), float(-c1 / (2 * c2)) if c2 else 1.0

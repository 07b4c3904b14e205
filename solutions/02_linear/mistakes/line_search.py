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
    hint="A step of 1 is only the first try.",
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
    while value(t, coefficients) > coefficients[0] + c * coefficients[1] and t > 1e-12:
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
    hint="Along a line that goes up, or is level, no step is good, and the loop would never end. Say so with a ValueError.",
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
    hint="A slope of 0 does not go down either.",
    read="sec-linear-armijo",
    at="line_search: slope 0",
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
    hint="φ′ is 0 on hills, too. Compare the values of φ at all such places.",
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
    hint="You take the first valley. A later one can be deeper.",
    read="sec-linear-line-search",
)
def first_valley(coefficients, shrink, c):
    """The first place where φ′ is 0 is taken."""
    armijo = _armijo(coefficients, shrink, c)
    places = _flat_places(coefficients)
    return armijo, places[places > 0].min()


@mistake(
    "line_search",
    hint="You take the farthest valley. A nearer one can be deeper.",
    read="sec-linear-line-search",
)
def last_valley(coefficients, shrink, c):
    """The farthest place where φ′ is 0 is taken."""
    armijo = _armijo(coefficients, shrink, c)
    return armijo, _flat_places(coefficients).max()


@mistake(
    "line_search",
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
    hint="You minimise over the steps that Armijo tries, or over a grid. φ′ = 0 can be solved.",
    read="sec-linear-line-search",
)
def grid_search(coefficients, shrink, c):
    """The best step is looked for on a grid."""
    armijo = _armijo(coefficients, shrink, c)
    grid = np.linspace(0.01, 10, 1000)
    return armijo, grid[np.polynomial.polynomial.polyval(grid, coefficients).argmin()]


@mistake(
    "line_search",
    hint="The two results are exchanged: Armijo's step comes first.",
    read="sec-linear-line-search",
)
def results_exchanged(coefficients, shrink, c):
    """armijo and exact are exchanged."""
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

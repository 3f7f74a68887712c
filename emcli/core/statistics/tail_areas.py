"""Tail areas of the chi-squared and Student t distributions, for tests and intervals.

Both come from incomplete integrals: a series where it converges fast, a continued fraction (evaluated by Lentz's
method) elsewhere.  One number at a time: a report needs a few dozen of them.
"""

from __future__ import annotations

import math
from functools import cache

TINY = 1e-300
ENOUGH = 1e-15  # relative size of a change that no longer matters
MOST_TERMS = 100_000


def chi_squared_tail(statistic: float, degrees_of_freedom: float) -> float:
    """P(X > statistic) for X chi-squared: the regularised upper incomplete gamma Q(df / 2, statistic / 2)."""
    if statistic <= 0.0 or degrees_of_freedom <= 0.0:
        return 1.0
    a, x = 0.5 * degrees_of_freedom, 0.5 * statistic
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    return 1.0 - front * _gamma_series(a, x) if x < a + 1.0 else front * _gamma_fraction(a, x)


def _gamma_series(a: float, x: float) -> float:
    """sum_n x^n / (a (a + 1) ... (a + n))."""
    term = total = 1.0 / a
    for n in range(1, MOST_TERMS):
        term *= x / (a + n)
        total += term
        if term < ENOUGH * total:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    """1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / (x + 5 - a - ...)))."""
    b = x + 1.0 - a
    c, d = 1.0 / TINY, 1.0 / b
    value = d
    for n in range(1, MOST_TERMS):
        factor = n * (a - n)
        b += 2.0
        d = 1.0 / _nonzero(factor * d + b)
        c = _nonzero(b + factor / c)
        value *= c * d
        if abs(c * d - 1.0) < ENOUGH:
            break
    return value


def student_tail(t: float, degrees_of_freedom: float) -> float:
    """P(|T| > t), both sides; degrees_of_freedom may be infinite (the normal distribution)."""
    if math.isinf(degrees_of_freedom) or degrees_of_freedom > 1e10:
        return math.erfc(abs(t) / math.sqrt(2.0))
    if math.isinf(t):
        return 0.0
    square = t * t
    return _beta_share(0.5 * degrees_of_freedom, 0.5, degrees_of_freedom / (degrees_of_freedom + square))


def student_quantile(tail: float, degrees_of_freedom: float) -> float:
    """t with P(|T| > t) = tail: half the width of an interval in standard errors; by bisection."""
    low, high = 0.0, 1.0
    while student_tail(high, degrees_of_freedom) > tail and high < 1e300:
        low, high = high, 2.0 * high
    while high - low > 1e-14 * high:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if student_tail(middle, degrees_of_freedom) > tail:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def distance_tail(squared: float, n_cells: int, degrees_of_freedom: float) -> float:
    """P(Q > squared) for the squared distance Q of n_cells cells of a normal row (degrees of freedom infinite: Q is
    chi-squared) or of a t row (Q / n_cells has the F distribution)."""
    if math.isinf(degrees_of_freedom):
        return chi_squared_tail(squared, n_cells)
    return _beta_share(0.5 * degrees_of_freedom, 0.5 * n_cells, degrees_of_freedom / (degrees_of_freedom + squared))


@cache
def distance_quantile(tail: float, n_cells: int, degrees_of_freedom: float) -> float:
    """The squared distance that is exceeded with this probability, by bisection; infinite for no cells."""
    if n_cells == 0:
        return math.inf
    low, high = 0.0, 1.0
    while distance_tail(high, n_cells, degrees_of_freedom) > tail and high < 1e300:
        low, high = high, 2.0 * high
    while high - low > 1e-14 * high:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if distance_tail(middle, n_cells, degrees_of_freedom) > tail:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _beta_share(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1.0) / (a + b + 2.0):  # there the fraction of the complement converges faster
        return 1.0 - _beta_share(b, a, 1.0 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _beta_fraction(a, b, x) / a


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _nonzero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for n in range(1, MOST_TERMS):
        for factor in (
            n * (b - n) * x / ((a + 2 * n - 1.0) * (a + 2 * n)),
            -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1.0)),
        ):
            d = 1.0 / _nonzero(1.0 + factor * d)
            c = _nonzero(1.0 + factor / c)
            value *= c * d
        if abs(c * d - 1.0) < ENOUGH:
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > TINY else TINY

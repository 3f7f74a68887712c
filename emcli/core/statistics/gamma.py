"""The gamma function's kin on arrays: log Gamma, its derivatives, and quantiles of the gamma distribution.

Derivatives are those of Stirling's series, reached by the recurrence psi(x) = psi(x + 1) - 1 / x.  Quantiles are
found by Newton's method on the incomplete gamma function, kept inside the bracket that its values narrow.  Every number
is worked on until it stands still and no longer: what comes out does not depend on the numbers beside it.
"""

from __future__ import annotations

import math

import numpy as np

from emcli.data.rows import FloatArray

SHIFT = 12  # from this argument on, six terms of the series are exact to a double
TINY = 1e-300
ENOUGH = 1e-15  # relative size of a change that no longer matters
MOST_TERMS = 10_000
MOST_STEPS = 200


def log_gamma(x: FloatArray) -> FloatArray:
    """log Gamma(x) for x > 0."""
    return np.array([math.lgamma(value) for value in np.ravel(x).tolist()]).reshape(np.shape(x))


def digamma(x: FloatArray) -> FloatArray:
    """psi(x) = d/dx log Gamma(x) for x > 0."""
    steps = np.arange(SHIFT)
    y = x + SHIFT
    series = 1 / 12 - y**-2 * (1 / 120 - y**-2 * (1 / 252 - y**-2 * (1 / 240 - y**-2 * (1 / 132))))
    return np.asarray(np.log(y) - 0.5 / y - y**-2 * series - (1.0 / (np.asarray(x)[..., None] + steps)).sum(axis=-1))


def trigamma(x: FloatArray) -> FloatArray:
    """psi'(x) for x > 0."""
    steps = np.arange(SHIFT)
    y = x + SHIFT
    series = 1 / 6 - y**-2 * (1 / 30 - y**-2 * (1 / 42 - y**-2 * (1 / 30 - y**-2 * (5 / 66))))
    tail = 1.0 / y + 0.5 * y**-2 + y**-3 * series
    return np.asarray(tail + (1.0 / (np.asarray(x)[..., None] + steps) ** 2).sum(axis=-1))


def gamma_share(shape: float, x: FloatArray) -> FloatArray:
    """P(X <= x) for X of the gamma distribution of this shape and scale 1: the regularised incomplete integral."""
    x = np.maximum(x, TINY)
    front = np.exp(shape * np.log(x) - x - math.lgamma(shape))
    below = x < shape + 1.0
    return np.where(below, front * _series(shape, np.where(below, x, 1.0)), 1.0 - front * _fraction(shape, x, below))


def _series(shape: float, x: FloatArray) -> FloatArray:
    """sum_n x^n / (a (a + 1) ... (a + n))."""
    term = total = np.full_like(x, 1.0 / shape)
    growing = np.ones(x.shape, dtype=bool)
    for n in range(1, MOST_TERMS):
        term = term * x / (shape + n)
        total = np.where(growing, total + term, total)
        growing &= term >= ENOUGH * total
        if not growing.any():
            break
    return total


def _fraction(shape: float, x: FloatArray, unused: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> FloatArray:
    """1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...)) by Lentz's method; anything where it is unused."""
    x = np.where(unused, shape + 2.0, x)
    b = x + 1.0 - shape
    c, d = np.full_like(x, 1.0 / TINY), 1.0 / b
    value = d.copy()
    moving = np.ones(x.shape, dtype=bool)
    for n in range(1, MOST_TERMS):
        factor = n * (shape - n)
        b = b + 2.0
        d = 1.0 / _nonzero(factor * d + b)
        c = _nonzero(b + factor / c)
        value = np.where(moving, value * c * d, value)
        moving &= np.abs(c * d - 1.0) >= 10.0 * ENOUGH
        if not moving.any():
            break
    return value


def _nonzero(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) > TINY, values, TINY)


def gamma_quantile(shape: float, shares: FloatArray) -> FloatArray:
    """x (n,) with P(X <= x) = share for shares (n,) in (0, 1)."""
    low, high = np.zeros_like(shares), np.full_like(shares, shape + 10.0)
    while (short := gamma_share(shape, high) < shares).any() and high.max() < 1e6 * (shape + 1.0):
        low, high = np.where(short, high, low), np.where(short, 2.0 * high, high)
    # For small x the integral is x^a / (a Gamma(a)); that starts the search where the density has a pole.
    x = np.clip(np.exp((np.log(shares) + math.lgamma(shape + 1.0)) / shape), TINY, shape)
    moving = np.ones(x.shape, dtype=bool)
    for _ in range(MOST_STEPS):
        excess = gamma_share(shape, x) - shares
        low, high = np.where(excess < 0.0, x, low), np.where(excess < 0.0, high, x)
        density = np.exp((shape - 1.0) * np.log(x) - x - math.lgamma(shape))
        newton = x - excess / np.maximum(density, TINY)
        better = np.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
        better = np.where(moving, better, x)
        moving &= np.abs(better - x) > 1e-13 * x
        x = better
        if not moving.any():
            break
    return x

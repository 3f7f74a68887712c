"""The standard normal distribution on an interval, right to the far tails.

Probabilities of intervals are computed from the tail that is the smaller one, so that nothing is lost when both ends
lie on the same side, and as logarithms, since a bound may lie a hundred standard deviations away.

Beyond FAR the normal tail is taken as the exponential with the same rate, whose relative error there is below
FAR^-2; below NARROW the density is taken as constant over the interval.

a, b  lower and upper ends (any common shape), a < b, in standard deviations; -inf and inf are allowed
"""

from __future__ import annotations

import math

import numpy as np

from emcli.data.rows import FloatArray

FAR = 30.0
NARROW = 1e-6
NARROW_FOR_MOMENTS = 1e-3  # the variance loses its digits earlier than the probability does
LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)

_erfc = np.frompyfunc(math.erfc, 1, 1)

# Wichura 1988, algorithm AS 241: rational approximations of the normal quantile, relative error about 1e-16.
_CENTRAL = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457),
    (13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867),
    (5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0),
)
_MIDDLE = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258),
    (3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459),
    (0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)
_OUTER = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093),
    (0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4),
    (0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)


def upper_tail(z: FloatArray) -> FloatArray:
    """P(Z > z)."""
    return np.asarray(0.5 * _erfc(np.asarray(z) / math.sqrt(2.0)), dtype=np.float64)


def quantile(p: FloatArray) -> FloatArray:
    """z with P(Z <= z) = p, 0 < p < 1."""
    p = np.asarray(p, dtype=np.float64)
    q = p - 0.5
    with np.errstate(divide="ignore"):
        r = np.sqrt(-np.log(np.where(q < 0.0, p, 1.0 - p)))
    inside = np.abs(q) <= 0.425
    centre = np.where(inside, 0.180625 - q * q, 0.0)
    tail = np.where(r <= 5.0, _ratio(_MIDDLE, r - 1.6), _ratio(_OUTER, r - 5.0))
    return np.asarray(np.where(inside, q * _ratio(_CENTRAL, centre), np.copysign(tail, q)))


def _ratio(coefficients: tuple[tuple[float, ...], ...], x: FloatArray) -> FloatArray:
    upper = np.polyval(np.array(coefficients[0] + coefficients[1]), x)
    lower = np.polyval(np.array(coefficients[2] + coefficients[3]), x)
    return np.asarray(upper / lower, dtype=np.float64)


def log_upper_tail(z: FloatArray) -> FloatArray:
    """log P(Z > z)."""
    z = np.asarray(z, dtype=np.float64)
    far = z > FAR
    near = np.log(upper_tail(np.where(far, 0.0, z)))
    x = np.where(far, z, FAR)
    square = 1.0 / (x * x)
    with np.errstate(over="ignore"):
        beyond = -0.5 * x * x - np.log(x) - LOG_SQRT_2PI + np.log1p(-square * (1.0 - square * (3.0 - 15.0 * square)))
    return np.asarray(np.where(far, beyond, near))


def log_density(z: FloatArray) -> FloatArray:
    """log of the density; -inf at an infinite end."""
    with np.errstate(over="ignore"):
        return np.asarray(-0.5 * np.square(z) - LOG_SQRT_2PI)


def log_probability(a: FloatArray, b: FloatArray) -> FloatArray:
    """log P(a < Z < b)."""
    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    low, high = _rightwards(a, b)
    near, away = log_upper_tail(low), log_upper_tail(high)
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = near + np.log1p(-np.exp(np.minimum(away - near, 0.0)))
        narrow = np.log(b - a) + log_density(0.5 * (low + high))
    return np.asarray(np.where(_narrow(a, b), narrow, wide))


def moments(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of Z given a < Z < b."""
    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    low, high = _rightwards(a, b)
    sign = np.where(low == a, 1.0, -1.0)
    log_p = log_probability(a, b)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        at_low, at_high = np.exp(log_density(low) - log_p), np.exp(log_density(high) - log_p)
        mean = at_low - at_high
        ends = np.where(np.isinf(low), 0.0, low * at_low) - np.where(np.isinf(high), 0.0, high * at_high)
        variance = 1.0 + ends - mean * mean
        width = high - low
        share = np.where(np.isinf(width), 0.0, width / np.expm1(np.minimum(low * width, 700.0)))
        far = low > FAR
        mean = np.where(far, low + 1.0 / low - share, mean)
        variance = np.where(far, 1.0 / low**2 - share * (share + np.where(share > 0.0, width, 0.0)), variance)
        narrow = _narrow(a, b, NARROW_FOR_MOMENTS)
        middle = 0.5 * (low + high)
        mean = np.where(narrow, middle * (1.0 - width * width / 12.0), mean)
        variance = np.where(narrow, width * width / 12.0, variance)
    return np.clip(sign * mean, a, b), np.asarray(np.maximum(variance, 0.0))


def between(a: FloatArray, b: FloatArray, u: FloatArray) -> FloatArray:
    """The u-quantile of Z given a < Z < b; with u uniform on (0, 1), a draw."""
    a, b, u = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (a, b, u)))
    low, high = _rightwards(a, b)
    turned = low != a
    share = np.where(turned, 1.0 - u, u)  # of the probability between low and the answer
    near, away = upper_tail(low), upper_tail(high)
    tail = np.clip(near - share * (near - away), 1e-300, 1.0 - 1e-16)
    answer = -quantile(tail)
    with np.errstate(invalid="ignore", over="ignore"):
        width = np.where(low > FAR, high - low, 1.0)
        rate = np.where(low > FAR, low, 1.0)
        beyond = low - np.log1p(share * np.expm1(-rate * width)) / rate
        answer = np.where(low > FAR, beyond, answer)
        answer = np.where(_narrow(a, b), low + share * (high - low), answer)
    return np.clip(np.where(turned, -answer, answer), a, b)


def _rightwards(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The interval, or its mirror image, with its middle not below 0."""
    with np.errstate(invalid="ignore"):
        turned = np.where(np.isinf(a) & np.isinf(b), False, a + b < 0.0)
    return np.where(turned, -b, a), np.where(turned, -a, b)


def _narrow(a: FloatArray, b: FloatArray, limit: float = NARROW) -> FloatArray:
    with np.errstate(invalid="ignore"):
        size = np.maximum(1.0, np.minimum(np.abs(a), np.abs(b)))
        return np.asarray((b - a) * size < limit)

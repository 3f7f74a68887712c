"""The normal distribution on an interval, beside scipy and beside numerical integration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from emcli.core.statistics import normal_tail

INTERVALS = [
    (-np.inf, np.inf),
    (-1.0, 2.0),
    (0.0, np.inf),
    (3.0, 5.0),
    (-8.0, -6.0),
    (-np.inf, -3.0),
    (20.0, np.inf),
    (0.3, 0.3001),
]


def test_the_quantile_is_scipys() -> None:
    p = np.concatenate([10.0 ** -np.arange(1.0, 300.0, 7.0), np.linspace(0.001, 0.999, 998)])
    assert np.allclose(normal_tail.quantile(p), stats.norm.ppf(p), rtol=1e-14, atol=1e-15)


def test_the_log_of_the_tail_is_scipys_even_where_the_tail_is_no_double() -> None:
    z = np.array([-40.0, -5.0, 0.0, 1.0, 8.0, 29.0, 31.0, 60.0, 1e4])
    assert np.allclose(normal_tail.log_upper_tail(z), stats.norm.logsf(z), rtol=1e-11)


@pytest.mark.parametrize(("a", "b"), INTERVALS)
def test_moments_inside_an_interval_are_those_of_integration(a: float, b: float) -> None:
    mean, variance = normal_tail.moments(np.array(a), np.array(b))
    start = min(abs(a), abs(b)) if a * b > 0 else 0.0  # in units in which the density does not vanish

    def integral(power: int, centre: float) -> float:
        def density(z: float) -> float:
            return float((z - centre) ** power * np.exp(-0.5 * (z * z - start * start)))

        return float(integrate.quad(density, max(a, -40.0), min(b, 40.0), epsabs=1e-13, epsrel=1e-11, limit=500)[0])

    expected = integral(1, 0.0) / integral(0, 0.0)
    assert float(mean) == pytest.approx(expected, rel=1e-8, abs=1e-9)
    assert float(variance) == pytest.approx(integral(2, expected) / integral(0, 0.0), rel=1e-4)


@pytest.mark.parametrize("a", [35.0, 1e3, 1e6])
def test_far_out_the_tail_is_exponential(a: float) -> None:
    """Beyond the point where the density vanishes: Z - a times a is exponential, and cut off at 1 as that is."""
    mean, variance = normal_tail.moments(np.array([a, -np.inf, a]), np.array([np.inf, -a, a + 1.0 / a]))
    cut_mean, cut_variance = stats.truncexpon.stats(1.0)
    np.testing.assert_allclose((np.abs(mean) - a) * a, [1.0, 1.0, cut_mean], rtol=3.0 / a**2 + 1e-3)
    np.testing.assert_allclose(variance * a**2, [1.0, 1.0, cut_variance], rtol=6.0 / a**2 + 1e-3)


@pytest.mark.parametrize(("a", "b"), INTERVALS)
def test_draws_inside_an_interval_have_its_distribution(a: float, b: float) -> None:
    u = np.linspace(0.0005, 0.9995, 1000)
    drawn = normal_tail.between(np.array(a), np.array(b), u)
    assert (drawn >= a).all() and (drawn <= b).all()
    assert np.allclose(drawn, stats.truncnorm.ppf(u, a, b), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("a", "b"), [(35.0, np.inf), (-np.inf, -100.0), (1e4, 1e4 + 1.0), (1.0, 1.0 + 1e-9)])
def test_far_and_narrow_intervals_stay_finite_and_inside(a: float, b: float) -> None:
    mean, variance = normal_tail.moments(np.array(a), np.array(b))
    drawn = normal_tail.between(np.array(a), np.array(b), np.array([1e-9, 0.5, 1.0 - 1e-9]))
    assert a <= float(mean) <= b and 0.0 <= float(variance) < 1.0
    assert np.isfinite(drawn).all() and (drawn >= a).all() and (drawn <= b).all()
    assert np.isfinite(normal_tail.log_probability(np.array(a), np.array(b)))

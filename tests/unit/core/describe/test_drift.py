"""Portraits of rows, the 99.9 % region, and shifts between portraits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, f, multivariate_normal

from emcli.core.complete.sampling import draw
from emcli.core.describe.portrait import Sitting, portrait_of
from emcli.core.describe.regions import Region
from emcli.core.describe.shift import shifts
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.families.elliptical.normal import Gaussian
from emcli.core.families.elliptical.student_t import StudentT
from emcli.core.families.elliptical.tails import Tail
from emcli.core.model.mixture import Mixture
from emcli.data.blocks import in_blocks

MEANS = np.array([[0.0, 0.0, 5.0], [40.0, 10.0, 5.0]])
MATRICES = np.array([[[4.0, 1.0, 0.5], [1.0, 1.0, 0.0], [0.5, 0.0, 2.0]], np.diag([1.0, 4.0, 1.0])])
MIXTURE = Mixture(np.array([0.7, 0.3]), Elliptical(MEANS, MATRICES, covariance_named("full")))


def test_reaches_are_quantiles_of_chi_squared_and_f() -> None:
    normal, heavy = Gaussian(), StudentT(np.array([1.0, 4.5, 800.0]))
    for n in (1, 4, 60, 900):
        assert normal.reach(0.001, n) == pytest.approx([chi2.isf(0.001, n)])
        assert heavy.reach(0.001, n) == pytest.approx((n * f.isf(0.001, n, heavy.degrees_of_freedom)).tolist())


@pytest.mark.parametrize("tail", [Gaussian(), StudentT(np.array([3.0, 20.0]))], ids=["gaussian", "t"])
def test_one_row_in_a_thousand_is_outside_whatever_is_missing(tail: Tail) -> None:
    mixture = replace(MIXTURE, family=replace(MIXTURE.family, means=100 * MEANS, tail=tail))
    values, _ = draw(mixture, 40_000, np.random.default_rng(3), {})
    values[np.random.default_rng(4).random(values.shape) < 0.3] = np.nan
    outside = Region(mixture).outside(values)
    seen = ~np.isnan(values).all(axis=1)
    assert not outside[~seen].any()
    assert outside[seen].mean() == pytest.approx(0.001, abs=4 * np.sqrt(0.001 / seen.sum()))


def test_the_region_is_by_mahalanobis_distance_of_the_observed_cells() -> None:
    edge = np.sqrt(chi2.isf(0.001, 1) * 4.0)
    rows = np.array([[edge - 1e-6, np.nan, np.nan], [edge + 1e-6, np.nan, np.nan], [20.0, 5.0, 5.0]])
    assert Region(MIXTURE).outside(rows).tolist() == [False, True, True]


def test_a_portrait_does_not_depend_on_the_cutting_and_counts_rows_by_their_weights() -> None:
    values, _ = draw(MIXTURE, 300, np.random.default_rng(5), {})
    values[:40, 1] = values[0] = np.nan
    weights = np.random.default_rng(6).integers(0, 3, 300).astype(float)
    whole = portrait_of(MIXTURE, in_blocks(np.repeat(values, weights.astype(int), axis=0), np.ones(int(weights.sum()))))
    sitting = Sitting(MIXTURE)
    for rows in (slice(0, 7), slice(7, 200), slice(200, 300)):
        sitting.add(values[rows], weights[rows], sitting.evaluate(values[rows]))
    pieces = sitting.portrait()
    assert pieces.n == whole.n == pytest.approx(weights[1:].sum()) and pieces.every == weights.sum()
    for name in ("density", "outside", "shares", "means", "deviations", "missing"):
        assert np.allclose(getattr(pieces, name), getattr(whole, name), rtol=1e-12), name
    complete = np.repeat(values[40:], weights[40:].astype(int), axis=0)
    density = sum(
        w * multivariate_normal(m, s).pdf(complete) for w, m, s in zip([0.7, 0.3], MEANS, MATRICES, strict=True)
    )
    assert portrait_of(MIXTURE, in_blocks(complete, np.ones(len(complete)))).density[0] == pytest.approx(
        np.log(density).mean()
    )


def test_rows_of_the_model_do_not_shift_and_moved_ones_do() -> None:
    def portrait(seed: int, by: float, weights: tuple[float, float], holes: float) -> object:
        source = Mixture(np.array(weights), MIXTURE.family)
        values, _ = draw(source, 2000, np.random.default_rng(seed), {})
        values[:, 2] += by
        values[np.random.default_rng(seed).random(2000) < holes, 0] = np.nan
        return portrait_of(MIXTURE, in_blocks(values, np.ones(2000)))

    fit = portrait(1, 0.0, (0.7, 0.3), 0.0)

    def notable(now: object) -> set[tuple[str, int | None]]:
        return {(one.measure, one.which) for one in shifts(fit, now, -0.01) if one.notable}  # type: ignore[arg-type]

    assert notable(fit) == notable(portrait(2, 0.0, (0.7, 0.3), 0.0)) == set()
    assert all(one.change == 0.0 for one in shifts(fit, fit, -0.01))
    assert notable(portrait(3, 3.0, (0.7, 0.3), 0.0)) >= {
        ("log_likelihood_per_row", None),
        ("outside", None),
        ("mean", 2),
    }
    assert notable(portrait(4, 0.0, (0.5, 0.5), 0.0)) >= {("share", 0), ("share", 1), ("mean", 0)}
    assert ("missing", 0) in notable(portrait(5, 0.0, (0.7, 0.3), 0.1))

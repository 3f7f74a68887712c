"""Which component is which: the cheapest pairing, relabelled models, sizes and shapes that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from emcli.core.describe.matching import assignment, match
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.model.mixture import Mixture
from emcli.core.statistics.moments import Moments


def three() -> Mixture:
    rng = np.random.default_rng(1)
    roots = rng.standard_normal((3, 2, 4))
    family = Elliptical(9 * rng.standard_normal((3, 2)), roots @ np.swapaxes(roots, 1, 2), covariance_named("full"))
    return Mixture(np.array([0.5, 0.3, 0.2]), family)


def test_the_pairing_is_the_cheapest() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        costs = np.round(rng.exponential(size=rng.integers(1, 8, 2)), 1)
        rows, columns = assignment(costs)
        assert len(set(columns.tolist())) == len(rows) == min(costs.shape)
        assert costs[rows, columns].sum() == pytest.approx(costs[linear_sum_assignment(costs)].sum())


def test_a_relabelled_model_is_the_same_model() -> None:
    one, order = three(), np.array([2, 0, 1])
    found = match(one, one.reordered(order))
    assert [(pair.a, pair.b) for pair in found.pairs] == [(0, 1), (1, 2), (2, 0)]
    for pair in found.pairs:
        assert pair.overlap == pytest.approx(1.0) and pair.size == pytest.approx(1.0)
        assert pair.shape == pytest.approx(1.0, abs=1e-6) and not pair.shifts.any() and (pair.stretches == 1.0).all()


def test_a_component_without_a_partner_stays_alone() -> None:
    one = three()
    for found in (match(one, one.reordered(np.array([2, 0]))), match(one.reordered(np.array([2, 0])), one)):
        assert {(pair.a, pair.b) for pair in found.pairs} in ({(0, 1), (2, 0)}, {(0, 2), (1, 0)})
        assert sorted((*found.alone_a, *found.alone_b)) == [1]


def test_size_and_shape_are_those_of_the_stretch() -> None:
    one = three()
    stretch = np.array([6.0, 1.5])  # 3 times as wide on the average, 4 : 1 in shape
    wider = one.family.rescaled(np.zeros(2), stretch)
    other = replace(one, family=replace(wider, means=one.family.means + [[1.0, 0.0]] * 3))
    for pair in match(one, other).pairs:
        assert pair.a == pair.b and pair.size == pytest.approx(3.0)
        assert np.allclose(pair.stretches, stretch) and pair.shifts[0] > 0.0 == pair.shifts[1]
    plain = one.family.rescaled(np.zeros(2), np.array([2.0, 2.0]))
    assert match(one, replace(one, family=replace(plain, means=one.family.means))).pairs[0].shape == pytest.approx(1.0)


def test_moments_of_pieces_are_those_of_the_whole() -> None:
    rng = np.random.default_rng(2)
    values, weights = 1e9 + rng.standard_normal((60, 3)), rng.integers(0, 4, 60).astype(float)
    values[:25, 1] = np.nan
    pieces = [Moments.none(3), *(Moments.of(values[i : i + 7], weights[i : i + 7]) for i in range(0, 60, 7))]
    whole = sum(pieces[1:], pieces[0])
    repeated = np.repeat(values, weights.astype(int), axis=0)
    assert np.allclose(whole.mean, np.nanmean(repeated, axis=0), rtol=1e-15)
    assert np.allclose(whole.deviation, np.nanstd(repeated, axis=0), rtol=1e-7)
    assert np.allclose(whole.weight, (~np.isnan(repeated)).sum(axis=0))
    assert np.allclose(whole.standard_error, whole.deviation / np.sqrt(whole.weight))

"""Starts, seeds and moves: valid mixtures in any units, and responsibilities that stay ones."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.asking import drive
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.fit.moves import dropped, merged, moved, split, weighted_median
from emcli.core.fit.posterior import posterior
from emcli.core.fit.starts import STARTS, from_labels, nearest, seeds
from emcli.core.passes.evaluation import evaluate
from emcli.data.blocks import gathered

from ..grounds import clusters, context, problem, working

NAMES = ["full", "tied", "diag", "spherical", "identity"]


def holes(values: np.ndarray, share: float = 0.3) -> np.ndarray:
    observed = np.random.default_rng(1).random(values.shape) >= share
    observed[np.arange(len(values)), np.arange(len(values)) % values.shape[1]] = True
    return np.where(observed, values, np.nan)


@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
@pytest.mark.parametrize("covariance", NAMES)
@pytest.mark.parametrize("generator", STARTS["auto"], ids=lambda generator: generator.__name__)
def test_every_start_is_a_mixture_above_the_floor(generator: object, covariance: str, gaps: bool) -> None:
    values = clusters(60, 3, k=3)
    ground = context(problem(holes(values) if gaps else values, 3), covariance)
    rng = np.random.default_rng(4)
    for _ in range(5):
        start = ground.model.unpack(drive(generator(ground, 3, rng)))
        assert start.weights.sum() == pytest.approx(1.0)
        assert (start.weights > 0.0).all()
        assert start.family.means.shape == (3, 3)
        assert start.family.model is COVARIANCES[covariance]
        assert np.isfinite(start.family.means).all()
        assert ground.model.above_floor(start.family.covariances).all()


def test_no_complete_row_is_needed() -> None:
    values = clusters(60, 3, k=2)
    values[np.arange(60), np.arange(60) % 3] = np.nan
    found = fit_mixture(values, np.ones(60), FitOptions(2))
    assert np.isfinite(found.log_likelihood)
    assert found.n_missing_cells == 60


def test_seeds_are_drawn_in_proportion_to_the_squared_distance() -> None:
    points = np.array([[0.0], [1.0], [3.0]])
    rng = np.random.default_rng(0)
    drawn = [seeds(points, 2, rng) for _ in range(6000)]
    second = np.array([b for a, b in drawn if a == 0])
    assert (second != 0).all()
    assert (second == 2).mean() == pytest.approx(9.0 / 10.0, abs=0.03)
    first = np.bincount([a for a, _ in drawn]) / len(drawn)
    np.testing.assert_allclose(first, 1.0 / 3.0, atol=0.03)


def test_as_many_seeds_as_distinct_points_take_each_point_once() -> None:
    points = np.array([[0.0, 0.0], [1.0, 5.0], [9.0, 2.0], [4.0, 4.0]])
    for seed in range(20):
        assert sorted(seeds(points, 4, np.random.default_rng(seed))) == [0, 1, 2, 3]


def test_more_seeds_than_distinct_points_are_still_points() -> None:
    chosen = seeds(np.zeros((3, 2)), 5, np.random.default_rng(0))
    assert len(chosen) == 5
    assert set(chosen) <= {0, 1, 2}


def test_nearest_is_the_centre_at_the_least_distance() -> None:
    points = np.random.default_rng(0).normal(size=(50, 3))
    centres = points[:4]
    distances = np.linalg.norm(points[:, None] - centres, axis=2)
    np.testing.assert_array_equal(nearest(points, centres), distances.argmin(axis=1))


def test_a_start_from_labels_has_the_means_and_shares_of_the_groups() -> None:
    here = problem(clusters(60, 2, apart=5.0))
    labels = np.where(np.arange(60) < 20, 0, 1)
    ground = context(here)
    start = ground.model.unpack(drive(from_labels(ground, labels, 2)))
    np.testing.assert_allclose(start.weights, [1.0 / 3.0, 2.0 / 3.0])
    groups = [working(here)[labels == k].mean(axis=0) for k in (0, 1)]
    np.testing.assert_allclose(start.family.means, groups)


def responsibilities(k: int = 4, n: int = 30) -> np.ndarray:
    return np.random.default_rng(0).dirichlet(np.full(k, 0.3), size=n).T


def test_a_dropped_components_rows_go_to_the_others_in_proportion() -> None:
    given = responsibilities()
    given[:, 0] = [0.0, 1.0, 0.0, 0.0]
    remaining = dropped(given, 1)
    np.testing.assert_allclose(remaining.sum(axis=0), 1.0)
    assert (remaining[1] == 0.0).all()
    np.testing.assert_allclose(remaining[:, 0], [1 / 3, 0.0, 1 / 3, 1 / 3])
    np.testing.assert_allclose(remaining[0, 1:] * given[2, 1:], remaining[2, 1:] * given[0, 1:], atol=1e-12)


def test_a_merged_components_rows_go_to_one_other() -> None:
    given = responsibilities()
    remaining = merged(given, 1, np.random.default_rng(3))
    np.testing.assert_allclose(remaining.sum(axis=0), 1.0)
    assert (remaining[1] == 0.0).all()
    changed = [k for k in (0, 2, 3) if not np.array_equal(remaining[k], given[k])]
    assert len(changed) == 1
    np.testing.assert_array_equal(remaining[changed[0]], given[changed[0]] + given[1])


@pytest.mark.parametrize("seed", range(10))
def test_a_split_divides_one_component_and_leaves_the_sums(seed: int) -> None:
    ground = context(problem(clusters(30, 2)))
    given = dropped(responsibilities(), 2)
    parts = split(ground, given, 2, np.random.default_rng(seed))
    np.testing.assert_allclose(parts.sum(axis=0), 1.0)
    changed = [k for k in (0, 1, 3) if not np.array_equal(parts[k], given[k])]
    assert len(changed) == 1
    np.testing.assert_allclose(parts[2] + parts[changed[0]], given[changed[0]])
    assert (parts[2] * parts[changed[0]] == 0.0).all()


@pytest.mark.parametrize("covariance", NAMES)
def test_moves_make_mixtures_of_rows_with_gaps(covariance: str) -> None:
    ground = context(problem(holes(clusters(60, 3, k=3)), 3), covariance)
    best = drive(STARTS["auto"][0](ground, 3, np.random.default_rng(0)))
    given, rows = posterior(ground.model, best, ground.sample)[0], gathered(ground.sample.rows).values
    np.testing.assert_allclose(given.sum(axis=0), 1.0)
    np.testing.assert_allclose(given.T, evaluate(ground.model.unpack(best), rows).responsibilities, atol=1e-9)
    for seed in range(5):
        start = ground.model.unpack(drive(moved(ground, best, given, np.random.default_rng(seed))))
        assert start.weights.sum() == pytest.approx(1.0)
        assert ground.model.above_floor(start.family.covariances).all()


def test_half_of_the_weight_lies_below_the_weighted_median() -> None:
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.1, 0.8])) == 2.0
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.8, 0.1])) == 1.0


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("seed", range(3))
def test_two_long_parallel_clusters_are_told_apart_in_any_units(seed: int, factor: float) -> None:
    """The long axis has standard deviation 100 and tells nothing; the clusters lie 8 apart across it."""
    rng = np.random.default_rng(seed)
    species = np.arange(400) % 2
    values = np.column_stack([rng.normal(scale=100.0, size=400), rng.normal(size=400) + 8.0 * species])
    values[:, 1] *= factor
    for covariance in ("full", "tied", "diag"):
        found = fit_mixture(values, np.ones(400), FitOptions(2, covariance, seed=seed))
        assert adjusted_rand_score(species, evaluate(found.mixture, values).labels) > 0.98


def test_parallel_clusters_that_lie_aslant_are_told_apart() -> None:
    rng = np.random.default_rng(5)
    species = np.arange(400) % 2
    values = np.column_stack([rng.normal(scale=100.0, size=400), rng.normal(size=400) + 8.0 * species])
    turned = values @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    found = fit_mixture(turned, np.ones(400), FitOptions(2))
    assert adjusted_rand_score(species, evaluate(found.mixture, turned).labels) > 0.98


@pytest.mark.parametrize("init", ["auto", "kmeans++", "random"])
def test_every_way_to_start_finds_clusters_that_lie_apart(init: str) -> None:
    values = clusters(150, 2, k=3, apart=15.0, seed=2)
    found = fit_mixture(values, np.ones(150), FitOptions(3, init=init))
    assert adjusted_rand_score(np.arange(150) % 3, evaluate(found.mixture, values).labels) == 1.0
    assert found.audit.agree >= 1
    assert found.audit.tried >= found.audit.agree

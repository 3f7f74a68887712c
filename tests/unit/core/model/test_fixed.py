"""What is fixed in the model that a fit starts from stays so, and the rest is the best beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.model.plain import from_plain, to_plain
from emcli.core.passes.evaluation import evaluate
from emcli.data.rows import FloatArray
from emcli.errors import CannotFit

from ..grounds import clusters

COLUMNS = ["a", "b", "c"]
ROWS = clusters(120, 3, 3, seed=4)


def fitted(start: Mixture, rows: FloatArray = ROWS, **options: Any) -> Fitted:
    family = start.family
    given = {"covariance": family.model.name, "family": family.name, "init": start} | options
    return fit_mixture(rows, np.ones(len(rows)), FitOptions(start.n_components, **given))


def start(fixed: dict[int, list[str]], **options: Any) -> Mixture:
    """The optimum of three clusters, moved, with this fixed in its components."""
    labels = np.arange(len(ROWS)) % 3
    found = fit_mixture(ROWS, np.ones(len(ROWS)), FitOptions(3, init=labels, **options)).mixture
    plain = to_plain(replace(found, family=replace(found.family, means=found.family.means + 0.3)), COLUMNS)
    for k, keys in fixed.items():
        plain["components"][k]["fixed"] = keys
    return from_plain(plain)


def kept(key: str, before: Mixture, after: Mixture) -> bool:
    """Whether some component of the answer has the very numbers that are fixed."""
    (was,) = [part for part in to_plain(before, COLUMNS)["components"] if key in part.get("fixed", ())]
    is_ = [part for part in to_plain(after, COLUMNS)["components"] if key in part.get("fixed", ())]
    return [part[key] for part in is_] == [was[key]] and is_[0]["fixed"] == was["fixed"]


@pytest.mark.parametrize("family", ["gaussian", "t"])
@pytest.mark.parametrize("share", [0.0, 0.2], ids=["complete", "gaps"])
@pytest.mark.parametrize("keys", [["mean"], ["covariance"], ["weight"], ["weight", "mean", "covariance"]])
def test_what_is_fixed_stays_to_the_last_bit_and_em_never_falls(keys: list[str], share: float, family: str) -> None:
    holes = np.random.default_rng(1).random(ROWS.shape) < share
    holes[:, 0] = False
    before = start({1: keys}, family=family)
    answer = fitted(before, np.where(holes, np.nan, ROWS))
    assert all(kept(key, before, answer.mixture) for key in keys)
    assert (np.diff(answer.history) > -1e-8).all()
    assert answer.converged or family == "t"  # degrees of freedom alone creep where the rows are normal
    rows = np.where(holes, np.nan, ROWS)
    assert answer.log_likelihood == pytest.approx(evaluate(answer.mixture, rows).log_density.sum(), abs=1e-6)
    n = {"weight": 1, "mean": 3, "covariance": 6}
    assert answer.n_parameters == start({}, family=family).n_parameters - sum(n[key] for key in keys)


def test_a_scatter_is_taken_about_the_fixed_mean() -> None:
    one = fit_mixture(ROWS, np.ones(len(ROWS)), FitOptions(1)).mixture
    plain = to_plain(one, COLUMNS)
    plain["components"][0] |= {"mean": dict.fromkeys(COLUMNS, 1.0), "fixed": ["mean"]}
    answer = fitted(from_plain(plain))
    expected = (ROWS - 1.0).T @ (ROWS - 1.0) / len(ROWS)
    np.testing.assert_allclose(answer.mixture.family.covariances[0], expected, rtol=1e-9)
    assert answer.n_parameters == 6


def test_free_weights_share_what_the_fixed_ones_leave() -> None:
    before = start({0: ["weight"]})
    before = replace(before, weights=np.array([0.5, 0.3, 0.2]))
    answer = fitted(before).mixture
    assert answer.fixed is not None and answer.weights[answer.fixed.weights].tolist() == [0.5]
    np.testing.assert_allclose(answer.weights[~answer.fixed.weights], 0.25, atol=0.02)
    assert answer.weights.sum() == pytest.approx(1.0, abs=1e-15)
    with_noise = fitted(before, noise=True).mixture
    assert with_noise.noise is not None
    assert with_noise.weights[with_noise.fixed.weights].tolist() == [0.5]  # type: ignore[union-attr]
    assert with_noise.weights.sum() + with_noise.noise.weight == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("acceleration", ["auto", "none", "squarem", "anderson"])
def test_every_acceleration_ends_at_the_same_constrained_optimum(acceleration: str) -> None:
    before = start({0: ["mean", "weight"], 2: ["covariance"]})
    answer = fitted(before, accelerate=acceleration, tolerance=1e-10)
    assert answer.log_likelihood == pytest.approx(fitted(before).log_likelihood, abs=1e-4)


def test_everything_fixed_is_the_model_itself() -> None:
    before = start({k: ["weight", "mean", "covariance"] for k in range(3)})
    answer = fitted(before)
    assert answer.n_parameters == 0
    np.testing.assert_array_equal(answer.mixture.family.means, before.family.means)
    np.testing.assert_array_equal(answer.mixture.family.covariances, before.family.covariances)
    np.testing.assert_array_equal(answer.mixture.weights, before.weights)


@pytest.mark.parametrize("covariance", [name for name, model in COVARIANCES.items() if not model.separate])
def test_one_of_covariances_with_common_parts_cannot_be_fixed_but_all_can(covariance: str) -> None:
    with pytest.raises(CannotFit, match="all of them can be fixed, or none"):
        fitted(start({0: ["covariance"]}, covariance=covariance))
    before = start({k: ["covariance"] for k in range(3)}, covariance=covariance)
    answer = fitted(before).mixture
    assert sorted(answer.family.covariances.tolist()) == sorted(before.family.covariances.tolist())


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(CannotFit, match="fixed covariances of the model full, the fit has diag"):
        fitted(start({0: ["covariance"]}), covariance="diag")
    with pytest.raises(CannotFit, match="fixed tails of the family t"):
        fitted(start({0: ["degrees_of_freedom"]}, family="t"), family="gaussian")
    greedy = replace(start({0: ["weight"]}), weights=np.array([1.0, 0.0, 0.0]))
    with pytest.raises(CannotFit, match="leave nothing"):
        fitted(greedy)

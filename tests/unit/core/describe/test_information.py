"""What columns tell about the component: against quadrature, against marginals computed anew, and in clear cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from emcli.core.describe.information import Draws, information
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.families.elliptical.normal import Gaussian
from emcli.core.families.elliptical.student_t import StudentT
from emcli.core.families.elliptical.tails import Tail
from emcli.core.model.mixture import Mixture
from emcli.data.rows import FloatArray


def mixture(weights: list[float], means: list[list[float]], covariances: object) -> Mixture:
    family = Elliptical(np.array(means, dtype=float), np.array(covariances, dtype=float), covariance_named("full"))
    return Mixture(np.array(weights), family)


def correlated(scale: FloatArray) -> Mixture:
    matrices = [np.eye(3) + 0.6 * (1 - np.eye(3)), np.diag([1.0, 2.0, 0.5]), np.eye(3) + 0.3]
    means = [[0, 0, 0], [2, 0, 1], [0, 3, 0]]
    return mixture([0.5, 0.3, 0.2], scale * np.array(means), [m * np.outer(scale, scale) for m in matrices])


def test_one_column_agrees_with_quadrature() -> None:
    told = information(mixture([0.7, 0.3], [[0.0], [2.0]], [[[1.0]], [[0.25]]]))
    x = np.linspace(-10, 12, 200_001)
    joint = np.array([w * np.exp(-((x - m) ** 2) / (2 * s**2)) / s for w, m, s in ((0.7, 0, 1.0), (0.3, 2, 0.5))])
    density, posterior = joint.sum(axis=0), joint / joint.sum(axis=0)
    left = -(np.where(posterior > 0, posterior * np.log(np.maximum(posterior, 1e-300)), 0).sum(axis=0) * density).sum()
    exact = told.entropy - left / density.sum()
    assert told.entropy == pytest.approx(-(0.7 * np.log(0.7) + 0.3 * np.log(0.3)))
    assert abs(told.together - exact) < 4 * told.standard_error < 0.02
    assert [*told.alone, *told.lost] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("tail", [Gaussian(), StudentT(np.array([2.0, 5.0, 30.0]))], ids=["gaussian", "t"])
def test_what_is_lost_without_a_column_is_what_the_others_do_not_tell(tail: Tail) -> None:
    one = correlated(np.ones(3))
    one = replace(one, family=replace(one.family, tail=tail))
    told, draws = information(one), Draws(one, 20_000, 0)
    for j in range(3):
        rest = draws.told([i for i in range(3) if i != j])
        assert told.lost[j] == pytest.approx(1.0 - rest / told.together, abs=1e-10)
        assert told.alone[j] == pytest.approx(draws.told([j]) / told.together, abs=1e-10)
    assert [chosen.columns for chosen in told.picked] == [(1,), (1, 0), (1, 0, 2)][: len(told.picked)]
    assert told.picked[-1].share >= 0.95
    assert np.allclose(told.confusion.sum(axis=1), 1.0)


def test_heavy_tails_agree_with_quadrature() -> None:
    one = mixture([0.7, 0.3], [[0.0], [4.0]], [[[1.0]], [[0.25]]])
    told = information(replace(one, family=replace(one.family, tail=StudentT(np.array([3.0, 8.0])))))
    x = np.linspace(-400, 400, 800_001)
    joint = np.array([0.7 * t.pdf(x, 3.0), 0.3 * t.pdf(x, 8.0, 4.0, 0.5)])
    density, posterior = joint.sum(axis=0), joint / joint.sum(axis=0)
    left = -((posterior * np.log(posterior)).sum(axis=0) * density).sum() / density.sum()
    assert abs(told.together - (told.entropy - left)) < 4 * told.standard_error < 0.02


def test_units_of_columns_do_not_matter() -> None:
    here, there = (information(correlated(scale)) for scale in (np.ones(3), np.array([1e-6, 1.0, 1e9])))
    assert np.allclose([*here.alone, *here.lost, here.together], [*there.alone, *there.lost, there.together])


def test_noise_tells_nothing_and_twins_are_not_missed() -> None:
    twins = [[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]]
    told = information(mixture([0.5, 0.5], [[0, 0, 0], [3, 3, 0]], [twins, twins]))
    assert told.alone[2] < 0.01 and told.lost[2] < 0.01
    assert min(told.alone[:2]) > 0.99 and max(told.lost[:2]) < 0.01


def test_one_component_leaves_nothing_to_know() -> None:
    told = information(mixture([1.0], [[0.0, 0.0]], [np.eye(2)]))
    assert told.entropy == told.together == 0.0 and told.picked == () and not told.alone.any()


def test_equal_components_cannot_be_told_apart() -> None:
    told = information(mixture([0.5, 0.5], [[1.0, 2.0]] * 2, [np.eye(2)] * 2))
    assert told.entropy > 0.69 and told.together == 0.0 and told.picked == () and not told.lost.any()

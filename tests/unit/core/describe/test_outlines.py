"""What is drawn of a mixture: its curves, contours and ellipses are those of the mixture, in every family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emcli.core.describe.column_ranking import telling_columns, telling_pairs
from emcli.core.describe.outlines import background, densities, ellipses, outline, reaches, surface
from emcli.core.families import FAMILIES, Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.model.mixture import Mixture
from emcli.core.model.noise import Noise
from emcli.core.passes.evaluation import Evaluator
from emcli.data.rows import FloatArray

MEANS = np.array([[0.0, 10.0, 0.0], [4.0, 10.5, 1.0]])
MATRICES = np.array(
    [[[1.0, 0.3, 0.0], [0.3, 4.0, 0.1], [0.0, 0.1, 1.0]], [[2.0, -0.5, 0.0], [-0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]]
)


def mixture(family: str, columns: list[int]) -> Mixture:
    matrices = MATRICES[:, columns][:, :, columns]
    tail = FAMILIES[family].fresh(2)
    return Mixture(np.array([0.7, 0.3]), Elliptical(MEANS[:, columns], matrices, covariance_named("full"), tail=tail))


def density(family: str, columns: list[int], points: FloatArray) -> FloatArray:
    return np.exp(Evaluator(mixture(family, columns))(points).log_density)


@pytest.mark.parametrize("family", FAMILIES)
def test_curves_and_contours_are_the_marginal_density_of_the_mixture(family: str) -> None:
    whole, x, y = outline(mixture(family, [0, 1, 2])), np.linspace(-3, 6, 7), np.linspace(5, 14, 5)
    np.testing.assert_allclose(densities(whole, 1, y).sum(axis=0), density(family, [1], y[:, None]), rtol=1e-10)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(surface(whole, (0, 1), x, y).ravel(), density(family, [0, 1], grid), rtol=1e-10)


def test_the_background_is_part_of_the_density() -> None:
    plain = mixture("gaussian", [0, 1])
    noise = Noise(0.1, np.array([-4.0, 4.0]), np.array([8.0, 16.0]))
    noisy = replace(plain, weights=0.9 * plain.weights, noise=noise)
    x, y = np.linspace(-3, 6, 4), np.linspace(5, 14, 3)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    expected = np.exp(Evaluator(noisy)(grid).log_density)
    np.testing.assert_allclose(surface(outline(noisy), (0, 1), x, y).ravel(), expected, rtol=1e-10)
    np.testing.assert_allclose(background(outline(noisy), 1, np.array([5.0, 20.0])), [0.1 / 12.0, 0.0])


def test_an_ellipse_holds_its_share_of_the_component() -> None:
    normal = outline(mixture("gaussian", [0, 1, 2]))
    np.testing.assert_allclose(reaches(normal, 0.95, 1), 1.959964, rtol=1e-4)
    np.testing.assert_allclose(reaches(normal, 0.95, 2), np.sqrt(5.991465), rtol=1e-4)  # chi-squared, 2 degrees
    np.testing.assert_allclose(reaches(outline(mixture("t", [0, 1, 2])), 0.95, 1), 2.228139, rtol=1e-4)  # t, 10 degrees
    ring = ellipses(normal, (0, 1), 0.5)[0] - MEANS[0, :2]
    squared = np.einsum("mi,ij,mj->m", ring, np.linalg.inv(MATRICES[0, :2, :2]), ring)
    np.testing.assert_allclose(squared, 2.0 * np.log(2.0), rtol=1e-4)


def test_the_column_and_the_pair_that_separate_come_first() -> None:
    whole = outline(mixture("gaussian", [0, 1, 2]))
    columns = telling_columns(whole)
    assert columns[0] == 0
    assert set(telling_pairs(whole, columns)[0]) == {0, 1}
    assert len(telling_pairs(whole, columns)) == 3
    alone = Mixture(np.ones(1), Elliptical(MEANS[:1], MATRICES[:1], covariance_named("full")))
    assert telling_columns(outline(alone)) == [0, 1, 2]
    assert telling_pairs(outline(alone), [0, 1, 2])[0] == (0, 1)  # the largest correlation

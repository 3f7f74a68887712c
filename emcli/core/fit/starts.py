"""Starting mixtures: many, cheap and different from each other.

EM ends at a local optimum that its start decides.  Clustering the data first gives good single starts that are all
alike; a mixture of four simple generators finds the best optimum more often.  All of them work in coordinates
taken from the data (columns scaled, or whitened by the pooled covariance), so no start depends on units.

A start is made from responsibilities by one M step, with missing cells at their expectation under the pooled
normal distribution; so every generator works for every covariance model and any missing pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add

import numpy as np

from emcli.core.complete.completion import fill
from emcli.core.families import Tail
from emcli.core.families.elliptical.covariances import Covariance
from emcli.core.model.expectation import Expectation
from emcli.core.model.known import Known
from emcli.core.model.mixture import Mixture, Plans
from emcli.core.model.noise import Noise
from emcli.core.rows.engine import Engine, placed
from emcli.data.beside import Beside, InPart, Wholly
from emcli.data.blocks import Blocks, gathered, n_rows
from emcli.data.chunk import Chunk
from emcli.data.table import FloatArray, IntArray

PSEUDO_ROWS = 2.0
"""Rows of pooled scatter added to every component of a start, so that a component of two rows is not a spike."""

SHRINKAGES = (1.0, 0.3, 0.1)
"""Sizes of the components placed around random rows, in units of the pooled covariance."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Rows on which starts are made, and the pooled normal distribution that gives their geometry.

    rows    working units, NaN where missing
    engine  over their chunks
    pooled  a one-component mixture of the wanted covariance model's layout, fitted to the rows
    """

    rows: Blocks
    engine: Engine
    pooled: Mixture
    equal_weights: bool
    model: Covariance
    tail: type[Tail]
    noise: Noise | None
    floor: FloatArray
    known: Known | None = None

    @property
    def n_rows(self) -> int:
        return n_rows(self.rows)

    @cached_property
    def scaled(self) -> FloatArray:
        """The rows without holes, every column with standard deviation about 1."""
        filled = fill(self.pooled, gathered(self.rows).values, (chunk for _, chunk in placed(self.engine.blocks)))
        family = self.pooled.family
        spread = np.sqrt(family.model.layout.diagonal(family.covariances)[0])
        scaled: FloatArray = (filled - family.means[0]) / spread
        return scaled

    @cached_property
    def whitened(self) -> FloatArray:
        """The rows without holes, in coordinates in which the pooled covariance is the identity."""
        covariance = self.scaled.T @ self.scaled / len(self.scaled)
        values, vectors = np.linalg.eigh(covariance)
        kept = values > 1e-9 * values[-1]  # directions in which the rows do not differ carry no information
        whitened: FloatArray = self.scaled @ (vectors[:, kept] / np.sqrt(values[kept]))
        return whitened

    def copies(self, k: int) -> Mixture:
        """k equal components, each the pooled distribution."""
        family = self.pooled.family
        return Mixture(
            np.full(k, (1.0 if self.noise is None else 1.0 - self.noise.weight) / k),
            replace(
                family,
                means=np.repeat(family.means, k, axis=0),
                covariances=np.repeat(family.covariances, k, axis=0),
                model=self.model,
                floor=self.floor,
                tail=self.tail.fresh(k),
            ),
            self.equal_weights,
            self.noise,
        )


class Given:
    """Statistics of a chunk under responsibilities that are given instead of computed."""

    def __init__(self, mixture: Mixture, beside: Beside, known: Known | None) -> None:
        self._family = mixture.family
        self._plans = Plans(mixture.family)
        self._beside, self._known = beside, known

    def __call__(self, chunk: Chunk) -> Expectation:
        plan = self._plans.suited(chunk)
        seen = ((tile, self._family.see(plan, view)) for tile, view in plan.views(chunk))
        moments = (view.moments(self._weights(tile)) for tile, view in seen)
        return self._family.statistics(plan, chunk, reduce(add, moments), 0.0)

    def _weights(self, tile: Chunk) -> FloatArray:
        given = self._beside.at(tile.rows)
        if self._known is not None:
            given = self._known.settle(tile.rows, given)
        return given * tile.case_weights[:, None]


def from_responsibilities(ground: Ground, reference: Mixture, responsibilities: FloatArray) -> Mixture:
    """The M step from responsibilities (k, n); missing cells are expected under the reference mixture."""
    return from_beside(ground, reference, InPart(responsibilities.T))


def from_beside(ground: Ground, reference: Mixture, beside: Beside) -> Mixture:
    """The M step from what is said of every row; missing cells are expected under the reference mixture."""
    family, layout = reference.family, reference.family.model.layout
    expectation = ground.engine.reduce(Given(reference, beside, ground.known))
    counts = np.maximum(expectation.counts, 1e-6)
    mean_rows = counts + expectation.extra_mean_rows
    shift = expectation.sums / mean_rows[:, None]
    pooled = PSEUDO_ROWS * layout.as_scatter(ground.pooled.family.covariances)
    scatter = layout.centre(expectation.scatter, shift, mean_rows) + pooled
    covariances = family.estimated(scatter, counts + PSEUDO_ROWS)
    background = 0.0 if reference.noise is None else reference.noise.weight
    weighted = reference.weighted(counts, float(counts.sum()) * background / (1.0 - background))
    return replace(weighted, family=replace(family, means=family.means + shift, covariances=covariances))


def from_labels(ground: Ground, labels: IntArray, k: int) -> Mixture:
    """The M step from labels (n,) in 0 .. k - 1."""
    return from_beside(ground, ground.copies(k), Wholly(labels, k))


def seeds(points: FloatArray, k: int, rng: np.random.Generator) -> IntArray:
    """k-means++ seeds: rows drawn with probability proportional to the squared distance from those drawn before."""
    chosen = [int(rng.integers(len(points)))]
    distances = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    for _ in range(1, k):
        cumulated = np.cumsum(distances)
        target = rng.random() * cumulated[-1]
        chosen.append(min(int(np.searchsorted(cumulated, target, side="right")), len(points) - 1))
        distances = np.minimum(distances, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return np.array(chosen)


def nearest(points: FloatArray, centres: FloatArray) -> IntArray:
    """Number of the nearest centre (k, d) of every point (n, d)."""
    distances = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2)
    return np.asarray(distances.argmin(axis=1))


def seeded_in_scaled(ground: Ground, k: int, rng: np.random.Generator) -> Mixture:
    """k-means++ seeds in scaled columns, every row to its nearest seed."""
    points = ground.scaled
    return from_labels(ground, nearest(points, points[seeds(points, k, rng)]), k)


def seeded_in_whitened(ground: Ground, k: int, rng: np.random.Generator) -> Mixture:
    """k-means++ seeds in whitened space: finds long parallel clusters that distance in the columns hides."""
    points = ground.whitened
    return from_labels(ground, nearest(points, points[seeds(points, k, rng)]), k)


def around_rows(ground: Ground, k: int, rng: np.random.Generator) -> Mixture:
    """Components around k random rows, each a shrunken copy of the pooled distribution."""
    rows = rng.choice(ground.n_rows, size=k, replace=ground.n_rows < k)
    shrinkage = SHRINKAGES[int(rng.integers(len(SHRINKAGES)))]
    family = ground.pooled.family
    spread = np.sqrt(family.model.layout.diagonal(family.covariances)[0])
    copies = ground.copies(k)
    moved = replace(
        copies.family,
        means=family.means[0] + spread * ground.scaled[rows],
        covariances=copies.family.estimated(
            shrinkage * family.model.layout.as_scatter(copies.family.covariances), np.ones(k)
        ),
    )
    return replace(copies, family=moved)


def cuts(ground: Ground, k: int, rng: np.random.Generator) -> Mixture:
    """Slices across a random direction of whitened space, with random shares of the rows."""
    direction = rng.normal(size=ground.whitened.shape[1])
    order = np.argsort(ground.whitened @ direction, kind="stable")
    shares = np.cumsum(rng.dirichlet(np.full(k, 2.0)))[:-1]
    labels = np.empty(len(order), dtype=np.intp)
    labels[order] = np.searchsorted(shares, (np.arange(len(order)) + 0.5) / len(order))
    return from_labels(ground, labels, k)


Generator = Callable[[Ground, int, np.random.Generator], Mixture]

STARTS: dict[str, tuple[Generator, ...]] = {
    "auto": (seeded_in_scaled, seeded_in_whitened, around_rows, cuts),
    "kmeans++": (seeded_in_scaled,),
    "random": (around_rows,),
}

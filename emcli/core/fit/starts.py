"""Starting mixtures: many, cheap and different from each other.

EM ends at a local optimum that its start decides.  Clustering the data first gives good single starts that are all
alike; a mixture of four simple generators finds the best optimum more often.  All of them work in coordinates
taken from the data (columns scaled, or whitened by the pooled covariance), so no start depends on units.

A start is made from a grouping of the rows by one M step, with missing cells at their expectation under the pooled
normal distribution; so every generator works for every covariance model and any missing pattern.  The M step is asked
for like any other: starts of many searches are made in one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.fit.asking import Answerer, Asking, Question, ask
from emcli.core.model.known import Known
from emcli.core.model.mixture import Collapsed, Mixture
from emcli.core.model.parameters import MixtureModel
from emcli.core.model.segments import one
from emcli.core.passes.case_weights import EVERYTHING, CaseWeights
from emcli.core.passes.completion import fill
from emcli.core.rows.engine import Engine, placed
from emcli.core.statistics.ward import Tree, ward
from emcli.data.blocks import Blocks, gathered, n_rows
from emcli.data.membership import Beside, InPart, Wholly
from emcli.data.rows import FloatArray, IntArray

SHRINKAGES = (1.0, 0.3, 0.1)
"""Sizes of the components placed around random rows, in units of the pooled covariance."""

MOST_IN_TREE = 1000  # rows

FLAT = 1e-9  # of the largest eigenvalue: directions in which the rows do not differ carry no information


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows on which starts are made: working units, NaN where missing; the engine over their chunks; how often they
    count for those who ask with a number."""

    rows: Blocks
    engine: Engine
    known: Known | None = None
    case_weights: CaseWeights | None = None

    @property
    def n_rows(self) -> int:
        return n_rows(self.rows)

    def points(self, pooled: Elliptical) -> Points:
        """The rows without holes, in the geometry of a pooled distribution."""
        if id(pooled) not in self._points:
            chunks = (chunk for _, chunk in placed(self.engine.blocks))
            filled = fill(Mixture(np.ones(1), pooled), gathered(self.rows).values, chunks)
            spread = np.sqrt(pooled.model.layout.diagonal(pooled.covariances)[0])
            self._points[id(pooled)] = Points(pooled, (filled - pooled.means[0]) / spread)
        return self._points[id(pooled)]

    @cached_property
    def _points(self) -> dict[int, Points]:
        return {}


@dataclass(frozen=True, eq=False)
class Points:
    """scaled (n, d): rows with missing cells at their expectation, every column with standard deviation about 1."""

    pooled: Elliptical
    scaled: FloatArray

    @cached_property
    def whitened(self) -> FloatArray:
        """The rows in coordinates in which their covariance is the identity."""
        covariance = self.scaled.T @ self.scaled / len(self.scaled)
        values, vectors = np.linalg.eigh(covariance)
        kept = values > FLAT * values[-1]
        whitened: FloatArray = self.scaled @ (vectors[:, kept] / np.sqrt(values[kept]))
        return whitened

    def ward_labels(self, k: int, units: FloatArray | None) -> IntArray:
        """The clusters (n,) that Ward's method finds in whitened space, or in scaled columns times units (d,); of many
        rows, those of some of them and of the nearest centre."""
        points = self.whitened if units is None else self.scaled * units
        key = b"" if units is None else units.tobytes()
        if key not in self._trees:
            self._trees[key] = ward(points[self._for_tree])
        found = self._trees[key].labels(min(k, len(self._for_tree)))
        if len(self._for_tree) == len(points):
            return found
        some = points[self._for_tree]
        return nearest(points, np.array([some[found == label].mean(axis=0) for label in range(int(found.max()) + 1)]))

    @cached_property
    def _for_tree(self) -> IntArray:
        """Rows in equal steps, at most so many that a tree is quickly made."""
        n = len(self.scaled)
        return np.arange(0, n, -(-n // MOST_IN_TREE))

    @cached_property
    def _trees(self) -> dict[bytes, Tree]:
        return {}


@dataclass(frozen=True, eq=False)
class StartContext:
    """Rows on which starts are made for mixtures of a model, and who is asked.

    where     who answers questions about them
    counting  how often they count: see `case_weights`
    """

    sample: Sample
    model: MixtureModel
    where: Answerer
    counting: int = EVERYTHING

    @property
    def n_rows(self) -> int:
        return self.sample.n_rows

    @property
    def spread(self) -> FloatArray:
        """Standard deviations (d,) of all rows together."""
        pooled = self.model.pooled
        return np.asarray(np.sqrt(pooled.model.layout.diagonal(pooled.covariances)[0]))

    @property
    def scaled(self) -> FloatArray:
        """The rows without holes, every column with standard deviation about 1."""
        return self.sample.points(self.model.pooled).scaled

    @property
    def whitened(self) -> FloatArray:
        """The rows without holes, in coordinates in which the pooled covariance is the identity."""
        return self.sample.points(self.model.pooled).whitened

    def copies(self, k: int) -> Mixture:
        """k equal components, each the pooled distribution."""
        model, pooled = self.model, self.model.pooled
        share = 1.0 if model.noise is None else 1.0 - model.noise.weight
        return Mixture(
            np.full(k, share / k),
            Elliptical(
                np.repeat(pooled.means, k, axis=0),
                np.repeat(pooled.covariances, k, axis=0),
                model.covariance,
                model.tail.fresh(k),
            ),
            model.equal_weights,
            model.noise,
        )

    def copied(self, k: int) -> FloatArray:
        """The theta of k equal components."""
        return self._copies.setdefault(k, self.model.pack(self.copies(k)))

    @cached_property
    def _copies(self) -> dict[int, FloatArray]:
        return {}

    def question(self, theta: FloatArray) -> Question:
        """What EM makes of theta on these rows."""
        return Question(self.where, self.model, theta, self.counting)

    def grouped(self, said: Beside, reference: FloatArray) -> Asking[FloatArray]:
        """The theta of a grouping of the rows; missing cells are expected under the reference.  Raises Collapsed."""
        question = Question(self.where, self.model, reference, self.counting, given=said)
        answer = yield from ask(question)
        if not answer.usable:
            raise Collapsed("a covariance is no longer positive definite")
        return answer.successor


def from_responsibilities(
    context: StartContext, reference: FloatArray, responsibilities: FloatArray
) -> Asking[FloatArray]:
    """The M step from responsibilities (k, n); missing cells are expected under the reference."""
    return context.grouped(InPart(responsibilities.T), reference)


def from_labels(context: StartContext, labels: IntArray, k: int) -> Asking[FloatArray]:
    """The M step from labels (n,) in 0 .. k - 1."""
    return context.grouped(Wholly(labels, k), context.copied(k))


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


def seeded_in_scaled(context: StartContext, k: int, rng: np.random.Generator) -> Asking[FloatArray]:
    """k-means++ seeds in scaled columns, every row to its nearest seed."""
    points = context.scaled
    return from_labels(context, nearest(points, points[seeds(points, k, rng)]), k)


def seeded_in_whitened(context: StartContext, k: int, rng: np.random.Generator) -> Asking[FloatArray]:
    """k-means++ seeds in whitened space: finds long parallel clusters that distance in the columns hides."""
    points = context.whitened
    return from_labels(context, nearest(points, points[seeds(points, k, rng)]), k)


def around_rows(context: StartContext, k: int, rng: np.random.Generator) -> Asking[FloatArray]:
    """Components around k random rows, each a shrunken copy of the pooled distribution."""
    rows = rng.choice(context.n_rows, size=k, replace=context.n_rows < k)
    shrinkage = SHRINKAGES[int(rng.integers(len(SHRINKAGES)))]
    model, copies = context.model, context.copies(k)
    scatter = shrinkage * model.covariance.layout.as_scatter(copies.family.covariances)
    covariances = model.estimate(scatter, np.ones(k), one(k))
    if not np.isfinite(covariances).all():
        raise Collapsed("a covariance is no longer positive definite")
    means = model.pooled.means[0] + context.spread * context.scaled[rows]
    return made(model.pack(replace(copies, family=replace(copies.family, means=means, covariances=covariances))))


def cuts(context: StartContext, k: int, rng: np.random.Generator) -> Asking[FloatArray]:
    """Slices across a random direction of whitened space, with random shares of the rows."""
    direction = rng.normal(size=context.whitened.shape[1])
    order = np.argsort(context.whitened @ direction, kind="stable")
    shares = np.cumsum(rng.dirichlet(np.full(k, 2.0)))[:-1]
    labels = np.empty(len(order), dtype=np.intp)
    labels[order] = np.searchsorted(shares, (np.arange(len(order)) + 0.5) / len(order))
    return from_labels(context, labels, k)


def by_ward(context: StartContext, k: int, *, whitened: bool) -> Asking[FloatArray]:
    """The groups that Ward's method finds in whitened space, or in the units in which the model holds."""
    own = np.ones(context.model.n_features) if context.model.units is None else context.model.units
    labels = context.sample.points(context.model.pooled).ward_labels(k, None if whitened else own)
    return from_labels(context, labels, k)


def made(theta: FloatArray) -> Asking[FloatArray]:
    """A start that needs no pass."""
    yield from ()
    return theta


Generator = Callable[[StartContext, int, np.random.Generator], Asking[FloatArray]]

STARTS: dict[str, tuple[Generator, ...]] = {
    "auto": (seeded_in_scaled, seeded_in_whitened, around_rows, cuts),
    "kmeans++": (seeded_in_scaled,),
    "random": (around_rows,),
}

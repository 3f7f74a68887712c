"""The rows of a fit in working coordinates, with the geometry that starts and floors are measured by.

One problem serves any number of searches on the same rows under the same covariance model: for several numbers of
components, from given starts, on all rows or on a sample of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from emcli.core.acceleration import hybrid
from emcli.core.assignment import soft
from emcli.core.collinearity import check_relations
from emcli.core.coordinates import typical_rows, working_coordinates
from emcli.core.covariances import Covariance, covariance_named
from emcli.core.degeneracy import floor_for
from emcli.core.em import Climb
from emcli.core.engine import Engine
from emcli.core.families import Gaussian
from emcli.core.identification import check_full_rank
from emcli.core.known import Known
from emcli.core.mixture import Mixture
from emcli.core.starts import Ground
from emcli.core.stopping import RULES, climb_until
from emcli.data.chunk import Chunk, cut
from emcli.data.table import FloatArray, IntArray

CHUNK_ELEMENTS = 1 << 18
"""Numbers in the largest temporary of a chunk (k x d x rows): two megabytes; measured best from d = 2 to 32."""

SINGULAR = 1e-15  # of a column's variance: below what rounding leaves of an exact dependence

POOLED_PASSES = 200  # passes spent at most on the one normal distribution that starts are measured by

MakeEngine = Callable[[Sequence[Chunk]], Engine]


class Problem:
    """Rows, model and floor in working coordinates.

    rows     (n, d)  data units, NaN where missing, no row without an observed cell
    weights  (n,)    how often each row counts, > 0
    Raises CannotFit where the rows do not determine the model.
    """

    def __init__(
        self,
        rows: FloatArray,
        weights: FloatArray,
        *,
        model: Covariance,
        scale: str,
        n_components: int,
        equal_weights: bool,
        make_engine: MakeEngine,
        names: Sequence[str],
        known: Known | None = None,
    ) -> None:
        self.known = known
        self.model, self.weights, self.equal_weights = model, weights, equal_weights
        self.coordinates = working_coordinates(rows, weights, "columns" if scale == "std" else model.invariance)
        self.coordinates.check(names)
        self.working = self.coordinates.inward(rows)
        self.jacobian = self.coordinates.log_jacobian(rows, weights)
        check_relations(self.working, model, names)
        self.chunk_rows = rows_per_chunk(rows.shape[1], n_components)
        self.engine = make_engine(cut(self.working, weights, self.chunk_rows))
        typical = typical_rows(rows)
        plain_engine = self.engine
        if not typical.all():
            plain_engine = make_engine(cut(self.working[typical], weights[typical], self.chunk_rows))
        self.pooled = pooled_normal(plain_engine, model, rows.shape[1])
        check_full_rank(self.pooled, names)
        self.floor = model.floor(floor_for(self.pooled, self.working))

    def ground(self, rows: IntArray | None = None) -> Ground:
        """The rows (all, or a sample by position) as a place to make starts on."""
        if rows is None:
            values, chunks, known = self.working, list(self.engine.chunks), self.known
        else:
            values = self.working[rows]
            chunks = cut(values, self.weights[rows], self.chunk_rows)
            known = None if self.known is None else self.known.among(rows)
        return Ground(values, chunks, self.pooled, self.equal_weights, self.model, self.floor, known)

    def settled(self, mixture: Mixture) -> Mixture:
        """A mixture in data units, in working units and under this problem's model and floor."""
        inward = self.coordinates.inward_mixture(mixture)
        family = inward.family
        matrices = self.model.layout.from_dense(family.model.layout.dense(family.covariances))
        counts = np.maximum(mixture.weights, 1e-12)
        scatter = matrices * counts.reshape((-1,) + (1,) * (matrices.ndim - 1))
        moved = replace(family, model=self.model, floor=self.floor)
        before = family.covariances if family.model == self.model else None
        covariances = self.model.estimate(scatter, counts, before, self.floor)
        return Mixture(mixture.weights, replace(moved, covariances=covariances), self.equal_weights)


def rows_per_chunk(n_features: int, n_components: int) -> int:
    """Rows of a chunk: a power of two, from the size of the problem alone, so that sums never depend on the machine."""
    wanted = CHUNK_ELEMENTS / (n_features * n_components)
    return int(2 ** np.clip(np.floor(np.log2(wanted)), 8, 14))


def pooled_normal(engine: Engine, model: Covariance, n_features: int) -> Mixture:
    """One normal distribution for all rows, in the layout of the model: closed form, or EM where cells are missing."""
    whole = covariance_named(model.pooled)
    identity = whole.layout.from_dense(np.eye(n_features))
    covariance = whole.estimate(identity[None], np.ones(1))
    floor = SINGULAR * identity  # keeps collinear columns from ending the climb, so that they can be named
    start = Mixture(np.ones(1), Gaussian(np.zeros((1, n_features)), covariance, whole, floor))
    outcome = climb_until(hybrid(Climb(engine, soft), start, 1e-3), RULES["loglik"], 1e-3, POOLED_PASSES)
    return outcome.step.mixture

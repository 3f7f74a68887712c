"""The rows of a fit in working coordinates, with the geometry that starts and floors are measured by.

One problem serves any number of searches on the same rows under the same covariance model: for several numbers of
components, from given starts, on all rows or on a sample of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from emcli.core.families import FAMILIES, Elliptical
from emcli.core.families.elliptical.covariances import Covariance, covariance_named
from emcli.core.fit.acceleration import hybrid
from emcli.core.fit.em import Climb
from emcli.core.fit.starts import Ground
from emcli.core.fit.stopping import RULES, climb_until
from emcli.core.judge.collinearity import check_relations
from emcli.core.judge.degeneracy import floor_for
from emcli.core.judge.identification import check_full_rank
from emcli.core.model.assignment import soft
from emcli.core.model.known import Known
from emcli.core.model.mixture import Mixture
from emcli.core.model.noise import START, Noise
from emcli.core.passes.kernels import IN_CACHE
from emcli.core.rows.coordinates import typical, working_coordinates
from emcli.core.rows.engine import Engine, Serial
from emcli.core.rows.survey import Survey
from emcli.data.blocks import Blocks, in_blocks, kept, mapped, n_rows, spread_out, taken
from emcli.data.chunk import CutBlocks
from emcli.data.table import FloatArray, IntArray
from emcli.errors import CannotFit

SINGULAR = 1e-15  # of a column's variance: below what rounding leaves of an exact dependence

POOLED_PASSES = 200  # passes spent at most on the one normal distribution that starts are measured by

CHUNK_POWERS = (13, 16)
"""A hundred thousand rows should occupy several threads, and what is done once per chunk cost next to nothing."""

SAMPLED_ROWS = 20_000  # enough to know the quartiles and the grain of a column

MakeEngine = Callable[[CutBlocks], Engine]


class Problem:
    """Rows, model and floor in working coordinates.

    rows   data units, NaN where missing; only those that take part
    found  what was found out about them
    Raises CannotFit where the rows do not determine the model.
    """

    def __init__(
        self,
        rows: Blocks,
        found: Survey,
        *,
        model: Covariance,
        family: str = "gaussian",
        noise: bool = False,
        scale: str,
        n_components: int,
        equal_weights: bool,
        make_engine: MakeEngine,
        names: Sequence[str],
        known: Known | None = None,
    ) -> None:
        self.known = known
        self.tail = FAMILIES[family]
        self.model, self.total_weight, self.equal_weights = model, found.total_weight, equal_weights
        sample = spread_out(rows, SAMPLED_ROWS).values
        usual = kept(rows, typical(sample))
        self.coordinates = working_coordinates(usual, "columns" if scale == "std" else model.invariance)
        self.coordinates.check(names)
        self.working = mapped(rows, self.coordinates.inward)
        self.box = (found.minima, found.maxima)
        self.noise = background(self.coordinates.inward, names, *self.box) if noise else None
        self.jacobian = self.coordinates.log_jacobian(found.cells)
        check_relations(self.working, model, names)
        self.chunk_rows = rows_per_chunk(rows.n_features, n_components)
        self.engine = make_engine(CutBlocks(self.working, self.chunk_rows))
        plain_engine = self.engine
        if usual is not rows:
            plain_engine = make_engine(CutBlocks(mapped(usual, self.coordinates.inward), self.chunk_rows))
        self.pooled = pooled_normal(plain_engine, model, rows.n_features)
        check_full_rank(self.pooled, names)
        self.floor = model.floor(floor_for(self.pooled, self.coordinates.inward(sample)))

    @property
    def n_rows(self) -> int:
        return n_rows(self.working)

    def ground(self, positions: IntArray | None = None) -> Ground:
        """The rows (all, or a sample by ascending position) as a place to make starts on."""
        rows, engine, known = self.working, self.engine, self.known
        if positions is not None:
            sample = taken(self.working, positions)
            rows = in_blocks(sample.values, sample.case_weights)
            engine = Serial(CutBlocks(rows, self.chunk_rows))
            known = None if known is None else known.among(positions)
        return Ground(
            rows, engine, self.pooled, self.equal_weights, self.model, self.tail, self.noise, self.floor, known
        )

    def settled(self, mixture: Mixture) -> Mixture:
        """A mixture in data units, in working units and under this problem's model and floor."""
        inward = self.coordinates.inward_mixture(mixture)
        family = inward.family
        matrices = self.model.layout.from_dense(family.model.layout.dense(family.covariances))
        counts = np.maximum(mixture.weights, 1e-12)
        scatter = matrices * counts.reshape((-1,) + (1,) * (matrices.ndim - 1))
        tail = family.tail if isinstance(family.tail, self.tail) else self.tail.fresh(len(counts))
        moved = replace(family, model=self.model, floor=self.floor, tail=tail.at(tail.parameters))
        before = family.covariances if family.model == self.model else None
        covariances = self.model.estimate(scatter, counts, before, self.floor)
        start = Mixture(mixture.shares, replace(moved, covariances=covariances), self.equal_weights)
        if self.noise is not None:
            share = (mixture.noise or self.noise).weight
            start = replace(start, noise=self.noise).weighted(mixture.shares * (1.0 - share), share)
        return self.holding(start, inward)

    def holding(self, start: Mixture, inward: Mixture) -> Mixture:
        """The start with what is fixed in the mixture that it comes from; CannotFit where that cannot be kept."""
        fixed = inward.fixed
        if fixed is None:
            return start
        there, here = inward.family, start.family
        if fixed.covariances.any() and there.model != here.model:
            raise CannotFit(
                f"the start has fixed covariances of the model {there.model.name}, the fit has {here.model.name}",
                hint=f"use --covariance {there.model.name}",
            )
        if fixed.tails.any() and there.name != here.name:
            raise CannotFit(
                f"the start has fixed tails of the family {there.name}, the fit has {here.name}",
                hint=f"use --family {there.name}",
            )
        if fixed.impossible(here.model):
            raise CannotFit(
                f"under {here.model.name} the covariances have parts in common: all of them can be fixed, or none",
                hint="or use a model in which nothing is shared: full, diag, spherical or factor:Q",
            )
        if not fixed.weights.all() and not float(inward.weights[fixed.weights].sum()) < 1.0:
            raise CannotFit("the fixed weights of the start sum to 1 and leave nothing for the other components")
        equal = start.equal_weights and not fixed.weights.any()
        return replace(start, equal_weights=equal, fixed=fixed).keeping(inward)

    def exact(self, mixture: Mixture) -> Mixture:
        """A mixture in data units with the box of the background as it is in the data, to the last bit."""
        lower, upper = self.box
        noise = mixture.noise and replace(mixture.noise, lower=lower, upper=upper)
        return replace(mixture, noise=noise)


def background(
    inward: Callable[[FloatArray], FloatArray], names: Sequence[str], lower: FloatArray, upper: FloatArray
) -> Noise:
    """The background in the box that the data fill, working units; CannotFit if the box is flat."""
    for name, low, high in zip(names, lower, upper, strict=True):
        if not low < high:
            raise CannotFit(
                f"column '{name}' is constant: a background needs a range", hint=f"leave it out with -x {name}"
            )
    return Noise(START, inward(lower), inward(upper))


def rows_per_chunk(n_features: int, n_components: int) -> int:
    """Rows of a chunk: more where a row is little work, since a thread that comes back to Python waits for the others.

    A power of two that depends on the size of the problem alone, so that sums never depend on the machine.
    """
    per_row = max((n_features + 1) * (n_features + 2) // 2, n_components)
    return int(2 ** np.clip(np.round(np.log2(IN_CACHE / per_row)), *CHUNK_POWERS))


def pooled_normal(engine: Engine, model: Covariance, n_features: int) -> Mixture:
    """One normal distribution for all rows, in the layout of the model: closed form, or EM where cells are missing."""
    whole = covariance_named(model.pooled)
    identity = whole.layout.from_dense(np.eye(n_features))
    covariance = whole.estimate(identity[None], np.ones(1))
    floor = SINGULAR * identity  # keeps collinear columns from ending the climb, so that they can be named
    start = Mixture(np.ones(1), Elliptical(np.zeros((1, n_features)), covariance, whole, floor))
    outcome = climb_until(hybrid(Climb(engine, soft), start, 1e-3), RULES["loglik"], 1e-3, POOLED_PASSES)
    return outcome.step.mixture

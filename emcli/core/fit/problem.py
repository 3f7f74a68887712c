"""The rows of a fit in working coordinates, and what every mixture model of them is measured by.

One problem serves any number of searches on the same rows: for several numbers of components and covariance models,
from given starts, on all rows or on a sample of them.  Columns are centred and scaled once, for all models; a
covariance model that does not hold in any units has its scatters brought to units in which it does (see
`MixtureModel`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from emcli.core.families import FAMILIES, Elliptical
from emcli.core.families.elliptical.covariances import Covariance, covariance_named
from emcli.core.fit.acceleration import hybrid
from emcli.core.fit.asking import Question, drive
from emcli.core.fit.climbs import RULES, climb_until
from emcli.core.fit.passing import Passing
from emcli.core.fit.starts import Sample, StartContext
from emcli.core.judge.collinearity import check_relations
from emcli.core.judge.degeneracy import floor_for
from emcli.core.judge.identification import check_full_rank
from emcli.core.model.assignment import Assignment, soft
from emcli.core.model.known import Known
from emcli.core.model.mixture import Collapsed, Mixture
from emcli.core.model.noise import START, Noise
from emcli.core.model.parameters import MixtureModel
from emcli.core.model.priors import weak_prior
from emcli.core.model.segments import one
from emcli.core.passes.case_weights import CaseWeights
from emcli.core.passes.kernels import IN_CACHE
from emcli.core.rows.coordinates import typical, working_coordinates
from emcli.core.rows.engine import Engine, Serial
from emcli.core.rows.survey import Survey
from emcli.data.blocks import Blocks, in_blocks, kept, mapped, n_rows, spread_out, taken
from emcli.data.chunk import CutBlocks
from emcli.data.rows import FloatArray, IntArray
from emcli.errors import CannotFit

SINGULAR = 1e-15  # of a column's variance: below what rounding leaves of an exact dependence

POOLED_PASSES = 200  # passes spent at most on the one normal distribution that starts are measured by

CHUNK_POWERS = (13, 16)
"""A hundred thousand rows should occupy several threads, and what is done once per chunk cost next to nothing."""

SAMPLED_ROWS = 20_000  # enough to know the quartiles and the grain of a column

COUNTED = 1 << 21  # rows that can be numbered in 16 MiB; of more, a sample is drawn without numbering all
SAMPLES = 3  # tells the random numbers of samples apart from those of other purposes

MakeEngine = Callable[[CutBlocks], Engine]


class Problem:
    """Rows in working coordinates, and the geometry that starts and floors are measured by.

    rows   data units, NaN where missing; only those that take part
    found  what was found out about them
    Raises CannotFit where the rows do not determine a model that is asked for.
    """

    def __init__(
        self,
        rows: Blocks,
        found: Survey,
        *,
        n_components: int,
        make_engine: MakeEngine,
        names: Sequence[str],
        known: Known | None = None,
        case_weights: CaseWeights | None = None,
    ) -> None:
        self.rows, self.found, self.names, self.known, self.case_weights = rows, found, names, known, case_weights
        self.total_weight = found.total_weight
        self._sample = spread_out(rows, SAMPLED_ROWS).values
        usual = kept(rows, typical(self._sample))
        self.coordinates = working_coordinates(usual)
        self.coordinates.check(names)
        self.working = mapped(rows, self.coordinates.inward)
        self.box = (found.minima, found.maxima)
        self.jacobian = self.coordinates.log_jacobian(found.cells)
        self.chunk_rows = rows_per_chunk(rows.n_features, n_components)
        self.engine = make_engine(CutBlocks(self.working, self.chunk_rows))
        self._usual_engine = self.engine
        if usual is not rows:
            self._usual_engine = make_engine(CutBlocks(mapped(usual, self.coordinates.inward), self.chunk_rows))
        self._pooled: dict[str, Elliptical] = {}

    @property
    def n_rows(self) -> int:
        return n_rows(self.working)

    @property
    def n_features(self) -> int:
        return self.working.n_features

    def pooled(self, name: str) -> Elliptical:
        """The one normal distribution of all rows under a covariance model; CannotFit if it does not exist."""
        if name not in self._pooled:
            model = covariance_named(name)
            check_relations(self.working, model, self.names)
            found = pooled_normal(self._usual_engine, model, self.n_features)
            check_full_rank(found, self.names)
            self._pooled[name] = found
        return self._pooled[name]

    def model(
        self,
        covariance: Covariance,
        *,
        family: str = "gaussian",
        noise: bool = False,
        standardised: bool = False,
        hard: bool = False,
        prior: bool = False,
    ) -> MixtureModel:
        """The kind of mixture that the options name, for these rows: one object for all who ask for it, so that their
        mixtures stand in one table.

        standardised  whether a model that does not hold in any units is to hold in standard deviations of the columns
        """
        key = (covariance.name, family, noise, standardised, hard, prior)
        if key not in self._models:
            self._models[key] = self._model(
                covariance, family=family, noise=noise, standardised=standardised, hard=hard, prior=prior
            )
        return self._models[key]

    @cached_property
    def _models(self) -> dict[tuple[object, ...], MixtureModel]:
        return {}

    def _model(
        self, covariance: Covariance, *, family: str, noise: bool, standardised: bool, hard: bool, prior: bool
    ) -> MixtureModel:
        pooled = self.pooled(covariance.pooled)
        units = None if standardised else self.units(covariance.invariance)
        made = MixtureModel(
            covariance,
            FAMILIES[family],
            pooled,
            units=units,
            noise=self.noise if noise else None,
            # With nothing but means to learn, hard assignment and equal weights are k-means exactly.
            equal_weights=hard and covariance.n_parameters(1, 1) == 0 and not noise,
            prior=weak_prior(covariance, pooled) if prior else None,
        )
        floor = floor_for(pooled, self.coordinates.inward(self._sample))
        if units is not None:
            floor = floor * pooled.model.layout.from_dense(units[:, None] * units)
        return replace(made, floor=covariance.floor(floor))

    def units(self, invariance: str) -> FloatArray | None:
        """What working values are multiplied by to be in units in which a model of this invariance holds."""
        scale = self.coordinates.scale
        common = float(np.exp(np.log(scale).mean()))
        return {"columns": None, "common": scale / common, "shift": scale}[invariance]

    @cached_property
    def noise(self) -> Noise:
        """The background in the box that the rows fill, working units."""
        return background(self.coordinates.inward, self.names, *self.box)

    @cached_property
    def everything(self) -> Sample:
        """All rows as a place to make starts on."""
        return Sample(self.working, self.engine, self.known, self.case_weights)

    def passing(self, assignment: Assignment) -> Passing:
        """All rows, ready to answer; one for each assignment, so that those who ask it share its passes."""
        if assignment not in self._passings:
            self._passings[assignment] = Passing(self.engine, assignment, self.known, self.case_weights)
        return self._passings[assignment]

    @cached_property
    def _passings(self) -> dict[Assignment, Passing]:
        return {}

    def passing_of(self, sample: Sample, assignment: Assignment) -> Passing:
        """Some of the rows, ready to answer."""
        key = (id(sample), assignment)
        if key not in self._of_samples:
            self._of_samples[key] = Passing(sample.engine, assignment, sample.known, sample.case_weights)
        return self._of_samples[key]

    @cached_property
    def _of_samples(self) -> dict[tuple[int, Assignment], Passing]:
        return {}

    def drawn(self, size: int, seed: int) -> Sample:
        """So many rows at random, the same for all who ask."""
        if size not in self._drawn:
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(SAMPLES, size)))
            self._drawn[size] = self.sample(subsample(self.n_rows, rng, size))
        return self._drawn[size]

    @cached_property
    def _drawn(self) -> dict[int, Sample]:
        return {}

    def sample(self, positions: IntArray) -> Sample:
        """Some of the rows, by ascending position, as a place to make starts on."""
        some = taken(self.working, positions)
        rows = in_blocks(some.values, some.case_weights)
        known = None if self.known is None else self.known.among(positions)
        counted = None if self.case_weights is None else self.case_weights.among(positions)
        return Sample(rows, Serial(CutBlocks(rows, self.chunk_rows)), known, counted)

    def settled(self, mixture: Mixture, model: MixtureModel) -> tuple[FloatArray, MixtureModel]:
        """The theta of a mixture in data units under a model, and that model with what is fixed in the mixture."""
        inward = self.coordinates.inward_mixture(mixture)
        family, layout = inward.family, model.covariance.layout
        matrices = layout.from_dense(family.model.layout.dense(family.covariances))
        counts = np.maximum(mixture.weights, 1e-12)
        scatter = matrices * counts.reshape((-1,) + (1,) * (matrices.ndim - 1))
        tail = family.tail if isinstance(family.tail, model.tail) else model.tail.fresh(len(counts))
        before = family.covariances if family.model == model.covariance else None
        covariances = model.estimate(scatter, counts, one(len(counts)), before)
        if not np.isfinite(covariances).all():
            raise Collapsed("a covariance is no longer positive definite")
        moved = Elliptical(family.means, covariances, model.covariance, tail.at(tail.parameters))
        start = Mixture(mixture.shares, moved, model.equal_weights)
        if model.noise is not None:
            share = (mixture.noise or model.noise).weight
            start = replace(start, noise=model.noise).weighted(mixture.shares * (1.0 - share), share)
        start = holding(start, inward)
        if start.fixed is not None:
            model = replace(model, fixed=start.fixed, equal_weights=start.equal_weights)
        return model.pack(start), model

    def outward(self, mixture: Mixture) -> Mixture:
        """A mixture of working coordinates in data units, written in the one chosen way, with the box of the background
        as it is in the data to the last bit."""
        lower, upper = self.box
        found = self.coordinates.outward(mixture)
        noise = found.noise and replace(found.noise, lower=lower, upper=upper)
        return replace(found, noise=noise, family=found.family.canonical())


def holding(start: Mixture, inward: Mixture) -> Mixture:
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


def subsample(n_rows: int, rng: np.random.Generator, size: int) -> IntArray:
    """Positions of so many rows, ascending."""
    if n_rows <= COUNTED:
        return np.sort(rng.choice(n_rows, size=size, replace=False))
    found = np.unique(rng.integers(n_rows, size=size))
    while len(found) < size:
        found = np.union1d(found, rng.integers(n_rows, size=size - len(found)))
    return found


def pooled_normal(engine: Engine, whole: Covariance, n_features: int) -> Elliptical:
    """One normal distribution for all rows: closed form, or EM where cells are missing."""
    identity = whole.layout.from_dense(np.eye(n_features))
    start = Elliptical(np.zeros((1, n_features)), whole.estimate(identity[None], np.ones(1), one(1)), whole)
    # The floor keeps collinear columns from ending the climb, so that they can be named.
    model = MixtureModel(whole, FAMILIES["gaussian"], start, floor=SINGULAR * identity)
    question = Question(Passing(engine, soft), model, model.pack(Mixture(np.ones(1), start)))
    outcome = drive(climb_until(hybrid(question, 1e-3), RULES["loglik"], 1e-3, POOLED_PASSES))
    return model.unpack(outcome.step.theta).family


__all__ = ["MakeEngine", "Problem", "Sample", "StartContext"]

"""The E step: what mixtures make of a chunk of rows, of one mixture or of many at once.

One pass over the rows answers many mixtures.  Those of equally many components and one representation are a run: B
mixtures of k components, one behind the other, as arrays (B, k, ...).  What a pass costs beside the arithmetic is paid
once for a run, and what is computed for a mixture does not depend on the others to the last bit: products of matrices
are made mixture by mixture, and sums over components, rows and patterns run over the mixture's own numbers in an
order that the table decides.

    patterns P   stacked missing patterns of a chunk       C = B k   components of a run
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby
from operator import add
from typing import Any

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.families.elliptical.tails import Moments, Seen
from emcli.core.model.assignment import Assignment
from emcli.core.model.expectation import Expectation, Expectations
from emcli.core.model.known import Known
from emcli.core.model.noise import Noise
from emcli.core.passes import filled
from emcli.core.passes.case_weights import CaseWeights
from emcli.core.passes.filled import Whole, pays, whole_of
from emcli.core.passes.kernels import IN_CACHE, Plan, Prepared, plan_of
from emcli.data.chunk import Chunk, Patterns
from emcli.data.membership import Beside
from emcli.data.rows import BoolArray, FloatArray, IntArray

MOST_PLANS = 1000
"""Patterns of which the factorised covariances are kept during a pass."""

AT_ONCE = IN_CACHE // 4
"""Numbers of a temporary, log densities for instance, up to which mixtures are worked on together."""


@dataclass(frozen=True, eq=False)
class Run:
    """B mixtures of k components each.

    log_weights  (B, k)
    family       the C components
    noise        the background that all of them have, and log_shares (B,) of it
    case_row     (B,)  which row of the table of case weights each of them is asked with; None: the weights of the rows
    given        what is said of every row, one for each mixture: then this stands in for the responsibilities
    """

    k: int
    log_weights: FloatArray
    family: Elliptical
    noise: Noise | None = None
    log_shares: FloatArray | None = None
    case_row: IntArray | None = None
    given: Sequence[Beside] | None = None

    @property
    def n_mixtures(self) -> int:
        return len(self.log_weights)


@dataclass(frozen=True, eq=False)
class Batch:
    """Some mixtures of a run, by their numbers (m,), and their components in the form that suits a chunk."""

    run: Run
    mixtures: slice | IntArray
    n_mixtures: int
    plan: Prepared


class Plans:
    """What a pass needs to know of components for each stack of patterns, made when it is wanted.

    A single pattern may have many chunks, in every block, and its covariances are factorised once.  Of a stack of
    several patterns there is one chunk, so nothing is kept for it: a table may have more patterns than memory holds.
    """

    def __init__(self, family: Elliptical) -> None:
        self._family = family
        self._kept: dict[bytes, Plan] = {}
        self._whole: Whole | None = None

    def __call__(self, patterns: Patterns) -> Plan:
        plan = self._kept.get(patterns.key)
        if plan is None:
            plan = plan_of(self._family, patterns)
            if len(patterns.observed) == 1 and len(self._kept) < MOST_PLANS:
                self._kept[patterns.key] = plan
        return plan

    def whole(self) -> Whole | None:
        """The components ready to complete rows, where that saves anything."""
        if self._whole is None:
            self._whole = whole_of(self._family)
        return self._whole


class Expect:
    """The E step of some runs of mixtures as a function of a chunk."""

    def __init__(
        self,
        runs: Sequence[Run],
        assignment: Assignment,
        known: Known | None = None,
        case_weights: CaseWeights | None = None,
    ) -> None:
        self._runs = tuple(runs)
        self._assignment, self._known, self._case_weights = assignment, known, case_weights
        self._plans = [Plans(run.family) for run in self._runs]

    def __call__(self, chunk: Chunk) -> Expectations:
        with np.errstate(all="ignore"):  # a mixture that is none says NaN of itself, and nothing of the others
            batches = [
                list(self._batches(run, plans, chunk)) for run, plans in zip(self._runs, self._plans, strict=True)
            ]
            seen = self._seen([batch for of_run in batches for batch in of_run], chunk)
            return Expectations(
                tuple(
                    gathered(run, [(batch, next(seen)) for batch in of_run], chunk)
                    for run, of_run in zip(self._runs, batches, strict=True)
                )
            )

    def _batches(self, run: Run, plans: Plans, chunk: Chunk) -> Iterator[Batch]:
        """The mixtures of a run by the form that is exact enough and fastest, as many at a time as the cache holds."""
        free = np.ones(run.n_mixtures, dtype=np.bool_)
        if pays(chunk) and (whole := plans.whole()) is not None:
            bounds = whole.error_bounds(chunk.squared_radius).reshape(-1, run.k).max(axis=1)
            exact = bounds <= filled.TRUSTED
            yield from split(run, exact, lambda some: whole.among(some).plan(chunk.patterns, run.k), chunk)
            free = ~exact
        if free.any():
            plan = plans(chunk.patterns)
            near = plan.reach.reshape(-1, run.k).min(axis=1) >= chunk.squared_radius
            yield from split(run, free & near, plan.among, chunk)
            yield from split(run, free & ~near, plan.anchored().among, chunk)

    def _seen(self, batches: list[Batch], chunk: Chunk) -> Iterator[tuple[Moments, FloatArray, FloatArray]]:
        """What each batch makes of the chunk, tile by tile: batches of equal tiles share what is made of a tile."""
        found: dict[int, list[tuple[Moments, FloatArray, FloatArray]]] = {i: [] for i in range(len(batches))}
        order = sorted(range(len(batches)), key=lambda i: batches[i].plan.tile_rows(batches[i].run.k))
        for n_rows, some in groupby(order, key=lambda i: batches[i].plan.tile_rows(batches[i].run.k)):
            numbers = list(some)
            for piece in chunk.tiles(n_rows):
                shared = len(numbers) > 1 and not piece.keep_derived
                tile = replace(piece, keep_derived=True) if shared else piece  # for as long as the batches look at it
                for i in numbers:
                    found[i].append(self._tile(batches[i], tile))
        for i in range(len(batches)):
            moments, energies, noise_counts = zip(*found[i], strict=True)
            yield reduce(add, moments), reduce(add, energies), reduce(add, noise_counts)

    def joints(self, chunk: Chunk) -> Iterator[tuple[IntArray, FloatArray]]:
        """The numbers (m,) of some mixtures of the first run, and their log joint densities (P, m, k, n), until all are
        told; all rows of the chunk at a time."""
        run = self._runs[0]
        with np.errstate(all="ignore"):
            for batch in self._batches(run, self._plans[0], chunk):
                yield (
                    np.arange(run.n_mixtures)[batch.mixtures],
                    log_joint(see(batch, chunk).log_density(), batch, chunk.patterns),
                )

    def _tile(self, batch: Batch, tile: Chunk) -> tuple[Moments, FloatArray, FloatArray]:
        """Moments, free energies (m,) and rows (m,) of the background."""
        run, seen = batch.run, see(batch, tile)
        weights = self._weights(batch, tile)
        if run.given is not None:
            responsibilities = given(run.given, batch.mixtures, tile, self._known) * weights[:, :, None]
            nothing = np.zeros(batch.n_mixtures)
            return seen.moments(flat(responsibilities)), nothing, nothing
        joint = log_joint(seen.log_density(), batch, tile.patterns)
        if self._known is not None:
            self._known.confine(tile, joint)
        responsibilities, energy = self._assignment(joint, weights)
        energies = over_rows(energy * weights)
        if run.noise is None:
            return seen.moments(flat(responsibilities)), energies, np.zeros(len(energies))
        of_components = np.ascontiguousarray(responsibilities[:, :, : run.k])
        return seen.moments(flat(of_components)), energies, over_rows(responsibilities[:, :, run.k])

    def _weights(self, batch: Batch, tile: Chunk) -> FloatArray:
        """How often each row counts, (P, 1, n) or for each of the mixtures (P, m, n)."""
        rows = batch.run.case_row
        if rows is None or self._case_weights is None:
            return tile.case_weights[:, None]
        return self._case_weights.at(tile, rows[batch.mixtures])


def see(batch: Batch, tile: Chunk) -> Seen:
    """Rows as the components of a batch see them."""
    run, tail = batch.run, batch.run.family.tail
    if batch.n_mixtures < run.n_mixtures:
        tail = tail.reordered(np.arange(run.n_mixtures * run.k)[components_of(batch.mixtures, run.k)])
    return tail.see(batch.plan.view(tile, run.k), batch.plan.log_norms, batch.plan.n_observed)


def split(run: Run, which: BoolArray, make: Callable[[slice | IntArray], Prepared], chunk: Chunk) -> Iterator[Batch]:
    """The mixtures (B,) for which it is true, in batches; `make` gives the plan of some components."""
    if not which.any():
        return
    most = max(1, AT_ONCE // (run.k * len(chunk.values) * min(chunk.rows.shape[1], 1 << 13)))
    numbers: IntArray | None = None if which.all() else np.flatnonzero(which)
    n = run.n_mixtures if numbers is None else len(numbers)
    for begin in range(0, n, most):
        some: slice | IntArray = slice(begin, min(begin + most, n))
        size = min(begin + most, n) - begin
        if numbers is not None:
            some = numbers[some]
        yield Batch(run, some, size, make(components_of(some, run.k)))


def components_of(mixtures: slice | IntArray, k: int) -> slice | IntArray:
    """The components of some mixtures of a run."""
    if isinstance(mixtures, slice):
        return slice(mixtures.start * k, mixtures.stop * k)
    return np.asarray((mixtures[:, None] * k + np.arange(k)).ravel())


def log_joint(density: FloatArray, batch: Batch, patterns: Patterns) -> FloatArray:
    """log pi_k + log f_k(x), (P, m, k, n), or (P, m, k + 1, n) with the background last; overwrites the densities."""
    run = batch.run
    joint = density.reshape(len(density), -1, run.k, density.shape[2])
    joint += run.log_weights[batch.mixtures][:, :, None]
    if run.noise is None or run.log_shares is None:
        return joint
    background = run.noise.log_density(patterns)[:, None] + run.log_shares[batch.mixtures]
    wide = np.broadcast_to(background[:, :, None, None], (*joint.shape[:2], 1, joint.shape[3]))
    return np.concatenate([joint, wide], axis=2)


def flat(responsibilities: FloatArray) -> FloatArray:
    """(P, m, k, n) as (P, m k, n)."""
    return responsibilities.reshape(len(responsibilities), -1, responsibilities.shape[3])


def over_rows(values: FloatArray) -> FloatArray:
    """Sums (m,) of (P, m, n) over patterns and rows, in an order that does not depend on m."""
    by_mixture = np.ascontiguousarray(np.swapaxes(values, 0, 1))
    return np.asarray(by_mixture.reshape(len(by_mixture), -1).sum(axis=1))


def given(said: Sequence[Beside], mixtures: slice | IntArray, tile: Chunk, known: Known | None) -> FloatArray:
    """What is said of the rows for some mixtures, (P, m, k, n)."""
    numbers = range(*mixtures.indices(len(said))) if isinstance(mixtures, slice) else mixtures.tolist()
    shares = np.stack([said[i].at(tile.rows) for i in numbers], axis=1)
    return shares if known is None else known.settle(tile.rows, shares)


def gathered(
    run: Run, parts: Sequence[tuple[Batch, tuple[Moments, FloatArray, FloatArray]]], chunk: Chunk
) -> Expectation:
    """The expectation of a run from those of its batches."""
    found = [
        (batch, statistics(batch, chunk, moments, energies, noise_counts))
        for batch, (moments, energies, noise_counts) in parts
    ]
    if len(found) == 1:
        return found[0][1]
    if all(isinstance(batch.mixtures, slice) for batch, _ in found):
        return joined([one for _, one in found])
    order = np.argsort(np.concatenate([np.arange(run.n_mixtures)[batch.mixtures] for batch, _ in found]))
    return picked(joined([one for _, one in found]), order, run.k)


def statistics(
    batch: Batch, chunk: Chunk, moments: Moments, energies: FloatArray, noise_counts: FloatArray
) -> Expectation:
    """Expected counts, sums and scatter of whole rows about the current means."""
    plan, k = batch.plan, batch.run.k
    of = moments.totals.about_means()
    by_pattern = of.counts - moments.excess
    sums, scatter = plan.completed(by_pattern, of.sums, of.scatter)
    counts = over_patterns(by_pattern)
    return Expectation(
        energies,
        counts,
        sums,
        scatter,
        extra_mean_rows=over_patterns(of.counts) - counts,
        error_bound=plan.error_bounds(chunk.squared_radius).reshape(-1, k).max(axis=1),
        n_slots=chunk.rows.size,
        tail=np.zeros(len(counts)) + moments.tail,
        noise_count=noise_counts,
        tightness=plan.tightness,
    )


def over_patterns(values: FloatArray) -> FloatArray:
    """Sums (C,) of (P, C) over the patterns, in their order whatever C is."""
    if len(values) == 1:
        return np.asarray(values[0])
    return np.asarray(np.add.reduce(np.stack([values, values], axis=2), axis=0)[:, 0])


BY_MIXTURE = ("log_likelihood", "error_bound", "noise_count")
BY_COMPONENT = ("counts", "sums", "scatter", "extra_mean_rows", "tail", "tightness")


def joined(parts: Sequence[Expectation]) -> Expectation:
    """Expectations of other mixtures of the same rows, one behind the other."""
    return of_fields(parts[0], lambda name: np.concatenate([getattr(one, name) for one in parts]))


def picked(of: Expectation, mixtures: IntArray | slice, k: int) -> Expectation:
    """The expectation of some mixtures of k components, in another order perhaps."""
    components = components_of(mixtures, k)
    return of_fields(of, lambda name: getattr(of, name)[mixtures if name in BY_MIXTURE else components])


def of_fields(like: Expectation, field: Callable[[str], FloatArray]) -> Expectation:
    """An expectation with other arrays, each by its name."""
    arrays: dict[str, Any] = {name: field(name) for name in (*BY_MIXTURE, *BY_COMPONENT)}
    return replace(like, **arrays)

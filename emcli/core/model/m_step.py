"""The M step of many mixtures of one model, from their expectations; and the step from a grouping of the rows.

What is said of a mixture here depends on its own numbers alone.  One that has lost a component, or whose covariances
are none, is marked as not usable and leaves the others as they are.
"""

from __future__ import annotations

import numpy as np

from emcli.core.model.expectation import Expectation
from emcli.core.model.parameters import LEAST_WEIGHT, MixtureModel, Stack
from emcli.data.rows import BoolArray, FloatArray

STARVED = 1e-8
"""A component with fewer rows than this has collapsed to nothing: its mean would be noise divided by noise."""

PSEUDO_ROWS = 2.0
"""Rows of pooled scatter added to every component of a start, so that a component of two rows is not a spike."""

FEWEST = 1e-6  # rows of a component of a start
TINY = float(np.finfo(np.float64).tiny) * 1e20


def believed(stack: Stack, of: Expectation) -> Expectation:
    """The expectation with what the model's prior adds to it, if it has one."""
    prior, layout = stack.model.prior, stack.model.covariance.layout
    return of if prior is None else prior.added(stack.means, stack.covariances, stack.segments, layout, of)


def maximised(stack: Stack, of: Expectation) -> tuple[Stack, BoolArray]:
    """The most likely mixtures given the expectations, and which of them (B,) are mixtures."""
    model, segments, layout = stack.model, stack.segments, stack.model.covariance.layout
    if model.fixed is not None:
        return maximised_free(stack, of)
    mean_rows = of.counts + of.extra_mean_rows
    shift = of.sums / mean_rows[:, None]
    scatter = layout.centre(of.scatter, shift, mean_rows)
    covariances = model.estimate(scatter, of.counts + of.extra_scatter_rows, segments, stack.covariances)
    alive = segments.all(np.asarray(of.counts > STARVED))
    rows, shares = assembled(stack, of, stack.means + shift, covariances)
    return stack.with_rows(rows, shares), alive & whole_rows(stack, rows)


def whole_rows(stack: Stack, rows: FloatArray) -> BoolArray:
    """Which mixtures (B,) have numbers only in their rows (C, q)."""
    return stack.segments.all(np.asarray(np.isfinite(rows).all(axis=1)))


def assembled(
    stack: Stack, of: Expectation, means: FloatArray, covariances: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Rows and log shares from the parts; the weights are those of the counts."""
    log_weights, log_shares = weights_of(stack, of)
    parts = [log_weights[:, None], means, covariances.reshape(len(means), -1)]
    if stack.model.n_tail:
        parts.append(stack.tail.updated(of.counts, of.tail).parameters[:, None])
    return np.concatenate(parts, axis=1), log_shares


def weights_of(stack: Stack, of: Expectation) -> tuple[FloatArray, FloatArray]:
    """Log weights (C,) and log shares (B,) in proportion to the expected rows."""
    if stack.model.equal_weights:
        return stack.rows[:, 0], stack.log_shares
    total = stack.segments.total(of.counts)
    if not stack.model.has_noise:
        return np.log(of.counts / stack.segments.each(total)), stack.log_shares
    whole = total + of.noise_count
    share = np.log(np.maximum(of.noise_count / whole, LEAST_WEIGHT))
    return np.log(of.counts / stack.segments.each(whole)), share


def maximised_free(stack: Stack, of: Expectation) -> tuple[Stack, BoolArray]:
    """The M step of what is not fixed; components of which nothing is free may have no rows."""
    model, segments, layout = stack.model, stack.segments, stack.model.covariance.layout
    assert model.fixed is not None
    n = segments.n_mixtures
    fixed = {name: np.tile(getattr(model.fixed, name), n) for name in ("weights", "means", "covariances", "tails")}
    mean_rows = np.maximum(of.counts + of.extra_mean_rows, TINY)
    shift = np.where(fixed["means"][:, None], 0.0, of.sums / mean_rows[:, None])
    covariances = stack.covariances
    if not fixed["covariances"].all():
        scatter = layout.centre(of.scatter, shift, mean_rows)
        estimated = model.estimate(scatter, np.maximum(of.counts + of.extra_scatter_rows, TINY), segments, covariances)
        kept = fixed["covariances"].reshape((-1,) + (1,) * (covariances.ndim - 1))
        covariances = np.where(kept, covariances, estimated)
    parts = [
        free_weights(stack, of, fixed["weights"])[:, None],
        stack.means + shift,
        covariances.reshape(len(shift), -1),
    ]
    if model.n_tail:
        tail = stack.tail.updated(np.maximum(of.counts, TINY), of.tail).keeping(stack.tail, fixed["tails"])
        parts.append(tail.parameters[:, None])
    rows = np.concatenate(parts, axis=1)
    alive = segments.all((of.counts > STARVED) | np.tile(model.fixed.wholly, n))
    made = stack.with_rows(rows, free_shares(stack, of, fixed["weights"]))
    return made, alive & whole_rows(stack, rows)


def free_weights(stack: Stack, of: Expectation, kept: BoolArray) -> FloatArray:
    """Log weights (C,): the kept ones as they are, the others in proportion to what they have of the rest."""
    if stack.model.equal_weights:
        return stack.rows[:, 0]
    share = left_over(stack, of, kept)
    free = np.log(np.maximum(of.counts * stack.segments.each(share), LEAST_WEIGHT))
    return np.where(kept, stack.rows[:, 0], free)


def free_shares(stack: Stack, of: Expectation, kept: BoolArray) -> FloatArray:
    """Log shares (B,) of the backgrounds, which are never fixed."""
    if not stack.model.has_noise or stack.model.equal_weights:
        return stack.log_shares
    return np.log(np.maximum(of.noise_count * left_over(stack, of, kept), LEAST_WEIGHT))


def left_over(stack: Stack, of: Expectation, kept: BoolArray) -> FloatArray:
    """What the kept weights leave for each free row (B,)."""
    segments = stack.segments
    left = np.maximum(1.0 - segments.total(np.where(kept, np.exp(stack.rows[:, 0]), 0.0)), 0.0)
    rows = segments.total(np.where(kept, 0.0, of.counts)) + of.noise_count
    return np.asarray(left / np.maximum(rows, LEAST_WEIGHT))


def started(stack: Stack, of: Expectation) -> tuple[Stack, BoolArray]:
    """Mixtures from groupings of the rows: as the M step, with some rows of pooled scatter in every component.

    stack  the mixtures under which missing cells were expected; of their background and tails is kept what they have
    """
    model, segments, layout = stack.model, stack.segments, stack.model.covariance.layout
    counts = np.maximum(of.counts, FEWEST)
    mean_rows = counts + of.extra_mean_rows
    shift = of.sums / mean_rows[:, None]
    pooled = PSEUDO_ROWS * layout.as_scatter(model.pooled.covariances)
    scatter = layout.centre(of.scatter, shift, mean_rows) + pooled
    covariances = model.estimate(scatter, counts + PSEUDO_ROWS, segments)
    log_weights, log_shares = stack.log_weights
    if not model.equal_weights:
        components = np.log1p(-np.exp(log_shares)) if model.has_noise else np.zeros(segments.n_mixtures)
        log_weights = np.log(counts / segments.each(segments.total(counts))) + segments.each(components)
    parts = [log_weights[:, None], stack.means + shift, covariances.reshape(len(counts), -1)]
    parts += [stack.rows[:, -1:]] if model.n_tail else []
    rows = np.concatenate(parts, axis=1)
    return stack.with_rows(rows, log_shares), whole_rows(stack, rows)


def onto_model(stack: Stack) -> Stack:
    """Mixtures whose covariances were extrapolated, with those that an M step would make of scatters like these.

    Extrapolated entries of a model that is not a linear space are outside of it.
    """
    model: MixtureModel = stack.model
    projected = model.projected(stack.covariances, np.exp(stack.log_weights[0]), stack.segments)
    rows = stack.rows.copy()
    begin = 1 + model.n_features
    rows[:, begin : begin + model.n_stored] = projected.reshape(len(rows), -1)
    return stack.with_rows(rows, stack.log_shares)

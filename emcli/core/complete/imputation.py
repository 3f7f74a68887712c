"""Missing cells completed under a mixture: by their conditional mean and its standard error, or by a draw.

Given the observed cells x_o of a row, the missing ones follow a mixture again, with weights r_k = P(k | x_o) and
components N(mu_m + slopes (x_o - mu_o), residual).  The conditional mean is E = sum_k r_k E_k; by the law of total
variance its squared standard error is sum_k r_k (V_k + (E_k - E)^2), within plus between components.  A draw takes a
component by the weights and then a point of its normal distribution.  With heavy tails V_k is that of the conditional
t distribution, which is infinite for two degrees of freedom or fewer (those of the observed cells counted), and a
draw takes the row's precision before the point; there are no bounds and no logarithms then.

A column modelled by its logarithm is completed in data units: its mean is that of exp(y), E_k = exp(m + s^2 / 2),
not exp(m), which would be the median.  Bounds make the distribution a truncated one, of which the same mean,
standard error or draw is taken; the weights then carry the probability that a component gives the box.  See
`truncation` for what is exact.

The background, if the mixture has one, tells nothing about a missing cell: rows are completed by the components
in proportion to their responsibilities.

Rows depend on no other row, to the last bit; a row with nothing observed gets the mixture itself.

n rows, d columns, k components; m missing columns of a pattern
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.families import Tail
from emcli.core.families.elliptical.covariances.dense import lower_factor
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import LANES, PIECE, own_coordinates, padded
from emcli.core.passes.log_joint import LogJoint
from emcli.core.rows.coordinates import Coordinates
from emcli.core.statistics.normal_tail import quantile
from emcli.core.statistics.truncation import POINTS, POINTS_PER_DRAW, OneCell, fill_box, lattice, shifted
from emcli.data.chunk import cut
from emcli.data.rows import BoolArray, FloatArray, IntArray

TINY = float(np.finfo(np.float64).tiny)

FOR_COMPONENT, FOR_POINT, FOR_CELLS = 0, 1, 2
"""Which uniform number of a row is for what: the component, the point of its box, and one for each column."""


@dataclass(frozen=True, eq=False)
class Given:
    """The missing cells of rows of one pattern, given their observed cells, in working coordinates.

    rows, columns         (n,) positions in the table, -1 in slots that no row fills; (m,)
    log_weights           (k, n)  log pi_k + log density of the observed cells
    means, residuals      (k, m, n), (k, m, m)
    tail, squared         the family's tails; squared distances (k, n) of the observed cells, n_observed of them
    centre, scale, logs   (m,)  the way to data units: exp, if logs, of centre + scale y
    low, high             (m,)  bounds
    """

    rows: IntArray
    columns: IntArray
    log_weights: FloatArray
    means: FloatArray
    residuals: FloatArray
    tail: Tail
    squared: FloatArray
    n_observed: int
    centre: FloatArray
    scale: FloatArray
    logs: BoolArray
    low: FloatArray
    high: FloatArray

    @property
    def bounded(self) -> IntArray:
        """Which of the missing columns have a bound."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))

    def outward(self, cells: FloatArray) -> FloatArray:
        """Cells (..., m, n) in data units."""
        affine = self.centre[:, None] + self.scale[:, None] * cells
        with np.errstate(over="ignore"):
            return np.where(self.logs[:, None], np.exp(np.where(self.logs[:, None], affine, 0.0)), affine)

    def outward_moments(self, means: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means and variances in data units of normal cells (..., m, n)."""
        scaled = self.scale[:, None] ** 2 * variances
        affine = self.outward(means)
        spread = np.where(self.logs[:, None], scaled, 0.0)
        first = affine * np.exp(0.5 * spread)
        return first, np.where(self.logs[:, None], first**2 * np.expm1(spread), scaled)


class Imputer:
    """A mixture ready to complete any number of rows.

    The mixture is in data units, or in logarithms for the columns that `scale` says.
    """

    def __init__(self, mixture: Mixture, scale: CompletedScale | None = None) -> None:
        self._coordinates: Coordinates = own_coordinates(mixture)
        self._mixture = self._coordinates.inward_mixture(mixture)
        self._scale = scale or CompletedScale.plain(mixture.family.n_features)
        self._low, self._high = (self._coordinates.inward(bound) for bound in self._scale.model_bounds())

    def expected(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Completed rows (n, d) and standard errors (n, d), 0 at observed cells; values in data units."""
        completed, errors = values.copy(), np.zeros_like(values)
        for given in self._given(values):
            means, variances = expected_cells(given)
            _place(completed, given, means)
            _place(errors, given, np.sqrt(variances))
        return np.where(np.isnan(values), self._scale.written(completed), values), errors

    def drawn(self, values: FloatArray, uniforms: FloatArray) -> FloatArray:
        """Rows completed by draws, from uniform numbers (n, d + 2) in [0, 1)."""
        completed = values.copy()
        for given in self._given(values):
            mine = np.maximum(uniforms[given.rows].T, 2.0**-54)
            _place(completed, given, drawn_cells(given, mine))
        return np.where(np.isnan(values), self._scale.written(completed), values)

    def _given(self, values: FloatArray) -> Iterator[Given]:
        incomplete = np.flatnonzero(np.isnan(values).any(axis=1))
        if len(incomplete) == 0:
            return
        working = self._coordinates.inward(self._scale.inward(values[incomplete]))
        family, layout = self._mixture.family, self._mixture.family.model.layout
        for narrow in cut(working, np.ones(len(working)), PIECE):
            chunk, patterns = padded(narrow), narrow.patterns
            log_joint = LogJoint(self._mixture)(chunk)[:, : self._mixture.n_components]
            conditional = family.condition(patterns)
            deviations = family.deviations(chunk)
            squared = family.squared_distances(conditional, deviations)
            expected = layout.expected(conditional, deviations)
            rows = np.full(chunk.values.shape[::2], -1, dtype=np.intp)
            rows[:, : narrow.rows.shape[1]] = np.where(narrow.rows >= 0, incomplete[narrow.rows], -1)
            for p, columns in enumerate(patterns.missing):
                yield Given(
                    rows[p],
                    columns,
                    log_joint[p],
                    family.means[:, columns, None] + expected[p],
                    layout.dense(conditional.residuals[p]),
                    family.tail,
                    squared[p],
                    patterns.observed.shape[1],
                    self._coordinates.centre[columns],
                    self._coordinates.scale[columns],
                    self._scale.logs[columns],
                    self._low[columns],
                    self._high[columns],
                )


def _place(table: FloatArray, given: Given, cells: FloatArray) -> None:
    filled = given.rows >= 0
    table[given.rows[filled][:, None], given.columns] = cells[:, filled].T


def expected_cells(given: Given) -> tuple[FloatArray, FloatArray]:
    """Means and variances (m, n) of the missing cells, data units."""
    bounded = given.bounded
    if len(bounded) == 0:
        wider = given.tail.conditional_variance(given.squared, given.n_observed)[:, None]
        # Where the observed cells determine the missing ones, rounding may leave less than nothing.
        variances = np.maximum(np.diagonal(given.residuals, axis1=1, axis2=2), TINY)[..., None] * wider
        return _total(given.log_weights, *given.outward_moments(given.means, variances))
    if len(bounded) == 1:
        return _expected_beside_one(given, int(bounded[0]))
    parts = [_expected_in_box(given, bounded, slice(i, i + LANES)) for i in range(0, len(given.rows), LANES)]
    return np.concatenate([m for m, _ in parts], axis=1), np.concatenate([v for _, v in parts], axis=1)


def _total(log_weights: FloatArray, means: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance (m, n) of a mixture of K parts: log weights (K, n), means and variances (K, m, n)."""
    weights = np.exp(log_weights - log_weights.max(axis=0))
    weights = (weights / weights.sum(axis=0))[:, None]
    mean = (weights * means).sum(axis=0)
    # A variance may be infinite, in a component that has nothing to do with the row.
    parts = np.where(weights > 0.0, variances, 0.0) + (means - mean) ** 2
    return mean, (weights * parts).sum(axis=0)


def _expected_beside_one(given: Given, j: int) -> tuple[FloatArray, FloatArray]:
    """One bounded cell: truncated moments for it, and by regression on it for the others; all exact."""
    variance = given.residuals[:, j, j]
    slopes = given.residuals[:, :, j] / variance[:, None]
    rest = np.maximum(np.diagonal(given.residuals, axis1=1, axis2=2) - slopes**2 * variance[:, None], 0.0)
    log_weights, means, variances = [], [], []
    for k, deviation in enumerate(np.sqrt(variance)):
        cell = OneCell(given.means[k, j], float(deviation), float(given.low[j]), float(given.high[j]))
        shift, inside = cell.shift_and_variance()
        log_weights.append(given.log_weights[k] + cell.log_probability())
        slope, unexplained = slopes[k][:, None], rest[k][:, None]
        straight = given.outward(given.means[k] + slope * shift)
        spread = given.scale[:, None] ** 2 * (unexplained + slope**2 * inside)
        tilt = np.where(given.logs, given.scale, 0.0)[:, None]
        base = given.outward(given.means[k]) * np.exp(0.5 * tilt**2 * unexplained)
        first = base * np.exp(cell.log_moment(tilt * slope))
        second = base**2 * np.exp(tilt**2 * unexplained + cell.log_moment(2.0 * tilt * slope))
        logs = given.logs[:, None]
        means.append(np.where(logs, first, straight))
        variances.append(np.where(logs, np.maximum(second - first**2, 0.0), spread))
    return _total(np.array(log_weights), np.array(means), np.array(variances))


def _expected_in_box(given: Given, bounded: IntArray, rows: slice) -> tuple[FloatArray, FloatArray]:
    """Several bounded cells: weighted points for them, and by regression on them for the others."""
    points = lattice(POINTS, len(bounded))[:, :, None]
    log_weights, means, variances = [], [], []
    for k, residual in enumerate(given.residuals):
        centre = given.means[k][:, rows]
        inner = residual[np.ix_(bounded, bounded)]
        box = fill_box(centre[bounded], lower_factor(inner), given.low[bounded], given.high[bounded], points)
        slopes = np.linalg.solve(inner, residual[bounded]).T
        rest = np.maximum(np.diagonal(residual) - (slopes * residual[:, bounded]).sum(axis=1), 0.0)
        rest[bounded] = 0.0
        cells = centre + np.einsum("mb,sbn->smn", slopes, box.points - centre[bounded])
        cells[:, bounded] = box.points
        mean, variance = given.outward_moments(cells, rest[:, None])
        log_weights.append(given.log_weights[k, rows] + box.log_weights)
        means.append(mean)
        variances.append(np.broadcast_to(variance, mean.shape))
    return _total(np.concatenate(log_weights), np.concatenate(means), np.concatenate(variances))


def drawn_cells(given: Given, uniforms: FloatArray) -> FloatArray:
    """One draw (m, n) of the missing cells of every row, data units; uniforms (d + 2, n)."""
    bounded = given.bounded
    free = np.setdiff1d(np.arange(len(given.columns)), bounded)
    order = np.concatenate([bounded, free])
    each = uniforms[FOR_CELLS:][given.columns]
    n_candidates = POINTS_PER_DRAW if len(bounded) > 1 else 1
    points = each[bounded][None]
    if n_candidates > 1:
        points = shifted(lattice(n_candidates, len(bounded)), each[bounded])
    normal = quantile(each[free]) if len(free) else each[free]
    precision = given.tail.conditional_precision(given.squared, given.n_observed, uniforms[FOR_POINT])
    log_weights, cells = [], []
    for k, residual in enumerate(given.residuals):
        lower = lower_factor(residual[np.ix_(order, order)])
        centre, n_bounded = given.means[k][order], len(bounded)
        inner = lower[:n_bounded, :n_bounded]
        box = fill_box(centre[:n_bounded], inner, given.low[bounded], given.high[bounded], points)
        chosen, log_weight = _choose(box.log_weights, uniforms[FOR_POINT])
        inside = np.take_along_axis(box.points, chosen[None, None], axis=0)[0]
        log_weights.append(given.log_weights[k] + log_weight)
        cells.append(_conditional_draw(centre, lower, inside, normal / np.sqrt(precision[k])))
    component, _ = _choose(np.array(log_weights), uniforms[FOR_COMPONENT])
    drawn = np.empty((len(order), len(given.rows)))
    drawn[order] = np.take_along_axis(np.array(cells), component[None, None], axis=0)[0]
    return given.outward(drawn)


def _conditional_draw(centre: FloatArray, lower: FloatArray, inside: FloatArray, normal: FloatArray) -> FloatArray:
    """Cells (m, n): those inside the box as they are, the others drawn given them."""
    b = len(inside)
    standard = np.zeros_like(inside)
    for j in range(b):
        before = np.einsum("i,in->n", lower[j, :j], standard[:j])
        standard[j] = (inside[j] - centre[j] - before) / lower[j, j]
    outside = centre[b:] + np.einsum("ij,jn->in", lower[b:], np.concatenate([standard, normal]))
    return np.concatenate([inside, outside])


def _choose(log_weights: FloatArray, uniforms: FloatArray) -> tuple[IntArray, FloatArray]:
    """Which of K candidates (K, n) each row's uniform number (n,) takes by weight, and the log of their mean weight."""
    top = log_weights.max(axis=0)
    cumulated = np.cumsum(np.exp(log_weights - top), axis=0)
    chosen = (cumulated <= uniforms * cumulated[-1]).sum(axis=0)
    return np.minimum(chosen, len(log_weights) - 1), top + np.log(cumulated[-1] / len(log_weights))

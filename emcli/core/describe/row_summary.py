"""What the rows of a table look like under a mixture, in sums of fixed size: one pass over any number of rows.

Everything counted is exact.  Columns are counted in narrow cells between limits that the mixture sets, from which
`histograms` later makes bins of a sensible width.  Summaries of blocks add.

k components, the background after them if there is one, d columns; a row's label is the most probable of these, its
certainty the probability of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.describe.outlines import Outline
from emcli.core.passes.evaluation import Evaluation
from emcli.data.rows import BoolArray, FloatArray, IntArray

CELLS = 2048  # narrow cells between the limits
REACH = 6.0  # standard deviations of a component that the limits hold
MOST_PATTERNS = 4096  # distinct patterns of missing cells that are told apart
LEVELS = np.array([*(i / 100 for i in range(100)), 0.995, 0.999, 0.9999])
"""Certainties at which rows are counted; the summary knows how many rows have at least each of them."""


@dataclass(frozen=True, eq=False)
class Limits:
    """Between which values (d,) columns are counted."""

    low: FloatArray
    high: FloatArray

    @property
    def width(self) -> FloatArray:
        """Of one cell (d,)."""
        return (self.high - self.low) / CELLS


@dataclass(frozen=True, eq=False)
class RowSummary:
    """labels     (k,)             rows by label
    expected   (k,)             sums of responsibilities
    certain    (k, LEVELS + 1)  rows by label and how many levels their certainty reaches
    lows, highs (k, d)          the range of the observed cells of each label's rows; inf, -inf where there are none
    cells      (d, CELLS + 2)   observed cells; the first and last cell hold what lies outside the limits
    missing    (d,)             missing cells
    patterns                    rows by pattern: the bits of the observed columns, in the order in which they were met
    other_patterns              rows of patterns met after MOST_PATTERNS others
    """

    n_rows: int
    log_likelihood: float
    labels: IntArray
    expected: FloatArray
    certain: IntArray
    lows: FloatArray
    highs: FloatArray
    cells: IntArray
    missing: IntArray
    patterns: dict[bytes, int]
    other_patterns: int

    def __add__(self, other: RowSummary) -> RowSummary:
        patterns, rest = dict(self.patterns), self.other_patterns + other.other_patterns
        for bits, n in other.patterns.items():
            if bits in patterns or len(patterns) < MOST_PATTERNS:
                patterns[bits] = patterns.get(bits, 0) + n
            else:
                rest += n
        return RowSummary(
            self.n_rows + other.n_rows,
            self.log_likelihood + other.log_likelihood,
            self.labels + other.labels,
            self.expected + other.expected,
            self.certain + other.certain,
            np.minimum(self.lows, other.lows),
            np.maximum(self.highs, other.highs),
            self.cells + other.cells,
            self.missing + other.missing,
            patterns,
            rest,
        )

    def at_least(self, certainty: float) -> IntArray:
        """Rows (k,) by label whose certainty is at least this; one of LEVELS."""
        place = int(np.searchsorted(LEVELS, certainty))
        return np.asarray(self.certain[:, place + 1 :].sum(axis=1))

    @property
    def n_missing_cells(self) -> int:
        return int(self.missing.sum())

    def pattern_masks(self) -> tuple[BoolArray, IntArray]:
        """Which columns are observed (p, d) in each pattern and how many rows have it (p,), the most frequent first."""
        d = self.cells.shape[0]
        bits = np.frombuffer(b"".join(self.patterns), dtype=np.uint8).reshape(len(self.patterns), -(-d // 8))
        masks = np.unpackbits(bits, axis=1, count=d).astype(bool)
        counts = np.array(list(self.patterns.values()), dtype=np.intp)
        order = np.lexsort(((~masks).sum(axis=1), -counts))
        return masks[order], counts[order]


def limits_of(mixture: Outline) -> Limits:
    """Limits that hold all components."""
    reach = REACH * mixture.deviations
    return Limits((mixture.means - reach).min(axis=0), (mixture.means + reach).max(axis=0))


def nothing(n_components: int, n_features: int) -> RowSummary:
    """The summary of no rows."""
    k, d = n_components, n_features
    return RowSummary(
        *(0, 0.0, np.zeros(k, dtype=np.intp), np.zeros(k)),
        certain=np.zeros((k, len(LEVELS) + 1), dtype=np.intp),
        lows=np.full((k, d), np.inf),
        highs=np.full((k, d), -np.inf),
        cells=np.zeros((d, CELLS + 2), dtype=np.intp),
        missing=np.zeros(d, dtype=np.intp),
        patterns={},
        other_patterns=0,
    )


def summarise(values: FloatArray, evaluation: Evaluation, limits: Limits) -> RowSummary:
    """The summary of rows (n, d) in data units, NaN where missing."""
    k = evaluation.responsibilities.shape[1]
    labels, observed = evaluation.responsibilities.argmax(axis=1), ~np.isnan(values)
    certainty = evaluation.responsibilities.max(axis=1)
    reached = np.searchsorted(LEVELS, certainty, side="right")
    width = len(LEVELS) + 1
    return RowSummary(
        n_rows=len(values),
        log_likelihood=float(evaluation.log_density.sum()),
        labels=np.bincount(labels, minlength=k),
        expected=evaluation.responsibilities.sum(axis=0),
        certain=np.bincount(labels * width + reached, minlength=k * width).reshape(k, width),
        lows=_extremes(np.fmin, values, labels, k, np.inf),
        highs=_extremes(np.fmax, values, labels, k, -np.inf),
        cells=_cells(values, observed, limits),
        missing=np.asarray((~observed).sum(axis=0)),
        patterns=_patterns(observed),
        other_patterns=0,
    )


def _extremes(pick: np.ufunc, values: FloatArray, labels: IntArray, k: int, none: float) -> FloatArray:
    """The lowest or highest observed cell (k, d) of the rows of each label."""
    found = [pick.reduce(values[labels == label], axis=0, initial=none) for label in range(k)]
    return np.asarray(found, dtype=np.float64)


def _cells(values: FloatArray, observed: BoolArray, limits: Limits) -> IntArray:
    """Observed cells of every column by narrow cell (d, CELLS + 2)."""
    table = np.empty((values.shape[1], CELLS + 2), dtype=np.intp)
    for j, width in enumerate(limits.width):
        column = values[observed[:, j], j]
        places = np.floor((np.clip(column, limits.low[j] - width, limits.high[j]) - limits.low[j]) / width)
        table[j] = np.bincount(np.clip(places, -1, CELLS).astype(np.intp) + 1, minlength=CELLS + 2)
    return table


def _patterns(observed: BoolArray) -> dict[bytes, int]:
    """Rows by the bits of their observed columns, in the order in which patterns are met."""
    bits = np.ascontiguousarray(np.packbits(observed, axis=1))
    if observed.all():
        return {bits[0].tobytes(): len(bits)} if len(bits) else {}
    keys = bits.view(np.dtype((np.void, bits.shape[1]))).ravel()
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    return {bits[first[i]].tobytes(): int(counts[i]) for i in np.argsort(first)}

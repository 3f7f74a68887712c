"""Missing cells at their conditional expectation under a mixture.

E[x_m | x_o] = sum_k r_k (mu_km + slopes_k (x_o - mu_ko)), and by the law of total variance
var[x_m | x_o] = sum_k r_k (c_k residual_k + (E_k - E)^2): within plus between components, with c_k = 1 for normals.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from emcli.core.model.assignment import soft
from emcli.core.model.mixture import Mixture
from emcli.core.passes.log_joint import LogJoint
from emcli.data.chunk import Chunk
from emcli.data.rows import FloatArray


def complete_chunk(mixture: Mixture, chunk: Chunk) -> tuple[FloatArray, FloatArray]:
    """Conditional means and variances (P, m, n) of the missing cells of a chunk."""
    family = mixture.family
    conditional = family.condition(chunk.patterns)
    deviations = family.deviations(chunk)
    squared = family.squared_distances(conditional, deviations)
    # The background says nothing about a missing cell: a row is completed by the components it could belong to.
    responsibilities, _ = soft(LogJoint(mixture)(chunk)[:, : mixture.n_components])
    means = np.swapaxes(family.means[:, chunk.patterns.missing], 0, 1)[..., None]
    expected = means + family.model.layout.expected(conditional, deviations)
    mean = (responsibilities[:, :, None] * expected).sum(axis=1)
    wider = family.tail.conditional_variance(squared, deviations.shape[2])[:, :, None]
    within = family.model.layout.residual_variances(conditional)[..., None] * wider
    variance = (responsibilities[:, :, None] * (within + (expected - mean[:, None]) ** 2)).sum(axis=1)
    return mean, variance


def fill(mixture: Mixture, values: FloatArray, chunks: Iterable[Chunk]) -> FloatArray:
    """A copy of values (n, d) whose missing cells are at their conditional means."""
    filled = values.copy()
    for chunk in chunks:
        if chunk.patterns.missing.shape[1]:
            mean, _ = complete_chunk(mixture, chunk)
            place(filled, chunk, mean)
    return filled


def place(table: FloatArray, chunk: Chunk, cells: FloatArray) -> None:
    """Write cells (P, m, n) of a chunk's missing columns to their places in table (n, d)."""
    pattern, slot = np.nonzero(chunk.rows >= 0)
    rows = chunk.rows[pattern, slot]
    table[rows[:, None], chunk.patterns.missing[pattern]] = cells[pattern, :, slot]

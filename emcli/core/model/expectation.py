"""What one E step brings home: log-likelihoods and the statistics that the M step needs.

Expectations of disjoint sets of rows add field by field (of two bounds the larger one stays).  That single property
lets rows be cut into chunks of any size and spread over threads or machines; adding in file order makes the sum the
same to the last bit.

Statistics are anchored: deviations z = x - anchor_k are taken from the component's current mean, so that sums of
squares never lose their digits to a large common offset (Chan, Golub & LeVeque 1983 on why that matters).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.rows import FloatArray


@dataclass(frozen=True, eq=False)
class Expectation:
    """Of B mixtures with C components together, one mixture behind the other:

    log_likelihood     (B,)    nats
    counts             (C,)    expected rows
    sums, scatter      (C, d); (C, d, d) or (C, d)  of the deviations
    error_bound        (B,)    largest error of the log density of a row, nats
    n_slots                    rows that were computed with, empty ones included
    tail               (C,)    what the tails are estimated from
    noise_count        (B,)    rows of the background
    tightness          (C,)    traces of the precisions, of the observed cells

    Rows that count for the means or the covariances but not for the weights, as a prior has them, are extra; so is what
    rows of heavy-tailed components count more or less for the means than one row.
    """

    log_likelihood: FloatArray
    counts: FloatArray
    sums: FloatArray
    scatter: FloatArray
    extra_mean_rows: FloatArray | float = 0.0
    extra_scatter_rows: FloatArray | float = 0.0
    error_bound: FloatArray | float = 0.0
    n_slots: int = 0
    tail: FloatArray | float = 0.0
    noise_count: FloatArray | float = 0.0
    tightness: FloatArray | float = 0.0

    def __add__(self, other: Expectation) -> Expectation:
        return Expectation(
            self.log_likelihood + other.log_likelihood,
            self.counts + other.counts,
            self.sums + other.sums,
            self.scatter + other.scatter,
            self.extra_mean_rows + other.extra_mean_rows,
            self.extra_scatter_rows + other.extra_scatter_rows,
            np.maximum(self.error_bound, other.error_bound),
            self.n_slots + other.n_slots,
            self.tail + other.tail,
            self.noise_count + other.noise_count,
            np.maximum(self.tightness, other.tightness),
        )


@dataclass(frozen=True, eq=False)
class Expectations:
    """Those of several groups of mixtures, from one walk over the rows."""

    of: tuple[Expectation, ...]

    def __add__(self, other: Expectations) -> Expectations:
        return Expectations(tuple(a + b for a, b in zip(self.of, other.of, strict=True)))

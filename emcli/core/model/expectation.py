"""What one E step brings home: the log-likelihood and the statistics that the M step needs.

Expectations of disjoint sets of rows add field by field (of two bounds the larger one stays).  That single property
lets rows be cut into chunks of any size and spread over threads or machines; adding in file order makes the sum the
same to the last bit.

Statistics are anchored: deviations z = x - anchor_k are taken from the component's current mean, so that sums of
squares never lose their digits to a large common offset (Chan, Golub & LeVeque 1983 on why that matters).
"""

from __future__ import annotations

from dataclasses import dataclass

from emcli.data.table import FloatArray


@dataclass(frozen=True, eq=False)
class Expectation:
    """log_likelihood in nats; counts (k,); sums (k, d) and scatter (k, d, d) or (k, d) of the deviations.

    Rows that count for the means or the covariances but not for the weights, as a prior has them, are extra; so is what
    rows of heavy-tailed components count more or less for the means than one row.
    error_bound  largest error of the log density of a row, nats
    n_slots      rows that were computed with, empty ones included
    tail         (k,) what the tails are estimated from
    noise_count  rows of the background
    """

    log_likelihood: float
    counts: FloatArray
    sums: FloatArray
    scatter: FloatArray
    extra_mean_rows: FloatArray | float = 0.0
    extra_scatter_rows: FloatArray | float = 0.0
    error_bound: float = 0.0
    n_slots: int = 0
    tail: FloatArray | float = 0.0
    noise_count: float = 0.0

    def __add__(self, other: Expectation) -> Expectation:
        return Expectation(
            self.log_likelihood + other.log_likelihood,
            self.counts + other.counts,
            self.sums + other.sums,
            self.scatter + other.scatter,
            self.extra_mean_rows + other.extra_mean_rows,
            self.extra_scatter_rows + other.extra_scatter_rows,
            max(self.error_bound, other.error_bound),
            self.n_slots + other.n_slots,
            self.tail + other.tail,
            self.noise_count + other.noise_count,
        )

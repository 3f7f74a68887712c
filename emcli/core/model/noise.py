"""A uniform background for rows that belong to no cluster (Banfield & Raftery 1993).

Its density is 1 / V, with V the volume of the box that the rows of the fit fill; the box is theirs and stays as it is,
the share of the background is estimated.  A row with missing cells has the density of its observed part, one over the
product of the ranges of the observed columns.  Multiplying a column multiplies its range, so that units do not matter.

A row outside of the box is judged by the same density as one inside: an outlier farther out is no less one.

weight        the share of the background; the weights of the components sum to the rest
lower, upper  (d,)  the box, column units
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emcli.data.chunk import Patterns
from emcli.data.rows import FloatArray

START = 0.05
"""Share from which a search sets out: few rows, but enough to be taken up where no component wants them."""

N_PARAMETERS = 2
"""The share and the volume, as mclust counts them."""


@dataclass(frozen=True, eq=False)
class Noise:
    """The background."""

    weight: float
    lower: FloatArray
    upper: FloatArray

    def log_density(self, patterns: Patterns) -> FloatArray:
        """Log density (P,) of the observed part of a row, nats."""
        logs = np.log(self.upper - self.lower)
        return np.asarray(-logs[patterns.observed].sum(axis=1))

    def rescaled(self, centre: FloatArray, scale: FloatArray) -> Noise:
        """The background of centre + scale x."""
        return replace(self, lower=centre + scale * self.lower, upper=centre + scale * self.upper)

    def draw(self, n_rows: int, rng: np.random.Generator) -> FloatArray:
        """Rows (n, d) spread evenly over the box."""
        return self.lower + (self.upper - self.lower) * rng.random((n_rows, len(self.lower)))

"""What may stand in a completed cell: its scale, its bounds, whether it is a whole number.

A column can be modelled by its logarithm (incomes, concentrations): the mixture then speaks of log values, and cells
cross this border in both directions.  Bounds are kept here in the scale of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.rows import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class CompletedScale:
    """For each of d columns:

    logs       (d,)  whether the model sees the logarithm
    low, high  (d,)  bounds of a completed cell in data units; -inf and inf where there is none
    whole      (d,)  whether completed cells are rounded to whole numbers
    """

    logs: BoolArray
    low: FloatArray
    high: FloatArray
    whole: BoolArray

    @staticmethod
    def plain(n_features: int) -> CompletedScale:
        """Columns as they are, without bounds."""
        no = np.zeros(n_features, dtype=np.bool_)
        return CompletedScale(no, np.full(n_features, -np.inf), np.full(n_features, np.inf), no)

    @property
    def bounded(self) -> BoolArray:
        """Columns (d,) with a bound on either side."""
        return np.isfinite(self.low) | np.isfinite(self.high)

    def inward(self, values: FloatArray) -> FloatArray:
        """Values (n, d) as the model sees them; values in log columns must be positive."""
        return self._logs_of(values) if self.logs.any() else values

    def model_bounds(self) -> tuple[FloatArray, FloatArray]:
        """The bounds as the model sees them."""
        return self._logs_of(self.low), self._logs_of(self.high)

    def _logs_of(self, values: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithms = np.log(np.where(values < 0.0, 0.0, values))
        return np.where(self.logs, logarithms, values)

    def written(self, completed: FloatArray) -> FloatArray:
        """Completed values (n, d) in data units as they are written: whole where asked for, never out of bounds."""
        low = np.where(self.whole, np.ceil(self.low), self.low)
        high = np.where(self.whole, np.floor(self.high), self.high)
        # Adding zero turns a negative zero, which would be written as -0, into a plain one.
        return np.clip(np.where(self.whole, np.rint(completed), completed), low, high) + 0.0

"""The 99.9 % region of a mixture, and which rows lie outside.

The region is the union of the components' own: a row is inside if its squared Mahalanobis distance to at least one
component is at most the 99.9 % quantile of chi-squared with as many degrees of freedom as the row has observed
cells.  Each component then has 99.9 % of its rows inside its own part, so that under the mixture at most one row in
a thousand is outside, whatever cells are missing, and fewer where components overlap.  No draws and no threshold on
the density are needed, which would differ from one missing pattern to the next.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from emcli.core.evaluation import PIECE, own_coordinates
from emcli.core.mixture import Mixture
from emcli.core.tail_areas import chi_squared_tail
from emcli.data.chunk import cut
from emcli.data.table import BoolArray, FloatArray

OUTSIDE = 0.001


class Region:
    """A mixture in data units, ready to say of rows whether they are outside its region."""

    def __init__(self, mixture: Mixture) -> None:
        self._coordinates = own_coordinates(mixture)
        possible = mixture.reordered(np.flatnonzero(mixture.weights > 0.0))
        self._family = self._coordinates.inward_mixture(possible).family

    def outside(self, values: FloatArray) -> BoolArray:
        """Which rows (n, d) in data units, NaN where missing, lie outside; one without an observed cell does not."""
        family, layout = self._family, self._family.model.layout
        answer = np.zeros(len(values), dtype=np.bool_)
        conditionals = {}
        for chunk in cut(self._coordinates.inward(values), np.ones(len(values)), PIECE):
            stack = chunk.patterns
            if stack.key not in conditionals:
                conditionals = {stack.key: family.condition(stack)}
            white = layout.whiten(conditionals[stack.key], family.deviations(chunk))
            nearest = (white**2).sum(axis=2).min(axis=1)  # (P, n)
            pattern, slot = np.nonzero(chunk.rows >= 0)
            far = nearest > quantile(stack.observed.shape[1])
            answer[chunk.rows[pattern, slot]] = far[pattern, slot]
        return answer


@cache
def quantile(degrees_of_freedom: int, beyond: float = OUTSIDE) -> float:
    """The x that a chi-squared variable exceeds with this probability, by bisection; infinite for no degrees."""
    if degrees_of_freedom == 0:
        return np.inf
    low, high = 0.0, 1.0
    while chi_squared_tail(high, degrees_of_freedom) > beyond:
        low, high = high, 2.0 * high
    for _ in range(60):
        middle = 0.5 * (low + high)
        if chi_squared_tail(middle, degrees_of_freedom) > beyond:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)

"""The 99.9 % region of a mixture, and which rows lie outside.

The region is the union of the components' own: a row is inside if its squared Mahalanobis distance to at least one
component is within what 99.9 % of that component's rows reach, given as many cells as the row has observed (for
normal components the 99.9 % quantile of chi-squared, for t that of F times the number of cells).  Each component
then has 99.9 % of its rows inside its own part, so that under the mixture at most one row in a thousand is outside,
whatever cells are missing, and fewer where components overlap.  No draws and no threshold on the density are needed,
which would differ from one missing pattern to the next.
"""

from __future__ import annotations

import numpy as np

from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import PIECE, own_coordinates
from emcli.data.chunk import cut
from emcli.data.rows import BoolArray, FloatArray

OUTSIDE = 0.001


class Region:
    """A mixture in data units, ready to say of rows whether they are outside its region."""

    def __init__(self, mixture: Mixture) -> None:
        self._coordinates = own_coordinates(mixture)
        possible = mixture.reordered(np.flatnonzero(mixture.weights > 0.0))
        self._family = self._coordinates.inward_mixture(possible).family

    def outside(self, values: FloatArray) -> BoolArray:
        """Which rows (n, d) in data units, NaN where missing, lie outside; one without an observed cell does not."""
        family = self._family
        answer = np.zeros(len(values), dtype=np.bool_)
        conditionals = {}
        for chunk in cut(self._coordinates.inward(values), np.ones(len(values)), PIECE):
            stack = chunk.patterns
            if stack.key not in conditionals:
                conditionals = {stack.key: family.condition(stack)}
            squared = family.squared_distances(conditionals[stack.key], family.deviations(chunk))  # (P, k, n)
            far: BoolArray = np.asarray(
                (squared > family.tail.reach(OUTSIDE, stack.observed.shape[1])[:, None]).all(axis=1)
            )
            pattern, slot = np.nonzero(chunk.rows >= 0)
            answer[chunk.rows[pattern, slot]] = far[pattern, slot]
        return answer

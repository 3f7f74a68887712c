"""Every component is round with variance 1 in the units used: only means and weights are learnt.

With soft assignment this is "soft k-means"; with hard assignment and equal weights it is k-means exactly.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from emcli.core.families.elliptical.covariances.diagonal import DIAGONAL
from emcli.core.families.elliptical.covariances.protocol import Layout
from emcli.core.model.segments import Segments
from emcli.data.rows import FloatArray


class Identity:
    """sigma^2_kj = 1."""

    name: ClassVar[str] = "identity"
    layout: ClassVar[Layout] = DIAGONAL
    invariance: ClassVar[str] = "shift"
    linear: ClassVar[bool] = True
    own_covariances: ClassVar[bool] = False
    separate: ClassVar[bool] = True
    pooled: ClassVar[str] = "diag"

    def estimate(
        self,
        scatter: FloatArray,
        counts: FloatArray,
        segments: Segments,
        previous: FloatArray | None = None,
        floor: FloatArray | None = None,
    ) -> FloatArray:
        return np.ones_like(scatter)  # whatever the scatter

    def floor(self, floor: FloatArray) -> FloatArray:
        return np.zeros_like(floor)

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return 0

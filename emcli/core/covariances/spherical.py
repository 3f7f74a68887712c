"""Every component is round, with one variance for all columns (mclust's VII)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from emcli.core.covariances.diagonal import DIAGONAL
from emcli.core.covariances.protocol import Layout
from emcli.data.table import FloatArray


class Spherical:
    """sigma^2_k = trace(S_k) / (n_k d)."""

    name: ClassVar[str] = "spherical"
    layout: ClassVar[Layout] = DIAGONAL
    invariance: ClassVar[str] = "common"
    own_covariances: ClassVar[bool] = True
    pooled: ClassVar[str] = "diag"

    def estimate(self, scatter: FloatArray, counts: FloatArray) -> FloatArray:
        variance = scatter.mean(axis=1) / counts
        return np.repeat(variance[:, None], scatter.shape[1], axis=1)

    def floor(self, floor: FloatArray) -> FloatArray:
        return np.full_like(floor, floor.max())

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return n_components

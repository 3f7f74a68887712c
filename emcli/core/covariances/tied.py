"""All components share one covariance matrix (mclust's EEE)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from emcli.core.covariances.dense import DENSE
from emcli.core.covariances.protocol import Layout
from emcli.data.table import FloatArray


class Tied:
    """Sigma = sum_k S_k / n."""

    name: ClassVar[str] = "tied"
    layout: ClassVar[Layout] = DENSE
    invariance: ClassVar[str] = "columns"
    own_covariances: ClassVar[bool] = False
    pooled: ClassVar[str] = "full"

    def estimate(self, scatter: FloatArray, counts: FloatArray) -> FloatArray:
        pooled = scatter.sum(axis=0) / counts.sum()
        return np.repeat(pooled[None], len(counts), axis=0)

    def floor(self, floor: FloatArray) -> FloatArray:
        return floor

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return n_features * (n_features + 1) // 2

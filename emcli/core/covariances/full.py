"""Every component has a covariance matrix of its own (mclust's VVV)."""

from __future__ import annotations

from typing import ClassVar

from emcli.core.covariances.dense import DENSE
from emcli.core.covariances.protocol import Layout
from emcli.data.table import FloatArray


class Full:
    """Sigma_k = S_k / n_k."""

    name: ClassVar[str] = "full"
    layout: ClassVar[Layout] = DENSE
    invariance: ClassVar[str] = "columns"
    own_covariances: ClassVar[bool] = True
    pooled: ClassVar[str] = "full"

    def estimate(self, scatter: FloatArray, counts: FloatArray) -> FloatArray:
        return scatter / counts[:, None, None]

    def floor(self, floor: FloatArray) -> FloatArray:
        return floor

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features * (n_features + 1) // 2

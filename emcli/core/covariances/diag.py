"""Every component has variances of its own and no correlations (mclust's VVI)."""

from __future__ import annotations

from typing import ClassVar

from emcli.core.covariances.diagonal import DIAGONAL
from emcli.core.covariances.protocol import Layout
from emcli.data.table import FloatArray


class Diag:
    """sigma^2_kj = S_kjj / n_k."""

    name: ClassVar[str] = "diag"
    layout: ClassVar[Layout] = DIAGONAL
    invariance: ClassVar[str] = "columns"
    own_covariances: ClassVar[bool] = True
    pooled: ClassVar[str] = "diag"

    def estimate(self, scatter: FloatArray, counts: FloatArray) -> FloatArray:
        return scatter / counts[:, None]

    def floor(self, floor: FloatArray) -> FloatArray:
        return floor

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return n_components * n_features

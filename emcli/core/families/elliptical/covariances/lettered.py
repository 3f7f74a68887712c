"""A covariance model of mclust's family, named by three letters: volume, shape and orientation of the components.

Celeux & Govaert 1995 write Sigma_k = lambda_k D_k A_k D_k' with volume lambda_k > 0, shape A_k diagonal of
determinant 1, and orientation D_k orthonormal.  Each letter says of one factor whether it is equal among the
components (E), varies (V), or is the identity (I).  The letters alone decide everything but how to estimate.

Every orthonormal D_k that is equal (third letter E) or free (V) is stored in dense matrices; I in diagonals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.families.elliptical.covariances.above_floor import Formula, Wanted, estimate_above, or_nothing
from emcli.core.families.elliptical.covariances.dense import DENSE
from emcli.core.families.elliptical.covariances.diagonal import DIAGONAL
from emcli.core.families.elliptical.covariances.protocol import Layout
from emcli.core.model.segments import Segments
from emcli.data.rows import FloatArray

LINEAR = frozenset({"EII", "VII", "EEI", "VVI", "EEE", "VVV"})


@dataclass(frozen=True)
class Lettered:
    """One of the fourteen models, under its letters or a name of its own."""

    name: str
    letters: str
    formula: Formula

    @property
    def layout(self) -> Layout:
        return DIAGONAL if self.letters[2] == "I" else DENSE

    @property
    def invariance(self) -> str:
        """A change of units of one column turns ellipsoids as it reshapes them, so shape and orientation must be both
        shared or both free; diagonals stay diagonals, and shared or free stays what it was; balls do not stay balls."""
        shape, orientation = self.letters[1], self.letters[2]
        can_follow = shape != "I" if orientation == "I" else shape == orientation
        return "columns" if can_follow else "common"

    @property
    def linear(self) -> bool:
        return self.letters in LINEAR

    @property
    def own_covariances(self) -> bool:
        return "V" in self.letters[:2]

    @property
    def separate(self) -> bool:
        return "E" not in self.letters

    @property
    def pooled(self) -> str:
        return "diag" if self.letters[2] == "I" else "full"

    def estimate(
        self,
        scatter: FloatArray,
        counts: FloatArray,
        segments: Segments,
        previous: FloatArray | None = None,
        floor: FloatArray | None = None,
    ) -> FloatArray:
        if not self.linear:
            return estimate_above(self.formula, self.layout, Wanted(scatter, counts, segments, previous), floor)
        with np.errstate(all="ignore"):
            covariances = or_nothing(self.formula(scatter, counts, segments, previous), segments)
            if floor is None:
                return covariances
            raised = self.layout.raise_to(covariances, floor)
            return raised if raised is covariances else or_nothing(raised, segments)

    def floor(self, floor: FloatArray) -> FloatArray:
        round_floor: FloatArray = floor * 0.0 + floor.max()
        return round_floor if self.letters[1] == "I" else floor

    def n_parameters(self, n_components: int, n_features: int) -> int:
        times = {"E": 1, "V": n_components, "I": 0}
        volume, shape, orientation = [times[letter] for letter in list(self.letters)]
        return volume + shape * (n_features - 1) + orientation * (n_features * (n_features - 1) // 2)

"""Parameters that a fit leaves as they are.

What is fixed stays so in every M step, which is then the best step among those that leave it alone: a scatter is taken
about a fixed mean, and the weights that are free share in proportion what the fixed ones leave.  So EM still never
goes down.  A covariance can be fixed by itself only where components have covariances of their own.

weights, means, covariances, tails  (k,)  True where a component's is fixed
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emcli.data.rows import BoolArray, IntArray

if TYPE_CHECKING:
    from emcli.core.families.elliptical.covariances import Covariance

KEYS = {"weight": "weights", "mean": "means", "covariance": "covariances", "degrees_of_freedom": "tails"}
"""The keys of a component in a model file, and what they fix; the last one in families that have it."""


@dataclass(frozen=True, eq=False)
class Fixed:
    """What is fixed, component by component."""

    weights: BoolArray
    means: BoolArray
    covariances: BoolArray
    tails: BoolArray

    @classmethod
    def from_plain(cls, components: Sequence[Mapping[str, Any]]) -> Fixed | None:
        """What the components of a model file that has been checked say under `fixed`; None if nothing is."""
        named = [component.get("fixed", ()) for component in components]
        flags = {field: np.array([key in keys for keys in named]) for key, field in KEYS.items()}
        return cls(**flags) if any(named) else None

    def to_plain(self, k: int) -> list[str]:
        """The keys that are fixed in a component."""
        return [key for key, field in KEYS.items() if getattr(self, field)[k]]

    def reordered(self, order: IntArray) -> Fixed:
        """The same components in another order, or a selection of them."""
        return Fixed(self.weights[order], self.means[order], self.covariances[order], self.tails[order])

    @property
    def wholly(self) -> BoolArray:
        """Components (k,) of which nothing is estimated but perhaps the weight: they may lose their rows."""
        return self.means & self.covariances

    def impossible(self, model: Covariance) -> bool:
        """Whether some covariances are fixed and others not although the model ties them to each other."""
        return bool(self.covariances.any() and not self.covariances.all() and not model.separate)

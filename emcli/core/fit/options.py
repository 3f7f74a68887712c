"""What shapes a fit, and what a watcher of it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emcli.core.model.mixture import Mixture
from emcli.data.membership import Beside, Labels
from emcli.data.rows import FloatArray, IntArray


@dataclass(frozen=True)
class FitOptions:
    """What shapes a fit; the defaults are those of the command line.

    init: 'auto', 'kmeans++', 'random', a Mixture in data units, responsibilities (n, k) of the rows, or their
          labels (n,) from 0, or either as `beside`.
    labels: the component (n,) from 0 of every row, -1 where it is not known; components keep these numbers.
    """

    n_components: int
    covariance: str = "full"
    family: str = "gaussian"
    noise: bool = False
    hard: bool = False
    scale: str = "none"
    prior: bool = False
    n_starts: int = 10
    init: str | Mixture | Beside | FloatArray | IntArray = "auto"
    max_iterations: int = 1000
    tolerance: float = 1e-6
    stop: str = "loglik"
    accelerate: str = "auto"
    seed: int = 0
    labels: Labels | None = None


@dataclass(frozen=True)
class Progress:
    """What a watcher of a fit is told; log_likelihood in data units."""

    phase: str
    start: int
    n_starts: int
    iteration: int
    log_likelihood: float
    predicted_gain: float
    change: float


Watch = Callable[[Progress], None]

"""The answer of a fit: the mixture, and how it came about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from emcli.core.describe.criteria import Criteria
from emcli.core.fit.search import Audit
from emcli.core.fit.stopping import StopReason
from emcli.core.fit.tracing import TracePoint
from emcli.core.judge.degeneracy import Soundness
from emcli.core.model.mixture import Mixture


@dataclass(frozen=True)
class Alternative:
    """Another optimum that was climbed to the end, beside the one that was chosen.

    log_likelihood  data units
    soundness       what speaks against it
    agreement       adjusted Rand index between its grouping of the rows and the chosen one
    moved           share of the rows that it groups differently
    """

    log_likelihood: float
    soundness: Soundness
    agreement: float
    moved: float


@dataclass(frozen=True, eq=False)
class Fitted:
    """The best mixture found, in data units, and how it came about.

    history      log-likelihood after every accepted pass on the way from the winning start to the mixture
    path         every step of the climb from the winning start: the bound there, and the mixture in data units, its
                 components numbered as in the end
    alternatives other distinct optima, by likelihood; one that is more likely than the mixture was not trusted
    objective    the classification log-likelihood of a hard fit, otherwise the log-likelihood
    """

    mixture: Mixture
    log_likelihood: float
    objective: float
    criteria: Criteria
    n_parameters: int
    n_rows: int
    n_empty_rows: int
    n_missing_cells: int
    iterations: int
    stop_reason: StopReason
    predicted_gain: float
    audit: Audit
    history: tuple[float, ...]
    alternatives: tuple[Alternative, ...]
    soundness: Soundness
    path: Callable[[], Iterator[tuple[TracePoint, Mixture]]]

    @property
    def converged(self) -> bool:
        return self.stop_reason is StopReason.TOLERANCE

    def trace(self) -> Iterator[TracePoint]:
        """The bound at every step of the climb."""
        return (point for point, _ in self.path())

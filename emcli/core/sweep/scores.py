"""One candidate of a sweep and everything that is known about it so far."""

from __future__ import annotations

from dataclasses import dataclass

from emcli.core.fit.fitted import Fitted
from emcli.core.sweep.heldout import HeldOut


@dataclass(frozen=True)
class Candidate:
    """A number of components and a covariance model; `place` is the model's place in the order asked for."""

    k: int
    covariance: str
    place: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """Where the candidate stands in the table."""
        return (self.place, self.k)


@dataclass(frozen=True, eq=False)
class Score:
    """What is known about a candidate; None where it is not known (yet), `reason` says why it never will be.

    train_per_row  log-likelihood of the fit to all rows, per row, nats
    seconds        time that its jobs took together; never part of a product
    """

    candidate: Candidate
    fitted: Fitted | None = None
    train_per_row: float | None = None
    held_out: HeldOut | None = None
    kmeans_loss: float | None = None
    reason: str = ""
    seconds: float = 0.0

    @property
    def k(self) -> int:
        return self.candidate.k

    @property
    def covariance(self) -> str:
        return self.candidate.covariance

    @property
    def at_floor(self) -> bool:
        """Whether a floor holds up a component, so that the likelihood is the floor's making."""
        return self.fitted is not None and self.fitted.soundness.at_floor

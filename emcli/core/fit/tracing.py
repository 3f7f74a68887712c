"""What EM does at every step, written down so that a reader can watch the bound at work.

For any distribution q of the unknown components, log p(X) = F(q) + KL(q || posterior), with the free energy
F(q) = E_q[log p(X, z)] + H(q).  A soft E step makes q the posterior and KL zero, so F equals the log-likelihood; a
hard one leaves a gap.  Every M step raises F (Neal & Hinton 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

from emcli.core.describe.criteria import FreeEnergy
from emcli.core.fit.climbs import Step
from emcli.core.fit.passing import Passing
from emcli.core.model.mixture import Mixture


@dataclass(frozen=True)
class TracePoint:
    """One step; likelihoods and energies in nats and data units, change in units of the data's spread."""

    iteration: int
    log_likelihood: float
    free_energy: float
    expected_log_joint: float
    entropy: float
    change: float
    predicted_gain: float


def trace_point(passing: Passing, step: Step, mixture: Mixture, log_likelihood: float, jacobian: float) -> TracePoint:
    """The bound at a step: log-likelihood and free energy are computed apart from each other."""
    joint, entropy = passing.engine.reduce(FreeEnergy(mixture, passing.assignment, passing.known)).tolist()
    return TracePoint(
        iteration=step.iteration,
        log_likelihood=log_likelihood + jacobian,
        free_energy=joint + entropy + jacobian,
        expected_log_joint=joint + jacobian,
        entropy=entropy,
        change=step.change,
        predicted_gain=step.predicted_gain,
    )

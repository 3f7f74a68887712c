"""Numbers that judge a fitted mixture: AIC, BIC, ICL, and the free energy that EM raises.

AIC = -2 L + 2 p and BIC = -2 L + p log n, lower is better (mclust prints the negative of BIC).
ICL = BIC - 2 sum_i log max_k r_ik: BIC with a penalty for rows that could belong to several components
(Biernacki, Celeux & Govaert 2000, in the form that mclust computes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emcli.core.model.assignment import ONE, Assignment, soft
from emcli.core.model.known import Known
from emcli.core.model.mixture import Mixture
from emcli.core.passes.log_joint import LogJoint
from emcli.core.rows.engine import Engine
from emcli.data.chunk import Chunk
from emcli.data.rows import FloatArray


@dataclass(frozen=True)
class Criteria:
    """Lower is better for all three."""

    bic: float
    aic: float
    icl: float


def criteria(certainty: float, n_parameters: int, log_likelihood: float, n_rows: float) -> Criteria:
    """AIC, BIC and ICL; certainty is sum_i log max_k r_ik, n_rows the sum of the row weights."""
    bic = -2.0 * log_likelihood + n_parameters * float(np.log(n_rows))
    return Criteria(bic=bic, aic=-2.0 * log_likelihood + 2.0 * n_parameters, icl=bic - 2.0 * certainty)


def certainty(engine: Engine, mixture: Mixture, counted: Callable[[Chunk], FloatArray]) -> float:
    """sum_i log max_k r_ik over all rows, each as often as it counts: `counted` says so of a chunk (P, n)."""
    return float(engine.reduce(Certainty(mixture, counted)))


class Certainty:
    """sum_i log max_k r_ik over the rows of a chunk."""

    def __init__(self, mixture: Mixture, counted: Callable[[Chunk], FloatArray]) -> None:
        self._log_joint, self._counted = LogJoint(mixture), counted

    def __call__(self, chunk: Chunk) -> float:
        responsibilities, _ = soft(self._log_joint(chunk))
        return float(np.vdot(np.log(responsibilities.max(axis=1)), self._counted(chunk)))


class FreeEnergy:
    """E_q[log p(x, z)] and the entropy H(q) over the rows of a chunk, (2,); their sum is the free energy."""

    def __init__(self, mixture: Mixture, assignment: Assignment, known: Known | None) -> None:
        self._log_joint = LogJoint(mixture)
        self._assignment, self._known = assignment, known

    def __call__(self, chunk: Chunk) -> FloatArray:
        log_joint = self._log_joint(chunk)
        possible = log_joint.copy()
        if self._known is not None:
            self._known.confine(chunk, possible)
        q, _ = self._assignment(possible, ONE)
        energy = np.where(q > 0.0, q * log_joint, 0.0).sum(axis=1)
        log_q = np.log(q, out=np.zeros_like(q), where=q > 0.0)
        return np.array([np.vdot(energy, chunk.case_weights), -np.vdot((q * log_q).sum(axis=1), chunk.case_weights)])

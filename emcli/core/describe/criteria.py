"""Numbers that judge a fitted mixture: AIC, BIC, ICL, and the free energy that EM raises.

AIC = -2 L + 2 p and BIC = -2 L + p log n, lower is better (mclust prints the negative of BIC).
ICL = BIC - 2 sum_i log max_k r_ik: BIC with a penalty for rows that could belong to several components
(Biernacki, Celeux & Govaert 2000, in the form that mclust computes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.fit.em import Climb
from emcli.core.model.assignment import ONE, soft
from emcli.core.model.mixture import Expect, Mixture
from emcli.data.chunk import Chunk
from emcli.data.table import FloatArray


@dataclass(frozen=True)
class Criteria:
    """Lower is better for all three."""

    bic: float
    aic: float
    icl: float


def criteria(climb: Climb, mixture: Mixture, log_likelihood: float, n_rows: float) -> Criteria:
    """AIC, BIC and ICL of a mixture whose log-likelihood is known; n_rows is the sum of the row weights."""
    p = mixture.n_parameters
    bic = -2.0 * log_likelihood + p * float(np.log(n_rows))
    confidence = climb.engine.reduce(Certainty(climb, mixture))
    return Criteria(bic=bic, aic=-2.0 * log_likelihood + 2.0 * p, icl=bic - 2.0 * float(confidence))


class Certainty:
    """sum_i log max_k r_ik over the rows of a chunk."""

    def __init__(self, climb: Climb, mixture: Mixture) -> None:
        self._expect = Expect(mixture, soft)

    def __call__(self, chunk: Chunk) -> float:
        responsibilities, _ = soft(self._expect.log_joint(chunk))
        return float(np.vdot(np.log(responsibilities.max(axis=1)), chunk.case_weights))


class FreeEnergy:
    """E_q[log p(x, z)] and the entropy H(q) over the rows of a chunk, (2,); their sum is the free energy."""

    def __init__(self, climb: Climb, mixture: Mixture) -> None:
        self._expect = Expect(mixture, climb.assignment)
        self._assignment = climb.assignment
        self._known = climb.known

    def __call__(self, chunk: Chunk) -> FloatArray:
        log_joint = self._expect.log_joint(chunk)
        possible = log_joint.copy()
        if self._known is not None:
            self._known.confine(chunk, possible)
        q, _ = self._assignment(possible, ONE)
        energy = np.where(q > 0.0, q * log_joint, 0.0).sum(axis=1)
        log_q = np.log(q, out=np.zeros_like(q), where=q > 0.0)
        return np.array([np.vdot(energy, chunk.case_weights), -np.vdot((q * log_q).sum(axis=1), chunk.case_weights)])

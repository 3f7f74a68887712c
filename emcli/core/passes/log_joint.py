"""log pi_k + log f_k(x) of one mixture, row by row: what is said about a row depends on no other row."""

from __future__ import annotations

import numpy as np

from emcli.core.model.mixture import Collapsed, Mixture
from emcli.core.passes.expect import Plans
from emcli.core.passes.kernels import Anchored, rows_at_once
from emcli.data.chunk import Chunk
from emcli.data.rows import FloatArray


class LogJoint:
    """The log joint densities of a mixture as a function of a chunk: (P, k, n), or (P, k + 1, n) with the background
    last.  Raises Collapsed where a covariance is not positive definite."""

    def __init__(self, mixture: Mixture) -> None:
        self._mixture = mixture
        self._plans = Plans(mixture.family)
        with np.errstate(divide="ignore"):
            self._log_weights = np.log(mixture.weights)[:, None]

    def __call__(self, chunk: Chunk) -> FloatArray:
        plan = self._plans(chunk.patterns)
        if not np.isfinite(plan.log_norms).all():
            raise Collapsed("a covariance is not positive definite")
        seen = (
            self._mixture.family.tail.see(Anchored(plan, tile), plan.log_norms, plan.n_observed)
            for tile in chunk.tiles(rows_at_once(plan.means.size))
        )
        joint = np.concatenate([one.log_density() for one in seen], axis=2)
        joint += self._log_weights
        noise = self._mixture.noise
        if noise is None:
            return joint
        with np.errstate(divide="ignore"):
            background = noise.log_density(chunk.patterns) + np.log(noise.weight)
        return np.concatenate(
            [joint, np.broadcast_to(background[:, None, None], (len(joint), 1, joint.shape[2]))], axis=1
        )

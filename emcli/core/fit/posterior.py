"""What mixtures say about the rows of a sample: responsibilities and log densities, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.fit.starts import Sample
from emcli.core.model.assignment import soft
from emcli.core.model.parameters import MixtureModel, stacked
from emcli.core.passes.expect import Expect, Run
from emcli.core.rows.engine import placed
from emcli.data.rows import FloatArray, IntArray

STANDARD_ERRORS = 4.0  # of the gap on a sample: beyond, the order of two optima does not change on all rows


@dataclass(frozen=True, eq=False)
class Posterior:
    """Of B mixtures: responsibilities (B, k, n) of the components and log densities (B, n), nats in working units."""

    responsibilities: FloatArray
    log_density: FloatArray

    @property
    def labels(self) -> IntArray:
        """The most probable component (B, n) of every row."""
        return np.asarray(self.responsibilities.argmax(axis=1))


def posteriors(model: MixtureModel, thetas: Sequence[FloatArray], sample: Sample) -> Posterior:
    """What mixtures of equally many components say about the rows."""
    stack = stacked(model, thetas)
    k = int(stack.segments.sizes[0])
    log_weights, log_shares = stack.log_weights
    family = Elliptical(stack.means, stack.covariances, model.covariance, stack.tail)
    shares = log_shares if model.has_noise else None
    expect = Expect([Run(k, log_weights.reshape(-1, k), family, model.noise, shares)], soft)
    responsibilities = np.zeros((len(thetas), k, sample.n_rows))
    densities = np.zeros((len(thetas), sample.n_rows))
    for _, chunk in placed(sample.engine.blocks):
        pattern, slot = np.nonzero(chunk.rows >= 0)
        rows = chunk.rows[pattern, slot]
        for numbers, joint in expect.joints(chunk):
            given, energy = soft(joint)
            responsibilities[numbers[:, None], :, rows] = given[pattern, :, :k, slot].swapaxes(0, 1)
            densities[numbers[:, None], rows] = energy[pattern, :, slot].T
    return Posterior(responsibilities, densities)


def posterior(model: MixtureModel, theta: FloatArray, sample: Sample) -> tuple[FloatArray, FloatArray]:
    """Responsibilities (k, n) and log densities (n,) of one mixture."""
    found = posteriors(model, [theta], sample)
    return found.responsibilities[0], found.log_density[0]


def may_overtake(model: MixtureModel, other: FloatArray, best: FloatArray, sample: Sample) -> bool:
    """Whether a mixture behind on a sample of the rows may be ahead on all of them.

    The gap is a sum of differences row by row; what a sample says of it is off by a few of its standard errors at most.
    """
    ahead, behind = posteriors(model, [best, other], sample).log_density
    differences = ahead - behind
    gap, spread = float(differences.sum()), float(differences.std())
    return gap <= STANDARD_ERRORS * spread * float(np.sqrt(len(differences)))

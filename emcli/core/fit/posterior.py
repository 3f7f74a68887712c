"""What a mixture in working units says about the rows of a ground: responsibilities and log densities, row by row."""

from __future__ import annotations

import numpy as np

from emcli.core.fit.starts import Ground
from emcli.core.model.assignment import soft
from emcli.core.model.mixture import Expect, Mixture
from emcli.core.rows.engine import placed
from emcli.data.table import FloatArray

STANDARD_ERRORS = 4.0  # of the gap on a sample: beyond, the order of two optima does not change on all rows


def posterior(mixture: Mixture, ground: Ground) -> tuple[FloatArray, FloatArray]:
    """Responsibilities (k, n) of the components and log densities (n,) of the ground's rows, nats in working units."""
    expect = Expect(mixture, soft)
    responsibilities = np.zeros((mixture.n_components, ground.n_rows))
    densities = np.zeros(ground.n_rows)
    for _, chunk in placed(ground.engine.blocks):
        given, energy = soft(expect.log_joint(chunk))
        pattern, slot = np.nonzero(chunk.rows >= 0)
        rows = chunk.rows[pattern, slot]
        responsibilities[:, rows] = given[pattern, : mixture.n_components, slot].T
        densities[rows] = energy[pattern, slot]
    return responsibilities, densities


def may_overtake(other: Mixture, best: Mixture, ground: Ground) -> bool:
    """Whether a mixture behind on a sample of the rows may be ahead on all of them.

    The gap is a sum of differences row by row; what a sample says of it is off by a few of its standard errors at most.
    """
    differences = posterior(best, ground)[1] - posterior(other, ground)[1]
    gap, spread = float(differences.sum()), float(differences.std())
    return gap <= STANDARD_ERRORS * spread * float(np.sqrt(len(differences)))

"""What a mixture says about rows: responsibilities, log densities, labels.

Rows with missing cells are judged by their observed cells; a row with nothing observed gets the weights of the
mixture as responsibilities and log density 0.  What is said about a row depends on no other row, to the last bit:
rows are evaluated in coordinates taken from the mixture, and in pieces padded to whole registers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.model.assignment import soft
from emcli.core.model.mixture import Mixture
from emcli.core.passes.log_joint import LogJoint
from emcli.core.rows.coordinates import Coordinates
from emcli.data.chunk import Chunk, cut
from emcli.data.rows import FloatArray, IntArray

PIECE = 1024
"""Rows evaluated together, at most."""

LANES = 16
"""Matrix products treat the last columns of a matrix differently from the others if these do not fill a register.
A multiple of 16 columns fills it on every processor tried; then all rows are rounded alike."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """responsibilities (n, k), or (n, k + 1) with the background last, rows sum to 1; log_density (n,), nats, in data
    units; n_components k."""

    responsibilities: FloatArray
    log_density: FloatArray
    n_components: int

    @property
    def labels(self) -> IntArray:
        """The most probable component (n,), from 0; ties go to the first.  -1 is the background."""
        best = np.asarray(self.responsibilities.argmax(axis=1))
        return np.where(best < self.n_components, best, -1)


class Evaluator:
    """A mixture in data units, ready to evaluate any number of rows."""

    def __init__(self, mixture: Mixture) -> None:
        self._coordinates = own_coordinates(mixture)
        self._mixture = self._coordinates.inward_mixture(mixture)
        self._log_joint = LogJoint(self._mixture)

    @property
    def has_noise(self) -> bool:
        """Whether there is a background, whose responsibilities come last."""
        return self._mixture.noise is not None

    def __call__(self, values: FloatArray) -> Evaluation:
        """Evaluate rows (n, d) in data units, NaN where missing."""
        working = self._coordinates.inward(values)
        k = self._mixture.n_components
        responsibilities = np.empty((len(values), k + self.has_noise))
        log_density = np.empty(len(values))
        for chunk in cut(working, np.ones(len(values)), PIECE):
            r, energy = soft(self._log_joint(padded(chunk)))
            pattern, slot = np.nonzero(chunk.rows >= 0)
            rows = chunk.rows[pattern, slot]
            responsibilities[rows] = r[pattern, :, slot]
            log_density[rows] = energy[pattern, slot]
        cells = ~np.isnan(values)
        return Evaluation(responsibilities, log_density - (cells * np.log(self._coordinates.scale)).sum(axis=1), k)


def padded(chunk: Chunk) -> Chunk:
    """The chunk with empty slots appended up to a multiple of LANES."""
    n_patterns, o, n = chunk.values.shape
    width = -(-n // LANES) * LANES
    values = np.zeros((n_patterns, o, width))
    values[:, :, :n] = chunk.values
    return Chunk(chunk.patterns, values, np.zeros((n_patterns, width)), chunk.rows)


def own_coordinates(mixture: Mixture) -> Coordinates:
    """Centre and spread of the columns under the mixture itself."""
    family = mixture.family
    mean = mixture.shares @ family.means
    within = mixture.shares @ family.model.layout.diagonal(family.covariances)
    between = mixture.shares @ (family.means - mean) ** 2
    return Coordinates(mean, np.sqrt(within + between))


def evaluate(mixture: Mixture, values: FloatArray) -> Evaluation:
    """What the mixture says about rows (n, d) in data units, NaN where missing."""
    return Evaluator(mixture)(values)


def entropy(responsibilities: FloatArray) -> FloatArray:
    """Entropy (n,) of responsibilities (n, k), nats."""
    logs = np.log(responsibilities, out=np.zeros_like(responsibilities), where=responsibilities > 0.0)
    return np.asarray(0.0 - (responsibilities * logs).sum(axis=1))

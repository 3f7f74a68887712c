"""Rows whose component is known before the fit: semi-supervised clustering.

A known row belongs to its component with certainty.  It enters the likelihood with that component's log joint density
alone, log pi_k + log f_k(x); all else about EM stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.chunk import Chunk
from emcli.data.membership import Labels
from emcli.data.rows import FloatArray, IntArray

UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Known:
    """labels  (n,)  the component of every row, from 0; UNKNOWN where it is not known."""

    labels: Labels

    def among(self, rows: IntArray) -> Known:
        """What is known of some of the rows, by position."""
        return Known(self.labels[rows])

    def confine(self, chunk: Chunk, log_joint: FloatArray) -> None:
        """Rule out the other components in the log joint densities (P, ..., k, n) of a chunk, in place."""
        labels = np.where(chunk.rows >= 0, self.labels[chunk.rows], UNKNOWN)[:, None]
        others = (labels != UNKNOWN) & (labels != np.arange(log_joint.shape[-2])[:, None])
        np.copyto(log_joint, -np.inf, where=others if log_joint.ndim == 3 else others[:, None])

    def settle(self, rows: IntArray, responsibilities: FloatArray) -> FloatArray:
        """Responsibilities (P, B, k, n) of rows (P, n) with the known ones wholly where they belong."""
        labels = self.labels[rows][:, None, None]
        mine = labels == np.arange(responsibilities.shape[2])[:, None]
        return np.where(labels != UNKNOWN, mine, responsibilities)

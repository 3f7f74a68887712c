"""From log joint densities to responsibilities: the only difference between soft and hard clustering.

Both maximise the same free energy F(q) = E_q[log p(x, z)] + H(q) over q, the distribution of the unknown
component z (Neal & Hinton 1998).  Left free, the best q is the posterior and F the log-likelihood; restricted to
one component with certainty, it is the most probable component and F its log joint density.

log_joint     (..., k, n)  of k components, or of k - 1 and the background behind them, and n rows
case_weights  (..., n)     how often each row counts
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from emcli.data.rows import FloatArray

ONE = np.ones((1, 1))

Assignment: TypeAlias = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(log joint, case weights) -> (responsibilities times case weights (..., k, n), free energy per row (..., n)); may
overwrite the log joint."""


def soft(log_joint: FloatArray, case_weights: FloatArray = ONE) -> tuple[FloatArray, FloatArray]:
    """The posterior, by log-sum-exp: rows far from every component get finite answers."""
    top = log_joint.max(axis=-2, keepdims=True)
    np.subtract(log_joint, top, out=log_joint)
    np.exp(log_joint, out=log_joint)
    total = log_joint.sum(axis=-2, keepdims=True)
    np.multiply(log_joint, case_weights[..., None, :] / total, out=log_joint)
    return log_joint, (np.log(total) + top)[..., 0, :]


def hard(log_joint: FloatArray, case_weights: FloatArray = ONE) -> tuple[FloatArray, FloatArray]:
    """All of a row to its most probable component; ties go to the first."""
    best = log_joint.argmax(axis=-2)[..., None, :]
    energy = np.take_along_axis(log_joint, best, axis=-2)[..., 0, :]
    responsibilities = np.zeros_like(log_joint)
    np.put_along_axis(responsibilities, best, case_weights[..., None, :], axis=-2)
    return responsibilities, energy

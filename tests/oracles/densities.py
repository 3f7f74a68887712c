"""Log-likelihoods of Gaussian mixtures by scipy.stats and by plain formulas: none of the program's code."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from emcli.data.rows import FloatArray


def joint_densities(weights: FloatArray, means: FloatArray, matrices: FloatArray, values: FloatArray) -> FloatArray:
    """log weight + log density (n, k) of the observed cells of rows (n, d), pattern by pattern."""
    joint = np.tile(np.log(weights), (len(values), 1))
    observed = ~np.isnan(values)
    for pattern in np.unique(observed[observed.any(axis=1)], axis=0):
        mine = (observed == pattern).all(axis=1)
        cells = values[np.ix_(mine, pattern)]
        for k, (mean, matrix) in enumerate(zip(means, matrices, strict=True)):
            joint[mine, k] += multivariate_normal(mean[pattern], matrix[np.ix_(pattern, pattern)]).logpdf(cells)
    return joint


def log_densities(weights: FloatArray, means: FloatArray, matrices: FloatArray, values: FloatArray) -> FloatArray:
    """Log density (n,) of every row."""
    return np.asarray(logsumexp(joint_densities(weights, means, matrices, values), axis=1))

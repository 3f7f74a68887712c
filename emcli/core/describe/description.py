"""What a mixture looks like to a reader: which columns set a component apart, which components overlap.

The standardised difference of component k in column j is (mu_kj - mu_j) / s_j, where mu_j and s_j are mean and
standard deviation of the column under the other components together: by how many of their spreads the component
stands off.  The overlap of two components is the Bhattacharyya coefficient of their densities, 1 for equal ones and
near 0 for components that share no rows:

    rho = (|A| |B|)^(1/4) / |(A + B)/2|^(1/2) exp(-1/8 d' ((A + B)/2)^-1 d),  d = mu_a - mu_b

For heavy tails both are those of normal components with the same centres and scale matrices.
"""

from __future__ import annotations

import numpy as np

from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import own_coordinates
from emcli.data.rows import FloatArray


def spreads(mixture: Mixture) -> FloatArray:
    """Standard deviations (k, d) of the columns inside each component, column units; scales where tails are heavy."""
    family = mixture.family
    return np.sqrt(family.model.layout.diagonal(family.covariances))


def distinctiveness(mixture: Mixture) -> FloatArray:
    """Standardised differences (k, d) of each component from the others together; 0 if there is only one."""
    means, variances = mixture.family.means, spreads(mixture) ** 2
    k = len(means)
    if k == 1:
        return np.zeros_like(means)
    rest = mixture.weights * (1.0 - np.eye(k)) + 1e-300
    rest /= rest.sum(axis=1, keepdims=True)
    centre = rest @ means
    between = np.einsum("kl,klj->kj", rest, (means[None] - centre[:, None]) ** 2)
    return np.asarray((means - centre) / np.sqrt(rest @ variances + between))


def gaps(mixture: Mixture) -> FloatArray:
    """Differences (k, k, d) of the components' means, second minus first, in pooled standard deviations."""
    means, variances = mixture.family.means, spreads(mixture) ** 2
    return np.asarray((means[None] - means[:, None]) / np.sqrt(0.5 * (variances[None] + variances[:, None])))


def overlap(mixture: Mixture) -> FloatArray:
    """Bhattacharyya coefficients (k, k) between the components, 1 on the diagonal."""
    return np.asarray(np.exp(-bhattacharyya_distances(mixture, mixture)))


def bhattacharyya_distances(one: Mixture, other: Mixture) -> FloatArray:
    """-log rho (a, b) between the components of two mixtures of the same columns: 0 for equal ones, no upper bound."""
    coordinates = own_coordinates(one)
    a, b = (coordinates.inward_mixture(mixture).family for mixture in (one, other))
    first, second = (family.model.layout.dense(family.covariances) for family in (a, b))
    log_dets = [np.linalg.slogdet(matrices)[1] for matrices in (first, second)]
    table = np.empty((a.n_components, b.n_components))
    for i, j in np.ndindex(table.shape):
        middle = 0.5 * (first[i] + second[j])
        d = a.means[i] - b.means[j]
        distance = d @ np.linalg.solve(middle, d) / 8.0
        table[i, j] = distance + 0.5 * np.linalg.slogdet(middle)[1] - 0.25 * (log_dets[0][i] + log_dets[1][j])
    return np.maximum(table, 0.0)

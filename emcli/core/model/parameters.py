"""The parameters of a mixture as one vector and back: what acceleration extrapolates.

theta  log weights (that of the background last, if there is one), means, covariances as stored, and the parameters
       of the tails, in working coordinates
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emcli.core.families import Elliptical
from emcli.core.model.mixture import STARVED, Mixture
from emcli.data.table import FloatArray


def pack(mixture: Mixture) -> FloatArray:
    """The parameters as one vector."""
    family = mixture.family
    weights = np.log(np.maximum(mixture.weights, np.finfo(float).tiny))
    if mixture.noise is not None:
        weights = np.append(weights, np.log(max(mixture.noise.weight, np.finfo(float).tiny)))
    parts = [weights, family.means.ravel(), family.covariances.ravel(), family.tail.parameters]
    return np.concatenate(parts)


def unpack(theta: FloatArray, like: Mixture) -> Mixture | None:
    """The mixture with these parameters, or None if they make none or lie below the floor."""
    family, n_weights = like.family, like.n_components + (like.noise is not None)
    if not np.isfinite(theta).all():
        return None
    weights = np.exp(theta[:n_weights] - theta[:n_weights].max())
    weights /= weights.sum()
    background, weights = float(weights[like.n_components :].sum()), weights[: like.n_components]
    means, covariances, tail = np.split(theta[n_weights:], np.cumsum([family.means.size, family.covariances.size]))
    candidate = covariances.reshape(family.covariances.shape)
    layout = family.model.layout
    floor = family.floor if family.floor is not None else layout.from_dense(np.zeros((family.n_features,) * 2))
    free = slice(None) if like.fixed is None else ~like.fixed.covariances  # what is fixed may lie below the floor
    if not weights.min() > STARVED or not layout.above(candidate[free], floor):
        return None
    if not family.model.linear:
        candidate = onto_model(family, candidate, weights)
        if not layout.above(candidate[free], floor):
            return None
    moved = replace(family, means=means.reshape(family.means.shape), covariances=candidate, tail=family.tail.at(tail))
    if like.equal_weights:
        return replace(like, family=moved).keeping(like)
    noise = None if like.noise is None else replace(like.noise, weight=background)
    return replace(like, weights=weights, noise=noise, family=moved).keeping(like)


def onto_model(family: Elliptical, covariances: FloatArray, weights: FloatArray) -> FloatArray:
    """The covariances of the family's model that an M step would make of scatters like these.

    Extrapolated entries of a model that is not a linear space are outside of it.
    """
    scatter = covariances * weights.reshape((-1,) + (1,) * (covariances.ndim - 1))
    return family.model.estimate(scatter, weights, family.covariances)

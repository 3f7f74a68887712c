"""One mixture, where a pass answers many: its E step, the kind of mixture that it is, and the steps of its climb."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.fit.asking import Question, answered
from emcli.core.fit.climbs import Climbing, Step
from emcli.core.model.assignment import Assignment, soft
from emcli.core.model.known import Known
from emcli.core.model.mixture import Mixture
from emcli.core.model.parameters import MixtureModel
from emcli.core.passes.expect import Expect, Run
from emcli.data.rows import FloatArray


def run_of(mixture: Mixture) -> Run:
    """A run of this mixture alone."""
    with np.errstate(divide="ignore"):
        log_weights = np.log(mixture.weights)[None]
        log_shares = None if mixture.noise is None else np.log([mixture.noise.weight])
    return Run(mixture.n_components, log_weights, mixture.family, mixture.noise, log_shares)


def e_step(mixture: Mixture, assignment: Assignment = soft, known: Known | None = None) -> Expect:
    """The E step of a mixture by itself."""
    return Expect([run_of(mixture)], assignment, known)


def model_of(mixture: Mixture, floor: FloatArray | None = None) -> MixtureModel:
    """The kind of mixture that this one is, in the units that it is in, for rows of size about 1."""
    family = mixture.family
    whole = covariance_named(family.model.pooled)
    identity = whole.layout.from_dense(np.eye(family.n_features))
    return MixtureModel(
        family.model,
        type(family.tail),
        Elliptical(np.zeros((1, family.n_features)), identity[None], whole),
        floor,
        noise=mixture.noise,
        equal_weights=mixture.equal_weights,
        fixed=mixture.fixed,
    )


def walked(climbing: Climbing) -> Iterator[Step]:
    """The steps of a climb, whose questions are answered."""
    answer = None
    while True:
        item = climbing.send(answer)
        answer = answered([item])[0] if isinstance(item, Question) else None
        if isinstance(item, Step):
            yield item

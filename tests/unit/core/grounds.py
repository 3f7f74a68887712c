"""Problems on small tables, for the tests of what happens inside a fit."""

from __future__ import annotations

import numpy as np

from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.problem import Problem
from emcli.core.fit.starts import StartContext
from emcli.core.model.assignment import soft
from emcli.core.model.mixture import Mixture
from emcli.core.rows.engine import Serial
from emcli.core.rows.survey import survey
from emcli.data.blocks import gathered, in_blocks
from emcli.data.rows import FloatArray


def problem(values: FloatArray, k: int = 2, weights: FloatArray | None = None) -> Problem:
    """Rows in working coordinates, for mixtures of so many components at most."""
    rows = in_blocks(values, np.ones(len(values)) if weights is None else weights)
    return Problem(
        rows,
        survey(rows),
        n_components=k,
        make_engine=Serial,
        names=[f"c{j + 1}" for j in range(values.shape[1])],
    )


def context(here: Problem, covariance: str = "full") -> StartContext:
    """All rows of a problem as a place to make starts on."""
    return StartContext(here.everything, here.model(COVARIANCES[covariance]), here.passing(soft))


def working(here: Problem) -> FloatArray:
    """The rows (n, d) of a problem in working coordinates."""
    return gathered(here.working).values


def clusters(n: int = 60, d: int = 2, k: int = 2, apart: float = 4.0, seed: int = 0) -> FloatArray:
    """Rows (n, d) in k round clusters."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) + apart * rng.normal(size=(k, d))[np.arange(n) % k]


def mixture(weights: list[float], means: object, covariances: object, covariance: str = "full") -> Mixture:
    """A mixture from lists."""
    family = Elliptical(np.array(means, dtype=float), np.array(covariances, dtype=float), COVARIANCES[covariance])
    return Mixture(np.array(weights), family)

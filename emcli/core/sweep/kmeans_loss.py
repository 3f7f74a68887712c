"""What k-means minimises, beside the likelihoods: the example of a criterion that cannot choose k.

The loss is the sum over rows of the squared distance to the nearest centre, every column divided by its standard
deviation (in data units the column with the largest numbers would be all that counts), over the cells that are
observed.  One more centre can only shorten distances, so the loss falls until every row has a centre of its own.

k-means is hard EM with equal, fixed, round components, and is run as that.  To keep the computed loss falling, and
not just the ideal one, the centres for k start from those for fewer plus the rows farthest from them: already that
start is no worse, and hard EM never raises the loss.  Fresh starts are tried as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np

from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.fit.asking import Asking, together
from emcli.core.fit.fitting import Fit
from emcli.core.fit.options import FitOptions
from emcli.core.fit.problem import Problem
from emcli.core.judge.identification import check_rows
from emcli.core.model.mixture import Mixture
from emcli.data.blocks import Blocks
from emcli.data.rows import FloatArray, Numbers
from emcli.errors import CannotFit

FRESH_STARTS = 3  # polished fresh starts beside the one that grows from fewer centres


@dataclass(frozen=True, eq=False)
class Centres:
    """k centres as a mixture of equal round components, in data units, and their loss."""

    mixture: Mixture
    loss: float


def losses(
    problem: Problem,
    options: FitOptions,
    ks: Sequence[int],
    take: Callable[[Centres], None],
    out_of_time: Callable[[], bool] = lambda: False,
) -> Asking[None]:
    """The best centres found for each of the numbers, ascending; `take` hears of them, each no worse than the last."""
    fewer: Centres | None = None
    for k in ks:
        if out_of_time():
            return
        try:
            fewer = yield from kmeans(problem, k, fewer, options)
        except CannotFit:
            continue
        take(fewer)


def kmeans(problem: Problem, k: int, fewer: Centres | None, options: FitOptions) -> Asking[Centres]:
    """The best centres found for k, never worse than `fewer`; raises CannotFit where k rows do not differ."""
    options = replace(
        options,
        n_components=k,
        covariance="identity",
        family="gaussian",
        noise=False,
        hard=True,
        scale="std",
        prior=False,
        init="auto",
        n_starts=FRESH_STARTS,
        labels=None,
    )
    check_rows(problem.working, problem.found, k, covariance_named("identity"), problem.names)
    used = problem.rows
    askers = [Fit(problem, options).run()]
    if fewer is not None and k > 1:
        askers.append(Fit(problem, replace(options, init=with_farthest(fewer.mixture, used, k))).run())
    found = yield from together(askers)
    centres = [Centres(fitted.mixture, loss(fitted.mixture, used)) for fitted in found]
    return min(centres, key=lambda centre: centre.loss)


def squared_distances(mixture: Mixture, values: FloatArray) -> FloatArray:
    """Squared distances (n, k) of rows to centres over the observed cells, columns in standard deviations."""
    family = mixture.family
    distances = np.zeros((len(values), mixture.n_components))
    for k in range(mixture.n_components):
        deviations = values - family.means[k]
        distances[:, k] = np.nansum(deviations**2 / family.covariances[k], axis=1)
    return distances


def loss(mixture: Mixture, rows: Blocks) -> float:
    """The within-cluster sum of squares."""
    return sum(rows.map(Loss(mixture)))


@dataclass(frozen=True, eq=False)
class Loss:
    """The within-cluster sum of squares of a block."""

    mixture: Mixture

    def __call__(self, numbers: Numbers) -> float:
        return float(squared_distances(self.mixture, numbers.values).min(axis=1) @ numbers.case_weights)


def with_farthest(fewer: Mixture, rows: Blocks, k: int) -> Mixture:
    """The centres and, until there are k, the row farthest from all of them; gaps filled from its nearest centre."""
    mixture = fewer
    while mixture.n_components < k:
        _, centre = max(rows.map(Farthest(mixture)), key=itemgetter(0))
        family = mixture.family
        family = replace(
            family,
            means=np.vstack([family.means, centre]),
            covariances=np.vstack([family.covariances, family.covariances[:1]]),
        )
        n = mixture.n_components + 1
        mixture = replace(mixture, weights=np.full(n, 1.0 / n), family=family)
    if mixture.n_components > k:
        raise CannotFit(f"{mixture.n_components} centres cannot become {k}")
    return mixture


@dataclass(frozen=True, eq=False)
class Farthest:
    """The row of a block that is farthest from all centres, by its distance and weight: how far, and the row (d,)."""

    mixture: Mixture

    def __call__(self, numbers: Numbers) -> tuple[float, FloatArray]:
        if not numbers.n_rows:
            return -np.inf, np.empty(0)
        distances = squared_distances(self.mixture, numbers.values)
        far = distances.min(axis=1) * numbers.case_weights
        row = int(far.argmax())
        nearest = self.mixture.family.means[int(distances[row].argmin())]
        return float(far[row]), np.where(np.isnan(numbers.values[row]), nearest, numbers.values[row])

"""How far rows have moved from the rows of a fit, with the error that chance alone would make.

A change of a mean is compared with its standard error, in which both sides are samples: for log densities and
cells from the spreads on both sides, for shares of rows (outside, missing) and of components from the pooled share p,
sqrt(p (1 - p) (1 / n_1 + 1 / n_2)).

Rows that a model was fitted to are more likely under it than others: with p parameters and n rows, another sample of
the same population scores about p / n nats per row lower (half of it because the fit leans towards its own rows, half
because it misses the truth; AIC rests on the same figure).  So a fall of the log-likelihood by up to p / n is no sign
of drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

from emcli.core.describe.portrait import Portrait

NOTABLE = 3.0
"""Standard errors from which on a change is called one: by chance one in 370."""


@dataclass(frozen=True)
class Shift:
    """A mean in the fit and now.  `expected` is the change to be expected without any drift, at most 0.

    measure  log_likelihood_per_row, outside, share, missing or mean
    which    the component (of share) or the column (of missing and mean), from 0; otherwise None
    fit      None where the model file does not tell; the change and its error are then unknown as well
    """

    measure: str
    which: int | None
    fit: float | None
    now: float
    standard_error: float | None
    expected: float = 0.0

    @property
    def change(self) -> float | None:
        return None if self.fit is None else self.now - self.fit

    @property
    def notable(self) -> bool:
        """Whether the change is beyond what chance would do."""
        if self.change is None or self.standard_error is None:
            return False
        beyond = max(self.change, self.expected - self.change)
        return beyond > NOTABLE * self.standard_error and beyond > 1e-9 * max(1.0, abs(self.now))


def shifts(fit: Portrait, now: Portrait, expected: float) -> Iterator[Shift]:
    """Every measure, the log-likelihood first."""
    error = sqrt(fit.density[1] ** 2 / fit.n + now.density[1] ** 2 / now.n)
    yield Shift("log_likelihood_per_row", None, fit.density[0], now.density[0], error, expected)
    yield Shift("outside", None, fit.outside, now.outside, of_share(fit.outside, fit.n, now.outside, now.n))
    for k, (one, other) in enumerate(zip(fit.shares.tolist(), now.shares.tolist(), strict=True)):
        yield Shift("share", k, one, other, of_share(one, fit.n, other, now.n))
    for j, (one, other) in enumerate(zip(fit.missing.tolist(), now.missing.tolist(), strict=True)):
        yield Shift("missing", j, one, other, of_share(one, fit.every, other, now.every))
    for j, (one, other) in enumerate(zip(fit.means.tolist(), now.means.tolist(), strict=True)):
        there = (fit.every * (1.0 - fit.missing[j]), now.every * (1.0 - now.missing[j]))
        if min(there) > 0.0:
            variances = (fit.deviations[j] ** 2, now.deviations[j] ** 2)
            spread = sum(float(variance / n) for variance, n in zip(variances, there, strict=True))
            yield Shift("mean", j, one, other, sqrt(spread))


def of_share(one: float, n_one: float, other: float, n_other: float) -> float:
    """Standard error of a difference of two shares, under the hypothesis that they are equal."""
    pooled = min(max((one * n_one + other * n_other) / (n_one + n_other), 0.0), 1.0)
    return sqrt(pooled * (1.0 - pooled) * (1.0 / n_one + 1.0 / n_other))

"""A conjugate prior as statistics of rows that were never seen (Fraley & Raftery 2007).

It says, weakly, that a component's mean is somewhere in the data (mu_k given Sigma_k normal about the overall mean,
worth 0.01 rows) and that its covariance is that of the data, shrunk so that k components fill the same volume
(inverse Wishart, or inverse gamma for diagonal models).  Added to the statistics of the rows, it turns the M step into
the step to the posterior mode, for every covariance model; log prior + log-likelihood never falls.  A component can
then not shrink to nothing, so the answer is regular, but it is no longer the maximum-likelihood one.

With nu = d + 2 and S the data's covariance divided by k^(2/d), the log density is up to a constant
    -1/2 sum_k [ c log|Sigma_k| + tr Sigma_k^-1 (Lambda + kappa (mu_k - mu)(mu_k - mu)') ]
where for matrices Lambda = S, c = nu + d + 2; for diagonals Lambda = diag S, c = nu + 3; and where one variance stands
for m columns, Lambda and c - 1 are an m-th of that.  A covariance that all components share is believed in once,
not k times.  (Fraley & Raftery take one variance for all columns of diagonal models; one per column does not depend on
the units.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emcli.core.families.elliptical.covariances import Covariance
from emcli.core.families.elliptical.covariances.above_floor import misfit
from emcli.core.model.expectation import Expectation
from emcli.core.model.mixture import Mixture
from emcli.data.table import FloatArray

MEAN_ROWS = 0.01  # kappa
EXTRA_FREEDOM = 2  # nu - d


@dataclass(frozen=True, eq=False)
class Prior:
    """What is believed of every component before a row is seen.

    mean            (d,)              mu
    scatter         (d, d) or (d,)    Lambda, as the model's scatters
    scatter_rows                      c - 1
    """

    mean: FloatArray
    scatter: FloatArray
    scatter_rows: float

    def added(self, mixture: Mixture, expectation: Expectation) -> Expectation:
        """The statistics with those of the prior, and the log-likelihood with its log density."""
        family, k = mixture.family, mixture.n_components
        layout = family.model.layout
        away = self.mean - family.means
        pull = layout.from_dense(MEAN_ROWS * away[:, :, None] * away[:, None, :])
        believed = self.scatter + pull
        rows = np.full(k, self.scatter_rows + 1.0)
        log_density = -0.5 * misfit(layout, family.covariances, believed, rows)
        return replace(
            expectation,
            log_likelihood=expectation.log_likelihood + log_density,
            sums=expectation.sums + MEAN_ROWS * away,
            scatter=expectation.scatter + believed,
            extra_mean_rows=expectation.extra_mean_rows + MEAN_ROWS,
            extra_scatter_rows=expectation.extra_scatter_rows + rows,
        )


def weak_prior(model: Covariance, pooled: Mixture, k: int) -> Prior:
    """The prior for k components under a model, from the one normal distribution of all rows."""
    family = pooled.family
    d = family.n_features
    spread = model.layout.as_scatter(family.covariances)[0] / k ** (2.0 / d)
    freedom = d + EXTRA_FREEDOM
    rows = freedom + d + 1.0
    if not model.layout.joint_columns:
        columns_per_variance = d / max(model.n_parameters(1, d), 1)
        spread, rows = spread / columns_per_variance, (freedom + 2.0) / columns_per_variance
    shared = model.n_parameters(k, d) == model.n_parameters(1, d)
    share = 1.0 / k if shared else 1.0
    return Prior(family.means[0], share * spread, share * rows)

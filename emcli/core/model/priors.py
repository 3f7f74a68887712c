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

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.families.elliptical.covariances import Covariance, Layout
from emcli.core.model.expectation import Expectation
from emcli.core.model.segments import Segments
from emcli.data.rows import FloatArray

MEAN_ROWS = 0.01  # kappa
EXTRA_FREEDOM = 2  # nu - d


@dataclass(frozen=True, eq=False)
class Prior:
    """What is believed of every component before a row is seen.

    mean          (d,)            mu
    scatter       (d, d) or (d,)  Lambda of a mixture of one component, as the model's scatters
    scatter_rows                  c - 1 of such a mixture
    shared                        whether all components have one covariance
    """

    mean: FloatArray
    scatter: FloatArray
    scatter_rows: float
    shared: bool

    def added(
        self, means: FloatArray, covariances: FloatArray, segments: Segments, layout: Layout, of: Expectation
    ) -> Expectation:
        """The expectation with the statistics of the prior, and the log-likelihoods with its log density."""
        sizes = segments.sizes.astype(np.float64)
        share = 1.0 / sizes if self.shared else np.ones(len(sizes))
        volume = segments.each(share * sizes ** (-2.0 / len(self.mean)))
        away = self.mean - means
        pull = layout.from_dense(MEAN_ROWS * away[:, :, None] * away[:, None, :])
        believed = self.scatter * volume.reshape((-1,) + (1,) * self.scatter.ndim) + pull
        rows = segments.each(share) * self.scatter_rows + 1.0
        log_density = -0.5 * segments.total(misfits(layout, covariances, believed, rows))
        return replace(
            of,
            log_likelihood=of.log_likelihood + log_density,
            sums=of.sums + MEAN_ROWS * away,
            scatter=of.scatter + believed,
            extra_mean_rows=of.extra_mean_rows + MEAN_ROWS,
            extra_scatter_rows=of.extra_scatter_rows + rows,
        )


def misfits(layout: Layout, covariances: FloatArray, scatter: FloatArray, counts: FloatArray) -> FloatArray:
    """n log|Sigma| + tr(S Sigma^-1) of every component (C,): what an M step makes small in total."""
    matrices = layout.dense(covariances)
    inverses = layout.from_dense(np.asarray(np.linalg.inv(matrices), dtype=np.float64))
    traces = (inverses * scatter).reshape(len(counts), -1).sum(axis=1)
    return np.asarray(counts * np.linalg.slogdet(matrices)[1] + traces)


def weak_prior(model: Covariance, pooled: Elliptical) -> Prior:
    """The prior under a model, from the one normal distribution of all rows."""
    d = pooled.n_features
    spread = model.layout.as_scatter(pooled.covariances)[0]
    freedom = d + EXTRA_FREEDOM
    rows = freedom + d + 1.0
    if not model.layout.joint_columns:
        columns_per_variance = d / max(model.n_parameters(1, d), 1)
        spread, rows = spread / columns_per_variance, (freedom + 2.0) / columns_per_variance
    return Prior(pooled.means[0], spread, rows, shared=model.n_parameters(2, d) == model.n_parameters(1, d))

"""One answer from several completed tables: Rubin's rules.

An analysis of table m gives an estimate Q_m and its squared standard error U_m.  The pooled estimate is the mean of
the Q_m; its variance is the mean of the U_m (what is known of the rows) plus (1 + 1/M) times the variance of the Q_m
(what the missing cells add).  Intervals use Student's t with the degrees of freedom of Rubin (1987), brought
down to those of the complete analysis by Barnard & Rubin (1999).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.statistics.tail_areas import student_quantile, student_tail
from emcli.data.rows import FloatArray

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Estimates:
    """The answer of one completed table: estimates (p,), squared standard errors (p,), degrees of freedom."""

    values: FloatArray
    variances: FloatArray
    degrees_of_freedom: float


@dataclass(frozen=True)
class Pooled:
    """One pooled estimate; missing_information is the share of the information lost to missing cells."""

    estimate: float
    standard_error: float
    degrees_of_freedom: float
    low: float
    high: float
    p_value: float
    missing_information: float


def pool(analyses: list[Estimates]) -> list[Pooled]:
    """The pooled estimates of at least two analyses of the same form."""
    values = np.array([analysis.values for analysis in analyses])
    within = np.array([analysis.variances for analysis in analyses]).mean(axis=0)
    between = values.var(axis=0, ddof=1)
    complete = analyses[0].degrees_of_freedom
    return [_pooled(*one, len(values), complete) for one in zip(values.mean(axis=0), within, between, strict=True)]


def _pooled(estimate: float, within: float, between: float, n_tables: int, complete: float) -> Pooled:
    added = (1.0 + 1.0 / n_tables) * between
    variance = within + added
    share = added / variance if variance > 0.0 else 0.0
    freedom = _degrees_of_freedom(share, n_tables, complete)
    error = float(np.sqrt(variance))
    half = student_quantile(1.0 - CONFIDENCE, freedom) * error
    ratio = added / within if within > 0.0 else float("inf")
    information = (ratio + 2.0 / (freedom + 3.0)) / (ratio + 1.0) if np.isfinite(ratio) and added > 0.0 else share
    p_value = student_tail(estimate / error, freedom) if error > 0.0 else float(estimate == 0.0)
    return Pooled(
        float(estimate), error, freedom, float(estimate - half), float(estimate + half), p_value, float(information)
    )


def _degrees_of_freedom(share: float, n_tables: int, complete: float) -> float:
    """Barnard & Rubin's: share is the part of the variance that the missing cells add."""
    observed = (complete + 1.0) / (complete + 3.0) * complete * (1.0 - share)
    if share <= 0.0:
        return observed
    old = (n_tables - 1.0) / share**2
    return old * observed / (old + observed) if observed > 0.0 else old


def column_means(values: FloatArray, weights: FloatArray) -> Estimates:
    """Means (d,) of a completed table (n, d) whose rows count as often as weights (n,) say."""
    total = float(weights.sum())
    means = weights @ values / total
    variances = weights @ (values - means) ** 2 / (total - 1.0)
    return Estimates(means, variances / total, total - 1.0)


def regression(response: FloatArray, predictors: FloatArray, weights: FloatArray) -> Estimates:
    """Least squares of response (n,) on an intercept and predictors (n, p): p + 1 coefficients.

    Raises numpy's LinAlgError where the predictors are collinear.
    """
    design = np.column_stack([np.ones(len(response)), predictors])
    root = np.sqrt(weights)[:, None]
    size = np.abs(design).max(axis=0)
    q, r = np.linalg.qr(root * design / size)
    if np.abs(np.diagonal(r)).min() < 1e-10 * np.abs(np.diagonal(r)).max():
        raise np.linalg.LinAlgError("collinear predictors")
    inverse = np.linalg.inv(r)
    coefficients = inverse @ (q.T @ (root[:, 0] * response))
    freedom = float(weights.sum()) - design.shape[1]
    residual = weights @ (response - design / size @ coefficients) ** 2 / freedom
    return Estimates(coefficients / size, residual * (inverse**2).sum(axis=1) / size**2, freedom)

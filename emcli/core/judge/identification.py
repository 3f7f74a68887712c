"""Whether the rows can determine the model at all, said before any time is spent, with the columns named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.families.elliptical.covariances import Covariance
from emcli.core.families.elliptical.covariances.dense import DENSE
from emcli.core.families.elliptical.covariances.factor import Factor
from emcli.core.judge.collinearity import collinear
from emcli.core.rows.survey import Survey
from emcli.data.blocks import Blocks, n_rows
from emcli.data.rows import FloatArray, Numbers
from emcli.errors import CannotFit

COLLINEAR = 1e-13
"""Eigenvalue of the correlation matrix below which columns are exactly dependent: 3e-7 of a standard deviation."""


def check_rows(rows: Blocks, found: Survey, k: int, model: Covariance, names: Sequence[str]) -> None:
    """Raise CannotFit if there are too few rows, or too few different ones, for k components."""
    n, d = n_rows(rows), rows.n_features
    if n == 0:
        raise CannotFit("no rows with an observed cell to fit")
    if n < k:
        raise CannotFit(f"{n} {plural(n, 'row')} cannot determine {k} components", hint=f"use -k {n} or fewer")
    for name, least, greatest in zip(names, found.minima, found.maxima, strict=True):
        if np.isnan(least):
            raise CannotFit(f"column '{name}' has no observed cell", hint=f"leave the column out with -x {name}")
        if least == greatest and model.n_parameters(1, 1):
            raise CannotFit(
                f"column '{name}' is constant: its variance is 0", hint=f"leave the column out with -x {name}"
            )
    if k > 1 and (distinct := distinct_rows(rows, k)) < k:
        raise CannotFit(
            f"{distinct} distinct {plural(distinct, 'row')} cannot determine {k} components",
            hint=f"use -k {distinct} or fewer",
        )
    if isinstance(model, Factor) and model.n_factors >= d:
        raise CannotFit(
            f"{model.name} for {d} {plural(d, 'column')}: factors must be fewer than columns, or their loadings are "
            "not determined",
            hint=f"use --covariance factor:{d - 1} or fewer" if d > 1 else "use --covariance full",
        )
    if model.layout is DENSE and n <= d:
        raise CannotFit(
            f"{n} rows of {d} columns cannot determine a {model.name} covariance: it would be singular",
            hint="use --covariance diag or spherical, or fewer columns",
        )


def distinct_rows(rows: Blocks, k: int) -> int:
    """How many rows differ, or any number from k on as soon as that many do: most tables answer at once."""
    found = np.empty((0, rows.n_features))
    for different in rows.map(Different(k)):
        found = np.unique(np.concatenate([found, different]), axis=0)
        if len(found) >= k:
            break
    return len(found)


@dataclass(frozen=True)
class Different:
    """The different rows (n, d) of a block; some of them, but no less than k, where there are more."""

    k: int

    def __call__(self, numbers: Numbers) -> FloatArray:
        found = numbers.values[:0]
        begin, size = 0, 4 * self.k
        while begin < numbers.n_rows and len(found) < self.k:
            found = np.unique(np.concatenate([found, numbers.values[begin : begin + size]]), axis=0)
            begin, size = begin + size, 4 * size
        return found[: self.k]


def check_full_rank(pooled: Elliptical, names: Sequence[str]) -> None:
    """Raise CannotFit, naming the columns, if some of them are a linear combination of the others."""
    if pooled.model.layout is not DENSE:
        return
    covariance = pooled.covariances[0]
    spread = np.sqrt(np.diagonal(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(spread, spread))
    if values[0] > COLLINEAR * len(spread):
        return
    raise collinear([name for name, weight in zip(names, np.abs(vectors[:, 0]), strict=True) if weight > 1e-3])


def plural(n: int, word: str) -> str:
    """The word with an s unless there is one of it."""
    return word if n == 1 else word + "s"

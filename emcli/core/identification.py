"""Whether the rows can determine the model at all, said before any time is spent, with the columns named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emcli.core.collinearity import collinear
from emcli.core.covariances import Covariance
from emcli.core.covariances.dense import DENSE
from emcli.core.mixture import Mixture
from emcli.data.table import FloatArray
from emcli.errors import CannotFit

COLLINEAR = 1e-13
"""Eigenvalue of the correlation matrix below which columns are exactly dependent: 3e-7 of a standard deviation."""


def check_rows(values: FloatArray, k: int, model: Covariance, names: Sequence[str]) -> None:
    """Raise CannotFit if there are too few rows, or too few different ones, for k components."""
    n, d = values.shape
    if n == 0:
        raise CannotFit("no rows with an observed cell to fit")
    if n < k:
        raise CannotFit(f"{n} {plural(n, 'row')} cannot determine {k} components", hint=f"use -k {n} or fewer")
    for j, name in enumerate(names):
        cells = values[:, j][~np.isnan(values[:, j])]
        if len(cells) == 0:
            raise CannotFit(f"column '{name}' has no observed cell", hint=f"leave the column out with -x {name}")
        if cells.min() == cells.max() and model.n_parameters(1, 1):
            raise CannotFit(
                f"column '{name}' is constant: its variance is 0", hint=f"leave the column out with -x {name}"
            )
    if k > 1 and not has_distinct_rows(values, k):
        found = len(np.unique(values, axis=0))
        raise CannotFit(
            f"{found} distinct {plural(found, 'row')} cannot determine {k} components", hint=f"use -k {found} or fewer"
        )
    if model.layout is DENSE and n <= d:
        raise CannotFit(
            f"{n} rows of {d} columns cannot determine a {model.name} covariance: it would be singular",
            hint="use --covariance diag or spherical, or fewer columns",
        )


def has_distinct_rows(values: FloatArray, k: int) -> bool:
    """Whether at least k rows differ; looks at growing parts of the table, since most tables answer at once."""
    size = 4 * k
    while size < 2 * len(values):
        if len(np.unique(values[:size], axis=0)) >= k:
            return True
        size *= 4
    return len(np.unique(values, axis=0)) >= k


def check_full_rank(pooled: Mixture, names: Sequence[str]) -> None:
    """Raise CannotFit, naming the columns, if some of them are a linear combination of the others."""
    family = pooled.family
    if family.model.layout is not DENSE:
        return
    covariance = family.covariances[0]
    spread = np.sqrt(np.diagonal(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(spread, spread))
    if values[0] > COLLINEAR * len(spread):
        return
    raise collinear([name for name, weight in zip(names, np.abs(vectors[:, 0]), strict=True) if weight > 1e-3])


def plural(n: int, word: str) -> str:
    """The word with an s unless there is one of it."""
    return word if n == 1 else word + "s"

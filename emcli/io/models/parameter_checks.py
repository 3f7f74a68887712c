"""Check the parameters of one component that come from a file: its mean and its covariance.

A mean or a set of variances may be given by column name or as a list in column order.  A covariance matrix
is held against the spreads of its own columns, so that no check depends on their units.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from emcli.io.models.document import Place, shown
from emcli.io.printable import in_quotes, name_list

ASYMMETRY = 1e-8  # of a covariance, relative to the two columns' spreads


def by_column(place: Place, columns: list[str]) -> dict[str, float]:
    """One number per column, from a mapping or from a list in column order."""
    if isinstance(place.value, list):
        if len(place.value) != len(columns):
            raise place.bad(f"has {len(place.value)} numbers for {len(columns)} columns")
        return {name: part.number() for name, part in zip(columns, place.items(), strict=True)}
    return {name: part.number() for name, part in entries_by_column(place, columns).items()}


def loadings_by_column(place: Place, columns: list[str], n_factors: int) -> dict[str, list[float]]:
    """As many numbers per column as there are factors."""
    loadings = {}
    for name, part in entries_by_column(place, columns).items():
        if not isinstance(part.value, list) or len(part.value) != n_factors:
            raise part.bad(f"must be a list of {n_factors} loadings, one for each factor, not {shown(part.value)}")
        loadings[name] = [number.number() for number in part.items()]
    return loadings


def entries_by_column(place: Place, columns: list[str]) -> dict[str, Place]:
    """The entries of a mapping that has exactly the model's columns, in the model's order."""
    if not isinstance(place.value, dict):
        raise place.bad(f"must map each column to a number; it is {shown(place.value)}")
    missing = [name for name in columns if name not in place.value]
    extra = [name for name in place.value if name not in columns]
    if missing or extra:
        said = [f"no {name_list(missing)}"] * bool(missing) + [f"unknown {name_list(extra)}"] * bool(extra)
        raise place.bad(f"must have exactly the model's columns: {'; '.join(said)}")
    return {name: place.entry(name) for name in columns}


def variances_by_column(place: Place, columns: list[str]) -> dict[str, float]:
    """One positive number per column."""
    if isinstance(place.value, list) and place.value and isinstance(place.value[0], list):
        raise place.bad("is a matrix; this covariance model has one variance per column")
    variances = by_column(place, columns)
    for part in place.items() if isinstance(place.value, list) else map(place.entry, columns):
        if part.number() <= 0:
            raise part.bad(f"the variance {shown(part.value)} is not positive")
    return variances


def covariance_rows(place: Place, columns: list[str]) -> list[list[float]]:
    """The rows (d, d) of a covariance matrix in column order: symmetric and positive definite."""
    size = len(columns)
    if not isinstance(place.value, list):
        raise place.bad(f"must be a list of rows of this covariance matrix, not {shown(place.value)}")
    lengths = [len(row) if isinstance(row, list) else -1 for row in place.value]
    if lengths != [size] * size:
        raise place.bad(f"the covariance matrix must have {size} rows and {size} columns, as the model has")
    matrix = _doubles(place)
    _check_covariance(place, matrix, columns)
    rows: list[list[float]] = matrix.tolist()
    return rows


def _doubles(place: Place) -> np.ndarray[Any, np.dtype[np.float64]]:
    if all(type(cell) is float for row in place.value for cell in row):  # the usual case, quickly
        matrix = np.array(place.value, dtype=np.float64)
        if bool(np.isfinite(matrix).all()):
            return matrix
    return np.array([[cell.number() for cell in row.items()] for row in place.items()], dtype=np.float64)


def _check_covariance(place: Place, matrix: np.ndarray[Any, Any], columns: list[str]) -> None:
    for i, variance in enumerate(np.diag(matrix).tolist()):
        if variance <= 0:
            raise place.bad(f"is not positive definite: the variance of {in_quotes(columns[i])} is {variance:g}")
    spread = np.sqrt(np.diag(matrix))
    with np.errstate(all="ignore"):
        correlation = matrix / spread[:, None] / spread[None, :]
        even = (correlation == correlation.T) | (np.abs(correlation - correlation.T) <= ASYMMETRY)
    uneven = np.argwhere(~even)
    if len(uneven):
        i, j = uneven[0].tolist()
        raise place.bad(f"is not symmetric: [{i}][{j}] is {matrix[i, j]:g} and [{j}][{i}] is {matrix[j, i]:g}")
    if not _is_positive_definite(correlation):
        raise place.bad("the covariance matrix is not positive definite")


def _is_positive_definite(correlation: np.ndarray[Any, Any]) -> bool:
    if np.abs(correlation).max() > 1 + ASYMMETRY:
        return False
    try:
        np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        return False
    return True

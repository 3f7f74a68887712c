"""Linear algebra on stacks of matrices, some of which may be no good: those come back as NaN, nothing is raised.

numpy hands a stack to LAPACK matrix by matrix, so a matrix's factor does not depend on its neighbours; but it raises
for the whole stack where one fails.  Here those that fail are found and left out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from emcli.core.model.segments import Value
from emcli.data.rows import BoolArray, FloatArray

CLEARLY = 1e-9  # of a unit diagonal: a pivot that far below zero is not rounding
MOST_ELIMINATED = 10  # columns up to which elimination is faster than to search for the matrices that fail
SMALL_PIVOT = 1e-4  # of a unit diagonal: what is divided by less may have lost too many digits to be judged by


def symmetric(matrices: FloatArray) -> FloatArray:
    """The matrices with rounding differences between (i, j) and (j, i) removed."""
    return 0.5 * (matrices + np.swapaxes(matrices, -1, -2))


def diagonals(matrices: FloatArray) -> FloatArray:
    """(..., d) of (..., d, d)."""
    return np.diagonal(matrices, axis1=-2, axis2=-1)


def spread(values: NDArray[Value], over: FloatArray) -> NDArray[Value]:
    """Values (C,) with as many axes as what they are to be spread over has (C, ...)."""
    return values.reshape((-1,) + (1,) * (over.ndim - 1))


def cholesky(matrices: FloatArray) -> FloatArray:
    """The lower factors L (..., d, d) of symmetric matrices L L'; NaN where one is not positive definite."""
    with np.errstate(all="ignore"):
        try:
            lower = factor(matrices)
        except np.linalg.LinAlgError:
            stack = flat(matrices)
            lower = one_by_one(factor, stack, hopeless(stack)).reshape(matrices.shape)
    return lower if np.isfinite(lower).all() else without_unfinished(lower)


def factor(matrices: FloatArray) -> FloatArray:
    """numpy's Cholesky factors."""
    return np.asarray(np.linalg.cholesky(matrices), dtype=np.float64)


def inverse(matrices: FloatArray) -> FloatArray:
    """numpy's inverses."""
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)


def positive_definite(matrices: FloatArray) -> BoolArray:
    """Which (n,) of the symmetric matrices (n, d, d) are positive definite; not those that hold what is no number.

    By elimination of all of them at once: among few columns that costs no more than LAPACK's factors, and no detour
    where some have none, as happens all the time beside a floor.
    """
    if matrices.shape[-1] > MOST_ELIMINATED:
        return finite(cholesky(matrices)[:, 0, 0])
    left = np.ascontiguousarray(np.moveaxis(matrices, 0, -1))
    good = left[0, 0] > 0.0
    for _ in range(1, matrices.shape[-1]):
        column = left[1:, 0]
        left = left[1:, 1:] - (column / left[0, 0])[:, None] * column
        good &= left[0, 0] > 0.0
    return np.asarray(good)


def inverse_of_factors(lower: FloatArray) -> FloatArray:
    """Inverses (..., d, d) of lower triangular matrices, row by row; NaN stays NaN."""
    inverse = np.zeros_like(lower)
    with np.errstate(all="ignore"):
        reciprocals = 1.0 / diagonals(lower)
        for i in range(lower.shape[-1]):
            inverse[..., i, i] = reciprocals[..., i]
            if i:
                row = lower[..., i : i + 1, :i] @ inverse[..., :i, :i]
                np.multiply(row[..., 0, :], -reciprocals[..., i, None], out=inverse[..., i, :i])
    return inverse


def inverses(matrices: FloatArray) -> FloatArray:
    """Inverses (n, d, d) of symmetric matrices; NaN where one is singular or not finite."""
    return each(inverse, matrices)


def log_determinants(matrices: FloatArray) -> FloatArray:
    """Logarithms (...) of the determinants; NaN where one is negative."""
    signs, logs = np.linalg.slogdet(matrices)
    return np.where(signs < 0.0, np.nan, logs)


def eigen(matrices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues (n, d), ascending, and eigenvectors (n, d, d) of symmetric matrices; NaN where one is not finite."""
    try:
        values, axes = np.linalg.eigh(matrices)
    except np.linalg.LinAlgError:
        both = one_by_one(eigenvalues_beside, matrices, ~finite(matrices))
        values, axes = np.ascontiguousarray(both[..., 0]), np.ascontiguousarray(both[..., 1:])
    return values, axes


def eigenvalues_beside(matrices: FloatArray) -> FloatArray:
    """Eigenvalues and, to their right, eigenvectors in one array (n, d, d + 1)."""
    values, axes = np.linalg.eigh(matrices)
    return np.concatenate([values[..., None], axes], axis=-1)


def flat(matrices: FloatArray) -> FloatArray:
    """(n, d, d) of (..., d, d)."""
    return matrices.reshape(int(np.prod(matrices.shape[:-2])), *matrices.shape[-2:])


def finite(values: FloatArray) -> BoolArray:
    """Which (n,) of some arrays (n, ...) hold finite numbers only."""
    return np.asarray(np.isfinite(values).all(axis=tuple(range(1, values.ndim))))


def without_unfinished(matrices: FloatArray) -> FloatArray:
    """The matrices (..., d, d), NaN all over where one of their numbers is not finite."""
    stack = flat(matrices).copy()
    stack[~finite(stack)] = np.nan
    return stack.reshape(matrices.shape)


def hopeless(matrices: FloatArray) -> BoolArray:
    """Which (n,) of the symmetric matrices (n, d, d) are clearly not positive definite, by elimination of them all.

    It need not find every one that LAPACK refuses, but must find none that rounding may let LAPACK accept: so a matrix
    is judged by pivots that are clearly negative, and no further once a pivot is so small that rounding counts.
    """
    spreads = diagonals(matrices)
    bad = ~finite(matrices) | ~(spreads > 0.0).all(axis=1)
    scale = 1.0 / np.sqrt(np.where(bad[:, None], 1.0, spreads))
    left = np.where(bad[:, None, None], 0.0, matrices * scale[:, :, None] * scale[:, None, :])
    judged = ~bad
    for _ in range(matrices.shape[-1] if matrices.shape[-1] <= MOST_ELIMINATED else 0):
        pivots, column = left[:, 0, 0], left[:, 1:, 0]
        bad |= judged & (pivots < -CLEARLY)
        judged &= pivots > SMALL_PIVOT
        shares = column / np.where(judged, pivots, 1.0)[:, None]
        left = left[:, 1:, 1:] - shares[:, :, None] * column[:, None, :]
    return bad


def each(function: Callable[[FloatArray], FloatArray], matrices: FloatArray) -> FloatArray:
    """A function of each matrix of a stack (n, d, d); NaN for those that are not finite or for which it raises."""
    with np.errstate(all="ignore"):
        try:
            return np.asarray(function(matrices), dtype=np.float64)
        except np.linalg.LinAlgError:
            return one_by_one(function, matrices, ~finite(matrices))


def one_by_one(function: Callable[[FloatArray], FloatArray], matrices: FloatArray, bad: BoolArray) -> FloatArray:
    """A function of each matrix of a stack (n, d, d); NaN for the bad ones and those for which it raises."""
    values = halved(function, np.where(bad[:, None, None], np.eye(matrices.shape[-1]), matrices))
    values[bad] = np.nan
    return values


def halved(function: Callable[[FloatArray], FloatArray], matrices: FloatArray) -> FloatArray:
    """A function of each matrix of a stack; where it raises for the stack, of either half of it."""
    n = len(matrices)
    try:
        return np.array(function(matrices), dtype=np.float64)
    except np.linalg.LinAlgError:
        if n == 1:
            return np.full_like(function(np.eye(matrices.shape[-1])[None]), np.nan)
    return np.concatenate([halved(function, matrices[: n // 2]), halved(function, matrices[n // 2 :])])

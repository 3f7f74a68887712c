"""How much the columns of a row tell about the component it came from, under the mixture itself.

What there is to know about the component Z of a row is the entropy of the weights, H(Z) = -sum_k pi_k log pi_k.  When
the columns S of the row are seen, the entropy of the responsibilities given these columns is left, and what the
columns have told is the mutual information

    I(Z; x_S) = H(Z) - E[ H(Z | x_S) ],    0 <= I <= H(Z) <= log k.

Two numbers are made of it for a column j, both relative to what all columns tell together: what it tells *alone*,
I(Z; x_j) / I(Z; x), and what is *lost without* it, 1 - I(Z; x_-j) / I(Z; x).  Columns that say the same have a high
first and a low second number, so neither column of numbers sums to 1, and no split that does would be unique.

The expectation is a mean over rows drawn from the mixture with a fixed seed: equally many from each component,
weighted by its weight, in pairs mirrored at the component's mean.  All subsets are judged by the same rows.

For the marginal without column j nothing is inverted anew: with the precision L = S^-1 and y = L (x - mu), the squared
distance of x_-j is (x - mu)' y - y_j^2 / L_jj, and |S_-j| = |S| L_jj.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import own_coordinates
from emcli.data.rows import FloatArray, IntArray

ROWS = 20_000
"""Rows drawn in all: information is then known to about 0.003 nats."""

FEWEST_EACH = 40  # rows of each component, however many components there are
PICKING_ROWS = 4_000  # rows by which candidates for the next column are compared
ENOUGH = 0.95  # of what all columns tell: no further column is looked for
MOST_PICKED = 4
NOTHING = 1e-9  # of the entropy: what is left of no information after rounding
CELLS = 1 << 20  # numbers in the largest temporary
LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Chosen:
    """Columns that together tell this share of what all tell."""

    columns: tuple[int, ...]
    share: float


@dataclass(frozen=True, eq=False)
class Information:
    """What columns tell about the component; nats and shares of `together`.

    entropy         H(Z), what there is to know
    together        I(Z; x), what all columns tell
    standard_error  of `together`, from the finite number of draws
    alone, lost     (d,)    shares: told by the column alone; lost without it
    picked          the best column, then with it the best second one, and so on until enough is told
    confusion       (k, k)  of the rows drawn from component a, the share for which b is the most probable
    """

    entropy: float
    together: float
    standard_error: float
    alone: FloatArray
    lost: FloatArray
    picked: tuple[Chosen, ...]
    confusion: FloatArray


class Draws:
    """Rows drawn from a mixture, in coordinates in which its columns have mean 0 and spread 1.

    values (n, d); labels (n,); shares (n,) what each row stands for, sum 1
    """

    def __init__(self, mixture: Mixture, n_rows: int, seed: int) -> None:
        working = own_coordinates(mixture).inward_mixture(mixture)
        self.weights = mixture.weights / mixture.weights.sum()
        self.means, self.tail = working.family.means, working.family.tail
        self.matrices = working.family.model.layout.dense(working.family.covariances)
        k, d = self.means.shape
        half = max(FEWEST_EACH, n_rows // k) // 2
        rng = np.random.default_rng([seed, k, d])
        noise = rng.standard_normal((k, half, d))
        one_each = np.repeat(np.arange(k), half)
        precision = np.broadcast_to(self.tail.drawn_precision(rng, one_each, np.zeros(k), 0), one_each.shape)
        noise /= np.sqrt(precision).reshape(k, half, 1)
        noise = np.concatenate([noise, -noise], axis=1)
        factors = np.linalg.cholesky(self.matrices)
        self.values: FloatArray = (self.means[:, None] + noise @ np.swapaxes(factors, 1, 2)).reshape(-1, d)
        self.labels: IntArray = np.repeat(np.arange(k), 2 * half)
        self.shares: FloatArray = np.repeat(self.weights / (2 * half), 2 * half)
        with np.errstate(divide="ignore"):
            self.log_weights: FloatArray = np.log(self.weights)[:, None]

    def some(self, n_rows: int) -> IntArray:
        """Positions of evenly spaced rows, about so many."""
        return np.arange(0, len(self.values), max(1, len(self.values) // n_rows))

    def log_joint(self, columns: Sequence[int], rows: IntArray | slice = slice(None)) -> FloatArray:
        """log pi_k + log f_k of these columns of the rows, (k, n)."""
        values = self.values[rows][:, columns]
        squared, log_norms = np.empty((len(self.weights), len(values))), np.empty((len(self.weights), 1))
        for k, mean in enumerate(self.means[:, columns]):
            lower = np.linalg.cholesky(self.matrices[k][np.ix_(columns, columns)])
            white = (values - mean) @ np.linalg.inv(lower).T
            squared[k] = np.einsum("nj,nj->n", white, white)
            log_norms[k] = -0.5 * len(columns) * LOG_2PI - np.log(np.diagonal(lower)).sum()
        return self.log_weights + self.tail.log_density(log_norms, squared, len(columns))

    def log_joint_of_others(self, precisions: FloatArray, rows: slice) -> FloatArray:
        """log pi_k + log f_k of all columns but one, (d, k, n), for precision matrices (k, d, d)."""
        deviations = self.values[rows] - self.means[:, None]  # (k, n, d)
        turned = deviations @ precisions
        diagonals = np.diagonal(precisions, axis1=1, axis2=2).T[..., None]  # (d, k, 1)
        squared = np.einsum("knj,knj->kn", deviations, turned) - np.moveaxis(turned, 2, 0) ** 2 / diagonals
        log_dets = np.linalg.slogdet(precisions)[1][:, None]
        n_others = precisions.shape[1] - 1
        log_norms = -0.5 * n_others * LOG_2PI + 0.5 * (log_dets - np.log(diagonals))
        return self.log_weights + self.tail.log_density(log_norms, np.maximum(squared, 0.0), n_others)

    def told(self, columns: Sequence[int], rows: IntArray | slice = slice(None)) -> float:
        """I(Z; x_S) by these rows, nats."""
        shares = self.shares[rows]
        left = posterior_entropy(self.log_joint(columns, rows))
        return entropy_of(self.weights) - float(left @ shares / shares.sum())

    def alone(self, rows: IntArray | slice = slice(None)) -> FloatArray:
        """I(Z; x_j) of every column by itself, (d,) nats."""
        values, shares = self.values[rows], self.shares[rows] / self.shares[rows].sum()
        variances = np.diagonal(self.matrices, axis1=1, axis2=2).T[..., None]  # (d, k, 1)
        means, log_norms = self.means.T[..., None], -0.5 * (LOG_2PI + np.log(variances))
        left = np.zeros(values.shape[1])
        for piece in pieces(len(values), values.shape[1] * len(self.weights)):
            squared = (values[piece].T[:, None] - means) ** 2 / variances
            left += posterior_entropy(self.log_weights + self.tail.log_density(log_norms, squared, 1)) @ shares[piece]
        return entropy_of(self.weights) - left


def information(mixture: Mixture, n_rows: int = ROWS, seed: int = 0) -> Information:
    """What the columns of a mixture tell about its components; all 0 where there is one component."""
    draws = Draws(mixture, n_rows, seed)
    k, d = draws.means.shape
    precisions = np.asarray(np.linalg.inv(draws.matrices), dtype=np.float64)
    left, squares, without = 0.0, 0.0, np.zeros(d)
    confusion = np.zeros((k, k))
    everything = list(range(d))
    for piece in pieces(len(draws.values), d * k):
        shares = draws.shares[piece]
        joint = draws.log_joint(everything, piece)
        each = posterior_entropy(joint)
        left += float(shares @ each)
        squares += float(shares**2 @ each**2)
        np.add.at(confusion, (draws.labels[piece], joint.argmax(axis=0)), 1.0)
        if d > 1:
            without += posterior_entropy(draws.log_joint_of_others(precisions, piece)) @ shares
    entropy = entropy_of(draws.weights)
    together = entropy - left
    together = together if together > NOTHING * entropy else 0.0
    scale = together if together > 0.0 else np.inf
    alone = np.clip(draws.alone(), 0.0, None) / scale
    return Information(
        entropy=entropy,
        together=together,
        standard_error=float(np.sqrt(max(squares - left**2 / len(draws.values), 0.0))),
        alone=alone,
        lost=np.clip(together - (entropy - without), 0.0, None) / scale if d > 1 else np.sign(alone),
        picked=tuple(picked(draws, alone, together)) if together > 0.0 else (),
        confusion=confusion / confusion.sum(axis=1, keepdims=True),
    )


def picked(draws: Draws, alone: FloatArray, together: float) -> Iterator[Chosen]:
    """Columns in the order in which they tell most, each given those before it, until enough is told."""
    columns: tuple[int, ...] = (int(alone.argmax()),)
    yield Chosen(columns, min(float(alone[columns[0]]), 1.0))
    share = float(alone[columns[0]])
    while share < ENOUGH and len(columns) < min(MOST_PICKED, draws.values.shape[1]):
        columns = (*columns, best_beside(draws, columns))
        share = draws.told(columns) / together
        yield Chosen(columns, min(share, 1.0))


def best_beside(draws: Draws, columns: tuple[int, ...]) -> int:
    """The column that tells most together with those that are there."""
    others = [j for j in range(draws.values.shape[1]) if j not in columns]
    rows = draws.some(PICKING_ROWS)
    return max(others, key=lambda j: draws.told([*columns, j], rows))


def entropy_of(weights: FloatArray) -> float:
    """-sum p log p, nats."""
    held = weights[weights > 0.0]
    return abs(float(held @ np.log(held)))


def posterior_entropy(log_joint: FloatArray) -> FloatArray:
    """Entropy (..., n) of the responsibilities that follow from log joint densities (..., k, n), nats."""
    shifted = log_joint - log_joint.max(axis=-2, keepdims=True)
    parts = np.exp(shifted)
    total = parts.sum(axis=-2)
    weighted = np.where(parts > 0.0, parts * np.maximum(shifted, -1e300), 0.0).sum(axis=-2)
    return np.asarray(np.log(total) - weighted / total)


def pieces(n_rows: int, width: int) -> Iterator[slice]:
    """Consecutive rows, as many at a time as keep temporaries of this width small."""
    step = max(64, CELLS // width)
    for first in range(0, n_rows, step):
        yield slice(first, first + step)

"""Exact linear relations between columns, found where cells are missing too.

If one column is the sum of two others, no covariance has the greatest likelihood; yet with holes EM walks towards the
singular one so slowly that the covariance it is at still looks like one.  So relations are looked for in the rows
themselves: for the most frequent patterns, in all rows that show at least the pattern's columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from emcli.core.families.elliptical.covariances import Covariance
from emcli.core.families.elliptical.covariances.dense import DENSE
from emcli.core.rows.holes import hole_patterns
from emcli.data.blocks import Blocks
from emcli.data.rows import BoolArray, FloatArray, Numbers
from emcli.errors import CannotFit

DEPENDENT = 1e-13
"""Smallest eigenvalue of a correlation matrix, per column, that is not taken for 0: 3e-7 of a standard deviation."""

MOST_PATTERNS = 10
INVOLVED = 1e-3  # weight in the relation, in standard deviations, from which a column takes part


def check_relations(rows: Blocks, model: Covariance, names: Sequence[str]) -> None:
    """Raise CannotFit, naming the columns, if an exact relation holds in rows that have holes.

    Complete tables are left to the check of the pooled covariance, which costs nothing there.  Where there are several
    blocks, a relation that the first one shows has to hold in all of them.
    """
    if model.layout is not DENSE or not rows.sizes:
        return
    for involved in next(rows.map(relations)):
        if all(islice(rows.map(Holds(involved)), 1, None)):
            raise collinear([names[j] for j in np.flatnonzero(involved).tolist()])


def relations(numbers: Numbers) -> list[BoolArray]:
    """The columns (d,) of each exact relation in rows that have holes."""
    working = np.ascontiguousarray(numbers.values)
    observed = ~np.isnan(working)
    if observed.all():
        return []
    frequent = hole_patterns(observed).observed[:MOST_PATTERNS]
    return [involved for seen in frequent if (involved := relation(working, observed, seen)) is not None]


@dataclass(frozen=True, eq=False)
class Holds:
    """Whether the columns involved (d,) have a relation among them in some rows, as far as these show it."""

    involved: BoolArray

    def __call__(self, numbers: Numbers) -> bool:
        observed = ~np.isnan(numbers.values)
        enough = int(observed[:, self.involved].all(axis=1).sum()) >= int(self.involved.sum()) + 2
        return not enough or relation(numbers.values, observed, self.involved) is not None


def relation(working: FloatArray, observed: BoolArray, seen: BoolArray) -> BoolArray | None:
    """The columns (d,) of an exact relation among those seen, or None if too few rows show it or none exists."""
    columns = np.flatnonzero(seen)
    rows = working[observed[:, columns].all(axis=1)][:, columns]
    if len(columns) < 2 or len(rows) < len(columns) + 2:
        return None
    centred = rows - rows.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    if not (spread > 0.0).all():
        return None
    scaled = centred / spread
    values, vectors = np.linalg.eigh(scaled.T @ scaled / len(rows))
    if values[0] > DEPENDENT * len(columns):
        return None
    taking_part = np.zeros(len(seen), dtype=np.bool_)
    taking_part[columns[np.abs(vectors[:, 0]) > INVOLVED]] = True
    if not taking_part[columns].all():
        return relation(working, observed, taking_part)
    # As many rows as columns always satisfy some relation by chance; so do copies of few rows.
    return taking_part if len(np.unique(rows, axis=0)) >= len(columns) + 2 else None


def collinear(names: Sequence[str]) -> CannotFit:
    """The error that names the columns."""
    listed = ", ".join(f"'{name}'" for name in names)
    return CannotFit(
        f"columns {listed} are collinear: one is a linear combination of the others, so no covariance fits",
        hint=f"leave one out with -x {names[-1]}, or use --covariance diag",
    )

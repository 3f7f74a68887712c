"""Points for a picture on the terminal: the two columns that tell most about the component, and whose each row is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.complete.sampling import draw
from emcli.core.describe.column_ranking import telling_columns, telling_pairs
from emcli.core.describe.description import spreads
from emcli.core.describe.outlines import outline
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import evaluate
from emcli.data.blocks import Blocks, n_rows, taken
from emcli.data.rows import BoolArray, FloatArray

MOST = 3000  # points: more would fill the picture
SMALL = 0.01  # weight of a component from which on the frame makes room for it
STANDARD_DEVIATIONS = 4.0  # around each such component
DRAWN = 1500  # enough to show where a mixture has its rows


@dataclass(frozen=True)
class Points:
    """One or two columns of some rows (c of them, n rows), and what the mixture says about them.

    Rows with a missing cell there and rows far outside are not among them.

    names    (c,)          frame  (c,)  lowest and highest value to be shown
    values   c lists (n,)  column units
    labels   (n,)          component from 0
    centres  k lists (c,)  means of the components
    of_rows  how many rows there are of which these are some; None: they are drawn from the mixture
    """

    names: tuple[str, ...]
    frame: tuple[tuple[float, float], ...]
    values: tuple[tuple[float, ...], ...]
    labels: tuple[int, ...]
    centres: tuple[tuple[float, ...], ...]
    of_rows: int | None

    @property
    def n_points(self) -> int:
        return len(self.labels)


def drawn_points(mixture: Mixture, columns: Sequence[str]) -> Points:
    """Rows drawn from the mixture."""
    values, labels = draw(mixture, DRAWN, np.random.default_rng(0), {})
    return _points(mixture, columns, values, labels.tolist(), None)


def row_points(mixture: Mixture, columns: Sequence[str], rows: Blocks) -> Points:
    """Some of the rows, evenly spaced, coloured by the most probable component."""
    n = n_rows(rows)
    some = taken(rows, np.arange(0, n, max(1, -(-n // MOST)))).values
    return _points(mixture, columns, some, evaluate(mixture, some).labels.tolist(), n)


def most_telling(mixture: Mixture) -> list[int]:
    """The pair of columns that a report shows first, the more telling one first; the column, if there is one."""
    whole = outline(mixture)
    order = telling_columns(whole)
    return order if len(order) == 1 else list(telling_pairs(whole, order)[0])


def _points(
    mixture: Mixture, columns: Sequence[str], values: FloatArray, labels: list[int], of_rows: int | None
) -> Points:
    chosen = most_telling(mixture)
    cells, means, sds = values[:, chosen], mixture.family.means[:, chosen], spreads(mixture)[:, chosen]
    # A wild row, or a component that has taken it, must not press all others into a corner.
    large = mixture.weights >= min(SMALL, float(mixture.weights.max()))
    low = (means[large] - STANDARD_DEVIATIONS * sds[large]).min(axis=0)
    high = (means[large] + STANDARD_DEVIATIONS * sds[large]).max(axis=0)
    there: BoolArray = np.asarray(((cells >= low) & (cells <= high)).all(axis=1))  # False where a cell is missing
    shown = cells[there]
    if len(shown):
        low, high = shown.min(axis=0), shown.max(axis=0)
    return Points(
        names=tuple(columns[j] for j in chosen),
        frame=tuple(zip(low.tolist(), high.tolist(), strict=True)),
        values=tuple(tuple(column) for column in shown.T.tolist()),
        labels=tuple(label for label, seen in zip(labels, there, strict=True) if seen),
        centres=tuple(tuple(centre) for centre in means.tolist()),
        of_rows=of_rows,
    )

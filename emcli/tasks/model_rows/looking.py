"""One pass over a table under a model: exact counts, a sample of rows to draw, and the rows worth reading."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.describe.outlines import Outline
from emcli.core.describe.row_summary import RowSummary, limits_of, nothing, summarise
from emcli.core.passes.evaluation import Evaluation, Evaluator
from emcli.core.rows.row_sample import RowSample, no_rows
from emcli.data.rows import FloatArray, IntArray
from emcli.errors import BadData
from emcli.io.read.columns.column_spec import select_columns
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import open_table
from emcli.tasks.model_rows.gaps import dropped, rows_to_keep
from emcli.tasks.model_rows.judging import judge
from emcli.tasks.model_rows.matching import find_columns
from emcli.tasks.model_rows.models import Model
from emcli.tasks.model_rows.reports import RowsDone, RowsWatch
from emcli.tasks.settings import TableSettings
from emcli.tasks.settings.pictures import LookSettings

MOST_NOTED = 20  # rows in each list


@dataclass(frozen=True)
class NotedRow:
    """A row worth reading; rows and clusters count from 1; cluster 0 is the background.

    place                    where it stands in its file
    second, share_of_second  the next most probable cluster; 0 with share 0 if there is only one
    cells                    the texts of the model's columns
    """

    row: int
    place: str
    ids: tuple[str, ...]
    cluster: int
    certainty: float
    second: int
    share_of_second: float
    log_density: float
    n_observed: int
    cells: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Look:
    """What was seen.

    sha256         of the input's bytes, as model files have it
    least_certain  ascending certainty; least_likely: ascending log density; at most MOST_NOTED each
    """

    name: str
    sha256: str
    summary: RowSummary
    sample: RowSample
    least_certain: tuple[NotedRow, ...]
    least_likely: tuple[NotedRow, ...]
    id_names: tuple[str, ...]
    n_dropped: int
    notes: tuple[str, ...]


def look(
    model: Model,
    mixture: Outline,
    rows: str,
    settings: LookSettings,
    *,
    watch: RowsWatch | None = None,
    n_noted: int = MOST_NOTED,
) -> Look:
    """Read the table once; BadData where it does not fit the model, or has no rows."""
    digest = hashlib.sha256()
    rng = np.random.default_rng(np.random.SeedSequence(settings.seed))
    evaluate, limits = Evaluator(model.mixture), limits_of(mixture)
    k, d = mixture.n_components + evaluate.has_noise, mixture.means.shape[1]
    summary, sample, n_dropped = nothing(k, d), no_rows(k, d), 0
    with open_table(rows, settings.reading) as source:
        positions = find_columns(model, source, TableSettings())
        ids = [] if settings.id is None else select_columns(settings.id, source.header, where=source.name)
        noted = (Noted(n_noted, least_certain), Noted(n_noted, least_likely))
        for block in source.blocks(digest):
            values = block.numbers(positions)
            keep = rows_to_keep(values, settings.missing, block, source, positions)
            evaluation = judge(evaluate, values, keep, block, source)
            kept = np.flatnonzero(keep)
            summary += summarise(values[keep], evaluation, limits)
            keys = rng.random(len(kept))
            found = RowSample(keys, block.first_row + kept, values[keep], evaluation.responsibilities)
            sample = sample.with_rows(found, settings.points)
            here = Seen(source.name, block, kept, values[keep], evaluation, tuple(ids), tuple(positions))
            for one in noted:
                one.take(here)
            n_dropped += block.n_rows - len(kept)
            if watch is not None:
                watch(RowsDone(summary.n_rows))
        notes = (*source.notes, *dropped(n_dropped))
        if not summary.n_rows:
            raise BadData("no data rows to look at", where=source.name)
        names = tuple(source.header[j] for j in ids)
        certain, likely = (tuple(one.rows) for one in noted)
        return Look(source.name, digest.hexdigest(), summary, sample, certain, likely, names, n_dropped, notes)


@dataclass(frozen=True, eq=False)
class Seen:
    """The kept rows of a block with what the model says about them."""

    name: str
    block: RowBlock
    kept: IntArray
    values: FloatArray
    evaluation: Evaluation
    ids: tuple[int, ...]
    positions: tuple[int, ...]

    def place(self, row: int) -> str:
        """Where a row stands: on which line of the table, or of which of its files."""
        place = self.block.place(row)
        return place.spot if place.name == self.name else f"{os.path.basename(place.name)}: {place.spot}"

    def number(self, component: int) -> int:
        """The number of a component in files; 0 is the background, or none."""
        return component + 1 if component < self.evaluation.n_components else 0

    def row(self, place: int) -> NotedRow:
        """A kept row as it is told to a person."""
        at, given = int(self.kept[place]), self.evaluation.responsibilities[place]
        order = np.argsort(-given, kind="stable")
        second = int(order[1]) if len(order) > 1 else -1
        return NotedRow(
            row=self.block.first_row + at + 1,
            place=self.place(at),
            ids=tuple(self.block.text(at, j) for j in self.ids),
            cluster=self.number(int(order[0])),
            certainty=float(given[order[0]]),
            second=self.number(second),
            share_of_second=float(given[second]) if second >= 0 else 0.0,
            log_density=float(self.evaluation.log_density[place]),
            n_observed=int((~np.isnan(self.values[place])).sum()),
            cells=tuple(self.block.text(at, j) for j in self.positions),
        )


def least_certain(evaluation: Evaluation) -> FloatArray:
    """The probability (n,) of the most probable component."""
    return np.asarray(evaluation.responsibilities.max(axis=1))


def least_likely(evaluation: Evaluation) -> FloatArray:
    """The log density (n,)."""
    return evaluation.log_density


class Noted:
    """The rows with the smallest scores so far; of equal ones those that come first."""

    def __init__(self, size: int, score: Callable[[Evaluation], FloatArray]) -> None:
        self._size, self._score = size, score
        self._scores: list[float] = []
        self.rows: list[NotedRow] = []

    def take(self, seen: Seen) -> None:
        """Rows of one more block."""
        scores = self._score(seen.evaluation)
        for place in smallest(scores, self._size):
            full = len(self.rows) == self._size
            if full and (not self._size or scores[place] >= self._scores[-1]):
                return
            at = int(np.searchsorted(self._scores, scores[place], side="right"))
            self._scores.insert(at, float(scores[place]))
            self.rows.insert(at, seen.row(place))
            del self._scores[self._size :], self.rows[self._size :]


def smallest(scores: FloatArray, n: int) -> Sequence[int]:
    """Positions of the n smallest scores, ascending; of equal ones those that come first."""
    if n < len(scores):
        candidates = np.flatnonzero(scores <= np.partition(scores, n - 1)[n - 1]) if n else np.empty(0, dtype=np.intp)
    else:
        candidates = np.arange(len(scores))
    order: list[int] = candidates[np.argsort(scores[candidates], kind="stable")][:n].tolist()
    return order

"""score: model file and table in, the log-likelihood of the rows out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from emcli.core.passes.evaluation import Evaluator
from emcli.data.rows import FloatArray
from emcli.errors import BadData
from emcli.io.read.columns.column_spec import select_columns
from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.io.write.outputs.output import check_output, open_output, refuse_same_file
from emcli.io.write.sinks.row_sink import new_table
from emcli.tasks.backend.place import place_for
from emcli.tasks.model_rows.gaps import rows_to_keep
from emcli.tasks.model_rows.judging import judge
from emcli.tasks.model_rows.matching import find_columns
from emcli.tasks.model_rows.models import Model, load_model
from emcli.tasks.model_rows.part_writing import RowsWritten, joined, read_parts, write_parts
from emcli.tasks.model_rows.products import write_json
from emcli.tasks.model_rows.reports import RowsDone, RowsReport, RowsWatch
from emcli.tasks.settings import ScoreSettings, TableSettings


def run(settings: ScoreSettings, watch: RowsWatch | None = None) -> RowsReport:
    """Write the log-likelihood in total, or the log density of every row."""
    began = time.monotonic()
    output = settings.output
    if not (settings.per_row and output.in_parts):
        check_output(output.output, output.clobber)
        refuse_same_file({"the output": output.output}, {"the model": settings.model})
    scoring = Scoring(settings, load_model(settings.model))
    by_parts = settings.running.on_cluster or (settings.per_row and output.in_parts)
    scored = in_parts(scoring, watch) if by_parts else in_one_piece(scoring, watch)
    answer = scored.answer()
    if not settings.per_row and settings.json:
        write_json(answer, output)
    elif not settings.per_row:
        with open_output(output.output, clobber=output.clobber) as out:
            sink = new_table(out, list(answer), digits=settings.digits)
            sink.write_rows([[value] for value in answer.values()])
    rows, seconds = scored.rows, time.monotonic() - began
    return RowsReport(rows.n_rows, rows.n_missing_cells, rows.told(), (), answer, seconds)


@dataclass(frozen=True)
class Scored:
    """What was read, and of each block of rows the log-likelihood and how much its rows count."""

    rows: RowsWritten
    log_likelihoods: tuple[float, ...]
    weights: tuple[float, ...]

    def answer(self) -> dict[str, Any]:
        """The one line of score."""
        total, weight = math.fsum(self.log_likelihoods), math.fsum(self.weights)
        return {
            "n_rows": self.rows.n_rows,
            "n_missing_cells": self.rows.n_missing_cells,
            "log_likelihood": total,
            "mean_log_likelihood": total / weight if weight else None,
        }


@dataclass(frozen=True)
class Scoring:
    """Adds up the rows of a table, and with --per-row writes them with their log densities."""

    settings: ScoreSettings
    model: Model

    def __call__(self, source: TableSource, target: str, watch: RowsWatch | None = None) -> Scored:
        settings = self.settings
        scores = Scores(self.model, source, settings.table)
        if settings.per_row:
            with open_output(target, clobber=settings.output.clobber) as out:
                sink = new_table(out, scores.header(), source.dialect, settings.digits)
                for columns in scores.blocks(watch):
                    sink.write_rows(columns)
        else:
            for _ in scores.blocks(watch):
                pass
        return scores.scored()


def in_one_piece(scoring: Scoring, watch: RowsWatch | None) -> Scored:
    """The rows of one table."""
    settings = scoring.settings
    with open_table(settings.input, settings.table.reading) as source:
        return scoring(source, settings.output.output, watch)


def in_parts(scoring: Scoring, watch: RowsWatch | None) -> Scored:
    """The rows of each part by themselves; with --per-row into a folder."""
    settings = scoring.settings
    with place_for(settings.running, watch) as place:
        seen = place.see(settings.input, settings.table.reading)
        if settings.per_row:
            parts = write_parts(place, seen, settings.output, scoring, watch)
        else:
            parts = read_parts(place, seen, scoring, watch)
    return Scored(
        joined([part.rows for part in parts], seen),
        tuple(chain.from_iterable(part.log_likelihoods for part in parts)),
        tuple(chain.from_iterable(part.weights for part in parts)),
    )


class Scores:
    """Sums over the rows of a table, block by block."""

    def __init__(self, model: Model, source: TableSource, table: TableSettings) -> None:
        self._evaluate = Evaluator(model.mixture)
        self._source, self._table = source, table
        self._positions = find_columns(model, source, table)
        self._weights = weights_column(source, table)
        self._ids = [] if table.id is None else select_columns(table.id, source.header, where=source.name)
        self._sums: list[float] = []
        self._total_weights: list[float] = []
        self.n_rows = self.n_missing_cells = self.n_dropped = 0

    def header(self) -> list[str]:
        """Names of the columns that blocks() yields."""
        return ["row", *(self._source.header[j] for j in self._ids), "log_density"]

    def blocks(self, watch: RowsWatch | None) -> Iterator[list[Any]]:
        """Row numbers from 1, ids and log densities, in file order; at the end the sums are complete."""
        for block in self._source.blocks():
            values = block.numbers(self._positions)
            keep = rows_to_keep(values, self._table.missing, block, self._source, self._positions)
            densities = judge(self._evaluate, values, keep, block, self._source).log_density
            weights = np.ones(len(densities))
            if self._weights is not None:
                weights = block.numbers([self._weights])[keep, 0]
                check_weights(weights, self._source, self._weights)
            self._sums.append(math.fsum(weights * densities))
            self._total_weights.append(math.fsum(weights))
            self.n_rows += len(densities)
            self.n_dropped += block.n_rows - len(densities)
            self.n_missing_cells += int(np.isnan(values[keep]).sum())
            numbers = block.first_row + 1 + np.flatnonzero(keep)
            yield [numbers, *(block.column(j, keep) for j in self._ids), densities]
            if watch is not None:
                watch(RowsDone(self.n_rows))

    def scored(self) -> Scored:
        """What came of the blocks."""
        rows = RowsWritten(self.n_rows, self.n_missing_cells, self.n_dropped, tuple(self._source.notes))
        return Scored(rows, tuple(self._sums), tuple(self._total_weights))


def weights_column(source: TableSource, table: TableSettings) -> int | None:
    """Where the column of --weights stands; None if there is none."""
    if table.weights is None:
        return None
    found = select_columns(table.weights, source.header, where=source.name)
    if len(found) != 1:
        raise BadData(f"--weights {table.weights} names {len(found)} columns, not one", where=source.name)
    return found[0]


def check_weights(weights: FloatArray, source: TableSource, column: int) -> None:
    """BadData if a weight is missing or negative."""
    wrong = ~(weights >= 0)
    if wrong.any():
        name, value = source.header[column], weights[int(wrong.argmax())]
        what = "a missing weight" if np.isnan(value) else f"a negative weight, {value:g}"
        raise BadData(f"column '{name}': {what}", where=source.name, hint="weights are numbers from 0 on")

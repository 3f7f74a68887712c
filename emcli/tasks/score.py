"""score: model file and table in, the log-likelihood of the rows out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from emcli.core.evaluation import Evaluator
from emcli.data.table import FloatArray
from emcli.errors import BadData
from emcli.io.columns import select_columns
from emcli.io.output import check_output, open_output, refuse_same_file
from emcli.io.row_sink import new_table
from emcli.io.table_source import TableSource, open_table
from emcli.tasks.assign import dropped
from emcli.tasks.gaps import rows_to_keep
from emcli.tasks.judging import judge
from emcli.tasks.matching import find_columns
from emcli.tasks.models import Model, load_model
from emcli.tasks.products import write_json
from emcli.tasks.reports import RowsDone, RowsReport, RowsWatch
from emcli.tasks.settings import ScoreSettings, TableSettings


def run(settings: ScoreSettings, watch: RowsWatch | None = None) -> RowsReport:
    """Write the log-likelihood in total, or the log density of every row."""
    began = time.monotonic()
    output = settings.output
    check_output(output.output, output.clobber)
    refuse_same_file({"the output": output.output}, {"the model": settings.model})
    model = load_model(settings.model)
    with open_table(settings.input, settings.table.reading) as source:
        scores = Scores(model, source, settings.table)
        if settings.per_row:
            with open_output(output.output, clobber=output.clobber) as out:
                sink = new_table(out, scores.header(), source.dialect, settings.digits)
                for columns in scores.blocks(watch):
                    sink.write_rows(columns)
        else:
            for _ in scores.blocks(watch):
                pass
        notes = [*source.notes, *dropped(scores.n_dropped)]
    answer = scores.answer()
    if not settings.per_row and settings.json:
        write_json(answer, output)
    elif not settings.per_row:
        with open_output(output.output, clobber=output.clobber) as out:
            sink = new_table(out, list(answer), digits=settings.digits)
            sink.write_rows([[value] for value in answer.values()])
    return RowsReport(scores.n_rows, scores.n_missing_cells, tuple(notes), (), answer, time.monotonic() - began)


class Scores:
    """Sums over the rows of a table, block by block."""

    def __init__(self, model: Model, source: TableSource, table: TableSettings) -> None:
        self._evaluate = Evaluator(model.mixture)
        self._source, self._table = source, table
        self._positions = find_columns(model, source, table)
        self._weights = weights_column(source, table)
        self._ids = [] if table.id is None else select_columns(table.id, source.header, where=source.name)
        self._sums: list[float] = []
        self._total_weight = 0.0
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
            self._total_weight += math.fsum(weights)
            self.n_rows += len(densities)
            self.n_dropped += block.n_rows - len(densities)
            self.n_missing_cells += int(np.isnan(values[keep]).sum())
            numbers = block.first_row + 1 + np.flatnonzero(keep)
            yield [numbers, *(block.column(j, keep) for j in self._ids), densities]
            if watch is not None:
                watch(RowsDone(self.n_rows))

    def answer(self) -> dict[str, Any]:
        """The one line of score."""
        total = math.fsum(self._sums)
        return {
            "n_rows": self.n_rows,
            "n_missing_cells": self.n_missing_cells,
            "log_likelihood": total,
            "mean_log_likelihood": total / self._total_weight if self._total_weight else None,
        }


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

"""Where completed tables go, whoever completes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from emcli.core.complete.imputation import Imputer
from emcli.data.rows import FloatArray
from emcli.io.read.columns.column_spec import select_columns
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import TableSource
from emcli.io.write.outputs.output import Outputs
from emcli.io.write.sinks.row_sink import new_table
from emcli.tasks.imputing.completed_table import CompletedTable, new_columns
from emcli.tasks.imputing.drawing import DrawsDone
from emcli.tasks.model_rows.reports import FitEvent, PartsWritten, RowsDone
from emcli.tasks.settings.impute import ImputeSettings

ImputeWatch: TypeAlias = "Callable[[FitEvent | RowsDone | PartsWritten | DrawsDone], None]"
Fill: TypeAlias = Callable[[FloatArray], FloatArray]
"""Completes the rows (n, d) of a block; called for the blocks in order."""


def stacked(settings: ImputeSettings) -> bool:
    """Whether the main product is written: with --draw-files only where -o names a file for it."""
    return settings.draw_files is None or settings.output.output != "-"


def draw_paths(settings: ImputeSettings) -> list[str]:
    """The files of --draw-files."""
    pattern = settings.draw_files
    return [] if pattern is None else [pattern.replace("{}", str(m)) for m in range(1, settings.draws + 1)]


@dataclass(frozen=True, eq=False)
class Tables:
    """Where completed tables go, whoever completes them."""

    settings: ImputeSettings
    source: TableSource
    positions: Sequence[int]
    watch: ImputeWatch | None

    def check_names(self) -> None:
        """Refuse new columns that the table already has, before any work is done."""
        settings = self.settings
        with_draw = settings.draws > 0 and stacked(settings)
        new_columns(self.source, self.positions, mark=settings.mark, with_draw=with_draw)

    def write_means(self, outputs: Outputs, imputer: Imputer | None) -> tuple[int, int]:
        """The table with conditional means, and their standard errors if wanted; counts of rows and filled cells."""
        settings, source = self.settings, self.source
        table = CompletedTable(
            outputs.open(settings.output.output), source, self.positions, mark=settings.mark, digits=settings.digits
        )
        errors_sink = None
        ids = select_columns(settings.table.id, source.header, where=source.name) if settings.table.id else []
        if settings.standard_errors is not None:
            header = [source.labels[j] for j in (*ids, *self.positions)]
            out = outputs.open(settings.standard_errors)
            errors_sink = new_table(out, header, source.dialect, settings.digits)
        n_rows = n_filled = 0
        for block, values in self._blocks():
            completed, errors = imputer.expected(values) if imputer is not None else (values, np.zeros_like(values))
            table.write(block, values, completed)
            if errors_sink is not None:
                everything = np.ones(block.n_rows, dtype=np.bool_)
                errors_sink.write_rows([*(block.column(j, everything) for j in ids), *errors.T])
            n_rows, n_filled = n_rows + block.n_rows, n_filled + int(np.isnan(values).sum())
        return n_rows, n_filled

    def write_draws(self, outputs: Outputs, fills: Sequence[Fill]) -> tuple[int, int]:
        """The tables of all draws, one below the other and in files of their own."""
        settings = self.settings
        whole = None
        if stacked(settings):
            whole = CompletedTable(
                outputs.open(settings.output.output),
                self.source,
                self.positions,
                mark=settings.mark,
                with_draw=True,
                digits=settings.digits,
            )
        n_rows = n_filled = 0
        paths = draw_paths(settings)
        for m, fill in enumerate(fills):
            tables = [whole] if whole is not None else []
            if paths:
                out = outputs.open(paths[m])
                tables.append(
                    CompletedTable(out, self.source, self.positions, mark=settings.mark, digits=settings.digits)
                )
            n_rows = n_filled = 0
            for block, values in self._blocks():
                completed = fill(values)
                for table in tables:
                    table.write(block, values, completed, m + 1)
                n_rows, n_filled = n_rows + block.n_rows, n_filled + int(np.isnan(values).sum())
        return n_rows, n_filled

    def _blocks(self) -> Iterator[tuple[RowBlock, FloatArray]]:
        n_rows = 0
        for block in self.source.blocks():
            yield block, block.numbers(self.positions)
            n_rows += block.n_rows
            if self.watch is not None:
                self.watch(RowsDone(n_rows))

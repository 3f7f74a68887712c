"""Rows with what a mixture says about them: the product of assign, and of fit for its own rows.

The input's columns come first, byte for byte, then `cluster` (1..k), `p_1` ... `p_k` and, if asked for,
`uncertainty`, `entropy` and `log_density`.  Rows are read, judged and written block by block, so that a table
of any length needs the memory of one block.  A row with missing cells is judged by the cells it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import Evaluation, Evaluator, entropy
from emcli.data.rows import BoolArray, FloatArray
from emcli.errors import UsageError
from emcli.io.read.columns.column_spec import select_columns
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import TableSource
from emcli.io.write.outputs.output import ByteSink
from emcli.io.write.sinks.row_sink import new_table, widened
from emcli.tasks.model_rows.gaps import rows_to_keep
from emcli.tasks.model_rows.judging import judge
from emcli.tasks.model_rows.reports import RowsDone, RowsWatch
from emcli.tasks.settings import AnswerSettings, TableSettings


@dataclass(frozen=True)
class AnswersWritten:
    """How much was read and written."""

    n_rows: int
    n_missing_cells: int
    n_dropped: int


@dataclass(frozen=True)
class Answers:
    """A mixture ready to judge the rows of a source.

    positions  where the model's columns stand in the source, in the model's order
    """

    mixture: Mixture
    source: TableSource
    positions: Sequence[int]
    table: TableSettings
    choice: AnswerSettings

    def names(self) -> list[str]:
        """The new columns; UsageError if one of them is in the way of an input column."""
        k = self.mixture.n_components
        names = ["cluster"]
        if not self.choice.label_only:
            names += [f"p_{component}" for component in range(1, k + 1)]
            names += ["p_0"] * (self.mixture.noise is not None)
        if self.choice.more:
            names += ["uncertainty", "entropy", "log_density"]
        kept = {self.source.header[j] for j in self.kept()}
        clash = next((name for name in names if self.choice.prefix + name in kept), None)
        if clash is not None:
            raise UsageError(
                f"the table already has a column named '{self.choice.prefix}{clash}'",
                where=self.source.name,
                hint=f"--prefix em_ names the new one 'em_{clash}'; --only leaves the table's columns out",
            )
        return [self.choice.prefix + name for name in names]

    def kept(self) -> list[int]:
        """Positions of the input columns that go into the output."""
        if not self.choice.only:
            return list(range(len(self.source.header)))
        if self.table.id is None:
            return []
        return select_columns(self.table.id, self.source.header, where=self.source.name)

    def write(self, out: ByteSink, watch: RowsWatch | None = None) -> AnswersWritten:
        """Judge every row and write it with its answers, in order."""
        append, evaluate = self._appender(out), Evaluator(self.mixture)
        n_rows = n_missing = n_dropped = 0
        for block in self.source.blocks():
            values = block.numbers(self.positions)
            keep = rows_to_keep(values, self.table.missing, block, self.source, self.positions)
            n_missing += int(np.isnan(values).sum())
            n_dropped += block.n_rows - int(keep.sum())
            append(block, keep, self._columns(judge(evaluate, values, keep, block, self.source)))
            n_rows += int(keep.sum())
            if watch is not None:
                watch(RowsDone(n_rows))
        return AnswersWritten(n_rows, n_missing, n_dropped)

    def _columns(self, evaluation: Evaluation) -> list[object]:
        responsibilities: FloatArray = evaluation.responsibilities
        columns: list[object] = [evaluation.labels + 1]
        if not self.choice.label_only:
            columns += list(responsibilities.T)
        if self.choice.more:
            certain = np.take_along_axis(responsibilities, evaluation.labels[:, None], axis=1)[:, 0]
            columns += [1.0 - certain, entropy(responsibilities), evaluation.log_density]
        return columns

    def _appender(self, out: ByteSink) -> Callable[[RowBlock, BoolArray, list[object]], None]:
        names, source, digits = self.names(), self.source, self.choice.digits
        if not self.choice.only:
            whole = widened(out, source, names, self.positions, digits, named=True)
            return lambda block, keep, columns: whole.append(block, columns, keep)
        positions = self.kept()
        some = new_table(out, [*(source.header[j] for j in positions), *names], source.dialect, digits)
        return lambda block, keep, columns: some.write_rows([*(block.column(j, keep) for j in positions), *columns])

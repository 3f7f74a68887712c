"""--bounds, --log and --round for the columns at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.complete.completed_scale import CompletedScale
from emcli.data.rows import BoolArray, FloatArray, Numbers
from emcli.errors import BadData, UsageError
from emcli.io.read.columns.column_spec import select_columns
from emcli.io.read.tables.numeric_table import NumericTable
from emcli.io.read.tables.table_source import TableSource
from emcli.tasks.settings.impute import CompletionSettings, parse_bounds

INTEGERS = "integers"


def completed_scale(
    settings: CompletionSettings, source: TableSource, positions: Sequence[int], whole: BoolArray
) -> CompletedScale:
    """What may stand in completed cells of the modelled columns.

    positions  where these stand in the source, in the model's order
    whole      (d,) which of them hold whole numbers only
    """
    chosen = _Chosen(source, positions)
    low, high = np.full(len(positions), -np.inf), np.full(len(positions), np.inf)
    logs = chosen.mask(settings.log, "log") if settings.log is not None else np.zeros(len(positions), np.bool_)
    rounded = np.zeros(len(positions), dtype=np.bool_)
    if settings.round is not None:
        named = settings.round in source.header
        rounded = whole if settings.round == INTEGERS and not named else chosen.mask(settings.round, "round")
    for text in settings.bounds:
        column, least, most = parse_bounds(text)
        mine = chosen.mask(column, "bounds")
        low[mine], high[mine] = np.maximum(low[mine], least), np.minimum(high[mine], most)
        _check_room(text, low, high, logs, rounded)
    return CompletedScale(logs, low, high, rounded)


def _check_room(text: str, low: FloatArray, high: FloatArray, logs: BoolArray, rounded: BoolArray) -> None:
    """UsageError if no completed cell could lie inside."""
    if (rounded & (np.ceil(low) > np.floor(high))).any():
        raise UsageError(f"'{text}': no whole number lies inside", where="--bounds")
    if (logs & (high <= 0.0)).any():
        raise UsageError(f"'{text}': nothing positive lies inside, and the column is in --log", where="--bounds")
    if (low >= high).any():
        raise UsageError(f"'{text}' leaves nothing of the bounds given before", where="--bounds")


class _Chosen:
    """Which of the modelled columns a spec means."""

    def __init__(self, source: TableSource, positions: Sequence[int]) -> None:
        self._source = source
        self._positions = list(positions)

    def mask(self, spec: str, option: str) -> BoolArray:
        """(d,) the columns of a spec; UsageError if one of them is not modelled."""
        mask = np.zeros(len(self._positions), dtype=np.bool_)
        for position in select_columns(spec, self._source.header, where=self._source.name):
            if position not in self._positions:
                label = self._source.labels[position]
                raise UsageError(
                    f"column '{label}' is not modelled, so none of its cells are filled", where=f"--{option}"
                )
            mask[self._positions.index(position)] = True
        return mask


def whole_columns(values: FloatArray) -> BoolArray:
    """Columns (d,) whose observed cells are all whole numbers."""
    return np.asarray((np.isnan(values) | (values == np.floor(values))).all(axis=0))


def whole_numbers(numbers: Numbers) -> BoolArray:
    """`whole_columns` of a block."""
    return whole_columns(numbers.values)


@dataclass(frozen=True)
class NotPositive:
    """Whether a block has a cell in one of these columns (d,) that has no logarithm."""

    logs: BoolArray

    def __call__(self, numbers: Numbers) -> bool:
        return bool((self.logs & (numbers.values <= 0.0)).any())


def check_positive(table: NumericTable, scale: CompletedScale, source: TableSource) -> None:
    """BadData naming the first cell of a --log column that has no logarithm."""
    if not any(table.rows.map(NotPositive(scale.logs))):
        return
    for block in source.blocks():
        values = block.numbers(table.positions)
        for row, j in np.argwhere(scale.logs & (values <= 0.0))[:1].tolist():
            raise BadData(
                f"column '{table.columns[j]}': {values[row, j]:g} has no logarithm",
                where=block.place(row, table.positions[j]).where,
                hint="--log is for columns of positive numbers; --bounds keeps completions of others above 0",
            )

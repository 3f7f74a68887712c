"""impute in parts: completed tables, one for each part of the input, written by whoever has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emcli.core.complete.imputation import Imputer
from emcli.data.rows import BoolArray
from emcli.io.read.tables.table_source import TableSource
from emcli.io.write.outputs.output import Outputs
from emcli.tasks.backend.place import Place
from emcli.tasks.imputing.completion_scale import whole_columns
from emcli.tasks.imputing.imputed_tables import ImputeWatch, Tables
from emcli.tasks.model_rows.part_writing import RowsWritten, joined, read_parts, write_parts
from emcli.tasks.settings import EngineSettings
from emcli.tasks.settings.impute import ImputeSettings


def fill_parts(
    settings: ImputeSettings,
    place: Place,
    positions: Sequence[int],
    imputer: Imputer | None,
    watch: ImputeWatch | None,
) -> RowsWritten:
    """A folder of completed tables, one for each part; the missing cells counted are those that were filled."""
    seen = place.see(settings.input, settings.table.reading)
    filling = Filling(settings, tuple(positions), imputer)
    return joined(write_parts(place, seen, settings.output, filling, watch), seen)


@dataclass(frozen=True)
class Filling:
    """Writes a table with its missing cells filled; what it pickles to is sent to whoever has a part."""

    settings: ImputeSettings
    positions: tuple[int, ...]
    imputer: Imputer | None

    def __call__(self, source: TableSource, target: str) -> RowsWritten:
        output = replace(self.settings.output, output=target)
        one = replace(self.settings, output=output, running=EngineSettings(), json=False)
        tables = Tables(one, source, self.positions, None)
        with Outputs(clobber=output.clobber) as outputs:
            n_rows, n_filled = tables.write_means(outputs, self.imputer)
        return RowsWritten(n_rows, n_filled, notes=tuple(source.notes))


def whole_in_all(
    settings: ImputeSettings,
    place: Place,
    source: TableSource,
    positions: Sequence[int],
    watch: ImputeWatch | None,
) -> BoolArray:
    """Which of the columns (d,) hold whole numbers only, throughout the table."""
    looking = Whole(tuple(positions))
    if not settings.output.in_parts:
        return looking(source, "")
    seen = place.see(settings.input, settings.table.reading)
    return np.asarray(np.all(read_parts(place, seen, looking, watch), axis=0))


@dataclass(frozen=True)
class Whole:
    """Looks which columns (d,) of a table hold whole numbers only."""

    positions: tuple[int, ...]

    def __call__(self, source: TableSource, target: str) -> BoolArray:
        by_block = [whole_columns(block.numbers(self.positions)) for block in source.blocks()]
        return np.asarray(np.all(by_block, axis=0) if by_block else np.ones(len(self.positions), dtype=np.bool_))

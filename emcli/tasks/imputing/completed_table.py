"""Writing a table with its missing cells filled: every other byte of its records stays as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emcli.data.rows import FloatArray
from emcli.errors import UsageError
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import TableSource
from emcli.io.write.outputs.output import ByteSink
from emcli.io.write.sinks.completed_cells import Completed
from emcli.io.write.sinks.row_sink import widened

MARK = "_was_missing"
DRAW = "draw"


class CompletedTable:
    """A table like the source, with flags and the number of the draw behind it if wanted.

    positions  where the modelled columns stand in the source, in the model's order
    """

    def __init__(
        self,
        out: ByteSink,
        source: TableSource,
        positions: Sequence[int],
        *,
        mark: bool = False,
        with_draw: bool = False,
        digits: int | None = None,
    ) -> None:
        self._positions, self._mark, self._with_draw = positions, mark, with_draw
        names = new_columns(source, positions, mark=mark, with_draw=with_draw)
        self._sink = widened(out, source, names, positions, digits, named=False)

    def write(self, block: RowBlock, values: FloatArray, completed: FloatArray, draw: int = 0) -> None:
        """Write a block's rows; values (n, d) as read, NaN where missing, completed (n, d) without NaN."""
        missing = np.isnan(values)
        behind: list[object] = list(missing.T.astype(np.intp)) if self._mark else []
        if self._with_draw:
            behind.append(np.full(block.n_rows, draw, dtype=np.intp))
        self._sink.append_completed(block, behind, Completed(self._positions, missing, completed))


def new_columns(
    source: TableSource, positions: Sequence[int], *, mark: bool = False, with_draw: bool = False
) -> list[str]:
    """The names of the columns behind the table's own; UsageError if the table has one of these names."""
    names = [source.labels[position] + MARK for position in positions] if mark else []
    names += [DRAW] if with_draw else []
    for name in names:
        if name in source.header:
            raise UsageError(
                f"the table already has a column named '{name}'",
                where=source.name,
                hint="leave --mark out, or rename the column" if name != DRAW else "use --draw-files, or rename it",
            )
    return names

"""What the cells of each column of a table mean: most columns share a reader, some have one of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emcli.data.rows import IntArray
from emcli.io.read.notations.null_marks import null_marks
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.text.number_cells import CellReader


@dataclass(frozen=True)
class ColumnReaders:
    """usual  the reader of every column that has none of its own, by position in `single`."""

    usual: CellReader
    single: Mapping[int, CellReader] = field(default_factory=dict)

    def of(self, position: int) -> CellReader:
        """The reader of a column."""
        return self.single.get(position, self.usual)

    def groups(self, columns: Sequence[int]) -> list[list[int]]:
        """Places in `columns` of those that share a reader, group by group."""
        alone = [[place] for place, position in enumerate(columns) if position in self.single]
        shared = [place for place, position in enumerate(columns) if position not in self.single]
        return [shared, *alone] if shared else alone

    def with_single(self, single: Mapping[int, CellReader]) -> ColumnReaders:
        """The same with readers of their own for more columns."""
        return ColumnReaders(self.usual, {**self.single, **single})

    def in_order(self, order: IntArray) -> ColumnReaders:
        """The same for columns in another order."""
        places = {int(position): place for place, position in enumerate(order)}
        return ColumnReaders(self.usual, {places[position]: reader for position, reader in self.single.items()})


def column_readers(options: ReadOptions, labels: Sequence[str]) -> ColumnReaders:
    """The readers that the options ask for; UsageError where they name a column that is not there."""
    marks = null_marks(options.null, options.null_only, labels)
    mark = options.decimal or "."
    content = None if options.quoting.is_usual else options.quoting.content
    single = {position: CellReader(null, mark, content=content) for position, null in marks.single}
    return ColumnReaders(CellReader(marks.everywhere, mark, content=content), single)

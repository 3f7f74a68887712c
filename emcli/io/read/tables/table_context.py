"""What all blocks of a table share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emcli.data.rows import IntArray
from emcli.io.read.notations.column_readers import ColumnReaders
from emcli.io.read.text.dialect import Dialect


@dataclass(frozen=True)
class TableContext:
    """A table's name in messages, its columns, how its text is laid out, and how its cells read."""

    name: str
    header: tuple[str, ...]
    labels: tuple[str, ...]
    dialect: Dialect
    readers: ColumnReaders

    def in_order(self, order: IntArray) -> TableContext:
        """The same with the columns in another order."""
        header, labels = (tuple(names[place] for place in order) for names in (self.header, self.labels))
        return replace(self, header=header, labels=labels, readers=self.readers.in_order(order))

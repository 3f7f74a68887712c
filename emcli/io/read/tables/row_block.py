"""Some consecutive rows of a table: what every kind of input offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from emcli.data.rows import BoolArray, FloatArray, IntArray
from emcli.io.read.tables.table_context import TableContext
from emcli.io.read.text.conversion import Converted

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Place:
    """Where a row is to be found in its file: on a line of text, or as a row by number, from 1."""

    name: str
    number: int
    unit: str = "line"

    @property
    def where(self) -> str:
        """The file and the place in it."""
        return f"{self.name}:{self.number}" if self.unit == "line" else f"{self.name}: {self.spot}"

    @property
    def spot(self) -> str:
        """The place in the file."""
        return f"{self.unit} {self.number}"


class RowBlock(Protocol):
    """Rows `first_row` to `first_row + n_rows` of a table (counted from 0 among the data rows).

    part   number of the file they are from
    table  what the blocks of the table share
    """

    table: TableContext
    part: int
    first_row: int
    n_rows: int

    def numbers(self, columns: Sequence[int]) -> FloatArray:
        """(n, len(columns)) doubles, NaN where a cell is missing; BadData names the first cell that is no number."""
        ...

    def convert(self, columns: Sequence[int]) -> Converted:
        """The numbers of these columns row by row, and which cells are neither numbers nor missing."""
        ...

    def text(self, row: int, column: int) -> str:
        """The text of one cell; rows count from 0 in this block."""
        ...

    def texts(self, column: int) -> list[str]:
        """The texts of one column."""
        ...

    def column(self, column: int, keep: BoolArray) -> Any:
        """The kept cells (n,) of one column as a sink takes them: texts, or an Arrow array with its type."""
        ...

    def arrow(self, column: int, *, number: bool) -> pa.Array:
        """One column as an Arrow array; of text as doubles or as strings, missing and empty cells null."""
        ...

    def records(self) -> pa.LargeBinaryArray | list[bytes]:
        """Each row's bytes in UTF-8 without its line end: a list of few, else an Arrow array."""
        ...

    def records_with(
        self, rows: IntArray, columns: IntArray, cells: Sequence[bytes]
    ) -> pa.LargeBinaryArray | list[bytes]:
        """The records after some cells, each given by row and column, were replaced; all others untouched."""
        ...

    def place(self, row: int, column: int = 0) -> Place:
        """Where a cell begins in its file."""
        ...

    def line_shown(self, row: int, column: int) -> str:
        """The place of a cell and what stands there."""
        ...

    def repeats_header(self, row: int) -> bool:
        """Whether a row is the header once more."""
        ...

    def among(self, part: int, first_row: int, order: IntArray) -> RowBlock:
        """The same rows in a table of several files.

        part, first_row  number of this file, and of rows before it
        order            (d,) where the table's columns stand in this file
        """
        ...

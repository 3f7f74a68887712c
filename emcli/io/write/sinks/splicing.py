"""Cells of a text replaced in place: everything between them stays byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.data.rows import IntArray
from emcli.io.read.notations.column_readers import ColumnReaders
from emcli.io.write.sinks.number_text import float_text, rounded
from emcli.io.write.sinks.table_sink import Style


@dataclass(frozen=True)
class Spliced:
    """A text after replacement, and where its records begin and end now."""

    text: bytes
    starts: IntArray
    ends: IntArray


def splice(
    text: bytes, records: tuple[IntArray, IntArray], cells: tuple[IntArray, IntArray], new: Sequence[bytes]
) -> Spliced:
    """The text with the cells between ascending bounds replaced; records are bounds (n,) too."""
    begins, stops = cells
    pieces: list[bytes] = []
    done = 0
    for begin, stop, cell in zip(begins.tolist(), stops.tolist(), new, strict=True):
        pieces += (text[done:begin], cell)
        done = stop
    pieces.append(text[done:])
    growth = np.zeros(len(begins) + 1, dtype=np.intp)
    np.cumsum(np.fromiter(map(len, new), dtype=np.intp, count=len(new)) - (stops - begins), out=growth[1:])
    starts, ends = records
    return Spliced(
        b"".join(pieces),
        starts + growth[np.searchsorted(begins, starts, side="left")],
        ends + growth[np.searchsorted(begins, ends, side="right")],
    )


@dataclass(frozen=True)
class NumberCells:
    """How numbers are written among the cells of a table that was read: as the cells of their column are."""

    style: Style
    readers: ColumnReaders
    digits: int | None = None

    def __call__(self, values: Sequence[float], columns: Sequence[int]) -> list[bytes]:
        """One cell per number, which stands in the column of this position; ValueError if one is not finite."""
        shown = values if self.digits is None else rounded(values, self.digits)
        return [
            self._cell(self.readers.of(column).written(float_text(value)))
            for value, column in zip(shown, columns, strict=True)
        ]

    def _cell(self, text: str) -> bytes:
        return (f'"{text}"' if self.style.delimiter in text else text).encode()

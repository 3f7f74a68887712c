"""The errors about cells that are no numbers, worded in one place."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from emcli.errors import BadData
from emcli.io.printable import in_quotes
from emcli.io.read.notations.null_marks import written_marks
from emcli.io.read.text.number_cells import CellReader

LONGEST_MARK = 20  # characters of a cell that is proposed as a missing mark
MOST_MARKS = 12  # that are proposed together


@dataclass(frozen=True)
class WrongCell:
    """A cell that is neither a number nor missing, and what else is known about such cells.

    detail      shows its line
    n_bad, n_present   such cells in its column, and all cells there that are not missing
    spellings   all texts of such cells, in all columns that should hold numbers
    leave_out   the columns that hold them, if the table can do without; empty if not
    """

    text: str
    label: str
    where: str
    detail: str
    n_bad: int = 1
    n_present: int = 0
    spellings: Sequence[str] = ()
    leave_out: Sequence[str] = ()

    def error(self, reader: CellReader) -> BadData:
        """The error, with what makes the next run get further."""
        return BadData(
            f"column {in_quotes(self.label)}: {reader.complaint(self.text)}",
            where=self.where,
            detail=self.detail
            if self.n_bad == 1
            else f"{self.detail} (the first of {self.n_bad} such cells, of {self.n_present} not missing)",
            hint=reader.foreign_notation(self.text) or self._hint(reader),
        )

    def _hint(self, reader: CellReader) -> str | None:
        ways = [way for way in (self._hint_missing(reader), self._hint_without()) if way]
        return ", or ".join(ways) or None

    def _hint_missing(self, reader: CellReader) -> str | None:
        marks = list(dict.fromkeys([self.text, *self.spellings]))
        column = None if not reader.is_found else self.label  # elsewhere such a cell may be a number
        if len(marks) > MOST_MARKS or not all(_may_be_mark(mark, reader) for mark in marks):
            return None
        what = "it" if self.n_bad == 1 and len(marks) == 1 else "them"
        return f"treat {what} as missing with --null {shlex.quote(written_marks(marks, column))}"

    def _hint_without(self) -> str | None:
        if not self.leave_out or not all(label.isprintable() for label in self.leave_out):
            return None
        named = ",".join(f'"{label}"' if "," in label else label for label in self.leave_out)
        what = "the column" if len(self.leave_out) == 1 else "the columns"
        return f"leave {what} out with -x {shlex.quote(named)}"


def _may_be_mark(text: str, reader: CellReader) -> bool:
    return (
        bool(text)
        and text.isprintable()
        and len(text) <= LONGEST_MARK
        and '"' not in text
        and (reader.is_found or not reader.is_number(text))
    )

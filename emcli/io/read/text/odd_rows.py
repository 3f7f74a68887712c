"""Rows that are none: the header again, words among numbers (units, a second header, a footer), totals.

No cell of such a row is a missing value, so no hint here proposes to take one for that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from emcli.errors import BadData
from emcli.io.printable import in_quotes
from emcli.io.read.columns.column_names import is_scale
from emcli.io.read.tables.row_block import Place, RowBlock

MOST_CELLS = 50  # of a row that are looked at
COMMENT_MARKS = "#%!;*/"
TOTALS = re.compile(
    r"(?:sub[- ]?|grand )?(?:totals?|sum|mean|average|avg|median|count|min|max|std|summe|gesamt|somme|totaal|suma)\b.*",
    re.IGNORECASE | re.DOTALL,
)

SUMS = re.compile(r"(?:sub[- ]?|grand )?totals?:?|sum:?|summe:?|gesamt:?", re.IGNORECASE)
"""Narrower, for rows that are not wrong: there are people called Max."""


def note_about_sum(block: RowBlock) -> list[str]:
    """A note if the last row of a table looks like a sum of the others; nothing else betrays one."""
    begins = block.text(block.n_rows - 1, 0).strip()
    if not SUMS.fullmatch(begins):
        return []
    spot = block.place(block.n_rows - 1).spot
    return [f"the last row begins with {in_quotes(begins)} and is taken as data; if it is a sum, remove {spot}"]


@dataclass(frozen=True)
class OddRow:
    """How a row reads that has a cell which is no number.

    begins      its first cell that is not empty
    has_number  whether any cell is one
    repeats     whether it is the header once more
    marked      whether that begins with a byte order mark
    """

    place: Place
    first: bool
    begins: str
    has_number: bool
    repeats: bool
    marked: bool = False


def odd_row(block: RowBlock, row: int, *, has_number: bool) -> OddRow:
    """What is to be known about a row of a block."""
    cells = (block.text(row, column).strip() for column in range(min(len(block.table.header), MOST_CELLS)))
    begins = next((cell for cell in cells if cell), "")
    repeats = block.repeats_header(row)
    return OddRow(
        block.place(row), block.first_row + row == 0, begins[:MOST_CELLS], has_number, repeats, "\ufeff" in begins
    )


def error_about_row(
    row: OddRow, cells: Sequence[str], *, alone: bool, header: Sequence[str] | None, detail: str
) -> BadData | None:
    """The error if a row is none; None if its cells are worth an error of their own.

    cells   its texts in columns of numbers, which are no numbers
    alone   whether these columns have no other such cell
    header  the names; None if there is no header
    """
    if row.repeats:
        return _repeated_header(row, detail)
    if row.marked:
        return BadData(
            "a byte order mark stands in the middle of the table",
            where=row.place.where,
            detail=detail,
            hint=r"files joined with cat? remove the marks, for example with sed 's/\xEF\xBB\xBF//g'",
        )
    if TOTALS.fullmatch(row.begins):
        what = f"this row is a summary, not data: it begins with {in_quotes(row.begins)}"
        return BadData(what, where=row.place.where, detail=detail, hint=_hint_remove(row))
    if row.has_number or not _are_words(cells, row, alone=alone):
        return None
    if row.first and header is None:
        hint = "if it is the header, leave --no-header (-H) out"
    elif row.first and header is not None and _is_no_header(header):
        hint = f"if this line is the header: --skip-lines {row.place.number - 1}"
    else:
        hint = _hint_remove(row)
    return BadData(
        "words stand where the other rows have numbers: a second header, units or a footer?",
        where=row.place.where,
        detail=detail,
        hint=hint,
    )


def _is_no_header(names: Sequence[str]) -> bool:
    """Whether the first line looks like one above a header: half empty, or with a value among its words."""
    if sum(not name.strip() for name in names) * 2 >= len(names):
        return True
    values = [name for name in names if name.strip() and not any(map(str.isalpha, name))]
    return bool(values) and not is_scale(values)


def _are_words(cells: Sequence[str], row: OddRow, *, alone: bool) -> bool:
    """Whether cells without a number beside them are words, and not missing cells spelled in some way."""
    if not any(character.isalpha() for cell in cells for character in cell):
        return False
    several = len(cells) > 1 and (alone or len(set(cells)) > 1)
    return several or (row.first and alone)


def _hint_remove(row: OddRow) -> str:
    if row.place.unit != "line":
        return "remove this row"
    return hint_about_line(row.place.number, row.begins)


def hint_about_line(number: int, begins: str) -> str:
    """How to leave a line out, by its number and its beginning."""
    if begins[:1] and begins[0] in COMMENT_MARKS:
        return f"if such lines are comments: --comment '{begins[0]}'"
    return f"remove this line, for example with sed {number}d"


def _repeated_header(row: OddRow, detail: str) -> BadData:
    what = "the header is repeated here, so its names are not numbers"
    if row.marked:
        what = "the header is repeated here behind a byte order mark, so its names are not numbers"
    hint = "files joined with cat? " + _hint_remove(row)
    return BadData(what, where=row.place.where, detail=detail, hint=hint)

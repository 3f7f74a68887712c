"""The errors about single cells, worded in one place."""

from __future__ import annotations

import shlex

from emcli.errors import BadData
from emcli.io.number_cells import CellReader
from emcli.io.printable import in_quotes
from emcli.io.row_block import Place

LONGEST_MARK = 20  # characters of a cell that is proposed as a missing mark


def bad_cell(
    text: str, label: str, where: str, reader: CellReader, *, detail: str, n_bad: int = 1, n_present: int = 0
) -> BadData:
    """A cell that is neither a number nor missing, in a column that should hold numbers; `detail` shows its line."""
    return BadData(
        f"column {in_quotes(label)}: {reader.complaint(text)}",
        where=where,
        detail=detail if n_bad == 1 else f"{detail} (the first of {n_bad} such cells, of {n_present} not missing)",
        hint=reader.foreign_notation(text) or _hint(text, label, reader),
    )


def repeated_header(place: Place, detail: str) -> BadData:
    """The header line again among the rows."""
    return BadData(
        "the header is repeated here, so its names are not numbers",
        where=place.where,
        detail=detail,
        hint=f"files joined with cat? remove this line, for example with sed {place.number}d",
    )


def _hint(text: str, label: str, reader: CellReader) -> str:
    leave_out = f"leave the column out with -x {shlex.quote(label)}" if label.isprintable() else "leave the column out"
    if not text.isprintable() or len(text) > LONGEST_MARK or "," in text or reader.is_number(text):
        return leave_out
    return f"treat it as missing with --null {shlex.quote(text)}, or {leave_out}"

"""The numbers of a block where each cell has to be one or missing, and the error where it is neither.

The columns are needed, so no hint proposes to leave one out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emcli.data.rows import FloatArray, IntArray
from emcli.errors import BadData
from emcli.io.read.columns.cell_errors import WrongCell
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.text.conversion import Converted
from emcli.io.read.text.odd_rows import error_about_row, odd_row

MOST_LOOKED_AT = 100  # cells whose spellings are listed


def needed_numbers(block: RowBlock, columns: Sequence[int]) -> FloatArray:
    """(n, len(columns)) doubles, NaN where a cell is missing; BadData names the first cell that is no number."""
    converted = block.convert(columns)
    if converted.bad.size:
        raise _error(block, columns, converted)
    return converted.values.reshape(block.n_rows, len(columns))


def _error(block: RowBlock, columns: Sequence[int], converted: Converted) -> BadData:
    table = block.table
    rows, places = np.divmod(converted.bad, len(columns))
    row, column = int(rows[0]), columns[int(places[0])]
    place, shown = block.place(row, column), block.line_shown(row, column)
    has_number = not np.isnan(converted.values.reshape(block.n_rows, len(columns))[row]).all()
    here = places[rows == row]
    texts = [block.text(row, columns[j]) for j in here.tolist()]
    header = table.header if table.dialect.header else None
    alone = not np.isin(places[rows != row], here).any()
    odd = odd_row(block, row, has_number=has_number)
    error = error_about_row(odd, texts, alone=alone, header=header, detail=shown)
    if error is not None:
        return error
    in_column = places == places[0]
    reader = table.readers.of(column)
    alike = np.flatnonzero(in_column) if reader.is_found else np.arange(len(rows))
    cell = WrongCell(
        block.text(row, column),
        table.labels[column],
        place.where,
        shown,
        spellings=_spellings(block, columns, rows[alike[:MOST_LOOKED_AT]], places[alike]),
        n_bad=int(in_column.sum()),
        n_present=int(in_column.sum() + (~np.isnan(converted.values[int(places[0]) :: len(columns)])).sum()),
    )
    return cell.error(reader)


def _spellings(block: RowBlock, columns: Sequence[int], rows: IntArray, places: IntArray) -> list[str]:
    cells = zip(rows.tolist(), places.tolist(), strict=False)
    return list(dict.fromkeys(block.text(row, columns[place]) for row, place in cells))

"""The notations of a table's columns, found out from its first rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from emcli.io.printable import name_list
from emcli.io.read.notations.column_readers import ColumnReaders
from emcli.io.read.notations.notations import Notation, find_notation, is_ambiguous
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.text.number_cells import BLANKS, CellReader

BOTH = (".", ",")
PLAIN_BYTES = b"0123456789.+-eE\r\n \t"
"""What plain numbers and the lines of a table consist of, except for the delimiter."""


def with_notations(block: RowBlock, columns: Iterable[int], decimal: str | None) -> dict[int, CellReader]:
    """Readers of those columns that the first rows show to be written in an unusual way.

    decimal  the decimal mark if the user told it
    """
    readers, columns = block.table.readers, list(columns)
    converted = block.convert(columns)
    odd = np.unique(converted.bad % max(1, len(columns))).tolist()
    texts = {columns[place]: _present(block, columns[place], readers.of(columns[place])) for place in odd}
    decimals = BOTH if decimal is None else (decimal,)
    found = {column: find_notation(cells, decimals) for column, cells in texts.items()}
    if decimal is None:
        found = _settled(found, texts, block.table.dialect.delimiter)
    return {column: readers.of(column).in_notation(one) for column, one in found.items() if one is not None}


def notes_about(readers: ColumnReaders, labels: Sequence[str]) -> list[str]:
    """What a user should know of the columns that are read in an unusual way."""
    columns: dict[str, list[str]] = {}
    for position, reader in sorted(readers.single.items()):
        if reader.notation is not None:
            columns.setdefault(reader.notation.words, []).append(labels[position])
        elif reader.decimal != readers.usual.decimal:
            columns.setdefault("decimal commas", []).append(labels[position])
    return [
        f"{'column' if len(names) == 1 else 'columns'} {name_list(names)} read with {words}"
        for words, names in columns.items()
    ]


def _present(block: RowBlock, column: int, reader: CellReader) -> list[str]:
    """The texts of a column that are not missing."""
    texts = (text.strip(BLANKS) for text in block.texts(column))
    return [text for text in texts if text.casefold() not in reader.null]


def _settled(
    found: Mapping[int, Notation | None], texts: Mapping[int, list[str]], delimiter: str
) -> dict[int, Notation | None]:
    """The same, where commas that may be either are decided by other columns, or else by what separates cells.

    Where a comma separates cells, one inside a cell separates thousands; elsewhere it is not decided.
    """
    others = {one.decimal for column, one in found.items() if one is not None and not is_ambiguous(texts[column])}
    settled = dict(found)
    for column, one in found.items():
        if one is None or one.grouping != "," or not is_ambiguous(texts[column]):
            continue
        if "," in others:
            settled[column] = replace(one, decimal=",", grouping="")
        elif delimiter != ",":
            settled[column] = None
    return settled

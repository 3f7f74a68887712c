"""The names of a table's columns, as the header gives them and as messages and models call them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from emcli.errors import BadData
from emcli.io.number_cells import BLANKS, CellReader
from emcli.io.printable import in_quotes, name_list


def generated_names(n_columns: int) -> tuple[str, ...]:
    """The names of columns without a header: c1, c2, ..."""
    return tuple(f"c{i}" for i in range(1, n_columns + 1))


def is_nameless(name: str) -> bool:
    return not name.strip(BLANKS)


def column_labels(header: Sequence[str]) -> tuple[str, ...]:
    """One unambiguous name per column: repeated names are counted, a[1] a[2]; without a name it is `column 1`."""
    repeated = Counter(header)
    seen: Counter[str] = Counter()
    labels = []
    for position, name in enumerate(header, 1):
        seen[name] += 1
        if is_nameless(name):
            labels.append(f"column {position}")
        else:
            labels.append(f"{name}[{seen[name]}]" if repeated[name] > 1 else name)
    return tuple(labels)


def repeated_names(header: Sequence[str]) -> list[str]:
    """Names that several columns share, in the order of the header."""
    return [name for name, n in Counter(header).items() if n > 1 and not is_nameless(name)]


def check_header(header: Sequence[str], reader: CellReader, where: str) -> list[str]:
    """Notes about an unusual header; BadData if it is a row of data."""
    cells = [name for name in header if not is_nameless(name)]
    if not cells:
        raise BadData(
            "the header has no names: all its cells are empty",
            where=where,
            hint="if the file has no header: --no-header (-H)",
        )
    if not all(reader.is_number(name) for name in cells):
        return []
    if _counts_up(header):
        return [f"the first line ({name_list(header, 4)}) is taken as the header; if it is data, say --no-header (-H)"]
    raise BadData(
        f"the first line looks like data, not like a header: {in_quotes(cells[0])} is a number",
        where=where,
        hint="if the file has no header: --no-header (-H)",
    )


def _counts_up(header: Sequence[str]) -> bool:
    """Whether the names are 0, 1, 2, ... or 1990, 1991, ..., as programs number columns."""
    if len(header) < 2 or not all(name.isascii() and name.isdigit() for name in header):
        return False
    numbers = [int(name) for name in header]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))

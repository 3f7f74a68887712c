"""The names of a table's columns, as the header gives them and as messages and models call them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import isclose

from emcli.errors import BadData
from emcli.io.printable import in_quotes, name_list
from emcli.io.read.text.number_cells import BLANKS, CellReader

PLAIN = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")


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


def check_header(first: Sequence[str], reader: CellReader, where: str, *, is_header: bool) -> list[str]:
    """Notes about an unusual first line; BadData if it is data and should hold names, or the other way round.

    is_header  whether it is taken as the header
    """
    cells = [name for name in first if not is_nameless(name)]
    if not is_header:
        return _check_data(first, cells, where)
    if not cells:
        raise BadData(
            "the header has no names: all its cells are empty",
            where=where,
            hint="if the file has no header: --no-header (-H)",
        )
    if not all(reader.is_number(name) for name in cells):
        return []
    if is_scale(cells):
        shown = f"the first line ({name_list(cells, 4)}) is taken as the header"
        return [shown if len(cells) < len(first) else f"{shown}; if it is data, say --no-header (-H)"]
    raise BadData(
        f"the first line looks like data, not like a header: {in_quotes(cells[0])} is a number",
        where=where,
        hint="if the file has no header: --no-header (-H), if these are names: --header",
    )


def _check_data(first: Sequence[str], cells: Sequence[str], where: str) -> list[str]:
    """The same where there is no header; a gap among its names would be filled like one among data."""
    if not is_scale(cells):
        return []
    if len(cells) < len(first):
        raise BadData(
            f"the first line ({name_list(first, 4)}) is a header of numbers, not data",
            where=where,
            hint="leave --no-header (-H) out and say --header",
        )
    return [f"the first line ({name_list(cells, 4)}) is taken as data; if it is the header, say --header"]


def is_scale(names: Sequence[str]) -> bool:
    """Whether the names are 0, 1, 2, ... or 1990, 1991, ... or 400, 402.5, 405, ..., as programs number columns."""
    names = [name.strip(BLANKS) for name in names]
    if len(names) < 2 or not all(map(PLAIN.fullmatch, names)):
        return False
    numbers = [float(name) for name in names]
    steps = [after - before for before, after in pairwise(numbers)]
    if len(names) == 2 or steps[0] == 1.0:
        return all(map(str.isdigit, names)) and set(steps) == {1.0}
    return steps[0] > 0 and all(isclose(step, steps[0], rel_tol=1e-6) for step in steps)

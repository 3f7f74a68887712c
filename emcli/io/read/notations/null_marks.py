"""What a missing cell looks like: in the whole table, and in single columns.

A list of marks has commas between them; a mark that holds one stands in double quotes.  `empty` is the empty cell (and
the word itself).  A list may begin with a column's name and a colon: it then holds for that column alone.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from emcli.errors import UsageError
from emcli.io.printable import in_quotes, name_list

DEFAULT_NULL = ("", "NA", "N/A", "#N/A", "NaN", "null", "None", "?")
EMPTY = "empty"


@dataclass(frozen=True)
class NullMarks:
    """everywhere  marks of every column that has none of its own
    single      (position, marks) of the columns that have
    """

    everywhere: tuple[str, ...]
    single: tuple[tuple[int, tuple[str, ...]], ...] = ()


def null_marks(more: Sequence[str], only: Sequence[str] | None, labels: Sequence[str]) -> NullMarks:
    """The marks of a table whose columns have these labels; UsageError if a list names a column that is not there.

    more  lists that add to the usual marks;  only  lists in place of them, None: the usual ones
    """
    replacing = [_parsed(given, labels, "null_only") for given in only or ()]
    added = [_parsed(given, labels, "null") for given in more]
    all_replaced = any(position is None for position, _ in replacing)
    everywhere: list[str] = [] if all_replaced else list(DEFAULT_NULL)
    alone: dict[int, list[str]] = {}
    for position, marks in replacing:
        (everywhere if position is None else alone.setdefault(position, [])).extend(marks)
    everywhere += [mark for position, marks in added if position is None for mark in marks]
    for position, marks in added:
        if position is not None:
            alone.setdefault(position, list(everywhere)).extend(marks)
    return NullMarks(tuple(everywhere), tuple((position, tuple(marks)) for position, marks in alone.items()))


def written_marks(marks: Sequence[str], column: str | None = None) -> str:
    """A list that `null_marks` reads as these marks, for one column if it is named."""
    text = ",".join(f'"{mark}"' if "," in mark else mark or EMPTY for mark in marks)
    return text if column is None and ":" not in text else f"{column or ''}:{text}"


def _parsed(given: str, labels: Sequence[str], option: str) -> tuple[int | None, list[str]]:
    """The column that a list is for, None for all, and its marks."""
    position, text = _column(given, labels, option)
    marks = next(csv.reader([text]), [""])
    return position, [*marks, ""] if EMPTY in map(str.casefold, marks) else marks


def _column(given: str, labels: Sequence[str], option: str) -> tuple[int | None, str]:
    if ":" not in given or given.startswith(":"):
        return None, given.removeprefix(":")
    colons = [i for i, character in enumerate(given) if character == ":"]
    for colon in reversed(colons):  # a name may hold a colon itself
        if given[:colon] in labels:
            return labels.index(given[:colon]), given[colon + 1 :]
    raise UsageError(
        f"no column named {in_quotes(given[: colons[0]])}",
        where=option,
        detail=f"columns: {name_list(labels)}",
        hint=f"if the colon belongs to a mark for all columns: begin with a colon, as in ':{given}'",
    )

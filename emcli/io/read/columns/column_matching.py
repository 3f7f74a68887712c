"""Whether two tables have the same columns, and where those of one stand in the other."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from emcli.data.rows import IntArray
from emcli.errors import BadData
from emcli.io.printable import name_list
from emcli.io.read.notations.column_readers import ColumnReaders


class SourceLike(Protocol):
    """A table that was looked at."""

    name: str
    labels: tuple[str, ...]
    readers: ColumnReaders


class PartLike(Protocol):
    """A table that can be read as another one."""

    name: str
    labels: tuple[str, ...]

    def read_as(self, readers: ColumnReaders) -> None: ...


class Columned(Protocol):
    """Something with a name and named columns."""

    name: str
    labels: tuple[str, ...]


def read_alike(first: SourceLike, other: PartLike) -> IntArray:
    """Where the columns of the first table stand in the other, whose cells mean from now on what they mean there."""
    order = order_like(first, other)
    other.read_as(first.readers.in_order(np.argsort(order)))
    return order


def order_like(first: Columned, other: Columned) -> IntArray:
    """Where the columns of the first table (d,) stand in the other; BadData says what differs."""
    missing = [label for label in first.labels if label not in set(other.labels)]
    more = [label for label in other.labels if label not in set(first.labels)]
    if missing or more:
        what = [f"without {name_list(missing)}"] if missing else []
        what += [f"with {name_list(more)}"] if more else []
        raise BadData(
            f"its columns are not those of {first.name}: {', '.join(what)}",
            where=other.name,
            hint="all files of one table need the same columns, in any order",
        )
    places = {label: place for place, label in enumerate(other.labels)}
    return np.array([places[label] for label in first.labels], dtype=np.intp)

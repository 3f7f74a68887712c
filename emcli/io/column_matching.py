"""Whether two tables have the same columns, and where those of one stand in the other."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from emcli.data.table import IntArray
from emcli.errors import BadData
from emcli.io.printable import name_list


class Columned(Protocol):
    """Something with a name and named columns."""

    name: str
    labels: tuple[str, ...]


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

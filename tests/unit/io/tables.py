"""Tables for the tests of reading: written by Python's csv module, the reader's reference."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from hypothesis import strategies as st

CELLS = st.one_of(
    st.text(alphabet='ab"\n\r,;\t |é1.5-', max_size=6),
    st.sampled_from(["", "NA", "1.5", " 2 ", "-3e5", "x", "007", "1,5", "\N{SNOWMAN}"]),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header of distinct letters and some rows of any texts."""
    n_columns = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(CELLS, min_size=n_columns, max_size=n_columns), max_size=12))
    return [list("pqrs")[:n_columns], *rows]


def csv_bytes(rows: Sequence[Sequence[str]], line_end: str = "\n", delimiter: str = ",") -> bytes:
    """The rows as the csv module writes them; before Python 3.13 it does not quote a carriage return by itself."""
    out = io.StringIO(newline="")
    returns = any("\r" in cell for row in rows for cell in row)
    quoting = csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator=line_end, delimiter=delimiter, quoting=quoting).writerows(rows)
    return out.getvalue().encode()

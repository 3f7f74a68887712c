"""Columns of values as columns of cells: the text that goes between two delimiters.

There are two ways to the same bytes.  Small tables take the plain one (Python strings), because loading
Arrow costs more than writing them; large ones take Arrow.  A test holds the two against each other.

A column is a numpy array of floats, integers or truth values, a list (texts, numbers, None for an empty cell,
mixed as they come) or an Arrow array.  Texts are quoted where a reader of CSV would otherwise misread them.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from emcli.io.write.sinks.number_text import DECIMAL_BELOW, float_text, rounded

if TYPE_CHECKING:
    import pyarrow as pa

ARROW_PLAIN_BELOW = 1e10  # from here on Arrow writes exponents: still right, but not how people write incomes


def quoted(text: str, delimiter: str) -> str:
    """The text as a cell: in quotes if it holds the delimiter, a quote or a line break."""
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def cell_texts(column: Any, delimiter: str, digits: int | None) -> list[str]:
    """The cells of a column as Python strings."""
    if _is_arrow(column):
        from emcli.io.read.tables.arrow_text import texts_of

        column = texts_of(column)
    values: Sequence[Any] = column.tolist() if hasattr(column, "tolist") else column
    if _is_float_array(column):
        return list(map(float_text, values if digits is None else rounded(values, digits)))
    one = _cell_writer(delimiter, digits)
    return [one(value) for value in values]


def _cell_writer(delimiter: str, digits: int | None) -> Callable[[Any], str]:
    def cell(value: Any) -> str:
        if isinstance(value, str):
            return quoted(value, delimiter)
        if value is None:
            return ""
        if isinstance(value, bytes):
            return value.decode("utf-8", "surrogateescape")
        if isinstance(value, bool | np.bool_):
            return "true" if value else "false"
        if isinstance(value, numbers.Integral):
            return str(int(value))
        return float_text(float(value) if digits is None else rounded([float(value)], digits)[0])

    return cell


def arrow_cells(column: Any, delimiter: str, digits: int | None) -> pa.Array:
    """The same cells as an Arrow array of large_binary, without nulls."""
    import pyarrow as pa

    if _is_float_array(column):
        return _arrow_floats(column, digits).cast(pa.large_binary())
    if _is_arrow(column):
        from emcli.io.read.tables.arrow_text import quoted_texts, texts_of

        return quoted_texts(texts_of(column), delimiter).cast(pa.large_binary())
    if isinstance(column, np.ndarray) and column.dtype.kind in "iub":
        return pa.array(column).cast(pa.large_string()).cast(pa.large_binary())
    texts = cell_texts(column, delimiter, digits)
    return pa.array([text.encode("utf-8", "surrogateescape") for text in texts], pa.large_binary())


def _arrow_floats(column: np.ndarray[Any, Any], digits: int | None) -> pa.Array:
    import pyarrow as pa

    values = np.asarray(column if digits is None else rounded(column.tolist(), digits), dtype=np.float64)
    sizes = np.abs(values)
    if not bool(np.isfinite(sizes).all()):
        raise ValueError("a number that is not finite was about to be written")
    cells = pa.array(values).cast(pa.large_string())
    odd = (sizes >= ARROW_PLAIN_BELOW) & (sizes < DECIMAL_BELOW)
    if bool(odd.any()):
        import pyarrow.compute as pc

        texts = [float_text(value) for value in values[odd].tolist()]
        cells = pc.replace_with_mask(cells, pa.array(odd), pa.array(texts, pa.large_string()))
    return cells


def _is_float_array(column: Any) -> bool:
    return isinstance(column, np.ndarray) and column.dtype.kind == "f"


def _is_arrow(column: Any) -> bool:
    return type(column).__module__.startswith("pyarrow")

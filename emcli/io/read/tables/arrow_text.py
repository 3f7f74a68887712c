"""Columns with types as text, for CSV.

Numbers in the fewest digits that give them back, true and false, dates and times as 2024-05-31 and 2024-05-31 23:59:59
(with Z where they are in UTC), durations as a number of their unit, bytes in hexadecimal, nulls as empty cells.  Lists
and structures have no text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def has_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return not pa.types.is_nested(kind)


def texts_of(array: pa.Array) -> pa.Array:
    """The cells as large_string, empty for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    if any(one(array.type) for one in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)):
        shown = [None if value is None else value.hex() for value in array.to_pylist()]
        return pa.array(shown, pa.large_string()).fill_null("")
    if pa.types.is_duration(array.type):
        array = array.cast(pa.int64())
    if pa.types.is_timestamp(array.type):
        texts = array.cast(pa.large_string())
        return pc.replace_substring_regex(texts, r"\.0+(Z?)$", r"\1").fill_null("")
    if pa.types.is_null(array.type):
        return pa.array([""] * len(array), pa.large_string())
    return array.cast(pa.large_string()).fill_null("")


def quoted_texts(texts: pa.Array, delimiter: str) -> pa.Array:
    """Cells of CSV: in quotes where they hold the delimiter, a quote or a line break."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd = pc.match_substring_regex(texts, f'\\Q{delimiter}\\E|["\\n\\r]')
    if not pc.any(odd).as_py():
        return texts
    mark, nothing = (pa.scalar(text, pa.large_string()) for text in ('"', ""))
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(odd, pc.binary_join_element_wise(mark, doubled, mark, nothing), texts)

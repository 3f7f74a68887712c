"""Tables come out as CSV that every reader understands, and records pass through byte for byte."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emcli.io.write.sinks import table_sink
from emcli.io.write.sinks.table_sink import TableSink

text = st.text(st.characters(exclude_categories=["Cs"]))
any_float = st.floats(allow_nan=False, allow_infinity=False)


@dataclass
class Style:
    delimiter: str
    line_end: str


styles = st.builds(Style, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))


def rows_written(columns: list[Any], small: int, style: Style | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_sink, "SMALL", small)
        patch.setattr(table_sink, "STRETCH", 3)
        TableSink(out, style, **options).write_rows(columns)
    return out.getvalue()


@st.composite
def tables(draw: st.DrawFn) -> list[Any]:
    n_rows = draw(st.integers(1, 8))
    cells = st.one_of(text, any_float, st.integers(), st.booleans(), st.none())

    def column(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
        return st.lists(values, min_size=n_rows, max_size=n_rows)

    kinds = st.one_of(
        column(any_float).map(np.array),
        column(st.integers(-(2**63), 2**63 - 1)).map(lambda values: np.array(values, dtype=np.int64)),
        column(st.booleans()).map(np.array),
        column(text),
        column(text).map(lambda values: pa.array(values, pa.string())),
        column(cells),
    )
    return draw(st.lists(kinds, min_size=1, max_size=4))


@given(tables(), styles, st.none() | st.integers(1, 17))
def test_the_python_way_and_the_arrow_way_give_the_same_bytes(
    columns: list[Any], style: Style, digits: int | None
) -> None:
    plain = rows_written(columns, 10**9, style, digits=digits)
    assert rows_written(columns, 0, style, digits=digits) == plain


@given(st.lists(st.lists(text, min_size=2, max_size=2), min_size=1), styles)
def test_any_text_reads_back_from_a_table(rows: list[list[str]], style: Style) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    written = rows_written(columns, 10**9, style)
    read = csv.reader(io.StringIO(written.decode(), newline=""), delimiter=style.delimiter)
    assert list(read) == rows


@given(st.lists(text, min_size=1))
def test_an_only_column_never_makes_a_blank_line(column: list[str]) -> None:
    written = rows_written([column], 10**9, header=[""])
    assert [row[0] for row in csv.reader(io.StringIO(written.decode(), newline=""))] == ["", *column]


@given(st.lists(st.tuples(st.binary(), any_float, st.integers(0, 9)), min_size=1), styles)
def test_records_pass_through_byte_for_byte_with_new_cells_behind(rows: list[Any], style: Style) -> None:
    records = [record for record, _, _ in rows]
    columns = [np.array([x for _, x, _ in rows]), np.array([i for _, _, i in rows])]
    expected = b"".join(
        record + f"{style.delimiter}{cell}{style.delimiter}{i}{style.line_end}".encode()
        for record, cell, i in zip(records, rows_written(columns[:1], 10**9).decode().split(), columns[1], strict=True)
    )
    for form in (records, pa.array(records, pa.binary()), pa.array(records, pa.large_binary())):
        out = io.BytesIO()
        TableSink(out, style).append_to_records(form, columns)
        assert out.getvalue() == expected


def test_a_slice_and_a_chunked_array_of_records_are_written_whole() -> None:
    records = pa.array([b"a", b"b", b"c"], pa.binary())
    for part in (records[1:], pa.chunked_array([records[1:2], records[2:]])):
        out = io.BytesIO()
        TableSink(out).append_to_records(part, [np.array([1, 2])])
        assert out.getvalue() == b"b,1\nc,2\n"


def test_records_without_new_cells_are_copied() -> None:
    for form in ([b"a,1", b""], pa.array([b"a,1", b""], pa.binary())):
        out = io.BytesIO()
        TableSink(out).append_to_records(form, [])
        assert out.getvalue() == b"a,1\n\n"


def test_the_header_is_quoted_where_needed_and_follows_the_inputs_own() -> None:
    out = io.BytesIO()
    TableSink(out, None, ["a", "b,c", 'd"e'])
    TableSink(out, Style(";", "\r\n"), ["cluster", "p;1"], behind=b'"id" ;x')
    assert out.getvalue() == b'a,"b,c","d""e"\n"id" ;x;cluster;"p;1"\r\n'


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="do not make a table"):
        TableSink(io.BytesIO()).write_rows([[1, 2], [1]])


def test_cells_of_raw_bytes_are_written_as_they_are() -> None:
    out = io.BytesIO()
    TableSink(out).write_rows([[b'"a,b"', b"\xff"], [1, None]])
    assert out.getvalue() == b'"a,b",1\n\xff,\n'


def test_a_small_table_is_written_without_loading_arrow() -> None:
    import subprocess
    import sys

    code = (
        "import io, sys, numpy as np; from emcli.io.write.sinks.table_sink import TableSink\n"
        "sink = TableSink(io.BytesIO(), None, ['x'])\n"
        "sink.write_rows([np.arange(100.0)]); sink.append_to_records([b'a'], [['b']])\n"
        "sys.exit('pyarrow' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0

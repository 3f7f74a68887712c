"""Parquet in and out: types and values stay, text comes out as people write it, damage is told by name."""

from __future__ import annotations

import datetime
import decimal
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emcli.errors import BadData
from emcli.io.read.tables.numeric_table import ColumnChoice, describe_columns, read_numeric
from emcli.io.read.tables.table_source import open_table
from emcli.io.write.outputs.output import open_output
from emcli.io.write.sinks.completed_cells import Completed
from emcli.io.write.sinks.row_sink import new_table, widened

TABLE = pa.table(
    {
        "id": pa.array([10**18 + 1, 10**18 + 2, 10**18 + 3]),
        "x": pa.array([0.5, -1.0, float("nan")]),
        "n": pa.array([1, None, -3], pa.int8()),
        "money": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")]),
        "day": pa.array([datetime.date(2024, 5, 31), None, datetime.date(1999, 1, 2)]),
        "when": pa.array([datetime.datetime(2024, 5, 31, 1, 2, 3), None, None], pa.timestamp("us", "UTC")),
        "yes": pa.array([True, False, None]),
        "kind": pa.array(['a,"b"', None, "c"]).dictionary_encode(),
        "size": pa.array(["1.5", "NA", "2"]),
        "raw": pa.array([b"\x01\xff", b"", None]),
    }
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    pq.write_table(TABLE, tmp_path / "t.parquet", row_group_size=2)
    return str(tmp_path / "t.parquet")


def test_numbers_of_every_type_are_read(path: str) -> None:
    with open_table(path) as source:
        used = [(report.name, report.n_missing) for report in describe_columns(source, ColumnChoice()) if report.used]
        table = read_numeric(source, ColumnChoice(columns="x,n,money,size"))
    assert used == [("x", 1), ("n", 1), ("money", 1), ("size", 1)]
    expected = [[0.5, 1, 1.5, 1.5], [-1, np.nan, np.nan, np.nan], [np.nan, -3, -2.25, 2]]
    np.testing.assert_array_equal(table.values, expected)


def test_as_text_cells_look_as_people_write_them(path: str) -> None:
    with open_table(path) as source:
        records = [bytes(record.as_py()) for block in source.blocks() for record in block.records()]
    assert records == [
        b'1000000000000000001,0.5,1,1.50,2024-05-31,2024-05-31 01:02:03Z,true,"a,""b""",1.5,01ff',
        b"1000000000000000002,-1,,,,,false,,NA,",
        b"1000000000000000003,nan,-3,-2.25,1999-01-02,,,c,2,",
    ]


def test_parquet_to_parquet_keeps_types_and_values(path: str, tmp_path: Path) -> None:
    with open_table(path) as source, open_output(str(tmp_path / "out.parquet")) as out:
        sink = widened(out, source, ["cluster"], [1], None, named=True)
        for block in source.blocks():
            sink.append(block, [np.arange(block.n_rows) + 1], np.ones(block.n_rows, dtype=bool))
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.names == [*TABLE.schema.names, "cluster"]
    assert found.schema.field("cluster").type == pa.int64()
    plain = [name for name in TABLE.schema.names if name != "x"]  # NaN is not equal to itself
    assert found.select(plain).equals(TABLE.select(plain))


def test_text_to_parquet_makes_modelled_columns_numbers_and_leaves_others_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,x\n007,1\n,NA\n")
    with open_table(str(tmp_path / "t.csv")) as source, open_output(str(tmp_path / "out.parquet")) as out:
        sink = widened(out, source, ["draw"], [1], None, named=True)
        for block in source.blocks():
            values = block.numbers([1])
            sink.append(block, [[1, 1]], np.ones(2, dtype=bool))
            sink.append_completed(block, [[2, 2]], Completed([1], np.isnan(values), np.nan_to_num(values, nan=9.0)))
    assert pq.read_table(tmp_path / "out.parquet").to_pydict() == {
        "id": ["007", None, "007", None],
        "x": [1.0, None, 1.0, 9.0],
        "draw": [1, 1, 2, 2],
    }


def test_cells_are_replaced_in_text_and_nothing_else(path: str) -> None:
    with open_table(path) as source:
        out = io.BytesIO()
        sink = widened(out, source, [], [1, 2], None, named=True)
        filled = np.array([[0.0, 0.0], [7.25, 8.0], [9.5, 0.0]])
        for block in source.blocks():
            mine = filled[block.first_row : block.first_row + block.n_rows]
            sink.append_completed(block, [], Completed([1, 2], np.isnan(block.numbers([1, 2])), mine))
    lines = out.getvalue().splitlines()
    assert lines[0].startswith(b"id,x,n,money")
    assert [line.split(b",")[:3] for line in lines[1:]] == [
        [b"1000000000000000001", b"0.5", b"1"],
        [b"1000000000000000002", b"-1", b"8"],
        [b"1000000000000000003", b"9.5", b"-3"],
    ]


def test_nested_columns_are_refused_by_name_where_they_would_have_to_be_text(tmp_path: Path) -> None:
    table = pa.table({"x": [1.0, 2.0], "tags": [["a"], ["b", "c"]]})
    pq.write_table(table, tmp_path / "t.parquet")
    with open_table(str(tmp_path / "t.parquet")) as source:
        assert read_numeric(source, ColumnChoice()).columns == ("x",)
        with pytest.raises(BadData, match="'tags' holds list"):
            next(source.blocks()).records()
        with open_output(str(tmp_path / "out.parquet")) as out:
            widened(out, source, ["c"], [0], None, named=True).append(
                next(source.blocks()), [[2]], np.array([False, True])
            )
    assert pq.read_table(tmp_path / "out.parquet").to_pydict() == {"x": [2.0], "tags": [["b", "c"]], "c": [2]}


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:4] + b"\0" * 60 + data[64:]])
def test_damage_is_told_with_the_name(path: str, damage: object) -> None:
    data = Path(path).read_bytes()
    Path(path).write_bytes(damage(data))  # type: ignore[operator]
    with pytest.raises(BadData, match="damaged") as caught, open_table(path) as source:
        read_numeric(source, ColumnChoice(columns="id"))
    assert (caught.value.where, caught.value.exit_code) == (path, 65)


def test_a_text_file_named_parquet_is_refused_and_a_parquet_file_is_known_by_content(path: str, tmp_path: Path) -> None:
    (tmp_path / "fake.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(BadData, match="does not hold Parquet"):
        open_table(str(tmp_path / "fake.parquet"))
    Path(path).rename(tmp_path / "t.bin")
    with open_table(str(tmp_path / "t.bin")) as source:
        assert source.header == tuple(TABLE.schema.names)


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet"):
        with open_output(str(tmp_path / name)) as out:
            new_table(out, ["x", "t"], digits=3).write_rows([np.array([1.23456, 2.0]), ["u", "v"]])
    assert pq.read_table(tmp_path / "a.parquet").to_pydict() == {"x": [1.23, 2.0], "t": ["u", "v"]}
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()

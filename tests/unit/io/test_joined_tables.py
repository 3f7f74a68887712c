"""Several files as one table: what is the same as for one file, and what is said where they differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emcli.errors import BadData
from emcli.io.read.tables.numeric_table import ColumnChoice, read_numeric
from emcli.io.read.tables.table_source import open_table


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    (tmp_path / "part-1.csv").write_text('id,x,y\n007,1,2\n"a,b",3,\n')
    (tmp_path / "part-2.csv").write_text("y;id;x\r\n5;z;4\r\n".replace(";", ","))
    (tmp_path / "_SUCCESS").write_text("")
    return tmp_path


def test_files_are_read_in_sorted_order_and_columns_found_by_name(parts: Path) -> None:
    for path in (parts, parts / "part-*.csv"):
        with open_table(str(path)) as source:
            table = read_numeric(source, ColumnChoice(columns="x,y"))
            records = [record for block in source.blocks() for record in block.records()]
        assert np.array_equal(table.values, [[1, 2], [3, np.nan], [4, 5]], equal_nan=True)
        assert table.rows.sizes == (2, 1)
        assert records == [b"007,1,2", b'"a,b",3,', b"z,4,5"]


def test_messages_name_the_file_and_its_line(parts: Path) -> None:
    (parts / "part-2.csv").write_text("y,id,x\n1,z,4\nfar,z,4\n")
    with open_table(str(parts)) as source, pytest.raises(BadData) as caught:
        read_numeric(source, ColumnChoice(columns="x,y"))
    assert caught.value.where == f"{parts}/part-2.csv:3"
    assert caught.value.detail == "line 3: far,z,4"


def test_files_with_other_columns_are_refused_by_name(parts: Path) -> None:
    (parts / "part-3.csv").write_text("id,x,z\n1,2,3\n")
    with pytest.raises(BadData, match="without y, with z") as caught:
        open_table(str(parts))
    assert caught.value.where == f"{parts}/part-3.csv"


def test_a_file_that_changes_meanwhile_is_noticed(parts: Path) -> None:
    with open_table(str(parts)) as source:
        (parts / "part-2.csv").write_text("y,id,x\n1,z,4\n1,z,4\n")
        with pytest.raises(BadData, match="changed"):
            list(source.blocks())

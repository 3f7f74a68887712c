"""Which cells mean missing: the usual marks, more of them, others in their place, in one column alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emcli.errors import UsageError
from emcli.io.read.notations.null_marks import DEFAULT_NULL, null_marks, written_marks
from emcli.io.read.tables.numeric_table import ColumnChoice, read_numeric
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import open_table

LABELS = ("a", "b", "a:b")


def test_more_marks_add_to_the_usual_ones() -> None:
    assert null_marks(("x,-999",), None, LABELS).everywhere == (*DEFAULT_NULL, "x", "-999")


def test_other_marks_replace_the_usual_ones() -> None:
    assert null_marks((), ("x",), LABELS).everywhere == ("x",)
    assert null_marks(("y",), ("x",), LABELS).everywhere == ("x", "y")


def test_empty_is_the_empty_cell_and_the_word() -> None:
    assert set(null_marks((), ("Empty,x",), LABELS).everywhere) == {"Empty", "x", ""}


def test_marks_of_one_column_add_to_those_of_all() -> None:
    marks = null_marks(("b:-9,-8", "x"), None, LABELS)
    assert marks.single == ((1, (*DEFAULT_NULL, "x", "-9", "-8")),)
    assert null_marks(("a:b:7",), ("a:1",), LABELS).single[1] == (2, (*DEFAULT_NULL, "7"))


def test_a_column_that_is_not_there_is_an_error_and_its_hint_works() -> None:
    with pytest.raises(UsageError, match="no column named '12'") as caught:
        null_marks(("12:00",), None, LABELS)
    assert caught.value.hint is not None and "':12:00'" in caught.value.hint
    assert "12:00" in null_marks((":12:00",), None, LABELS).everywhere


@pytest.mark.parametrize("marks", [["x"], ["a,b", "c"], [""], ["12:00", "n:a"]])
def test_written_marks_are_read_as_the_same(marks: list[str]) -> None:
    assert set(marks) <= set(null_marks((), (written_marks(marks),), LABELS).everywhere)


def numbers(path: Path, **options: tuple[str, ...]) -> list[list[float]]:
    with open_table(str(path), ReadOptions(**options)) as source:  # type: ignore[arg-type]
        return read_numeric(source, ColumnChoice(columns="a,b")).values.tolist()


def test_a_mark_of_one_column_is_a_number_in_the_others(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("b,a\n-9,-9\n2,#N/A\n3,5\n")
    found = np.array(numbers(path, null=("b:-9",)))
    assert np.array_equal(found, [[-9, np.nan], [np.nan, 2], [5, 3]], equal_nan=True)


def test_marks_hold_in_typed_columns_too(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [1, -9, 3], "b": [-9.0, 2.0, 5.0]}), path)
    found = np.array(numbers(path, null=("a:-9",)))
    assert np.array_equal(found, [[1, -9], [np.nan, 2], [3, 5]], equal_nan=True)

"""Columns whose numbers are written in an unusual way: recognised, told, written back, and never guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emcli.errors import BadData
from emcli.io.notations import MINUS, Notation, find_notation
from emcli.io.number_text import float_text
from emcli.io.numeric_table import ColumnChoice, NumericTable, read_numeric
from emcli.io.part_reading import PartReader, see_table
from emcli.io.read_options import ReadOptions
from emcli.io.splicing import NumberCells
from emcli.io.table_source import open_table

EVERYDAY = Path(__file__).parent / "everyday"

NOTATIONS = {
    Notation(suffix="%"): ["36.5%", "4%", "-1.25%"],
    Notation(suffix=" %"): ["36.5 %", "4 %"],
    Notation(suffix=" mg"): ["10 mg", "10.5 mg"],
    Notation(suffix="°C"): ["-10°C", "10.5°C"],
    Notation(suffix=" m2"): ["10 m2", "10.5 m2"],
    Notation(prefix="$", grouping=","): ["$1,234.50", "$12", "-$3.5"],
    Notation(decimal=",", suffix=" €", grouping="."): ["1.234,50 €", "12,00 €"],
    Notation(grouping=","): ["1,234,567", "12", "-3.5"],
    Notation(grouping="'"): ["1'234.5", "12"],
    Notation(grouping=" "): ["1 234.5", "12"],
    Notation(grouping="\u202f", decimal=","): ["1\u202f234,5", "12"],
    Notation(decimal=","): ["1,5", "12", "-3,25"],
    Notation(parentheses="(5)"): ["(5)", "12.5"],
    Notation(parentheses="(-5)"): ["(-5)", "12.5"],
    Notation(parentheses="(5)", prefix="$"): ["($5)", "$12.5"],
    Notation(minus=MINUS): [f"{MINUS}5", "12.5"],
    Notation(exponent="D"): ["0.125D+03", "-1.5D-02"],
}


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: notation.words)
def test_a_notation_is_found_in_its_cells_and_reads_and_writes_them(notation: Notation) -> None:
    cells = NOTATIONS[notation]
    found = find_notation(cells, (".", ","))
    assert found == notation
    for cell in cells:
        plain = found.plain(cell)
        assert plain is not None
        written = found.plain(found.written(float_text(float(plain))))
        assert written is not None and float(written) == float(plain)


@given(value=st.floats(allow_nan=False, allow_infinity=False), notation=st.sampled_from(sorted(NOTATIONS, key=repr)))
def test_any_number_comes_back_from_any_notation(value: float, notation: Notation) -> None:
    plain = notation.plain(notation.written(float_text(value)))
    assert plain is not None and float(plain) == value


@pytest.mark.parametrize(
    "cells",
    [
        ["12", "13"],
        ["a", "b"],
        ["2024-01-05", "2024-01-06"],
        ["12:30", "12:45"],
        ["3 apples", "2 pears"],
        ["7 kg", "x"],
    ],
)
def test_no_notation_is_found_where_there_is_none(cells: list[str]) -> None:
    assert find_notation(cells, (".", ",")) is None


def read(path: Path | str, options: ReadOptions | None = None, block_bytes: int = 1 << 20) -> NumericTable:
    with open_table(str(path), options, block_bytes=block_bytes) as source:
        return read_numeric(source, ColumnChoice())


@pytest.mark.parametrize(
    ("name", "words", "first"),
    [
        ("n_pct.csv", "percent signs", 36.5),
        ("n_paren.csv", "negative numbers in parentheses", -1061.0),
        ("n_minus.csv", "the minus sign U+2212", -1061.0),
        ("n_unit.csv", "'mg' behind each number", 10939.0),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_a_column_is_read_as_it_is_written_and_a_note_says_how(
    name: str, words: str, first: float, block_bytes: int
) -> None:
    table = read(EVERYDAY / name, block_bytes=block_bytes)
    assert table.columns == ("v", "w")
    assert table.values[0, 0] == first
    assert f"column v read with {words}" in table.notes
    assert np.isnan(table.values[3, 0])


def test_decimal_commas_in_quotes_stand_between_commas() -> None:
    for options in (None, ReadOptions(decimal=","), ReadOptions(decimal=",", delimiter=",")):
        table = read(EVERYDAY / "dq.csv", options)
        assert table.values[:, 0].tolist() == [1.5, 2.5, 3.1, 4.0, 5.2]
    assert read(EVERYDAY / "dq2.csv").columns == ("a", "b")


@pytest.mark.parametrize("cells", [["1 234", "987", "23 456"], ["1.234.567", "2.345.678", "987"]])
def test_thousands_are_found_in_a_table_of_nothing_but_digits(cells: list[str], tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x;y\n" + "".join(f"{cell};{place}\n" for place, cell in enumerate(cells)))
    table = read(path)
    assert table.columns == ("x", "y")
    assert table.values[:, 0].tolist() == [float(cell.replace(" ", "").replace(".", "")) for cell in cells]
    assert any("column x read with" in note and "thousands separators" in note for note in table.notes)


def test_filled_cells_are_written_as_their_columns_are() -> None:
    for name, cell in (("n_pct.csv", b"-1234.5%"), ("n_paren.csv", b"(-1234.5)"), ("dq.csv", b'"-1234,5"')):
        with open_table(str(EVERYDAY / name)) as source:
            assert NumberCells(source.dialect, source.readers)([-1234.5], [0]) == [cell]


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["1%", "2%", "3"], 4),
        (["1 mg", "2 mg", "3 kg"], 4),
        (["(1)", "(2)", "-3"], 4),
        (["1,234.5", "1,234,567", "1,23"], 4),
        (["1", "2%", "3"], 3),
        (["1,5", "2,5", "3.25"], 4),
    ],
)
def test_a_cell_that_is_written_otherwise_is_an_error_with_its_place(
    cells: list[str], line: int, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("v;w\n" + "".join(f"{cell};{i}\n" for i, cell in enumerate(cells)))
    with pytest.raises(BadData, match=rf":{line}: column 'v'"):
        read(path)


def test_a_later_block_cannot_change_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("v,w\n" + "1.5%,1\n2.5%,4\n" * 10_000 + "3.5,5\n")
    with pytest.raises(BadData, match=r":20002: column 'v': '3.5' is not a number that is written as the others"):
        read(path)


@pytest.mark.parametrize(("decimal", "value"), [(".", 1234.0), (",", 1.234)])
def test_commas_that_may_be_either_are_decided_by_the_user(decimal: str, value: float, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("v;w\n1,234;1\n2,345;2\n")
    with pytest.raises(BadData):
        read(path)
    assert read(path, ReadOptions(decimal=decimal)).values[0, 0] == value


def test_commas_that_may_be_either_follow_the_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("v;w\n1,234;1,5\n2,345;2\n")
    assert read(path).values.tolist() == [[1.234, 1.5], [2.345, 2.0]]


def test_all_files_of_a_table_are_read_as_the_first_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("v,w\n(5),1\n6,2\n")
    (tmp_path / "b.csv").write_text("w,v\n3,7\n4,8\n")
    (tmp_path / "c.csv").write_text("w,v\n3,(9)\n4,8\n")
    pattern = str(tmp_path / "*.csv")
    assert read(pattern).values[:, 0].tolist() == [-5, 6, 7, 8, -9, 8]
    first = see_table(pattern, ReadOptions(), pattern)
    parts = [PartReader(first, (0, 1))(path) for path in first.paths]
    assert [part.chosen([0], None)[0].values[:, 0].tolist() for part in parts] == [[-5, 6], [7, 8], [-9, 8]]
    (tmp_path / "d.csv").write_text("w,v\n3,-7\n4,8\n")
    with pytest.raises(BadData, match=r"d\.csv:2: column 'v': '-7'"):
        read(pattern)


def test_texts_of_parquet_have_notations_too(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"v": ["1.5%", None, "2.5%"], "w": [1, 2, 4]}), tmp_path / "t.parquet")
    table = read(tmp_path / "t.parquet")
    assert table.columns == ("v", "w")
    assert "column v read with percent signs" in table.notes


def test_numbers_that_look_like_dates_are_pointed_at() -> None:
    (note,) = read(EVERYDAY / "dt2.csv").notes
    assert note == "column 'date' looks like dates (20240101) and is modelled as numbers; leave it out with --id date"

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emcli.data.blocks import gathered
from emcli.errors import BadData, CannotFit, EmcliError, UsageError
from emcli.io.read.tables.numeric_table import ColumnChoice, NumericTable, describe_columns, read_numeric
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import open_table

from .tables import csv_bytes, tables


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


def read(path: Path, options: ReadOptions | None = None, block_bytes: int = 1 << 20, **choice: str) -> NumericTable:
    with open_table(str(path), options, block_bytes=block_bytes) as source:
        return read_numeric(source, ColumnChoice(**choice))


def test_by_default_the_columns_of_numbers_are_read_and_one_note_names_the_others(path: Path) -> None:
    path.write_text(",name,x,konst,y,empty\n0,Ann,1,5,2.5,\n1,Bob,NA,5,3.5,\n2,Eve,3,5,-1e3,NA\n")
    table = read(path)
    assert table.columns == ("x", "y")
    assert table.positions == (2, 4)
    assert np.array_equal(table.values, [[1, 2.5], [math.nan, 3.5], [3, -1000]], equal_nan=True)
    assert gathered(table.rows).case_weights.tolist() == [1, 1, 1]
    assert table.notes == (
        "columns left out: column 1 (no name), name (text), konst (constant), empty (all cells are missing)",
    )
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_reports_say_what_each_column_holds(path: Path) -> None:
    path.write_text("name,x\nAnn,1\nBob,NA\nEve,-3\n")
    name, x = read(path).reports
    assert (name.kind, name.used, name.why, name.n_bad) == ("text", False, "text", 3)
    assert name.examples == ("Ann", "Bob", "Eve")
    assert (x.kind, x.used, x.n_missing, x.n_numbers, x.minimum, x.maximum) == ("number", True, 1, 2, -3, 1)


def test_columns_chosen_by_name_come_in_that_order(path: Path) -> None:
    path.write_text("a,b,c\n1,x,2\n3,y,4\n")
    table = read(path, columns="c,a")
    assert table.columns == ("c", "a")
    assert table.values.tolist() == [[2, 1], [4, 3]]
    assert [report.kind for report in table.reports] == ["number", "not read", "number"]
    assert table.notes == ()


def test_excluded_columns_ids_and_weights_are_not_modelled(path: Path) -> None:
    path.write_text("id,x,y,w\n7,1,5,2\n3,2,6,0\n9,3,9,1.5\n")
    table = read(path, exclude="y", id="id", weights="w")
    assert table.columns == ("x",)
    assert gathered(table.rows).case_weights.tolist() == [2, 0, 1.5]
    assert [report.why for report in table.reports] == ["id", "number", "excluded", "row weights"]
    assert read(path, columns="id-w", id="id").columns == ("x", "y", "w")


@pytest.mark.parametrize(("cell", "what"), [("", "is missing"), ("-1", "is negative"), ("q", "is not a number")])
def test_a_weight_that_is_none_is_bad_data(path: Path, cell: str, what: str) -> None:
    path.write_text(f"x,w\n1,2\n2,{cell}\n3,4\n4,5\n")
    with pytest.raises(BadData, match=what):
        read(path, weights="w")


def test_a_bad_cell_in_a_column_of_numbers_is_an_error_with_file_line_and_hint(path: Path) -> None:
    path.write_text('note,weight,height\n"a\nb",1,5\n"c\nd",x,6\ne,2,8\n')
    with pytest.raises(BadData) as caught:
        read(path)
    assert str(caught.value) == f"{path}:5: column 'weight': 'x' is not a number"
    assert caught.value.hint == "treat it as missing with --null x, or leave the column out with -x weight"
    assert caught.value.detail == 'line 5: d",x,6'


def test_several_bad_cells_are_counted_and_the_first_is_shown(path: Path) -> None:
    path.write_text("x,y\n1,1\n2,oops\n3,3\nz,oops\n5,5\n6,0x1A\n7,7\n")
    with pytest.raises(BadData, match=r":3: column 'y': 'oops'") as caught:
        read(path, block_bytes=4)
    assert caught.value.detail == "line 3: 2,oops (the first of 3 such cells, of 7 not missing)"


def test_a_column_is_text_when_less_than_half_of_its_cells_are_numbers(path: Path) -> None:
    path.write_text("x,y\n1,1\n2,a\n3,b\n4,\n")
    assert read(path).columns == ("x",)
    with pytest.raises(BadData, match=r":3: column 'y'"):
        read(path, columns="y")
    path.write_text("x,y\n1,1\n2,a\n4,\n")
    with pytest.raises(BadData, match=r":3: column 'y'"):
        read(path)


def test_a_header_in_the_middle_is_called_so(path: Path) -> None:
    path.write_text("x,y\n1,2\n3,4\nx,y\n5,6\n")
    with pytest.raises(BadData, match=r":4: the header is repeated"):
        read(path)


@pytest.mark.parametrize(
    ("text", "decimal", "hint"), [("8,119", None, "--decimal ,"), ("8,119", None, "--decimal ."), ("8.1", ",", "leave")]
)
def test_numbers_in_another_notation_are_never_dropped_in_silence(
    path: Path, text: str, decimal: str | None, hint: str
) -> None:
    path.write_bytes(csv_bytes([["x", "y"], [text, "1"], [text, "2"]], delimiter=";"))
    with pytest.raises(BadData, match=r":2: column 'x'") as caught:
        read(path, ReadOptions(decimal=decimal))
    assert hint in (caught.value.hint or "")


def test_a_number_out_of_range_is_named(path: Path) -> None:
    path.write_text("x\n1\n1e309\n")
    with pytest.raises(BadData, match=r":3: column 'x': '1e309' is too large"):
        read(path)


def test_escapes_and_long_cells_are_made_safe_in_messages(path: Path) -> None:
    path.write_text("x\n1\n\x1b]0;pwned\x07" + "q" * 5000 + "\n3\n")
    with pytest.raises(BadData) as caught:
        read(path)
    everything = f"{caught.value}{caught.value.detail}{caught.value.hint}"
    assert "\x1b" not in everything
    assert r"\x1b]0;pwned\x07" in everything
    assert len(everything) < 400


def test_repeated_names_are_refused_unless_a_choice_avoids_them(path: Path) -> None:
    path.write_text("x,x,y,n,n\n1,2,3,a,b\n4,6,7,c,d\n")
    with pytest.raises(BadData, match="duplicate column names: x "):
        read(path)
    assert read(path, columns="x[2],y").columns == ("x[2]", "y")
    assert read(path, exclude="x[1],x[2]").columns == ("y",)


def test_explicit_columns_without_values_or_variation_are_errors(path: Path) -> None:
    path.write_text("x,e,k\n1,,5\n2,NA,5\n")
    with pytest.raises(BadData, match="'e' has no value"):
        read(path, columns="x,e")
    with pytest.raises(CannotFit, match="'k' is constant"):
        read(path, columns="x,k")
    with pytest.raises(UsageError):
        read(path, columns="x", exclude="x")


def test_a_table_without_rows_or_numbers_says_so(path: Path) -> None:
    path.write_text("x,y\n")
    with pytest.raises(BadData, match="no data rows"):
        read(path)
    path.write_text("a,b\nfoo,bar\n")
    with pytest.raises(BadData, match="no numeric column"):
        read(path)


def test_a_column_that_counts_rows_is_noted(path: Path) -> None:
    path.write_text("id,x\n" + "".join(f"{i},{i * i % 7}\n" for i in range(100, 120)))
    table = read(path)
    assert table.columns == ("id", "x")
    assert "--id id" in table.notes[0]


def test_described_columns_report_bad_cells_instead_of_raising(path: Path) -> None:
    path.write_text("x,y\n1,a\n2,b\nq,c\n")
    with open_table(str(path)) as source:
        x, y = describe_columns(source, ColumnChoice(columns="x"))
    assert (x.used, x.why) == (False, "line 4: 'q' is not a number")
    assert (y.kind, y.why) == ("text", "not chosen")


def test_late_numbers_in_a_column_are_kept(path: Path) -> None:
    path.write_text("x,y\n" + "1,\n" * 3000 + "2,7\n3,8\n")
    table = read(path, block_bytes=1000)
    assert np.isnan(table.values[:3000, 1]).all()
    assert table.values[3000:].tolist() == [[2, 7], [3, 8]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(table=tables(), sizes=st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_the_answer_does_not_depend_on_block_sizes(path: Path, table: list[list[str]], sizes: tuple[int, int]) -> None:
    path.write_bytes(csv_bytes(table))
    answers: list[object] = []
    for size in sizes:
        try:
            found = read(path, ReadOptions(delimiter=","), size)
            answers.append((found.columns, found.values.tobytes(), found.reports, found.notes, found.sha256))
        except EmcliError as problem:
            answers.append((str(problem), problem.detail, problem.hint))
    assert answers[0] == answers[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(data=st.data(), n_rows=st.integers(20_000, 30_000))
def test_large_blocks_read_as_small_ones(path: Path, data: st.DataObject, n_rows: int) -> None:
    kinds = ["1.5", "", "NA", "-2e10", '"3"', " 4", "x y", "-999"]
    pattern = data.draw(st.lists(st.tuples(st.sampled_from(kinds), st.sampled_from(kinds[:4])), min_size=1, max_size=7))
    rows = [",".join(pattern[i % len(pattern)]) for i in range(n_rows)]
    path.write_text("p,q,r\n" + "\n".join(f"{row},{i}.25" for i, row in enumerate(rows)) + "\n")
    options = ReadOptions(null=("-999,x y",))
    large, small = read(path, options, 1 << 24), read(path, options, 10_000)
    assert large.values.tobytes() == small.values.tobytes()
    assert large.reports == small.reports

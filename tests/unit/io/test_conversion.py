from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emcli.io.read.notations.null_marks import DEFAULT_NULL
from emcli.io.read.text import conversion
from emcli.io.read.text.conversion import _one_by_one, _together
from emcli.io.read.text.number_cells import CellReader, unquoted

NUMBERS = [
    "0",
    "1",
    "-1.5",
    "+2",
    ".5",
    "5.",
    "1e5",
    "1E-3",
    "007",
    "-0.0",
    "9007199254740993",
    "4e-324",
    "1e-400",
]
NOT_NUMBERS = [
    *[
        "0x1A",
        "1_000",
        "inf",
        "-inf",
        "Infinity",
        "-nan",
        "1e309",
        "-1e400",
        "$5",
        "5%",
        "1 000",
        "1,5",
        "12,345.67",
    ],
    *["2024-01-01", "1e", "e5", "-", ".", "+", "--1", "1.2.3", "٣", "１", "true", "1d5", "abc", "x" * 50],
]
MISSING = ["", "NA", "n/a", "NaN", "nan", "NULL", "none", "?", "  ", " na "]


@pytest.fixture
def reader() -> CellReader:
    return CellReader(DEFAULT_NULL, ".")


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_are_the_doubles_python_reads(reader: CellReader, text: str) -> None:
    for cell in (text, f" {text} ", f'"{text}"', f'" {text}"', f"\t{text}"):
        assert reader.value(cell.encode()) == float(text)


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_no_user_of_csv_means_by_a_number_is_none(reader: CellReader, text: str) -> None:
    assert reader.value(text.encode()) is None
    assert reader.value(f'"{text}"'.encode()) is None


@pytest.mark.parametrize("text", MISSING)
def test_missing_marks_count_whatever_their_case_quotes_and_blanks(reader: CellReader, text: str) -> None:
    for cell in (text, f'"{text}"', f" {text} "):
        value = reader.value(cell.encode())
        assert value is not None
        assert math.isnan(value)


def test_a_list_of_missing_marks_replaces_the_default() -> None:
    reader = CellReader(("-999",), ".")
    assert math.isnan(reader.value(b"-999") or 0.0)
    assert reader.value(b"-999.0") == -999.0
    assert reader.value(b"NA") is None
    assert reader.value(b"") is None


def test_a_decimal_comma_is_read_only_when_asked_for() -> None:
    reader = CellReader(DEFAULT_NULL, ",")
    assert reader.value(b"1,5") == 1.5
    assert reader.value(b"15") == 15
    assert reader.value(b"1.5") is None


def test_quotes_are_taken_off_and_doubled_ones_made_single() -> None:
    assert unquoted(b'"say ""hi"""') == b'say "hi"'
    assert unquoted(b'5" disk') == b'5" disk'
    assert unquoted(b'"a" ') == b"a "


ODD_CELLS = st.one_of(
    st.sampled_from(NUMBERS + NOT_NUMBERS + MISSING + ["-999", "-999.0", "9" * 400, "0." + "1" * 800]),
    st.text(alphabet='+-.0123456789eE naif,"', max_size=7).filter(lambda text: '"' not in text),
    st.floats().map(repr),
)
QUOTES = st.sampled_from(["%s", '"%s"', " %s", "%s ", '" %s "', '"%s" '])


@settings(deadline=None)  # the first example loads Arrow
@given(
    cells=st.lists(st.tuples(ODD_CELLS, QUOTES), min_size=1, max_size=30),
    null=st.sampled_from([DEFAULT_NULL, ("-999", ".", ""), (), ("é",), ("1e5",)]),
    decimal=st.sampled_from([".", ","]),
    every=st.integers(1, 2),
)
def test_many_cells_at_once_are_what_each_is_alone(
    cells: list[tuple[str, str]], null: tuple[str, ...], decimal: str, every: int
) -> None:
    raw = [(quotes % cell).encode() for cell, quotes in cells]
    text = b";".join(raw) + b";"
    ends = np.cumsum([len(cell) + 1 for cell in raw]) - 1
    starts = np.concatenate([[0], ends[:-1] + 1])
    reader = CellReader(null, decimal)
    alone = _one_by_one(text, starts[::every], ends[::every], reader)
    together = _together(text, starts[::every], ends[::every], reader)
    assert np.array_equal(alone.values, together.values, equal_nan=True)
    assert np.array_equal(np.signbit(alone.values), np.signbit(together.values))
    assert np.array_equal(alone.bad, together.bad)


def test_an_arrow_that_refuses_all_leaves_the_answer_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa

    def refuse(cells: object) -> None:
        raise pa.ArrowInvalid("no")

    monkeypatch.setattr(conversion, "doubles", refuse)
    text = b"1,+2,x,"
    found = _together(text, np.array([0, 2, 5]), np.array([1, 4, 6]), CellReader(DEFAULT_NULL, "."))
    assert found.values[:2].tolist() == [1, 2]
    assert found.bad.tolist() == [2]

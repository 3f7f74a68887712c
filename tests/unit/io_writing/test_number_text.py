"""A double's text is the shortest that reads back, and Arrow and Python agree on it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emcli.io.write.sinks.cells import arrow_cells, cell_texts
from emcli.io.write.sinks.number_text import float_text, rounded

finite = st.floats(allow_nan=False, allow_infinity=False)


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.25, "0.25"),
        (1.0, "1"),
        (-0.0, "-0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-5, "0.00001"),
        (-1.25e-6, "-0.00000125"),
        (1e-7, "1e-7"),
        (1e-35, "1e-35"),
        (12345678901.5, "12345678901.5"),
        (9999999999999998.0, "9999999999999998"),
        (1e16, "1e+16"),
        (1.5e300, "1.5e+300"),
        (5e-324, "5e-324"),
    ],
)
def test_numbers_are_written_as_people_and_programs_expect(value: float, text: str) -> None:
    assert float_text(value) == text


@given(finite)
def test_the_text_reads_back_as_the_same_double(value: float) -> None:
    assert bits(float(float_text(value))) == bits(value)


@given(st.lists(finite | st.floats(1e-8, 1e-4) | st.floats(1e9, 1e17), min_size=1))
@example([2.0**power for power in range(-1074, 1024)])
@example([10.0**power for power in range(-323, 309)])
@example([np.nextafter(10.0**power, np.inf) for power in range(-12, 20)])
def test_arrow_writes_the_same_text(values: list[float]) -> None:
    column = np.array(values)
    expected = [float_text(value).encode() for value in values]
    assert arrow_cells(column, ",", None).to_pylist() == expected
    assert arrow_cells(-column, ",", 3).to_pylist() == [text.encode() for text in cell_texts(-column, ",", 3)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_never_written(value: float) -> None:
    with pytest.raises(ValueError, match="about to be written"):
        float_text(value)
    for column in (np.array([1.0, value]), [1.0, value]):
        with pytest.raises(ValueError, match="about to be written"):
            arrow_cells(column, ",", None)
        with pytest.raises(ValueError, match="about to be written"):
            cell_texts(column, ",", None)


@given(st.lists(st.floats(-1e308, 1e308), min_size=1, max_size=5), st.integers(1, 17))
def test_rounding_keeps_so_many_significant_digits(values: list[float], digits: int) -> None:
    for value, short in zip(values, rounded(values, digits), strict=True):
        assert bits(short) == bits(float(f"{value:.{digits - 1}e}"))
        assert len(float_text(short).split("e")[0].replace(".", "").strip("-0")) <= digits


def test_rounding_never_makes_an_infinity() -> None:
    assert rounded([1.7976931348623157e308], 2) == [1.7976931348623157e308]

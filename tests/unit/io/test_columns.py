from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emcli.errors import BadData, UsageError
from emcli.io.read.columns.column_names import column_labels
from emcli.io.read.columns.column_spec import locate_columns, select_columns

HEADER = ["id", "Sepal.Length", "Sepal.Width", "x-1", "x", "x", "", "height, cm", "2", "_", "a*", "last one "]


def select(spec: str, header: list[str] = HEADER) -> list[int]:
    return select_columns(spec, header, where="people.csv")


@pytest.mark.parametrize(
    ("spec", "positions"),
    [
        ("id", [0]),
        ("Sepal.Width,id", [2, 0]),
        ("id, Sepal.Width", [0, 2]),
        ("1", [0]),
        ("2", [8]),  # an exact name comes before a number
        ("3-5", [2, 3, 4]),
        ("10-", [9, 10, 11]),
        ("-2", [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("id-Sepal.Width", [0, 1, 2]),
        ("Sepal.Length-x-1", [1, 2, 3]),
        ("x-1", [3]),
        ("x-1-x[1]", [3, 4]),
        ("Sepal.*", [1, 2]),
        ("a*", [10]),
        ("/^S.*h$/", [1, 2]),
        ("/h{1,2}$/", [1, 2]),
        ("x[2]", [5]),
        ("_", [9]),
        ("height, cm", [7]),
        ("id,height, cm,x-1", [0, 7, 3]),
        ('"height, cm",id', [7, 0]),
        ("last one", [11]),
        ("id,1,id", [0]),
        ("7", [6]),
    ],
)
def test_a_spec_means_these_columns(spec: str, positions: list[int]) -> None:
    assert select(spec) == positions


def test_an_underscore_is_the_last_column() -> None:
    assert select("_", ["a", "b", "c"]) == [2]
    assert select("b-_", ["a", "b", "c"]) == [1, 2]


@pytest.mark.parametrize("spec", ["13", "0", "99999999999999999999", "x[3]", "q*", "/q/", "nobody", "id-nobody"])
def test_what_is_not_there_is_bad_data_that_lists_the_columns(spec: str) -> None:
    with pytest.raises(BadData) as caught:
        select(spec)
    assert caught.value.where == "people.csv"
    assert "Sepal.Length" in (caught.value.detail or "")


@pytest.mark.parametrize("spec", ["", "id,,x-1", "/(/", "x-1-id", "3-1"])
def test_what_makes_no_sense_is_a_usage_error(spec: str) -> None:
    with pytest.raises(UsageError):
        select(spec, HEADER[:5])


def test_a_near_name_is_proposed() -> None:
    with pytest.raises(BadData) as caught:
        select("heigth", ["id", "height", "weight", "group"])
    assert str(caught.value) == "people.csv: no column named 'heigth'"
    assert caught.value.detail == "columns: id, height, weight, group"
    assert caught.value.hint == "did you mean 'height'?"
    with pytest.raises(BadData) as caught:
        select("HEIGHT", ["id", "height"])
    assert caught.value.hint == "did you mean 'height'?"


def test_a_repeated_name_by_itself_is_refused() -> None:
    with pytest.raises(BadData, match="not unique"):
        select("x")


@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=6, unique=True))
def test_every_exact_name_selects_its_column(header: list[str]) -> None:
    for position, name in enumerate(header):
        assert select(name, header) == [position]


@given(st.lists(st.sampled_from(["a", "b", "", " ", "c,d"]), min_size=1, max_size=6))
def test_labels_are_distinct_and_lead_back(header: list[str]) -> None:
    labels = column_labels(header)
    assert len(set(labels)) == len(labels)
    assert locate_columns(labels, header, where="t.csv") == list(range(len(header)))

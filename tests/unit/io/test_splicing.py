"""Replacing cells changes those cells and nothing else, whatever the texts are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emcli.io.read.notations.column_readers import ColumnReaders
from emcli.io.read.tables.table_source import open_table
from emcli.io.read.text import text_block
from emcli.io.read.text.dialect import Dialect
from emcli.io.read.text.number_cells import CellReader
from emcli.io.write.sinks.splicing import NumberCells

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)
COMMA = Dialect(",", "\n", True)


def cells_of(
    values: list[float],
    style: Dialect = COMMA,
    decimal: str = ".",
    null: tuple[str, ...] = (),
    digits: int | None = None,
) -> list[bytes]:
    readers = ColumnReaders(CellReader(null, decimal))
    return NumberCells(style, readers, digits)(values, [0] * len(values))


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n\r;\t|') else text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_only_the_given_cells_change(data: st.DataObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n_columns = data.draw(st.integers(2, 4))
    rows = data.draw(st.lists(st.lists(TEXTS, min_size=n_columns, max_size=n_columns), min_size=1, max_size=6))
    raw = [[cell(text) for text in row] for row in rows]
    header = ",".join(f"c{j}" for j in range(n_columns))
    path = tmp_path / "table.csv"
    path.write_bytes("\n".join([header, *map(",".join, raw)]).encode() + b"\n")
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows) * n_columns, max_size=len(rows) * n_columns)))
    monkeypatch.setattr(text_block, "FEW_ROWS", data.draw(st.sampled_from([0, 5000])))
    with open_table(str(path)) as source:
        (block,) = source.blocks()
        if block.n_rows < len(rows):  # a row of blanks only is no row
            return
        i, j = np.nonzero(mask.reshape(len(rows), n_columns))
        order = np.array(data.draw(st.permutations(range(len(i)))), dtype=np.intp)
        new = [f"<{a},{b}>".encode() for a, b in zip(i[order], j[order], strict=True)]
        records = block.records_with(i[order], j[order], new)
    found = records if isinstance(records, list) else records.to_pylist()
    for a, b in zip(i, j, strict=True):
        raw[a][b] = f"<{a},{b}>"
    assert found == [",".join(row).encode() for row in raw]


def test_numbers_are_written_in_the_notation_of_the_table() -> None:
    assert cells_of([1.0, 0.5, -3.0, 1e30]) == [b"1", b"0.5", b"-3", b"1e+30"]
    assert cells_of([0.5], decimal=",") == [b'"0,5"']
    assert cells_of([0.5], Dialect(";", "\n", True), ",") == [b"0,5"]
    assert cells_of([0.123456], digits=3) == [b"0.123"]


def test_no_number_looks_like_a_missing_mark() -> None:
    cells = cells_of([0.0, -999.0, 1.5, 2.0], null=("0", "-999", "1.5"))
    assert cells == [b"0.0", b"-999.0", b"1.50", b"2"]

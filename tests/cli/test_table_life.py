"""A table that goes through commands again and again, in place: what they do not have to change stays as it is.

A machine keeps the table as it should be and lets emcli work on the file, in any order: assign adds columns, impute
fills gaps, rows are turned round, runs fail half-way.  After every step the file is compared cell by cell.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from processes import TWO

from emcli.cli import app
from emcli.io.read.tables import table_source
from emcli.io.read.text import conversion, text_block

MODEL = TWO.replace('"y [/z]"', "y")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)
NUMBERS = st.sampled_from(["0", "-1.50", "007", " 2 ", "3e0", '"4"', "+.5", "1e-300", "2.000"])
GAPS = st.sampled_from(["", "NA", " ", "null", '""'])
CELLS = st.one_of(NUMBERS, NUMBERS, GAPS)


def quoted(text: str) -> str:
    """A text as a cell of a CSV file; always in quotes, so that no row is a blank line."""
    return '"' + text.replace('"', '""') + '"'


class TableLife(RuleBasedStateMachine):
    """columns  names
    rows     raw cells, quotes included; the first column tells the rows apart
    """

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self.model, self.file = folder / "two.yaml", folder / "t.csv"
        self.model.write_text(MODEL, encoding="utf-8")
        self.columns: list[str] = []
        self.rows: list[list[str]] = []
        self.line_end = "\n"
        self.answers: dict[str, tuple[str, ...]] = {}

    def teardown(self) -> None:
        self._folder.cleanup()

    @initialize(
        rows=st.lists(st.tuples(TEXTS, CELLS, CELLS), min_size=1, max_size=6), ends=st.sampled_from(["\n", "\r\n"])
    )
    def write(self, rows: list[tuple[str, str, str]], ends: str) -> None:
        self.line_end, self.columns = ends, ["id", "y", "x"]
        self.rows = [[quoted(f"{i}{text}"), y, x] for i, (text, y, x) in enumerate(rows)]
        self.save()

    def save(self) -> None:
        lines = [",".join(row) + self.line_end for row in [self.columns, *self.rows]]
        self.file.write_bytes("".join(lines).encode())

    def run(self, *words: str) -> int:
        said = io.StringIO()
        with redirect_stderr(said), mock.patch("sys.warnoptions", ["error"]):
            code = app.run([*words, "-o", str(self.file)])
        assert "internal" not in said.getvalue(), said.getvalue()
        return code

    def cells(self) -> list[list[str]]:
        """The rows of the file as raw cells; only those in quotes hold commas or line ends."""
        text = self.file.read_bytes().decode()
        parsed = list(csv.reader(io.StringIO(text, newline="")))
        assert parsed[0] == self.columns
        return parsed[1:]

    @rule(block=st.integers(1, 200), in_bulk=st.booleans())
    @precondition(lambda self: len(self.columns) < 8)
    def assign(self, block: int, in_bulk: bool) -> None:
        """New columns behind the old ones; what they say of a row depends on no other row and on no block."""
        prefix = f"a{len(self.columns)}_"
        with (
            mock.patch.object(table_source.open_table, "__defaults__", (None, block)),
            mock.patch.object(text_block, "FEW_ROWS", 0 if in_bulk else 5000),
            mock.patch.object(conversion, "FEW_CELLS", 0 if in_bulk else 50_000),
        ):
            assert self.run("assign", str(self.model), str(self.file), "--prefix", prefix) == 0
        self.columns += [prefix + name for name in ("cluster", "p_1", "p_2")]
        for row, found in zip(self.rows, self.cells(), strict=True):
            new = found[-3:]
            key = "|".join(row[:3])
            assert self.answers.setdefault(key, tuple(new)) == tuple(new)
            assert abs(float(new[1]) + float(new[2]) - 1.0) < 1e-9
            row.extend(new)

    @rule()
    def impute(self) -> None:
        """Only the gaps of modelled columns change, and they hold numbers afterwards."""
        assert self.run("impute", str(self.file), "--model", str(self.model)) == 0
        for row, found in zip(self.rows, self.cells(), strict=True):
            for j in (1, 2):
                if row[j].strip(' "').lower() in ("", "na", "null"):
                    row[j] = found[j]
                    float(found[j])

    @rule()
    def turn_round(self) -> None:
        self.rows.reverse()
        self.save()

    @rule(at=st.integers(1, 6))
    def fail(self, at: int) -> None:
        """The disk is full at some operation: the file stays as it was, or the command is done."""
        before, seen = self.file.read_bytes(), 0

        def failing(real: Callable[..., object]) -> Callable[..., object]:
            def call(*given: object, **named: object) -> object:
                nonlocal seen
                seen += 1
                if seen == at:
                    raise OSError(28, os.strerror(28))
                return real(*given, **named)

            return call

        with mock.patch("os.write", failing(os.write)), mock.patch("os.replace", failing(os.replace)):
            code = self.run("assign", str(self.model), str(self.file), "--prefix", "gone_")
        assert code in (0, 73, 74)
        if code:
            assert self.file.read_bytes() == before
        else:
            self.save()

    @invariant()
    def every_cell_is_as_it_should_be(self) -> None:
        if self.columns:
            expected = "".join(",".join(row) + self.line_end for row in [self.columns, *self.rows]).encode()
            assert self.file.read_bytes() == expected
            assert sorted(path.name for path in self.file.parent.iterdir()) == ["t.csv", "two.yaml"]


TestTableLife = TableLife.TestCase
TestTableLife.settings = settings(max_examples=8, stateful_step_count=7, deadline=None, derandomize=True)

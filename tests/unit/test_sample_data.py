"""The sample data are what their README says they are."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
ORIGINS = (SAMPLE_DATA / "README.md").read_text(encoding="utf-8")
TABLE = re.findall(r"^\| `(\w+\.csv)` \| (\d+) \| .*? \| (\d+) \|", ORIGINS, flags=re.MULTILINE)


def rows(name: str) -> list[list[str]]:
    with (SAMPLE_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def test_every_file_is_listed() -> None:
    assert sorted(name for name, _, _ in TABLE) == sorted(path.name for path in SAMPLE_DATA.glob("*.csv"))


@pytest.mark.parametrize(("name", "n_rows", "n_missing"), TABLE)
def test_a_file_has_the_rows_and_gaps_it_is_said_to_have(name: str, n_rows: str, n_missing: str) -> None:
    cells = rows(name)
    assert len(cells) == int(n_rows)
    assert sum(cell == "" for row in cells for cell in row) == int(n_missing)


def test_iris_has_its_heap_of_equal_petal_widths() -> None:
    assert sum(row[3] == "0.2" for row in rows("iris.csv")) == 29


def test_the_invented_people_are_what_their_script_writes() -> None:
    call = [sys.executable, str(SAMPLE_DATA / "make_people.py")]
    written = subprocess.run(call, capture_output=True, timeout=60, check=True).stdout
    assert written == (SAMPLE_DATA / "people.csv").read_bytes()

"""The reference answers that trusted peers computed, and the data they belong to."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from emcli.data.rows import FloatArray

REFERENCE = Path(__file__).parent / "reference"
MISSING = ("", "NA")


@cache
def known(name: str) -> Any:
    """A JSON file of the reference."""
    return json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))


def rows_of(path: Path, columns: list[str]) -> FloatArray:
    """Columns of a CSV file, NaN where missing."""
    with path.open(encoding="utf-8", newline="") as lines:
        cells = [[row[column] for column in columns] for row in csv.DictReader(lines)]
    return np.array([[float("nan" if cell in MISSING else cell) for cell in row] for row in cells])


def data(name: str) -> FloatArray:
    """The modelled columns of a reference data set (n, d)."""
    return rows_of(REFERENCE / "data" / f"{name}.csv", known("features")[name])


def completed(name: str, columns: list[str]) -> FloatArray:
    """The conditional-mean completion of a data set (n, d)."""
    return rows_of(REFERENCE / "imputed" / f"{name}.csv", columns)


def best_known() -> list[dict[str, str]]:
    """The rows of best_known.csv that have a sound optimum."""
    with (REFERENCE / "best_known.csv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["best_log_likelihood"]]

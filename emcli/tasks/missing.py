"""missing: which cells of a table are missing together, and whether that says something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from emcli.core.fitting import FitOptions, fit_mixture
from emcli.core.holes import LittleTest, hole_patterns, little_test, pairs_met_at_most
from emcli.data.table import FloatArray
from emcli.errors import CannotFit
from emcli.io.output import check_output
from emcli.io.table_source import open_table
from emcli.tasks.fit import read_rows
from emcli.tasks.impute_settings import MissingSettings

TOLERANCE = 1e-8  # of the normal with missing cells: the statistic then has its first six digits right
MOST_ITERATIONS = 10_000


@dataclass(frozen=True)
class Pattern:
    """Rows that miss the same columns; `missing` are their names."""

    n_rows: int
    share: float
    missing: tuple[str, ...]


@dataclass(frozen=True)
class MissingReport:
    """The holes of a table.

    per_column  missing cells of each modelled column
    test        Little's test; None where it cannot be made, and `no_test` says why
    never       pairs of columns that no row shows together
    """

    HEADER: ClassVar[list[str]] = ["n_rows", "share", "n_missing", "missing"]

    name: str
    n_rows: int
    columns: tuple[str, ...]
    per_column: tuple[int, ...]
    patterns: tuple[Pattern, ...]
    test: LittleTest | None
    no_test: str
    never: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()

    def lines(self) -> Iterator[list[Any]]:
        """One list per pattern, in the order of HEADER; columns are joined by commas, as -c takes them."""
        for pattern in self.patterns:
            yield [pattern.n_rows, pattern.share, len(pattern.missing), ",".join(map(spec, pattern.missing))]

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "table": self.name,
            "n_rows": self.n_rows,
            "n_missing_cells": sum(self.per_column),
            "columns": dict(zip(self.columns, self.per_column, strict=True)),
            "patterns": [{**asdict(pattern), "missing": list(pattern.missing)} for pattern in self.patterns],
            "little": asdict(self.test) if self.test is not None else None,
            "no_test": self.no_test or None,
            "never_together": [list(pair) for pair in self.never],
            "notes": list(self.notes),
        }


def spec(name: str) -> str:
    """A column's name as a spec: in quotes if it has a comma."""
    return f'"{name}"' if "," in name else name


def run(settings: MissingSettings) -> MissingReport:
    """Read the table once and look at its holes."""
    check_output(settings.output.output, settings.output.clobber)
    with open_table(settings.input, settings.table.reading) as source:
        rows = read_rows(source, settings.table)
        values, columns = rows.table.values, rows.table.columns
        observed = ~np.isnan(values)
        found = hole_patterns(observed)
        test, no_test = tested(values, columns)
        return MissingReport(
            source.name,
            len(values),
            columns,
            tuple((~observed).sum(axis=0).tolist()),
            tuple(
                Pattern(int(n), int(n) / len(values), tuple(np.array(columns)[~mask].tolist()))
                for mask, n in zip(found.observed, found.counts, strict=True)
            ),
            test,
            no_test,
            tuple((columns[a], columns[b]) for a, b in pairs_met_at_most(rows.table.rows, 0)),
            rows.notes,
        )


def tested(values: FloatArray, columns: tuple[str, ...]) -> tuple[LittleTest | None, str]:
    """Little's test, or why there is none; every row counts once."""
    rows = values[~np.isnan(values).all(axis=1)]
    if not np.isnan(rows).any():
        return None, "nothing is missing" if len(rows) == len(values) else "rows are whole or wholly missing"
    options = FitOptions(1, tolerance=TOLERANCE, max_iterations=MOST_ITERATIONS)
    try:
        fitted = fit_mixture(rows, np.ones(len(rows)), options, columns=columns)
    except CannotFit as problem:
        return None, problem.message
    return little_test(rows, fitted.mixture), ""

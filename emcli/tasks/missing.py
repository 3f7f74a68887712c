"""missing: which cells of a table are missing together, and whether that says something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from emcli.core.fit.fitting import FitOptions, fit_blocks
from emcli.core.rows.holes import LittleTest, little_test, pairs_met_at_most, patterns_in
from emcli.core.rows.survey import taking_part
from emcli.data.blocks import Blocks, View, kept, n_rows
from emcli.data.rows import Numbers
from emcli.engines.threads import engine_for, usable
from emcli.errors import CannotFit
from emcli.io.read.tables.table_source import open_table
from emcli.io.write.outputs.output import check_output
from emcli.process.giving_back import give_back
from emcli.tasks.fit import read_rows
from emcli.tasks.settings.impute import MissingSettings

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
        rows = read_rows(source, settings.table, settings.keeping)
        table, columns, n = rows.table.rows, rows.table.columns, rows.table.n_rows
        found = patterns_in(table)
        test, no_test = tested(table, columns)
        return MissingReport(
            source.name,
            n,
            columns,
            tuple((found.counts @ ~found.observed).tolist()),
            tuple(
                Pattern(int(met), int(met) / n, tuple(np.array(columns)[~mask].tolist()))
                for mask, met in zip(found.observed, found.counts, strict=True)
            ),
            test,
            no_test,
            tuple((columns[a], columns[b]) for a, b in pairs_met_at_most(table, 0)),
            rows.notes,
        )


def tested(table: Blocks, columns: tuple[str, ...]) -> tuple[LittleTest | None, str]:
    """Little's test, or why there is none; every row counts once."""
    rows = kept(View(table, counted_once, table.sizes), taking_part)
    if not any(rows.map(has_holes)):
        return None, "nothing is missing" if n_rows(rows) == n_rows(table) else "rows are whole or wholly missing"
    if not table.in_memory:
        give_back()
    options = FitOptions(1, tolerance=TOLERANCE, max_iterations=MOST_ITERATIONS)
    try:
        fitted = fit_blocks(rows, options, columns=columns, make_engine=partial(engine_for, n_threads=usable(None)))
    except CannotFit as problem:
        return None, problem.message
    return little_test(rows, fitted.mixture), ""


def counted_once(numbers: Numbers) -> Numbers:
    """The rows of a block without their weights."""
    return Numbers(numbers.values, np.ones(numbers.n_rows))


def has_holes(numbers: Numbers) -> bool:
    """Whether a cell of a block is missing."""
    return bool(np.isnan(numbers.values).any())

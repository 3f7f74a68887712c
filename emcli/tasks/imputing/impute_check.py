"""impute --check: hide known cells, fill them, and see how far off that was.

Intervals come from draws, so the uncertainty of the parameters is in them: of 199 draws the 10th smallest and the 10th
largest leave out a new value of the same distribution once in ten.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from emcli.core.complete.imputation import Imputer
from emcli.data.rows import BoolArray, FloatArray
from emcli.errors import BadData
from emcli.io.read.tables.table_source import open_table
from emcli.io.write.outputs.output import check_output
from emcli.tasks.fitting.fit_notes import warnings_on
from emcli.tasks.impute import Prepared, notes_about, prepare, summary
from emcli.tasks.imputing.drawing import CHECK_KEY, notes_on_draws
from emcli.tasks.imputing.imputed_tables import ImputeWatch
from emcli.tasks.settings.impute import ImputeSettings, parse_share

N_DRAWS, LEFT_OUT = 199, 10
FEWEST_REFITS = 20
ALL = "(all, in standard deviations)"


@dataclass(frozen=True)
class CheckRow:
    """How well the hidden cells of a column were found again; rmse and width of intervals in its units."""

    column: str
    n_hidden: int
    rmse: float
    mean_fill_rmse: float
    coverage_90: float
    interval_width: float


@dataclass(frozen=True)
class CheckReport:
    """One row per column with hidden cells, and one over all of them."""

    HEADER: ClassVar[list[str]] = list(CheckRow.__dataclass_fields__)

    rows: tuple[CheckRow, ...]
    share: float
    converged: bool = True
    fit: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0

    def lines(self) -> Iterator[list[Any]]:
        """The rows as lists in the order of HEADER."""
        for row in self.rows:
            yield [getattr(row, name) for name in self.HEADER]

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON object."""
        rows = [dict(zip(self.HEADER, line, strict=True)) for line in self.lines()]
        told = {"notes": list(self.notes), "warnings": list(self.warnings)}
        return {"share_hidden": self.share, "columns": rows, "fit": self.fit, **told}


def run(settings: ImputeSettings, watch: ImputeWatch | None = None) -> CheckReport:
    """Hide a share of the observed cells, complete the table, and compare."""
    began = time.monotonic()
    assert settings.check is not None
    check_output(settings.output.output, settings.output.clobber)
    share = parse_share(settings.check)
    with open_table(settings.input, settings.table.reading) as source:
        prepared = prepare(settings, source, watch)
        values = prepared.rows.table.values
        rng = np.random.default_rng(np.random.SeedSequence(settings.fitting.seed, spawn_key=(CHECK_KEY,)))
        hidden = hide(~np.isnan(values), share, rng)
        if not hidden.any():
            raise BadData("too few observed cells to hide any", where=source.name)
        shown = np.where(hidden, np.nan, values)
        found = prepared.find(watch, shown)
        fitted = found.fitted
        completed, _ = Imputer(fitted.mixture, prepared.scale).expected(shown)
        refits = max(settings.draws, FEWEST_REFITS)
        drawing = prepared.drawing(fitted, shown)
        draws = drawing.draws(refits, -(-N_DRAWS // refits), CHECK_KEY, watch)
        cells = np.concatenate([one.cells for one in draws])[:N_DRAWS]
        notes, warnings = notes_on_draws(draws)
        rows = compared(prepared, shown, hidden, completed, intervals(cells, shown))
    return CheckReport(
        rows,
        share,
        fitted.converged,
        summary(fitted, prepared.settled(fitted), prepared.rows.table.columns),
        (*prepared.notes, *found.notes, *notes_about(fitted), *notes),
        (*prepared.warnings, *warnings_on(fitted, prepared.settled(fitted)), *warnings),
        time.monotonic() - began,
    )


def hide(observed: BoolArray, share: float, rng: np.random.Generator) -> BoolArray:
    """Which of the observed cells (n, d) are hidden: a share of them, but never the last one of a row or column."""
    chances = np.where(observed, rng.random(observed.shape), 2.0)
    n_hidden = round(share * int(observed.sum()))
    limit = np.partition(chances.ravel(), n_hidden)[n_hidden] if n_hidden else 0.0
    hidden = chances < limit
    for axis in (1, 0):
        bare = (observed & ~hidden).sum(axis=axis) == 0
        last = np.expand_dims(np.where(observed, chances, -1.0).argmax(axis=axis), axis)
        kept = np.zeros_like(hidden)
        np.put_along_axis(kept, last, True, axis=axis)
        hidden &= ~(kept & np.expand_dims(bare, axis))
    return hidden


def intervals(cells: FloatArray, shown: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lower and upper ends (n, d) of 90 % intervals from draws (draws, missing cells); NaN at cells shown."""
    ordered = np.sort(cells, axis=0)
    low, high = np.full_like(shown, np.nan), np.full_like(shown, np.nan)
    missing = np.isnan(shown)
    low[missing], high[missing] = ordered[LEFT_OUT - 1], ordered[len(cells) - LEFT_OUT]
    return low, high


def compared(
    prepared: Prepared,
    shown: FloatArray,
    hidden: BoolArray,
    completed: FloatArray,
    ends: tuple[FloatArray, FloatArray],
) -> tuple[CheckRow, ...]:
    """One row per column with hidden cells, then one for all, in which errors count in the column's spread."""
    values = prepared.rows.table.values
    columns = prepared.rows.table.columns
    low, high = ends
    means, spreads = np.nanmean(shown, axis=0), np.nanstd(shown, axis=0)
    spreads = np.where(spreads > 0.0, spreads, 1.0)
    errors, plain = completed - values, means - values
    inside = (values >= low) & (values <= high)
    width = high - low

    def row(name: str, mask: BoolArray, scale: FloatArray | float) -> CheckRow:
        return CheckRow(
            name,
            int(mask.sum()),
            float(np.sqrt(np.mean((errors / scale)[mask] ** 2))),
            float(np.sqrt(np.mean((plain / scale)[mask] ** 2))),
            float(inside[mask].mean()),
            float((width / scale)[mask].mean()),
        )

    rows = []
    for j, name in enumerate(columns):
        mask = np.zeros_like(hidden)
        mask[:, j] = hidden[:, j]
        if mask.any():
            rows.append(row(name, mask, 1.0))
    return (*rows, row(ALL, hidden, spreads))

"""score --drift: model file and table in; how far the rows have moved from those of the fit out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, ClassVar, TypeAlias

import numpy as np

from emcli.core.describe.portrait import Portrait, Sitting
from emcli.core.describe.shift import Shift, shifts
from emcli.core.statistics.moments import Moments
from emcli.errors import BadData
from emcli.io.printable import printable
from emcli.io.read.bytes.raw_bytes import display_name
from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.io.write.outputs.output import check_output, refuse_same_file
from emcli.tasks.backend.place import place_for
from emcli.tasks.fitting.training import all_shares, read_training
from emcli.tasks.model_rows.gaps import rows_to_keep
from emcli.tasks.model_rows.judging import judge
from emcli.tasks.model_rows.matching import find_columns
from emcli.tasks.model_rows.models import Model, load_model
from emcli.tasks.model_rows.part_writing import RowsWritten, joined, read_parts
from emcli.tasks.model_rows.reports import RowsDone, RowsWatch
from emcli.tasks.score import check_weights, weights_column
from emcli.tasks.settings import ScoreSettings

Looked: TypeAlias = tuple[RowsWritten, list[Moments]]

NO_SUMMARY = (
    "the model file has no training summary (it is edited, or of an older emcli): shares are compared with the "
    "weights, and what else is not in it stays empty; fit again to have it all"
)


@dataclass(frozen=True, eq=False)
class DriftReport:
    """How far rows have moved from those of the fit."""

    HEADER: ClassVar[list[str]] = ["measure", "of", "fit", "now", "change", "standard_error", "notable"]

    model: Model
    name: str
    n_rows: int
    n_missing_cells: int
    shifts: tuple[Shift, ...]
    notes: tuple[str, ...]
    seconds: float

    def of(self, shift: Shift) -> str | int | None:
        """What a shift is of: a cluster from 1 (0: the background), a column, or all rows."""
        if shift.which is None:
            return None
        if shift.measure != "share":
            return self.model.columns[shift.which]
        return (shift.which + 1) % (self.model.mixture.n_components + 1)

    def lines(self) -> Iterator[list[Any]]:
        """One list per measure, in the order of HEADER; None where something is not known."""
        for one in self.shifts:
            yield [one.measure, self.of(one), one.fit, one.now, one.change, one.standard_error, one.notable]

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON object."""
        first, outside = self.shifts[:2]
        columns: dict[str, dict[str, Any]] = {name: {} for name in self.model.columns}
        for one in self.shifts:
            if one.measure in ("missing", "mean"):
                columns[str(self.of(one))][one.measure] = _plain(one)
        return {
            "model": self.model.name,
            "table": self.name,
            "n_rows": self.n_rows,
            "n_missing_cells": self.n_missing_cells,
            "log_likelihood_per_row": {**_plain(first), "expected": first.expected},
            "outside": _plain(outside),
            "shares": [{"cluster": self.of(one), **_plain(one)} for one in self.shifts if one.measure == "share"],
            "columns": columns,
            "n_notable": sum(one.notable for one in self.shifts),
            "notes": list(self.notes),
        }


def _plain(one: Shift) -> dict[str, Any]:
    names = ("fit", "now", "change", "standard_error", "notable")
    return {name: getattr(one, name) for name in names}


def run(settings: ScoreSettings, watch: RowsWatch | None = None) -> DriftReport:
    """Read the rows once and compare them with those of the fit."""
    began = time.monotonic()
    check_output(settings.output.output, settings.output.clobber)
    refuse_same_file({"the output": settings.output.output}, {"the model": settings.model})
    model = load_model(settings.model)
    trained = read_training(model)
    rows, moments = looked_at(Looking(settings, model), watch)
    sitting = Sitting(model.mixture)
    for one in moments:
        sitting.moments += one
    now = sitting.portrait()
    name = printable(display_name(settings.input), 4096)
    if not now.n > 0.0:
        raise BadData("no row to compare with those of the fit", where=name)
    notes = (*rows.told(), *([] if trained else [NO_SUMMARY]))
    found = compared(model, trained, now)
    return DriftReport(model, name, rows.n_rows, rows.n_missing_cells, found, notes, time.monotonic() - began)


@dataclass(frozen=True)
class Looking:
    """Takes the numbers of a portrait of the rows of a table, block by block."""

    settings: ScoreSettings
    model: Model

    def __call__(self, source: TableSource, target: str, watch: RowsWatch | None = None) -> Looked:
        table, sitting = self.settings.table, Sitting(self.model.mixture)
        n_rows = n_missing = n_dropped = 0
        found = []
        positions = find_columns(self.model, source, table)
        heavy = weights_column(source, table)
        for block in source.blocks():
            values = block.numbers(positions)
            keep = rows_to_keep(values, table.missing, block, source, positions)
            said = judge(sitting.evaluate, values, keep, block, source)
            weights = np.ones(int(keep.sum()))
            if heavy is not None:
                weights = block.numbers([heavy])[keep, 0]
                check_weights(weights, source, heavy)
            found.append(sitting.seen(values[keep], weights, said))
            n_rows += len(weights)
            n_dropped += block.n_rows - len(weights)
            n_missing += int(np.isnan(values[keep]).sum())
            if watch is not None:
                watch(RowsDone(n_rows))
        return RowsWritten(n_rows, n_missing, n_dropped, tuple(source.notes)), found


def looked_at(looking: Looking, watch: RowsWatch | None) -> Looked:
    """What is seen of all rows: here, or of each part where it is."""
    settings = looking.settings
    if not settings.running.on_cluster:
        with open_table(settings.input, settings.table.reading) as source:
            return looking(source, "", watch)
    with place_for(settings.running, watch) as place:
        seen = place.see(settings.input, settings.table.reading)
        parts = read_parts(place, seen, looking, watch)
    return joined([rows for rows, _ in parts], seen), list(chain.from_iterable(found for _, found in parts))


def compared(model: Model, trained: Portrait | None, now: Portrait) -> tuple[Shift, ...]:
    """All shifts; without a training summary only what the mixture and the rest of the record tell."""
    if trained is not None:
        return tuple(shifts(trained, now, -model.mixture.n_parameters / trained.n))
    record = model.plain.get("fit") or {}
    fitted = [record.get(name) for name in ("log_likelihood", "n_rows")]
    total, n_rows = (value if isinstance(value, int | float) else None for value in fitted)
    per_row = total / n_rows if total is not None and n_rows else None
    known = {"log_likelihood_per_row": per_row}
    stand_in = replace(now, shares=all_shares(model.mixture), n=float(n_rows or 0) or now.n)
    return tuple(
        one if one.measure == "share" else replace(one, fit=known.get(one.measure), standard_error=None, expected=0.0)
        for one in shifts(stand_in, now, 0.0)
    )

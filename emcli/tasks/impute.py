"""impute: a table with missing cells in, the table without out; by a fit to its own rows or by a model file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.complete.imputation import Imputer
from emcli.core.families import FAMILIES, Tail
from emcli.core.fit.fitted import Fitted
from emcli.core.sweep.rows import Rows, rows_of_arrays
from emcli.data.blocks import gathered, in_blocks, mapped
from emcli.data.rows import BoolArray, FloatArray, Numbers
from emcli.engines.threads import usable
from emcli.errors import BadData, UsageError
from emcli.io.read.tables.table_source import TableSource
from emcli.io.write.outputs.output import Outputs, check_output, refuse_same_file
from emcli.tasks import fit
from emcli.tasks.backend.place import HERE, Place, place_for
from emcli.tasks.fitting.fit_notes import count, notes_on, warnings_on
from emcli.tasks.fitting.fit_options import fit_options
from emcli.tasks.fitting.hole_notes import weak_fit, weak_pairs
from emcli.tasks.imputing.completion_scale import INTEGERS, check_positive, completed_scale, whole_numbers
from emcli.tasks.imputing.drawing import DRAWS_KEY, Drawing, notes_on_draws
from emcli.tasks.imputing.impute_parts import fill_parts, whole_in_all
from emcli.tasks.imputing.imputed_tables import Fill, ImputeWatch, Tables, draw_paths, stacked
from emcli.tasks.imputing.pooled import parse_formula, write_pooled
from emcli.tasks.model_rows.matching import find_columns
from emcli.tasks.model_rows.models import load_model
from emcli.tasks.model_rows.reports import Writing
from emcli.tasks.settings import FitSettings
from emcli.tasks.settings.impute import ImputeSettings

NOT_FOR_INFERENCE = (
    "cells are filled with their expected values: good for prediction, not for inference (variances and "
    "correlations come out too small); --draws 20 makes tables for that"
)
KNOWN_PARAMETERS = (
    "draws from a given model take its parameters as known; fitted here (-k N instead of --model), every draw has "
    "parameters of its own"
)


@dataclass(frozen=True)
class ImputeReport:
    """A table was completed.

    fit  what the model file of the fit would say about it; empty for a model that was given, or nothing missing
    """

    n_rows: int
    n_filled: int
    n_draws: int
    converged: bool = True
    fit: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The summary as one JSON object."""
        counts = {"n_rows": self.n_rows, "n_filled": self.n_filled, "n_draws": self.n_draws}
        return {**counts, **self.fit, "notes": list(self.notes), "warnings": list(self.warnings)}


def run(settings: ImputeSettings, watch: ImputeWatch | None = None) -> ImputeReport:
    """Fill the missing cells of a table and write it."""
    began = time.monotonic()
    check_paths(settings)
    impute = by_own_fit if settings.from_model is None else by_model
    with (
        place_for(settings.running, watch) as place,
        place.open(settings.input, settings.table.reading) as source,
    ):
        report = impute(settings, place, source, watch)
    return replace(report, seconds=time.monotonic() - began)


def check_paths(settings: ImputeSettings) -> None:
    """Refuse outputs that cannot be written, before any work is done."""
    optional = {"the standard errors": settings.standard_errors, "the pooled answers": settings.pool}
    outputs = {what: path for what, path in optional.items() if path is not None}
    if stacked(settings) and not settings.output.in_parts:
        outputs["the output"] = settings.output.output
    outputs |= {f"draw {m}": path for m, path in enumerate(draw_paths(settings), 1)}
    for path in outputs.values():
        check_output(path, settings.output.clobber)
    refuse_same_file(outputs, {"the model": settings.from_model} if settings.from_model else {})


def by_model(settings: ImputeSettings, place: Place, source: TableSource, watch: ImputeWatch | None) -> ImputeReport:
    """Completions under a model file, block by block: a table of any length needs the memory of one block."""
    assert settings.from_model is not None
    model = load_model(settings.from_model)
    positions = find_columns(model, source, settings.table)
    refuse_heavy_tails(settings, model.mixture.family.tail)
    whole = np.zeros(len(positions), dtype=np.bool_)
    if settings.completion.round == INTEGERS:
        whole = whole_in_all(settings, place, source, positions, watch)
    scale = completed_scale(settings.completion, source, positions, whole)
    imputer = Imputer(model.mixture, scale)
    tables = Tables(settings, source, positions, watch)
    tables.check_names()
    if settings.output.in_parts:
        written = fill_parts(settings, place, positions, imputer, watch)
        told = [NOT_FOR_INFERENCE] if written.n_missing_cells else []
        return ImputeReport(written.n_rows, written.n_missing_cells, 0, notes=(*written.notes, *told))
    with Outputs(clobber=settings.output.clobber) as outputs:
        if settings.draws == 0:
            n_rows, n_filled = tables.write_means(outputs, imputer)
        else:
            seeds = np.random.SeedSequence(settings.fitting.seed, spawn_key=(DRAWS_KEY,)).spawn(settings.draws)
            n_rows, n_filled = tables.write_draws(
                outputs, [FromModel(imputer, np.random.default_rng(seed)) for seed in seeds]
            )
    told = [KNOWN_PARAMETERS if settings.draws else NOT_FOR_INFERENCE] if n_filled else []
    return ImputeReport(n_rows, n_filled, settings.draws, notes=(*source.notes, *told))


class FromModel:
    """Draws for one block after the other; what a row gets does not depend on the blocks."""

    def __init__(self, imputer: Imputer, rng: np.random.Generator) -> None:
        self._imputer, self._rng = imputer, rng

    def __call__(self, values: FloatArray) -> FloatArray:
        n, d = values.shape
        return self._imputer.drawn(values, self._rng.random((n, d + 2)))


class FromCells:
    """Completions that were made before, taken in row order."""

    def __init__(self, cells: FloatArray) -> None:
        self._cells = cells
        self._done = 0

    def __call__(self, values: FloatArray) -> FloatArray:
        missing = np.isnan(values)
        completed, n = values.copy(), int(missing.sum())
        completed[missing] = self._cells[self._done : self._done + n]
        self._done += n
        return completed


def by_own_fit(settings: ImputeSettings, place: Place, source: TableSource, watch: ImputeWatch | None) -> ImputeReport:
    """Completions under a mixture fitted to the table itself."""
    prepared = prepare(settings, source, watch, place)
    table = prepared.rows.table
    formulas = [parse_formula(text, table.columns) for text in settings.regress]
    tables = Tables(settings, source, table.positions, watch)
    tables.check_names()
    complete = not table.n_missing_cells
    found = None if complete else prepared.find(watch)
    fitted = found.fitted if found is not None else None
    notes, warnings = list(prepared.notes), list(prepared.warnings)
    drawn: list[FloatArray] = []
    fills: list[Fill] = []
    if found is not None and fitted is not None:
        notes += [*found.notes, *notes_about(fitted)]
        warnings += [*weak_fit(fitted), *warnings_on(fitted, prepared.settled(fitted))]
    if settings.draws and fitted is not None:
        drawing = prepared.drawing(fitted)
        in_memory = table.rows.in_memory
        draws = drawing.draws(settings.draws, int(in_memory), DRAWS_KEY, watch)
        if in_memory:
            drawn = [one.cells[0] for one in draws]
        else:  # drawn again for every block that is written: the numbers are the same
            fills = [FromModel(Imputer(one.mixture, prepared.scale), one.rng) for one in draws]
        more = notes_on_draws(draws)
        notes, warnings = notes + more[0], warnings + more[1]
    elif settings.draws:
        drawn = [np.empty(0)] * settings.draws
    elif fitted is not None:
        notes.append(NOT_FOR_INFERENCE)
    if watch is not None and not settings.output.in_parts:
        watch(Writing())
    imputer = Imputer(fitted.mixture, prepared.scale) if fitted is not None else None
    if settings.output.in_parts:
        written = fill_parts(settings, place, table.positions, imputer, watch)
        n_rows, n_filled = written.n_rows, written.n_missing_cells
    else:
        with Outputs(clobber=settings.output.clobber) as outputs:
            if settings.draws:
                n_rows, n_filled = tables.write_draws(outputs, fills or [FromCells(cells) for cells in drawn])
            else:
                n_rows, n_filled = tables.write_means(outputs, imputer)
            if settings.pool is not None:
                write_pooled(outputs.open(settings.pool), prepared.rows_for_draws, drawn, formulas)
    return ImputeReport(
        n_rows,
        n_filled,
        settings.draws,
        converged=fitted is None or fitted.converged,
        fit=summary(fitted, prepared.settled(fitted), table.columns) if fitted is not None else {},
        notes=tuple(notes) if n_filled else (*notes, "no modelled cell is missing: the table stays as it is"),
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, eq=False)
class Prepared:
    """A table that was read, and how it is to be fitted and completed."""

    settings: ImputeSettings
    source: TableSource
    rows: fit.Rows
    scale: CompletedScale
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def fit_settings(self) -> FitSettings:
        """The settings of the fit alone."""
        settings = self.settings
        return FitSettings(settings.n_components, settings.input, settings.fitting, settings.table)

    def settled(self, fitted: Fitted) -> FitSettings:
        """The settings of the fit with the number of components that it has."""
        return replace(self.fit_settings, n_components=fitted.mixture.n_components)

    @property
    def rows_for_draws(self) -> Rows:
        """The rows in data units."""
        return Rows(self.rows.table.rows, self.rows.table.columns)

    def find(self, watch: ImputeWatch | None, values: FloatArray | None = None) -> fit.Found:
        """The best mixture of the rows (or of other values for them), on the scale of the model."""
        table = self.rows.table
        rows = table.rows if values is None else in_blocks(values, gathered(table.rows).case_weights)
        inward = replace(table, rows=mapped(rows, self.scale.inward))
        return fit.find(self.fit_settings, replace(self.rows, table=inward), self.source, watch)

    def drawing(self, fitted: Fitted, values: FloatArray | None = None) -> Drawing:
        """How draws are made for the rows (or for other values)."""
        rows = self.rows_for_draws
        if values is not None:
            rows = rows_of_arrays(values, rows.case_weights, rows.columns)
        fitting = self.settings.fitting
        options = fit_options(fitting, fitted.mixture.n_components)
        return Drawing(rows, fitted, options, self.scale, usable(fitting.threads))


def prepare(settings: ImputeSettings, source: TableSource, watch: ImputeWatch | None, place: Place = HERE) -> Prepared:
    """Read the table and hold it against the settings."""
    refuse_heavy_tails(settings, FAMILIES[settings.fitting.family])
    in_memory = settings.pool is not None or settings.check is not None  # what looks at all completed rows at a time
    rows = fit.read_rows(source, settings.table, None if in_memory else settings.keeping, place=place)
    table = rows.table
    for report in table.reports:
        if report.why == "all cells are missing":
            raise BadData(
                f"column '{report.name}' has no observed value: there is nothing to fill it from",
                where=source.name,
                hint=f"leave it as it is with -x {report.name}",
            )
    if watch is not None:
        watch(rows.told)
    whole = np.all(list(table.rows.map(whole_numbers)), axis=0)
    scale = completed_scale(settings.completion, source, table.positions, whole)
    check_positive(table, scale, source)
    left = [f"{r.name} ({r.n_missing})" for r in table.reports if not r.used and r.n_missing and r.why != "no name"]
    notes = list(rows.notes)
    if left:
        notes.append(f"missing cells in columns that are not modelled stay missing: {', '.join(left)}")
    filled = np.any(list(table.rows.map(with_holes)), axis=0)
    for_round = whole & ~scale.whole & filled
    if for_round.any() and settings.completion.round is None:
        names = ", ".join(np.array(table.columns)[for_round].tolist())
        notes.append(f"only whole numbers so far in {names}: --round integers fills in whole ones")
    weak = weak_pairs(table.rows, table.columns, settings.fitting.covariance)
    return Prepared(settings, source, rows, scale, tuple(notes), tuple(weak))


def with_holes(numbers: Numbers) -> BoolArray:
    """Columns (d,) in which a cell is missing."""
    return np.asarray(np.isnan(numbers.values).any(axis=0))


def refuse_heavy_tails(settings: ImputeSettings, tail: Tail | type[Tail]) -> None:
    """Bounds and logarithms need moments that heavy-tailed families do not have, or not in closed form."""
    wanted = {"bounds": settings.completion.bounds, "log": settings.completion.log}
    for where, value in wanted.items():
        if value and not tail.truncated:
            raise UsageError(
                f"cannot be had with family {tail.name}: such cells have no expected value that could be written",
                where=f"--{where}",
                hint="use --family gaussian, or leave it out",
            )


def notes_about(fitted: Fitted) -> Iterator[str]:
    """What happened in the fit; rows with nothing observed are told in the words of this command."""
    if fitted.n_empty_rows:
        yield f"{count(fitted.n_empty_rows, 'row')} with nothing observed: filled from the mixture as a whole"
    yield from notes_on(replace(fitted, n_empty_rows=0))


def summary(fitted: Fitted, settings: FitSettings, columns: Sequence[str]) -> dict[str, Any]:
    """The fit in a few numbers."""
    return {
        "columns": list(columns),
        "n_components": settings.n_components,
        "covariance": settings.fitting.covariance,
        "log_likelihood": fitted.log_likelihood,
        "n_parameters": fitted.n_parameters,
        "bic": fitted.criteria.bic,
        "iterations": fitted.iterations,
        "converged": fitted.converged,
        "seed": settings.fitting.seed,
    }

"""fit: a table in, a model file out, and if wanted the table with what the model says about its rows."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from emcli.core.describe.portrait import portrait_of
from emcli.core.fit.fitting import Fitted, fit_blocks
from emcli.core.fit.tracing import TracePoint
from emcli.core.model.plain import from_plain
from emcli.data.blocks import Blocks, kept, n_rows
from emcli.data.rows import BoolArray, Numbers
from emcli.engines.threads import usable
from emcli.errors import CannotFit, UsageError
from emcli.io.models.model_file import Form, model_form, write_model
from emcli.io.models.model_steps import write_step
from emcli.io.read.store.row_store import bytes_in_memory
from emcli.io.read.tables.numeric_table import ColumnChoice, Keeping, NumericTable
from emcli.io.read.tables.table_source import TableSource
from emcli.io.write.outputs.output import ByteSink, Outputs, check_output, refuse_same_file
from emcli.io.write.sinks.row_sink import new_table
from emcli.process.giving_back import give_back
from emcli.tasks.backend.place import HERE, Place, place_for
from emcli.tasks.fitting.checkpoints import kept_passes
from emcli.tasks.fitting.fit_notes import notes_on, warnings_on
from emcli.tasks.fitting.fit_options import fit_options
from emcli.tasks.fitting.fitted_model import chosen, describe, step_model
from emcli.tasks.fitting.hole_notes import weak_fit, weak_pairs
from emcli.tasks.fitting.initial import initial, names_rows
from emcli.tasks.fitting.known_labels import known_labels
from emcli.tasks.fitting.training import training_record
from emcli.tasks.model_rows.answers import Answers
from emcli.tasks.model_rows.gaps import rows_to_keep
from emcli.tasks.model_rows.reports import FitReport, FitWatch, RowsRead, TableRead, Writing
from emcli.tasks.settings import AnswerSettings, FitSettings, KeepingSettings, TableSettings

if TYPE_CHECKING:
    from emcli.core.model.mixture import Mixture
    from emcli.tasks.model_rows.points import Points


@dataclass(frozen=True)
class Rows:
    """The rows to fit: the table, whether only its complete rows take part, and how to tell of it."""

    table: NumericTable
    only_complete: bool
    told: TableRead
    notes: tuple[str, ...]
    place: Place = HERE

    @cached_property
    def used(self) -> Blocks:
        """Those that take part."""
        return self.place.near(kept(self.table.rows, complete) if self.only_complete else self.table.rows)

    @property
    def keep(self) -> BoolArray:
        """Which rows (n,) of the table these are."""
        if not self.only_complete:
            return np.ones(self.table.n_rows, dtype=np.bool_)
        return np.concatenate(list(self.table.rows.map(complete)))

    def left(self, keeping: KeepingSettings) -> int:
        """Bytes that the process may take for more than the rows."""
        taken = bytes_in_memory(self.table.n_rows, self.table.rows.n_features) if self.table.rows.in_memory else 0
        return max(keeping.most_bytes - taken, 0)

    def training(self, fitted: Fitted) -> dict[str, Any]:
        """What the rows that take part look like to a mixture fitted to them, as the model file keeps it."""
        return training_record(portrait_of(fitted.mixture, self.used), self.table.columns)

    def points(self, mixture: Mixture) -> Points:
        """The rows that take part as points of a picture."""
        from emcli.tasks.model_rows.points import row_points

        return row_points(mixture, self.table.columns, self.used)


def complete(numbers: Numbers) -> BoolArray:
    """Rows (n,) in which nothing is missing."""
    return np.asarray(~np.isnan(numbers.values).any(axis=1))


def run(settings: FitSettings, watch: FitWatch | None = None) -> FitReport:
    """Fit a mixture to the rows of a table and write it, and what else is asked for."""
    began = time.monotonic()
    check_paths(settings)
    with (
        place_for(settings.running, watch) as place,
        place.open(settings.input, settings.table.reading) as source,
    ):
        told = watch if settings.n_components is not None else None
        rows = read_rows(source, without_labels(settings), settings.keeping, told, place)
        if watch is not None:
            watch(rows.told)
        if settings.dry_run:
            return FitReport(rows.told, None, True, "nothing was fitted: a dry run", notes=rows.notes)
        try:
            found = find(settings, rows, source, watch, began)
        except CannotFit as error:
            raise error.at(source.name) from None
        fitted, settings = found.fitted, replace(settings, n_components=found.fitted.mixture.n_components)
        model = describe(
            fitted,
            rows.table.columns,
            settings.fitting,
            row_choices(settings),
            input_sha256=rows.table.sha256,
            chosen_by=found.chosen_by,
            training=rows.training(fitted),
        )
        warnings = (
            *weak_pairs(rows.used, rows.table.columns, settings.fitting.covariance),
            *weak_fit(fitted),
            *warnings_on(fitted, settings),
        )
        picture = place.ready(partial(rows.points, fitted.mixture))
        if watch is not None:
            watch(Writing())
        write_products(settings, model, fitted, rows.table, source)
    return FitReport(
        table=rows.told,
        model=model,
        converged=fitted.converged,
        stop_sentence=fitted.stop_reason.sentence,
        history=fitted.history,
        notes=(*rows.notes, *found.notes, *notes_on(fitted)),
        warnings=warnings,
        seconds=time.monotonic() - began,
        points=picture,
    )


def check_paths(settings: FitSettings) -> None:
    """Refuse outputs that cannot be written, before any work is done."""
    optional = {
        "the responsibilities": settings.responsibilities,
        "the trace": settings.trace,
        "the models of the trace": settings.trace_models,
        "the checkpoint": settings.checkpoint,
    }
    outputs = {"the model": settings.output.output} | {what: path for what, path in optional.items() if path}
    for path in outputs.values():
        check_output(path, settings.output.clobber)
    refuse_same_file(outputs, {})


def read_rows(
    source: TableSource,
    choice: TableSettings,
    keeping: KeepingSettings | None = None,
    watch: FitWatch | None = None,
    place: Place = HERE,
) -> Rows:
    """Read the modelled columns and decide about rows with gaps; without `keeping` all rows are kept in memory."""
    columns = ColumnChoice(choice.columns, choice.exclude, choice.id, choice.weights)
    kept_so = Keeping(keeping.most_bytes, keeping.cache) if keeping else Keeping()
    if watch is not None:
        kept_so = replace(kept_so, read=lambda n_rows: watch(RowsRead(n_rows)))
    table = place.read(source, columns, kept_so)
    if choice.missing == "error" and table.n_missing_cells:
        refuse_gaps(table, source)
    told = TableRead(
        name=source.name,
        n_rows=table.n_rows,
        n_missing_cells=table.n_missing_cells,
        used=table.columns,
        unused=tuple((report.name, report.why) for report in table.reports if not report.used),
    )
    rows = Rows(table, choice.missing == "drop", told, table.notes, place)
    n_dropped = table.n_rows - n_rows(rows.used)
    return replace(rows, notes=(*rows.notes, f"{n_dropped} rows with missing cells left out")) if n_dropped else rows


def without_labels(settings: FitSettings) -> TableSettings:
    """How the table is read: the column of labels is not modelled."""
    left_out = [spec for spec in (settings.table.exclude, settings.labels) if spec is not None]
    return replace(settings.table, exclude=",".join(left_out) or None)


def refuse_gaps(table: NumericTable, source: TableSource) -> None:
    """BadData about the first gap of a table that may have none, looked up in the file for its line."""
    for block in source.blocks():
        rows_to_keep(block.numbers(table.positions), "error", block, source, table.positions)


@dataclass(frozen=True)
class Found:
    """A fit; where the number of components was chosen, by what, and what should be said about that."""

    fitted: Fitted
    chosen_by: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()


def find(
    settings: FitSettings, rows: Rows, source: TableSource, watch: FitWatch | None, began: float | None = None
) -> Found:
    """The best mixture with the number of components that was given, or with the one that BIC chooses.

    began  when the time budget began to run, on the monotonic clock; None: now
    """
    began = time.monotonic() if began is None else began
    deadline = math.inf if settings.seconds is None else began + settings.seconds
    if settings.n_components is not None:
        return fit_rows(settings, settings.n_components, rows, source, watch, deadline=deadline)
    from emcli.core.sweep.rows import Rows as SweepRows
    from emcli.tasks.fitting.auto_k import fit_best, record, sentences

    if not rows.table.rows.in_memory:
        give_back()
    candidates = SweepRows(rows.place.for_jobs(rows.used), rows.table.columns)
    selection = fit_best(settings, candidates, rows.told, watch, deadline, place=rows.place)
    return Found(selection.fitted, record(selection), tuple(sentences(selection)))


def fit_rows(
    settings: FitSettings,
    n_components: int,
    rows: Rows,
    source: TableSource,
    watch: FitWatch | None,
    *,
    deadline: float,
) -> Found:
    """The best mixture of the rows under the settings, or the best so far when the deadline passes."""
    fitting = settings.fitting
    check_row_by_row(settings, rows, source)
    known = None
    if not rows.table.rows.in_memory:
        give_back()
    if settings.labels is not None:
        known = known_labels(source, settings.labels, n_components)
    options = fit_options(
        fitting,
        n_components,
        init=initial(
            fitting.init,
            n_components,
            rows.table.columns,
            source,
            lambda: rows.keep,
            memory=rows.left(settings.keeping),
        ),
        labels=None if known is None else known.labels[rows.keep] if rows.only_complete else known.labels,
    )

    def out_of_time() -> bool:
        return time.monotonic() > deadline

    if not rows.table.rows.in_memory:
        give_back()
    about = {**chosen(fitting, row_choices(settings)), "seed": fitting.seed, "input_sha256": rows.table.sha256}
    with kept_passes(settings.checkpoint, settings.resume, about, out_of_time) as journal:
        fitted = fit_blocks(
            rows.used,
            options,
            columns=rows.table.columns,
            make_engine=partial(rows.place.engine, n_threads=usable(fitting.threads)),
            watch=watch,
            recorder=journal,
            out_of_time=out_of_time,
        )
    return Found(fitted, notes=() if known is None else (known.note(),))


def check_row_by_row(settings: FitSettings, rows: Rows, source: TableSource) -> None:
    """UsageError where an option says something of every single row and the rows are not here."""
    by_row = {"labels": settings.labels is not None, "init": names_rows(settings.fitting.init, source)}
    for name, asked in by_row.items():
        if asked and not rows.place.has_rows:
            hint = "on one machine, with --cache and --memory; or fit a sample and start from its model (--init MODEL)"
            message = "says something of every single row, which a cluster is not told"
            raise UsageError(message, where=name, hint=hint)


def row_choices(settings: FitSettings) -> dict[str, Any]:
    """The options about rows and columns that shaped the result."""
    named = ("columns", "exclude", "weights", "missing")
    chosen = {"n_components": settings.n_components, "labels": settings.labels}
    return {**chosen, **{name: getattr(settings.table, name) for name in named}}


def write_products(
    settings: FitSettings, model: dict[str, Any], fitted: Fitted, table: NumericTable, source: TableSource
) -> None:
    """Write the model, the responsibilities and the trace: all of them, or none."""
    path = settings.output.output
    form: Form = "json" if path == "-" and settings.json else model_form(path)
    with Outputs(clobber=settings.output.clobber) as outputs:
        write_model(model, outputs.open(path), form=form)
        if settings.responsibilities is not None:
            answers = Answers(
                from_plain(model),
                source,
                table.positions,
                settings.table,
                AnswerSettings(digits=settings.digits),
            )
            answers.write(outputs.open(settings.responsibilities))
        write_climb(settings, fitted, table.columns, outputs)


def write_climb(settings: FitSettings, fitted: Fitted, columns: tuple[str, ...], outputs: Outputs) -> None:
    """The steps from the winning start, as a table and as models: what of it is asked for."""
    if settings.trace is None and settings.trace_models is None:
        return
    table = outputs.open(settings.trace) if settings.trace is not None else None
    models = outputs.open(settings.trace_models) if settings.trace_models is not None else None
    points = []
    for point, mixture in fitted.path():
        points.append(point)
        if models is not None:
            write_step(step_model(point, mixture, columns), models)
    if table is not None:
        write_trace(table, points)


def write_trace(out: ByteSink, points: Iterable[TracePoint]) -> None:
    """One row per step of the climb from the winning start."""
    names = list(TracePoint.__dataclass_fields__)
    rows = [[getattr(point, name) for name in names] for point in points]
    new_table(out, names).write_rows([list(map(known, column)) for column in zip(*rows, strict=True)])


def known(value: float) -> float | None:
    """A number as a cell; what is not known stays empty."""
    return None if math.isnan(value) else value

"""assign: model file and table in, the table with labels and probabilities out."""

from __future__ import annotations

import time
from dataclasses import replace

from emcli.io.output import check_output, open_output, refuse_same_file
from emcli.io.table_source import open_table
from emcli.tasks.answers import Answers
from emcli.tasks.matching import find_columns
from emcli.tasks.models import Model, load_model
from emcli.tasks.reports import RowsReport, RowsWatch
from emcli.tasks.settings import AssignSettings


def run(settings: AssignSettings, watch: RowsWatch | None = None) -> RowsReport:
    """Write every row with what the model says about it: one table, or on a cluster one for each part."""
    began = time.monotonic()
    output = settings.output
    if settings.running.on_cluster:
        from emcli.tasks.assigned_parts import assign_parts

        return replace(assign_parts(settings, load_model(settings.model), watch), seconds=time.monotonic() - began)
    check_output(output.output, output.clobber)
    refuse_same_file({"the output": output.output}, {"the model": settings.model})
    return replace(assign_rows(settings, load_model(settings.model), watch), seconds=time.monotonic() - began)


def assign_rows(settings: AssignSettings, model: Model, watch: RowsWatch | None = None) -> RowsReport:
    """Write one table."""
    output = settings.output
    with open_table(settings.input, settings.table.reading) as source:
        positions = find_columns(model, source, settings.table)
        answers = Answers(model.mixture, source, positions, settings.table, settings.answer)
        answers.names()
        with open_output(output.output, clobber=output.clobber) as out:
            written = answers.write(out, watch)
        notes = [*source.notes, *dropped(written.n_dropped)]
    return RowsReport(
        n_rows=written.n_rows,
        n_missing_cells=written.n_missing_cells,
        notes=tuple(notes),
        summary={"model": model.name, "n_components": model.mixture.n_components, "columns": model.columns},
    )


def dropped(n_rows: int) -> list[str]:
    """The note that rows were left out."""
    return [f"{n_rows} {'row' if n_rows == 1 else 'rows'} with missing cells left out"] if n_rows else []

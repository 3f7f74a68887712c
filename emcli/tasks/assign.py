"""assign: model file and table in, the table with labels and probabilities out."""

from __future__ import annotations

import time

from emcli.io.output import check_output, open_output, refuse_same_file
from emcli.io.table_source import open_table
from emcli.tasks.answers import Answers
from emcli.tasks.matching import find_columns
from emcli.tasks.models import load_model
from emcli.tasks.reports import RowsReport, RowsWatch
from emcli.tasks.settings import AssignSettings


def run(settings: AssignSettings, watch: RowsWatch | None = None) -> RowsReport:
    """Write every row with what the model says about it."""
    began = time.monotonic()
    output = settings.output
    check_output(output.output, output.clobber)
    refuse_same_file({"the output": output.output}, {"the model": settings.model})
    model = load_model(settings.model)
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
        seconds=time.monotonic() - began,
    )


def dropped(n_rows: int) -> list[str]:
    """The note that rows were left out."""
    return [f"{n_rows} {'row' if n_rows == 1 else 'rows'} with missing cells left out"] if n_rows else []

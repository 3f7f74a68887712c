"""assign: model file and table in, the table with labels and probabilities out."""

from __future__ import annotations

import time
from dataclasses import dataclass

from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.io.write.outputs.output import check_output, open_output, refuse_same_file
from emcli.tasks.backend.place import place_for
from emcli.tasks.model_rows.answers import Answers
from emcli.tasks.model_rows.matching import find_columns
from emcli.tasks.model_rows.models import Model, load_model
from emcli.tasks.model_rows.part_writing import RowsWritten, joined, write_parts
from emcli.tasks.model_rows.reports import RowsReport, RowsWatch
from emcli.tasks.settings import AssignSettings


def run(settings: AssignSettings, watch: RowsWatch | None = None) -> RowsReport:
    """Write every row with what the model says about it: one table, or a folder with one for each part."""
    began = time.monotonic()
    model = load_model(settings.model)
    assigning = Assigning(settings, model)
    written = in_parts(assigning, watch) if settings.output.in_parts else in_one_piece(assigning, watch)
    return RowsReport(
        n_rows=written.n_rows,
        n_missing_cells=written.n_missing_cells,
        notes=written.told(),
        summary={"model": model.name, "n_components": model.mixture.n_components, "columns": model.columns},
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True)
class Assigning:
    """Writes the rows of a table with what the model says about them."""

    settings: AssignSettings
    model: Model

    def __call__(self, source: TableSource, target: str, watch: RowsWatch | None = None) -> RowsWritten:
        settings = self.settings
        positions = find_columns(self.model, source, settings.table)
        answers = Answers(self.model.mixture, source, positions, settings.table, settings.answer)
        answers.names()
        with open_output(target, clobber=settings.output.clobber) as out:
            written = answers.write(out, watch)
        return RowsWritten(written.n_rows, written.n_missing_cells, written.n_dropped, tuple(source.notes))


def in_one_piece(assigning: Assigning, watch: RowsWatch | None) -> RowsWritten:
    """One table."""
    settings, output = assigning.settings, assigning.settings.output
    check_output(output.output, output.clobber)
    refuse_same_file({"the output": output.output}, {"the model": settings.model})
    with open_table(settings.input, settings.table.reading) as source:
        return assigning(source, output.output, watch)


def in_parts(assigning: Assigning, watch: RowsWatch | None) -> RowsWritten:
    """A folder of tables."""
    settings = assigning.settings
    with place_for(settings.running, watch) as place:
        seen = place.see(settings.input, settings.table.reading)
        return joined(write_parts(place, seen, settings.output, assigning, watch), seen)

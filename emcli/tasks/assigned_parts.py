"""assign on a cluster: workers write what becomes of each part, part-00000.csv, part-00001.csv, ..., in order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emcli.errors import OutputError, UsageError
from emcli.io.part_reading import SeenTable
from emcli.tasks.assign import assign_rows
from emcli.tasks.models import Model
from emcli.tasks.place import cluster_for
from emcli.tasks.reports import RowsDone, RowsReport, RowsWatch
from emcli.tasks.settings import AssignSettings, EngineSettings


def assign_parts(settings: AssignSettings, model: Model, watch: RowsWatch | None) -> RowsReport:
    """Write one table for each part into a folder that all workers see."""
    folder = made(settings.output.output)
    with cluster_for(settings.running, None) as place:
        source = place.open(settings.input, settings.table.reading)
        targets = [os.path.join(folder, part_name(n, path)) for n, path in enumerate(source.paths)]
        done = place.cluster.ask("assign", Assigning(settings, model, source), source.paths, targets)
    if watch is not None:
        watch(RowsDone(sum(report.n_rows for report in done)))
    return joined(done, source.paths)


def made(folder: str) -> str:
    """The absolute path of the folder, which is there now; UsageError if a folder is not what was named."""
    if folder == "-" or not (folder.endswith("/") or os.path.isdir(folder)):
        hint = "-o out/ for out/part-00000.csv, out/part-00001.csv, ..."
        raise UsageError("on a cluster the output is a folder", where="output", hint=hint)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as problem:
        raise OutputError(
            f"the folder cannot be made: {os.strerror(problem.errno or 0).lower()}", where=folder
        ) from None
    return os.path.abspath(folder)


def part_name(number: int, path: str) -> str:
    """How the output of a part is called."""
    return f"part-{number:05}.{'parquet' if path.lower().endswith('.parquet') else 'csv'}"


@dataclass(frozen=True)
class Assigning:
    """Reads a part and writes it with what the model says about its rows."""

    settings: AssignSettings
    model: Model
    first: SeenTable

    def __call__(self, path: str, target: str) -> RowsReport:
        output = replace(self.settings.output, output=target)
        table = replace(self.settings.table, reading=self.first.options)
        one = replace(self.settings, input=path, output=output, table=table, running=EngineSettings(), json=False)
        return assign_rows(one, self.model)


def joined(done: Sequence[RowsReport], paths: Sequence[str]) -> RowsReport:
    """What was done in all."""
    return replace(
        done[0],
        n_rows=sum(report.n_rows for report in done),
        n_missing_cells=sum(report.n_missing_cells for report in done),
        notes=tuple(f"{path}: {note}" for path, report in zip(paths, done, strict=True) for note in report.notes),
    )

"""columns: a table in, what would be read from it and what fit would use out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from emcli.io.read.columns.column_report import ColumnReport
from emcli.io.read.tables.numeric_table import ColumnChoice, describe_columns
from emcli.io.read.tables.table_source import open_table
from emcli.io.write.outputs.output import check_output
from emcli.tasks.settings import ColumnsSettings


@dataclass(frozen=True)
class ColumnsReport:
    """The columns of a table in file order."""

    HEADER: ClassVar[list[str]] = ["position", "name", "kind", "missing", "minimum", "maximum", "used", "why"]

    name: str
    n_rows: int
    columns: tuple[ColumnReport, ...]
    notes: tuple[str, ...] = ()

    def rows(self) -> Iterator[dict[str, Any]]:
        """One dict per column, with the keys of HEADER; None where there is no number."""
        for column in self.columns:
            values = (
                column.position + 1,
                column.name,
                column.kind,
                column.n_missing,
                column.minimum,
                column.maximum,
                column.used,
                column.why,
            )
            yield dict(zip(self.HEADER, values, strict=True))

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {"table": self.name, "n_rows": self.n_rows, "columns": list(self.rows())}


def run(settings: ColumnsSettings) -> ColumnsReport:
    """Read the table once and report on its columns."""
    check_output(settings.output.output, settings.output.clobber)
    table = settings.table
    with open_table(settings.input, table.reading) as source:
        columns = describe_columns(source, ColumnChoice(table.columns, table.exclude, table.id, table.weights))
        first = columns[0]
        n_rows = first.n_missing + first.n_numbers + first.n_bad
        return ColumnsReport(source.name, n_rows, columns, tuple(source.notes))

"""Where a model's columns stand in a table: found by name, in any order."""

from __future__ import annotations

from emcli.errors import BadData
from emcli.io.read.columns.column_spec import locate_columns, select_columns
from emcli.io.read.tables.table_source import TableSource
from emcli.tasks.model_rows.models import Model
from emcli.tasks.settings import TableSettings


def find_columns(model: Model, source: TableSource, table: TableSettings) -> list[int]:
    """Positions of the model's columns in the table; BadData names both files if one is missing or left out."""
    try:
        positions = locate_columns(model.columns, source.header, where=source.name)
    except BadData as problem:
        problem.message += f", which the model {model.name} needs"
        raise
    left_out = set(positions) - _pool(source, table)
    if left_out:
        name = source.labels[min(left_out)]
        raise BadData(f"the model {model.name} needs column '{name}', which -c or -x leaves out", where=source.name)
    return positions


def _pool(source: TableSource, table: TableSettings) -> set[int]:
    """The columns that -c and -x leave."""
    pool = set(range(len(source.header)))
    if table.columns is not None:
        pool &= set(select_columns(table.columns, source.header, where=source.name))
    if table.exclude is not None:
        pool -= set(select_columns(table.exclude, source.header, where=source.name))
    return pool

"""Where a model's columns stand in a table: found by name, in any order."""

from __future__ import annotations

from difflib import get_close_matches

from emcli.errors import BadData
from emcli.io.columns import select_columns
from emcli.io.printable import name_list
from emcli.io.table_source import TableSource
from emcli.tasks.models import Model
from emcli.tasks.settings import TableSettings


def find_columns(model: Model, source: TableSource, table: TableSettings) -> list[int]:
    """Positions of the model's columns in the table, found by name among the columns that -c and -x leave."""
    pool = set(range(len(source.header)))
    if table.columns is not None:
        pool &= set(select_columns(table.columns, source.header, where=source.name))
    if table.exclude is not None:
        pool -= set(select_columns(table.exclude, source.header, where=source.name))
    return [_position(name, model, source, pool) for name in model.columns]


def _position(name: str, model: Model, source: TableSource, pool: set[int]) -> int:
    found = [j for j in sorted(pool) if source.header[j] == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadData(
            f"{len(found)} columns are named '{name}', and the model {model.name} needs one",
            where=source.name,
            hint=f"-x '{name}[2]' leaves the second one out",
        )
    there = [source.header[j] for j in sorted(pool)]
    near = get_close_matches(name, there, n=1)
    raise BadData(
        f"no column named '{name}', which the model {model.name} needs",
        where=source.name,
        detail=f"columns: {name_list(there)}",
        hint=f"rename '{near[0]}'?" if near else None,
    )

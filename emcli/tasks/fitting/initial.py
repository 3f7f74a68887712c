"""Where a fit starts, when the user says so: a kind of start, a model file, labels, or responsibilities."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from emcli.core.model.mixture import Mixture
from emcli.data.membership import Beside, InBlocks, Labels, Wholly, compact
from emcli.data.rows import BoolArray
from emcli.errors import BadData, UsageError
from emcli.io.read.columns.column_spec import locate_columns
from emcli.io.read.store.block_file import unnamed_file
from emcli.io.read.store.row_store import RowStore
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.tasks.model_rows.models import Model, load_model

KINDS = ("auto", "kmeans++", "random")
TABLES = tuple(kind + packed for kind in (".csv", ".tsv") for packed in ("", ".gz", ".bz2", ".xz", ".zst"))
SUM_ERROR = 1e-3  # what rounding to a few digits may leave


def initial(
    init: str,
    k: int,
    columns: tuple[str, ...],
    source: TableSource,
    keep: Callable[[], BoolArray],
    *,
    memory: int | None = None,
) -> str | Mixture | Beside:
    """What --init names: one of KINDS, a column of the table, a table of responsibilities, or else a model file.

    keep    says which rows (n,) of the source take part
    memory  bytes that the process may take; None: as many as it needs
    """
    if init in KINDS:
        return init
    if init in source.header:
        return Wholly(labels(source, source.header.index(init), k), k).among(keep())
    if not os.path.exists(init):
        raise UsageError(
            f"'{init}' is neither one of {', '.join(KINDS)}, nor a column of {source.name}, nor a file",
            where="--init",
        )
    if os.path.basename(init).lower().endswith(TABLES):
        return responsibilities(init, k, keep(), source.name, memory)
    return start_of(load_model(init), k, columns)


def names_rows(init: str, source: TableSource) -> bool:
    """Whether --init says something of every row: a column of labels, or a table of responsibilities."""
    return init not in KINDS and (init in source.header or os.path.basename(init).lower().endswith(TABLES))


def labels(source: TableSource, position: int, k: int) -> Labels:
    """Labels (n,) from 0 of all rows, numbered as they first appear."""
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return min(numbers.setdefault(text, len(numbers)), k)  # k: one too many, refused below

    found = compact((map(number, block.texts(position)) for block in source.blocks()), k)
    if len(numbers) != k:
        raise BadData(
            f"column '{source.header[position]}' has {len(numbers)} different labels, but -k asks for {k} components",
            where=source.name,
            hint=f"use -k {len(numbers)}",
        )
    return found


def responsibilities(path: str, k: int, keep: BoolArray, rows_of: str, memory: int | None) -> Beside:
    """The columns p_1 to p_k of a table, as assign and fit -r write them, of the rows (n,) that are kept.

    With p_0 every row must sum to 1.
    """
    with open_table(path, ReadOptions()) as source:
        names = [f"p_{number}" for number in range(1, k + 1)]
        if f"p_{k + 1}" in source.header:
            raise UsageError(f"the start has more than {k} components, -k asks for {k}", where=source.name)
        positions = locate_columns(names, source.header, where=source.name)
        positions += locate_columns(["p_0"] * ("p_0" in source.header), source.header, where=source.name)
        store, wrong = RowStore(k, memory, unnamed_file), None
        for block in source.blocks():
            shares = block.numbers(positions)
            sums = shares.sum(axis=1)
            bad = np.flatnonzero(~((np.abs(sums - 1.0) <= SUM_ERROR) & (shares >= 0.0).all(axis=1)))
            if wrong is None and len(bad):
                wrong = store.n_rows + int(bad[0]) + 1
            store.append(shares[:, :k] / np.where(sums == 0.0, 1.0, sums)[:, None], 0)
    if store.n_rows != len(keep):
        raise BadData(f"has {store.n_rows} rows, but {rows_of} has {len(keep)}", where=path)
    if wrong is not None:
        raise BadData(f"row {wrong}: responsibilities must be from 0 to 1 and sum to 1", where=path)
    return InBlocks(store.release(range(k), None), keep)


def start_of(model: Model, k: int, columns: tuple[str, ...]) -> Mixture:
    """The mixture of a model file, if it has the wanted columns and number of components."""
    if tuple(model.columns) != columns:
        raise UsageError(
            f"the start has the columns {', '.join(model.columns)}, the fit {', '.join(columns)}", where=model.name
        )
    if model.mixture.n_components != k:
        raise UsageError(f"the start has {model.mixture.n_components} components, -k asks for {k}", where=model.name)
    return model.mixture

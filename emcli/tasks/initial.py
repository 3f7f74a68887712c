"""Where a fit starts, when the user says so: a kind of start, a model file, labels, or responsibilities."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from emcli.core.mixture import Mixture
from emcli.data.table import BoolArray, FloatArray, IntArray
from emcli.errors import BadData, UsageError
from emcli.io.columns import locate_columns
from emcli.io.read_options import ReadOptions
from emcli.io.table_source import TableSource, open_table
from emcli.tasks.models import Model, load_model

KINDS = ("auto", "kmeans++", "random")
TABLES = tuple(kind + packed for kind in (".csv", ".tsv") for packed in ("", ".gz", ".bz2", ".xz", ".zst"))
SUM_ERROR = 1e-3  # what rounding to a few digits may leave


def initial(
    init: str, k: int, columns: tuple[str, ...], source: TableSource, keep: Callable[[], BoolArray]
) -> str | Mixture | FloatArray:
    """What --init names: one of KINDS, a column of the table, a table of responsibilities, or else a model file.

    keep  says which rows (n,) of the source take part
    """
    if init in KINDS:
        return init
    if init in source.header:
        return np.eye(k)[labels(source, source.header.index(init), k)[keep()]]
    if not os.path.exists(init):
        raise UsageError(
            f"'{init}' is neither one of {', '.join(KINDS)}, nor a column of {source.name}, nor a file",
            where="--init",
        )
    if os.path.basename(init).lower().endswith(TABLES):
        taking_part = keep()
        return responsibilities(init, k, len(taking_part), source.name)[taking_part]
    return start_of(load_model(init), k, columns)


def names_rows(init: str, source: TableSource) -> bool:
    """Whether --init says something of every row: a column of labels, or a table of responsibilities."""
    return init not in KINDS and (init in source.header or os.path.basename(init).lower().endswith(TABLES))


def labels(source: TableSource, position: int, k: int) -> IntArray:
    """Labels (n,) from 0 of all rows, numbered as they first appear."""
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(text, len(numbers)) for block in source.blocks() for text in block.texts(position)]
    if len(numbers) != k:
        raise BadData(
            f"column '{source.header[position]}' has {len(numbers)} different labels, but -k asks for {k} components",
            where=source.name,
            hint=f"use -k {len(numbers)}",
        )
    return np.array(found, dtype=np.intp)


def responsibilities(path: str, k: int, n_rows: int, rows_of: str) -> FloatArray:
    """The columns p_1 to p_k (n, k) of a table, as assign and fit -r write them; with p_0 every row must sum to 1."""
    with open_table(path, ReadOptions()) as source:
        names = [f"p_{number}" for number in range(1, k + 1)]
        if f"p_{k + 1}" in source.header:
            raise UsageError(f"the start has more than {k} components, -k asks for {k}", where=source.name)
        positions = locate_columns(names, source.header, where=source.name)
        positions += locate_columns(["p_0"] * ("p_0" in source.header), source.header, where=source.name)
        table = np.vstack([np.empty((0, len(positions))), *(block.numbers(positions) for block in source.blocks())])
    if len(table) != n_rows:
        raise BadData(f"has {len(table)} rows, but {rows_of} has {n_rows}", where=path)
    wrong = np.flatnonzero(~((np.abs(table.sum(axis=1) - 1.0) <= SUM_ERROR) & (table >= 0.0).all(axis=1)))
    if len(wrong):
        raise BadData(f"row {wrong[0] + 1}: responsibilities must be from 0 to 1 and sum to 1", where=path)
    return np.asarray(table[:, :k] / table.sum(axis=1, keepdims=True))


def start_of(model: Model, k: int, columns: tuple[str, ...]) -> Mixture:
    """The mixture of a model file, if it has the wanted columns and number of components."""
    if tuple(model.columns) != columns:
        raise UsageError(
            f"the start has the columns {', '.join(model.columns)}, the fit {', '.join(columns)}", where=model.name
        )
    if model.mixture.n_components != k:
        raise UsageError(f"the start has {model.mixture.n_components} components, -k asks for {k}", where=model.name)
    return model.mixture

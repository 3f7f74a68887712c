"""Where a fit starts, when the user says so: a kind of start, a model file, or a column of labels."""

from __future__ import annotations

import os

import numpy as np

from emcli.core.mixture import Mixture
from emcli.data.table import BoolArray, IntArray
from emcli.errors import BadData, UsageError
from emcli.io.table_source import TableSource
from emcli.tasks.models import Model, load_model

KINDS = ("auto", "kmeans++", "random")


def initial(
    init: str, k: int, columns: tuple[str, ...], source: TableSource, keep: BoolArray
) -> str | Mixture | IntArray:
    """What --init names: one of KINDS, a column of the table, or else a model file."""
    if init in KINDS:
        return init
    if init in source.header:
        return labels(source, source.header.index(init), k)[keep]
    if not os.path.exists(init):
        raise UsageError(
            f"'{init}' is neither one of {', '.join(KINDS)}, nor a column of {source.name}, nor a model file",
            where="--init",
        )
    return start_of(load_model(init), k, columns)


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


def start_of(model: Model, k: int, columns: tuple[str, ...]) -> Mixture:
    """The mixture of a model file, if it has the wanted columns and number of components."""
    if tuple(model.columns) != columns:
        raise UsageError(
            f"the start has the columns {', '.join(model.columns)}, the fit {', '.join(columns)}", where=model.name
        )
    if model.mixture.n_components != k:
        raise UsageError(f"the start has {model.mixture.n_components} components, -k asks for {k}", where=model.name)
    return model.mixture

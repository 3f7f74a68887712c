"""The small tables that fit and select-k leave beside a model, read back: the trace of a climb, the scores over k."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from emcli.errors import BadData
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.report.pictures.climb import Climb
from emcli.tasks.fitting.scores import ScoreRow

T = TypeVar("T")

SCORES = ("k", "covariance", "bic", "train_per_row", "heldout_per_row", "heldout_se", "kmeans_loss", "chosen")
SCORES_HINT = "emcli select-k rows.csv -k 1-10 -o scores.csv writes such a table"


def read_trace(path: str) -> Climb:
    """The file of fit --trace; BadData if it is none."""
    wanted = ("iteration", "log_likelihood", "free_energy")
    with open_table(path, ReadOptions()) as source:
        at = _positions(source, wanted, "fit --trace writes such tables")
        blocks = [block.numbers(at) for block in source.blocks()]
        table = np.concatenate(blocks) if blocks else np.empty((0, 3))
        if not len(table):
            raise BadData("no steps, only a header", where=source.name)
        if np.isnan(table).any():
            raise BadData("a missing number", where=source.name, hint="fit --trace writes such tables")
        return Climb(*np.ascontiguousarray(table.T))


def read_scores(path: str) -> list[ScoreRow]:
    """The table of select-k; BadData if it is none."""
    with open_table(path, ReadOptions()) as source:
        at = _positions(source, SCORES, SCORES_HINT)
        rows = [
            _score(dict(zip(SCORES, cells, strict=True)), source.name)
            for block in source.blocks()
            for cells in zip(*map(block.texts, at), strict=True)
        ]
        if not rows:
            raise BadData("no candidates, only a header", where=source.name)
    return rows


def _score(cells: Mapping[str, str], where: str) -> ScoreRow:
    """One candidate; BadData names the cell that cannot be read."""

    def read(name: str, reader: Callable[[str], T]) -> T:
        try:
            return reader(cells[name])
        except ValueError:
            what = f"column '{name}': '{cells[name][:40]}' cannot be read"
            raise BadData(what, where=where, hint=SCORES_HINT) from None

    return ScoreRow(
        k=read("k", int),
        covariance=cells["covariance"],
        n_parameters=None,
        log_likelihood=None,
        train_per_row=read("train_per_row", _optional),
        heldout_per_row=read("heldout_per_row", _optional),
        heldout_se=read("heldout_se", _optional),
        bic=read("bic", _optional),
        aic=None,
        icl=None,
        kmeans_loss=read("kmeans_loss", _optional),
        converged=None,
        chosen=read("chosen", ("false", "true").index) == 1,
        reason="",
    )


def _positions(source: TableSource, names: Sequence[str], hint: str) -> list[int]:
    lacking = [name for name in names if name not in source.header]
    if lacking:
        raise BadData(f"no column named '{lacking[0]}'", where=source.name, hint=hint)
    return [source.header.index(name) for name in names]


def _optional(text: str) -> float | None:
    return float(text) if text else None

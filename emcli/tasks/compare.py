"""compare: two model files in; which component is which, what differs, and how far they agree about rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emcli.core.complete.sampling import draw
from emcli.core.describe.matching import Matching, Pair, match
from emcli.core.model.mixture import Mixture
from emcli.core.model.plain import from_plain, with_columns_in_order
from emcli.core.passes.evaluation import Evaluation, Evaluator
from emcli.core.statistics.agreement import rand_of_table
from emcli.core.statistics.moments import Moments
from emcli.data.rows import FloatArray
from emcli.errors import BadData, BadModel
from emcli.io.read.tables.table_source import open_table
from emcli.io.write.outputs.output import check_output, refuse_same_file
from emcli.tasks.model_rows.gaps import dropped, rows_to_keep
from emcli.tasks.model_rows.judging import judge
from emcli.tasks.model_rows.matching import find_columns
from emcli.tasks.model_rows.models import Model, load_model
from emcli.tasks.score import check_weights, weights_column
from emcli.tasks.settings import CompareSettings, TableSettings
from emcli.tasks.show import tail_of

DRAWN = 10_000  # rows drawn from the first model where no table is given
MOST_NAMES = 8  # columns named in a message


@dataclass(frozen=True, eq=False)
class Agreement:
    """What the two say about the same rows.

    drawn     whether the rows were drawn from the first model
    crosstab  (k_a, k_b)  rows by their labels
    rand      adjusted Rand index of the labels
    same      share of the rows that both give to partners
    means     log-likelihood per row of a, of b, and of b minus a, with standard errors: (3,) each
    """

    name: str
    drawn: bool
    n_rows: int
    crosstab: FloatArray
    rand: float
    same: float
    means: FloatArray
    errors: FloatArray


@dataclass(frozen=True, eq=False)
class CompareReport:
    """Two models of the same columns."""

    a: Model
    b: Model
    matching: Matching
    agreement: Agreement
    seed: int
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        return self.a.columns

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON object; components are numbered from 1."""
        found, rows = self.matching, self.agreement
        return {
            "a": self.a.name,
            "b": self.b.name,
            "columns": self.columns,
            "pairs": [self._pair(pair) for pair in found.pairs],
            "only_a": [self._alone(self.a, i, found.overlaps[i]) for i in found.alone_a],
            "only_b": [self._alone(self.b, j, found.overlaps[:, j]) for j in found.alone_b],
            "overlaps": found.overlaps.tolist(),
            "rows": {
                "from": rows.name,
                "drawn": rows.drawn,
                "seed": self.seed if rows.drawn else None,
                "n_rows": rows.n_rows,
                "adjusted_rand_index": rows.rand,
                "same_cluster": rows.same,
                "crosstab": rows.crosstab.tolist(),
                "mean_log_likelihood": {
                    name: {"value": float(mean), "standard_error": float(error)}
                    for name, mean, error in zip(("a", "b", "difference"), rows.means, rows.errors, strict=True)
                },
            },
        }

    def _pair(self, pair: Pair) -> dict[str, Any]:
        return {
            "a": pair.a + 1,
            "b": pair.b + 1,
            "overlap": pair.overlap,
            "weight_a": float(self.a.mixture.weights[pair.a]),
            "weight_b": float(self.b.mixture.weights[pair.b]),
            "mean_shift": dict(zip(self.columns, pair.shifts.tolist(), strict=True)),
            "sd_ratio": dict(zip(self.columns, pair.stretches.tolist(), strict=True)),
            "tail_a": tail_of(self.a.plain["components"][pair.a]) or None,
            "tail_b": tail_of(self.b.plain["components"][pair.b]) or None,
            "size": pair.size,
            "shape": pair.shape,
        }

    def _alone(self, model: Model, k: int, overlaps: FloatArray) -> dict[str, Any]:
        nearest = int(overlaps.argmax())
        weight = float(model.mixture.weights[k])
        return {"cluster": k + 1, "weight": weight, "nearest": nearest + 1, "overlap": float(overlaps[nearest])}


def run(settings: CompareSettings) -> CompareReport:
    """Read both models and put them side by side."""
    check_output(settings.output.output, settings.output.clobber)
    models = {"the first model": settings.model_a, "the second model": settings.model_b}
    refuse_same_file({"the output": settings.output.output}, models)
    a, b = load_model(settings.model_a), load_model(settings.model_b)
    b = aligned(a, b)
    found = match(a.mixture, b.mixture)
    tally = Tally(a.mixture, b.mixture)
    notes: list[str] = []
    if settings.rows is None:
        name, values = a.name, draw(a.mixture, DRAWN, np.random.default_rng(settings.seed), {})[0]
        tally.add(values, np.ones(len(values)), tally.first(values), tally.second(values))
    else:
        name, notes = read(settings.rows, settings.table, a, tally)
    agreement = tally.agreement(name, settings.rows is None, found)
    return CompareReport(a, b, found, agreement, settings.seed, tuple(notes))


def aligned(a: Model, b: Model) -> Model:
    """The second model with its columns in the order of the first; BadModel if they are not the same columns."""
    if set(a.columns) != set(b.columns):
        lists = [
            f"only in {one.name}: {', '.join(names[:MOST_NAMES])}{', ...' if len(names) > MOST_NAMES else ''}"
            for one, other in ((a, b), (b, a))
            if (names := [name for name in one.columns if name not in other.columns])
        ]
        raise BadModel(
            f"its columns are not those of {a.name}, so the two cannot be compared",
            where=b.name,
            detail="; ".join(lists),
            hint="fit both to the same columns: emcli fit -c ...",
        )
    if a.columns == b.columns:
        return b
    plain = with_columns_in_order(b.plain, a.columns)
    return Model(b.name, plain, from_plain(plain))


def read(path: str, table: TableSettings, a: Model, tally: Tally) -> tuple[str, list[str]]:
    """Judge the rows of a table by both models, block by block; the table's name, and what should be said of it."""
    n_dropped = 0
    with open_table(path, table.reading) as source:
        positions = find_columns(a, source, table)
        heavy = weights_column(source, table)
        for block in source.blocks():
            values = block.numbers(positions)
            keep = rows_to_keep(values, table.missing, block, source, positions)
            both = (judge(evaluate, values, keep, block, source) for evaluate in (tally.first, tally.second))
            weights = np.ones(int(keep.sum()))
            if heavy is not None:
                weights = block.numbers([heavy])[keep, 0]
                check_weights(weights, source, heavy)
            n_dropped += block.n_rows - int(keep.sum())
            tally.add(values[keep], weights, *both)
        return source.name, [*source.notes, *dropped(n_dropped)]


class Tally:
    """Sums over rows: who puts them where, and how likely each model finds them."""

    def __init__(self, one: Mixture, other: Mixture) -> None:
        self.first, self.second = Evaluator(one), Evaluator(other)
        # A background is counted last, where its label -1 points.
        self._crosstab = np.zeros([mixture.n_components + (mixture.noise is not None) for mixture in (one, other)])
        self._moments = Moments.none(3)
        self._n_rows = 0

    def add(self, values: FloatArray, case_weights: FloatArray, a: Evaluation, b: Evaluation) -> None:
        """Count rows (n, d) by what both say of them; those with nothing observed tell nothing and are left out."""
        seen = ~np.isnan(values).all(axis=1)
        np.add.at(self._crosstab, (a.labels[seen], b.labels[seen]), case_weights[seen])
        densities = np.column_stack([a.log_density, b.log_density, b.log_density - a.log_density])
        self._moments += Moments.of(densities[seen], case_weights[seen])
        self._n_rows += int(seen.sum())

    def agreement(self, name: str, drawn: bool, found: Matching) -> Agreement:
        """What came of it."""
        table, total = self._crosstab, self._crosstab.sum()
        if not total > 0.0:
            raise BadData("no row to compare the models on", where=name)
        backgrounds = (self.first.has_noise, self.second.has_noise)
        both = float(table[-1, -1]) if all(backgrounds) else 0.0
        return Agreement(
            name=name,
            drawn=drawn,
            n_rows=self._n_rows,
            crosstab=table,
            rand=rand_of_table(table),
            same=float((sum(table[pair.a, pair.b] for pair in found.pairs) + both) / total),
            means=self._moments.mean,
            errors=self._moments.standard_error,
        )

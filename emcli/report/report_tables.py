"""The tables and cards of a report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emcli.core.describe.description import distinctiveness
from emcli.core.describe.outlines import reaches
from emcli.data.rows import BoolArray, FloatArray
from emcli.report import report_words as words
from emcli.report.drawables import Scene
from emcli.report.pictures.labels import count, percent, plain
from emcli.report.pictures.strips import MOST_COLUMNS, MOST_PATTERNS, holes
from emcli.report.report_page import Card, Neighbour, Patterns, RowTable, Share, Trait
from emcli.tasks.fitting.scores import ScoreRow
from emcli.tasks.model_rows.looking import Look

NINETEEN_OF_TWENTY = 0.95
TRAITS, MORE_TRAITS = 4, 40
CELLS_SHOWN = 4
LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
MOST_NEIGHBOURS = 12


def cards(scene: Scene) -> Iterator[Card]:
    """A card for every cluster."""
    mixture, seen = scene.mixture, scene.look
    reach = reaches(mixture, NINETEEN_OF_TWENTY, 1)
    differences = distinctiveness(scene.model.mixture)
    sure = seen.summary.at_least(words.SURE) if seen is not None else None
    for k in range(mixture.n_components):
        order = sorted(range(len(scene.names)), key=lambda j: (-abs(float(differences[k, j])), j))
        traits = [trait(scene, k, j, float(differences[k, j]), float(reach[k])) for j in order[: TRAITS + MORE_TRAITS]]
        yield Card(
            number=k + 1,
            weight=float(mixture.weights[k]),
            n_rows=int(seen.summary.labels[k]) if seen is not None else None,
            n_sure=int(sure[k]) if sure is not None else None,
            sentence=words.typical(traits, mixture.n_components),
            traits=tuple(traits[:TRAITS]),
            more=tuple(traits[TRAITS:]),
            n_left_out=len(order) - len(traits),
        )


def trait(scene: Scene, k: int, j: int, difference: float, reach: float) -> Trait:
    """A cluster in one column; so many scales from its mean hold 19 of 20."""
    mixture, seen = scene.mixture, scene.look
    mean, sd = float(mixture.means[k, j]), float(mixture.deviations[k, j])
    least = most = None
    if seen is not None and np.isfinite(seen.summary.lows[k, j]):
        least, most = float(seen.summary.lows[k, j]), float(seen.summary.highs[k, j])
    return Trait(
        name=plain(scene.names[j]),
        difference=difference,
        mean=mean,
        sd=sd,
        low=mean - reach * sd,
        high=mean + reach * sd,
        least=least,
        most=most,
        place=float((mean - mixture.centre[j]) / mixture.spread[j]),
        reach=float(sd / mixture.spread[j]),
    )


def closest_pairs(matrix: FloatArray) -> tuple[tuple[int, int, float], ...]:
    """Pairs of clusters, from 1, with their overlap; the closest first."""
    found = [(a + 1, b + 1, float(matrix[a, b])) for a in range(len(matrix)) for b in range(a + 1, len(matrix))]
    return tuple(sorted(found, key=lambda one: -one[2]))


def levels(seen: Look) -> tuple[Share, ...]:
    """How many rows are at least so certain."""
    summary = seen.summary
    if len(summary.labels) == 1:
        return ()
    found = [(level, int(summary.at_least(level).sum())) for level in LEVELS]
    return tuple(Share(f"{level:g}", n, n / summary.n_rows) for level, n in found)


def row_tables(scene: Scene) -> Iterator[RowTable]:
    """The rows worth reading."""
    seen = scene.look
    if seen is None:
        return
    columns = scene.columns[:CELLS_SHOWN]
    names = tuple(plain(scene.names[j]) for j in columns)
    ids = tuple(map(plain, seen.id_names))
    lists = (
        ("Least certain", "Rows between clusters: the model cannot say where they belong.", seen.least_certain),
        (
            "Least likely",
            "Rows far from every cluster: errors, or something the model has not learned. "
            + (
                "A row with missing cells is judged by those it has, so its density is not on the scale of whole rows."
                if seen.summary.n_missing_cells
                else ""
            ),
            seen.least_likely,
        ),
    )
    for heading, why, rows in lists:
        if heading == "Least likely" or scene.mixture.n_components > 1:
            cells = tuple(tuple(row.cells[j] for j in columns) for row in rows)
            yield RowTable(heading, why, ids, names, rows, cells)


def patterns(scene: Scene) -> Patterns | None:
    """Which cells are missing together; None where none is, or there are no rows."""
    seen = scene.look
    if seen is None or not seen.summary.n_missing_cells:
        return None
    summary, n = seen.summary, seen.summary.n_rows
    masks, counts = summary.pattern_masks()
    holed = [int(j) for j in np.argsort(-summary.missing, kind="stable") if summary.missing[j]]
    columns = tuple(Share(plain(scene.names[j]), int(summary.missing[j]), float(summary.missing[j] / n)) for j in holed)
    drawn = holed[:MOST_COLUMNS]
    shown = min(len(counts), MOST_PATTERNS)
    lines = tuple(Share(_together(scene, masks[i], holed), int(counts[i]), float(counts[i] / n)) for i in range(shown))
    cells = n * len(scene.names)
    sentence = (
        f"{count(summary.n_missing_cells, 'missing cell')} of {cells:,} ({percent(summary.n_missing_cells / cells)}), "
        f"in {count(len(counts), 'pattern')}{'' if not summary.other_patterns else ' and rarer ones'}."
    )
    if len(counts) > shown:
        sentence += f" The {shown} most frequent are shown."
    text = "; ".join(f"{count(line.n, 'row')}: {line.label}" for line in lines[:8])
    chart = holes(
        [scene.names[j] for j in drawn],
        [[not bool(masks[i, j]) for j in drawn] for i in range(shown)],
        counts[:shown].tolist(),
        f"Patterns of missing cells. {text}.",
    )
    return Patterns(chart, columns[:MOST_COLUMNS], lines, sentence)


def _together(scene: Scene, observed: BoolArray, holed: list[int]) -> str:
    names = [plain(scene.names[j]) for j in holed if not observed[j]]
    if not names:
        return "nothing missing"
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def neighbours(scores: list[ScoreRow], scene: Scene) -> tuple[Neighbour, ...]:
    """The candidates nearest to the model by BIC, the best first."""
    known = sorted((row for row in scores if row.bic is not None), key=lambda row: row.bic or 0.0)
    own = (scene.mixture.n_components, scene.model.plain["covariance"])
    return tuple(
        Neighbour(
            row.k,
            plain(row.covariance),
            row.bic,
            row.heldout_per_row,
            row.heldout_se,
            (row.bic or 0.0) - (known[0].bic or 0.0),
            row.chosen,
            (row.k, row.covariance) == own,
        )
        for row in known[:MOST_NEIGHBOURS]
    )

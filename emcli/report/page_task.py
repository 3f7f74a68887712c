"""report: a model, and perhaps a table, in; one page out that shows what there is to know."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import emcli
from emcli.core.describe.description import overlap
from emcli.core.describe.outlines import outline
from emcli.io.write.outputs.output import check_output, refuse_same_file
from emcli.report import report_figures as figures
from emcli.report import report_tables as tables
from emcli.report import report_words as words
from emcli.report.drawables import Scene, shown_columns
from emcli.report.pictures.canvas import there_is_matplotlib
from emcli.report.pictures.labels import plain
from emcli.report.pictures.page import check_jinja, written
from emcli.report.report_page import Page
from emcli.tasks.fitting.scores import ScoreRow
from emcli.tasks.model_rows.looking import look
from emcli.tasks.model_rows.models import load_model
from emcli.tasks.model_rows.products import write_text
from emcli.tasks.model_rows.reports import RowsReport, RowsWatch
from emcli.tasks.model_rows.side_tables import read_scores, read_trace
from emcli.tasks.settings.pictures import ReportSettings

MOST_CLOSEST = 10
MOST_IN_MATRIX = 12  # clusters whose overlaps are a square table


def run(settings: ReportSettings, watch: RowsWatch | None = None) -> RowsReport:
    """Look at the rows once and write the page."""
    began = time.monotonic()
    check_jinja()
    check_output(settings.output.output, settings.output.clobber)
    kept = {"the scores": settings.scores, "the trace": settings.trace_table, "the model": settings.model}
    refuse_same_file({"the page": settings.output.output}, {**kept, "the table": settings.data})
    model = load_model(settings.model)
    mixture = outline(model.mixture)
    seen = None
    if settings.data is not None:
        seen = look(model, mixture, settings.data, settings.look, watch=watch)
    scene = Scene(model, mixture, shown_columns(model, mixture, settings.look.shown), seen)
    scores = read_scores(settings.scores) if settings.scores is not None else []
    page = page_of(scene, scores, settings.trace_table)
    write_text(written(page), settings.output)
    missing_pictures = () if there_is_matplotlib() else ("without pictures: pip install 'emcli[plot]' draws them",)
    return RowsReport(
        n_rows=seen.summary.n_rows if seen else 0,
        n_missing_cells=seen.summary.n_missing_cells if seen else 0,
        notes=(*(seen.notes if seen else ()), *missing_pictures),
        summary=summary(page, scene),
        seconds=time.monotonic() - began,
    )


def summary(page: Page, scene: Scene) -> dict[str, Any]:
    """The summary object of --json."""
    seen = scene.look
    return {
        "model": scene.model.name,
        "lead": page.lead,
        "verdicts": [{"kind": verdict.kind, "sentence": verdict.sentence} for verdict in page.verdicts],
        "n_rows": seen.summary.n_rows if seen else None,
        "log_likelihood": seen.summary.log_likelihood if seen else None,
        "rows_by_cluster": seen.summary.labels.tolist() if seen else None,
        "rows_at_least": {line.label: line.n for line in page.levels},
        "points": len(seen.sample) if seen else 0,
    }


def page_of(scene: Scene, scores: list[ScoreRow], trace: str | None) -> Page:
    """Everything the page says."""
    matrix = overlap(scene.model.mixture)
    closest = tables.closest_pairs(matrix)
    neighbours = tables.neighbours(scores, scene)
    drawn = figures.Drawn(there_is_matplotlib())
    return Page(
        title=title(scene),
        lead=words.lead(scene, neighbours),
        spread=words.SPREADS[scene.mixture.tail.spread],
        verdicts=tuple(words.verdicts(scene, closest)),
        cards=tuple(tables.cards(scene)),
        pairs=figures.pairs(scene, drawn),
        densities=figures.densities(scene, drawn),
        profile=figures.profile(scene, drawn),
        certainty=figures.certainty(scene, drawn),
        levels=tables.levels(scene.look) if scene.look is not None else (),
        overlap=tuple(tuple(row) for row in matrix.tolist()) if 1 < len(matrix) <= MOST_IN_MATRIX else (),
        closest=closest[:MOST_CLOSEST],
        row_tables=tuple(tables.row_tables(scene)),
        patterns=tables.patterns(scene),
        scores=figures.scores_over_k(scores, drawn),
        neighbours=neighbours,
        climb=figures.climb(read_trace(trace) if trace is not None else None, drawn),
        notes=tuple(map(plain, scene.look.notes)) if scene.look is not None else (),
        settings=tuple(made_with(scene)),
        versions=(
            ("emcli, this page", emcli.__version__),
            ("numpy", np.__version__),
            ("Python", platform.python_version()),
        ),
    )


def title(scene: Scene) -> str:
    """The model's file, without its folder, and the table's."""
    name = plain(os.path.basename(scene.model.name))
    return name if scene.look is None else f"{name} on {plain(os.path.basename(scene.look.name))}"


def made_with(scene: Scene) -> Iterator[tuple[str, str]]:
    """What the model file says about how the model was made."""
    plain_model = scene.model.plain
    fit: Mapping[str, Any] = plain_model.get("fit") or {}
    yield "model", plain(os.path.basename(scene.model.name))
    yield "family and covariance", f"{plain_model['family']}, {plain_model['covariance']}"
    yield "columns", ", ".join(map(plain, scene.names[:60])) + (" ..." if len(scene.names) > 60 else "")
    for name, value in (fit.get("settings") or {}).items():
        yield f"setting: {plain(str(name))}", plain(str(value))
    for name in ("seed", "input_sha256", "emcli"):
        if name in fit:
            yield (
                {"input_sha256": "SHA-256 of the table", "emcli": "emcli, the fit"}.get(name, name),
                plain(str(fit[name])),
            )

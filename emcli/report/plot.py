"""plot: a model, and perhaps a table, in; one picture out, or the frames of a moving one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from emcli.core.describe.kmeans_contrast import contrast
from emcli.core.describe.outlines import outline
from emcli.errors import BadData, CannotFit
from emcli.io.write.outputs.output import Outputs, check_output, refuse_same_file
from emcli.report.drawables import Scene, density_of, pair_of, profile_of, shown_columns, uncertainty_of
from emcli.report.frames import write_frames
from emcli.report.pictures.canvas import Draw, captioned, check_picture, rendered
from emcli.report.pictures.climb import draw_climb
from emcli.report.pictures.curves import INCHES as CURVES_INCHES
from emcli.report.pictures.curves import draw_curves
from emcli.report.pictures.density import draw_densities, rows_of_panels
from emcli.report.pictures.labels import count
from emcli.report.pictures.matrix import Matrix, draw_matrix
from emcli.report.pictures.profile import draw_profile_page, height_of
from emcli.report.pictures.side_by_side import SideBySide, draw_side_by_side
from emcli.report.pictures.uncertainty import draw_uncertainty
from emcli.tasks.model_rows.looking import Look, look
from emcli.tasks.model_rows.models import load_model
from emcli.tasks.model_rows.reports import RowsReport, RowsWatch
from emcli.tasks.model_rows.side_tables import read_scores, read_trace
from emcli.tasks.select_k import curves
from emcli.tasks.settings.pictures import PlotSettings

MOST_IN_MATRIX = 5  # columns unless -c names more
MOST_PANELS = 12  # columns unless -c names more
MOST_PROFILED = 40  # columns


@dataclass(frozen=True)
class Drawing:
    """What to draw, how large by default, and what is said of it in words."""

    draw: Draw
    inches: tuple[float, float]
    says: str


def run(settings: PlotSettings, watch: RowsWatch | None = None) -> RowsReport:
    """Draw and write the picture."""
    began = time.monotonic()
    check_paths(settings)
    model = load_model(settings.model)
    mixture = outline(model.mixture)
    columns = shown_columns(model, mixture, settings.look.shown)
    seen = None
    if settings.data is not None and settings.kind not in ("scores",):
        seen = look(model, mixture, settings.data, settings.look, watch=watch, n_noted=0)
    scene = Scene(model, mixture, columns, seen)
    if settings.frames is not None or settings.animate is not None:
        n_frames = write_frames(settings, scene)
        says = f"{count(n_frames, 'frame')} of the climb"
    else:
        drawing = KINDS[settings.kind](settings, scene)
        form = check_picture(settings.output.output)
        caption = sampled(seen, settings.kind)
        picture = rendered(captioned(drawing.draw, caption), settings.inches or drawing.inches, form, settings.dpi)
        with Outputs(clobber=settings.output.clobber) as outputs:
            outputs.open(settings.output.output).write(picture)
        says = drawing.says
    return RowsReport(
        n_rows=seen.summary.n_rows if seen else 0,
        n_missing_cells=seen.summary.n_missing_cells if seen else 0,
        notes=(*(seen.notes if seen else ()), *filter(None, [sampled(seen, settings.kind)])),
        summary=summary(settings, scene, says),
        seconds=time.monotonic() - began,
    )


def check_paths(settings: PlotSettings) -> None:
    """Refuse what cannot be written or drawn before any work is done."""
    outputs: dict[str, str | None] = {"the moving picture": settings.animate}
    moving = settings.frames is not None or settings.animate is not None
    if not moving:
        outputs["the picture"] = settings.output.output
        check_picture(settings.output.output)
    for path in outputs.values():
        if path is not None:
            check_output(path, settings.output.clobber)
    refuse_same_file(
        outputs,
        {
            "the model": settings.model,
            "the table": settings.data,
            "the scores": settings.scores,
            "the trace": settings.trace_table,
            "the models of the trace": settings.step_models,
        },
    )


WITH_POINTS = ("pairs", "trace", "kmeans-vs-em")


def sampled(seen: Look | None, kind: str) -> str:
    """What is said where rows are drawn and not every row is."""
    if seen is None or len(seen.sample) == seen.summary.n_rows or kind not in WITH_POINTS:
        return ""
    which = f"{len(seen.sample):,} of {seen.summary.n_rows:,} rows are drawn, chosen at random"
    return which if kind == "kmeans-vs-em" else f"{which}; densities are of all rows"


def summary(settings: PlotSettings, scene: Scene, says: str) -> dict[str, Any]:
    """The summary object of --json."""
    return {
        "kind": settings.kind,
        "model": scene.model.name,
        "n_components": scene.mixture.n_components,
        "columns": [scene.names[j] for j in scene.columns],
        "points": len(scene.look.sample) if scene.look else 0,
        "shows": says,
    }


def pairs(settings: PlotSettings, scene: Scene) -> Drawing:
    """All pairs of the most telling columns; of one column its density."""
    columns = scene.columns if settings.look.shown is not None else scene.columns[:MOST_IN_MATRIX]
    places = list(product(range(len(columns)), repeat=2))
    matrix = Matrix(
        [density_of(scene, j) for j in columns],
        {(r, c): pair_of(scene, (columns[c], columns[r])) for r, c in places if r > c},
        {(r, c): pair_of(scene, (columns[c], columns[r]), contours=True) for r, c in places if r < c},
    )
    side = max(4.2, 2.1 * len(columns) + 0.4)
    return Drawing(partial(draw_matrix, matrix=matrix), (side, side), f"pairs of {count(len(columns), 'column')}")


def density(settings: PlotSettings, scene: Scene) -> Drawing:
    """A panel per column."""
    columns = scene.columns if settings.look.shown is not None else scene.columns[:MOST_PANELS]
    panels = [density_of(scene, j) for j in columns]
    across, down = rows_of_panels(len(panels))
    inches = (3.1 * across + 0.3, 2.2 * down + 0.3)
    return Drawing(partial(draw_densities, panels=panels), inches, f"densities of {count(len(columns), 'column')}")


def profile(settings: PlotSettings, scene: Scene) -> Drawing:
    """Every cluster along every column."""
    drawn = profile_of(scene, scene.columns[:MOST_PROFILED])
    inches = (7.5, height_of(drawn))
    return Drawing(partial(draw_profile_page, profile=drawn), inches, "where the clusters lie in every column")


def uncertainty(settings: PlotSettings, scene: Scene) -> Drawing:
    """How sure the rows are."""
    drawn = uncertainty_of(scene)
    height = max(3.2, 1.3 + 0.3 * scene.mixture.n_components)
    return Drawing(partial(draw_uncertainty, uncertainty=drawn), (9.0, height), "how sure the model is of the rows")


def climb(settings: PlotSettings, scene: Scene) -> Drawing:
    """The steps of EM."""
    assert settings.trace_table is not None
    drawn = read_trace(settings.trace_table)
    return Drawing(partial(draw_climb, climb=drawn), (8.5, 3.4), f"{count(len(drawn.iterations), 'step')} of EM")


def scores(settings: PlotSettings, scene: Scene) -> Drawing:
    """The scores over k."""
    assert settings.scores is not None
    rows = read_scores(settings.scores)
    return Drawing(partial(draw_curves, curves=curves(rows)), CURVES_INCHES, f"{count(len(rows), 'candidate')}")


def kmeans_vs_em(settings: PlotSettings, scene: Scene) -> Drawing:
    """The sampled rows under k-means and under the mixture, in the most telling pair of columns."""
    if len(scene.names) < 2 or len(scene.columns) < 2:
        raise BadData("k-means and EM are compared in two columns, and there is one", where=scene.model.name)
    both = compared(scene, settings.look.seed)
    says = f"k-means puts {100 * both.share_moved:.1f} % of the rows elsewhere"
    return Drawing(partial(draw_side_by_side, both=both), (9.6, 4.6), says)


def compared(scene: Scene, seed: int) -> SideBySide:
    """k-means on the sampled rows, and the mixture's own grouping of them."""
    assert scene.look is not None
    sample, k = scene.look.sample, scene.mixture.n_components
    pair = scene.pairs[0]
    try:
        found = contrast(sample.values, sample.labels, k, seed)
    except CannotFit as problem:
        raise problem.at(scene.look.name) from None
    drawn = pair_of(scene, pair)
    own, centres = np.eye(k)[found.labels], found.centres[:, list(pair)]
    hard = replace(drawn, responsibilities=own, rings=(), centres=centres)
    return SideBySide(hard, drawn, found.labels != sample.labels)


KINDS: dict[str, Callable[[PlotSettings, Scene], Drawing]] = {
    "pairs": pairs,
    "density": density,
    "profile": profile,
    "uncertainty": uncertainty,
    "trace": climb,
    "scores": scores,
    "kmeans-vs-em": kmeans_vs_em,
}

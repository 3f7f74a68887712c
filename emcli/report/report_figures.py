"""The figures of a report: what is drawn, in which order, how much of it is folded, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from emcli.report import report_words as words
from emcli.report.drawables import Scene, density_of, pair_of, profile_of, uncertainty_of
from emcli.report.pictures.canvas import DrawPanel, inline
from emcli.report.pictures.climb import Climb, draw_course, draw_rest
from emcli.report.pictures.curves import PANELS
from emcli.report.pictures.density import draw_density
from emcli.report.pictures.labels import count, number, percent, plain
from emcli.report.pictures.pair import draw_pair
from emcli.report.pictures.profile import draw_profile, height_of
from emcli.report.pictures.uncertainty import draw_classes, draw_curve
from emcli.report.report_page import Figure, Gallery
from emcli.tasks.fitting.scores import ScoreRow
from emcli.tasks.select_k import curves

PAIR_INCHES = (4.2, 3.5)
DENSITY_INCHES = (3.5, 2.2)
SIDE_INCHES = (4.2, 3.1)
PROFILE_WIDTH = 5.4
PAIRS, FOLDED_PAIRS = 5, 7  # beside the contours of the first: six panels, two or three rows of them
DENSITIES, FOLDED_DENSITIES = 6, 18
PROFILED = 10  # columns before the rest is folded
POINTS = 1200  # of the sampled rows in one panel: more cannot be told apart at that size
NOTHING = Gallery(())


class Drawn:
    """Draws for the page where there is matplotlib; every drawing gets identifiers of its own."""

    def __init__(self, possible: bool) -> None:
        self.possible = possible
        self._n = 0

    def __call__(self, draw: DrawPanel, inches: tuple[float, float], text: str) -> Figure:
        self._n += 1
        return Figure(inline(lambda figure: draw(figure.subplots()), inches, f"f{self._n}", text))


def pairs(scene: Scene, drawn: Drawn) -> Gallery:
    """The most telling pairs of columns, the first also as contours; more of them folded."""
    if not drawn.possible or len(scene.columns) < 2:
        return NOTHING
    shown, folded = scene.pairs[:PAIRS], scene.pairs[PAIRS : PAIRS + FOLDED_PAIRS]

    def figure(pair: tuple[int, int]) -> Figure:
        return drawn(partial(draw_pair, pair=pair_of(scene, pair, POINTS)), PAIR_INCHES, words.pair_text(scene, pair))

    contoured = pair_of(scene, shown[0], POINTS, contours=True)
    text = f"Contours of the density of all clusters together. {words.pair_text(scene, shown[0])}"
    contours = drawn(partial(draw_pair, pair=contoured, contours=True), PAIR_INCHES, text)
    return Gallery(
        (figure(shown[0]), contours, *map(figure, shown[1:])),
        tuple(map(figure, folded)),
        f"{count(len(folded), 'more pair')} of columns",
        words.points_said(scene, POINTS),
    )


def densities(scene: Scene, drawn: Drawn) -> Gallery:
    """A panel per column, the most telling first, the rest folded."""
    if not drawn.possible:
        return NOTHING

    def figure(column: int) -> Figure:
        draw = partial(draw_density, density=density_of(scene, column))
        return drawn(draw, DENSITY_INCHES, words.density_text(scene, column))

    shown, rest = scene.columns[:DENSITIES], scene.columns[DENSITIES : DENSITIES + FOLDED_DENSITIES]
    left_out = len(scene.columns) - len(shown) - len(rest)
    counted = "" if scene.look is None else f" Every one of the {scene.look.summary.n_rows:,} rows is counted."
    more = f" {count(left_out, 'column')} that tell less are not drawn." if left_out else ""
    bars = "" if scene.look is None else "Bars: the rows. "
    said = f"{bars}Curves: every cluster, as high as it is large; dashed: all clusters together."
    return Gallery(
        tuple(map(figure, shown)),
        tuple(map(figure, rest)),
        f"{count(len(rest), 'more column')}, less telling",
        said + counted + more,
    )


def profile(scene: Scene, drawn: Drawn) -> Gallery:
    """Every cluster along every column, the most telling first."""
    if not drawn.possible or scene.mixture.n_components == 1:
        return NOTHING

    def figure(columns: list[int]) -> Figure:
        picture = profile_of(scene, columns)
        parts = [
            f"{plain(name)}: " + ", ".join(number(float(value), 2) for value in picture.positions[:, j])
            for j, name in enumerate(picture.names[:PROFILED])
        ]
        text = f"Means of the clusters in order, in standard deviations of all rows. {'; '.join(parts)}."
        return drawn(partial(draw_profile, profile=picture), (PROFILE_WIDTH, height_of(picture)), text)

    first, rest = scene.columns[:PROFILED], scene.columns[PROFILED : PROFILED + 30]
    return Gallery(
        (figure(first),),
        (figure(rest),) if rest else (),
        f"{count(len(rest), 'more column')} side by side",
        "Marks: means; bars: one standard deviation of the cluster to either side.",
    )


def certainty(scene: Scene, drawn: Drawn) -> Gallery:
    """How sure the model is of the rows."""
    if not drawn.possible or scene.look is None or scene.mixture.n_components == 1:
        return NOTHING
    picture = uncertainty_of(scene)
    told = zip(picture.levels, picture.at_levels, strict=True)
    shares = f"Share of the rows at or above a certainty: {', '.join(f'{a}: {percent(s)}' for a, s in told)}."
    parts = [
        f"cluster {k + 1}: " + ", ".join(f"{n} {name}" for n, name in zip(row, picture.classes, strict=True))
        for k, row in enumerate(picture.counts[:12].tolist())
    ]
    rows = f"Rows of each cluster by their certainty. {'; '.join(parts)}."
    tall = (SIDE_INCHES[0], max(SIDE_INCHES[1], 1.1 + 0.24 * scene.mixture.n_components))
    return Gallery(
        (
            drawn(partial(draw_curve, uncertainty=picture), SIDE_INCHES, shares),
            drawn(partial(draw_classes, uncertainty=picture), tall, rows),
        )
    )


def scores_over_k(scores: Sequence[ScoreRow], drawn: Drawn) -> Gallery:
    """The curves over k."""
    if not scores or not drawn.possible:
        return NOTHING
    best = next((row for row in scores if row.chosen), scores[0])
    chosen = f"over the number of components; chosen: {best.k}, covariance model {plain(best.covariance)}."
    lines = curves(list(scores))
    titles = ("Log-likelihood per row", "BIC", "k-means loss")
    return Gallery(
        tuple(
            drawn(partial(draw, curves=lines), SIDE_INCHES, f"{title} {chosen}")
            for draw, title in zip(PANELS, titles, strict=True)
        )
    )


def climb(steps: Climb | None, drawn: Drawn) -> Gallery:
    """The steps of EM."""
    if steps is None:
        return NOTHING
    first, last = (number(float(steps.log_likelihoods[i]), 7) for i in (0, -1))
    caption = (
        f"{count(len(steps.iterations), 'step')} from the winning start: log-likelihood from {first} to {last} nats. "
        "The free energy is the bound that EM raises; where it meets the log-likelihood, nothing is lost."
    )
    if not drawn.possible:
        return Gallery((), caption=caption)
    return Gallery(
        (
            drawn(partial(draw_course, climb=steps), SIDE_INCHES, caption),
            drawn(partial(draw_rest, climb=steps), SIDE_INCHES, "How far below its end the climb was at every step."),
        ),
        caption=caption,
    )

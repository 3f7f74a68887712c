"""emcli select-k: a table that fills in while it works; then the ranking, the curves, and what is too close to call."""

from __future__ import annotations

import math
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from emcli.cli.screen.brush import brush_for
from emcli.cli.screen.charts import Line, chart
from emcli.cli.screen.clusters import announcing
from emcli.cli.screen.display import Display
from emcli.cli.screen.messages import BOLD, PLAIN, Speaker, say, visible
from emcli.cli.screen.scatter import scatter
from emcli.cli.screen.screen import ScreenSettings, is_terminal
from emcli.cli.screen.sweep_picture import SweepPicture
from emcli.cli.screen.tables import count, number, table
from emcli.tasks.fitting.scores import ScoreRow
from emcli.tasks.model_rows.products import write_json, write_text
from emcli.tasks.select_k import SelectKReport
from emcli.tasks.select_k import run as select
from emcli.tasks.settings import OutputSettings, SelectKSettings

NOT_CONVERGED = 3
MOST_RANKED = 12
MOST_TIES = 3  # near ties that are spelled out
FRAME = 4.0
CHART_HEIGHT = 12
NARROWEST_PAIR = 90  # columns of a terminal from which two charts stand side by side
VALUES = {"bic": "bic", "aic": "aic", "icl": "icl", "heldout": "heldout_per_row"}
WORDS = {"bic": "BIC", "aic": "AIC", "icl": "ICL", "heldout": "held-out log-likelihood"}


def run(settings: SelectKSettings, screen: ScreenSettings) -> int:
    """Compare, write, and show."""
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    shown_instead = settings.output.output == "-" and is_terminal(sys.stdout)
    with Display(SweepPicture(settings.criterion), screen) as display:
        report = select(settings, announcing(speaker, display), with_table=not shown_instead)
    if shown_instead:
        write_text("\n".join(Page(report, sys.stdout, screen).lines()) + "\n", settings.output)
    elif is_terminal(sys.stderr) and not screen.quiet:
        for line in Page(report, sys.stderr, screen).lines():
            say(line)
    speaker.success(verdict(report))
    speaker.success(*report.ties[:MOST_TIES], *report.tests)
    if len(report.ties) > MOST_TIES:
        speaker.success(f"and {count(len(report.ties) - MOST_TIES, 'more candidate')} as close to it")
    speaker.notes(report.notes)
    speaker.warnings(report.warnings)
    if screen.verbose:
        speaker.success(f"{report.seconds:.2f} s")
    if settings.json:
        write_json(report.as_dict(), OutputSettings())
    return NOT_CONVERGED if settings.strict and not report.converged else 0


def verdict(report: SelectKReport) -> str:
    """What was chosen, among how many, by what."""
    chosen = report.chosen
    value = getattr(chosen, VALUES[report.criterion])
    text = f"chosen: k = {chosen.k}, covariance {chosen.covariance}"
    text += f" ({WORDS[report.criterion]} {number(value, 7)}"
    if report.rule == "1se":
        text += ", the simplest within one standard error of the best"
    text += f"; {count(len(report.rows), 'candidate')})"
    if report.n_replicates:
        wins = Counter[int]()
        for row in report.rows:
            wins[row.k] += row.wins or 0
        named = ", ".join(f"k = {k} wins {n}" for k, n in wins.most_common() if n)
        text += f"; of {report.n_replicates} resampled tables {named}"
    return text if report.complete else f"{text}, so far"


class Page:
    """The ranking and the curves as lines of text."""

    def __init__(self, report: SelectKReport, stream: TextIO, screen: ScreenSettings) -> None:
        self.report = report
        self.width = max(40, shutil.get_terminal_size().columns)
        self.brush = brush_for(stream, screen.color)
        self.styled, self.ascii_only = self.brush.color, not self.brush.dots

    def lines(self) -> Iterator[str]:
        yield from self.ranking()
        yield ""
        yield from self.charts()
        yield ""
        yield from scatter(self.report.points(), self.width - 1, self.brush)

    def ranking(self) -> Iterator[str]:
        ranked = sorted((row for row in self.report.rows if row.rank), key=lambda row: row.rank or 0)
        shown = [row for row in ranked if row.chosen or (row.rank or 0) <= MOST_RANKED]
        header, *others = table(self._header(), [self._cells(row) for row in shown], self.width, left=(2,), indent="")
        yield f"{BOLD}{header}{PLAIN}" if self.styled else header
        for row, line in zip(shown, others, strict=True):
            yield f"{BOLD}{line}{PLAIN}" if self.styled and row.chosen else line
        left = len(ranked) - len(shown)
        if left:
            yield f"  and {count(left, 'candidate')} behind them"
        for row in self.report.rows:
            if row.reason and not row.rank:
                yield f"  {visible(row.covariance)} k = {row.k}: {visible(row.reason)}"

    def _header(self) -> list[str]:
        wins = ["wins"] if self.report.n_replicates else []
        numbers = ["log-lik", "per row", "held out", "± se", "BIC", "AIC", "ICL"]
        return ["", "k", "covariance", "p", *numbers, *wins, "time"]

    def _cells(self, row: ScoreRow) -> list[str]:
        wins = [str(row.wins)] if self.report.n_replicates else []
        mark = (">" if self.ascii_only else "▸") if row.chosen else ""
        return [
            f"{mark}{row.rank}",
            str(row.k),
            row.covariance,
            str(row.n_parameters),
            fixed(row.log_likelihood, 2),
            fixed(row.train_per_row, 4),
            fixed(row.heldout_per_row, 4),
            fixed(row.heldout_se, 4),
            fixed(row.bic, 2),
            fixed(row.aic, 2),
            fixed(row.icl, 2),
            *wins,
            f"{row.seconds:.2f} s",
        ]

    def charts(self) -> Iterator[str]:
        """Training against held-out likelihood of the chosen covariance model, and BIC beside it."""
        name = self.report.chosen.covariance
        rows = [row for row in self.report.rows if row.covariance == name and row.train_per_row is not None]
        if len(rows) < 2:
            return
        side_by_side = self.width >= NARROWEST_PAIR
        width = min((self.width - 3) // 2 if side_by_side else self.width, 64)
        left = self._likelihoods(rows, width)
        right = self._bic(rows, width)
        if not side_by_side:
            yield from (*left, "", *right)
            return
        for one, other in zip(left, right, strict=True):
            yield f"{one:<{width}}   {other}".rstrip()

    def _likelihoods(self, rows: list[ScoreRow], width: int) -> list[str]:
        trained = [row.train_per_row or 0.0 for row in rows]
        lines = [Line([row.k for row in rows], trained, "○", "o")]
        known = [row for row in rows if row.heldout_per_row is not None]
        judged = [(row.k, row.heldout_per_row or 0.0, row.heldout_se or 0.0) for row in known]
        lowest = -math.inf
        if judged:
            held_out = [value for _, value, _ in judged]
            lines.append(Line([k for k, _, _ in judged], held_out, "●", "x", [error for _, _, error in judged]))
            lowest = beyond(max(trained), held_out)
        own, other = ("o", "x") if self.ascii_only else ("○", "●")
        title = f"log-likelihood per row: {own} rows fitted, {other} held out" if judged else "log-likelihood per row"
        return chart(title, lines, width, CHART_HEIGHT, frame=(lowest, math.inf), ascii_only=self.ascii_only)

    def _bic(self, rows: list[ScoreRow], width: int) -> list[str]:
        chosen = self.report.chosen
        values = [row.bic or 0.0 for row in rows]
        lines = [Line([row.k for row in rows], values, "○", "o")]
        if chosen.bic is not None:
            lines.append(Line([chosen.k], [chosen.bic], "◆", "*"))
        mark = "*" if self.ascii_only else "◆"
        return chart(
            f"BIC of {visible(chosen.covariance)}, lower is better: {mark} chosen",
            lines,
            width,
            CHART_HEIGHT,
            frame=(-math.inf, beyond(min(values), values)),
            ascii_only=self.ascii_only,
        )


def beyond(best: float, values: list[float]) -> float:
    """Where the frame of a chart ends: a few times as far from the best as the middle value, so that one bad value
    does not flatten the curve where it turns."""
    middle = sorted(values)[len(values) // 2]
    return best + FRAME * (middle - best) if middle != best else math.copysign(math.inf, middle)


def fixed(value: float | None, decimals: int) -> str:
    """A number with a fixed number of decimals, so that a column lines up."""
    if value is None:
        return ""
    return f"{value:,.{decimals}f}" if abs(value) < 1e9 else number(value)

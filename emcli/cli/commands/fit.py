"""emcli fit: learn a mixture; live display while it works, a short account afterwards."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from emcli.cli.screen.bars import bar, sparkline
from emcli.cli.screen.brush import Brush, brush_for
from emcli.cli.screen.clusters import announcing
from emcli.cli.screen.display import Display, FitPicture, Picture
from emcli.cli.screen.messages import Speaker, visible
from emcli.cli.screen.screen import ScreenSettings, is_terminal, width_of
from emcli.cli.screen.tables import count, number
from emcli.tasks.fit import run as fit
from emcli.tasks.model_rows.products import write_json
from emcli.tasks.model_rows.reports import FitReport, TableRead
from emcli.tasks.settings import FitSettings, OutputSettings

NOT_CONVERGED = 3
MOST_NAMES = 12  # columns named before the rest is only counted
BAR = 30  # characters of the longest bar
COURSE = 40  # characters of the course of the likelihood
DRY_RUN = "dry run: nothing was fitted and nothing written"


def run(settings: FitSettings, screen: ScreenSettings) -> int:
    """Fit, and say what came of it."""
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    with Display(picture(settings), screen) as display:
        report = fit(settings, announcing(speaker, display))
    if is_terminal(sys.stderr):
        speaker.picture(portrait(report, brush_for(sys.stderr, screen.color)))
    else:
        speaker.success(*account(report))
    speaker.notes(report.notes)
    speaker.warnings(report.warnings)
    if screen.verbose:
        speaker.success(f"{report.seconds:.2f} s")
    if report.model is not None and settings.json and settings.output.output != "-":
        write_json(_summary(report), OutputSettings())
    return NOT_CONVERGED if settings.strict and report.model is not None and not report.converged else 0


def picture(settings: FitSettings) -> Picture:
    """What is drawn while the fit is sought: one fit, or a sweep over numbers of components."""
    if settings.n_components is not None:
        return FitPicture(settings.n_components)
    from emcli.cli.screen.sweep_picture import SweepPicture

    return SweepPicture("bic")


def account(report: FitReport) -> Iterator[str]:
    """A few plain lines about the table and the fit."""
    yield _rows(report.table)
    if report.model is None:
        yield DRY_RUN
        return
    shares = ", ".join(f"{100 * weight:.1f} %" for weight in _weights(report))
    yield f"{count(len(_weights(report)), 'component')}: {shares}{_background(report)}"
    yield f"log-likelihood {report.model['fit']['log_likelihood']:.4f}, {_outcome(report)}"


def portrait(report: FitReport, brush: Brush) -> Iterator[str]:
    """The same for a person at a terminal, with the rows as dots, the weights as bars, the course of the likelihood."""
    width = width_of(sys.stderr) - 1
    yield from textwrap.wrap(visible(_rows(report.table)), width, break_on_hyphens=False)
    if report.model is None:
        yield DRY_RUN
        return
    if report.points is not None:
        from emcli.cli.screen.scatter import scatter

        yield from scatter(report.points(), width, brush)
    yield from _bars(_weights(report), brush)
    if _background(report):
        yield f"  {_background(report).lstrip('; ')}"
    likelihood = f"log-likelihood {report.model['fit']['log_likelihood']:.4f}"
    room = min(COURSE, width - len(likelihood) - 2)
    course = sparkline(report.history, room) if room > 8 and brush.dots else ""
    yield f"{likelihood}  {course}".rstrip()
    yield from textwrap.wrap(_outcome(report), width)


def _rows(read: TableRead) -> str:
    names = ", ".join(read.used[:MOST_NAMES]) + (", ..." if len(read.used) > MOST_NAMES else "")
    text = f"{count(read.n_rows, 'row')}, {count(len(read.used), 'column')}: {names}"
    if read.n_missing_cells:
        text += f"; {count(read.n_missing_cells, 'missing cell')}"
    return text


def _weights(report: FitReport) -> list[float]:
    return [float(component["weight"]) for component in (report.model or {}).get("components", [])]


def _background(report: FitReport) -> str:
    noise = (report.model or {}).get("noise")
    return f"; noise {100 * noise['weight']:.1f} %" if noise else ""


def _bars(weights: list[float], brush: Brush) -> Iterator[str]:
    largest = max(weights)
    for k, weight in enumerate(weights, 1):
        picture = bar(weight / largest if largest else 0.0, BAR, ascii_only=not brush.dots)
        yield f"  {k:>{len(str(len(weights)))}}  {100 * weight:5.1f} %  {brush.paint(picture, k - 1)}"


def _outcome(report: FitReport) -> str:
    fit_keys: dict[str, Any] = (report.model or {}).get("fit", {})
    outcome = "converged" if report.converged else "not converged"
    parts = [f"BIC {number(fit_keys['bic'], 7)}", f"{outcome} after {count(fit_keys['iterations'], 'iteration')}"]
    starts = fit_keys.get("starts", {})
    if starts.get("tried", 0) > 1:
        parts.append(f"{starts['agree']} of {starts['tried']} starts agree")
    return ", ".join(parts)


def _summary(report: FitReport) -> dict[str, Any]:
    model = report.model or {}
    return {
        "columns": model.get("columns"),
        "weights": [component["weight"] for component in model.get("components", [])],
        **model.get("fit", {}),
        "notes": list(report.notes),
        "warnings": list(report.warnings),
    }

"""emcli fit: learn a mixture; live display while it works, a short account afterwards."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import Any

from emcli.cli.bars import bar, sparkline
from emcli.cli.display import Display, FitPicture
from emcli.cli.messages import Speaker
from emcli.cli.screen import ScreenSettings, is_terminal
from emcli.cli.tables import count, number
from emcli.tasks.fit import run as fit
from emcli.tasks.products import write_json
from emcli.tasks.reports import FitReport, TableRead
from emcli.tasks.settings import FitSettings, OutputSettings

NOT_CONVERGED = 3
MOST_NAMES = 12  # columns named before the rest is only counted
BAR = 30


def run(settings: FitSettings, screen: ScreenSettings) -> int:
    """Fit, and say what came of it."""
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    with Display(FitPicture(settings.n_components), screen) as display:
        report = fit(settings, display)
    speaker.success(*account(report, on_terminal=is_terminal(sys.stderr)))
    speaker.notes(report.notes)
    speaker.warnings(report.warnings)
    if screen.verbose:
        speaker.success(f"{report.seconds:.2f} s")
    if report.model is not None and settings.json and settings.output.output != "-":
        write_json(_summary(report), OutputSettings())
    return NOT_CONVERGED if settings.strict and report.model is not None and not report.converged else 0


def account(report: FitReport, *, on_terminal: bool) -> Iterator[str]:
    """A few lines about the table and the fit; with bars and the course of the likelihood for a person."""
    yield _rows(report.table)
    if report.model is None:
        yield "dry run: nothing was fitted and nothing written"
        return
    weights = [float(component["weight"]) for component in report.model["components"]]
    if on_terminal:
        yield from _bars(weights)
        width = min(60, shutil.get_terminal_size().columns - 24)
        if len(report.history) > 2 and width > 8:
            yield f"log-likelihood  {sparkline(report.history, width)}"
    else:
        yield f"{count(len(weights), 'component')}: {', '.join(f'{100 * weight:.1f} %' for weight in weights)}"
    yield _outcome(report)


def _rows(read: TableRead) -> str:
    names = ", ".join(read.used[:MOST_NAMES]) + (", ..." if len(read.used) > MOST_NAMES else "")
    text = f"{count(read.n_rows, 'row')}, {count(len(read.used), 'column')}: {names}"
    if read.n_missing_cells:
        text += f"; {count(read.n_missing_cells, 'missing cell')}"
    return text


def _bars(weights: list[float]) -> Iterator[str]:
    plain = "utf" not in (getattr(sys.stderr, "encoding", None) or "").lower()
    largest = max(weights)
    for k, weight in enumerate(weights, 1):
        picture = bar(weight / largest if largest else 0.0, BAR, ascii_only=plain)
        yield f"{k:>{len(str(len(weights)))}}  {100 * weight:5.1f} %  {picture}"


def _outcome(report: FitReport) -> str:
    fit_keys: dict[str, Any] = (report.model or {}).get("fit", {})
    parts = [f"log-likelihood {fit_keys['log_likelihood']:.4f}", f"BIC {number(fit_keys['bic'], 7)}"]
    outcome = "converged" if report.converged else "not converged"
    parts.append(f"{outcome} after {count(fit_keys['iterations'], 'iteration')}")
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

"""What pages about a model have in common: how they open, and their sections."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from emcli.cli.screen.messages import BOLD, PLAIN, visible
from emcli.cli.screen.screen import width_of
from emcli.cli.screen.tables import count, number

WIDEST = 100
NARROWEST = 40


def page_width() -> int:
    """Columns of a page on standard output."""
    return max(NARROWEST, min(WIDEST, width_of(sys.stdout)))


def paragraph(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """The text in lines of this width; the first line begins with `first`, the others with as many blanks.

    No line ends between a number and its per cent sign, or at a plus-minus sign.
    """
    glued = visible(text).replace(" %", "\0%").replace(" ± ", "\0±\0")
    lines = textwrap.wrap(
        glued,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in lines]


def section(title: str, lines: Iterable[str], width: int, styled: bool) -> Iterator[str]:
    """An empty line, a heading, the lines."""
    yield ""
    for line in textwrap.wrap(title, width):
        yield f"{BOLD}{line}{PLAIN}" if styled else line
    yield from lines


def opening(name: str, plain: dict[str, Any], width: int) -> Iterator[str]:
    """Which model, and how it came about."""
    k, d = len(plain["components"]), len(plain["columns"])
    noise = plain.get("noise")
    background = f", and a uniform background of {100 * noise['weight']:.1f} %" if noise else ""
    kind = f"{plain['family']}, covariance {plain['covariance']}"
    text = f"{name}: {count(k, 'component')} in {count(d, 'column')}, {kind}{background}."
    yield from textwrap.wrap(visible(text), width)
    yield from textwrap.wrap(" ".join(_history(plain.get("fit") or {})), width)


def _history(fit: dict[str, Any]) -> Iterator[str]:
    """What the model file says about how the model came about; an edited file may say little."""
    if "n_rows" in fit:
        missing = fit.get("n_missing_cells") or 0
        yield f"Fitted to {count(fit['n_rows'], 'row')}, {count(missing, 'missing cell')}."
    if "log_likelihood" in fit:
        yield f"Log-likelihood {number(fit['log_likelihood'], 7)}" + (
            f", BIC {number(fit['bic'], 7)} with {fit['n_parameters']} parameters."
            if "bic" in fit and "n_parameters" in fit
            else "."
        )
    if "converged" in fit:
        yield "Converged." if fit["converged"] else f"Not converged ({fit.get('stop_reason', 'unknown')})."

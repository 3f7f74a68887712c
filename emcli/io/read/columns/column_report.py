"""What was found in each column of a table, and whether it is modelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emcli.io.printable import in_quotes
from emcli.io.read.columns.column_plan import ColumnPlan
from emcli.io.read.columns.column_tally import EMPTY, NUMBER, ColumnTally

NOT_READ = "not read"


@dataclass(frozen=True)
class ColumnReport:
    """name       its label (see `column_labels`)
    position    from 0
    kind        number, text, empty (all missing) or "not read"
    n_missing, n_numbers, n_bad   cells; bad ones are neither numbers nor missing
    minimum, maximum              of the numbers; None without one
    used, why   whether it is modelled, and the reason in a few words
    examples    the first cells' texts
    """

    name: str
    position: int
    kind: str
    n_missing: int
    n_numbers: int
    n_bad: int
    minimum: float | None
    maximum: float | None
    used: bool
    why: str
    examples: tuple[str, ...] = ()


def why_not_modelled(plan: ColumnPlan, tally: ColumnTally) -> str:
    """Why a column that was read is left out; empty if it is modelled."""
    if tally.position in plan.left_out:
        return plan.left_out[tally.position]
    if plan.columns is not None:
        return "" if tally.position in plan.columns else "not chosen"
    if tally.kind == EMPTY:
        return "all cells are missing"
    if tally.kind != NUMBER:
        return "text"
    return "constant" if tally.is_constant and tally.n_numbers > 1 else ""


def report_columns(labels: Sequence[str], plan: ColumnPlan, tallies: Sequence[ColumnTally]) -> tuple[ColumnReport, ...]:
    """One report per column of the table."""
    read = {tally.position: _report(plan, tally) for tally in tallies}
    return tuple(read.get(i) or _not_read(label, i, plan) for i, label in enumerate(labels))


def _not_read(label: str, position: int, plan: ColumnPlan) -> ColumnReport:
    why = plan.left_out.get(position, "not chosen")
    return ColumnReport(label, position, NOT_READ, 0, 0, 0, None, None, False, why)


def _report(plan: ColumnPlan, tally: ColumnTally) -> ColumnReport:
    why = why_not_modelled(plan, tally)
    must_be_numbers = not why and (tally.kind == NUMBER or plan.columns is not None)
    if must_be_numbers and tally.n_bad:
        why = f"{tally.first_bad[0].odd.place.spot}: {in_quotes(tally.first_bad[0].text, 20)} is not a number"
    return ColumnReport(
        name=tally.label,
        position=tally.position,
        kind=tally.kind,
        n_missing=tally.n_missing,
        n_numbers=tally.n_numbers,
        n_bad=tally.n_bad,
        minimum=tally.minimum if tally.n_numbers else None,
        maximum=tally.maximum if tally.n_numbers else None,
        used=not why,
        why=why or ("chosen" if plan.columns is not None else "number"),
        examples=tuple(tally.examples),
    )

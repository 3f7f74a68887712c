"""What was found in each column of a table, and whether it is modelled."""

from __future__ import annotations

from dataclasses import dataclass

NUMBER, TEXT, EMPTY, NOT_READ = "number", "text", "empty", "not read"


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

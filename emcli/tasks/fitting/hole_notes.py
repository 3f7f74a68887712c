"""What the holes of a table leave undetermined, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.fit.fitted import Fitted
from emcli.core.rows.holes import pairs_met_at_most
from emcli.data.blocks import Blocks

HARDLY = 2
"""With so few rows that show two columns together their covariance is open: two points always lie on a line."""

MOST_PAIRS = 3


def weak_fit(fitted: Fitted) -> Iterator[str]:
    """A warning about a covariance that only its floor keeps from being singular, where cells are missing."""
    if fitted.n_missing_cells and fitted.soundness.at_floor:
        yield (
            "weakly identified: between the holes too few rows are left to tell how some columns vary together; "
            "try --prior, fewer columns (-x), fewer components, or --covariance diag"
        )


def weak_pairs(rows: Blocks, columns: Sequence[str], covariance: str) -> Iterator[str]:
    """Warnings about pairs of columns whose covariance rows with holes cannot tell."""
    if not covariance_named(covariance).layout.joint_columns:
        return
    pairs = pairs_met_at_most(rows, HARDLY)
    named = [f"'{columns[a]}' and '{columns[b]}'" for a, b in pairs[:MOST_PAIRS]]
    if len(pairs) > MOST_PAIRS:
        named.append(f"{len(pairs) - MOST_PAIRS} pairs more (emcli missing lists them)")
    if named:
        yield (
            f"weakly identified: hardly any row shows both {'; '.join(named)}, so their covariance is a guess; "
            "leave a column out (-x), or use --covariance diag or --prior"
        )

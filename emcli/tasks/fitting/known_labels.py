"""The rows whose cluster is known: a column of labels, empty (or otherwise missing) where it is not."""

from __future__ import annotations

from dataclasses import dataclass

from emcli.core.model.known import UNKNOWN
from emcli.data.membership import Labels, compact
from emcli.errors import BadData
from emcli.io.read.columns.column_spec import select_columns
from emcli.io.read.tables.table_source import TableSource

MOST_NAMES = 12  # labels told before the rest is only counted


@dataclass(frozen=True)
class KnownLabels:
    """labels (n,) from 0 of all rows, UNKNOWN where there is none; names, the text of each."""

    labels: Labels
    names: tuple[str, ...]

    def note(self) -> str:
        """Which label became which cluster."""
        told = [f"{name} is cluster {number}" for number, name in enumerate(self.names[:MOST_NAMES], 1)]
        rest = [f"{len(self.names) - MOST_NAMES} more"] if len(self.names) > MOST_NAMES else []
        n_known = int((self.labels != UNKNOWN).sum())
        return f"{n_known} of {len(self.labels)} rows labelled: {', '.join(told + rest)}"


def known_labels(source: TableSource, spec: str, k: int) -> KnownLabels:
    """The labels of a column, numbered as they first appear.

    Raises BadData where the column is missing, has no label, or more different ones than components are wanted.
    """
    positions = select_columns(spec, source.header, where=source.name)
    if len(positions) != 1:
        raise BadData(f"--labels names {len(positions)} columns, not one", where=source.name)
    missing = source.readers.of(positions[0]).null
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        known = text.strip().casefold() not in missing
        return min(numbers.setdefault(text, len(numbers)), k) if known else UNKNOWN  # k: one too many, refused below

    found = compact((map(number, block.texts(positions[0])) for block in source.blocks()), k)
    column = source.header[positions[0]]
    if not numbers:
        raise BadData(f"column '{column}' labels no row", where=source.name)
    if len(numbers) > k:
        raise BadData(
            f"column '{column}' has {len(numbers)} different labels, but -k asks for {k} components",
            where=source.name,
            hint=f"use -k {len(numbers)} or more",
        )
    return KnownLabels(found, tuple(numbers))

"""Products in parts: what becomes of each part of a table is written by whoever has it, here or on a cluster.

A product in parts is the product of the whole table, cut where its parts end, and with a header for each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from emcli.errors import EmcliError
from emcli.io.read.tables.part_reading import SeenTable
from emcli.io.read.tables.part_table import open_part
from emcli.io.read.tables.table_source import TableSource
from emcli.io.write.outputs.part_outputs import output_parts, part_name
from emcli.tasks.backend.place import Place
from emcli.tasks.model_rows.gaps import dropped
from emcli.tasks.model_rows.reports import PartsWritten
from emcli.tasks.settings import OutputSettings

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
PartsWatch: TypeAlias = Callable[[PartsWritten], None]


class Work(Protocol[R_co]):
    """What is done with a table whose product goes to a path; it pickles, and so does what comes of it."""

    def __call__(self, source: TableSource, target: str) -> R_co: ...


@dataclass(frozen=True)
class RowsWritten:
    """What was read of a table and written; `notes` are those of the source."""

    n_rows: int
    n_missing_cells: int
    n_dropped: int = 0
    notes: tuple[str, ...] = ()

    def told(self) -> tuple[str, ...]:
        """What a user should know."""
        return (*self.notes, *dropped(self.n_dropped))


@dataclass(frozen=True)
class OnPart(Generic[R]):
    """Work done with a part that is written under another name first; an error speaks of the name it will have."""

    first: SeenTable
    work: Work[R]

    def __call__(self, path: str, written: str, target: str) -> R:
        try:
            with open_part(self.first, path) as source:
                return self.work(source, written)
        except EmcliError as error:
            error.where = target if error.where == written else error.where
            raise


def write_parts(
    place: Place, seen: SeenTable, output: OutputSettings, work: Work[R], watch: PartsWatch | None
) -> list[R]:
    """Write the product of each part into the folder that the output names; what came of each, in their order."""
    names = [part_name(number, path) for number, path in enumerate(seen.paths)]
    targets = [os.path.join(output.output, name) for name in names]
    with output_parts(output.output, names, clobber=output.clobber) as written:
        there = list(map(os.path.abspath, written))  # a worker may have been started elsewhere
        return each_part(place, seen, work, (there, targets), watch)


def read_parts(place: Place, seen: SeenTable, work: Work[R], watch: PartsWatch | None) -> list[R]:
    """Look at each part without writing; what came of each, in their order."""
    nowhere = [""] * len(seen.paths)
    return each_part(place, seen, work, (nowhere, nowhere), watch)


def each_part(
    place: Place,
    seen: SeenTable,
    work: Work[R],
    outputs: tuple[Sequence[str], Sequence[str]],
    watch: PartsWatch | None,
) -> list[R]:
    """The work done with every part; what came of each, in their order.

    outputs  the paths to write to, and those that messages name
    """

    def done(n_parts: int) -> None:
        if watch is not None:
            watch(PartsWritten(n_parts, len(seen.paths)))

    done(0)
    return place.each(type(work).__name__.lower(), OnPart(seen, work), seen.paths, *outputs, done=done)


def joined(parts: Sequence[RowsWritten], seen: SeenTable) -> RowsWritten:
    """What was written in all; a note of one of several parts names it."""
    several = len(seen.paths) > 1
    notes = [
        f"{path}: {note}" if several else note
        for path, part in zip(seen.paths, parts, strict=True)
        for note in part.notes
    ]
    return RowsWritten(
        sum(part.n_rows for part in parts),
        sum(part.n_missing_cells for part in parts),
        sum(part.n_dropped for part in parts),
        (*seen.notes, *notes),
    )

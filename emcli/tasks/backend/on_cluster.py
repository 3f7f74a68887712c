"""The place where each worker of a cluster reads its own parts of a table and keeps their rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from emcli.core.fit.fitting import MANY_ROWS
from emcli.core.rows.engine import Engine
from emcli.data.blocks import Blocks, Held, T, n_rows, walk
from emcli.data.chunk import CutBlocks
from emcli.engines.dask import Cluster, Kept, Spread, engine_on_cluster
from emcli.errors import InputError, UsageError
from emcli.io.read.bytes.raw_bytes import is_url
from emcli.io.read.columns.column_plan import plan_columns
from emcli.io.read.tables.numeric_table import ColumnChoice, ColumnsRead, Keeping, NumericTable, modelled
from emcli.io.read.tables.part_reading import PartRead, PartReader, SeenTable, joined_digest, joined_tallies, see_table
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import TableSource
from emcli.process.rounding import KERNELS
from emcli.tasks.model_rows.reports import ClusterEvent, ClusterFound, PartsDone, PartsRead

MANY_CELLS = 2_000_000
"""Cells up to which the rows of a sweep are brought here: passes over so few are quicker than a round trip."""


class OnCluster:
    """Workers, and somebody who hears how far they are."""

    has_rows = False

    def __init__(self, cluster: Cluster, tell: Callable[[ClusterEvent], None] | None) -> None:
        self.cluster, self._tell = cluster, tell
        if tell is not None:
            tell(ClusterFound(cluster.n_workers, cluster.name, cluster.dashboard))

    def open(self, path: str, options: ReadOptions) -> SeenTable:
        return self.see(path, options)

    def see(self, path: str, options: ReadOptions) -> SeenTable:
        # The workers may have been started elsewhere.
        place = path if path == "-" or is_url(path) else os.path.abspath(path)
        seen: SeenTable = self.cluster.ask("open", see_table, [place], [options], [path])[0]
        return seen

    def read(self, source: TableSource, choice: ColumnChoice, keeping: Keeping | None) -> NumericTable:
        if keeping is not None and keeping.cache is not None:
            raise UsageError("the workers of a cluster keep no cache", where="cache", hint="leave --cache out")
        assert isinstance(source, SeenTable)
        plan = plan_columns(source, choice)
        paths, cluster = source.paths, self.cluster
        self._parts_read(0, len(paths))
        held = cluster.hold("read", Reading(PartReader(source, plan.read)), paths)
        parts = cluster.ask("summary", summary, held, done=lambda n: self._parts_read(n, len(paths)))
        source.notes += [*notes_on(cluster), *(note for part in parts for note in part.notes)]
        store = SpreadColumns(cluster, held, tuple(tuple(b.n_rows for b in part.blocks) for part in parts))
        return modelled(source, plan, ColumnsRead(joined_tallies(parts), store, joined_digest(parts)))

    def near(self, rows: Blocks) -> Blocks:
        return Held(tuple(walk(rows)), rows.parts, rows.n_features) if n_rows(rows) <= MANY_ROWS else rows

    def for_jobs(self, rows: Blocks) -> Blocks:
        few = n_rows(rows) * rows.n_features <= MANY_CELLS
        return Held(tuple(walk(rows)), rows.parts, rows.n_features) if few else rows

    def engine(self, blocks: CutBlocks, n_threads: int) -> Engine:
        return engine_on_cluster(blocks, self._parts_passed)

    def each(
        self, what: str, function: Callable[..., T], *along: Sequence[Any], done: Callable[[int], None]
    ) -> list[T]:
        return self.cluster.ask(what, function, *along, done=done)

    def ready(self, look: Callable[[], T]) -> Callable[[], T]:
        seen = look()
        return lambda: seen

    def _parts_passed(self, n_parts: int, of: int) -> None:
        if self._tell is not None:
            self._tell(PartsDone(n_parts, of))

    def _parts_read(self, n: int, of: int) -> None:
        if self._tell is not None:
            self._tell(PartsRead(n, of))


def notes_on(cluster: Cluster) -> list[str]:
    """What a user should be told of the workers."""
    others, n_workers = cluster.rounding_otherwise()
    if not others:
        return []
    told = f"{others} of {n_workers} workers round otherwise than this machine, so last digits may differ"
    return [f"{told} (here {KERNELS}={os.environ[KERNELS]})" if KERNELS in os.environ else told]


@dataclass(frozen=True)
class Reading:
    """Reads a part and says how large it is."""

    reader: PartReader

    def __call__(self, path: str) -> Kept:
        part = self.reader(path)
        return Kept([part], 8 * len(self.reader.read) * sum(block.n_rows for block in part.blocks))


def summary(kept: Kept) -> PartRead:
    """What a part brought, without its numbers."""
    part: PartRead = kept.items[0]
    return part.summary()


@dataclass(frozen=True, eq=False)
class SpreadColumns:
    """The columns of parts that were read, on the workers."""

    cluster: Cluster
    held: Sequence[object]
    by_part: tuple[tuple[int, ...], ...]

    @property
    def n_rows(self) -> int:
        return sum(map(sum, self.by_part))

    def release(self, columns: Sequence[int], weights: int | None) -> Blocks:
        rows = self.cluster.hold("rows", Choosing(tuple(columns), weights), self.held)
        return Spread(self.cluster, rows, self.by_part, len(columns))


@dataclass(frozen=True)
class Choosing:
    """The rows of a part: the modelled columns and the weights."""

    columns: tuple[int, ...]
    weights: int | None

    def __call__(self, kept: Kept) -> Kept:
        blocks = kept.items[0].chosen(self.columns, self.weights)
        return Kept(blocks, sum(block.values.nbytes + block.case_weights.nbytes for block in blocks))


def check_file(path: str | None) -> None:
    """InputError if the file that a scheduler writes is not there."""
    if path is not None and not os.path.isfile(path):
        hint = "dask scheduler --scheduler-file writes one"
        raise InputError("no such scheduler file", where=path, hint=hint)

"""Where the work on the rows of a table is done: in this process, or on the workers of a cluster.

A place opens a table, reads its numbers and makes the engine that walks them.  What it computes does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from emcli.core.rows.engine import Engine
from emcli.data.blocks import Blocks, T
from emcli.data.chunk import CutBlocks
from emcli.engines.threads import engine_for, usable
from emcli.errors import UsageError
from emcli.io.read.tables.numeric_table import ColumnChoice, Keeping, NumericTable, read_numeric
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.tasks.settings import EngineSettings

if TYPE_CHECKING:
    from emcli.io.read.tables.part_reading import SeenTable
    from emcli.tasks.backend.on_cluster import OnCluster
    from emcli.tasks.model_rows.reports import ClusterEvent

Tell = Callable[["ClusterEvent"], None]

INSTALL = "pip install 'emcli[dask]'"


class Place(Protocol):
    """See the module's docstring."""

    @property
    def has_rows(self) -> bool:
        """Whether single rows can be looked at here."""

    def open(self, path: str, options: ReadOptions) -> TableSource: ...

    def read(self, source: TableSource, choice: ColumnChoice, keeping: Keeping | None) -> NumericTable: ...

    def near(self, rows: Blocks) -> Blocks:
        """The rows, brought to this process where they are few."""
        ...

    def for_jobs(self, rows: Blocks) -> Blocks:
        """The rows, brought to this process where they are few enough to be copied to everybody who does jobs."""
        ...

    def engine(self, blocks: CutBlocks, n_threads: int) -> Engine: ...

    def see(self, path: str, options: ReadOptions) -> SeenTable:
        """A table of which only the first part is opened."""
        ...

    def each(
        self, what: str, function: Callable[..., T], *along: Sequence[Any], done: Callable[[int], None]
    ) -> list[T]:
        """function(items of `along`) of each of them, in their order; `done` hears how many are done.

        what  a word for it
        """
        ...

    def ready(self, look: Callable[[], T]) -> Callable[[], T]:
        """A look at the rows that can also be taken when the place is left."""
        ...


class Here:
    """This process and its threads."""

    has_rows = True

    def open(self, path: str, options: ReadOptions) -> TableSource:
        return open_table(path, options)

    def read(self, source: TableSource, choice: ColumnChoice, keeping: Keeping | None) -> NumericTable:
        return read_numeric(source, choice, keeping)

    def near(self, rows: Blocks) -> Blocks:
        return rows

    def for_jobs(self, rows: Blocks) -> Blocks:
        return rows

    def engine(self, blocks: CutBlocks, n_threads: int) -> Engine:
        return engine_for(blocks, n_threads)

    def see(self, path: str, options: ReadOptions) -> SeenTable:
        from emcli.io.read.tables.part_reading import see_table

        return see_table(path, options, path)

    def each(
        self, what: str, function: Callable[..., T], *along: Sequence[Any], done: Callable[[int], None]
    ) -> list[T]:
        results = []
        for items in zip(*along, strict=True):
            results.append(function(*items))
            done(len(results))
        return results

    def ready(self, look: Callable[[], T]) -> Callable[[], T]:
        return look


HERE = Here()


@contextmanager
def cluster_for(settings: EngineSettings, tell: Tell | None) -> Iterator[OnCluster]:
    """The workers that the settings name; UsageError without dask, InputError where no scheduler answers."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UsageError("needs the package dask, which is not installed", where="engine", hint=INSTALL) from None
    from emcli.engines.dask import cluster
    from emcli.tasks.backend.on_cluster import OnCluster, check_file

    check_file(settings.scheduler_file)
    with cluster(settings.scheduler, settings.scheduler_file, usable(settings.workers)) as found:
        yield OnCluster(found, tell)


def place_for(settings: EngineSettings, tell: Tell | None = None) -> AbstractContextManager[Place]:
    """The place that the settings name; it is left at the end of the block."""
    return cluster_for(settings, tell) if settings.on_cluster else nullcontext(HERE)

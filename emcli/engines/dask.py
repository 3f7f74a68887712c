"""The rows spread over the workers of a Dask cluster.

Every worker reads parts of the table and keeps their rows and chunks; what a pass sends is the mixture to the workers,
and one sum per part back.  The sums are added here in file order, so that the result is the one of a single machine to
the last bit.  Nothing lies on a worker that the tasks before it could not make again: when one dies, Dask has its parts
read once more elsewhere.

Only functions of this package and their arguments, numbers and names, travel; each is pickled by its name.
"""

from __future__ import annotations

import logging
import pkgutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from importlib.util import find_spec
from itertools import accumulate, chain, count, islice, pairwise
from operator import add
from typing import Any

from distributed import Client, LocalCluster, as_completed, get_worker

import emcli
from emcli.core.rows.engine import Engine, S, Serial, fold
from emcli.data.blocks import Blocks, T, View
from emcli.data.chunk import SMALL, Chunk, CutBlocks, chunks_of
from emcli.data.rows import Numbers
from emcli.errors import EmcliError, InputError, OutputError
from emcli.process.malloc_limits import keep_freed
from emcli.process.rounding import rounding

PATIENCE = 15  # seconds for the scheduler to answer, and for a first worker to be there
SILENT = logging.CRITICAL + 1
SLOW = 1.0  # seconds of a pass from which on its parts are counted, which costs a few milliseconds
ITSELF = "this machine"

Told = Callable[[int, int], None]
"""Hears how many parts are done, and of how many."""


class Kept:
    """What a worker keeps of a part; its size is told to Dask, which plans and spills by it."""

    def __init__(self, items: Sequence[Any], n_bytes: int) -> None:
        self.items, self._n_bytes = items, n_bytes

    def __sizeof__(self) -> int:
        return self._n_bytes


@dataclass(frozen=True)
class Task:
    """A function with the version of the package that it belongs to; a file that cannot be opened names the worker."""

    function: Callable[..., Any]
    version: str = emcli.__version__

    def __call__(self, *arguments: Any) -> Any:
        if emcli.__version__ != self.version:
            raise _other_version(get_worker().address, emcli.__version__)
        keep_freed()
        try:
            return self.function(*arguments)
        except (InputError, OutputError) as error:
            message = f"{error.message} (on worker {get_worker().address})"
            hint = error.hint or "the paths of the parts and of the output have to be there on every worker"
            raise type(error)(message, where=error.where, detail=error.detail, hint=hint) from None
        except OSError as problem:
            raise EmcliError(f"{problem} (on worker {get_worker().address})") from None


class Cluster:
    """The workers of a scheduler; `name` is its address."""

    def __init__(self, client: Client, name: str) -> None:
        self._client, self.name = client, name
        self._numbers = count()
        self._last: list[Any] = []

    @property
    def n_workers(self) -> int:
        """Workers there are now."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    @property
    def n_threads(self) -> int:
        """Tasks that the workers there are now do at a time."""
        return sum(self._client.nthreads().values())

    @property
    def dashboard(self) -> str | None:
        """Where a browser shows what the workers do."""
        link: str | None = self._client.dashboard_link if find_spec("bokeh") else None
        return link

    def check_versions(self) -> None:
        """EmcliError that names a worker without this package, or with another version of it."""
        found = self._client.run(pkgutil.resolve_name, "emcli:__version__", on_error="return")
        for address, version in sorted(found.items()):
            if isinstance(version, Exception):
                raise InputError("emcli is not installed on this worker", where=address, hint=_install())
            if version != emcli.__version__:
                raise _other_version(address, version)

    def rounding_otherwise(self) -> tuple[int, int]:
        """How many of the workers there are now compute other bits than this process, and how many there are."""
        here, there = rounding(), self._client.run(rounding, on_error="return").values()
        return sum(digest != here for digest in there), len(there)

    def hold(self, what: str, function: Callable[..., Any], *along: Sequence[Any]) -> list[Any]:
        """Have function(items of `along`) done on the workers and kept there; returns a handle for each result."""
        keys = [f"emcli-{what}-{next(self._numbers)}-{i}" for i in range(len(along[0]))]
        unique = [f"{key}-{self._client.id}" for key in keys]
        if self._client.status != "running":  # it looks for another scheduler, which would know nothing of this work
            raise self._gone()
        with self._told():
            held: list[Any] = self._client.map(Task(function), *along, key=unique, pure=False)
        # What was asked before is let go now: a message of its own would have held this one up for 10 milliseconds.
        self._last = []
        return held

    def ask(
        self,
        what: str,
        function: Callable[..., T],
        *along: Sequence[Any],
        done: Callable[[int], None] | None = None,
    ) -> list[T]:
        """The results of function(items of `along`), handles among them, in this order; `done` hears how many are."""
        futures = self.hold(what, function, *along)
        results: list[T] = self.results(futures, done)
        self._last = futures
        return results

    def results(self, held: Sequence[Any], done: Callable[[int], None] | None = None) -> list[Any]:
        """What lies behind handles."""
        with self._told():
            if done is not None:
                for number, _ in enumerate(as_completed(held), 1):
                    done(number)
            return list(self._client.gather(list(held)))

    def cancel(self, held: Sequence[Any]) -> None:
        """Nobody waits for these any more."""
        self._client.cancel(list(held))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What can go wrong with a cluster, in one line."""
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker

        try:
            yield
        except EmcliError:
            raise
        except KilledWorker as problem:
            last = problem.last_worker.address
            hint = "was it out of memory? give the workers more, or the table smaller parts"
            raise EmcliError(f"several workers died of one part, the last {last}", where=self.name, hint=hint) from None
        except (FutureCancelledError, CommClosedError, OSError):
            raise self._gone() from None
        except (ImportError, AttributeError, RuntimeError):
            self.check_versions()  # a worker that came later and knows nothing of emcli
            raise

    def _gone(self) -> InputError:
        return InputError("the scheduler is gone", where=self.name)


def _other_version(address: str, version: str) -> InputError:
    return InputError(f"emcli {version} on this worker, {emcli.__version__} here", where=address, hint=_install())


def _install() -> str:
    return f"all workers need what runs here: pip install 'emcli[dask]=={emcli.__version__}'"


@contextmanager
def cluster(scheduler: str | None, scheduler_file: str | None, n_workers: int) -> Iterator[Cluster]:
    """The workers of a scheduler, or processes of this machine; what they hold is released at the end.

    InputError where no scheduler answers, or none of its workers can do the work.
    """
    for name in ("distributed", "distributed.client", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(SILENT)
    where = scheduler or scheduler_file or ITSELF
    with ExitStack() as stack:
        try:
            if scheduler is None and scheduler_file is None:
                own = LocalCluster(
                    n_workers=n_workers,
                    threads_per_worker=1,
                    processes=True,
                    silence_logs=SILENT,
                    dashboard_address="127.0.0.1:0",
                )
                client = Client(stack.enter_context(own), timeout=PATIENCE)
            elif scheduler is not None:
                client = Client(scheduler, timeout=PATIENCE)
            else:
                client = Client(scheduler_file=scheduler_file, timeout=PATIENCE)
            stack.enter_context(client)
        except (TypeError, RuntimeError) as problem:  # an address with TLS without certificates, or the reverse
            hint = "certificates and keys are in Dask's configuration, under distributed.comm.tls"
            reason = _first_line(problem)
            raise InputError(f"no way to talk to the scheduler: {reason}", where=where, hint=hint) from None
        except (OSError, ValueError) as problem:
            hint = "does it run, and can this machine reach it? dask scheduler starts one"
            raise InputError(f"no Dask scheduler answers: {_first_line(problem)}", where=where, hint=hint) from None
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except OSError:
            hint = "start some: dask worker with the scheduler's address"
            raise InputError("the scheduler has no workers", where=where, hint=hint) from None
        found = Cluster(client, where)
        found.check_versions()
        yield found


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0]


@dataclass(frozen=True, eq=False)
class Spread:
    """Blocks of rows on the workers: a handle for each part, whose items are its blocks.

    by_part  rows of each block of each part
    """

    cluster: Cluster
    held: Sequence[Any]
    by_part: tuple[tuple[int, ...], ...]
    n_features: int
    in_memory: bool = False

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size for part in self.by_part for size in part)

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(number for number, part in enumerate(self.by_part) for _ in part)

    def load(self, number: int) -> Numbers:
        starts = self.starts
        part = max(i for i, start in enumerate(starts[:-1]) if start <= number and self.by_part[i])
        numbers: Numbers = self.cluster.ask("fetch", item, [self.held[part]], [number - starts[part]])[0]
        return numbers

    def map(self, function: Callable[..., T], *along: Sequence[Any]) -> Iterator[T]:
        for part in self.cluster.ask(_name(function), Each(function), self.held, *map(self.by_parts, along)):
            yield from part

    def by_parts(self, along: Sequence[Any]) -> list[Sequence[Any]]:
        """What stands beside the blocks, part by part."""
        starts = self.starts
        return [along[begin:end] for begin, end in pairwise(starts)]

    @property
    def starts(self) -> list[int]:
        """The number of the first block of each part, and how many there are."""
        return [0, *accumulate(map(len, self.by_part))]


def item(kept: Kept, number: int) -> Any:
    """One of the things kept."""
    return kept.items[number]


def _name(function: Any) -> str:
    """A word for the dashboard."""
    inner = getattr(function, "function", function)
    return str(getattr(inner, "__name__", type(inner).__name__)).lower()


@dataclass(frozen=True)
class Each:
    """A function of every block of a part."""

    function: Callable[..., Any]

    def __call__(self, kept: Kept, *beside: Sequence[Any]) -> list[Any]:
        return list(map(self.function, kept.items, *beside))


@dataclass(frozen=True)
class Cut:
    """The chunks of every block of a part, seen through some functions, each with so many things beside the block."""

    through: tuple[tuple[Callable[..., Numbers], int], ...]
    rows_per_chunk: int
    keep_derived: bool

    def __call__(self, kept: Kept, first_rows: Sequence[int], *beside: Sequence[Any]) -> Kept:
        blocks = [list(self._chunks(*one)) for one in zip(kept.items, first_rows, *beside, strict=True)]
        return Kept(blocks, sum(chunk.values.nbytes + 2 * chunk.rows.nbytes for block in blocks for chunk in block))

    def _chunks(self, numbers: Numbers, first_row: int, *beside: Any) -> Iterator[Chunk]:
        left = iter(beside)
        for change, n_given in self.through:
            numbers = change(numbers, *islice(left, n_given))
        return chunks_of(numbers, self.rows_per_chunk, first_row, keep_derived=self.keep_derived)


@dataclass(frozen=True)
class Sums:
    """The sum of a function over the chunks of a part, in a list; of a part without a chunk there is none."""

    function: Callable[[Chunk], Any]

    def __call__(self, kept: Kept) -> list[Any]:
        results = (((0, i), self.function(chunk)) for i, block in enumerate(kept.items) for chunk in block)
        return [fold(results)] if any(kept.items) else []


class Passes:
    """The engine: chunks are cut once and stay on the workers.

    done  called with how many parts of how many a pass has done, where passes are slow enough to be watched
    """

    def __init__(self, blocks: CutBlocks, rows: Spread, views: tuple[View, ...], done: Told) -> None:
        self.blocks, self._cluster, self._done = blocks, rows.cluster, done
        self._seconds = 0.0
        first_rows = list(accumulate(blocks.rows.sizes, initial=0))
        beside = [given for view in views for given in view.given]
        through = tuple((view.through, len(view.given)) for view in views)
        work = Cut(through, blocks.rows_per_chunk, blocks.n_cells <= SMALL)
        self._held = self._cluster.hold("chunks", work, rows.held, *map(rows.by_parts, (first_rows, *beside)))

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        began, n_parts = time.monotonic(), len(self._held)
        done = (lambda n: self._done(n, n_parts)) if self._seconds > SLOW else None
        parts = self._cluster.ask(_name(function), Sums(function), self._held, done=done)
        self._seconds = time.monotonic() - began
        total: S = reduce(add, chain.from_iterable(parts))
        return total


def engine_on_cluster(blocks: CutBlocks, done: Told = lambda n_parts, of: None) -> Engine:
    """The engine for rows that lie on the workers; for rows that were brought here, the simplest."""
    rows, views = _unveiled(blocks.rows)
    return Passes(blocks, rows, views, done) if isinstance(rows, Spread) else Serial(blocks)


def _unveiled(rows: Blocks) -> tuple[Blocks, tuple[View, ...]]:
    """The blocks behind all views, and the views, in the order in which they are seen through."""
    if not isinstance(rows, View):
        return rows, ()
    behind, views = _unveiled(rows.source)
    return behind, (*views, rows)

"""The numbers of a table as they are read: cut into blocks, and kept by column until it is known which are modelled.

A block ends after a fixed number of rows and where a file ends.  A column in which a block has no number is not
stored, so that a table of texts with two columns of numbers needs no more than those two.  Blocks are kept in memory
until what a fit makes of them would not fit there any more; then all of them move to a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emcli.data.blocks import Blocks, Held, T, rows_per_block, walk
from emcli.data.rows import FloatArray, Numbers
from emcli.io.read.store.block_file import BlockFile

RESERVED = 200 << 20  # bytes of memory taken by the program itself, the block that is read and the chunks in work


@dataclass(frozen=True, eq=False)
class InMemory:
    """Some consecutive rows of a part: the columns (n,) that hold a number, by position."""

    n_rows: int
    part: int
    columns: dict[int, FloatArray]

    def fill(self, target: FloatArray, position: int) -> None:
        """Write a column to `target` (n,)."""
        target[:] = self.columns.get(position, np.nan)

    def stored_in(self, file: BlockFile) -> InFile:
        """The same rows, in a file."""
        places = {position: file.add(column.data) for position, column in self.columns.items()}
        return InFile(self.n_rows, self.part, places, file)


@dataclass(frozen=True, eq=False)
class InFile:
    """Some consecutive rows of a part: where in a file the columns that hold a number begin, by position."""

    n_rows: int
    part: int
    places: dict[int, int]
    file: BlockFile

    def fill(self, target: FloatArray, position: int) -> None:
        """Write a column to `target` (n,)."""
        if position in self.places:
            self.file.read_into(target, self.places[position])
        else:
            target[:] = np.nan


@dataclass(frozen=True, eq=False)
class Chosen:
    """Some of the columns of stored blocks, and the position of the weights; a block is put together when wanted."""

    blocks: tuple[InMemory | InFile, ...]
    columns: tuple[int, ...]
    weights: int | None
    in_memory: bool = False

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(block.n_rows for block in self.blocks)

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(block.part for block in self.blocks)

    @property
    def n_features(self) -> int:
        return len(self.columns)

    def load(self, number: int) -> Numbers:
        block = self.blocks[number]
        values = np.empty((len(self.columns), block.n_rows))
        for target, position in zip(values, self.columns, strict=True):
            block.fill(target, position)
        weights = np.ones(block.n_rows)
        if self.weights is not None:
            block.fill(weights, self.weights)
        return Numbers(values.T, weights)

    def map(self, function: Callable[..., T], *along: Sequence[Any]) -> Iterator[T]:
        return map(function, walk(self), *along)


class RowStore:
    """Takes rows of doubles and gives them back as blocks.

    memory     bytes that the process may take; None: as many as it needs
    make_file  where the rows go that do not fit
    """

    def __init__(self, n_columns: int, memory: int | None, make_file: Callable[[], BlockFile]) -> None:
        self.n_rows = 0
        self._n_columns, self._make_file = n_columns, make_file
        self._room = None if memory is None else max(memory - RESERVED, 0)
        self._most = rows_per_block(n_columns)
        self._file: BlockFile | None = None
        self._blocks: list[InMemory | InFile] = []
        self._numeric: set[int] = set()
        self._waiting: list[FloatArray] = []
        self._n_waiting = 0
        self._part = 0

    def append(self, values: FloatArray, part: int) -> None:
        """Add (n, n_columns) rows of a file, given by number."""
        if part != self._part:
            self.end_block()
            self._part = part
        self.n_rows += len(values)
        while len(values):
            room = self._most - self._n_waiting
            self._waiting.append(values[:room])
            self._n_waiting += len(self._waiting[-1])
            values = values[room:]
            if self._n_waiting == self._most:
                self.end_block()

    def end_block(self) -> None:
        """What is waiting becomes a block."""
        if not self._n_waiting:
            return
        columns = {}
        for position in range(self._n_columns):
            column = np.concatenate([piece[:, position] for piece in self._waiting])
            if not np.isnan(column).all():
                columns[position] = column
        block = InMemory(self._n_waiting, self._part, columns)
        self._waiting, self._n_waiting = [], 0
        self._numeric.update(columns)
        self._blocks.append(block if self._file is None else block.stored_in(self._file))
        if self._file is None and self._too_large(len(self._numeric)):
            self.move_to_file()

    def move_to_file(self) -> BlockFile:
        """Every block so far, and those to come."""
        self._file = file = self._make_file()
        self._blocks = [block.stored_in(file) if isinstance(block, InMemory) else block for block in self._blocks]
        return file

    def take_over(self, blocks: Sequence[InFile]) -> None:
        """Blocks that another run has left in a file."""
        self._blocks = list(blocks)
        self.n_rows = sum(block.n_rows for block in blocks)

    def in_file(self) -> list[InFile]:
        """The blocks that were moved to a file: all of them, or none."""
        self.end_block()
        return [block for block in self._blocks if isinstance(block, InFile)]

    def all_blocks(self) -> tuple[InMemory | InFile, ...]:
        """Every block, as it is kept."""
        self.end_block()
        return tuple(self._blocks)

    def release(self, columns: Sequence[int], weights: int | None) -> Blocks:
        """The given columns in the given order, and the weights; the rows are gone from here afterwards."""
        self.end_block()
        blocks, self._blocks = self._blocks, []
        if self._too_large(len(columns)):
            return Chosen(tuple(blocks), tuple(columns), weights)
        taken, parts = [], tuple(block.part for block in blocks)
        while blocks:
            taken.append(Chosen((blocks.pop(0),), tuple(columns), weights).load(0))
        return Held(tuple(taken), parts, len(columns))

    def _too_large(self, n_columns: int) -> bool:
        """Whether rows, their weights, and chunks made of both would be more than there is room for."""
        return self._room is not None and bytes_in_memory(self.n_rows, n_columns) > self._room


def bytes_in_memory(n_rows: int, n_columns: int) -> int:
    """What rows, their weights, and chunks made of both take."""
    return 8 * (2 * n_columns + 3) * n_rows

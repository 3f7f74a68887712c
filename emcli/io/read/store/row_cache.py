"""The numbers of a table kept in a folder of the user's, so that the next run need not parse it again.

A cache is recognised by the content of the input and by how it is read: its name is made of both, so that a changed
file or another reading option simply has another cache.  It holds the columns of the blocks as doubles, then what was
counted on the way as JSON, then the length of that.  A file that does not end as it should is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import Any

from emcli.errors import OutputError
from emcli.io.printable import printable
from emcli.io.read.columns.column_tally import BadCell, ColumnTally
from emcli.io.read.store.block_file import BlockFile
from emcli.io.read.store.row_store import InFile
from emcli.io.read.tables.row_block import Place
from emcli.io.read.text.odd_rows import OddRow
from emcli.io.write.outputs.output_kinds import SUFFIX

FORMAT = "emcli-rows/3"
END = b"emclirow"
FULL = "--cache needs 8 bytes for each number of the table: give a folder with more room"


@dataclass(frozen=True, eq=False)
class Cached:
    """What is in a cache."""

    blocks: list[InFile]
    tallies: list[ColumnTally]
    notes: list[str]


class RowCache:
    """The place in a folder for one table, read in one way.

    content  the digest of the input's bytes
    reading  all else that the numbers depend on
    """

    def __init__(self, folder: str, content: str, reading: str) -> None:
        name = hashlib.sha256(f"{FORMAT}\n{content}\n{reading}".encode()).hexdigest()[:32]
        self._folder = folder
        self._path = os.path.join(folder, f"{name}.emcli-rows")
        self._unfinished = f"{self._path}.{os.getpid()}{SUFFIX}"

    def find(self) -> Cached | None:
        """The cache that an earlier run left; None if there is none or it is damaged."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        size = os.fstat(descriptor).st_size
        file = BlockFile(descriptor, self._folder, FULL, size)
        ending = os.pread(descriptor, 16, max(size - 16, 0))
        told = int.from_bytes(ending[:8], "little")
        if ending[8:] != END or told > size - 16:
            file.close()
            return None
        found = json.loads(os.pread(descriptor, told, size - 16 - told))
        blocks = [
            InFile(n_rows, part, {int(j): place for j, place in places.items()}, file)
            for n_rows, part, places in found["blocks"]
        ]
        return Cached(blocks, list(map(_tally, found["tallies"])), found["notes"])

    def begin(self) -> BlockFile:
        """A new cache, put in place by `finish`."""
        try:
            os.makedirs(self._folder, exist_ok=True)
            descriptor = os.open(self._unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            reason = os.strerror(problem.errno or 0).lower()
            raise OutputError(f"no cache can be kept here: {reason}", where=printable(self._folder, 4096)) from None
        return BlockFile(descriptor, self._folder, FULL)

    def finish(self, file: BlockFile, found: Cached) -> None:
        """Write what was counted, and let later runs find the cache."""
        told: dict[str, Any] = {
            "blocks": [[block.n_rows, block.part, block.places] for block in found.blocks],
            "tallies": [asdict(tally) for tally in found.tallies],
            "notes": found.notes,
        }
        text = json.dumps(told).encode()
        file.add(memoryview(text + len(text).to_bytes(8, "little") + END))
        os.replace(self._unfinished, self._path)

    def abandon(self) -> None:
        """Remove what was not finished; harmless afterwards."""
        if os.path.exists(self._unfinished):
            os.unlink(self._unfinished)


def _tally(plain: dict[str, Any]) -> ColumnTally:
    bad = [BadCell(**{**cell, "odd": _odd(cell["odd"])}) for cell in plain["first_bad"]]
    return ColumnTally(**{**plain, "first_bad": bad})


def _odd(plain: dict[str, Any]) -> OddRow:
    return OddRow(**{**plain, "place": Place(**plain["place"])})

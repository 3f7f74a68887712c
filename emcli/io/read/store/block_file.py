"""Columns of doubles one behind the other in a file, read back by place: what does not fit into memory.

A file without a name is removed by the system as soon as nobody has it open, whatever ends the process.
"""

from __future__ import annotations

import os
import tempfile
from typing import NoReturn

from emcli.data.rows import FloatArray
from emcli.errors import OutputError, WriteError
from emcli.io.printable import printable

MORE_ROOM = "set TMPDIR to a folder with more room, keep the table elsewhere with --cache DIR, or raise --memory"


class BlockFile:
    """The open file, owned; `folder` is where messages say it lies, `hint` what to do when that is full."""

    def __init__(self, descriptor: int, folder: str, hint: str, size: int = 0) -> None:
        self._descriptor = descriptor
        self._folder, self._hint = folder, hint
        self.size = size

    def add(self, data: memoryview) -> int:
        """Write at the end; returns the place.  WriteError if the disk is full."""
        place = self.size
        left = data.cast("B")
        while left:
            try:
                written = os.pwrite(self._descriptor, left, self.size)
            except OSError as problem:
                self._fail(problem)
            left = left[written:]
            self.size += written
        return place

    def read_into(self, target: FloatArray, place: int) -> None:
        """Fill a contiguous array (n,) from a place."""
        left = target.data.cast("B")
        while left:
            n_read = os.preadv(self._descriptor, [left], place)
            if not n_read:
                raise WriteError("the rows kept here are cut short", where=self._folder, hint="run the command again")
            left = left[n_read:]
            place += n_read

    def close(self) -> None:
        os.close(self._descriptor)

    def _fail(self, problem: OSError) -> NoReturn:
        reason = os.strerror(problem.errno or 0).lower()
        raise WriteError(
            f"the rows do not fit into memory and cannot be kept here: {reason}",
            where=printable(self._folder, 4096),
            hint=self._hint,
        ) from None


def unnamed_file() -> BlockFile:
    """A file in the folder for temporary ones that disappears with the process."""
    folder = tempfile.gettempdir()
    try:
        descriptor, path = tempfile.mkstemp(prefix="emcli-rows-", dir=folder)
    except OSError as problem:
        raise OutputError(
            f"no temporary file can be made here: {os.strerror(problem.errno or 0).lower()}",
            where=folder,
            hint=MORE_ROOM,
        ) from None
    os.unlink(path)
    return BlockFile(descriptor, folder, MORE_ROOM)

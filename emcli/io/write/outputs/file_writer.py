"""Write bytes to a file descriptor until they are really there, or say why not.

Python's own file objects retry a failed flush when they are collected and then complain on stderr; this
writer gives up a failed file in silence after it has raised.  Small pieces are gathered, short writes are
continued, a pipe that is full for the moment is waited for, and an error at `fsync` or `close` (a network
disk reports a full disk only there) counts like one at `write`.  A closed pipe is let through as
`BrokenPipeError`: it is no fault of the output.
"""

from __future__ import annotations

import errno
import os
import select
import stat
from contextlib import suppress
from typing import NoReturn, Protocol, TypeAlias

from emcli.errors import WriteError

GATHER = 1 << 18  # bytes; large enough that system calls cost nothing, small enough to stay in the cache
NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EROFS)  # what a file system answers that has no fsync to offer


Bytes: TypeAlias = bytes | memoryview


class ByteSink(Protocol):
    """Anything that bytes can be written to."""

    def write(self, data: Bytes, /) -> object: ...
    def flush(self) -> object: ...


class FileWriter:
    """The writing end of one descriptor, which it owns; `name` is what messages call it."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor: int | None = descriptor
        self._name = name
        self._gathered: list[Bytes] = []
        self._size = 0

    def write(self, data: Bytes) -> int:
        """Take all of `data`; it reaches the file at the latest in `close`."""
        self._gathered.append(data)
        self._size += len(data)
        if self._size >= GATHER:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Hand everything taken so far to the operating system."""
        data = memoryview(b"".join(self._gathered))
        self._gathered, self._size = [], 0
        while data:
            data = data[self._write_some(data) :]

    def close(self) -> None:
        """Flush, bring a regular file to the disk, and close; raises WriteError if any of it fails."""
        self.flush()
        try:
            self._sync()
            descriptor, self._descriptor = self._open_descriptor(), None
            os.close(descriptor)
        except OSError as error:
            self._fail(error)

    def abandon(self) -> None:
        """Close without flushing and without complaint; harmless after `close`."""
        descriptor, self._descriptor = self._descriptor, None
        self._gathered, self._size = [], 0
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)

    def _write_some(self, data: memoryview) -> int:
        descriptor = self._open_descriptor()
        try:
            return os.write(descriptor, data)
        except BlockingIOError:
            select.select([], [descriptor], [])
            return 0
        except OSError as error:
            self._fail(error)

    def _sync(self) -> None:
        descriptor = self._open_descriptor()
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in NO_SYNC:
                raise

    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError(f"{self._name}: written to after it was closed")
        return self._descriptor

    def _fail(self, error: OSError) -> NoReturn:
        if isinstance(error, BrokenPipeError):
            raise error
        raise WriteError(f"cannot be written: {error.strerror}", where=self._name) from error

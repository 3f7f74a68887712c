"""The bytes of an input, readable any number of times from any place.

A regular file is read where it lies: its descriptor stays open, so replacing the file by another (as emcli itself
does when output = input) changes nothing, and a change of its content is noticed by size and time.  It is never
mapped into memory, since a file cut short meanwhile would kill the process.  Pipes, FIFOs and devices are read
once; what was read is kept in an unlinked temporary file.  URLs are opened by `remote_bytes`.
"""

from __future__ import annotations

import os
import re
import select
import stat
import tempfile
from typing import BinaryIO, NoReturn, Protocol, cast

from emcli.errors import BadData, EmcliError, InputError, UsageError
from emcli.io.printable import printable

STDIN = "<stdin>"
URL = re.compile("[A-Za-z][A-Za-z0-9+.-]*://")
PIECE = 1 << 20  # bytes asked of a pipe at once
IN_MEMORY = 1 << 24  # bytes of a pipe kept in memory before a temporary file is made


class RawBytes(Protocol):
    """An input's bytes as they are on disk."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end."""
        ...

    def size(self) -> int:
        """How many bytes there are; of a pipe, once it has ended."""
        ...

    @property
    def version(self) -> object:
        """What changes when the input does."""
        ...

    def check_unchanged(self) -> None:
        """BadData if the input is no longer the one that was opened."""
        ...

    def close(self) -> None: ...


class FileBytes:
    """A regular file, read at the place its descriptor stood when it was handed over."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self._name = name
        self._start = os.lseek(descriptor, 0, os.SEEK_CUR)
        self._opened = _version(descriptor)

    def read_at(self, offset: int, size: int) -> bytes:
        pieces = []
        while size > 0:
            try:
                piece = os.pread(self._descriptor, size, self._start + offset)
            except OSError as problem:
                raise _cannot_read(self._name, problem) from None
            if not piece:
                break
            pieces.append(piece)
            offset += len(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def size(self) -> int:
        return os.fstat(self._descriptor).st_size - self._start

    @property
    def version(self) -> object:
        return self._opened

    def check_unchanged(self) -> None:
        if _version(self._descriptor) != self._opened:
            raise BadData(
                "the file changed while it was being read",
                where=printable(self._name, 4096),
                hint="run the command again when nothing writes to it",
            )

    def close(self) -> None:
        os.close(self._descriptor)


class Once(Protocol):
    """Bytes that come one after the other and only once."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end.  InputError if they do not come."""
        ...

    def close(self) -> None: ...


class Pipe:
    """A pipe, FIFO or device."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor, self._name = descriptor, name

    def read(self, size: int) -> bytes:
        while True:
            try:
                return os.read(self._descriptor, size)
            except BlockingIOError:  # another process made the pipe non-blocking
                select.select([self._descriptor], [], [])
            except OSError as problem:
                raise _cannot_read(self._name, problem) from None

    def close(self) -> None:
        os.close(self._descriptor)


class SpooledBytes:
    """What comes only once: read once, kept for further passes."""

    def __init__(self, once: Once, name: str, version: object = None) -> None:
        self._once = once
        self._name = name
        self.version = version
        spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115, closed by close()
        self._spool = cast(BinaryIO, spool)
        self._kept = 0
        self._ended = False

    def read_at(self, offset: int, size: int) -> bytes:
        while not self._ended and self._kept < offset + size:
            self._keep(self._once.read(max(PIECE, offset + size - self._kept)))
        self._spool.seek(offset)
        return self._spool.read(size)

    def _keep(self, piece: bytes) -> None:
        self._ended = not piece
        self._kept += len(piece)
        try:
            self._spool.seek(0, os.SEEK_END)
            self._spool.write(piece)
        except OSError as problem:
            reason = _reason(problem)
            raise InputError(
                f"its bytes cannot be kept for a second pass in {tempfile.gettempdir()}: {reason}",
                where=self._name,
                hint="name the file itself, or set TMPDIR to a folder with more room",
            ) from None

    def size(self) -> int:
        while not self._ended:
            self._keep(self._once.read(PIECE))
        return self._kept

    def check_unchanged(self) -> None:
        pass  # what was read once is kept

    def close(self) -> None:
        self._spool.close()
        self._once.close()


def open_bytes(path: str) -> RawBytes:
    """The bytes of the file at `path`, which may be a URL, or of standard input for "-".

    InputError if it cannot be opened, UsageError if it is what standard output leads to.
    """
    if is_url(path):
        from emcli.io.read.bytes.remote_bytes import open_url

        return open_url(path)
    name = display_name(path)
    try:
        descriptor = os.dup(0) if path == "-" else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError) as problem:
        _refuse(path, problem)
    state = os.fstat(descriptor)
    try:
        _check_kind(state, printable(name, 4096))
    except EmcliError:
        os.close(descriptor)
        raise
    return FileBytes(descriptor, name) if stat.S_ISREG(state.st_mode) else SpooledBytes(Pipe(descriptor, name), name)


def is_url(path: str) -> bool:
    """Whether this is the address of something that fsspec opens, and not a path."""
    return URL.match(path) is not None


def _check_kind(state: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise InputError("is a directory, not a file", where=name)
    if stat.S_ISREG(state.st_mode) and _is_standard_output(state):
        raise UsageError(
            "standard output leads into this input (>> or >)",
            where=name,
            hint="name the output with -o: it may be the input, which is replaced after it was read",
        )


def _is_standard_output(state: os.stat_result) -> bool:
    try:
        return os.path.samestat(state, os.fstat(1))
    except OSError:  # it is closed
        return False


def display_name(path: str) -> str:
    """How messages call the input."""
    return STDIN if path == "-" else path


def _refuse(path: str, problem: OSError | ValueError) -> NoReturn:
    reason = _reason(problem) if isinstance(problem, OSError) else "a file name cannot hold a NUL byte"
    hint = _near_file(path) if isinstance(problem, FileNotFoundError) else None
    where = printable(display_name(path), 4096)
    raise InputError(f"cannot be opened: {reason}", where=where, hint=hint) from None


def _near_file(path: str) -> str | None:
    """A file in the same folder with a similar name."""
    from difflib import get_close_matches

    folder, name = os.path.split(path)
    try:
        near = get_close_matches(name, os.listdir(folder or "."), n=1, cutoff=0.75)
    except OSError:
        return None
    return f"did you mean '{printable(os.path.join(folder, near[0]), 4096)}'?" if near else None


def _cannot_read(name: str, problem: OSError) -> EmcliError:
    return InputError(f"cannot be read: {_reason(problem)}", where=printable(name, 4096))


def _reason(problem: OSError) -> str:
    return os.strerror(problem.errno).lower() if problem.errno else str(problem)


def _version(descriptor: int) -> tuple[int, ...]:
    state = os.fstat(descriptor)
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns

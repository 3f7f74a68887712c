"""The two ways an output comes into being: written straight, or as a replacement that is renamed into place.

Both go through the same steps: `open` gives the file to write to, `finish` brings it to the disk, `place`
makes it the output, and `discard`, which comes last in any case, removes whatever was not put in place and, if not
all outputs were, brings back what `keep_old` has kept.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from emcli.errors import OutputError, WriteError
from emcli.io.write.outputs.compress_out import CompressedWriter, compressed
from emcli.io.write.outputs.file_writer import ByteSink, FileWriter
from emcli.io.write.outputs.output_target import Target, already_exists
from emcli.io.write.sinks.parquet_out import EXTENSION, ParquetOut

SUFFIX = ".emcli-tmp"
_LONGEST = 255 - len(SUFFIX) - len("..01234567")  # bytes of the target's name that fit into a file name


class Straight:
    """A device, FIFO or stream: what is written is out at once."""

    folder = ""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._writer: FileWriter | CompressedWriter | ParquetOut | None = None

    def open(self) -> ByteSink:
        target = self._target
        try:
            if target.descriptor is None:
                descriptor = os.open(target.path, os.O_WRONLY | os.O_NOCTTY)
            else:
                descriptor = os.dup(target.descriptor)
        except OSError as error:
            raise OutputError(f"cannot be opened: {error.strerror}", where=target.name) from error
        self._writer = shaped(target.name, FileWriter(descriptor, target.name))
        return self._writer

    def finish(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def keep_old(self) -> None:
        """Nothing to do: nothing is replaced."""

    def place(self) -> None:
        """Nothing to do: it is there."""

    def discard(self, *, keep_new: bool) -> None:
        if self._writer is not None:
            self._writer.abandon()


class Replacement:
    """A regular file: written under a temporary name, then renamed onto its target."""

    def __init__(self, target: Target, clobber: bool) -> None:
        self._target = target
        self._clobber = clobber
        self._temporary: str | None = None
        self._kept: str | None = None
        self._ours: os.stat_result | None = None
        self._writer: FileWriter | CompressedWriter | ParquetOut | None = None
        self.folder = os.path.dirname(target.path)

    def open(self) -> ByteSink:
        try:
            descriptor = self._create()
        except OSError as error:
            raise OutputError(f"cannot be created: {error.strerror}", where=self._target.name) from error
        self._ours = os.fstat(descriptor)
        writer = FileWriter(descriptor, self._target.name)
        self._writer = writer
        _take_over(self._target.old, descriptor)
        self._writer = shaped(self._target.name, writer)
        return self._writer

    def expect(self, temporary: str) -> None:
        """Somebody else writes the file, to this path, before `finish`."""
        self._temporary = temporary

    def finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
        elif self._temporary is not None:
            try:
                self._ours = os.stat(self._temporary)
            except OSError as error:
                raise WriteError(f"cannot be put in place: {error.strerror}", where=self._target.name) from error

    def keep_old(self) -> None:
        """Give the old file a second name, if there is one and the file system lets us."""
        self._kept = _temporary_name(self._target.path)
        with suppress(OSError):
            os.link(self._target.path, self._kept)

    def place(self) -> None:
        temporary, target = self._temporary, self._target
        if temporary is None:
            return
        try:
            if self._clobber or not _link(temporary, target.path):
                os.replace(temporary, target.path)
                self._temporary = None
        except FileExistsError:
            raise already_exists().at(target.name) from None
        except OSError as error:
            raise WriteError(f"cannot be put in place: {error.strerror}", where=target.name) from error

    def discard(self, *, keep_new: bool) -> None:
        if self._writer is not None:
            self._writer.abandon()
        if not keep_new:
            self._take_back()
        for name in (self._temporary, self._kept):
            if name is not None:
                with suppress(OSError):
                    os.unlink(name)

    def _take_back(self) -> None:
        """Undo `place`, if it got as far as to put our file there."""
        with suppress(OSError):
            if self._ours is None or not os.path.samestat(os.stat(self._target.path), self._ours):
                return
            if self._kept is not None and os.path.lexists(self._kept):
                os.replace(self._kept, self._target.path)
            elif self._target.old is None:
                os.unlink(self._target.path)

    def _create(self) -> int:
        old = self._target.old
        mode = 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o666  # private from the start
        while True:
            self._temporary = _temporary_name(self._target.path)
            try:
                return os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            except FileExistsError:
                self._temporary = None  # somebody else's: not ours to remove


def _temporary_name(path: str) -> str:
    folder, base = os.path.split(os.fsencode(path))
    unique = os.urandom(4).hex().encode()
    return os.fsdecode(os.path.join(folder, b"." + base[:_LONGEST] + b"." + unique + SUFFIX.encode()))


def _take_over(old: os.stat_result | None, descriptor: int) -> None:
    """Give the new file the owner and mode of the old one, as far as permitted."""
    if old is None:
        return
    new = os.fstat(descriptor)
    with suppress(OSError):
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    with suppress(OSError):
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _link(temporary: str, path: str) -> bool:
    """Put the file in place only if nothing is there; False where the file system has no hard links."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError from None
        return False
    return True


def shaped(name: str, writer: FileWriter) -> FileWriter | CompressedWriter | ParquetOut:
    """`writer` itself, or behind what the extension of a name asks for."""
    return ParquetOut(name, writer) if name.lower().endswith(EXTENSION) else compressed(name, writer)

"""Put outputs in place whole or not at all.

An output is written to a temporary file beside its target (`.NAME.xxxxxxxx.emcli-tmp`), brought to the disk
and renamed onto the target at the very end.  Whatever goes wrong before (a full disk, Ctrl-C, a bad row),
the old file stays as it was and the temporary one is removed.  Several outputs of one command are put in
place together, after the last one has been written completely.

Invariants 1. A name is registered for removal before the file is created: no moment exists at which a
signal could leave it. 2. Nothing is renamed before everything has been written, synced and closed without
error. 3. Devices, FIFOs and streams are written straight and never renamed onto.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType

from emcli.errors import OutputError, WriteError
from emcli.io.compress_out import CompressedWriter, compressed
from emcli.io.file_writer import ByteSink, FileWriter
from emcli.io.output_target import Target, already_exists, check_output, find_target, refuse_same_file

__all__ = ["ByteSink", "Outputs", "check_output", "open_output", "refuse_same_file"]

SUFFIX = ".emcli-tmp"
_LONGEST = 255 - len(SUFFIX) - len("..01234567")  # bytes of the target's name that fit into a file name


@contextmanager
def open_output(path: str, *, clobber: bool = True) -> Iterator[ByteSink]:
    """A binary file to write to, put in place when the block ends without an exception; "-" is stdout.

    Raises OutputError if it cannot be created, WriteError if it cannot be written to the end; BrokenPipeError
    passes through.  A name ending in .gz, .bz2, .xz or .zst is compressed.
    """
    with Outputs(clobber=clobber) as outputs:
        yield outputs.open(path)


class Outputs:
    """Several outputs of one command: all are put in place, or none.

    with Outputs() as outputs:
        model = outputs.open("model.yaml")
        table = outputs.open("responsibilities.csv")
    """

    def __init__(self, *, clobber: bool = True) -> None:
        self._clobber = clobber
        self._products: list[_Straight | _Replacement] = []

    def open(self, path: str) -> ByteSink:
        """Begin one more output; the object returned has `write` and `flush`."""
        target = find_target(path, self._clobber)
        product = _Straight(target) if target.straight else _Replacement(target, self._clobber)
        self._products.append(product)
        return product.open()

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as removal:
            for product in self._products:
                removal.callback(product.discard)
            if kind is None:
                self._put_in_place()

    def _put_in_place(self) -> None:
        for product in self._products:
            product.finish()
        for product in self._products:
            product.place()
        for folder in sorted({product.folder for product in self._products} - {""}):
            _sync_folder(folder)


class _Straight:
    """A device, FIFO or stream: what is written is out at once."""

    folder = ""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._writer: FileWriter | CompressedWriter | None = None

    def open(self) -> ByteSink:
        target = self._target
        try:
            if target.descriptor is None:
                descriptor = os.open(target.path, os.O_WRONLY | os.O_NOCTTY)
            else:
                descriptor = os.dup(target.descriptor)
        except OSError as error:
            raise OutputError(f"cannot be opened: {error.strerror}", where=target.name) from error
        self._writer = compressed(target.name, FileWriter(descriptor, target.name))
        return self._writer

    def finish(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def place(self) -> None:
        """Nothing to do: it is there."""

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.abandon()


class _Replacement:
    """A regular file: written under a temporary name, then renamed onto its target."""

    def __init__(self, target: Target, clobber: bool) -> None:
        self._target = target
        self._clobber = clobber
        self._temporary: str | None = None
        self._writer: FileWriter | CompressedWriter | None = None
        self.folder = os.path.dirname(target.path)

    def open(self) -> ByteSink:
        try:
            descriptor = self._create()
        except OSError as error:
            raise OutputError(f"cannot be created: {error.strerror}", where=self._target.name) from error
        writer = FileWriter(descriptor, self._target.name)
        self._writer = writer
        _take_over(self._target.old, descriptor)
        self._writer = compressed(self._target.name, writer)
        return self._writer

    def finish(self) -> None:
        if self._writer is not None:
            self._writer.close()

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

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.abandon()
        if self._temporary is not None:
            with suppress(OSError):
                os.unlink(self._temporary)

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


def _sync_folder(folder: str) -> None:
    """Make the rename last through a power cut; the new file is in place whether or not this is possible."""
    with suppress(OSError), ExitStack() as stack:
        descriptor = os.open(folder, os.O_RDONLY)
        stack.callback(os.close, descriptor)
        os.fsync(descriptor)

"""Put outputs in place whole or not at all.

An output is written to a temporary file beside its target (`.NAME.xxxxxxxx.emcli-tmp`), brought to the disk
and renamed onto the target at the very end.  Whatever goes wrong before (a full disk, Ctrl-C, a bad row),
the old file stays as it was and the temporary one is removed.  Several outputs of one command are put in
place together, after the last one has been written completely; if one of them cannot be, those before it are taken
back: the old file was kept under a second temporary name (a hard link, where the file system has them).

Invariants 1. A name is registered for removal before the file is created: no moment exists at which a
signal could leave it. 2. Nothing is renamed before everything has been written, synced and closed without
error. 3. Devices, FIFOs and streams are written straight and never renamed onto.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType

from emcli.io.write.outputs.file_writer import ByteSink
from emcli.io.write.outputs.output_kinds import Replacement, Straight
from emcli.io.write.outputs.output_target import check_output, find_target, refuse_same_file

__all__ = ["ByteSink", "Outputs", "check_output", "open_output", "refuse_same_file"]


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
        self._products: list[Straight | Replacement] = []
        self._in_place = False

    def open(self, path: str) -> ByteSink:
        """Begin one more output; the object returned has `write` and `flush`."""
        target = find_target(path, self._clobber)
        product = Straight(target) if target.straight else Replacement(target, self._clobber)
        self._products.append(product)
        return product.open()

    def expect(self, path: str, written: str) -> None:
        """One more output, which somebody else writes to the path `written`, in a folder of the same file system."""
        product = Replacement(find_target(path, self._clobber), self._clobber)
        self._products.append(product)
        product.expect(written)

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as removal:
            for product in self._products:
                removal.callback(self._discard, product)
            if kind is None:
                self._put_in_place()

    def _discard(self, product: Straight | Replacement) -> None:
        product.discard(keep_new=self._in_place)

    def _put_in_place(self) -> None:
        for product in self._products:
            product.finish()
        if len(self._products) > 1:
            for product in self._products:
                product.keep_old()
        for product in self._products:
            product.place()
        self._in_place = True
        for folder in sorted({product.folder for product in self._products} - {""}):
            _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    """Make the rename last through a power cut; the new file is in place whether or not this is possible."""
    with suppress(OSError), ExitStack() as stack:
        descriptor = os.open(folder, os.O_RDONLY)
        stack.callback(os.close, descriptor)
        os.fsync(descriptor)

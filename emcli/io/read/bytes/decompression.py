"""The bytes inside gzip, bzip2, xz and Zstandard files.

A compressed input is recognised by its first bytes, so a wrong extension does not matter; an extension that
promises compression which is not there is an error, because such a file is probably damaged.  Files of other
well known kinds (workbooks, Parquet, pictures) are named instead of being taken for bad text.
"""

from __future__ import annotations

import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Protocol, cast

from emcli.errors import BadData, EmcliError
from emcli.io.printable import in_quotes
from emcli.io.read.bytes.raw_bytes import RawBytes

MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
EXTENSIONS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
OTHER_KINDS = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3\0": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
}
LONGEST_MAGIC = 16


class Digest(Protocol):
    """A running hash, as hashlib makes them."""

    def update(self, data: bytes, /) -> None: ...


class RawStream(io.RawIOBase):
    """One pass over an input's bytes from the first on; a digest sees each byte once."""

    def __init__(self, raw: RawBytes, digest: Digest | None = None) -> None:
        self._raw = raw
        self._offset = 0
        self._digest = digest

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        piece = self.take(len(target))
        target[: len(piece)] = piece
        return len(piece)

    def take(self, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        piece = self._raw.read_at(self._offset, size)
        self._offset += len(piece)
        if self._digest is not None:
            self._digest.update(piece)
        return piece


def compression_of(raw: RawBytes, name: str) -> str | None:
    """The compression of an input by content; BadData if its name promises another or it is no table at all."""
    start = raw.read_at(0, LONGEST_MAGIC)
    for magic, what in OTHER_KINDS.items():
        if start.startswith(magic):
            raise BadData(f"is {what}, not a text table", where=name, hint="save it as CSV first")
    for magic, compression in MAGIC.items():
        if start.startswith(magic) and not (compression == "bzip2" and start[3:4] not in b"123456789"):
            return compression
    for extension, compression in EXTENSIONS.items():
        if start and name.lower().endswith(extension):
            raise BadData(
                f"its name ends in {extension}, but it does not hold {compression} data",
                where=name,
                detail=f"it begins with {in_quotes(start.decode('latin-1'))}",
                hint="rename it if it is plain text",
            )
    return None


def content_pieces(
    raw: RawBytes, name: str, compression: str | None, size: int, digest: Digest | None = None
) -> Iterator[bytes]:
    """The decompressed content in pieces of about `size` bytes; BadData if it is damaged or cut short."""
    stream = RawStream(raw, digest)
    if compression is None:
        while piece := stream.take(size):
            yield piece
        return
    opened = _OPENERS[compression](cast(BinaryIO, io.BufferedReader(stream, 1 << 18)))
    while piece := _read_piece(opened, size, name, compression):
        yield piece
    while stream.take(1 << 20):
        pass  # bytes behind the end of the archive belong to the digest


def _read_piece(opened: BinaryIO, size: int, name: str, compression: str) -> bytes:
    try:
        return opened.read(size)
    except EmcliError:
        raise
    except EOFError:
        damage = "end too early: the file is truncated"
    except (OSError, zlib.error, lzma.LZMAError, ValueError) as problem:
        truncated = "truncated" in str(problem).lower() or "incomplete" in str(problem).lower()
        damage = "end too early: the file is truncated" if truncated else "are corrupt"
    raise BadData(f"the {compression} data {damage}", where=name)


def _open_gzip(stream: BinaryIO) -> BinaryIO:
    import gzip

    return cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))


def _open_bzip2(stream: BinaryIO) -> BinaryIO:
    import bz2

    return cast(BinaryIO, bz2.BZ2File(stream))


def _open_xz(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, lzma.LZMAFile(stream))


def _open_zstd(stream: BinaryIO) -> BinaryIO:
    import pyarrow as pa

    return cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"))


_OPENERS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    "gzip": _open_gzip,
    "bzip2": _open_bzip2,
    "xz": _open_xz,
    "zstd": _open_zstd,
}

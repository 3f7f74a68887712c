"""Compress an output as its name asks: .gz, .bz2, .xz, .zst.

The same content gives the same bytes on every run: no time stamp and no file name go into the archive.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from emcli.io.write.outputs.file_writer import Bytes, FileWriter


class Compressor(Protocol):
    """The common face of the standard library's compressors."""

    def compress(self, data: Bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class CompressedWriter:
    """Compresses what is written and passes it on; `close` ends the archive and closes the file."""

    def __init__(self, compressor: Compressor, writer: FileWriter) -> None:
        self._compressor = compressor
        self._writer = writer

    def write(self, data: Bytes) -> int:
        self._writer.write(self._compressor.compress(data))
        return len(data)

    def flush(self) -> None:
        """Nothing: cutting an archive in pieces would cost size, and `close` follows anyway."""

    def close(self) -> None:
        self._writer.write(self._compressor.flush())
        self._writer.close()

    def abandon(self) -> None:
        self._writer.abandon()


def compressed(path: str, writer: FileWriter) -> FileWriter | CompressedWriter:
    """`writer` itself, or behind the compressor that the extension of `path` names."""
    compressor = _compressor(path)
    return writer if compressor is None else CompressedWriter(compressor, writer)


def _compressor(path: str) -> Compressor | None:
    extension = os.path.splitext(path)[1].lower()
    if extension == ".gz":
        import zlib

        return zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # 16: a gzip header, its time stamp 0
    if extension == ".bz2":
        import bz2

        return bz2.BZ2Compressor()
    if extension == ".xz":
        import lzma

        return lzma.LZMACompressor()
    return _Zstandard() if extension == ".zst" else None


class _Kept(io.BytesIO):
    """A buffer that can still be read after Arrow has closed it."""

    def close(self) -> None:
        pass


class _Zstandard:
    """Arrow's codec with the face of the others: the standard library has none before Python 3.14."""

    def __init__(self) -> None:
        import pyarrow as pa

        self._buffer = _Kept()
        self._stream = pa.CompressedOutputStream(pa.PythonFile(self._buffer, mode="w"), "zstd")

    def compress(self, data: Bytes) -> bytes:
        self._stream.write(data)
        return self._take()

    def flush(self) -> bytes:
        self._stream.close()
        return self._take()

    def _take(self) -> bytes:
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return data

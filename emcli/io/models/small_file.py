"""Read a small text file whole (a model, a settings file), with a limit instead of an exhausted memory."""

from __future__ import annotations

from emcli.errors import EmcliError
from emcli.io.printable import printable
from emcli.io.read.bytes.decompression import compression_of, content_pieces
from emcli.io.read.bytes.raw_bytes import display_name, open_bytes

LIMIT = 1 << 28  # bytes: a full model of 1000 components in 100 columns
PIECE = 1 << 20


def shown_name(path: str) -> str:
    """What messages call the file; "-" is standard input."""
    return printable(display_name(path), 4096)


def read_text(path: str, bad: type[EmcliError]) -> str:
    """The content, which is UTF-8 with or without a byte order mark, and may be compressed.

    Raises InputError if it cannot be opened or read, BadData if an archive is damaged, and `bad` if it is
    too large or not text.
    """
    name = shown_name(path)
    data = b"".join(_pieces(path, name, bad))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise bad("is not text in UTF-8", where=f"{name}:{line}") from error


def _pieces(path: str, name: str, bad: type[EmcliError]) -> list[bytes]:
    raw = open_bytes(path)
    try:
        pieces, size = [], 0
        for piece in content_pieces(raw, name, compression_of(raw, name), PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > LIMIT:
                raise bad(f"is larger than {LIMIT >> 20} MiB", where=name)
        return pieces
    finally:
        raw.close()

"""An input's text as UTF-8, whatever its encoding.

UTF-8 passes through as it is (a byte order mark is taken off; the table reader checks each block, where it
can tell the line).  Other encodings are decoded strictly, piece by piece.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from emcli.errors import BadData

BYTE_ORDER_MARKS = {  # UTF-32 before UTF-16, whose mark is its beginning
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def utf8_pieces(pieces: Iterable[bytes], encoding: str | None, name: str) -> Iterator[bytes]:
    """The same text in UTF-8 without a byte order mark; BadData where bytes do not fit the encoding."""
    iterator = iter(pieces)
    first = next(iterator, b"")
    found = encoding or _marked_encoding(first)
    if codecs.lookup(found).name in ("utf-8", "utf-8-sig", "ascii"):
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from iterator
    else:
        yield from _recoded(_chain(first, iterator), found, name)


def _marked_encoding(start: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    return "utf-8"


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _recoded(pieces: Iterator[bytes], encoding: str, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines, offset = 1, 0
    for piece in pieces:
        pending = len(decoder.getstate()[0])
        text = _decoded(decoder, piece, False, encoding, name, lines, offset - pending)
        lines += text.count("\n")
        offset += len(piece)
        yield (text.removeprefix("\ufeff") if offset == len(piece) else text).encode("utf-8", "surrogatepass")
    yield _decoded(decoder, b"", True, encoding, name, lines, offset).encode("utf-8", "surrogatepass")


def _decoded(
    decoder: codecs.IncrementalDecoder,
    piece: bytes,
    final: bool,
    encoding: str,
    name: str,
    lines: int,
    offset: int,
) -> str:
    try:
        return decoder.decode(piece, final)
    except UnicodeError as problem:
        place = problem.start if isinstance(problem, UnicodeDecodeError) else 0
        good = piece[:place].decode(encoding, "ignore") if place else ""
        raise BadData(
            f"byte {offset + place} is not {encoding}",
            where=f"{name}:{lines + good.count(chr(10))}",
            hint="give the file's encoding, for example --encoding cp1252",
        ) from None

"""An input's text as UTF-8, whatever its encoding.

UTF-8 passes through as it is (a byte order mark is taken off; the table reader checks each block, where it
can tell the line).  Other encodings are decoded strictly, piece by piece.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from emcli.errors import BadData

BYTE_ORDER_MARKS = {  # UTF-32 before UTF-16, whose mark is its beginning
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
LONGEST_MARK = 2 * max(map(len, BYTE_ORDER_MARKS))  # some files have two


def utf8_pieces(pieces: Iterable[bytes], encoding: str | None, name: str) -> Iterator[bytes]:
    """The same text in UTF-8 without a byte order mark; BadData where bytes do not fit the encoding."""
    iterator = iter(pieces)
    first = _start(iterator)
    found = encoding or _marked_encoding(first)
    if codecs.lookup(found).name in ("utf-8", "utf-8-sig", "ascii"):
        yield without_marks(first)
        yield from iterator
    else:
        yield from _recoded(chain([first], iterator), found, name)


def without_marks(start: bytes) -> bytes:
    """The beginning of a text without the byte order marks of UTF-8."""
    while start.startswith(codecs.BOM_UTF8):
        start = start.removeprefix(codecs.BOM_UTF8)
    return start


def _start(pieces: Iterator[bytes]) -> bytes:
    """The first pieces, enough to hold a byte order mark."""
    start = b""
    for piece in pieces:
        start += piece
        if len(start) >= LONGEST_MARK:
            break
    return start


def _marked_encoding(start: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    return "utf-8"


def _recoded(pieces: Iterator[bytes], encoding: str, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines, offset = 1, 0
    for piece in chain(pieces, [None]):
        start = offset - len(decoder.getstate()[0])  # bytes of a character that was cut wait in the decoder
        try:
            text = decoder.decode(piece or b"", final=piece is None)
        except UnicodeError as problem:
            raise _undecodable(problem, encoding, f"{name}:{lines + _good_lines(problem, encoding)}", start) from None
        yield (text if offset else text.lstrip("\ufeff")).encode("utf-8", "surrogatepass")
        lines += text.count("\n")
        offset += len(piece or b"")


def _good_lines(problem: UnicodeError, encoding: str) -> int:
    """Line ends before the bytes that do not fit."""
    if not isinstance(problem, UnicodeDecodeError):
        return 0
    return problem.object[: problem.start].decode(encoding, "ignore").count("\n")


def _undecodable(problem: UnicodeError, encoding: str, where: str, start: int) -> BadData:
    place = start + (problem.start if isinstance(problem, UnicodeDecodeError) else 0)
    return BadData(
        f"byte {place} is not {encoding}",
        where=where,
        hint="give the file's encoding, for example --encoding cp1252",
    )

"""Pieces of text cut where records end.

A piece from a file ends anywhere; what is behind its last complete record waits for the next piece.  A record that
is longer than a block makes the wait longer, up to a limit that keeps a forgotten quote from taking all
memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emcli.errors import BadData
from emcli.io.dialect import Dialect
from emcli.io.splitting import Malformed, Split, split

LINE_FEED = b"\n"
LONGEST_RECORD = 1 << 28  # bytes; a longer one is a forgotten quote or not a table


def complete_records(
    pieces: Iterator[bytes], dialect: Dialect, name: str, line: int
) -> Iterator[tuple[bytes, Split]]:
    """Texts that begin and end with a record, and where their cells end; BadData where the text is not CSV."""
    end = dialect.line_end[-1].encode()
    waiting: list[bytes] = []
    n_waiting, enough = 0, 0
    for piece in pieces:
        waiting.append(piece)
        n_waiting += len(piece)
        if (
            n_waiting < enough
        ):  # the last look found no complete record: look again when there is twice as much
            continue
        text = b"".join(waiting)
        found = _split(text, dialect, False, name, line)
        if found.consumed:
            yield text[: found.consumed], found
            line += count_byte(text[: found.consumed], end)
        waiting = [text[found.consumed :]]
        n_waiting = len(waiting[0])
        enough = 0 if found.consumed else 2 * n_waiting
        _check_length(n_waiting, text, name, line)
    text = b"".join(waiting)
    if text:
        text += b"" if text.endswith(end) else end
        yield text, _split(text, dialect, True, name, line)


def count_byte(text: bytes, byte: bytes) -> int:
    """How often a byte occurs; quicker than bytes.count where it occurs often."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord(byte)))


def located(name: str, line: int, text: bytes, position: int, dialect: Dialect) -> str:
    """FILE:LINE of a position in a text that begins on `line`."""
    return f"{name}:{line + text.count(dialect.line_end[-1].encode(), 0, position)}"


def check_text(text: bytes, name: str, line: int, encoding: str | None) -> None:
    """BadData if the text is not UTF-8 or holds a NUL byte."""
    nul = text.find(b"\0")
    if nul >= 0:
        raise BadData(
            "a NUL byte: this is not text, or text in another encoding",
            where=f"{name}:{line + text.count(LINE_FEED, 0, nul)}",
            hint=None if encoding else "if it is UTF-16 without a byte order mark: --encoding utf-16-le",
        )
    if text.isascii():
        return
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as problem:
        start = text.rfind(LINE_FEED, 0, problem.start) + 1
        raise BadData(
            f"byte 0x{text[problem.start]:02X} is not UTF-8 (byte {problem.start - start + 1} of the line)",
            where=f"{name}:{line + text.count(LINE_FEED, 0, problem.start)}",
            hint="give the file's encoding: --encoding latin-1 (or cp1252, shift_jis, ...)",
        ) from None


def _split(text: bytes, dialect: Dialect, final: bool, name: str, line: int) -> Split:
    try:
        return split(text, dialect.marks, final)
    except Malformed as problem:
        where = located(name, line, text, problem.position, dialect)
        raise BadData(problem.message, where=where, hint=problem.hint) from None


def _check_length(n_waiting: int, text: bytes, name: str, line: int) -> None:
    if n_waiting > LONGEST_RECORD:
        what = "a quote that is not closed?" if b'"' in text[: 1 << 20] else "is this a table?"
        raise BadData(
            f"the record that begins here does not end within {LONGEST_RECORD >> 20} MB: {what}",
            where=f"{name}:{line}",
        )

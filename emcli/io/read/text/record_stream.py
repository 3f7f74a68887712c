"""Pieces of text cut where records end.

A piece from a file ends anywhere; what is behind its last complete record waits for the next piece.  A record that
is longer than a block makes the wait longer, up to a limit that keeps a forgotten quote from taking all memory.
Records before a place that cannot be read are handed on before the error is raised, so that errors come in the
file's order.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emcli.errors import BadData
from emcli.io.printable import printable
from emcli.io.read.text.dialect import Dialect
from emcli.io.read.text.splitting import Malformed, Split, split

SHOWN, SHOWN_BEFORE = 100, 40  # characters of a line in a message, and of them before the place it is about
LONGEST_RECORD = 1 << 28  # bytes; a longer one is a forgotten quote or not a table


def complete_records(pieces: Iterator[bytes], dialect: Dialect, name: str, line: int) -> Iterator[tuple[bytes, Split]]:
    """Texts that begin and end with a record, and where their cells end; BadData where the text is not CSV."""
    waiting: list[bytes] = []
    n_waiting, enough = 0, 0
    for piece in pieces:
        waiting.append(piece)
        n_waiting += len(piece)
        if n_waiting < enough:
            continue
        text = b"".join(waiting)
        found, problem = _understood(text, dialect, name, line)
        if found.consumed:
            yield text[: found.consumed], found
            line += count_byte(text[: found.consumed], dialect.terminator)
        if problem:
            raise problem
        waiting = [text[found.consumed :]]
        n_waiting = len(waiting[0])
        enough = 0 if found.consumed else 2 * n_waiting  # no record ended: look again in twice as much
        _check_length(n_waiting, text, name, line)
    yield from _last_records(b"".join(waiting), dialect, name, line)


def _last_records(text: bytes, dialect: Dialect, name: str, line: int) -> Iterator[tuple[bytes, Split]]:
    if not text:
        return
    text += b"" if text.endswith(dialect.terminator) else dialect.terminator
    found, problem = _understood(text, dialect, name, line, final=True)
    if found.consumed:
        yield text[: found.consumed], found
    if problem:
        raise problem


def count_byte(text: bytes, byte: bytes) -> int:
    """How often a byte occurs; quicker than bytes.count where it occurs often."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord(byte)))


def line_of(text: bytes, position: int, dialect: Dialect, line: int) -> int:
    """The line of a position in a text that begins on `line`."""
    return line + text.count(dialect.terminator, 0, position)


def line_shown(text: bytes, position: int, dialect: Dialect, line: int) -> str:
    """The line of a position, by number and text; of a long line the part around the position."""
    begin = text.rfind(dialect.terminator, 0, position) + 1
    end = text.find(dialect.terminator, position)
    far = position - begin > SHOWN_BEFORE
    start = position - SHOWN_BEFORE if far else begin
    content = text[start : min(end if end >= 0 else len(text), start + 4 * SHOWN)].rstrip(b"\r")
    shown = printable(content.decode("utf-8", "backslashreplace"), SHOWN)
    return f"line {line_of(text, position, dialect, line)}: {'...' if far else ''}{shown}"


def unreadable(text: bytes, dialect: Dialect, name: str, line: int) -> tuple[int, BadData] | None:
    """The first byte that is NUL or not UTF-8, and the error about it."""
    nul = text.find(b"\0")
    wrong = _not_utf8(text if nul < 0 else text[:nul])
    if wrong is not None:
        column = wrong - text.rfind(dialect.terminator, 0, wrong)
        return wrong, BadData(
            f"byte 0x{text[wrong]:02X} is not UTF-8 (byte {column} of the line)",
            where=f"{name}:{line_of(text, wrong, dialect, line)}",
            detail=line_shown(text, wrong, dialect, line),
            hint="give the file's encoding: --encoding latin-1 (or cp1252, shift_jis, ...)",
        )
    if nul < 0:
        return None
    return nul, BadData(
        "a NUL byte: this is not text, or text in another encoding",
        where=f"{name}:{line_of(text, nul, dialect, line)}",
        detail=line_shown(text, nul, dialect, line),
        hint="if it is UTF-16 without a byte order mark: --encoding utf-16-le",
    )


def _not_utf8(text: bytes) -> int | None:
    if text.isascii():
        return None
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as problem:
        return problem.start
    return None


def malformed(problem: Malformed, text: bytes, dialect: Dialect, name: str, line: int) -> BadData:
    """The error about text that is not CSV, located."""
    return BadData(
        problem.message,
        where=f"{name}:{line_of(text, problem.position, dialect, line)}",
        detail=line_shown(text, problem.position, dialect, line),
        hint=problem.hint,
    )


def _understood(
    text: bytes, dialect: Dialect, name: str, line: int, *, final: bool = False
) -> tuple[Split, BadData | None]:
    """The complete records at the beginning that can be read, and the error about what follows, if any."""
    problem: BadData | None = None
    try:
        found = split(text, dialect.marks, final)
    except Malformed as wrong:
        found, problem = wrong.before, malformed(wrong, text, dialect, name, line)
    unread = unreadable(text[: found.consumed], dialect, name, line)
    if unread:
        position, problem = unread
        found = found.until(position)
    return found, problem


def _check_length(n_waiting: int, text: bytes, name: str, line: int) -> None:
    if n_waiting > LONGEST_RECORD:
        what = "a quote that is not closed?" if b'"' in text[: 1 << 20] else "is this a table?"
        raise BadData(
            f"the record that begins here does not end within {LONGEST_RECORD >> 20} MB: {what}",
            where=f"{name}:{line}",
        )

"""Lines of a text that belong to no table: the first ones, and comments.

Such a line becomes a blank one, so that every line keeps its number; blank lines are no rows.  A line that begins
inside quotes is a part of a cell, whatever it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)")


class Comments:
    """Comment lines on their way out of a text, counted."""

    def __init__(self, mark: str, quote: bytes) -> None:
        self._mark, self._quote = mark.encode(), quote
        self.n_lines = 0

    def taken_out(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The text with a blank line for each comment."""
        self.n_lines, in_quotes = 0, False
        for piece in whole_lines(pieces):
            lines = []
            for line in piece.splitlines(keepends=True):
                if not in_quotes and line.lstrip(b" \t").startswith(self._mark):
                    lines.append(_line_end(line))
                    self.n_lines += 1
                    continue
                lines.append(line)
                if self._quote and line.count(self._quote) % 2:
                    in_quotes = not in_quotes
            yield b"".join(lines)


def without_first_lines(pieces: Iterator[bytes], n_lines: int) -> Iterator[bytes]:
    """The text with so many blank lines at its beginning."""
    left = n_lines
    for piece in whole_lines(pieces):
        at, ends = 0, []
        while left and at < len(piece):
            line = LINE.match(piece, at)
            at = line.end() if line else len(piece)
            ends.append(_line_end(line[0]) if line else b"")
            left -= 1
        yield b"".join(ends) + piece[at:]


def whole_lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The text in pieces that end with a line, except the last one."""
    waiting: list[bytes] = []
    for piece in pieces:
        # A carriage return at the end may be half of a line end.
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, len(piece) - 1)) + 1
        if end:
            yield b"".join([*waiting, piece[:end]])
            waiting = [piece[end:]]
        else:
            waiting.append(piece)
    rest = b"".join(waiting)
    if rest:
        yield rest


def _line_end(line: bytes) -> bytes:
    return line[len(line.rstrip(b"\r\n")) :]

"""Lines above the header that belong to no table: found out when a table cannot be read with them."""

from __future__ import annotations

from emcli.io.read.text.dialect import regularity
from emcli.io.read.text.odd_rows import COMMENT_MARKS

MOST_LINES = 60


def hint_about_preamble(sample: bytes, line_end: str) -> str | None:
    """How to leave out the lines above the table that begins somewhere in a sample of text; None if none does."""
    terminator = line_end[-1].encode()
    lines = sample.split(terminator)[:MOST_LINES]
    begin = 0
    for n_lines, line in enumerate(lines):
        if n_lines and line.strip() and _is_table(sample[begin:], line_end):
            return _hint(lines[:n_lines])
        begin += len(line) + 1
    return None


def _is_table(text: bytes, line_end: str) -> bool:
    """Whether a text begins with a header of several names, and rows below it that are regular and hold numbers."""
    share_regular, share_numeric, names = regularity(text, line_end)
    return share_regular > 0.9 and share_numeric > 0.4 and len(names) > 1 and not any(map(_is_no_name, names))


def _is_no_name(name: bytes) -> bool:
    stripped = name.strip(b' "')
    return not stripped or not any(character.isalpha() for character in stripped.decode("utf-8", "replace"))


def _hint(above: list[bytes]) -> str:
    marks = {line.lstrip()[:1] for line in above if line.strip()}
    if len(marks) == 1:
        mark = marks.pop().decode("ascii", "replace")
        if mark in COMMENT_MARKS:
            return f"if lines that begin so are comments: --comment '{mark}'"
    return f"if the table begins below them: --skip-lines {len(above)}"

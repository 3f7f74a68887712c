"""How the numbers of a whole column are written where it is not the usual way.

36.5 %, (1,234.00), $12.50, 12 mg, 1.5D+03, a decimal comma, a minus sign of typographers: a column is read so if most
of its cells are written so, and every other cell is wrong then.  A notation reads a cell by rewriting it in the usual
way, and writes a number as the column's own cells are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

MINUS = "\N{MINUS SIGN}"
PREFIXES = "$€£¥"
GROUPINGS = (",", ".", "'", "\u2019", "\u00a0", "\u202f", "\u2009", " ")
NUMBER = (
    r"[0-9]{1,3}(?:[,.'\u2019\u00a0\u202f\u2009 ][0-9]{3})+(?:[.,][0-9]*)?(?![0-9])|[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+"
)
CELL = re.compile(
    rf"(?P<open>\()?(?P<sign>[+\-{MINUS}]?)(?P<prefix>(?:[{PREFIXES}][ \u00a0]?)?)(?P<body>{NUMBER})"
    rf"(?P<exponent>(?:[eEdD][+\-{MINUS}]?[0-9]{{1,3}}(?![0-9]))?)"
    r"(?P<suffix>(?:[ \u00a0\u202f]?(?:[%‰°′″]|[^\W\d_]|[€£¥$])[^\s\d,;:()\"'<>=]{0,11}[0-9]?)?)(?P<close>\))?"
)
GLANCE = 40  # cells; if few of them look like numbers, the column is text
FEW_WITH_UNIT = 2  # so many cells at least carry a unit before it is taken for one


@dataclass(frozen=True)
class Notation:
    """decimal      the decimal mark
    grouping     between thousands; empty: nothing
    prefix, suffix   on every cell: a currency, a percent sign, a unit with the blank before it
    parentheses  how negative numbers are written: "(5)" or "(-5)"; empty: with a minus
    minus        the sign itself
    exponent     the letter before the exponent
    """

    decimal: str = "."
    grouping: str = ""
    prefix: str = ""
    suffix: str = ""
    parentheses: str = ""
    minus: str = "-"
    exponent: str = "e"

    @cached_property
    def _body(self) -> re.Pattern[str]:
        return body_pattern(self.decimal, self.grouping)

    def plain(self, text: str) -> str | None:
        """A cell's number in the usual way; None if it is not written so."""
        cell = CELL.fullmatch(text)
        if cell is None or (cell["prefix"], cell["suffix"]) != (self.prefix, self.suffix):
            return None
        if not self._body.fullmatch(cell["body"]) or bool(cell["open"]) != bool(cell["close"]):
            return None
        negative = cell["sign"] in ("-", MINUS)
        if cell["open"]:
            if not self.parentheses or negative != (self.parentheses == "(-5)"):
                return None
            negative = True
        elif negative and self.parentheses:
            return None
        if cell["exponent"][:1] in ("d", "D") and self.exponent not in ("d", "D"):
            return None
        body = cell["body"].replace(self.grouping, "") if self.grouping else cell["body"]
        exponent = cell["exponent"].replace(MINUS, "-").replace("D", "e").replace("d", "e")
        return f"{'-' if negative else ''}{body.replace(self.decimal, '.')}{exponent}"

    def written(self, text: str) -> str:
        """A number in the usual way as a cell of this column."""
        size = text.removeprefix("-")
        mantissa, letter, exponent = size.partition("e")
        whole, point, rest = mantissa.partition(".")
        if self.grouping and not letter:
            whole = f"{int(whole):,}".replace(",", self.grouping)
        body = f"{whole}{self.decimal if point else ''}{rest}{self.exponent if letter else ''}{exponent}"
        shown = f"{self.prefix}{body}{self.suffix}"
        if not text.startswith("-"):
            return shown
        if not self.parentheses:
            return self.minus + shown
        return f"({'-' if self.parentheses == '(-5)' else ''}{shown})"

    @property
    def words(self) -> str:
        """What is unusual about it."""
        parts = []
        if self.suffix:
            unit = self.suffix.strip()
            parts.append("percent signs" if unit == "%" else f"'{unit}' behind each number")
        if self.prefix:
            parts.append(f"'{self.prefix.strip()}' before each number")
        if self.decimal == ",":
            parts.append("decimal commas")
        if self.grouping:
            parts.append("thousands separators")
        if self.parentheses:
            parts.append("negative numbers in parentheses")
        if self.minus == MINUS:
            parts.append("the minus sign U+2212")
        if self.exponent in ("d", "D"):
            parts.append("exponents of Fortran")
        return ", ".join(parts)


def body_pattern(decimal: str, grouping: str) -> re.Pattern[str]:
    """Digits with these marks."""
    point, between = re.escape(decimal), re.escape(grouping)
    grouped = rf"|[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+" if grouping else ""
    return re.compile(rf"(?:[0-9]+{grouped})(?:{point}[0-9]*)?|{point}[0-9]+")


def find_notation(texts: Iterable[str], decimals: Sequence[str]) -> Notation | None:
    """How most of these cells, which are not missing, are written; None if in the usual way or in none.

    decimals  the decimal marks that may be meant
    """
    texts = list(texts)
    if 4 * sum(map(bool, map(CELL.fullmatch, texts[:GLANCE]))) < len(texts[:GLANCE]):
        return None
    cells = [(text, CELL.fullmatch(text)) for text in texts]
    found = [cell for _, cell in cells if cell is not None]
    if not found:
        return None
    (prefix, suffix), n_marked = Counter((cell["prefix"], cell["suffix"]) for cell in found).most_common(1)[0]
    if suffix and n_marked < FEW_WITH_UNIT:
        return None
    marked = [cell for cell in found if (cell["prefix"], cell["suffix"]) == (prefix, suffix)]
    decimal, grouping = _marks([cell["body"] for cell in marked], decimals)
    notation = Notation(
        decimal,
        grouping,
        prefix,
        suffix,
        parentheses=_parentheses(marked),
        minus=MINUS if any(MINUS in cell["sign"] for cell in marked) else "-",
        exponent=next((cell["exponent"][0] for cell in marked if cell["exponent"][:1] in ("d", "D")), "e"),
    )
    fitting = sum(notation.plain(text) is not None for text, _ in cells)
    return notation if 2 * fitting >= len(cells) and notation != Notation(decimals[0]) else None


def is_ambiguous(texts: Iterable[str]) -> bool:
    """Whether commas in these cells may be decimal marks or thousands separators."""
    bodies = [cell["body"] for text in texts if (cell := CELL.fullmatch(text)) is not None and "," in cell["body"]]
    return bool(bodies) and all(re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", body) for body in bodies)


def _marks(bodies: Sequence[str], decimals: Sequence[str]) -> tuple[str, str]:
    """The decimal mark and the thousands separator by which most of these are numbers."""
    ways = [(decimal, "") for decimal in decimals]
    ways += [(decimal, grouping) for decimal in decimals for grouping in GROUPINGS if grouping != decimal]
    if "." in decimals and "," in decimals and is_ambiguous(bodies):
        ways.remove((",", ""))
    counts = {way: sum(map(bool, map(body_pattern(*way).fullmatch, bodies))) for way in ways}
    return max(ways, key=lambda way: counts[way])  # the first of equal ones


def _parentheses(cells: Sequence[re.Match[str]]) -> str:
    """How most negative numbers are written; empty: with a minus."""
    enclosed = [cell for cell in cells if cell["open"] and cell["close"]]
    outside = sum(cell["sign"] in ("-", MINUS) and not cell["open"] for cell in cells)
    if len(enclosed) <= outside:
        return ""
    signed = sum(cell["sign"] in ("-", MINUS) for cell in enclosed)
    return "(-5)" if 2 * signed > len(enclosed) else "(5)"

"""Which columns a user means: names, numbers, ranges, globs, regular expressions.

    weight          by name              2          by number, from 1
    a-d  2-5  3-    ranges               x*         globs over names
    /^x[0-9]/       regular expressions  a[2]       the second column called a
    _               the last column      a,3,x*     several, with commas

A column's exact name always means that column, whatever characters it has; a name with a comma may also be
put in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from emcli.errors import BadData, UsageError
from emcli.io.printable import in_quotes, name_list
from emcli.io.read.columns.column_names import column_labels
from emcli.io.read.text.number_cells import BLANKS

COUNTED = re.compile(r"(.+)\[([0-9]+)\]", re.DOTALL)


def select_columns(spec: str, header: Sequence[str], *, where: str) -> list[int]:
    """Positions from 0, in the order of the spec, each once.

    BadData if the table has no such column, UsageError if the spec makes no sense; `where` names the table.
    """
    selection = _Selection(header, where)
    positions: list[int] = []
    for item in _items(spec, frozenset(header)):
        positions += selection.item(item)
    return list(dict.fromkeys(positions))


def locate_columns(names: Sequence[str], header: Sequence[str], *, where: str) -> list[int]:
    """Positions of columns by the names that `column_labels` gave them; BadData lists what there is."""
    labels = {label: position for position, label in enumerate(column_labels(header))}
    selection = _Selection(header, where)
    return [labels[name] if name in labels else selection.named(name) for name in names]


def _items(spec: str, names: frozenset[str]) -> list[str]:
    """The spec at its commas, except those inside a name, a pair of double quotes or a regular expression."""
    if spec in names:
        return [spec]
    pieces = spec.split(",")
    items = []
    while pieces:
        n = _item_length(pieces, names)
        items.append(",".join(pieces[:n]))
        pieces = pieces[n:]
    return items


def _item_length(pieces: list[str], names: frozenset[str]) -> int:
    for n in range(len(pieces), 1, -1):
        if ",".join(pieces[:n]) in names:
            return n
    first = pieces[0].strip(BLANKS)
    for border in ('"', "/"):
        if first.startswith(border) and pieces[0] not in names:
            for n in range(1, len(pieces) + 1):
                joined = ",".join(pieces[:n]).strip(BLANKS)
                if len(joined) > 1 and joined.endswith(border):
                    return n
    return 1


class _Selection:
    """One table's columns, asked for item by item."""

    def __init__(self, header: Sequence[str], where: str) -> None:
        self._header = header
        self._where = where
        self._places: dict[str, list[int]] = {}
        for position, name in enumerate(header):
            self._places.setdefault(name, []).append(position)

    def item(self, text: str) -> list[int]:
        """What one item between commas means."""
        if text in self._places:
            return [self.named(text)]
        item = text.strip(BLANKS)
        if not item:
            raise UsageError("an empty column name", where="columns", hint="a comma too many?")
        single = self._single(item)
        if single is not None:
            return [single]
        if len(item) > 1 and item.startswith("/") and item.endswith("/"):
            return self._matching(item[1:-1])
        if any(c in item for c in "*?"):
            found = [i for i, name in enumerate(self._header) if fnmatchcase(name, item)]
            return found or self._absent(f"no column is called like {in_quotes(item)}", item)
        return self._range(item) or self._absent_name(item)

    def named(self, name: str) -> int:
        """The one column of this name."""
        places = self._places.get(name, [])
        if not places:
            places = [i for i, other in enumerate(self._header) if other.strip(BLANKS) == name.strip(BLANKS)]
        if not places:
            self._absent_name(name)
        if len(places) > 1:
            numbers = ", ".join(str(i + 1) for i in places)
            raise BadData(
                f"the name {in_quotes(name)} is not unique: columns {numbers} are called so (duplicate names)",
                where=self._where,
                hint=f"say {name}[1] or {name}[2], or give the number",
            )
        return places[0]

    def _single(self, item: str) -> int | None:
        """A column by name, counted name, number or `_`; None if the item is nothing of that kind."""
        if len(item) > 1 and item[0] == item[-1] == '"':
            return self.named(item[1:-1].replace('""', '"'))
        stripped = [i for i, name in enumerate(self._header) if name.strip(BLANKS) == item]
        if item in self._places or stripped:
            return self.named(item)
        if item == "_":
            return len(self._header) - 1
        if item.isascii() and item.isdigit():
            return self._numbered(item)
        counted = COUNTED.fullmatch(item)
        if counted and counted[1] in self._places:
            return self._counted(counted[1], int(counted[2]))
        return None

    def _numbered(self, digits: str) -> int:
        number = int(digits) if len(digits) < 10 else 0
        if not 1 <= number <= len(self._header):
            self._absent(f"no column {digits[:20]}: they are numbered 1 to {len(self._header)}", "")
        return number - 1

    def _counted(self, name: str, number: int) -> int:
        places = self._places[name]
        if not 1 <= number <= len(places):
            self._absent(f"no column {in_quotes(f'{name}[{number}]')}: {len(places)} called {in_quotes(name)}", "")
        return places[number - 1]

    def _range(self, item: str) -> list[int]:
        """Columns from one to another; names may hold hyphens themselves, so each hyphen is tried."""
        problem = None
        for hyphen in re.finditer("-", item):
            left, right = item[: hyphen.start()].strip(BLANKS), item[hyphen.end() :].strip(BLANKS)
            if not left and not right:
                continue
            try:
                first = self._single(left) if left else 0
                last = self._single(right) if right else len(self._header) - 1
            except BadData as not_there:  # perhaps another hyphen was meant
                problem = problem or not_there
                continue
            if first is not None and last is not None:
                return self._span(first, last, item)
        if problem:
            raise problem
        return []

    def _span(self, first: int, last: int, item: str) -> list[int]:
        if first > last:
            raise UsageError(f"the range {in_quotes(item)} runs backwards", where="columns")
        return list(range(first, last + 1))

    def _matching(self, expression: str) -> list[int]:
        try:
            pattern = re.compile(expression)
        except re.error as problem:
            raise UsageError(
                f"{in_quotes('/' + expression + '/')} is no regular expression: {problem}", where="columns"
            ) from None
        found = [i for i, name in enumerate(self._header) if pattern.search(name)]
        return found or self._absent(f"no column's name matches {in_quotes('/' + expression + '/')}", "")

    def _absent_name(self, name: str) -> list[int]:
        return self._absent(f"no column named {in_quotes(name)}", name)

    def _absent(self, message: str, name: str) -> list[int]:
        raise BadData(
            message,
            where=self._where,
            detail=f"columns: {name_list(column_labels(self._header))}",
            hint=_near(name, self._header),
        )


def _near(name: str, header: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    if not name:
        return None
    lowered = {other.casefold(): other for other in reversed(header)}
    near = get_close_matches(name.casefold(), list(lowered), n=1, cutoff=0.6)
    return f"did you mean {in_quotes(lowered[near[0]])}?" if near else None

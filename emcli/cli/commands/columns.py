"""emcli columns: what would be read from a table; a table on a terminal, CSV elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from emcli.cli.screen.messages import BOLD, PLAIN, Speaker
from emcli.cli.screen.screen import ScreenSettings, is_terminal, wants_color, width_of
from emcli.cli.screen.tables import number, table
from emcli.tasks.columns import ColumnsReport
from emcli.tasks.columns import run as describe
from emcli.tasks.model_rows.products import write_json, write_table, write_text
from emcli.tasks.settings import ColumnsSettings


def run(settings: ColumnsSettings, screen: ScreenSettings) -> int:
    """Write one line per column."""
    report = describe(settings)
    if settings.json:
        write_json(report.as_dict(), settings.output)
    elif settings.output.output == "-" and is_terminal(sys.stdout):
        write_text("\n".join(_page(report, wants_color(screen.color, sys.stdout))) + "\n", settings.output)
    else:
        rows = [list(row.values()) for row in report.rows()]
        write_table(report.HEADER, [list(column) for column in zip(*rows, strict=True)], settings.output)
    Speaker(quiet=screen.quiet, color=screen.color).notes(report.notes)
    return 0


def _page(report: ColumnsReport, styled: bool) -> Iterator[str]:
    rows = [
        [
            str(row["position"]),
            row["name"],
            row["kind"],
            str(row["missing"]),
            number(row["minimum"]),
            number(row["maximum"]),
            "yes" if row["used"] else "no",
            row["why"],
        ]
        for row in report.rows()
    ]
    width = max(40, width_of(sys.stdout))
    header = ["#", "name", "kind", "missing", "from", "to", "used", ""]
    first, *others = table(header, rows, width, left=(1, 2, 6, 7), indent="")
    yield f"{BOLD}{first}{PLAIN}" if styled else first
    yield from others
    yield ""
    yield f"{report.n_rows:,} rows"

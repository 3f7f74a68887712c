"""Help as a page of plain text: usage, arguments, options by topic, examples.

Typer's own pages draw boxes with rich, which costs more time than all the rest of `--help`, reads square
brackets as markup and breaks in narrow windows.  The page is built from the same Typer parameters.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

from emcli.cli.screen.messages import BOLD, PLAIN
from emcli.cli.screen.screen import wants_color, width_of
from emcli.cli.words.command_table import COMMANDS
from emcli.cli.words.options import PANELS, SCREEN

WIDEST = 100  # columns: longer lines are hard to read
OPTION_COLUMN = 30  # flags longer than this stand on a line of their own


class HelpAsked(Exception):
    """Help was asked for; carries the page out of Typer, which would print it itself and turn a closed pipe into 1."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("help")
        self.lines = lines


class CommandHelp(TyperCommand):
    """A command whose help is a page of plain text."""

    def get_help(self, ctx: Any) -> str:
        raise HelpAsked(list(_command_page(self)))


class RootHelp(TyperGroup):
    """The program's help: what there is to do."""

    def get_help(self, ctx: Any) -> str:
        raise HelpAsked(root_page())


def root_page() -> list[str]:
    """What emcli is, its commands, how to go on."""
    rows = [(name, command.summary) for name, command in COMMANDS.items()]
    return [
        "Usage: emcli COMMAND [ARGUMENTS] [OPTIONS]",
        "",
        *_paragraph(
            "Soft clustering: learns a mixture of components from the rows of a table by expectation "
            "maximisation, and says for every row how probable each component is."
        ),
        "",
        _heading("Commands"),
        *_columns(rows),
        "",
        _heading("Options"),
        *_columns([("-h, --help", "this page, or a command's: emcli fit --help"), ("-V, --version", "the version")]),
        "",
        _heading("Examples"),
        *("  " + example for example in EXAMPLES),
    ]


EXAMPLES = (
    "emcli fit flowers.csv -k 3 -o flowers.yaml",
    "emcli assign flowers.yaml new_flowers.csv > labelled.csv",
    "cut -d, -f3,4 flowers.csv | emcli fit -k 3 | emcli show -",
)


def _command_page(command: TyperCommand) -> Iterator[str]:
    about = COMMANDS[str(command.name)]
    yield f"Usage: {about.usage}"
    yield ""
    yield from _paragraph(str(command.help or ""))
    parameters: list[Any] = list(command.params)
    arguments = [(p.metavar.strip("[]"), p.help) for p in parameters if p.param_type_name == "argument"]
    if arguments:
        yield from ("", _heading("Arguments"), *_columns(arguments))
    for panel in PANELS:
        rows = [_row(p, about.defaults) for p in parameters if getattr(p, "rich_help_panel", None) == panel]
        if panel == SCREEN:
            rows.append(("-h, --help", "this page"))
        if rows:
            yield from ("", _heading(panel), *_columns(rows))
    if about.examples:
        yield from ("", _heading("Examples"), *("  " + example for example in about.examples))
    yield ""
    yield from _paragraph(
        "Options may also stand in the environment (--max-iter 50 is EMCLI_MAX_ITER=50) or in a "
        "--config file (max-iter: 50); the command line wins, then the environment."
    )


def _row(parameter: Any, defaults: dict[str, Any]) -> tuple[str, str]:
    flags = ", ".join(parameter.opts)
    if not flags.startswith("-") or flags.startswith("--"):
        flags = "    " + flags  # long flags stand below each other whether or not they have a short one
    if parameter.metavar:
        flags += f" {parameter.metavar}"
    return flags, parameter.help + _default(parameter.help, defaults.get(parameter.name))


def _default(text: str, value: Any) -> str:
    if value in (None, "", ()) or isinstance(value, bool) or "[default" in text:
        return ""
    return f" [default: {value:g}]" if isinstance(value, float) else f" [default: {value}]"


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of the text; a default is not torn apart unless it is long."""
    head, bracket, tail = text.partition("[default: ")
    glued = head + (bracket + tail).replace(" ", "\0")
    return [line.replace("\0", " ") for line in textwrap.wrap(glued, width, break_on_hyphens=False)] or [""]


def _width() -> int:
    return max(40, min(WIDEST, width_of(sys.stdout)))


def _heading(text: str) -> str:
    return f"{BOLD}{text}:{PLAIN}" if wants_color("auto", sys.stdout) else f"{text}:"


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, _width(), break_on_hyphens=False)


def _columns(rows: list[tuple[str, str]]) -> Iterator[str]:
    left = min(OPTION_COLUMN, max(len(name) for name, _ in rows) + 2, _width() // 2)
    for name, text in rows:
        lines = _wrapped(text, _width() - left - 2)
        if len(name) > left - 2:
            yield "  " + name
        else:
            yield f"  {name:{left}}{lines.pop(0)}"
        for line in lines:
            yield " " * (left + 2) + line

"""From the words of the command line to a command that is ready to run.

Only the command that was named is built: making the options of all of them would cost more than printing
help. Completion needs all and builds all.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import typer

from emcli.cli.screen.messages import say
from emcli.cli.screen.screen import ScreenSettings, is_terminal
from emcli.cli.words.binding import settle, signature
from emcli.cli.words.command_table import COMMANDS
from emcli.cli.words.help import CommandHelp, HelpAsked, RootHelp, root_page
from emcli.cli.words.options import OPTIONS
from emcli.errors import UsageError

COMPLETE_VARIABLE = "_EMCLI_COMPLETE"


@dataclass(frozen=True)
class Ready:
    """A command with its settings."""

    name: str
    settings: Any
    screen: ScreenSettings

    def run(self) -> int:
        """Import the command's module and run it; returns the exit code."""
        module = importlib.import_module(f"emcli.cli.commands.{self.name.replace('-', '_')}")
        code: int = module.run(self.settings, self.screen)
        return code


@dataclass(frozen=True)
class Page:
    """Help that was asked for."""

    lines: list[str]

    def run(self) -> int:
        """Print the page."""
        print("\n".join(self.lines))
        return 0


def parse(words: Sequence[str]) -> Ready | Page | int:
    """What the words ask for, or the exit code if all is said."""
    completing = COMPLETE_VARIABLE in os.environ
    if not words and not completing:
        for line in root_page():
            say(line)
        return UsageError.exit_code
    if not completing and not words[0].startswith("-") and words[0] not in COMMANDS:
        raise _unknown_command(words[0])
    names = list(COMMANDS) if completing or words[0].startswith("-") else [words[0]]
    try:
        program = typer.main.get_command(build(names))
        answer: Ready | int = program.main(
            list(words), prog_name="emcli", complete_var=COMPLETE_VARIABLE, standalone_mode=False
        )
    except HelpAsked as asked:
        return Page(asked.lines)
    except typer.TyperException as problem:
        raise _usage_error(problem, words) from problem
    return answer or 0


def build(names: Sequence[str]) -> typer.Typer:
    """A Typer application with these commands."""
    if COMPLETE_VARIABLE in os.environ:
        from typer._completion_classes import completion_init

        completion_init()
    app = typer.Typer(
        cls=RootHelp,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names:
        app.command(name, cls=CommandHelp, help=COMMANDS[name].text)(_reader(name))
    return app


def _root(version: bool = typer.Option(False, "--version", "-V", help="the version")) -> None:
    """Soft clustering from the command line."""


def _reader(name: str) -> Callable[..., Ready]:
    """The function that Typer calls for a command: it only makes the settings."""
    settings_class = COMMANDS[name].settings

    def read(**given: object) -> Ready:
        if "input" in given and given["input"] is None and is_terminal(sys.stdin):
            _no_rows(name)
        settings, screen = settle(given, settings_class, ScreenSettings)
        return Ready(name, settings, screen)

    read.__signature__ = signature(settings_class, ScreenSettings)  # type: ignore[attr-defined]
    read.__annotations__ = {}
    return read


def _no_rows(name: str) -> None:
    """Short help: nothing was named and nothing is piped in."""
    say(f"Usage: {COMMANDS[name].usage}")
    for example in COMMANDS[name].examples:
        say(f"  {example}")
    raise UsageError(
        "no table: name a file or pipe one in",
        hint=f"emcli {name} --help lists the options; - reads the terminal",
    )


def _unknown_command(word: str) -> UsageError:
    near = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean 'emcli {near[0]}'?" if near else "emcli --help tells what each is for"
    return UsageError(f"no command '{word}'", detail=f"commands: {', '.join(COMMANDS)}", hint=hint)


def _usage_error(problem: typer.TyperException, words: Sequence[str]) -> UsageError:
    """Typer's complaint in our words; its own exceptions are told apart by what they carry."""
    option = getattr(problem, "option_name", None)
    command = words[0] if words[0] in COMMANDS else None
    help_hint = f"emcli {command} --help lists the options" if command else "emcli --help lists the commands"
    if option is None:
        message = problem.format_message().rstrip(".")
        return UsageError(message[:1].lower() + message[1:], hint=help_hint)
    if not hasattr(problem, "possibilities"):
        return UsageError(problem.format_message().rstrip(".").replace("Option ", "option ", 1), hint=help_hint)
    if command is None:
        return UsageError(f"no option {option} before the command", hint="options come after it: emcli fit ...")
    flags = [flag for name, one in OPTIONS.items() for flag in one.flags if flag.startswith("--")]
    near = problem.possibilities or get_close_matches(option, flags)
    return UsageError(f"emcli {command} has no option {option}", hint=f"did you mean {near[0]}?" if near else help_hint)

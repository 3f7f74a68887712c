"""Between a settings dataclass and the command line: its fields become options, and words become settings.

`signature` lists the options of a settings class for Typer, each of them as plain text that may be absent.
`settle` then finds every field's value where it was said first: on the command line, in the environment, in
the settings file, or nowhere (the default).  Whatever the origin, the value passes through `values.convert`
and the checks of the settings class, and an error names the place the value came from.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

from emcli.cli.words.options import ARGUMENTS, OPTIONS
from emcli.cli.words.values import convert
from emcli.errors import UsageError

S = TypeVar("S")


@dataclass(frozen=True)
class Leaf:
    """One settings field that is not itself a group of fields."""

    name: str
    kind: Any
    default: Any  # MISSING if a value must be given
    choices: tuple[str, ...]

    @property
    def is_switch(self) -> bool:
        return self.kind in (bool, bool | None)

    @property
    def needed(self) -> bool:
        return self.default is MISSING


def leaves(settings_class: type) -> Iterator[Leaf]:
    """The fields of a settings class and of the groups inside it, in order of declaration."""
    kinds = get_type_hints(settings_class)
    for one in fields(settings_class):
        kind = kinds[one.name]
        if is_dataclass(kind):
            yield from leaves(kind)  # type: ignore[arg-type]
        else:
            yield Leaf(one.name, kind, _default(one), one.metadata.get("choices", ()))


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def signature(*settings_classes: type) -> inspect.Signature:
    """A function signature from which Typer makes the options of these classes and --config."""
    import typer

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for settings_class in settings_classes
        for name, default, annotation in map(_parameter, leaves(settings_class))
    ]
    config = OPTIONS["config"]
    info = typer.Option(None, *config.flags, metavar=config.metavar, help=config.help, rich_help_panel=config.panel)
    parameters.append(inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, default=info, annotation=str | None))
    return inspect.Signature(parameters)


def _parameter(leaf: Leaf) -> tuple[str, Any, Any]:
    import typer

    if leaf.name in ARGUMENTS:
        argument = ARGUMENTS[leaf.name]
        metavar = argument.metavar if leaf.needed else f"[{argument.metavar}]"
        complete = _completer(leaf.choices) if leaf.choices else None
        given = typer.Argument(None, metavar=metavar, help=argument.help, autocompletion=complete)
        return leaf.name, given, str | None
    option = OPTIONS[leaf.name]
    flags = [*option.flags]
    if leaf.is_switch:
        at = flags.index(option.long)
        flags[at] = f"{flags[at]}/{_opposite(flags[at])}"
    info = typer.Option(
        None,
        *flags,
        metavar=option.metavar,
        help=option.help,
        rich_help_panel=option.panel,
        autocompletion=_completer(leaf.choices) if leaf.choices else None,
    )
    annotation = bool | None if leaf.is_switch else list[str] | None if option.repeats else str | None
    return leaf.name, info, annotation


def _completer(choices: tuple[str, ...]) -> Any:
    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


def _opposite(flag: str) -> str:
    return "--" + flag[5:] if flag.startswith("--no-") else "--no-" + flag[2:]


@dataclass(frozen=True)
class Said:
    """A value as it was said, and where."""

    value: object
    place: str


def settle(given: Mapping[str, object], *settings_classes: type) -> list[Any]:
    """One settings object per class, from what the command line gave (None: nothing) and other origins."""
    wanted = [leaf for settings_class in settings_classes for leaf in leaves(settings_class)]
    from_file = _settings_file(given.get("config"), wanted)
    said = {leaf.name: found for leaf in wanted if (found := _look(leaf, given, from_file)) is not None}
    values = {leaf.name: _read(leaf, said[leaf.name]) for leaf in wanted if leaf.name in said}
    for leaf in wanted:
        if leaf.needed and leaf.name not in values:
            raise _needed(leaf)
    places = {name: one.place for name, one in said.items()}
    return [_build(settings_class, values, places) for settings_class in settings_classes]


def _settings_file(path: object, wanted: list[Leaf]) -> dict[str, Said]:
    if path is None:
        return {}
    from emcli.tasks.settings.settings_file import read_settings

    keys = {OPTIONS[leaf.name].name: leaf.name for leaf in wanted if leaf.name in OPTIONS}
    found = read_settings(str(path), keys)
    return {keys[key]: Said(value, f"{path}: {key}") for key, value in found.items()}


def _look(leaf: Leaf, given: Mapping[str, object], from_file: Mapping[str, Said]) -> Said | None:
    value = given.get(leaf.name)
    if leaf.name in ARGUMENTS:
        return None if value is None else Said(value, ARGUMENTS[leaf.name].metavar)
    option = OPTIONS[leaf.name]
    if value is not None and value != []:
        return Said(value, option.long)
    if os.environ.get(option.variable):
        return Said(os.environ[option.variable], option.variable)
    return from_file.get(leaf.name)


def _read(leaf: Leaf, said: Said) -> object:
    if leaf.name in ARGUMENTS:
        return said.value
    try:
        value = convert(said.value, leaf.kind, OPTIONS[leaf.name])
    except UsageError as problem:
        raise problem.at(said.place) from None
    return not value if leaf.is_switch and OPTIONS[leaf.name].long.startswith("--no-") else value


def _needed(leaf: Leaf) -> UsageError:
    if leaf.name in ARGUMENTS:
        return UsageError(f"{ARGUMENTS[leaf.name].metavar} is needed")
    option = OPTIONS[leaf.name]
    return UsageError(f"{option.flags[0]} {option.metavar} is needed: {option.help}", hint=option.hint)


def _build(settings_class: type[S], values: Mapping[str, object], places: Mapping[str, str]) -> S:
    kinds = get_type_hints(settings_class)
    own = {
        one.name: _build(kinds[one.name], values, places) if is_dataclass(kinds[one.name]) else values[one.name]
        for one in fields(settings_class)  # type: ignore[arg-type]
        if is_dataclass(kinds[one.name]) or one.name in values
    }
    try:
        return settings_class(**own)
    except UsageError as problem:
        if problem.where is not None and problem.where in places:
            problem.where = places[problem.where]
        raise

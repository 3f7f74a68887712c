"""Who may import whom: the drawing in CONTRIBUTING.md, walked over the source of every module."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "emcli"


@dataclass(frozen=True)
class Part:
    """What a part may import: parts of ours and packages of others; and which standard modules it may not."""

    ours: frozenset[str]
    others: frozenset[str]
    not_standard: frozenset[str] = frozenset()


def part(ours: str, others: str, not_standard: str = "") -> Part:
    return Part(frozenset(ours.split()), frozenset(others.split()), frozenset(not_standard.split()))


# A module directly in the package is a part of its own, and so is a package inside a part that has a line here.
PARTS = {
    "errors": part("", ""),
    "data": part("errors", "numpy"),
    "core": part("data errors", "numpy", "pathlib logging os io csv json subprocess argparse"),
    "process": part("", "numpy"),
    "engines": part("core process data errors __init__", "distributed numpy"),
    "io": part("data errors", "fsspec numpy pyarrow yaml"),
    "report.pictures": part("data errors", "PIL jinja2 markupsafe matplotlib numpy"),
    "tasks": part("core engines io report.pictures process data errors", "distributed numpy"),
    "report": part("tasks core io report.pictures data errors", "numpy"),
    "cli": part("report tasks errors", "typer rich"),
    "__init__": part("python tasks errors", ""),
    "__main__": part("cli process", ""),
    "python": part("tasks core io data errors", "numpy pandas"),
}

MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = sorted({path.parent for path in MODULES})


def name_of(path: Path) -> tuple[str, ...]:
    return path.relative_to(PACKAGE).with_suffix("").parts


def imported(path: Path) -> list[tuple[int, str]]:
    """Line and absolute dotted name of everything a module imports, wherever in the module it does so."""
    package = ("emcli", *name_of(path)[:-1])
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join([*base, *([node.module] if node.module else [])])
            # `from emcli import errors` names a part, `from emcli import __version__` only the package
            found += [(node.lineno, f"{start}.{alias.name}") for alias in node.names]
    return found


def part_of(names: Sequence[str]) -> str:
    """The part that a module of the package belongs to; empty for the package itself."""
    inner = ".".join(names[:2])
    return inner if inner in PARTS else ".".join(names[:1])


def breach(here: str, dotted: str) -> str | None:
    """Why the part `here` may not import `dotted`; None if it may."""
    top, *rest = dotted.split(".")
    rules = PARTS[here]
    if top == "emcli":
        there = part_of(rest)
        allowed = there in rules.ours | {here, "", "__version__"}
        return None if allowed else f"{here} may not import emcli.{there}"
    if top in sys.stdlib_module_names:
        return f"{here} may not import {top}" if top in rules.not_standard else None
    return None if top in rules.others else f"{here} may not import {top}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: ".".join(name_of(path)))
def test_a_module_imports_only_what_its_part_may(path: Path) -> None:
    here = part_of(name_of(path))
    assert here in PARTS, f"{here} is a new part: say in PARTS what it may import"
    breaches = [f"line {line}: {why}" for line, dotted in imported(path) if (why := breach(here, dotted))]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize(
    ("here", "dotted"),
    [
        ("core", "pandas"),
        ("core", "scipy.linalg"),
        ("core", "pathlib.Path"),
        ("core", "emcli.io.read.columns.column_spec"),
        ("io", "emcli.core.fit.em"),
        ("data", "emcli.core.fit.em"),
        ("engines", "emcli.io.read.columns.column_spec"),
        ("tasks", "rich.table"),
        ("tasks", "emcli.cli.app"),
        ("tasks", "emcli.report.plot.run"),
        ("report.pictures", "emcli.report.drawables"),
        ("report", "emcli.cli.app"),
        ("process", "emcli.errors"),
        ("cli", "emcli.core.fit.em"),
        ("errors", "numpy"),
    ],
)
def test_a_forbidden_import_is_found(here: str, dotted: str) -> None:
    assert breach(here, dotted)


def test_relative_imports_are_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "emcli"
    (package / "core" / "families").mkdir(parents=True)
    module = package / "core" / "families" / "gaussian.py"
    module.write_text(
        "from ...io.read.columns import column_spec\nfrom . import protocol\nfrom .. import em\nimport numpy.linalg\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", package)
    assert [name for _, name in imported(module)] == [
        "emcli.io.read.columns.column_spec",
        "emcli.core.families.protocol",
        "emcli.core.em",
        "numpy.linalg",
    ]


MOST_FILES = 14  # modules in a folder, __init__ aside: what can be seen at a glance
CROWDED = {"core/fit": 15}  # still to be given rooms


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_a_folder_holds_few_files_and_says_what_lives_there(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= CROWDED.get(folder.relative_to(PACKAGE).as_posix(), MOST_FILES)
    door = folder / "__init__.py"
    assert door.is_file(), "a folder with modules is a package"
    assert (ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))) or "").strip()


def calls_of(name: str, path: Path) -> list[int]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [n.lineno for n in nodes if isinstance(n, ast.Call) and getattr(n.func, "id", None) == name]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: ".".join(name_of(path)))
def test_library_code_does_not_print(path: Path) -> None:
    assert name_of(path)[0] == "cli" or not calls_of("print", path)


def test_everything_is_caught_in_one_place_at_most() -> None:
    broad = [
        f"{'.'.join(name_of(path))}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or getattr(node.type, "id", None) == "Exception")
    ]
    assert all(place.startswith("cli.app:") for place in broad) and len(broad) <= 1, broad

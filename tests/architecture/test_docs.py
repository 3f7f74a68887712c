"""The documents name every command and option there is, and no others; the settings files are valid."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from refresh import COMMANDS as PAGE
from refresh import PAGES, README, ROOT, Shell, commands, commands_page, fenced

TEXT = README.read_text(encoding="utf-8")
INDEX = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
OF_OTHERS = {"--trials"}  # options of other programs that the README speaks of
USAGE, INTERNAL_ERROR = 2, 70

with tempfile.TemporaryDirectory() as _folder:
    _shell = Shell(Path(_folder))
    COMMANDS = commands(_shell)
    HELP = {name: _shell(f"emcli {name} --help").stdout for name in COMMANDS}
OPTIONS = {name: set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-k)\b", HELP[name])) for name in COMMANDS}
ALL_OPTIONS = set().union(*OPTIONS.values())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def settings(command: str) -> str:
    return (ROOT / "configs" / f"{command}.yaml").read_text(encoding="utf-8")


def test_help_lists_the_commands() -> None:
    assert {"fit", "assign", "sample", "score", "show", "columns", "completion"} <= set(COMMANDS)


def test_the_page_of_commands_is_what_the_program_says(shell: Shell) -> None:
    assert PAGE.read_text(encoding="utf-8") == commands_page(shell), "run: python docs/refresh.py"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_shows_every_command(command: str) -> None:
    assert re.search(rf"\bemcli {command}\b", TEXT)


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    blocks = [block for language in ("sh", "console", "make") for block in fenced(language).findall(TEXT)]
    code = "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", TEXT)])
    named = set(re.findall(r"(?:^|[\s|])emcli ([a-z][a-z-]*)", code))
    assert set() < named <= set(COMMANDS)


def test_the_readme_names_no_option_that_does_not_exist() -> None:
    for name, shown in re.findall(r"\bemcli ([a-z]+)([^|`\n]*)", TEXT):
        if name in COMMANDS:
            used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown))
            assert used <= OPTIONS[name] | {"--help"}, f"emcli {name}"
    assert set(re.findall(r"`(--[a-z][a-z-]*)", TEXT)) <= ALL_OPTIONS | OF_OTHERS


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "completion"])
def test_a_settings_file_has_only_options_of_its_command(command: str) -> None:
    keys = set(re.findall(r"^(?:# )?([a-z][a-z-]*):(?: |$)", settings(command), flags=re.MULTILINE))
    assert keys
    assert {f"--{key}" if len(key) > 1 else f"-{key}" for key in keys} <= OPTIONS[command]


OF_A_CLUSTER = ("scheduler:", "scheduler-file:", "workers:")  # wrong without an engine that has one


@pytest.mark.parametrize("command", ["fit", "columns"])
def test_a_setting_that_is_commented_out_has_a_right_value(command: str, shell: Shell) -> None:
    for line in re.findall(r"^# ([a-z][a-z-]*: .*)$", settings(command), flags=re.MULTILINE):
        (shell.folder / "settings.yaml").write_text(line + "\n", encoding="utf-8")
        more = "-k 1 --dry-run" if command == "fit" else ""
        done = shell(f"emcli {command} sample_data/iris.csv --config settings.yaml {more}")
        if line.startswith(OF_A_CLUSTER):
            assert "add --engine dask" in done.stderr, (line, done.stderr)
        else:
            assert done.returncode not in (USAGE, INTERNAL_ERROR), (line, done.stderr)


@pytest.mark.parametrize("path", [README, *PAGES], ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#\s]*)[^)\s]*\)", path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists() if link else True, link
    assert path == README or path.name == "README.md" or f"]({path.name})" in INDEX


def test_every_settings_file_belongs_to_a_command_and_is_run_in_the_readme() -> None:
    for path in (ROOT / "configs").iterdir():
        assert path.stem in COMMANDS
        assert f"--config configs/{path.name}" in TEXT

"""The documents name every command and option there is, and no others; the settings files are valid."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from write_commands import TARGET, commands, help_of, page

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = commands()
INTERNAL_ERROR = 70
OF_OTHERS = {"--trials"}  # options of other programs that the README speaks of


def options(command: str) -> set[str]:
    """The long options on a command's help page, and -k."""
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-k)\b", help_of(command)))


ALL_OPTIONS = {name: options(name) for name in COMMANDS}


def keys(text: str) -> set[str]:
    """Keys of a settings file, also of the settings that are commented out."""
    return set(re.findall(r"^(?:# )?([a-z][a-z-]*):(?: |$)", text, flags=re.MULTILINE))


def test_help_lists_the_commands() -> None:
    assert {"fit", "assign", "sample", "score", "show", "columns", "completion"} <= set(COMMANDS)


def test_the_page_of_commands_is_what_the_program_says() -> None:
    assert TARGET.read_text(encoding="utf-8") == page(), "run: python docs/write_commands.py"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_shows_every_command(command: str) -> None:
    assert re.search(rf"\bemcli {command}\b", README)


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    named = set(re.findall(r"(?:^|[`|] ?)emcli ([a-z][a-z-]*)", README, flags=re.MULTILINE))
    assert named <= set(COMMANDS)


def test_the_readme_names_no_option_that_does_not_exist() -> None:
    for name, shown in re.findall(r"\bemcli ([a-z]+)([^|`\n]*)", README):
        if name in COMMANDS:
            used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown))
            assert used <= ALL_OPTIONS[name] | {"--help"}, f"emcli {name}"
    alone = set(re.findall(r"`(--[a-z][a-z-]*)", README))
    assert alone <= set().union(*ALL_OPTIONS.values()) | OF_OTHERS


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "completion"])
def test_a_settings_file_has_only_options_of_its_command(command: str) -> None:
    text = (ROOT / "configs" / f"{command}.yaml").read_text(encoding="utf-8")
    found = keys(text)
    assert found
    spelled = {f"--{key}" if len(key) > 1 else f"-{key}" for key in found}
    assert spelled <= ALL_OPTIONS[command]


def test_every_settings_file_belongs_to_a_command_and_is_in_the_readme() -> None:
    for path in (ROOT / "configs").iterdir():
        assert path.stem in COMMANDS
        assert f"--config configs/{path.name}" in README


@pytest.mark.parametrize("command", ["fit", "columns"])
def test_a_setting_that_is_commented_out_has_a_right_value(command: str, tmp_path: Path) -> None:
    text = (ROOT / "configs" / f"{command}.yaml").read_text(encoding="utf-8")
    for line in re.findall(r"^# ([a-z][a-z-]*: .*)$", text, flags=re.MULTILINE):
        settings = tmp_path / "settings.yaml"
        settings.write_text(line + "\n", encoding="utf-8")
        words = [command, str(ROOT / "sample_data" / "iris.csv"), "--config", str(settings)]
        words += ["-k", "1", "--dry-run"] if command == "fit" else []
        call = [sys.executable, "-m", "emcli", *words]
        done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
        assert "settings.yaml" not in done.stderr, (line, done.stderr)
        assert done.returncode != INTERNAL_ERROR, (line, done.stderr)

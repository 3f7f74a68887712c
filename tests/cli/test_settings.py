"""Where a value comes from: the flag, then the environment, then the settings file, then the default."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import Run

from emcli.cli.screen.screen import ScreenSettings
from emcli.cli.words.binding import leaves, settle
from emcli.cli.words.command_table import COMMANDS
from emcli.cli.words.options import ARGUMENTS, OPTIONS, PANELS
from emcli.errors import UsageError
from emcli.tasks.settings import FitSettings, SampleSettings


def fit_settings(given: dict[str, object]) -> FitSettings:
    (settings,) = settle({"n_components": "2", **given}, FitSettings)
    assert isinstance(settings, FitSettings)
    return settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fit.yaml"
    path.write_text("starts: 7\nmax-iter: 77\nseed: 3\nhard: true\nno-header: true\nnull: [x, -1]\n", "utf-8")
    return path


def test_the_flag_wins_then_the_environment_then_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMCLI_STARTS", "8")
    monkeypatch.setenv("EMCLI_MAX_ITER", "88")
    fitting = fit_settings({"config": config, "starts": "9"}).fitting
    assert (fitting.starts, fitting.max_iterations, fitting.seed) == (9, 88, 3)
    assert fitting.tolerance == FitSettings(2).fitting.tolerance


def test_a_switch_can_be_set_everywhere_and_taken_back(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = fit_settings({"config": config})
    assert settings.fitting.hard
    assert not settings.table.reading.header
    assert not fit_settings({"config": config, "hard": False}).fitting.hard
    monkeypatch.setenv("EMCLI_HARD", "no")
    monkeypatch.setenv("EMCLI_NO_HEADER", "0")
    assert not fit_settings({"config": config}).fitting.hard
    assert fit_settings({"config": config}).table.reading.header


def test_lists_are_given_as_text_or_as_lists(config: Path) -> None:
    assert fit_settings({"config": config}).table.reading.null == ("x", "-1")
    (settings,) = settle({"model": "m", "n_rows": "1", "given": ["a=1", "b=2"]}, SampleSettings)
    assert settings.given == ("a=1", "b=2")


def test_an_empty_variable_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMCLI_SEED", "")
    assert fit_settings({}).fitting.seed == 0


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("starts: many\n", "fit.yaml: starts", "'many' is not a whole number"),
        ("starts: -1\n", "fit.yaml: starts", "must be at least 0, not -1"),
        ("hard: perhaps\n", "fit.yaml: hard", "'perhaps' is neither true nor false"),
        ("stats: 3\n", "fit.yaml:1", "unknown key 'stats'"),
        ("input: a.csv\n", "fit.yaml:1", "unknown key 'input'"),
        ("starts: 1\nstarts: 2\n", "fit.yaml", "duplicate key"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, where: str, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fit.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        fit_settings({"config": "fit.yaml"})
    assert str(caught.value.where).startswith(where)
    assert what in str(caught.value)


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMCLI_MAX_ITER", "0")
    with pytest.raises(UsageError, match="EMCLI_MAX_ITER: must be at least 1, not 0"):
        fit_settings({})


def test_an_unknown_key_ends_the_program_with_2_and_a_near_name(emcli: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("labell: true\n", encoding="utf-8")
    done = emcli("sample", "m.yaml", "-n", "3", "--config", "s.yaml")
    assert done.code == 2
    assert "emcli: error: s.yaml:1: unknown key 'labell'" in done.err
    assert "did you mean 'label'" in done.err


def test_no_settings_file_is_read_unasked(emcli: Run, two: Path, tmp_path: Path) -> None:
    for name in ("emcli.yaml", ".emcli.yaml", "sample.yaml"):
        (tmp_path / name).write_text("nonsense: true\n", encoding="utf-8")
    assert emcli("sample", two, "-n", "1").code == 0


def test_the_same_settings_give_the_same_bytes_from_everywhere(emcli: Run, two: Path, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("seed: 5\nrows: 4\nlabel: yes\n", encoding="utf-8")
    by_flags = emcli("sample", two, "-n", "4", "--seed", "5", "--label").out
    by_file = emcli("sample", two, "--config", "s.yaml").out
    by_environment = emcli("sample", two, env={"EMCLI_ROWS": "4", "EMCLI_SEED": "5", "EMCLI_LABEL": "true"}).out
    assert by_flags == by_environment
    assert by_flags.count(b"\n") == 5
    assert by_file == by_flags


@pytest.mark.parametrize("name", COMMANDS)
def test_every_field_is_in_the_table_of_options(name: str) -> None:
    for settings_class in (COMMANDS[name].settings, ScreenSettings):
        for leaf in leaves(settings_class):
            assert (leaf.name in OPTIONS) != (leaf.name in ARGUMENTS), leaf.name


def test_every_option_has_a_place_in_the_help_and_flags_of_its_own() -> None:
    assert all(option.panel in PANELS for option in OPTIONS.values())
    for name in COMMANDS:
        kinds = (COMMANDS[name].settings, ScreenSettings)
        fields = [leaf.name for kind in kinds for leaf in leaves(kind) if leaf.name in OPTIONS]
        flags = [flag for field in fields for flag in OPTIONS[field].flags]
        assert len(flags) == len(set(flags)), name


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_every_option(emcli: Run, name: str) -> None:
    text = emcli(name, "--help").text
    for settings_class in (COMMANDS[name].settings, ScreenSettings):
        for leaf in leaves(settings_class):
            if leaf.name in OPTIONS:
                assert OPTIONS[leaf.name].long in text


def test_help_names_every_word_an_option_takes() -> None:
    for command in COMMANDS.values():
        for leaf in leaves(command.settings):
            if leaf.name in OPTIONS:
                told = f"{OPTIONS[leaf.name].metavar} {OPTIONS[leaf.name].help}"
                assert all(choice in told for choice in leaf.choices), leaf.name

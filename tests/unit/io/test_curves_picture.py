"""Pictures of the curves: the same curves give the same bytes; without matplotlib the message says what to do."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from emcli.errors import UsageError
from emcli.io.curves_picture import Curves, check_picture, draw_curves
from emcli.io.output import open_output

CURVES = [
    Curves("full", [1, 2, 3], [-4.7, -4.2, -4.1], [-4.8, -4.2, None], [0.1, 0.1, None], [9.0, 5.0, 6.0], [9, 4, 1], 2),
    Curves("VEV", [1, 2, 3], [None, -4.3, -4.2], [None] * 3, [None] * 3, [None, 5.5, 6.5], [9, 4, 1], None),
]


@pytest.mark.parametrize("name", ["curves.png", "curves.svg", "curves.pdf"])
def test_the_same_curves_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    written = []
    for _ in range(2):
        with open_output(str(tmp_path / name)) as out:
            draw_curves(CURVES, out, name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1] and len(written[0]) > 1000


def test_without_matplotlib_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="matplotlib") as caught:
        check_picture("curves.png")
    assert caught.value.hint == "pip install 'emcli[plot]'"

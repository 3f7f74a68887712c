"""Pictures of the curves: the same curves give the same bytes; without matplotlib the message says what to do."""

from __future__ import annotations

from functools import partial

import pytest

from emcli.errors import UsageError
from emcli.report.pictures.canvas import check_picture, rendered
from emcli.report.pictures.curves import INCHES, Curves, draw_curves

CURVES = [
    Curves("full", [1, 2, 3], [-4.7, -4.2, -4.1], [-4.8, -4.2, None], [0.1, 0.1, None], [9.0, 5.0, 6.0], [9, 4, 1], 2),
    Curves("VEV", [1, 2, 3], [None, -4.3, -4.2], [None] * 3, [None] * 3, [None, 5.5, 6.5], [9, 4, 1], None),
]


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_curves_give_the_same_bytes(form: str) -> None:
    pytest.importorskip("matplotlib")
    drawn = [rendered(partial(draw_curves, curves=CURVES), INCHES, form, 60) for _ in range(2)]
    assert drawn[0] == drawn[1] and len(drawn[0]) > 1000


def test_without_matplotlib_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emcli.report.pictures.canvas.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="matplotlib") as caught:
        check_picture("curves.png")
    assert caught.value.hint == "pip install 'emcli[plot]'"

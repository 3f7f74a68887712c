"""The forms in which rows and components can be brought together: contracts hold whichever is chosen."""

from __future__ import annotations

import pytest

NEVER = 1e-300  # nats: no bound on an error is as low


@pytest.fixture(params=["fast", "anchored"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The form that the sizes of the numbers suggest, or the one that is safe at any."""
    chosen: str = request.param
    if chosen == "anchored":
        for room in ("kernels", "filled"):
            monkeypatch.setattr(f"emcli.core.passes.{room}.TRUSTED", NEVER)
    return chosen

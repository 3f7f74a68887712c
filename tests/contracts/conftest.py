"""The forms in which rows and components can be brought together: contracts hold whichever is chosen."""

from __future__ import annotations

import pytest

from emcli.core.passes import filled, kernels

NEVER = 1e-300  # nats: no bound on an error is as low


@pytest.fixture(params=["fast", "anchored"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The form that the sizes of the numbers suggest, or the one that is safe at any."""
    chosen: str = request.param
    if chosen == "anchored":
        for module in (kernels, filled):
            monkeypatch.setattr(module, "TRUSTED", NEVER)
    return chosen

"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("emcli", deadline=None)  # the first example may have to load pyarrow
settings.load_profile("emcli")

"""The settings file of --config, read only when one is named."""

from __future__ import annotations

from emcli.io.models.settings_file import read_settings

__all__ = ["read_settings"]

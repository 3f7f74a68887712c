"""Component distributions, one per file."""

from __future__ import annotations

from emcli.core.families.gaussian import Gaussian

FAMILIES = {Gaussian.name: Gaussian}

__all__ = ["FAMILIES", "Gaussian"]

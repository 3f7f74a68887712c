"""Component distributions: one kind of tail per file, and what all of them share.

FAMILIES holds the kinds of tail by the name that the command line and model files use.
"""

from __future__ import annotations

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.families.elliptical.normal import Gaussian
from emcli.core.families.elliptical.student_t import StudentT
from emcli.core.families.elliptical.tails import Moments, Seen, Tail

_TAILS: tuple[type[Tail], ...] = (Gaussian, StudentT)

FAMILIES: dict[str, type[Tail]] = {tail.name: tail for tail in _TAILS}

__all__ = ["FAMILIES", "Elliptical", "Moments", "Seen", "Tail"]

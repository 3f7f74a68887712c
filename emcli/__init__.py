"""Soft clustering by expectation maximisation, from the command line and from Python."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["Model", "fit", "load"]

TYPE_CHECKING = False  # importing typing takes longer than all of `emcli --version`, and no signal is in hand yet
if TYPE_CHECKING:
    from typing import Any

    from emcli.python import Model, fit, load


def __getattr__(name: str) -> Any:
    """The Python interface, imported with pandas when it is first asked for: the command line does without."""
    if name not in __all__:
        raise AttributeError(f"module 'emcli' has no attribute {name!r}")
    from emcli import python

    return getattr(python, name)

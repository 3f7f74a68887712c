"""A folder for outputs: made if it is not there."""

from __future__ import annotations

import os

from emcli.errors import OutputError
from emcli.io.printable import printable


def ensure_folder(path: str) -> None:
    """The folder exists afterwards; OutputError if it cannot."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be created: {error.strerror}", where=printable(path, 4096)) from error

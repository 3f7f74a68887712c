"""The files that an input is made of: a name, a pattern with wildcards, or a folder."""

from __future__ import annotations

import glob
import os

from emcli.errors import InputError
from emcli.io.printable import printable
from emcli.io.read.bytes.raw_bytes import is_url

LEFT_OUT = (".", "_")
"""How the names of files begin that lie beside the parts of a table and are none, as _SUCCESS does."""


def parts_of(path: str) -> list[str]:
    """The paths in sorted order; InputError if a pattern matches nothing or a folder holds no file.

    A name that exists is taken as it is, wildcards or not; ** matches any number of folders.  Of a URL, * and [] are
    wildcards and a / at the end means a folder.
    """
    if is_url(path):
        from emcli.io.read.bytes.remote_bytes import parts_of_url

        return parts_of_url(path)
    if os.path.isdir(path):
        found = [os.path.join(path, name) for name in os.listdir(path) if not name.startswith(LEFT_OUT)]
        return _files(found, path, "is a directory without a file in it")
    if path == "-" or not glob.has_magic(path) or os.path.lexists(path):
        return [path]
    return _files(glob.glob(path, recursive=True), path, "no file matches this pattern")


def _files(found: list[str], path: str, nothing: str) -> list[str]:
    files = sorted(name for name in found if os.path.isfile(name))
    if not files:
        hint = "a shell expands patterns by itself unless they are quoted" if glob.has_magic(path) else None
        raise InputError(nothing, where=printable(path, 4096), hint=hint)
    return files

"""Find out what an output path really is, and refuse what cannot be written before any work is done.

Links are followed as `cp` and `>` follow them, so that a link stays a link and its target gets the data.  A
regular file is replaced whole (even a read-only one, as `mv` would: the folder's permissions decide); a
device, a FIFO, standard output and inherited descriptors (`/dev/stdout`, `/dev/fd/63` of a shell's process
substitution) are written straight, because a rename would destroy them.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from emcli.errors import OutputError, UsageError
from emcli.io.printable import printable

STDOUT = "-"
_DESCRIPTOR_PATH = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_STREAM_PATHS = {STDOUT: 1, "/dev/stdout": 1, "/dev/stderr": 2}


@dataclass(frozen=True)
class Target:
    """Where an output goes.

    name        the path as the user wrote it, for messages
    path        the resolved path
    descriptor  an inherited descriptor to write to, or None
    straight    True if it is written directly instead of being replaced by a finished file
    old         the status of the file that is there now, or None
    """

    name: str
    path: str
    descriptor: int | None = None
    straight: bool = False
    old: os.stat_result | None = None


def check_output(path: str, clobber: bool = True) -> None:
    """Raise OutputError if `path` cannot be written, as far as can be known without touching it."""
    find_target(path, clobber)


def find_target(path: str, clobber: bool = True) -> Target:
    """What `path` stands for; OutputError if it is a folder, lies in none, loops, or must not be replaced."""
    descriptor = _inherited(path)
    if descriptor is not None:
        return _stream(path, descriptor)
    name = printable(path, 4096)
    try:
        return _file(path, name, clobber)
    except OutputError as error:
        raise error.at(name) from None
    except OSError as error:
        raise OutputError(f"cannot be created: {error.strerror}", where=name) from error
    except ValueError as error:
        raise OutputError("cannot be created: the name holds a NUL character", where=name) from error


def refuse_same_file(outputs: Mapping[str, str | None], kept: Mapping[str, str | None] | None = None) -> None:
    """Raise UsageError if two outputs are one file, or if an output would replace a file of `kept`.

    Both map what the user knows a path as ("-o", "the model") to the path; None stands for "not given".  An
    output that is also the input *table* is fine (it is replaced after it was read) and does not belong
    into `kept`.
    """
    named = [(what, path) for what, path in outputs.items() if path is not None]
    for i, (what, path) in enumerate(named):
        for other, earlier in named[:i]:
            if _same(path, earlier):
                raise UsageError(f"{other} and {what} are the same file", where=printable(path, 4096))
        for other, keep in (kept or {}).items():
            if keep is not None and STDOUT not in (keep, path) and _same(path, keep):
                raise UsageError(f"{what} would overwrite {other}", where=printable(path, 4096))


def _inherited(path: str) -> int | None:
    match = _DESCRIPTOR_PATH.fullmatch(path)
    return int(match[1]) if match else _STREAM_PATHS.get(path)


def _stream(path: str, descriptor: int) -> Target:
    name = "<stdout>" if path == STDOUT else path
    # With `>&-` the first file that the process opens becomes descriptor 1; only its start knew.
    closed = descriptor == 1 and sys.__stdout__ is None
    try:
        os.fstat(-1 if closed else descriptor)
    except OSError as error:
        raise OutputError("cannot be written: it is closed", where=name) from error
    return Target(name, path, descriptor, straight=True)


def _file(path: str, name: str, clobber: bool) -> Target:
    old = _status(path)
    target = os.path.realpath(path)
    if old is None:
        _check_folder(path, target)
        return Target(name, target)
    if stat.S_ISDIR(old.st_mode):
        raise OutputError("cannot be created: it is a directory")
    if stat.S_ISSOCK(old.st_mode):
        raise OutputError("cannot be created: it is a socket")
    if not stat.S_ISREG(old.st_mode):
        if not os.access(path, os.W_OK):
            raise OutputError("cannot be written: Permission denied")
        return Target(name, path, straight=True, old=old)
    if not clobber:
        raise already_exists()
    _check_folder(path, target)
    return Target(name, target, old=old)


def already_exists() -> OutputError:
    """The refusal to replace a file under --no-clobber."""
    return OutputError("already exists", hint="leave out --no-clobber to replace it")


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _check_folder(path: str, target: str) -> None:
    folder, base = os.path.split(target)
    if not path or not base or path.endswith("/"):
        raise OutputError("cannot be created: it names no file")
    written = os.path.dirname(path) or "."
    shown = printable(folder if os.path.islink(path) else written, 4096)
    if not os.path.isdir(folder):
        raise OutputError(f"cannot be created: the folder '{shown}' does not exist")
    if not os.access(folder, os.W_OK | os.X_OK):
        hint = "outputs are first written to a temporary file in their folder"
        raise OutputError(f"cannot be created: the folder '{shown}' is not writable", hint=hint)


def _same(one: str, other: str) -> bool:
    descriptors = _inherited(one), _inherited(other)
    if descriptors != (None, None):
        return descriptors[0] == descriptors[1]
    try:
        if os.path.exists(one) and not os.path.isfile(one):
            return False
        return os.path.realpath(one) == os.path.realpath(other)
    except (OSError, ValueError):
        return one == other

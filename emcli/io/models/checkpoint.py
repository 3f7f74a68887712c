"""A file from which an interrupted fit goes on: what it was about, and the passes it made.

The first line names the format, the second is JSON about the fit; then come the passes, and at the end a digest of all
before it.  The file is replaced as a whole, so that there is always one that can be read.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emcli.data.rows import FloatArray
from emcli.errors import BadData, InputError
from emcli.io.printable import printable
from emcli.io.write.outputs.output import open_output

FORMAT = b"emcli-checkpoint/2\n"
HEAD = struct.Struct("<16sQ")  # digest of what was asked, numbers


@dataclass(frozen=True, eq=False)
class KeptPass:
    """asked (16 bytes), and the numbers (p,) of the answers."""

    asked: bytes
    numbers: FloatArray


def write_checkpoint(path: str, about: Mapping[str, Any], passes: Iterable[KeptPass]) -> None:
    """Replace the file."""
    digest = hashlib.sha256()
    with open_output(path) as out:
        for piece in _pieces(about, passes):
            digest.update(piece)
            out.write(piece)
        out.write(digest.digest())


def _pieces(about: Mapping[str, Any], passes: Iterable[KeptPass]) -> Iterator[bytes]:
    yield FORMAT
    yield json.dumps(about, sort_keys=True).encode() + b"\n"
    for one in passes:
        yield HEAD.pack(one.asked, one.numbers.size) + one.numbers.astype("<f8").tobytes()


def read_checkpoint(path: str, about: Mapping[str, Any]) -> list[KeptPass]:
    """The passes in a file; BadData if it is damaged or not about this fit."""
    name = printable(path, 4096)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as problem:
        raise InputError(f"cannot be opened: {(problem.strerror or str(problem)).lower()}", where=name) from None
    if not data.startswith(FORMAT):
        raise BadData("is no checkpoint of emcli", where=name)
    body = data[:-32]
    if hashlib.sha256(body).digest() != data[-32:]:
        raise BadData("the checkpoint is damaged or cut short", where=name, hint="begin again without --resume")
    line, _, rest = body[len(FORMAT) :].partition(b"\n")
    _check_about(json.loads(line), dict(about), name)
    return list(_passes(rest))


def _check_about(found: dict[str, Any], wanted: dict[str, Any], name: str) -> None:
    differing = sorted(key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key))
    if not differing:
        return
    key = differing[0]
    raise BadData(
        f"the checkpoint is of another fit: {key} was {found.get(key)}, and is {wanted.get(key)} now",
        where=name,
        hint="resume with the same table and the same options, or begin again without --resume",
    )


def _passes(data: bytes) -> Iterator[KeptPass]:
    at = 0
    while at < len(data):
        asked, n_numbers = HEAD.unpack_from(data, at)
        at += HEAD.size
        numbers = np.frombuffer(data, "<f8", n_numbers, at).astype(np.float64)
        at += 8 * n_numbers
        yield KeptPass(asked, numbers)

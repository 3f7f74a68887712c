"""A folder of outputs, one for each part of an input: part-00000.csv, part-00001.csv, ...; all appear, or none.

Whoever has a part, here or on another machine that sees the folder, writes its output into a hidden folder inside;
when all are there, they are put in place.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from emcli.errors import OutputError
from emcli.io.printable import printable
from emcli.io.read.bytes.raw_bytes import URL
from emcli.io.write.outputs.output import Outputs
from emcli.io.write.outputs.output_folder import ensure_folder
from emcli.io.write.outputs.output_kinds import SUFFIX
from emcli.io.write.sinks.parquet_out import EXTENSION

PART = re.compile(r"part-\d{5,}\.(csv|parquet)")


def part_name(number: int, path: str) -> str:
    """How the output of a part is called: Parquet begets Parquet, all else text."""
    return f"part-{number:05}{EXTENSION if path.lower().endswith(EXTENSION) else '.csv'}"


@contextmanager
def output_parts(folder: str, names: Sequence[str], *, clobber: bool = True) -> Iterator[list[str]]:
    """Where to write the files that have these names in the folder once the block has ended without an exception.

    OutputError if the folder cannot be made, or has parts of another run that would stay among these.
    """
    if URL.match(folder):
        raise OutputError("a table can be read from a URL, not written to one", where=printable(folder, 4096))
    with ExitStack() as stack:
        if not os.path.lexists(folder):
            stack.callback(_remove_empty, folder)
        ensure_folder(folder)
        refuse_leftovers(folder, names)
        hidden = os.path.join(folder, f".{os.urandom(4).hex()}{SUFFIX}")
        stack.callback(shutil.rmtree, hidden, ignore_errors=True)
        outputs = stack.enter_context(Outputs(clobber=clobber))
        written = [os.path.join(hidden, name) for name in names]
        for name, path in zip(names, written, strict=True):
            outputs.expect(os.path.join(folder, name), path)
        ensure_folder(hidden)
        yield written


def refuse_leftovers(folder: str, names: Sequence[str]) -> None:
    """OutputError if a part lies in the folder that is none of these: together they would be taken for one table."""
    left = sorted(name for name in os.listdir(folder) if PART.fullmatch(name) and name not in set(names))
    if left:
        hint = "remove it, or write to another folder"
        raise OutputError(
            f"'{printable(left[0])}' is there, and no part of what will be written",
            where=printable(folder, 4096),
            hint=hint,
        )


def _remove_empty(folder: str) -> None:
    with suppress(OSError):
        os.rmdir(folder)

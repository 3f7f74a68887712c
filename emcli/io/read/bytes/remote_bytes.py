"""Inputs that are URLs, opened by fsspec: http://, s3://, file://, memory:// and what else it knows.

Most can be read from any place on.  What comes only from its beginning, as from many web servers, is read once and kept
as a pipe is.  A change of the content is noticed where size, time or tag tell of it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from emcli.errors import BadData, InputError, UsageError
from emcli.io.printable import printable
from emcli.io.read.bytes.parts import LEFT_OUT
from emcli.io.read.bytes.raw_bytes import RawBytes, SpooledBytes

TELLING = ("size", "mtime", "created", "LastModified", "last_modified", "updated", "ETag", "etag", "generation")
"""What the kinds of storage say of a file that changes with its content."""

FOREIGN = {
    "aiohttp": "ClientError",
    "azure.core.exceptions": "AzureError",
    "botocore.exceptions": "BotoCoreError",
    "gcsfs.retry": "HttpError",
    "google.auth.exceptions": "GoogleAuthError",
}
"""What their libraries raise that is no OSError, by module."""


def open_url(url: str) -> RawBytes:
    """The bytes behind a URL; InputError if it cannot be opened, UsageError without fsspec."""
    place, path = _place(url)
    with _told(url, "opened"):
        version = _version(place, path)
        file = place.open(path, "rb")
    if getattr(file, "size", None) is None:
        return SpooledBytes(Coming(file, url), url, version)
    return RemoteBytes(place, path, file, url, version)


def parts_of_url(url: str) -> list[str]:
    """The URLs of the files in sorted order; InputError if a pattern matches nothing or a folder holds no file."""
    place, path = _place(url)
    if url.endswith("/"):
        with _told(url, "listed"):
            found = {one["name"]: one for one in place.ls(path, detail=True)}
        names = [name for name in found if not name.rstrip("/").rpartition("/")[2].startswith(LEFT_OUT)]
        nothing = "is a directory without a file in it"
    elif "*" in path or "[" in path:
        with _told(url, "listed"):
            found = place.glob(path, detail=True)
        names, nothing = list(found), "no file matches this pattern"
    else:
        return [url]
    files = sorted(place.unstrip_protocol(name) for name in names if found[name]["type"] == "file")
    if not files:
        raise InputError(nothing, where=printable(url, 4096))
    return files


class Coming:
    """What a server sends, from the beginning to the end."""

    def __init__(self, file: Any, url: str) -> None:
        self._file, self._url = file, url

    def read(self, size: int) -> bytes:
        with _told(self._url, "read"):
            return bytes(self._file.read(size))

    def close(self) -> None:
        self._file.close()


class RemoteBytes:
    """A file that can be read from any place on."""

    def __init__(self, place: Any, path: str, file: Any, url: str, version: object) -> None:
        self._place, self._path, self._file, self._url = place, path, file, url
        self.version = version
        self._lock = threading.Lock()  # between seek and read

    def read_at(self, offset: int, size: int) -> bytes:
        with self._lock, _told(self._url, "read"):
            self._file.seek(offset)
            return bytes(self._file.read(size))

    def size(self) -> int:
        return int(self._file.size)

    def check_unchanged(self) -> None:
        with _told(self._url, "read"):
            self._place.invalidate_cache()
            now = _version(self._place, self._path)
        if now != self.version:
            raise BadData(
                "the file changed while it was being read",
                where=printable(self._url, 4096),
                hint="run the command again when nothing writes to it",
            )

    def close(self) -> None:
        self._file.close()


def _place(url: str) -> tuple[Any, str]:
    """What knows the files, and the path there."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        hint = "pip install 'emcli[remote]'"
        raise UsageError("a URL needs the package fsspec, which is not installed", where=url, hint=hint) from None
    try:
        with _told(url, "opened"):
            place, path = url_to_fs(url)
    except ImportError as problem:  # it says which package opens such a URL
        raise UsageError(str(problem), where=printable(url, 4096)) from None
    return place, path


def _version(place: Any, path: str) -> tuple[Any, ...]:
    told = place.info(path)
    return tuple(told.get(name) for name in TELLING)


@contextmanager
def _told(url: str, what: str) -> Iterator[None]:
    """What goes wrong far away, in one line."""
    foreign = [getattr(sys.modules[module], name) for module, name in FOREIGN.items() if module in sys.modules]
    try:
        yield
    except (OSError, ValueError, RuntimeError, *foreign) as problem:
        raise InputError(f"cannot be {what}: {_reason(problem)}", where=printable(url, 4096)) from None


def _reason(problem: BaseException) -> str:
    """A server that does not answer is a missing file to fsspec, and the cause of that."""
    if isinstance(problem, FileNotFoundError):
        return "there is no such file" if problem.__cause__ is None else _reason(problem.__cause__)
    if hasattr(problem, "status"):
        return f"the server says {problem.status} {getattr(problem, 'message', '')}".rstrip()
    return _first_line(problem)


def _first_line(problem: BaseException) -> str:
    return printable((str(problem).splitlines() or [type(problem).__name__])[0], 200)

"""Tables behind URLs: the same bytes, wherever they come from."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("fsspec", reason="URLs need fsspec: pip install 'emcli[remote]'")

from emcli.errors import BadData, InputError, UsageError
from emcli.io.read.tables.numeric_table import ColumnChoice, read_numeric
from emcli.io.read.tables.table_source import open_table

ROWS = [f"{i},{i % 7 + i / 8}" for i in range(3000)]


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *told: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two parts as CSV, packed CSV and Parquet."""
    folder = tmp_path_factory.mktemp("far")
    for number in range(2):
        text = "\n".join(["a,b", *ROWS[1500 * number : 1500 * (number + 1)]]) + "\n"
        (folder / f"t-{number}.csv").write_text(text)
        (folder / f"z-{number}.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
        columns = zip(*(map(float, row.split(",")) for row in text.splitlines()[1:]), strict=True)
        pq.write_table(pa.table(dict(zip("ab", map(list, columns), strict=True))), folder / f"q-{number}.parquet")
    (folder / "parts").mkdir()
    for name in ("t-0.csv", "t-1.csv", "_SUCCESS"):
        (folder / "parts" / name).write_bytes((folder / name).read_bytes() if name[0] == "t" else b"")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """The address of a plain web server over the folder; it knows no ranges."""
    pytest.importorskip("aiohttp", reason="http:// needs aiohttp: pip install 'emcli[remote]'")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def digest(path: str) -> tuple[str, float]:
    with open_table(path) as source:
        table = read_numeric(source, ColumnChoice())
        return table.sha256, float(table.values.sum())


@pytest.mark.parametrize("names", ["t-0.csv", "t-*.csv", "z-*.csv.gz", "q-1.parquet", "q-*.parquet", "parts/"])
def test_a_url_is_read_as_the_file_is(names: str, folder: Path, server: str) -> None:
    here = digest(f"{folder}/{names}")
    assert digest(f"file://{folder}/{names}") == here
    assert digest(f"{server}/{names}") == here


def test_what_is_not_there_is_named(folder: Path, server: str) -> None:
    for url, told in {
        f"{server}/no.csv": "cannot be opened: the server says 404 File not found",
        f"{server}/no-*.csv": "no file matches this pattern",
        f"file://{folder}/no.csv": "cannot be opened: there is no such file",
        "http://127.0.0.1:1/x.csv": "cannot be opened: Cannot connect to host 127.0.0.1:1",
        "nowhere://x": "Protocol not known: nowhere",
    }.items():
        with pytest.raises(InputError) as error, open_table(url):
            pass
        assert str(error.value).startswith(f"{url}: ")
        assert told in str(error.value)


def test_a_change_between_passes_is_noticed() -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe({"/one.csv": b"a\n1\n2\n3\n", "/p-0.csv": b"a\n1\n2\n", "/p-1.csv": b"a\n1\n3\n"})
    for url, changed in {"memory://one.csv": "/one.csv", "memory://p-*.csv": "/p-1.csv"}.items():
        with open_table(url) as source:
            assert sum(block.n_rows for block in source.blocks()) in (3, 4)
            memory.pipe(changed, b"a\n1\n2\n3\n4\n")
            with pytest.raises(BadData, match="changed while"):
                list(source.blocks())


def test_without_fsspec_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(UsageError) as error, open_table("http://example.com/x.csv"):
        pass
    assert (error.value.where, error.value.hint) == ("http://example.com/x.csv", "pip install 'emcli[remote]'")

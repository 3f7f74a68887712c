from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from emcli.errors import BadData
from emcli.io.read.tables.numeric_table import ColumnChoice, NumericTable, read_numeric
from emcli.io.read.tables.table_source import open_table

CONTENT = b"x,y\n" + b"".join(b"%d.5,%d\n" % (i, i * i % 97) for i in range(5000))


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return packed


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}
each_packer = pytest.mark.parametrize(("extension", "pack"), PACKERS.items())


def read(path: Path) -> NumericTable:
    with open_table(str(path)) as source:
        return read_numeric(source, ColumnChoice())


@each_packer
def test_compressed_tables_are_read_by_content_whatever_their_name(
    tmp_path: Path, extension: str, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "plain.csv").write_bytes(CONTENT)
    expected = read(tmp_path / "plain.csv").values
    packed = pack(CONTENT)
    for name in ("t.csv" + extension, "t.csv"):
        (tmp_path / name).write_bytes(packed)
        found = read(tmp_path / name)
        assert found.values.tobytes() == expected.tobytes()
        assert found.sha256 == hashlib.sha256(packed).hexdigest()


@each_packer
def test_a_truncated_archive_is_an_error_wherever_it_is_cut(
    tmp_path: Path, extension: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / ("t.csv" + extension)
    packed = pack(CONTENT)
    for length in [1, 7, len(packed) // 2, len(packed) - 9, len(packed) - 1]:
        path.write_bytes(packed[:length])
        with pytest.raises(BadData):
            read(path)


@each_packer
def test_a_damaged_archive_is_an_error(tmp_path: Path, extension: str, pack: Callable[[bytes], bytes]) -> None:
    packed = bytearray(pack(CONTENT))
    packed[len(packed) // 2] ^= 0xFF
    path = tmp_path / ("t.csv" + extension)
    path.write_bytes(bytes(packed))
    if extension == ".zst":
        pytest.skip("Arrow writes no checksum, so not every damage can be seen")
    with pytest.raises(BadData, match=r"t\.csv"):
        read(path)


def test_archives_of_several_members_are_read_to_the_end(tmp_path: Path) -> None:
    half = CONTENT.index(b"\n", len(CONTENT) // 2) + 1
    for extension, pack in PACKERS.items():
        path = tmp_path / ("t.csv" + extension)
        path.write_bytes(pack(CONTENT[:half]) + pack(CONTENT[half:]))
        assert len(read(path).values) == 5000


def test_a_name_that_promises_compression_over_plain_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(CONTENT)
    with pytest.raises(BadData, match="does not hold gzip data"):
        read(path)


def test_other_kinds_of_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"PK\x03\x04" + b"\0" * 100)
    with pytest.raises(BadData, match="Excel workbook"):
        read(path)


def test_a_table_may_begin_like_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"BZh,x\n1,2\n3,4\n")
    assert read(path).columns == ("BZh", "x")

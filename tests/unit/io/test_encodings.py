from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import pytest

from emcli.errors import BadData, UsageError
from emcli.io.read.bytes.encodings import utf8_pieces
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import open_table

TEXT = "größe,体重 😀\r\n1.5,2\r\nß,3\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_a_byte_order_mark_is_recognised(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode(encoding))
    with open_table(str(path)) as source:
        assert source.header == ("größe", "体重 😀")
        block = next(iter(source.blocks()))
        assert block.texts(0) == ["1.5", "ß"]
        assert list(block.records()) == [b"1.5,2", "ß,3".encode()]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_named_encoding_is_decoded_in_pieces_of_any_size(encoding: str, size: int) -> None:
    raw = TEXT.encode(encoding)
    pieces = [raw[i : i + size] for i in range(0, len(raw), size)]
    named = None if raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE)) else encoding
    assert b"".join(utf8_pieces(pieces, named, "t.csv")).decode() == TEXT


def test_no_more_is_read_ahead_than_a_byte_order_mark_needs() -> None:
    read: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        for piece in (b"x,y\n1,2\n", b"3,4\n"):
            read.append(piece)
            yield piece

    assert next(utf8_pieces(pieces(), None, "t.csv")) == b"x,y\n1,2\n"
    assert len(read) == 1


def test_bytes_that_do_not_fit_the_encoding_are_named_with_line_and_offset(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,y\n1,2\n3,\x81\n")
    with pytest.raises(BadData, match=r"t\.csv:3: byte 10 is not cp1252"):
        open_table(str(path), ReadOptions(encoding="cp1252"))


@pytest.mark.parametrize("encoding", ["latin-9x", "base64", "rot13", ""])
def test_an_encoding_that_is_none_is_a_usage_error(encoding: str) -> None:
    with pytest.raises(UsageError) as caught:
        ReadOptions(encoding=encoding)
    assert caught.value.where == "encoding"


@pytest.mark.parametrize("delimiter", ["", '"', "\n", "a\n"])
def test_what_cannot_separate_cells_is_a_usage_error(delimiter: str) -> None:
    with pytest.raises(UsageError):
        ReadOptions(delimiter=delimiter)


def test_a_tab_can_be_spelled() -> None:
    assert ReadOptions(delimiter=r"\t").delimiter == "\t"
    assert ReadOptions(delimiter="tab").delimiter == "\t"

"""Write a Parquet file: tables handed over piece by piece, in row groups of a steady size.

It stands where other outputs have a file of bytes: opened by its name, put in place when all is written.  Columns of
one name have one type in all pieces, the one of the first; a column of which nothing is known becomes double.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from emcli.errors import BadData, OutputError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from emcli.io.write.outputs.file_writer import Bytes, FileWriter

ROWS_PER_GROUP = 1 << 17
EXTENSION = ".parquet"


class _Positioned:
    """A FileWriter with the face of a file that Arrow writes to."""

    closed = False

    def __init__(self, writer: FileWriter) -> None:
        self._writer = writer
        self._size = 0

    def write(self, data: bytes) -> int:
        self._size += len(data)
        return self._writer.write(bytes(data))

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass  # the file is closed by who opened it, after it was brought to the disk


class ParquetOut:
    """Takes Arrow tables; `close` writes what is waiting, ends the file and closes it."""

    def __init__(self, name: str, writer: FileWriter) -> None:
        self._name = name
        self._writer = writer
        self._file: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []

    def write_table(self, table: pa.Table) -> None:
        """Add rows; BadData if they do not have the columns and types of those before."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._file is None:
            schema = pa.schema([_known(field) for field in table.schema])
            self._file = pq.ParquetWriter(pa.PythonFile(_Positioned(self._writer), mode="w"), schema)
        try:
            self._waiting.append(table.cast(self._file.schema))
        except (ValueError, pa.ArrowException) as problem:
            reason = str(problem).splitlines()[0]
            raise BadData(f"a column does not have one type throughout: {reason}", where=self._name) from None
        if sum(piece.num_rows for piece in self._waiting) >= ROWS_PER_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        import pyarrow as pa

        if self._file is not None and self._waiting:
            self._file.write_table(pa.concat_tables(self._waiting), row_group_size=ROWS_PER_GROUP)
            self._waiting = []

    def write(self, data: Bytes) -> NoReturn:
        """What is no table cannot be written as Parquet."""
        raise OutputError("this is not a table of rows: it cannot be written as Parquet", where=self._name)

    def flush(self) -> None:
        """Nothing: a file of Parquet is of use when it has its end."""

    def close(self) -> None:
        self._write_group()
        if self._file is not None:
            self._file.close()
        self._writer.close()

    def abandon(self) -> None:
        self._file = None
        self._writer.abandon()


def _known(field: pa.Field) -> pa.Field:
    import pyarrow as pa

    return field.with_type(pa.float64()) if pa.types.is_null(field.type) else field

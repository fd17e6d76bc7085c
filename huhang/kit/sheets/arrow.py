"""Big files as Arrow tables in chunks: CSV and Parquet without a detour through Python objects."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from huhang.kit.sheets.delimited import Text, detect, read_delimited, sniff
from huhang.kit.sheets.errors import FileIsEmpty, FileUnreadable
from huhang.kit.sheets.sheet import Sheet

CHUNK_ROWS = 100_000
BLOCK = 16 * 1024 * 1024
# The years 2 and 9998 in microseconds from 1970: Python knows moments between them in every zone.
EARLIEST, LATEST = -62_100_000_000_000_000, 253_300_000_000_000_000

Chunk = tuple[list[int] | range, pa.Table]


def tables(sheet: Sheet, chunk_rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The good rows in tables, each with the numbers of its rows; CSV cells are strings, `''` when empty."""
    if sheet.format == "parquet":
        for numbers, found in parquet_tables(sheet, chunk_rows):
            # Of columns with the same name the last one counts, as in rows.
            yield numbers, pa.table(dict(zip(found.column_names, map(_readable, found.columns), strict=True)))
        return
    done = 0
    if sheet.format == "csv" and (text := detect(sheet.path)).is_clean:
        try:
            for table in _plain_csv(text):
                yield range(done + 2, done + 2 + table.num_rows), table
                done += table.num_rows
        except pa.ArrowInvalid:
            # A broken or blank line: Arrow cannot say which, so the careful reader goes on from here.
            pass
        else:
            if not done:
                raise FileIsEmpty(file=sheet.name)
            return
    yield from _careful(sheet, chunk_rows, done)


def parquet_tables(sheet: Sheet, chunk_rows: int) -> Iterator[Chunk]:
    try:
        with pq.ParquetFile(sheet.path) as file:
            if not file.metadata.num_rows:
                raise FileIsEmpty(file=sheet.name)
            first = 1
            for batch in file.iter_batches(batch_size=chunk_rows):
                yield range(first, first + batch.num_rows), pa.Table.from_batches([batch])
                first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise FileUnreadable(_("Parquet 已损坏"), file=sheet.name) from error


def _readable(column: Any) -> Any:
    """A column of a type that cells have; any other as text, so that its rows can be refused by what stands there."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if any(is_one(kind) for is_one in _KINDS_OF_CELLS):
        return column
    try:
        return column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.chunked_array(
            [[None if cell is None else str(cell) for cell in column.to_pylist()]], pa.string()
        )


_KINDS_OF_CELLS = (
    pa.types.is_string, pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_date,
    pa.types.is_decimal, pa.types.is_dictionary, pa.types.is_null,
)  # fmt: skip


def _moments(column: Any) -> Any:
    """Microseconds, finer ones cut; where a moment is beyond every calendar, the numbers as text."""
    try:
        moments = column.cast(pa.timestamp("us", column.type.tz), safe=column.type.unit != "ns")
    except pa.ArrowInvalid:
        return column.cast(pa.int64()).cast(pa.string())
    counted = moments.cast(pa.int64())
    first, last = pc.min(counted).as_py(), pc.max(counted).as_py()
    is_far = first is not None and not EARLIEST <= first <= last <= LATEST
    return column.cast(pa.int64()).cast(pa.string()) if is_far else moments


def _plain_csv(text: Text) -> Iterator[pa.Table]:
    """Tables of strings as long as the file has no broken line; `ArrowInvalid` at the first."""
    delimiter = sniff(text)
    _number, header = next(read_delimited(text, lambda *_: None), (1, []))
    columns = [name.strip() for name in header]
    if not all(columns) or len(set(columns)) != len(columns) or len(columns) == 1:
        raise pa.ArrowInvalid("the header needs a closer look")
    reader = pa_csv.open_csv(
        text.path,
        read_options=pa_csv.ReadOptions(
            encoding=text.encoding, column_names=columns, skip_rows=1, block_size=BLOCK, use_threads=False
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False, check_utf8=True
        ),
    )
    for batch in reader:
        if batch.num_rows:
            yield pa.Table.from_batches([batch])


def _careful(sheet: Sheet, chunk_rows: int, done: int) -> Iterator[Chunk]:
    rows = ((number, row) for number, row in sheet if sheet.format != "csv" or number > done + 1)
    while chunk := list(islice(rows, chunk_rows)):
        columns = list(dict.fromkeys(name for _, row in chunk for name in row))
        values = {name: [_text(row.get(name)) for _, row in chunk] for name in columns}
        arrays = {name: pa.array(column, pa.string()) for name, column in values.items()}
        yield [number for number, _ in chunk], pa.table(arrays)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Big files as Arrow tables in chunks: CSV and Parquet without a detour through Python objects."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from huhang.kit.sheets.delimited import Text, detect, read_delimited, sniff
from huhang.kit.sheets.errors import FileIsEmpty, FileUnreadable
from huhang.kit.sheets.sheet import Sheet

CHUNK_ROWS = 100_000
BLOCK = 16 * 1024 * 1024

Chunk = tuple[list[int] | range, pa.Table]


def tables(sheet: Sheet, chunk_rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The good rows in tables, each with the numbers of its rows; CSV cells are strings, `''` when empty."""
    if sheet.format == "parquet":
        yield from parquet_tables(sheet, chunk_rows)
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

"""One reader per format: each yields good rows with their numbers and puts broken ones aside."""

import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import orjson
from django.utils.translation import gettext as _

from huhang.kit.sheets.arrow import CHUNK_ROWS, parquet_tables
from huhang.kit.sheets.delimited import detect, read_delimited, wrong_with
from huhang.kit.sheets.errors import FileIsEmpty, FileTooLarge, FileUnreadable
from huhang.kit.sheets.sheet import Reader, Row, Sheet

# Above this a spreadsheet has already lost the last digits of a number (IEEE double, 15 digits).
EXACT_IN_EXCEL = 10**15
# A sheet whose last cell lies in column XFD costs sixteen thousand cells for each of its million empty rows.
MOST_COLUMNS = 1000

Rows = Iterator[tuple[int, Row]]


def _delimited(sheet: Sheet) -> Rows:
    text = detect(sheet.path)
    records = read_delimited(text, sheet.reject)
    sheet.columns = columns = _header(next(records, (1, []))[1], sheet)
    empty = True
    for number, record in records:
        row = dict(zip(columns, record, strict=False))
        if reason := wrong_with(record, columns):
            sheet.reject(number, reason, row)
        else:
            yield number, row
        empty = False
    if empty and not sheet.rejected:
        raise FileIsEmpty(file=sheet.name)


def _header(record: list[str], sheet: Sheet) -> list[str]:
    columns = [name.strip() for name in record]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise FileIsEmpty(file=sheet.name)
    if len(columns) > MOST_COLUMNS:
        raise FileUnreadable(_("列数过多，最多 %(limit)d 列") % {"limit": MOST_COLUMNS}, file=sheet.name)
    twice = {name for name, times in Counter(columns).items() if times > 1}
    if twice or not all(columns):
        reason = _("表头有空列或重复列：%(columns)s") % {"columns": "、".join(sorted(twice)) or "''"}
        raise FileUnreadable(reason, errors=[{"row": 1, "field": "", "reason": reason}], file=sheet.name)
    return columns


# --- XLSX --------------------------------------------------------------------------------------------


def _workbook(sheet: Sheet) -> Rows:
    try:
        with zipfile.ZipFile(sheet.path) as packed:
            if sum(part.file_size for part in packed.infolist()) > sheet.caps.xlsx_size:
                raise FileTooLarge(file=sheet.name, limit=sheet.caps.xlsx_size)
        with closing(openpyxl.load_workbook(sheet.path, read_only=True, data_only=True)) as book:
            # One column more than allowed, so that too many are noticed.
            records = book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
            sheet.columns = _header([_cell(value) for value in next(records, ())], sheet)
            yield from _workbook_rows(sheet, sheet.columns, records)
    except (zipfile.BadZipFile, zlib.error, ParseError, KeyError, ValueError, IndexError, OSError) as error:
        raise FileUnreadable(_("XLSX 已损坏"), file=sheet.name) from error


def _workbook_rows(sheet: Sheet, columns: list[str], records: Iterator[tuple[Any, ...]]) -> Rows:
    empty = True
    for number, record in enumerate(records, start=2):
        if record.count(None) == len(record):
            continue
        empty = False
        cells = [*record, *[None] * len(columns)][: len(columns)]
        row = {name: _cell(value) for name, value in zip(columns, cells, strict=True)}
        if any(isinstance(value, int | float) and abs(value) >= EXACT_IN_EXCEL for value in cells):
            sheet.reject(number, _("数字超过 15 位，表格软件已丢失末位，请把该列设为文本后重填"), row)
        else:
            yield number, row
    if empty:
        raise FileIsEmpty(file=sheet.name)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value).strip()


# --- JSON and Parquet --------------------------------------------------------------------------------


def _json_lines(sheet: Sheet) -> Rows:
    text = detect(sheet.path)
    with text.open() as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield from _json_row(sheet, number, line)


def _json_row(sheet: Sheet, number: int, line: str) -> Rows:
    try:
        row = orjson.loads(line)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        sheet.reject(
            number, _("不是有效的 JSON：%(reason)s") % {"reason": error}, {"line": line.strip()[:500]}
        )
        return
    yield from _objects(sheet, number, row)


def _objects(sheet: Sheet, number: int, row: Any) -> Rows:
    if isinstance(row, dict):
        yield number, row
    else:
        sheet.reject(number, _("每一行应是一个 JSON 对象"), {"line": str(row)[:500]})


def _json_array(sheet: Sheet) -> Rows:
    if sheet.path.stat().st_size > sheet.caps.json_size:
        raise FileTooLarge(_("JSON 数组过大，请改用 JSONL"), file=sheet.name, limit=sheet.caps.json_size)
    text = detect(sheet.path).read()
    try:
        rows: Iterable[Any] = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        for number, element in enumerate(_salvaged(sheet, text), start=1):
            yield from _json_row(sheet, number, element)
        return
    for number, row in enumerate(rows, start=1):
        yield from _objects(sheet, number, row)


def _salvaged(sheet: Sheet, text: str) -> Iterator[str]:
    """The whole elements before the break of an array that was cut off or damaged."""
    # It only finds where an element ends; what it is, the strict reader says.
    decoder, number = json.JSONDecoder(parse_int=str), 1
    at = _past_separators(text, text.index("[") + 1)
    while text[at : at + 1] != "]":
        try:
            _row, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            reason = _("JSON 在此处中断，之后的内容没有读取：%(reason)s") % {"reason": str(error)[:200]}
            sheet.reject(number, reason, {"line": text[at : at + 500]})
            return
        yield text[at:end]
        number, at = number + 1, _past_separators(text, end)


def _past_separators(text: str, at: int) -> int:
    while text[at : at + 1] in {" ", "\t", "\r", "\n", ","}:
        at += 1
    return at


def _parquet(sheet: Sheet) -> Rows:
    for numbers, table in parquet_tables(sheet, CHUNK_ROWS):
        try:
            rows = table.to_pylist()
        except (ValueError, OverflowError) as error:  # a moment that Python's calendar does not have
            raise FileUnreadable(_("文件里有无法读取的时间"), file=sheet.name) from error
        yield from zip(numbers, rows, strict=True)


READERS: dict[str, Reader] = {
    "csv": _delimited,
    "xlsx": _workbook,
    "json": _json_array,
    "jsonl": _json_lines,
    "parquet": _parquet,
}

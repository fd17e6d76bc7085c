"""Rows out: CSV that Excel opens in Chinese, XLSX, and the file of rows that were refused."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self, TextIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# A cell that begins like this would be run as a formula by the reader's spreadsheet; Chinese ones read full width too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"


def escaped(value: Any) -> Any:
    """A text that a spreadsheet would run gets an apostrophe in front; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value):
        return "'" + value
    return "" if value is None else value


def write_csv(target: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """UTF-8 with BOM (without it Excel shows Chinese as noise); the number of rows written."""
    target.write(_BOM)
    writer = csv.writer(target)
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([escaped(row.get(column)) for column in columns])
        count += 1
    return count


def write_xlsx(target: IO[bytes], columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """One page with its header; the number of rows written."""
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append(list(columns))
    count = 0
    for row in rows:
        page.append([_printable(escaped(row.get(column))) for column in columns])
        count += 1
    book.save(target)
    return count


class RejectsFile:
    """The refused rows as they came, row number and reason in front; made when the first is written."""

    def __init__(self, path: Path, columns: Sequence[str] = ()) -> None:
        self.path = path
        self.columns = list(columns)
        self.count = 0
        self._file: TextIO | None = None

    def write(self, number: int, reason: str, row: Mapping[str, Any]) -> None:
        """Add a row; what has no column of its own is kept in the last one."""
        if self._file is None:
            self._begin(row)
        self.count += 1
        rest = ", ".join(str(value) for name, value in row.items() if name not in self.columns)
        self._write([number, reason, *(row.get(column) for column in self.columns), rest])

    def _begin(self, row: Mapping[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.columns = self.columns or list(row)
        # Bytes of no encoding came in as lone surrogates: they are written as `\udcff`, so that one sees where.
        self._file = self.path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
        self._write([_("行号"), _("原因"), *self.columns, _("原文")])

    def _write(self, values: list[Any]) -> None:
        assert self._file is not None
        csv.writer(self._file).writerow([escaped(value) for value in values])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()


def _printable(value: Any) -> Any:
    """XML knows no control characters: one in somebody's words must not cost everybody the file."""
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

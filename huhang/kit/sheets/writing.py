"""Rows out: CSV that Excel opens in Chinese, XLSX, and the file of rows that were refused."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TextIO

from django.utils.translation import gettext as _
from openpyxl import Workbook

# A cell that begins like this would be run as a formula by the reader's spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
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
    for count, row in enumerate(rows, start=1):
        writer.writerow([escaped(row.get(column)) for column in columns])
    return count


def write_xlsx(target: IO[bytes], columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """One page with its header; the number of rows written."""
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append(list(columns))
    count = 0
    for count, row in enumerate(rows, start=1):
        page.append([escaped(row.get(column)) for column in columns])
    book.save(target)
    return count


class RejectsFile:
    """The refused rows as they came, with row number and reason in front; made when the first one is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._rows: list[tuple[int, str, Mapping[str, Any]]] = []

    def write(self, number: int, reason: str, row: Mapping[str, Any]) -> None:
        self.count += 1
        self._rows.append((number, reason, row))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rows:
            self._save()

    def _save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        columns = list(dict.fromkeys(name for *_, row in self._rows for name in row))
        place, why = _("行号"), _("原因")
        rows = ({place: number, why: reason, **row} for number, reason, row in sorted(self._rows, key=_number))
        with self.path.open("w", encoding="utf-8", newline="") as target:
            write_csv(target, [place, why, *columns], rows)


def _number(rejected: tuple[int, str, Mapping[str, Any]]) -> int:
    return rejected[0]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

"""Rows of a foreign CSV file, plain or gzipped, each with its place in the file."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO, TypeVar
from zoneinfo import ZoneInfo

from huhang.desk.replays.facts import NotThisLog, Reject

GZIP = b"\x1f\x8b"
SHOWN = 200

Row = Mapping[str, str]
T = TypeVar("T")


class BadRow(ValueError):
    """This row cannot be read; the sentence says why."""


def numbered(path: Path, needed: Iterable[str]) -> Iterator[tuple[int, Row]]:
    """Each row with its number in the file; the header is row 1."""
    with _opened(path) as lines:
        reader = csv.DictReader(lines, restval="", restkey="")
        try:
            missing = sorted(set(needed) - set(reader.fieldnames or ()))
            if missing:
                raise NotThisLog(f"缺少列：{'、'.join(missing)}")
            for number, row in enumerate(reader, start=2):
                yield number, {key: value.strip() for key, value in row.items() if isinstance(value, str)}
        except (csv.Error, UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise NotThisLog(f"文件读不下去：{error}") from error


def _opened(path: Path) -> TextIO:
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == GZIP
    except OSError as error:
        raise NotThisLog(f"打不开文件：{error.strerror}") from error
    if is_packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def sorted_out(
    rows: Iterable[tuple[int, Row]], read: Callable[[Row], T]
) -> tuple[list[tuple[int, Row, T]], list[Reject]]:
    """The rows that can be read, each with what was read of it, and the others with their reason."""
    good: list[tuple[int, Row, T]] = []
    bad: list[Reject] = []
    for number, row in rows:
        try:
            good.append((number, row, read(row)))
        except BadRow as error:
            bad.append(rejected(number, row, str(error)))
    return good, bad


def rejected(number: int, row: Row, reason: str) -> Reject:
    return Reject(number, reason, ",".join(row.values())[:SHOWN])


def text(row: Row, column: str) -> str:
    """A value that must be there."""
    value = row.get(column, "")
    if not value or "\x00" in value:
        raise BadRow(f"{column} 为空或无法读取")
    return value


def wall(row: Row, column: str, form: str) -> datetime:
    """A moment as the clock on the wall showed it, without a zone."""
    value = text(row, column)
    try:
        return datetime.strptime(value, form)  # noqa: DTZ007 -- the zone is the log's, see `moment`
    except ValueError as error:
        raise BadRow(f"{column} 不是时间：{value}") from error


def wall_or_none(row: Row, column: str, form: str, blank: str = "") -> datetime | None:
    return None if row.get(column, "") in ("", blank) else wall(row, column, form)


def moment(shown: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which that clock showed this; of an hour shown twice the first, of a skipped one the one after."""
    return shown.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))


def is_skipped(shown: datetime, zone: ZoneInfo) -> bool:
    """Did the clock never show this, because summer time began?"""
    return moment(shown, zone).astimezone(zone).replace(tzinfo=None) != shown


def is_doubled(shown: datetime, zone: ZoneInfo) -> bool:
    """Did the clock show this twice, because summer time ended?"""
    first = shown.replace(tzinfo=zone, fold=0).utcoffset()
    second = shown.replace(tzinfo=zone, fold=1).utcoffset()
    return first != second and not is_skipped(shown, zone)

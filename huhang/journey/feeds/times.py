"""Moments as carriers write them → aware UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from math import isfinite
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser

_EPOCH = range(946_684_800, 4_102_444_800)  # 2000 to 2100, in seconds
_DOTNET = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")
_COMPACT = re.compile(r"((?:19|20)\d{6})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?")
_COMPACT_DAY_FIRST = re.compile(r"(\d{2})(\d{2})((?:19|20)\d{2})")
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_YEAR_FIRST = re.compile(r"\d{4}[-/.]")
_SLASHED = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}")
_CLOCK = re.compile(
    r"(\d{1,2})\s*(?::|\.|h)\s*(\d{2})(?:\s*:\s*(\d{2}))?(?:[.,]\d+)?\s*([ap]\.?m\.?)?", re.IGNORECASE
)
_BARE_CLOCK = re.compile(r"(\d{2})(\d{2})(\d{2})?")
_FINE = re.compile(r"(\.\d{6})\d+")  # .NET writes seven digits of a second
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?")
_ABBREVIATED = {
    "UTC": 0, "GMT": 0, "Z": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "CST": -6,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AST": -4, "ADT": -3,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "HKT": 8, "JST": 9, "SGT": 8,
}  # fmt: skip
_ZONES = {name: timezone(timedelta(hours=hours)) for name, hours in _ABBREVIATED.items()}
_MIDNIGHT = datetime.combine(date(2000, 1, 1), time())  # what a date without a clock is filled up from
_WORDS = re.compile(r"[A-Za-z]{3,}")
_MONTHS = re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")


def zone(written: object) -> tzinfo | None:
    """Return the zone of `-05:00`, `GMT+8`, `EDT` or `America/New_York`; None when it is none of these."""
    text = str(written or "").strip()
    if text.upper() in _ZONES:
        return _ZONES[text.upper()]
    if offset := _OFFSET.fullmatch(text):
        hours, minutes = int(offset.group(2)), int(offset.group(3) or 0)
        span = timedelta(hours=hours, minutes=minutes)
        return timezone(span if offset.group(1) == "+" else -span) if span < timedelta(hours=24) else None
    try:
        return ZoneInfo(text) if "/" in text else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def day_comes_first(written: str) -> bool | None:
    """Does `13/02/2026` show that the day stands first? None when the figures could be read both ways."""
    found = _SLASHED.match(written)
    if found is None:
        return None
    first, second = int(found.group(1)), int(found.group(2))
    if first > 12:
        return True
    return False if second > 12 else None


def moment(written: object, *, day_first: bool = True) -> datetime | None:
    """Return a date or date with time, naive when it names no zone; None when it is no date at all."""
    if isinstance(written, bool) or written is None:
        return None
    if isinstance(written, int | float):
        return _epoch(written)
    text = str(written).strip()
    if not 6 <= len(text) <= 60 or not any(c.isdigit() for c in text):
        return None
    if text.isdigit() and (found := _epoch(int(text))):
        return found
    return _dotnet(text) or _compact(text) or _parsed(text, day_first)


def clock(written: object) -> time | None:
    """Return a time of day: `11:59:59`, `9:00 am`, `10h30`, `1130`, `172300`."""
    text = str(written or "").strip()
    found = _CLOCK.match(text) or _BARE_CLOCK.fullmatch(text.zfill(4) if text.isdigit() else text)
    if found is None:
        return None
    hour, minute, second = int(found.group(1)), int(found.group(2)), int(found.group(3) or 0)
    half = (found.group(4) or "").lower() if found.re is _CLOCK else ""
    # "22:13 PM" is written by carriers too: an hour past noon needs no help.
    if half.startswith("p") and hour < 12:
        hour += 12
    if half.startswith("a") and hour == 12:
        hour = 0
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def joined(day: datetime, at: time | None, where: tzinfo | None, *, default: tzinfo) -> datetime:
    """Return one aware UTC moment from its parts."""
    if at is not None and day.time() == time():
        day = datetime.combine(day.date(), at, day.tzinfo)
    if day.tzinfo is None:
        day = day.replace(tzinfo=where or default)
    return day.astimezone(UTC)


def _epoch(number: float) -> datetime | None:
    if not isfinite(number):
        return None
    for divisor in (1, 1000):
        if int(number // divisor) in _EPOCH:
            return datetime.fromtimestamp(number / divisor, UTC)
    return None


def _dotnet(text: str) -> datetime | None:
    found = _DOTNET.fullmatch(text)
    try:
        return datetime.fromtimestamp(int(found.group(1)) / 1000, UTC) if found else None
    except (OverflowError, ValueError):  # beyond the year 9999
        return None


def _compact(text: str) -> datetime | None:
    """`20260305`, `20260305 172300`, and the day first where it cannot be otherwise: `17052026`."""
    found = _COMPACT.fullmatch(text)
    if found is None:
        found = _COMPACT_DAY_FIRST.fullmatch(text)
        return _compact(f"{found[3]}{found[2]}{found[1]}") if found else None
    try:
        day = date.fromisoformat(found.group(1))
        hour, minute, second = (int(part or 0) for part in found.groups()[1:])
        return datetime.combine(day, time(hour, minute, second))
    except ValueError:
        day_first = _COMPACT_DAY_FIRST.fullmatch(text)
        return _compact(f"{day_first[3]}{day_first[2]}{day_first[1]}") if day_first else None


def _parsed(text: str, day_first: bool) -> datetime | None:
    if _WORDS.search(text) and not _MONTHS.search(text) and not _ISO.match(text) and not _SLASHED.match(text):
        return None
    if not (_ISO.match(text) or _SLASHED.match(text) or _MONTHS.search(text) or _YEAR_FIRST.match(text)):
        return None
    text = _FINE.sub(r"\1", text)
    try:
        found: datetime = parser.parse(
            text, dayfirst=day_first and not _YEAR_FIRST.match(text), tzinfos=_ZONES, default=_MIDNIGHT
        )
    except (ValueError, OverflowError):
        return None
    return found if 1990 < found.year < 2100 else None

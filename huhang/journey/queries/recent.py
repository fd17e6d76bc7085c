"""Parcels that did something on a day, each with its recent scans: the log read once, by DuckDB, parcel by parcel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb
from django.conf import settings

from huhang.journey.models import Segment
from huhang.journey.rules import withdrawn
from huhang.journey.rules.codes import SIGNED_CODES, Code
from huhang.journey.rules.links import SHANGHAI
from huhang.journey.rules.status import Scan

# Of a parcel under way longer than this only the latest links are counted.
LOOK_BACK = timedelta(days=15)
HOURS_FROM = timedelta(days=28)
ROWS_AT_ONCE = 100_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PARCELS = """
WITH told AS (
    SELECT waybill, epoch_us(event_time) AS moment, code, node, product, origin, dest,
           lower(hex(identity)) AS event, text
    FROM read_parquet($files) WHERE event_time >= make_timestamptz($since) AND event_time < make_timestamptz($until)
), log AS (
    SELECT waybill, moment, code, node, product, origin, dest FROM told
    WHERE code <> $withdrawn
    AND event NOT IN (SELECT left(text, $digits) FROM told WHERE code = $withdrawn AND text IS NOT NULL)
), touched AS (
    SELECT DISTINCT waybill FROM log WHERE moment >= $start AND code <> $registered
)
SELECT * FROM log SEMI JOIN touched USING (waybill) ORDER BY waybill, moment
"""
_SIGNED_OFF = """
SELECT node, CAST((epoch_us(event_time) // 3600000000 + 8) % 24 AS INTEGER) AS hour, count(*) AS n
FROM read_parquet($files)
WHERE event_time >= make_timestamptz($since) AND list_contains($codes, code) AND node <> ''
GROUP BY ALL
"""

_CODES = {
    "registered": int(Code.REGISTERED),
    "withdrawn": int(Code.WITHDRAWN),
    "digits": withdrawn.DIGITS,
}


@dataclass(frozen=True, slots=True)
class Told:
    """A parcel as the log tells of it; its ends are as they were registered, '' when they never were."""

    no: str
    scans: list[Scan]
    product: str = ""
    origin: str = ""
    dest: str = ""


def bounds(day: date) -> tuple[datetime, datetime]:
    """When a day in Shanghai begins and ends."""
    start = datetime.combine(day, time(), SHANGHAI)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def parcels_of(day: date) -> Iterator[Told]:
    """The parcels scanned on this day, with their scans up to its end."""
    start, end = bounds(day)
    since = start - LOOK_BACK
    files = _files(since)
    if not files:
        return
    told = {"files": files, "since": _us(since), "until": _us(end), "start": _us(start)}
    with _duck() as base:
        reader = base.execute(_PARCELS, told | _CODES)
        for no, rows in groupby(_rows(reader), itemgetter(0)):
            yield _parcel(no, list(rows))


def sign_offs(until: datetime) -> dict[str, dict[int, int]]:
    """How many parcels each node signed off in each hour of the day lately."""
    since = until - HOURS_FROM
    files = _files(since)
    if not files:
        return {}
    found: dict[str, dict[int, int]] = {}
    with _duck() as base:
        codes = [int(code) for code in SIGNED_CODES]
        told = {"files": files, "since": _us(since), "codes": codes}
        for node, hour, n in base.execute(_SIGNED_OFF, told).fetchall():
            found.setdefault(node, {})[hour] = n
    return found


def _duck() -> duckdb.DuckDBPyConnection:
    """What does not fit into memory goes beside the log, not into whichever folder we were started from."""
    return duckdb.connect(config={"temp_directory": str(Path(settings.VAR) / "tmp" / "duckdb")})


def _files(since: datetime) -> list[str]:
    """Segments that may hold a scan made since then: what came in earlier tells only of earlier."""
    root = Path(settings.VAR) / "log" / "segments"
    kept = Segment.objects.filter(merged_into__isnull=True, received_at__gte=since)
    return [str(root / path) for path in kept.values_list("path", flat=True)]


Row = tuple[str, int, int, str | None, str | None, str | None, str | None]


def _rows(reader: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while rows := reader.fetchmany(ROWS_AT_ONCE):
        yield from rows


def _parcel(no: str, rows: list[Row]) -> Told:
    scans, facts = [], ("", "", "")
    for _, at, code, node, product, origin, dest in rows:
        if code == Code.REGISTERED:
            facts = (product or "", origin or "", dest or "")
        else:
            scans.append(Scan(EPOCH + timedelta(microseconds=at), Code(code), node=node or ""))
    return Told(no, scans, *facts)


def _us(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)

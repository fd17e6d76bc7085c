"""The calls of a small bank's call centre, August 1999 (Technion, "Anonymous Bank"; acknowledge Guedj and Mandelbaum).

    vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,
    ser_start,ser_exit,ser_time,server

Clocks of the machine room and of the queue differ by a second or two, so lengths are taken as they are written and
moments follow from them. A `PHANTOM` is, by its publishers' words, no call.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from huhang.channels.rules.call_figures import IN_TIME, Figures
from huhang.channels.rules.call_life import SHORT_ABANDON

ZONE = ZoneInfo("Asia/Jerusalem")
COLUMNS = {"call_id", "customer_id", "type", "date", "vru_entry", "vru_time", "q_start", "q_time", "outcome"}
MIDNIGHT = "0:00:00"
NOBODY = "NO_SERVER"


class NotTheseCalls(ValueError):
    """The file is not this record of calls."""


@dataclass(frozen=True, slots=True)
class BankCall:
    """One row. `queued_at` is empty for those who never asked for a person."""

    no: int
    customer: str
    queue: str
    on: str
    arrived_at: datetime
    queued_at: datetime | None
    wait: timedelta
    # Empty when nobody answered.
    agent: str
    talk: timedelta
    ended_at: datetime


def read(path: Path, *, days: int | None = None) -> Iterator[BankCall]:
    """The calls of the first so many days of the file, in its order."""
    for no, row in enumerate(_rows(path, days), 1):
        if row["outcome"] != "PHANTOM":
            yield _call(no, row)


def counted(path: Path, *, days: int | None = None, within: timedelta = IN_TIME) -> Figures:
    """The figures straight from the columns, by which a replay is judged."""
    rows = [row for row in _rows(path, days) if row["outcome"] != "PHANTOM"]
    answered = [_seconds(row["q_time"]) for row in rows if row["outcome"] == "AGENT"]
    gave_up = [
        _seconds(row["q_time"]) for row in rows if row["outcome"] == "HANG" and row["q_start"] != MIDNIGHT
    ]
    return Figures(
        offered=len(answered) + len(gave_up),
        answered=len(answered),
        answered_in_time=sum(wait <= within for wait in answered),
        abandoned=len(gave_up),
        abandoned_in_time=sum(wait <= within for wait in gave_up),
        short=sum(wait <= SHORT_ABANDON for wait in gave_up),
        ivr_only=len(rows) - len(answered) - len(gave_up),
        waited=sum(answered, timedelta()),
        talked=sum((_seconds(row["ser_time"]) for row in rows if row["outcome"] == "AGENT"), timedelta()),
    )


def _rows(path: Path, days: int | None) -> Iterator[dict[str, str]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if missing := COLUMNS - set(rows.fieldnames or ()):
        raise NotTheseCalls(f"{path}: {', '.join(sorted(missing))}")
    seen: set[str] = set()
    for row in rows:
        seen.add(row["date"])
        if days is not None and len(seen) > days:
            return
        yield row


def _call(no: int, row: dict[str, str]) -> BankCall:
    arrived = _moment(row["date"], row["vru_entry"])
    asked = arrived + _seconds(row["vru_time"])
    is_answered = row["outcome"] == "AGENT"
    queued = asked if is_answered else None
    if row["q_start"] != MIDNIGHT:
        queued = _after(arrived, _moment(row["date"], row["q_start"]))
    wait = _seconds(row["q_time"])
    talk = _seconds(row["ser_time"]) if is_answered else timedelta()
    return BankCall(
        no=no,
        customer=row["customer_id"] if row["customer_id"] != "0" else "",
        queue=row["type"],
        on=row["date"],
        arrived_at=arrived,
        queued_at=queued,
        wait=wait,
        agent=row["server"] if is_answered else "",
        talk=talk,
        ended_at=(queued + wait + talk) if queued else asked,
    )


def _moment(on: str, clock: str) -> datetime:
    return datetime.strptime(f"{on} {clock}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)


def _after(arrived: datetime, queued: datetime) -> datetime:
    """The queue may be reached after midnight; the date is that of the arrival."""
    return queued + timedelta(days=1) if queued < arrived - timedelta(hours=12) else queued


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=int(text))

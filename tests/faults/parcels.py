"""What the fault tests send: made by number, so that two installations get the same.

Two installations receive the same batches at different times, so nothing here may depend on the clock:
- Every limit lies more than a day back. Whatever waits at all has run out when it arrives, at whatever moment.
  (And no limit is a week old, or the desk would let it rest.)
- A parcel belongs to one sender, which sends in order and waits for each answer, so the log tells each parcel's
  batches in one order, however senders and file are mixed.
- A hit that opens a case comes and goes by the minute only across the two parts of the sending, and between
  these all falls quiet. Otherwise a case might be opened and withdrawn here and never be needed there, and
  both would be right.
"""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from huhang.journey.rules.codes import Code

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime.combine(datetime.now(SHANGHAI).date() - timedelta(days=6), time(9), SHANGHAI).astimezone(UTC)
UNTIL = START + timedelta(days=5)  # the last limit is passed by then
STRAYING = 2.5  # days
SENDERS = 3
FIRST, SECOND = 14, 6  # batches of each sender in each part
PARTS = (range(FIRST), range(FIRST, FIRST + SECOND))
TROUBLES = ("out", "held", "failed", "twice", "early")
PER_BATCH = 2  # parcels in trouble
STRAY = (Code.ORDER_CREATED, Code.DEPARTED, Code.ARRIVED, Code.UNLOADED, Code.FORWARDED, Code.RETURNING)
CALM = 42_000  # parcels in the file, five scans each: three chunks
REFUSED = {
    "waybill": "FT-NOWHERE",
    "code": "ARRIVED",
    "event_time": START.isoformat(),
    "node": "MOON",
}

Row = dict[str, Any]
Tell = Callable[..., Row]


@dataclass(frozen=True)
class Batch:
    """One request: what is sent, and what of it belongs in the log."""

    key: str
    sent: list[Row]
    good: list[Row]

    @property
    def number(self) -> int:
        return int(self.key.rsplit("-", 1)[1])

    def body(self) -> bytes:
        """NDJSON, every third one packed."""
        lines = "\n".join(json.dumps(row) for row in self.sent).encode()
        return gzip.compress(lines, mtime=0) if self.number % 3 == 0 else lines

    def headers(self) -> dict[str, str]:
        """Every fifth comes without a key: then its content is its key."""
        return {} if self.number % 5 == 4 else {"Idempotency-Key": self.key}


def batches(sender: int) -> list[Batch]:
    """Everything that a sender sends, in order."""
    chance = random.Random(sender)
    moments = count()

    def row(waybill: str, code: Code, hours: float, node: str, operator: str = "") -> Row:
        # A microsecond of its own for every scan: no two are told as the same, and none are simultaneous.
        at = START + timedelta(hours=hours, microseconds=next(moments))
        return {
            "waybill": waybill,
            "code": code.name,
            "event_time": at.isoformat(),
            "node": node,
            "operator": operator,
        }

    made = []
    for number in range(FIRST + SECOND):
        rows = [_stray(row, sender, chance) for _ in range(15)]
        for parcel in range(PER_BATCH):
            rows += _troubled(row, sender, number, parcel)
        chance.shuffle(rows)
        sent = [*rows, REFUSED] if number % 7 == 0 else rows
        made.append(Batch(f"batch-{sender}-{number}", sent, rows))
    return made


def _stray(row: Tell, sender: int, chance: random.Random) -> Row:
    """Scans of few parcels in no order at all: hits come, clear and come again, and open no case."""
    return row(
        f"FT{sender}STRAY{chance.randrange(40):03}",
        chance.choice(STRAY),
        chance.uniform(0, STRAYING * 24),
        "SZ-HUB",
        chance.choice(["", "W1"]),
    )


def _troubled(row: Tell, sender: int, number: int, parcel: int) -> Iterator[Row]:
    """A parcel in trouble is told by one batch of the first part; some are put right in the second, or get worse."""
    if number < FIRST:
        place = number * PER_BATCH + parcel
        yield from _trouble(row, f"FT{sender}CASE{place:03}", TROUBLES[place % len(TROUBLES)])
        return
    for place in range(number - FIRST, FIRST * PER_BATCH, SECOND):
        if place % PER_BATCH == parcel and place % 4:
            yield from _sequel(row, f"FT{sender}CASE{place:03}", TROUBLES[place % len(TROUBLES)], place % 4)


def _trouble(row: Tell, waybill: str, trouble: str) -> Iterator[Row]:
    yield row(waybill, Code.PICKED_UP, 0, "SZ-GS")
    if trouble == "early":
        yield row(waybill, Code.SIGNED, 30, "SZ-WZ", "ZHANG")
        return
    if trouble == "twice":
        yield row(waybill, Code.PICKED_UP, 3, "HZ-XH")
    yield row(waybill, Code.ARRIVED, 20, "SZ-WZ")
    yield row(waybill, Code.OUT_FOR_DELIVERY, 25, "SZ-WZ", "ZHANG")
    if trouble in {"held", "failed"}:
        yield row(waybill, Code.HELD if trouble == "held" else Code.DELIVERY_FAILED, 28, "SZ-WZ", "ZHANG")


def _sequel(row: Tell, waybill: str, trouble: str, turn: int) -> Iterator[Row]:
    if trouble == "early":  # what was missing is told after all
        yield row(waybill, Code.ARRIVED, 22, "SZ-WZ")
        yield row(waybill, Code.OUT_FOR_DELIVERY, 26, "SZ-WZ", "ZHANG")
    elif turn == 1:
        yield row(waybill, Code.DELIVERY_FAILED, 29, "SZ-WZ", "ZHANG")
    else:
        yield row(waybill, Code.OUT_FOR_DELIVERY, 72, "SZ-WZ", "ZHANG")
        yield row(waybill, Code.SIGNED, 75, "SZ-WZ", "ZHANG")


def write_file(path: Path) -> pa.Table:
    """Write the file that is imported meanwhile: parcels that arrive in good order, and some that do not."""
    life = [Code.PICKED_UP, Code.DEPARTED, Code.ARRIVED, Code.OUT_FOR_DELIVERY, Code.SIGNED]
    waybills, codes, times = [], [], []
    for parcel in range(CALM):
        told = life[:-1] if parcel % 2000 == 7 else life
        for step, code in enumerate(told):
            waybills.append(f"FTFILE{parcel:06}")
            codes.append(code.name)
            times.append(START + timedelta(hours=6 * step, minutes=parcel % 60, microseconds=parcel))
    table = pa.table(
        {
            "waybill": waybills,
            "code": codes,
            "event_time": pa.array(times, pa.timestamp("us", "UTC")),
            "node": pa.repeat(pa.scalar("SZ-WZ"), len(waybills)),
            "operator": pa.repeat(pa.scalar("ZHANG"), len(waybills)),
        }
    )
    pq.write_table(table, path)
    return table

"""Planned parcels and scans go through the same intake as a file or the API."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from huhang.config.demo.parcels import Parcel, Scan
from huhang.journey.actions import intake, waybills
from huhang.journey.feeds import times, words
from huhang.journey.queries import nodes
from huhang.journey.rules.intake import COLUMNS, Terms

CARRIER = SOURCE = "simulated"
# At night little happens: the watch looks less often, so that the building is quick.
NIGHT = (22, 6)
_SCANNED = ("waybill", "code", "reason", "event_time", "node", "operator", "text")
_TYPES = pa.schema([COLUMNS.field(name) for name in _SCANNED])

Scanned = tuple[Parcel, Scan]


@dataclass(frozen=True, slots=True)
class Hour:
    """What happened up to `end`, since the hour before; the first one of a day brings all its waybills."""

    end: datetime
    ordered: list[Parcel] = field(default_factory=list)
    scanned: list[Scanned] = field(default_factory=list)

    @property
    def began_at(self) -> datetime:
        return min(scan.at for _, scan in self.scanned)

    @property
    def registered_until(self) -> datetime:
        return max((parcel.ordered_at for parcel in self.ordered), default=self.end)


def hours(parcels: Iterable[Parcel], now: datetime) -> list[Hour]:
    """The past hour by hour, up to now."""
    found: dict[datetime, Hour] = {}
    days: dict[date, list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        if parcel.ordered_at <= now:
            days[parcel.ordered_at.date()].append(parcel)
        for scan in parcel.seen(now):
            end = _end_of_hour(scan.at, now)
            found.setdefault(end, Hour(end)).scanned.append((parcel, scan))
    ordered = [found[end] for end in sorted(found)]
    for hour in ordered:
        hour.ordered.extend(days.pop(hour.began_at.date(), ()))
    return ordered


def _end_of_hour(at: datetime, now: datetime) -> datetime:
    is_night = at.hour >= NIGHT[0] or at.hour < NIGHT[1]
    start = at.replace(minute=0, second=0, microsecond=0)
    return min(start + timedelta(hours=2 - at.hour % 2 if is_night else 1), now)


class Intake:
    """The door by which the carrier's own devices send."""

    def __init__(self) -> None:
        self.terms = Terms(
            source=SOURCE,
            meaning=words.by_carrier,
            moment=times.moment,
            nodes=nodes.codes_by_name(),
            carrier=CARRIER,
        )

    def register(self, parcels: Sequence[Parcel], *, batch_key: str, now: datetime) -> None:
        """Waybills, as the order system sends them."""
        rows = [_waybill(parcel) for parcel in parcels]
        table = pa.Table.from_pylist(rows)
        numbers = range(1, len(rows) + 1)
        judged = waybills.judge(table, self.terms, now=now, numbers=numbers)
        waybills.register(table, numbers, judged, self.terms, batch_key, now=now)

    def scan(self, scanned: Sequence[Scanned], *, batch_key: str, now: datetime) -> None:
        """Scans, as the devices send them."""
        rows = [(p.no, int(s.code), int(s.reason), s.at, s.node, s.operator, s.text) for p, s in scanned]
        columns = zip(_SCANNED, zip(*rows, strict=True), strict=True)
        table = pa.table({name: pa.array(values, _TYPES.field(name).type) for name, values in columns})
        intake.take_in(table=table, terms=self.terms, batch_key=batch_key, now=now)


def _waybill(parcel: Parcel) -> dict[str, Any]:
    sender, receiver = parcel.sender, parcel.receiver
    return {
        "waybill": parcel.no, "product": parcel.product, "customer": parcel.client,
        "origin": parcel.origin, "dest": parcel.dest,
        "registered_at": parcel.ordered_at.isoformat(), "promised_at": parcel.promised_at.isoformat(),
        "sender_name": sender.name, "sender_phone": sender.phone, "sender_address": sender.address,
        "receiver_name": receiver.name, "receiver_phone": receiver.phone, "receiver_address": receiver.address,
        "has_consent": "1" if parcel.has_consent else "", "cod_amount": str(parcel.cod or ""),
        "insured_amount": str(parcel.insured or ""), "freight_collect": "1" if parcel.freight_collect else "",
    }  # fmt: skip

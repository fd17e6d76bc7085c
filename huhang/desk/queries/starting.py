"""The moments from which a case's promises may count."""

from collections.abc import Collection
from datetime import datetime

from huhang.desk.models import Ticket
from huhang.desk.rules.starting import CountsFrom
from huhang.journey.queries.trace import trace
from huhang.journey.rules.codes import Code


def moments_of(ticket: Ticket, named: Collection[str], *, now: datetime) -> dict[str, datetime | None]:
    """Those that policies name of this case; the parcel's way is read only where one counts from there."""
    if not any(name != CountsFrom.OPENING for name in named):
        return {}
    known: dict[str, datetime | None] = {
        CountsFrom.RECEIVED: ticket.received_at,
        CountsFrom.TRANSFERRED: ticket.transferred_at,
    }
    if CountsFrom.HANDED_IN in named:
        known[CountsFrom.HANDED_IN] = _handed_in(ticket.waybill_no, now)
    return known


def _handed_in(waybill_no: str, now: datetime) -> datetime | None:
    told = trace(waybill_no, now=now) if waybill_no else None
    taken = [scan.at for scan in told.scans if scan.code == Code.PICKED_UP] if told else []
    return min(taken, default=None)

"""From a hit of the watch to a case: somebody is asked to act before the customer has to ask."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import opening, tickets
from huhang.desk.actions.opening import Opening
from huhang.desk.actions.story import happened_once
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Kind, State
from huhang.desk.rules.prevention import is_worth_a_case
from huhang.journey.models import Hit, Waybill

SOURCE = "watch"
PARCEL_LOCK = 0x4855_0301


def open_for_hits(hit_ids: list[int], *, now: datetime) -> int:
    """Open one prevention case per parcel in trouble; a further hit joins the case that is open already.

    The control group is left alone: it shows what would have happened without us.
    """
    hits = Hit.objects.filter(pk__in=hit_ids, rule__opens_ticket=True, unit__isnull=False, is_control=False)
    return sum(_open_for(*hit, now) for hit in hits.order_by("pk").values_list("pk", "waybill_no"))


@transaction.atomic
def _open_for(hit_id: int, waybill_no: str, now: datetime) -> bool:
    _take_turns(waybill_no)
    # Locked, so that a scan that puts it right comes before this, or is heard of after the case is there.
    hits = Hit.objects.select_related("rule", "unit", "courier").select_for_update(of=("self",))
    hit = hits.filter(pk=hit_id).first()
    if hit is None or not is_worth_a_case(raised_at=hit.raised_at, cleared_at=hit.cleared_at, now=now):
        return False
    if _joins_open_case(hit, now):
        return False
    waybill = Waybill.objects.select_related("origin").filter(no=hit.waybill_no).first()
    _ticket, is_new = opening.open_ticket(_opening(hit, waybill), by=None, now=now)
    return is_new


def _take_turns(waybill_no: str) -> None:
    """Two workers may hear of two hits of one parcel at once: the second must see the first one's case."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [PARCEL_LOCK, waybill_no])


def _opening(hit: Hit, waybill: Waybill | None) -> Opening:
    assert hit.unit is not None
    return Opening(
        kind=Kind.PREVENTION,
        title=hit.rule.name_zh,
        unit=hit.unit,
        source=SOURCE,
        source_ref=f"hit:{hit.pk}",
        waybill_no=hit.waybill_no,
        contact_name=waybill.receiver_name if waybill else "",
        contact_phone=waybill.receiver_phone if waybill else "",
        courier=hit.courier,
        origin=waybill.origin if waybill else None,
        rule=hit.rule.slug,
    )


def _joins_open_case(hit: Hit, now: datetime) -> bool:
    """Is the parcel already on somebody's desk for prevention? Then the new hit is a line of that story."""
    cases = Ticket.objects.live().filter(source=SOURCE, waybill_no=hit.waybill_no)
    # Locked while looking: a case that just ends must not swallow new trouble.
    case = cases.select_for_update(of=("self",)).order_by("pk").first()
    if case is None:
        return False
    if case.source_ref == f"hit:{hit.pk}":
        return True
    happened_once(case, _("同一运单又触发预警：%(rule)s"), now=now, rule=hit.rule.name_zh)
    return True


def settle_cleared(waybills: list[str], *, now: datetime) -> int:
    """A scan cleared the trouble: withdraw the case nobody has touched, tell whoever has claimed it."""
    cases = Ticket.objects.live().filter(source=SOURCE, waybill_no__in=waybills)
    return sum(_settle(case.no, case.waybill_no, now) for case in cases.order_by("pk"))


@transaction.atomic
def _settle(ticket_no: str, waybill_no: str, now: datetime) -> bool:
    case = Ticket.objects.locked(no=ticket_no)
    still_open = Hit.objects.filter(
        waybill_no=waybill_no, rule__opens_ticket=True, cleared_at__isnull=True, is_control=False
    )
    if not case.is_live or still_open.exists():
        return False
    text = _("后续扫描已到，预警自动解除")
    if case.state == State.OPEN and case.first_response_at is None:
        tickets.withdraw(ticket_no=ticket_no, reason=text, by=None, now=now)
        return True
    happened_once(case, text, now=now)
    return False

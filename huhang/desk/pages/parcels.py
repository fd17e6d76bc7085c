"""The parcel beside its case: where it stands, in a few lines; the whole way is the journey's own page."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from huhang.desk.queries.tickets import reachable
from huhang.journey.queries import words
from huhang.journey.queries.trace import Trace, seen_by, trace
from huhang.kit.doors import StaffRequest, may, part

STOPS_SHOWN = 4


@may("desk.see")
@require_GET
def delay(request: StaffRequest, no: str) -> HttpResponse:
    """The answer with which a case opens: which link lost the time, how much, whose; for those who may trace it."""
    ticket = reachable(request.person, no)
    found = _traced(request, ticket.waybill_no)
    return part(request, "desk/_delay.html", ticket=ticket, trace=found, way=found.way if found else None)


def _traced(request: StaffRequest, waybill_no: str) -> Trace | None:
    found = trace(waybill_no, now=request.now) if waybill_no else None
    return found if found and seen_by(request.person.visible_paths("journey.trace"), found) else None


@may("desk.see")
@require_GET
def parcel(request: StaffRequest, no: str) -> HttpResponse:
    """Status, promise, open alarms and the last places of the case's parcel, for those who may trace it."""
    ticket = reachable(request.person, no)
    found = _traced(request, ticket.waybill_no)
    return part(request, "desk/_parcel.html", ticket=ticket, **_shown(found))


@may("journey.trace")
@require_GET
def of_contact(request: StaffRequest, waybill_no: str) -> HttpResponse:
    """The same of a parcel that a customer asks about."""
    found = _traced(request, waybill_no)
    return part(request, "desk/_parcel.html", **_shown(found))


def _shown(found: Trace | None) -> dict[str, Any]:
    return {
        "trace": found,
        "state": words.STATUSES[found.verdict.status] if found else "",
        "places": found.places[-STOPS_SHOWN:] if found else [],
    }

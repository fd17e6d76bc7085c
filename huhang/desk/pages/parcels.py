"""The parcel beside its case: where it stands, in a few lines; the whole way is the journey's own page."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from huhang.desk.queries.tickets import reachable
from huhang.journey.queries import words
from huhang.journey.queries.trace import seen_by, trace
from huhang.kit.doors import StaffRequest, may, part

STOPS_SHOWN = 4


@may("desk.see")
@require_GET
def parcel(request: StaffRequest, no: str) -> HttpResponse:
    """Status, promise, open alarms and the last places of the case's parcel, for those who may trace it."""
    ticket = reachable(request.person, no)
    found = trace(ticket.waybill_no, now=request.now) if ticket.waybill_no else None
    if found and not seen_by(request.person.visible_paths("journey.trace"), found):
        found = None
    return part(
        request,
        "desk/_parcel.html",
        ticket=ticket,
        trace=found,
        state=words.STATUSES[found.verdict.status] if found else "",
        places=found.places[-STOPS_SHOWN:] if found else [],
    )

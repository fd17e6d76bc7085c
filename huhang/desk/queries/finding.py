"""What the one search box finds at the desk."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huhang.desk.models.ticket import KIND_NAMES, STATE_NAMES, Ticket
from huhang.desk.queries.tickets import visible
from huhang.desk.rules.kinds import Kind, State
from huhang.kit.languages import shown
from huhang.network.models import Person

AT_MOST = 8


def find(person: Person, term: str, *, now: datetime) -> list[dict[str, Any]]:
    """Cases by number, waybill, phone (whole or last four), name or words: newest first, one statement."""
    found = (
        visible(person).filter(search__matches=term).select_related("at_unit").order_by("-opened_at", "-id")
    )
    return [_hit(ticket) for ticket in found[:AT_MOST]]


def _hit(ticket: Ticket) -> dict[str, Any]:
    words = [
        KIND_NAMES[Kind(ticket.kind)],
        STATE_NAMES[State(ticket.state)],
        ticket.at_unit.shown_name,
        ticket.waybill_no,
    ]
    return {
        "kind": _("工单"),
        "title": f"{ticket.no} {shown(ticket.title)}",
        "detail": " · ".join(str(word) for word in words if word),
        "url": reverse("desk:ticket", args=[ticket.no]),
    }

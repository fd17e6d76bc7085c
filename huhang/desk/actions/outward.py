"""What other systems hear of a case: which one and how it stands, and nothing about people."""

from datetime import datetime
from typing import Any

from huhang.channels.actions import webhooks
from huhang.desk.models import Clock, Ticket

OPENED, RESOLVED, REOPENED, CLOCK = "ticket.opened", "ticket.resolved", "ticket.reopened", "clock.reached"
WITHDRAWN = "ticket.withdrawn"


def ticket_told(*, event: str, ticket_id: int, at: datetime, now: datetime) -> int:
    """Tell of a case once per event and moment; how many addresses will hear of it."""
    ticket = Ticket.objects.select_related("unit", "at_unit").get(pk=ticket_id)
    if event == RESOLVED and ticket.state == "withdrawn":
        event = WITHDRAWN
    key = f"{event}-{ticket_id}-{at.timestamp():.6f}"
    return webhooks.tell(key=key, event=event, paths=_paths(ticket), body=_facts(ticket), now=now)


def clock_told(*, ticket_id: int, clock_id: int, level: str, now: datetime) -> int:
    """Tell that a clock reached a level; each level once."""
    clock = Clock.objects.select_related("ticket__unit", "ticket__at_unit").get(pk=clock_id)
    body = _facts(clock.ticket) | {
        "clock": {"obligation": clock.obligation, "level": level, "due_at": clock.due_at.isoformat()}
    }
    key = f"{CLOCK}-{clock_id}-{level}"
    return webhooks.tell(key=key, event=CLOCK, paths=_paths(clock.ticket), body=body, now=now)


def _paths(ticket: Ticket) -> list[str]:
    return [ticket.path, *ticket.at_from]


def _facts(ticket: Ticket) -> dict[str, Any]:
    """The case as it is now: a receiver fetches the rest by the API, with its own rights."""
    return {
        "no": ticket.no,
        "kind": ticket.kind,
        "state": ticket.state,
        "priority": ticket.priority,
        "waybill": ticket.waybill_no,
        "unit": ticket.unit.code,
        "at_unit": ticket.at_unit.code,
        "source_ref": ticket.source_ref.partition(":")[2] if ticket.source == "api" else "",
        "opened_at": ticket.opened_at.isoformat(),
        "first_response_at": ticket.first_response_at.isoformat() if ticket.first_response_at else None,
        "resolved_at": ticket.resolved_at.isoformat() if ticket.resolved_at else None,
        "version": ticket.version,
    }

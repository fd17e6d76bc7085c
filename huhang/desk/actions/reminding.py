"""Reminding the courier who can act: one tap for several cases."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.actions.claiming import claim
from huhang.desk.actions.steps import open_steps
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import Step, Ticket
from huhang.network.models import Person


def remind(*, ticket_nos: list[str], by: Person, now: datetime) -> int:
    """Take what nobody has taken and tell each case's courier; returns how many were reminded of.

    One transaction per case: what a colleague has just taken is left to them and does not hold up the rest.
    """
    return sum(_remind(no, by, now) for no in sorted(set(ticket_nos)))


@transaction.atomic
def _remind(ticket_no: str, by: Person, now: datetime) -> bool:
    ticket = Ticket.objects.locked(no=ticket_no)
    if not ticket.is_live or ticket.courier is None:
        return False
    steps = open_steps(ticket)
    step = _free(steps, by)
    if step is None and (steps or ticket.owner_id not in (None, by.pk)):
        return False
    if ticket.owner_id is None or (step and step.handler_id is None):
        ticket = claim(ticket_no=ticket_no, step_id=step.pk if step else None, by=by, now=now)
    _tell_courier(ticket, by, now)
    return True


def _free(steps: list[Step], by: Person) -> Step | None:
    """One's own step, else one that nobody has taken; whoever answers for the whole case does not stand in the way."""
    free = [s for s in steps if s.handler_id in (None, by.pk) and by.may("desk.claim", s.path)]
    return min(free, key=lambda step: step.handler_id is None, default=None)


def _tell_courier(ticket: Ticket, by: Person, now: datetime) -> None:
    courier = ticket.courier
    assert courier is not None
    notices.notify(
        key=f"remind:{ticket.pk}:{now:%Y%m%d%H%M}",
        kind="desk.remind",
        unit=None if courier.person else ticket.at_unit,
        person=courier.person,
        title=ticket.title,
        body=f"{ticket.no} {ticket.waybill_no}",
        link=f"/desk/t/{ticket.no}/",
        now=now,
    )
    happened(ticket, _("已提醒%(courier)s"), by=by, now=now, courier=courier.name)
    changed(ticket)

"""Claiming a case: one owner, who is named to everybody."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions.living import living
from huhang.desk.actions.steps import open_steps, step_to_act_on
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import Step, Ticket
from huhang.desk.queries.window import best_next
from huhang.desk.rules.kinds import State
from huhang.kit.errors import DomainError
from huhang.network.models import OrgUnit, Person
from huhang.network.rules.tree import is_below

TRIES = 5


class AlreadyClaimed(DomainError):
    """这张工单已由同事认领。"""


@transaction.atomic
def claim(*, ticket_no: str, by: Person, now: datetime, step_id: int | None = None) -> Ticket:
    """Take the step that waits for one's unit, and the case itself when nobody owns it; once taken, no change.

    The owner answers for the case from end to end; whoever takes a step does that step.
    """
    ticket = living(ticket_no)
    step = _step_for(ticket, step_id, by)
    if ticket.owner_id is not None and (step.handler_id if step else ticket.owner_id) == by.pk:
        return ticket
    if step is None and ticket.owner_id is not None:
        raise AlreadyClaimed(ticket=ticket_no)
    if step is not None:
        step.handler, step.claimed_at = by, now
        step.save()
    if ticket.owner_id is None:
        ticket.owner, ticket.claimed_at = by, now
    ticket.state = State.WORKING
    happened(ticket, _("已认领"), by=by, now=now)
    changed(ticket)
    return ticket


@transaction.atomic
def claim_next(*, unit: OrgUnit, by: Person, now: datetime) -> Ticket | None:
    """Take what nobody has and has the least time left; None when nothing waits."""
    for _try in range(TRIES):
        row = best_next(by, unit)
        if row is None:
            break
        try:
            return claim(ticket_no=row.ticket.no, step_id=row.step.pk if row.step else None, by=by, now=now)
        except AlreadyClaimed:
            continue  # a colleague was quicker: the one after
    return None


def _step_for(ticket: Ticket, step_id: int | None, by: Person) -> Step | None:
    """One's own step, else one that nobody has taken; refused when colleagues have all there is.

    Who sees the whole network takes the case, not the outlet's step, unless that very step is named.
    """
    if step_id is not None:
        found = [step_to_act_on(ticket, step_id, by, "desk.claim")]
    else:
        found = [step for step in open_steps(ticket) if by.may("desk.claim", step.path)]
    if step_id is None and by.home is not None:
        found = [step for step in found if is_below(step.path, by.home.path)]
    free = [step for step in found if step.handler_id in (None, by.pk)]
    if found and not free:
        raise AlreadyClaimed(ticket=ticket.no)
    return min(free, key=lambda step: step.handler_id is None, default=None)

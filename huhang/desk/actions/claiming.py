"""Claiming a case: one owner, who is named to everybody."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions.story import changed, happened
from huhang.desk.actions.tickets import living
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import State
from huhang.kit.errors import DomainError
from huhang.network.models import Person


class AlreadyClaimed(DomainError):
    """这张工单已由同事认领。"""


@transaction.atomic
def claim(*, ticket_no: str, by: Person, now: datetime) -> Ticket:
    """Take an unowned case; taking one's own again changes nothing."""
    ticket = living(ticket_no)
    if ticket.owner_id == by.pk:
        return ticket
    if ticket.owner_id is not None:
        raise AlreadyClaimed(ticket=ticket_no)
    ticket.owner, ticket.claimed_at, ticket.state = by, now, State.WORKING
    happened(ticket, _("已认领"), by=by, now=now)
    changed(ticket)
    return ticket

"""The case that a verb may still act on."""

from huhang.desk.models import Ticket
from huhang.kit.errors import DomainError


class TicketIsOver(DomainError):
    """这张工单已经结束。"""


def living(ticket_no: str) -> Ticket:
    """The locked ticket, when it is not over yet."""
    ticket = Ticket.objects.locked(no=ticket_no)
    if not ticket.is_live:
        raise TicketIsOver(ticket=ticket_no)
    return ticket

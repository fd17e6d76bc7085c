"""A case that holds its parent: the parent does not end before it."""

from huhang.desk.models import CaseLink, Ticket
from huhang.desk.rules.kinds import LIVE_STATES
from huhang.desk.rules.linking import LinkKind
from huhang.kit.errors import DomainError


class ChildrenAreOpen(DomainError):
    """还有下级工单没有办结，请先办结，或解除其“办结前不得结束上级”的约束。"""


def let_children_end_first(ticket: Ticket) -> None:
    """Refuse to end a case while one that holds it is live."""
    holding = CaseLink.objects.filter(
        other=ticket, kind=LinkKind.CHILD_OF, holds=True, ticket__state__in=LIVE_STATES
    )
    open_ones = list(holding.values_list("ticket__no", flat=True)[:5])
    if open_ones:
        raise ChildrenAreOpen(ticket=ticket.no, children=open_ones)

"""Saying how cases belong together: related, the same, caused by one another, parts of one."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions.linking import both_locked
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import CaseLink, Ticket
from huhang.desk.rules.linking import LINKED_BY_HAND, MUTUAL, LinkKind
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.network.models import Person

DEEPEST = 20


class NotByHand(BadInput):
    """这种关系不能手工建立。"""


class HasParent(DomainError):
    """这张工单已有上级工单。"""


class GoesInCircles(DomainError):
    """不能让一张工单成为自己的上级。"""


SAID = {
    LinkKind.RELATED: _("已关联%(other)s（相关）"),
    LinkKind.DUPLICATE: _("已关联%(other)s（重复）"),
    LinkKind.CAUSED_BY: _("已关联%(other)s（起因）"),
}


@transaction.atomic
def link(*, ticket_no: str, other_no: str, kind: LinkKind, by: Person, now: datetime) -> CaseLink:
    """Link two cases; linked so already, nothing changes."""
    if kind not in LINKED_BY_HAND:
        raise NotByHand(kind=kind)
    ticket, other = both_locked(ticket_no, other_no)
    known = _known(ticket, other, kind)
    if known:
        return known
    made = CaseLink.objects.create(ticket=ticket, other=other, kind=kind, at=now, by=by.get_username())
    happened(ticket, SAID[kind], by=by, now=now, other=other.no)
    changed(ticket)
    changed(other)
    return made


def _known(ticket: Ticket, other: Ticket, kind: LinkKind) -> CaseLink | None:
    """The same link, of a mutual kind from either side."""
    found = CaseLink.objects.filter(ticket=ticket, other=other, kind=kind)
    if kind in MUTUAL:
        found = found | CaseLink.objects.filter(ticket=other, other=ticket, kind=kind)
    return found.first()


@transaction.atomic
def set_parent(*, ticket_no: str, parent_no: str, holds: bool, by: Person, now: datetime) -> CaseLink:
    """Make a case part of another; with `holds`, that one does not end before this."""
    ticket, parent = both_locked(ticket_no, parent_no)
    if ticket.parent_id not in (None, parent.pk):
        raise HasParent(ticket=ticket_no)
    if _is_above(ticket, parent):
        raise GoesInCircles(ticket=ticket_no)
    ticket.parent = parent
    made, is_new = CaseLink.objects.get_or_create(
        ticket=ticket, other=parent, kind=LinkKind.CHILD_OF,
        defaults={"holds": holds, "at": now, "by": by.get_username()},
    )  # fmt: skip
    if is_new:
        happened(ticket, _("上级工单设为%(other)s"), by=by, now=now, other=parent.no)
        happened(parent, _("下级工单增加%(other)s"), by=by, now=now, other=ticket.no)
    elif made.holds != holds:
        made.holds = holds
        made.save(update_fields=["holds"])
    changed(ticket)
    changed(parent)
    return made


def _is_above(ticket: Ticket, other: Ticket) -> bool:
    """Would the family go round in a circle?"""
    above, steps = other.parent, 0
    while above is not None and steps < DEEPEST:
        if above.pk == ticket.pk:
            return True
        above, steps = above.parent, steps + 1
    return above is not None


@transaction.atomic
def part_ways(*, ticket_no: str, link_id: int, by: Person, now: datetime) -> None:
    """Take back a link of this case, from either side; where a case was split from stays known."""
    found = CaseLink.objects.filter(pk=link_id).select_related("ticket", "other").first()
    if found is None or ticket_no not in (found.ticket.no, found.other.no):
        raise NotFound(link=link_id)
    if found.kind == LinkKind.SPLIT_FROM:
        raise NotByHand(kind=found.kind)
    ticket, other = both_locked(found.ticket.no, found.other.no)
    if found.kind == LinkKind.CHILD_OF:
        ticket.parent = None
    CaseLink.objects.filter(pk=link_id).delete()
    happened(ticket, _("已解除与%(other)s的关系"), by=by, now=now, other=other.no)
    changed(ticket)
    changed(other)

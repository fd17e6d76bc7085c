"""Saying as what a case ended."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from huhang.desk.actions.story import happened
from huhang.desk.models import ClosingReason, Ticket
from huhang.kit.errors import BadInput
from huhang.network.models import Person


class NoSuchClosingReason(BadInput):
    """没有这个结案原因，或已停用。"""


def ended_as(ticket: Ticket, code: str, *, by: Person | None, now: datetime) -> None:
    """Say as what the case ended, in its story too; blank says nothing. The caller saves the case."""
    if not code:
        return
    reason = ClosingReason.objects.filter(code=code, is_active=True).first()
    if reason is None:
        raise NoSuchClosingReason(field="ended_as", reason=code)
    ticket.ended_as = reason
    happened(ticket, _("结案原因：%(reason)s"), by=by, now=now, reason=reason.name)

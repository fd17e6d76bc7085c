"""Keeping the list of closing reasons, and saying as what a case ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions.story import happened
from huhang.desk.models import ClosingReason, Ticket
from huhang.kit import audit
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.network.models import Person


class SameClosingReason(DomainError):
    """已经有这个编号的结案原因。"""


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


@transaction.atomic
def add(
    *, code: str, values: Mapping[str, Any], by: Person, now: datetime, address: str = ""
) -> ClosingReason:
    """A further reason, after the others."""
    order = (ClosingReason.objects.aggregate(last=models.Max("order"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            row = ClosingReason.objects.create(code=code, order=order, **values)
    except IntegrityError as error:
        raise SameClosingReason(reason=code) from error
    _record(row, "desk.closing_reason.added", None, dict(values), by, now, address)
    return row


@transaction.atomic
def change(
    *, code: str, values: Mapping[str, Any], by: Person, now: datetime, address: str = ""
) -> ClosingReason:
    """Name it anew, or take it out of use; cases that ended as it keep it."""
    row = ClosingReason.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise NotFound(reason=code)
    after = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not after:
        return row
    before = {name: getattr(row, name) for name in after}
    for name, value in after.items():
        setattr(row, name, value)
    row.save(update_fields=list(after))
    _record(row, "desk.closing_reason.changed", before, after, by, now, address)
    return row


def _record(
    row: ClosingReason, verb: str, before: dict[str, Any] | None, after: dict[str, Any], by: Person,
    now: datetime, address: str,
) -> None:  # fmt: skip
    audit.record(
        actor=by.get_username(), verb=verb, subject=f"closing_reason:{row.code}", now=now, before=before,
        after=after, address=address,
    )  # fmt: skip

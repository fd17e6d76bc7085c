"""Putting right what a case was opened with: a number misheard, a parcel mistyped, a worth that was not known."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions.living import living
from huhang.desk.actions.opening import index
from huhang.desk.actions.steps import NotTheOwner
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import Ticket
from huhang.desk.queries.ownership import answers_for
from huhang.kit import audit, masking
from huhang.kit.errors import BadInput
from huhang.network.models import Person

# What can be put right, and what the story calls it. The kind has a verb of its own (`reclassifying`), as clocks and
# steps hang on it; a case of the wrong unit is called off and opened where it belongs: figures have counted it there.
NAMES: Mapping[str, str] = {
    "title": _("标题"),
    "waybill_no": _("运单号"),
    "contact_name": _("联系人"),
    "contact_phone": _("电话"),
    "value": _("货值"),
}
MASKS = {"contact_name": masking.name, "contact_phone": masking.phone}


class NeedsTitle(BadInput):
    """标题不能空。"""


@transaction.atomic
def correct(
    *, ticket_no: str, facts: Mapping[str, str | Decimal | None], reason: str, by: Person, now: datetime
) -> Ticket:
    """Set these facts anew, by the word of whoever answers for the case; what was there before stays on record."""
    ticket = living(ticket_no)
    if not answers_for(by, ticket):
        raise NotTheOwner(ticket=ticket_no)
    wanted = {name: value for name, value in facts.items() if getattr(ticket, name) != value}
    if not wanted:
        return ticket
    if wanted.get("title") == "":
        raise NeedsTitle(field="title")
    before = _told(ticket, wanted)
    for name, value in wanted.items():
        setattr(ticket, name, value)
    index(ticket)
    for name in wanted:
        happened(ticket, _("更正%(what)s：%(reason)s"), by=by, now=now, what=NAMES[name], reason=reason)
    audit.record(
        actor=by.get_username(), verb="desk.ticket.corrected", subject=f"ticket:{ticket.no}", now=now,
        reason=reason, before=before, after=_told(ticket, wanted),
    )  # fmt: skip
    changed(ticket)
    return ticket


def _told(ticket: Ticket, names: Mapping[str, Any]) -> dict[str, str]:
    """As the record keeps it: whom to call, masked."""
    return {
        name: MASKS.get(name, lambda value: str(value if value is not None else ""))(getattr(ticket, name))
        for name in names
    }

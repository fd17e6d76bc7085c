"""Which cases may be merged and linked, and for how long a merge can be taken back."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

UNDO_WITHIN = timedelta(minutes=10)


class LinkKind(StrEnum):
    """What one case is to another."""

    RELATED = "related"
    DUPLICATE = "duplicate"
    CAUSED_BY = "caused_by"
    SPLIT_FROM = "split_from"
    CHILD_OF = "child_of"


# Made by people as such; the others come of splitting and of giving a case a parent.
LINKED_BY_HAND = (LinkKind.RELATED, LinkKind.DUPLICATE, LinkKind.CAUSED_BY)
# These say the same from both sides.
MUTUAL = (LinkKind.RELATED, LinkKind.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whose case it is, as far as it is known."""

    phone: str
    customer_id: int | None
    waybill_no: str


def is_same_customer(one: Contact, other: Contact) -> bool:
    """May the customer of one case read the other? The same number or account; never just the same parcel."""
    if _digits(one.phone) and _digits(other.phone):
        return _digits(one.phone) == _digits(other.phone)
    return one.customer_id is not None and one.customer_id == other.customer_id


def _digits(phone: str) -> str:
    """A mobile number without its country code and spaces; a landline with its area."""
    return re.sub(r"^(?:0086|86)(?=1\d{10}$)", "", re.sub(r"\D", "", phone))


def can_undo(at: datetime, *, now: datetime) -> bool:
    return now - at <= UNDO_WITHIN

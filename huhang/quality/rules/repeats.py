"""Did the customer have to come again? Same person, same parcel or topic, within so many days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# An agent writes a case of what was just said: so soon after a talk or call it is no coming again.
WRITTEN_UP_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact: who by all keys that we know them by, when, and what it was about as far as was said."""

    id: int
    people: frozenset[str]
    began_at: datetime
    ended_at: datetime
    waybill_no: str = ""
    topic: str = ""
    # A case that somebody opened, and not the customer's own call or talk.
    is_written_up: bool = False


def is_about_the_same(one: Contact, other: Contact, *, unknown_is_same: bool) -> bool:
    """Waybills decide where both are known, else topics; what nobody named is the same or not as the carrier says."""
    if one.waybill_no and other.waybill_no:
        return one.waybill_no == other.waybill_no
    if one.topic and other.topic and _vocabulary(one.topic) == _vocabulary(other.topic):
        return one.topic == other.topic
    return unknown_is_same


def _vocabulary(topic: str) -> str:
    """`call:urge` and `case:urge` are words of different lists: only words of one list can be held together."""
    return topic.partition(":")[0]


def is_repeat(earlier: Contact, later: Contact, *, within: timedelta, unknown_is_same: bool = True) -> bool:
    """Did this person come again? What began before the other ended was one and the same visit."""
    after = later.began_at - earlier.ended_at
    same_visit = WRITTEN_UP_WITHIN if later.is_written_up else timedelta()
    return (
        same_visit < after <= within
        and not earlier.people.isdisjoint(later.people)
        and is_about_the_same(earlier, later, unknown_is_same=unknown_is_same)
    )


def first_repeat(
    contact: Contact, others: Iterable[Contact], *, within: timedelta, unknown_is_same: bool = True
) -> Contact | None:
    """The first of these contacts by which the customer came again."""
    again = [
        other
        for other in others
        if other.id != contact.id
        and is_repeat(contact, other, within=within, unknown_is_same=unknown_is_same)
    ]
    return min(again, key=lambda other: (other.began_at, other.id), default=None)

"""Did the customer have to come again? Same person, same parcel or topic, within so many days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# An agent writes a case of what was just said: so soon after a talk or call it is no coming again.
WRITTEN_UP_WITHIN = timedelta(hours=1)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


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
    # Until when a case about it was open, past its own end: nobody can say before that it was done with.
    open_until: datetime | None = None


def is_about_the_same(one: Contact, other: Contact, *, unknown_is_same: bool) -> bool:
    """Waybills decide where both are known, else topics; what nobody named is the same or not as the carrier says."""
    if one.waybill_no and other.waybill_no:
        return _is_one_parcel(one.waybill_no, other.waybill_no)
    if one.topic and other.topic and _vocabulary(one.topic) == _vocabulary(other.topic):
        return one.topic == other.topic
    return unknown_is_same


def _is_one_parcel(one: str, other: str) -> bool:
    """Telephones have no letters: `1234567890123` typed in a menu is SF1234567890123."""
    return one == other or (
        one.lstrip(_LETTERS) == other.lstrip(_LETTERS) and (one.isdigit() or other.isdigit())
    )


def _vocabulary(topic: str) -> str:
    """`call:urge` and `case:urge` are words of different lists: only words of one list can be held together."""
    return topic.partition(":")[0]


def visit_over_at(contact: Contact, *, within: timedelta) -> datetime:
    """From when another contact is a coming again: a case that stays open longer than the days is no single visit."""
    return min(contact.ended_at, contact.began_at + within)


def watched_until(contact: Contact, *, within: timedelta) -> datetime:
    """Until when: the days after its end, and for as long as a case about it is open."""
    return max(contact.ended_at + within, contact.open_until or contact.ended_at)


def is_repeat(earlier: Contact, later: Contact, *, within: timedelta, unknown_is_same: bool = True) -> bool:
    """Did this person come again? What began before the other ended was one and the same visit."""
    same_visit = WRITTEN_UP_WITHIN if later.is_written_up else timedelta()
    return (
        visit_over_at(earlier, within=within) + same_visit
        < later.began_at
        <= watched_until(earlier, within=within)
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

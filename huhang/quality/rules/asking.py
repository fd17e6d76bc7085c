"""Whom we ask after a contact, by which way, and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256

from huhang.journey.rules.reminders import Quiet


class Sort(StrEnum):
    """What sort of contact it was."""

    TALK = "talk"
    CALL = "call"
    CASE = "case"


class Way(StrEnum):
    """How the question reaches the customer."""

    # A card in the chat, or on the progress page: the customer is there anyway.
    PAGE = "page"
    CHAT = "chat"
    MAIL = "mail"
    SMS = "sms"


class NotAsked(StrEnum):
    """Why nobody was asked."""

    OFF = "off"
    NOT_SERVED = "not_served"
    NOT_DRAWN = "not_drawn"
    ALREADY = "already"
    NO_WAY = "no_way"
    OPTED_OUT = "opted_out"
    TOO_LATE = "too_late"


# What ended longer ago is nobody's fresh memory: told late, loaded from a file, or replayed.
FRESH = timedelta(hours=24)
# These reach somebody who put the telephone away: they wait for the morning.
LOUD = frozenset({Way.SMS})


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say."""

    is_on: bool = True
    # Case kinds and entrance kinds that are asked, and single entrances that are not.
    kinds: Collection[str] = ()
    entrance_kinds: Collection[str] = ()
    entrances_off: Collection[str] = ()
    delay: timedelta = timedelta()
    window: timedelta = timedelta(hours=24)
    share: int = 100
    quiet_from: time = time(21)
    quiet_to: time = time(8)


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that is over. `ref` names it for ever."""

    ref: str
    sort: Sort
    is_served: bool
    ended_at: datetime
    kind: str = ""
    entrance: str = ""
    entrance_kind: str = ""


def why_not(contact: Contact, terms: Terms, *, now: datetime) -> NotAsked | None:
    """Why this contact is not asked about; None when it is."""
    if now - contact.ended_at > FRESH:
        return NotAsked.TOO_LATE
    if not terms.is_on or not _is_chosen(contact, terms):
        return NotAsked.OFF
    if not contact.is_served:
        return NotAsked.NOT_SERVED
    return None if is_drawn(contact.ref, terms.share) else NotAsked.NOT_DRAWN


def _is_chosen(contact: Contact, terms: Terms) -> bool:
    if contact.sort == Sort.CASE:
        return contact.kind in terms.kinds
    if contact.entrance in terms.entrances_off:
        return False
    # A call on a line that we have no entrance for is still a call on the hotline.
    return (contact.entrance_kind or "hotline") in terms.entrance_kinds


def is_drawn(ref: str, share: int) -> bool:
    """Is this contact among the share that is asked? The same answer however often it is put."""
    return int.from_bytes(sha256(ref.encode()).digest()[:4]) % 100 < share


def send_at(ended_at: datetime, way: Way, terms: Terms, *, now: datetime) -> datetime:
    """When the question leaves: after the delay, and never into somebody's night."""
    at = max(ended_at + terms.delay, now) if way != Way.PAGE else now
    if way not in LOUD:
        return at
    return Quiet(terms.quiet_from, terms.quiet_to).until(at) or at

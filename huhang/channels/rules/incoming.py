"""What customers send, as plain facts: the one vocabulary that every adapter translates into.

A fact is stored before anything is made of it (`actions.inbox`). `external_id` is the vendor's name for it, or one
made from what the vendor repeats word for word, so that a second telling is known as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from huhang.channels.rules.gateway import Report
from huhang.channels.rules.matter import Media, Sort


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing somebody sent. `address` is who, in the vendor's words: an openid, a number, a mailbox."""

    external_id: str
    address: str
    at: datetime
    sort: Sort = Sort.TEXT
    text: str = ""
    media: tuple[Media, ...] = ()
    # How they call themselves; never proof of who they are.
    name: str = ""
    # Which of the account's doors it came by: a mailbox, an uplink code, an OpenKfId; empty when there is one.
    door: str = ""
    # For `Sort.EVENT`: subscribe, click, scan, enter, …; and the key or payload that came with it.
    event: str = ""
    event_key: str = ""
    # The conversation in the vendor's words (a Message-ID that is answered, a session id), and its subject.
    thread: tuple[str, ...] = ()
    subject: str = ""
    # Written by a machine: an auto-reply, a bounce, a newsletter. Kept, and never answered.
    is_automatic: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a callback held: facts to keep, what became of letters, and the words that the vendor wants to hear."""

    incoming: tuple[Incoming, ...] = ()
    reports: tuple[Report, ...] = ()
    reply: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    # The vendor only said that something waits (WeCom): fetch it from this door, with this one-time token.
    pull_door: str = ""
    pull_token: str = ""


@dataclass(frozen=True, slots=True)
class Pulled:
    """One page of what waited at the vendor: kept together with the cursor, in one transaction."""

    incoming: tuple[Incoming, ...]
    cursor: str
    has_more: bool
    reports: tuple[Report, ...] = ()


def name_of(*words: str) -> str:
    """A name for what the vendor gives none: made of the words that it repeats, and short enough for any column."""
    told = "\0".join(words).encode(errors="surrogatepass")
    return sha256(told).hexdigest()[:32]

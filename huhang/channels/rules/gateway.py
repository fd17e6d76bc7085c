"""The port: what a gateway for SMS or voice must be able to do, and the plain facts that pass through it.

A vendor's adapter is a folder in `channels/adapters/` with one class that satisfies `Gateway`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import Medium, State


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed over. `key` is ours and the same at every attempt; vendors take it as their OutId or session."""

    key: str
    medium: Medium
    number: str
    text: str
    queued_at: datetime
    sort: Sort = Sort.TEXT
    media: tuple[Media, ...] = ()
    # What it answers, in the vendor's words (Message-IDs), and its subject: mail alone has them.
    thread: tuple[str, ...] = ()
    subject: str = ""
    # Which of the account's doors it leaves by (an OpenKfId, a mailbox, an extension code).
    door: str = ""
    # What else a vendor asks for: a template's code and parameters, a card's title and address.
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a letter, named by our key or by the gateway's own number. `reason` says why it failed."""

    state: State
    at: datetime
    key: str = ""
    external_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An uplink SMS, or a key pressed during a call. `external_id` is the same when the gateway repeats itself."""

    external_id: str
    number: str
    text: str
    at: datetime
    # Which of the account's doors it came by: the code behind our number.
    door: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What a gateway had for us, taken at once."""

    reports: tuple[Report, ...] = ()
    answers: tuple[Answer, ...] = ()


class GatewayAway(Exception):
    """The gateway cannot be reached just now; the letter waits and is offered again."""


class NotTaken(GatewayAway):
    """The gateway is away or busy and surely did not take the letter: the next attempt cannot be a second one."""


class GatewayRefused(Exception):
    """The gateway does not take this letter, now or later; the message says why."""


class WindowClosed(GatewayRefused):
    """The vendor lets nobody write to this address now: too long ago, or too often. Another way must be found."""


class Gateway(Protocol):
    """One vendor's way out and back."""

    name: str
    # False when nothing leaves the house: screens then say so.
    is_real: bool

    def send(self, letter: Letter, *, again: bool) -> str:
        """Hand a letter over and return the gateway's number for it. Raises GatewayAway or GatewayRefused.

        `again` says that an earlier attempt may have arrived: look for `letter.key` before sending, and return the
        number found. A vendor that cannot be asked must refuse: a second call at night is worse than none.
        """
        ...

    def collect(self) -> Iterator[Post]:
        """Reports and answers that wait here; each Post is forgotten once the caller asks for the next one.

        Gateways that push (a callback) have nothing here: their door calls `actions.receiving.take` itself.
        """
        ...


class Shelf(Protocol):
    """Where an account's access token lies: shared by all processes, renewed by one of them at a time."""

    def token(self, renew: Callable[[], tuple[str, int]], *, stale: str = "") -> str:
        """The token in force. `renew` fetches a new one and says for how many seconds it holds.

        `stale` is a token that the vendor has just refused: it is renewed unless somebody else did so meanwhile.
        """
        ...

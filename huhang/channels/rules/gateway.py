"""The port: what a gateway for SMS or voice must be able to do, and the plain facts that pass through it.

A vendor's adapter is a folder in `channels/adapters/` with one class that satisfies `Gateway`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from huhang.channels.rules.outgoing import Medium, State


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed over. `key` is ours and the same at every attempt; vendors take it as their OutId or session."""

    key: str
    medium: Medium
    number: str
    text: str
    queued_at: datetime


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


@dataclass(frozen=True, slots=True)
class Post:
    """What a gateway had for us, taken at once."""

    reports: tuple[Report, ...] = ()
    answers: tuple[Answer, ...] = ()


class GatewayAway(Exception):
    """The gateway cannot be reached just now; the letter waits and is offered again."""


class GatewayRefused(Exception):
    """The gateway does not take this letter, now or later; the message says why."""


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

"""What passes between us and a vendor's server, so that an adapter is a protocol and nothing else.

An adapter reads a `Callback` that the vendor made to us, and asks the vendor through a `Wire` that it was given:
tests hand it a fake that speaks the true protocol, the installation hands it the network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Callback:
    """A vendor's request to our door, as it came. Names of headers are in small letters."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of ours to a vendor. Tokens stand in its address, so it never shows itself in a log."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """The vendor's answer, of whatever status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WireAway(Exception):
    """Nobody answered in time; whether the request arrived is unknown."""


class NotReached(WireAway):
    """Nobody was there at all: the request surely did not arrive, so asking again repeats nothing."""


class Forged(Exception):
    """The signature or secret of a callback is wrong: nothing in it is to be believed."""


class Unreadable(Exception):
    """A genuine callback that the adapter cannot read; the message says what is wrong with it."""


Wire = Callable[[Ask], Said]

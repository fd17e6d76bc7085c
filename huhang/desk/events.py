"""Facts that the desk announces."""

from dataclasses import dataclass
from datetime import datetime

from huhang.kit.events import Event


@dataclass(frozen=True)
class TicketOpened(Event):
    ticket_id: int
    at: datetime


@dataclass(frozen=True)
class ClockLevelReached(Event):
    """A clock warned, was breached, or escalated."""

    ticket_id: int
    clock_id: int
    level: str
    at: datetime


@dataclass(frozen=True)
class CustomerWrote(Event):
    """A customer added words to a case."""

    ticket_id: int
    entry_id: int
    at: datetime


@dataclass(frozen=True)
class TicketResolved(Event):
    ticket_id: int
    at: datetime


@dataclass(frozen=True)
class CustomerJudged(Event):
    """A customer said of a case that we called resolved that it is, or that it is not."""

    ticket_id: int
    is_solved: bool
    words: str
    at: datetime


@dataclass(frozen=True)
class TicketReopened(Event):
    ticket_id: int
    at: datetime

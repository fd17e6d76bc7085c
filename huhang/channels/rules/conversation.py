"""A conversation's life: who may say what when, and what is owed to whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    """Where a conversation stands."""

    # With the page alone: greeting, reasons, self-service. Nobody waits.
    SELF_SERVICE = "self_service"
    # In the queue, in front of the screen.
    WAITING = "waiting"
    TALKING = "talking"
    # Nobody was there: the words lie here, with a promised time.
    LEFT_MESSAGE = "left_message"
    CLOSED = "closed"


class Side(StrEnum):
    """Who speaks."""

    CUSTOMER = "customer"
    AGENT = "agent"
    # We, without a person: greeting, place in the queue, what happened.
    HOUSE = "house"
    # Among colleagues; never leaves the house.
    NOTE = "note"


class ClosedBecause(StrEnum):
    """Why nobody writes any more."""

    DONE = "done"
    CUSTOMER_LEFT = "customer_left"
    SILENT = "silent"
    GAVE_UP_WAITING = "gave_up_waiting"
    AUTOMATIC = "automatic"


OPEN = frozenset({Stage.SELF_SERVICE, Stage.WAITING, Stage.TALKING, Stage.LEFT_MESSAGE})
# From where to where a conversation can go; whatever is not here is refused.
MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.SELF_SERVICE: frozenset({Stage.WAITING, Stage.LEFT_MESSAGE, Stage.CLOSED}),
    Stage.WAITING: frozenset({Stage.TALKING, Stage.LEFT_MESSAGE, Stage.CLOSED}),
    Stage.TALKING: frozenset({Stage.WAITING, Stage.CLOSED}),
    Stage.LEFT_MESSAGE: frozenset({Stage.WAITING, Stage.TALKING, Stage.CLOSED}),
    Stage.CLOSED: frozenset(),
}
# An agent's browser that says nothing for so long is gone: what it held goes back to the queue.
DROPPED_AFTER = timedelta(seconds=30)
# How many of the latest answers tell how fast the line moves.
PACE_OVER = 20


def may_move(at: str, to: Stage) -> bool:
    """Is this a way that a conversation can go?"""
    return to in MOVES[Stage(at)]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a queue: how many are before one, and how long that takes; None when nobody can say honestly."""

    ahead: int
    wait: timedelta | None


def place(ahead: int, answered_at: list[datetime], *, now: datetime) -> Place:
    """The wait from how fast the line has moved lately: the latest answers' moments, newest first.

    The pace is what the last ones took together, up to now: a line that has stopped moving is said to be slow.
    """
    if len(answered_at) < 2:
        return Place(ahead, None)
    recent = answered_at[:PACE_OVER]
    each = (now - recent[-1]) / len(recent)
    return Place(ahead, each * (ahead + 1))

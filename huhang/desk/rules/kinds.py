"""What a case can be, and the states it and its parts can be in."""

from enum import StrEnum


class Kind(StrEnum):
    """Why there is a case."""

    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    CLAIM = "claim"
    URGE = "urge"
    PREVENTION = "prevention"


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    WORKING = "working"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class StepState(StrEnum):
    """Where one department's step stands."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    HANDED_OVER = "handed_over"
    DROPPED = "dropped"


class Obligation(StrEnum):
    """What a clock promises."""

    FIRST_RESPONSE = "first_response"
    STEP = "step"
    CLOSE = "close"


class Level(StrEnum):
    """What a clock does as time runs out, in this order, each once."""

    WARN = "warn"
    BREACH = "breach"
    ESCALATE = "escalate"


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    CANCELLED = "cancelled"


class EntryKind(StrEnum):
    """A line of a case's story. Only messages are ever shown to the customer."""

    TO_CUSTOMER = "to_customer"
    FROM_CUSTOMER = "from_customer"
    NOTE = "note"
    EVENT = "event"


LIVE_STATES = (State.OPEN, State.WORKING)
# The only lines of a story that a customer ever sees.
PUBLIC_ENTRIES = (EntryKind.TO_CUSTOMER, EntryKind.FROM_CUSTOMER)
# How the system itself is recorded where an actor is asked for.
SYSTEM = "huhang"

"""What a case can be, and the states it and its parts can be in."""

from enum import StrEnum


class Kind(StrEnum):
    """Why there is a case."""

    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    CLAIM = "claim"
    URGE = "urge"
    PREVENTION = "prevention"
    # A search along the route for a parcel of value (追查令): the child of a case.
    TRACE = "trace"
    # Calling somebody back who was not satisfied (回访); never asked about itself.
    FOLLOW_UP = "follow_up"


# Work of our own: no customer opens such a case, and people open it by its own verb alone.
OUR_OWN = (Kind.PREVENTION, Kind.TRACE, Kind.FOLLOW_UP)


class Priority(StrEnum):
    """How much a case weighs; policies may promise more for more."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Closing(StrEnum):
    """What ends a case: its last step, or the word of whoever owns it."""

    LAST_STEP = "last_step"
    OWNER = "owner"


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
    REFUSED = "refused"
    DROPPED = "dropped"


class Obligation(StrEnum):
    """What a clock promises, in the order in which it matters to whoever reads a case."""

    FIRST_RESPONSE = "first_response"
    NEXT_REPLY = "next_reply"
    STEP = "step"
    CLOSE = "close"
    # 快递暂行条例: handled and the user told within 7 days.
    STATUTORY = "statutory"
    # 邮政业消费者申诉: the regulator is answered within 15 days.
    REGULATOR = "regulator"


# What every case owes; the others run only where a policy says so.
ALWAYS_OWED = (Obligation.FIRST_RESPONSE, Obligation.STEP, Obligation.CLOSE)
# No reason of ours stops the law's clock, nor the customer's wait for a first word.
NEVER_PAUSED = (Obligation.FIRST_RESPONSE, Obligation.STATUTORY, Obligation.REGULATOR)


class Level(StrEnum):
    """Whom a clock calls as time runs out, each once; BREACH is the moment itself at which it is due."""

    OWNER = "owner"
    LEAD = "lead"
    BREACH = "breach"
    UNIT = "unit"
    PROVINCE = "province"
    HQ = "hq"


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
    # To the customer, and not yet to be read: `models.leaving`.
    LEAVING = "leaving"
    TAKEN_BACK = "taken_back"


LIVE_STATES = (State.OPEN, State.WORKING)
# The only lines of a story that a customer ever sees.
PUBLIC_ENTRIES = (EntryKind.TO_CUSTOMER, EntryKind.FROM_CUSTOMER)
# How the system itself is recorded where an actor is asked for.
SYSTEM = "huhang"

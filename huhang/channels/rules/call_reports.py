"""What an agent writes down after a call: why it was made, and what came of it."""

from enum import StrEnum


class CallReason(StrEnum):
    """Why somebody called, as whoever answered heard it."""

    WHERE = "where"
    URGE = "urge"
    CHANGE = "change"
    PICKUP = "pickup"
    DAMAGED = "damaged"
    LOST = "lost"
    COMPLAINT = "complaint"
    FEE = "fee"
    OTHER = "other"


class CallResult(StrEnum):
    """What came of it."""

    SOLVED = "solved"
    CASE = "case"
    CALL_AGAIN = "call_again"
    PASSED_ON = "passed_on"
    CUT_OFF = "cut_off"
    WRONG_NUMBER = "wrong_number"

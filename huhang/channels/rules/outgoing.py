"""A message's life: handed over at least once, told apart when repeated, and only ever moving forward."""

from datetime import datetime, timedelta
from enum import StrEnum


class Medium(StrEnum):
    """By what a message reaches somebody."""

    IN_APP = "in_app"
    SMS = "sms"
    VOICE = "voice"
    # By an account at a vendor: WeChat, WeCom, Weibo.
    CHAT = "chat"
    MAIL = "mail"


# By what people of ours are told: in the house, or by their number.
FOR_OUR_OWN = (Medium.IN_APP, Medium.SMS, Medium.VOICE)


class State(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    ANSWERED = "answered"
    FAILED = "failed"


# A report may overtake another one, or come again: only a step forward counts. What was reported as failed and
# then arrives after all did arrive.
RANK = {
    State.QUEUED: 0,
    State.SENT: 1,
    State.FAILED: 2,
    State.DELIVERED: 3,
    State.READ: 4,
    State.ANSWERED: 5,
}
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
MOST_ATTEMPTS = 8
# A worker that was to hand a message over is given up on after this long: whoever comes next looks before sending.
LEASE = timedelta(minutes=2)
SHORT_SMS, PART_OF_LONG_SMS = 70, 67


def moves_on(state: str, reported: str) -> bool:
    """Is the reported state news?"""
    return RANK[State(reported)] > RANK[State(state)]


def retry_at(attempts: int, *, now: datetime) -> datetime | None:
    """When to try again after so many attempts: 30 s, 1, 2, 4 … 15 minutes; None when it is time to give up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return now + min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)


def sms_parts(text: str) -> int:
    """How many messages a carrier charges for: 70 characters fit one, longer texts are cut into parts of 67."""
    return 1 if len(text) <= SHORT_SMS else -(-len(text) // PART_OF_LONG_SMS)

"""Facts that the post office announces."""

from dataclasses import dataclass
from datetime import datetime

from huhang.kit.events import Event


@dataclass(frozen=True)
class MessagesRead(Event):
    """Somebody has seen these messages: opened in the house, opened by their link, or reported as read."""

    outgoing_ids: list[int]
    at: datetime


@dataclass(frozen=True)
class Answered(Event):
    """Somebody wrote back, or pressed a key; `inbound_id` is the row that holds what."""

    inbound_id: int


@dataclass(frozen=True)
class NotLetThrough(Event):
    """A vendor takes no more for this address now: another way must be found for this message."""

    outgoing_id: int
    at: datetime


@dataclass(frozen=True)
class ConversationWaits(Event):
    """Somebody waits in a queue for a person: asked for one, or lost the one they had."""

    conversation_id: int
    at: datetime


@dataclass(frozen=True)
class MessageLeft(Event):
    """Somebody left a message, and was promised an answer."""

    conversation_id: int
    at: datetime


@dataclass(frozen=True)
class CallEnded(Event):
    """A call is over: somebody talked, gave up, or only listened; told once of each call."""

    call_id: int
    at: datetime


@dataclass(frozen=True)
class ConversationClosed(Event):
    """A conversation is over."""

    conversation_id: int
    at: datetime

"""A telephone call as a row of events, whoever switches it: Asterisk, FreeSWITCH, or a PBX that posts to us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CallKind(StrEnum):
    """What happened to a call. IVR alone is not yet an offer to people: QUEUED is."""

    ARRIVED = "arrived"
    DIGITS = "digits"
    QUEUED = "queued"
    RINGING = "ringing"
    NOT_ANSWERED = "not_answered"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    # The agent's part is over; the caller may go on: to a survey, to another queue.
    AGENT_LEFT = "agent_left"
    LEFT_QUEUE = "left_queue"
    ABANDONED = "abandoned"
    CALL_BACK_ASKED = "call_back_asked"
    ENDED = "ended"
    RECORDED = "recorded"
    AGENT_STATE = "agent_state"


class EndedBy(StrEnum):
    """Who put down the receiver."""

    CALLER = "caller"
    AGENT = "agent"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One thing that happened to a call. (`call_id`, `external_id`) is the same when it is told again."""

    external_id: str
    call_id: str
    kind: CallKind
    at: datetime
    # Order among events of the same moment, as the switch counts them.
    seq: int = 0
    leg_id: str = ""
    queue: str = ""
    # Who in the switch's words: an extension or log-in.
    agent: str = ""
    # Caller's number, and the number that was called.
    ani: str = ""
    dnis: str = ""
    is_outbound: bool = False
    digits: str = ""
    cause: str = ""
    ended_by: EndedBy | None = None
    # Where the recording lies; we keep the reference, never the sound.
    recording: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

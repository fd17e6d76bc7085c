"""A call as the fold of its events: in whatever order they come, and however often, the same call results."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from huhang.channels.rules.calls import CallEvent, CallKind, EndedBy

# Who gives up so soon has mostly dialled a wrong number: told apart from those whom we kept waiting.
SHORT_ABANDON = timedelta(seconds=5)
NOTHING = timedelta()
# Among events of one moment that the switch did not number.
_RANK = {kind: rank for rank, kind in enumerate(CallKind)}
# What AGENT_STATE says of an agent who still writes about the call, in `extra["state"]`.
AFTER_CALL_STATE = "after_call"


class Phase(StrEnum):
    """Where a call stands."""

    IVR = "ivr"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    # The caller is gone, the agent still writes.
    AFTER_CALL = "after_call"
    OVER = "over"


class Outcome(StrEnum):
    """What became of a call."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SHORT_ABANDON = "short_abandon"
    # Waited until we sent them away: nobody there, too long.
    TURNED_AWAY = "turned_away"
    CALL_BACK_ASKED = "call_back_asked"
    # Never asked for a person.
    IVR_ONLY = "ivr_only"
    # We called, nobody took it.
    NOT_REACHED = "not_reached"


GAVE_UP = frozenset({Outcome.ABANDONED, Outcome.SHORT_ABANDON})
# To these we owe a call.
OWED = frozenset({Outcome.ABANDONED, Outcome.TURNED_AWAY, Outcome.CALL_BACK_ASKED})


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of a call. `wait` runs from the moment when the caller chose an agent, ringing included."""

    call_id: str
    arrived_at: datetime
    phase: Phase = Phase.IVR
    outcome: Outcome | None = None
    is_outbound: bool = False
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    # When the caller was answered, gave up or was sent away: the end of the waiting.
    left_at: datetime | None = None
    ended_at: datetime | None = None
    queue: str = ""
    # Who answered first; while it rings, at whose telephone.
    agent: str = ""
    ani: str = ""
    dnis: str = ""
    digits: str = ""
    cause: str = ""
    ended_by: EndedBy | None = None
    talk: timedelta = NOTHING
    hold: timedelta = NOTHING
    after_call: timedelta = NOTHING
    recordings: tuple[str, ...] = ()

    @property
    def wait(self) -> timedelta | None:
        if self.queued_at is None or self.left_at is None:
            return None
        return max(NOTHING, self.left_at - self.queued_at)


def in_order(events: Iterable[CallEvent]) -> list[CallEvent]:
    """Each event once, as things happened."""
    once = {event.external_id: event for event in events}
    return sorted(once.values(), key=lambda e: (e.at, e.seq, _RANK[e.kind], e.external_id))


def life(events: Iterable[CallEvent], *, short: timedelta = SHORT_ABANDON) -> Life:
    """A call's life from what was told of it, all at once or bit by bit."""
    ordered = in_order(events)
    if not ordered:
        raise ValueError("a call without events is no call")
    told = _Telling(Life(ordered[0].call_id, ordered[0].at))
    for event in ordered:
        told.hear(event)
    return told.life(short)


@dataclass
class _Telling:
    """What has been heard so far. Moments are facts whatever the order; who talks now is the latest word."""

    known: Life
    talking_from: datetime | None = None
    held_from: datetime | None = None
    writing_from: datetime | None = None
    is_waiting: bool = False
    gave_up_at: datetime | None = None
    sent_away_at: datetime | None = None
    has_asked: bool = False
    ringing: str | None = None
    recordings: list[str] = field(default_factory=list)

    def hear(self, event: CallEvent) -> None:
        self.known = replace(
            self.known,
            ani=self.known.ani or event.ani,
            dnis=self.known.dnis or event.dnis,
            is_outbound=self.known.is_outbound or event.is_outbound,
        )
        hear = getattr(self, f"_{event.kind.value}", None)
        if hear is not None:
            hear(event)

    def _digits(self, event: CallEvent) -> None:
        self.known = replace(self.known, digits=self.known.digits + event.digits)

    def _queued(self, event: CallEvent) -> None:
        self.known = replace(
            self.known,
            queued_at=self.known.queued_at or event.at,
            queue=(event.queue or self.known.queue) if not self.known.answered_at else self.known.queue,
        )
        self.is_waiting = not self.talking_from

    def _ringing(self, event: CallEvent) -> None:
        self.ringing = event.agent

    def _not_answered(self, event: CallEvent) -> None:
        if self.ringing == event.agent:
            self.ringing = None

    def _answered(self, event: CallEvent) -> None:
        self.ringing, self.is_waiting = None, False
        self.talking_from = self.talking_from or event.at
        self.known = replace(
            self.known,
            answered_at=self.known.answered_at or event.at,
            agent=self.known.agent or event.agent,
            queue=self.known.queue or event.queue,
        )

    def _held(self, event: CallEvent) -> None:
        if self.talking_from:
            self.held_from = self.held_from or event.at

    def _resumed(self, event: CallEvent) -> None:
        if self.held_from:
            self.known = replace(self.known, hold=self.known.hold + (event.at - self.held_from))
            self.held_from = None

    def _transferred(self, event: CallEvent) -> None:
        self._agent_left(event)

    def _agent_left(self, event: CallEvent) -> None:
        self._resumed(event)
        if self.talking_from:
            # Time on hold is told apart from time talking.
            self.known = replace(self.known, talk=self.known.talk + (event.at - self.talking_from))
            self.talking_from = None
        if event.ended_by:
            self.known = replace(self.known, ended_by=event.ended_by)

    def _left_queue(self, event: CallEvent) -> None:
        self.ringing, self.is_waiting = None, False
        self.sent_away_at = event.at
        self.known = replace(self.known, cause=event.cause or self.known.cause)

    def _abandoned(self, event: CallEvent) -> None:
        self.ringing, self.is_waiting = None, False
        self.gave_up_at = event.at

    def _call_back_asked(self, event: CallEvent) -> None:
        self.has_asked = True

    def _ended(self, event: CallEvent) -> None:
        self._agent_left(event)
        self.ringing = None
        self.known = replace(
            self.known,
            ended_at=self.known.ended_at or event.at,
            cause=self.known.cause or event.cause,
        )

    def _recorded(self, event: CallEvent) -> None:
        if event.recording and event.recording not in self.recordings:
            self.recordings.append(event.recording)

    def _agent_state(self, event: CallEvent) -> None:
        if event.extra.get("state") == AFTER_CALL_STATE:
            self.writing_from = self.writing_from or event.at
        elif self.writing_from is not None:
            written = self.known.after_call + (event.at - self.writing_from)
            self.known = replace(self.known, after_call=written)
            self.writing_from = None

    def life(self, short: timedelta) -> Life:
        known = self.known
        left = known.answered_at or self._left_unanswered_at()
        # The queue told us of nothing, but the line is down: whoever waited has gone.
        if left is None and known.queued_at and known.ended_at:
            left = known.ended_at
        done = replace(
            known,
            agent=known.agent or self.ringing or "",
            left_at=left,
            talk=max(NOTHING, known.talk - known.hold),
            recordings=tuple(self.recordings),
            phase=self._phase(),
        )
        return replace(done, outcome=self._outcome(done, short))

    def _left_unanswered_at(self) -> datetime | None:
        """When the waiting ended without an answer: not yet, for who rejoined, or left one queue for another."""
        if self.is_waiting and not self.known.ended_at:
            return None
        away = self.sent_away_at if self.known.ended_at else None
        return max((at for at in (self.gave_up_at, away) if at), default=None)

    def _phase(self) -> Phase:
        if self.known.ended_at:
            return Phase.AFTER_CALL if self.writing_from else Phase.OVER
        if self.held_from:
            return Phase.HELD
        if self.talking_from:
            return Phase.TALKING
        if self.ringing is not None:
            return Phase.RINGING
        if self.is_waiting:
            return Phase.WAITING
        return Phase.OVER if self.gave_up_at and not self.known.answered_at else Phase.IVR

    def _outcome(self, known: Life, short: timedelta) -> Outcome | None:
        if known.answered_at:
            return Outcome.ANSWERED
        if known.ended_at is None and known.left_at is None and not self.has_asked:
            return None
        if known.is_outbound:
            return Outcome.NOT_REACHED if known.ended_at else None
        if self.has_asked:
            return Outcome.CALL_BACK_ASKED
        if known.queued_at is None:
            return Outcome.IVR_ONLY
        if self.sent_away_at and self.gave_up_at is None:
            return Outcome.TURNED_AWAY
        wait = known.wait or NOTHING
        return Outcome.SHORT_ABANDON if wait <= short else Outcome.ABANDONED

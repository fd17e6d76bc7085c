"""What FreeSWITCH says, as call events.

A fact is named by what it is, not by who told it (`<call>/answered/<second>`): the queue's own event, the record of the
call and a second reader's socket say the same thing, and it is one. Times of the queue are its own, in whole seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from huhang.channels.rules.calls import CallEvent, CallKind, EndedBy

Told = Mapping[str, str]
# The caller was sent away by us; any other reason means that he put the receiver down.
SENT_AWAY = frozenset({"TIMEOUT", "NO_AGENT_TIMEOUT", "EXIT_WITH_KEY"})
# Set by our own `call`: the number that we ring for an agent.
OUR_NUMBER = "variable_huhang_number"
# The latest second that is a time and not a mistake.
_LAST = 32503680000


@dataclass(frozen=True, slots=True)
class Plan:
    """What the account says of this switch's dial plan."""

    # Keys by which a caller leaves the queue and asks to be called back.
    call_back_keys: frozenset[str] = frozenset()


def events_of(told: Told, plan: Plan = Plan(), *, now: datetime) -> list[CallEvent]:
    """What an event of the switch means; most mean nothing to us."""
    name = told.get("event-name", "")
    if name == "CUSTOM" and told.get("event-subclass") == "callcenter::info":
        reader = _QUEUE.get(told.get("cc-action", ""))
    else:
        reader = _CHANNEL.get(name)
    return list(reader(_Words(told, plan, now))) if reader else []


@dataclass(frozen=True, slots=True)
class _Words:
    """An event of the switch, with what is asked of every one of them."""

    told: Told
    plan: Plan
    now: datetime

    def __getitem__(self, name: str) -> str:
        return self.told.get(name, "")

    @property
    def at(self) -> datetime:
        """When the switch says that it was, to the microsecond."""
        stamp = self["event-date-timestamp"]
        if stamp.isascii() and stamp.isdigit() and 0 < int(stamp) < _LAST * 10**6:
            return datetime.fromtimestamp(int(stamp) // 10**6, UTC).replace(microsecond=int(stamp) % 10**6)
        return self.now

    @property
    def seq(self) -> int:
        number = self["event-sequence"]
        return int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0

    def second(self, *names: str) -> datetime | None:
        """The first of these times that is set, as the queue counts: whole seconds."""
        for name in names:
            text = self[name]
            if text.isascii() and text.isdigit() and 0 < int(text) < _LAST:
                return datetime.fromtimestamp(int(text), UTC)
        return None

    @property
    def leg(self) -> str:
        return self["unique-id"]

    @property
    def call_id(self) -> str:
        """The caller's leg: the queue names it; else the channel says to which call it belongs."""
        return (
            self["cc-member-session-uuid"]
            or self["variable_cc_member_session_uuid"]
            or self["channel-call-uuid"]
            or self.leg
        )[:100]

    def event(self, kind: CallKind, at: datetime | None = None, name: str = "", **more: object) -> CallEvent:
        """An event of this call. Without a name of its own it is known by the number that the switch gave it."""
        own = f"{self.call_id}/{kind}/{name}" if name else f"{self._number}:{kind}"
        event = CallEvent(own[:200], self.call_id, kind, at or self.at, seq=self.seq, leg_id=self.leg[:100])
        return replace(event, **more)  # type: ignore[arg-type]

    @property
    def _number(self) -> str:
        """The event's own name: a counter of this run of the switch."""
        if self["core-uuid"] and self.seq:
            return f"{self['core-uuid']}:{self.seq}"
        return blake2b(repr(sorted(self.told.items())).encode(), digest_size=12).hexdigest()

    def queue_event(self, kind: CallKind, at: datetime, agent: str = "", **more: object) -> CallEvent:
        return self.event(
            kind,
            at,
            f"{agent}{int(at.timestamp())}" if kind == CallKind.RINGING else str(int(at.timestamp())),
            queue=(self["cc-queue"] or self["variable_cc_queue"])[:100],
            ani=self["cc-member-cid-number"] or self["caller-caller-id-number"],
            agent=agent[:100],
            **more,
        )


Heard = Iterator[CallEvent]


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _joined(words: _Words) -> Heard:
    if joined := words.second("cc-member-joined-time"):
        yield words.queue_event(CallKind.QUEUED, joined)


def _queued(words: _Words) -> Heard:
    # Some versions do not say when, but tell it at once.
    joined = words.second("cc-member-joined-time") or _whole(words.at)
    yield words.queue_event(CallKind.QUEUED, joined, dnis=words["caller-destination-number"][:32])


def _offered(words: _Words) -> Heard:
    at = words.second("cc-agent-called-time") or _whole(words.at)
    yield words.queue_event(CallKind.RINGING, at, words["cc-agent"])


def _refused(words: _Words) -> Heard:
    yield words.event(
        CallKind.NOT_ANSWERED, agent=words["cc-agent"][:100], cause=words["cc-hangup-cause"][:60]
    )


def _bridged(words: _Words) -> Heard:
    yield from _joined(words)
    at = words.second("cc-agent-answered-time") or _whole(words.at)
    yield words.queue_event(CallKind.ANSWERED, at, words["cc-agent"])


def _unbridged(words: _Words) -> Heard:
    yield from _bridged_before(words)
    at = words.second("cc-bridge-terminated-time") or _whole(words.at)
    yield words.queue_event(CallKind.AGENT_LEFT, at, words["cc-agent"], ended_by=_who(words))


def _bridged_before(words: _Words) -> Heard:
    """Told again, for whoever was not listening when it happened."""
    yield from _joined(words)
    if answered := words.second("cc-agent-answered-time"):
        yield words.queue_event(CallKind.ANSWERED, answered, words["cc-agent"])


def _queue_left(words: _Words) -> Heard:
    if words["cc-cause"] != "Cancel":
        yield from _bridged_before(words)
        return
    yield from _joined(words)
    at = words.second("cc-member-leaving-time") or _whole(words.at)
    yield from _unanswered(words, at, words["cc-cancel-reason"], words["variable_cc_exit_key"])


def _unanswered(words: _Words, at: datetime, reason: str, key: str) -> Heard:
    if reason == "EXIT_WITH_KEY" and key and key in words.plan.call_back_keys:
        yield words.queue_event(CallKind.CALL_BACK_ASKED, at, digits=key[:16])
    elif reason in SENT_AWAY:
        yield words.queue_event(CallKind.LEFT_QUEUE, at, cause=reason[:60])
    else:
        yield words.queue_event(CallKind.ABANDONED, at, ended_by=EndedBy.CALLER)


def _agent_state(words: _Words) -> Heard:
    state = words["cc-agent-status"] or words["cc-agent-state"]
    event = words.event(CallKind.AGENT_STATE, agent=words["cc-agent"][:100], extra={"state": state[:40]})
    yield replace(event, call_id="")


def _created(words: _Words) -> Heard:
    if words[OUR_NUMBER]:
        yield from _we_call(words)
    elif words["call-direction"] == "inbound":
        user = words["variable_user_name"]
        # A telephone of the house that dials out by itself.
        yield words.event(
            CallKind.ARRIVED,
            name="1",
            is_outbound=bool(user),
            agent=user[:100],
            ani=words["caller-caller-id-number"][:32],
            dnis=words["caller-destination-number"][:32],
        )
    elif (caller := words["other-leg-unique-id"]) and not words["variable_cc_side"]:
        yield from _rings_without_a_queue(words, caller)


def _we_call(words: _Words) -> Heard:
    if words["channel-call-uuid"] in {"", words.leg}:
        yield words.event(
            CallKind.ARRIVED,
            name="1",
            is_outbound=True,
            agent=words["caller-destination-number"][:100],
            dnis=words[OUR_NUMBER][:32],
        )


def _rings_without_a_queue(words: _Words, caller: str) -> Heard:
    """A line that rings telephones directly: the first ring is the choice of a person."""
    line = words["other-leg-destination-number"] or words["caller-destination-number"]
    ringing = words.event(CallKind.RINGING, name=words.leg, agent=words["caller-destination-number"][:100])
    for event in (replace(ringing, kind=CallKind.QUEUED, queue=line[:100]), ringing):
        own = f"{caller[:100]}/{event.kind}/{words.leg}"
        yield replace(event, call_id=caller[:100], external_id=own[:200])


def _channels_bridged(words: _Words) -> Heard:
    """Two legs talk to each other. What the queue has bridged, the queue tells."""
    if words["variable_cc_side"] or words["variable_cc_queue"]:
        return
    answered = words.event(CallKind.ANSWERED, name=words["other-leg-unique-id"] or "1")
    if words[OUR_NUMBER]:
        yield replace(answered, agent=words["caller-destination-number"][:100], is_outbound=True)
    else:
        yield replace(answered, agent=words["other-leg-destination-number"][:100])


def _held(words: _Words) -> Heard:
    yield words.event(CallKind.HELD)


def _resumed(words: _Words) -> Heard:
    yield words.event(CallKind.RESUMED)


def _pressed(words: _Words) -> Heard:
    if words.leg == words.call_id:
        yield words.event(CallKind.DIGITS, digits=words["dtmf-digit"][:16])


def _recorded(words: _Words) -> Heard:
    path = words["record-file-path"] or words["variable_record_file_path"]
    if path:
        yield words.event(CallKind.RECORDED, name=path[-150:], recording=path[:500])


def _hung_up(words: _Words) -> Heard:
    """The end of a leg. The caller's ends the call, and its variables tell once more what the queue did."""
    if words["variable_cc_side"] == "agent" or words.leg != words.call_id:
        return
    yield from from_variables(words)
    yield words.event(
        CallKind.ENDED,
        name="1",
        cause=(words["hangup-cause"] or words["variable_hangup_cause"])[:60],
        ended_by=_who(words),
        ani=words["caller-caller-id-number"][:32],
        dnis=(words[OUR_NUMBER] or words["caller-destination-number"])[:32],
        is_outbound=bool(words[OUR_NUMBER] or words["variable_user_name"]),
    )


def from_variables(words: _Words) -> Heard:
    """The queue's part of a call, from what it wrote on the caller's channel."""
    if not words["variable_cc_queue"]:
        return
    if joined := words.second("variable_cc_queue_joined_epoch"):
        yield words.queue_event(CallKind.QUEUED, joined)
    if answered := words.second("variable_cc_queue_answered_epoch"):
        yield words.queue_event(CallKind.ANSWERED, answered, words["variable_cc_agent"])
        if left := words.second("variable_cc_queue_terminated_epoch"):
            yield words.queue_event(CallKind.AGENT_LEFT, left, words["variable_cc_agent"])
    elif left := words.second("variable_cc_queue_canceled_epoch"):
        reason, key = words["variable_cc_cancel_reason"], words["variable_cc_exit_key"]
        yield from _unanswered(words, left, reason, key)


def _who(words: _Words) -> EndedBy | None:
    """`recv_…` is the other side's word, `send_…` ours (sip_hangup_disposition)."""
    said = words["variable_sip_hangup_disposition"]
    caller = words["variable_cc_side"] != "agent"
    if said.startswith("recv_"):
        return EndedBy.CALLER if caller else EndedBy.AGENT
    if said.startswith("send_"):
        return EndedBy.AGENT if caller else EndedBy.CALLER
    return None


_QUEUE = {
    "member-queue-start": _queued,
    "agent-offering": _offered,
    "bridge-agent-start": _bridged,
    "bridge-agent-end": _unbridged,
    "bridge-agent-fail": _refused,
    "member-queue-end": _queue_left,
    "agent-status-change": _agent_state,
    "agent-state-change": _agent_state,
}
_CHANNEL = {
    "CHANNEL_CREATE": _created,
    "CHANNEL_BRIDGE": _channels_bridged,
    "CHANNEL_HOLD": _held,
    "CHANNEL_UNHOLD": _resumed,
    "CHANNEL_HANGUP_COMPLETE": _hung_up,
    "DTMF": _pressed,
    "RECORD_STOP": _recorded,
}
# What we ask to be told of; everything else stays at the switch.
WANTED = tuple(_CHANNEL)


def words_of(told: Told, plan: Plan, *, now: datetime) -> _Words:
    return _Words(told, plan, now)

"""What Asterisk says, as call events. `Linkedid` is the call: it outlives transfers, `Uniqueid` does not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from huhang.channels.rules.calls import CallEvent, CallKind, EndedBy

# Calls that we placed are named by us, so that they are known at once.
OUR_CALL = "hh-"
_SIDES = {"agent": EndedBy.AGENT, "caller": EndedBy.CALLER}
_STAMP = re.compile(r"(\d{1,11})\.(\d{1,6})\Z", re.ASCII)
# `PJSIP/1001`, `SIP/1001-0000002a`, `Local/1001@from-queue/n`, `Agent/1001`.
_INTERFACE = re.compile(r"(?:[A-Za-z0-9]+/)?([^/@]+?)(?:-[0-9a-f]{8})?(?:[/@].*)?\Z")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the account says of this switch's dial plan."""

    # Contexts from which our own telephones dial out.
    inside: frozenset[str] = frozenset()
    # Contexts in which a line rings telephones directly, without a queue.
    direct: frozenset[str] = frozenset()


def events_of(packet: Mapping[str, str], plan: Plan = Plan(), *, now: datetime) -> list[CallEvent]:
    """What an event of the switch means; most mean nothing to us."""
    reader = _READERS.get(packet.get("event", ""))
    return list(reader(_Words(packet, plan, now))) if reader else []


@dataclass(frozen=True, slots=True)
class _Words:
    """A packet, with what is asked of every one of them."""

    packet: Mapping[str, str]
    plan: Plan
    now: datetime

    def __getitem__(self, name: str) -> str:
        value = self.packet.get(name, "")
        return "" if value in {"<unknown>", "<none>"} else value

    @property
    def at(self) -> datetime:
        if (stamp := _STAMP.match(self["timestamp"])) and int(stamp[1]) < 32503680000:
            return datetime.fromtimestamp(int(stamp[1]), UTC).replace(microsecond=int(stamp[2].ljust(6, "0")))
        return self.now

    @property
    def call_id(self) -> str:
        return (self["linkedid"] or self["transfererlinkedid"] or self["uniqueid"])[:100]

    @property
    def is_first_leg(self) -> bool:
        return self["uniqueid"] == self["linkedid"]

    def event(self, kind: CallKind, **more: object) -> CallEvent:
        """An event of this call, the same for everybody who hears it: the switch stamps it once for all."""
        stamp = self["timestamp"] or self._mark()
        event = CallEvent(
            f"{self.call_id}/{kind}/{stamp}/{self['destuniqueid'] or self['interface']}"[:200],
            self.call_id,
            kind,
            self.at,
            leg_id=self["uniqueid"][:100],
            queue=self["queue"][:100],
            ani=self["calleridnum"][:32],
        )
        return replace(event, **more)  # type: ignore[arg-type]

    def _mark(self) -> str:
        """Without a stamp, what it says within its second."""
        said = repr((int(self.now.timestamp()), sorted(self.packet.items())))
        return blake2b(said.encode(), digest_size=12).hexdigest()

    @property
    def agent(self) -> str:
        return extension_of(self["interface"] or self["destchannel"] or self["membername"])[:100]


def extension_of(interface: str) -> str:
    """The telephone behind an interface: `PJSIP/1001` → `1001`."""
    found = _INTERFACE.match(interface)
    return found[1] if found else interface


Heard = Iterator[CallEvent]


def _arrived(words: _Words) -> Heard:
    if not words.is_first_leg:
        return
    is_ours = words["uniqueid"].startswith(OUR_CALL) or words["context"] in words.plan.inside
    yield words.event(
        CallKind.ARRIVED,
        dnis=words["exten"][:32],
        is_outbound=is_ours,
        agent=extension_of(words["channel"])[:100] if is_ours else "",
        extra={"channel": words["channel"][:100]},
    )


def _joined(words: _Words) -> Heard:
    yield words.event(CallKind.QUEUED)


def _called(words: _Words) -> Heard:
    yield words.event(CallKind.RINGING, agent=words.agent)


def _rang_in_vain(words: _Words) -> Heard:
    yield words.event(CallKind.NOT_ANSWERED, agent=words.agent)


def _connected(words: _Words) -> Heard:
    yield words.event(CallKind.ANSWERED, agent=words.agent)


def _completed(words: _Words) -> Heard:
    if words["reason"] == "transfer":
        yield words.event(CallKind.TRANSFERRED, agent=words.agent)
    else:
        yield words.event(CallKind.AGENT_LEFT, agent=words.agent, ended_by=_SIDES.get(words["reason"]))


def _abandoned(words: _Words) -> Heard:
    yield words.event(CallKind.ABANDONED, ended_by=EndedBy.CALLER)


def _left(words: _Words) -> Heard:
    """Said of everybody who leaves, also of those who are answered a moment later."""
    yield words.event(CallKind.LEFT_QUEUE)


def _hung_up(words: _Words) -> Heard:
    if words.is_first_leg:
        yield words.event(CallKind.ENDED, cause=(words["cause-txt"] or words["cause"])[:60])


def _pressed(words: _Words) -> Heard:
    if words.is_first_leg and words["direction"] == "Received":
        yield words.event(CallKind.DIGITS, digits=words["digit"][:16])


def _held(words: _Words) -> Heard:
    yield words.event(CallKind.HELD)


def _resumed(words: _Words) -> Heard:
    yield words.event(CallKind.RESUMED)


def _transferred(words: _Words) -> Heard:
    if words["result"] in {"", "Success"}:
        yield words.event(CallKind.TRANSFERRED, agent=extension_of(words["transfererchannel"])[:100])


def _set(words: _Words) -> Heard:
    if words["variable"] == "MIXMONITOR_FILENAME" and words["value"]:
        yield words.event(CallKind.RECORDED, recording=words["value"][:500])


def _paused(words: _Words) -> Heard:
    state = (words["pausedreason"] or "paused") if words["paused"] == "1" else "ready"
    yield words.event(CallKind.AGENT_STATE, call_id="", agent=words.agent, extra={"state": state[:40]})


def _said(words: _Words) -> Heard:
    """`UserEvent(CallBackAsked)` in the dial plan."""
    if words["userevent"] == "CallBackAsked":
        yield words.event(CallKind.CALL_BACK_ASKED)


def _dialled(words: _Words) -> Heard:
    """A line that rings telephones directly: the first ring is the choice of a person."""
    if words["context"] in words.plan.direct:
        yield words.event(CallKind.QUEUED, queue=words["exten"][:100])
        yield words.event(CallKind.RINGING, agent=words.agent)


def _dial_ended(words: _Words) -> Heard:
    is_ours = words.call_id.startswith(OUR_CALL) or words["context"] in words.plan.inside
    if not is_ours and words["context"] not in words.plan.direct:
        return  # the queue tells
    if words["dialstatus"] == "ANSWER":
        yield words.event(CallKind.ANSWERED, agent=extension_of(words["channel"]) if is_ours else words.agent)
    elif not is_ours:
        yield words.event(CallKind.NOT_ANSWERED, agent=words.agent)


_READERS = {
    "Newchannel": _arrived,
    "QueueCallerJoin": _joined,
    "AgentCalled": _called,
    "AgentRingNoAnswer": _rang_in_vain,
    "AgentConnect": _connected,
    "AgentComplete": _completed,
    "QueueCallerAbandon": _abandoned,
    "QueueCallerLeave": _left,
    "Hangup": _hung_up,
    "DTMFEnd": _pressed,
    "Hold": _held,
    "Unhold": _resumed,
    "BlindTransfer": _transferred,
    "AttendedTransfer": _transferred,
    "VarSet": _set,
    "QueueMemberPause": _paused,
    "UserEvent": _said,
    "DialBegin": _dialled,
    "DialEnd": _dial_ended,
}

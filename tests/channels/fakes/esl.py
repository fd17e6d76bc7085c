"""A FreeSWITCH for tests: the replay's switch, and events as its documentation shows them.

The examples are those of the pages "mod_callcenter" (Events) and "Event List" of the FreeSWITCH documentation.
"""

from datetime import UTC, datetime

from huhang.channels.replays.freeswitch import CORE, Switch

__all__ = ["CORE", "SAID_AT", "Switch", "channel", "documented", "example"]

SAID_AT = datetime(2012, 12, 28, 19, 8, 39, 352143, tzinfo=UTC)
# "Event-Date-Timestamp: Unix epoch time … (in microseconds)": 1356721719352143 is 19:08:39 GMT of 2012-12-28.
COMMON = {"Core-UUID": "11f751fa-47a7-11e2-9f24-bf76d9fc9ea3", "Event-Date-Timestamp": "1356721719352143"}
QUEUE = {"Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info", "CC-Queue": "support@default"}
AGENT = {
    "CC-Agent": "AgentNameHere", "CC-Agent-System": "single_box",
    "CC-Agent-UUID": "7acfecd3-ab50-470b-8875-d37aba0429ba",
}  # fmt: skip
TIMES = {"CC-Agent-Called-Time": "10000", "CC-Agent-Answered-Time": "10009", "CC-Member-Joined-Time": "9000"}
MEMBER = {
    "CC-Member-UUID": "453324f8-3424-4322-4242362fd23d",
    "CC-Member-Session-UUID": "b77c49c2-a732-11df-9438-e7d9456f8886",
    "CC-Member-CID-Name": "CHOUINARD MO", "CC-Member-CID-Number": "4385551212",
}  # fmt: skip

documented: dict[str, dict[str, str]] = {
    "member-queue-start": {},
    "agent-offering": AGENT,
    "bridge-agent-start": AGENT | TIMES,
    "bridge-agent-end": AGENT | TIMES | {"CC-Bridge-Terminated-Time": "10500"},
    "bridge-agent-fail": AGENT | {"CC-Hangup-Cause": "USER_BUSY"},
    "member-queue-end terminated": TIMES | {"CC-Cause": "Terminated", "CC-Member-Leaving-Time": "10100"},
    "member-queue-end timeout": {
        "CC-Member-Joined-Time": "9000", "CC-Member-Leaving-Time": "10050", "CC-Cause": "Cancel",
        "CC-Cancel-Reason": "TIMEOUT",
    },
    "member-queue-end break": {
        "CC-Member-Joined-Time": "9000", "CC-Member-Leaving-Time": "10050", "CC-Cause": "Cancel",
        "CC-Cancel-Reason": "BREAK_OUT",
    },
    "members-count": {"CC-Count": "1", "CC-Selection": "Single-Queue"},
    "agent-status-change": AGENT | {"CC-Agent-Status": "Available"},
    "agent-state-change": AGENT | {"CC-Agent-State": "Receiving"},
}  # fmt: skip


def example(name, *, number=1, **more):
    """A documented event, complete with what every event carries."""
    action = {"CC-Action": name.split()[0], "Event-Sequence": str(number)}
    member = {} if name.startswith(("members", "agent-st")) else MEMBER
    return COMMON | QUEUE | action | member | documented[name] | more


def channel(name, *, number=1, **more):
    """An event of the caller's channel."""
    leg = MEMBER["CC-Member-Session-UUID"]
    given = {
        "Event-Name": name, "Event-Sequence": str(number), "Unique-ID": leg, "Channel-Call-UUID": leg,
        "Call-Direction": "inbound", "Caller-Caller-ID-Number": "4385551212", "Caller-Destination-Number": "95500",
    }  # fmt: skip
    return COMMON | given | {key.replace("__", "-"): value for key, value in more.items()}

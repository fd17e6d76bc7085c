"""A call's record as `mod_json_cdr` posts it when the call is over: the second telling, which waits for our answer.

The socket forgets whatever happens while nobody listens; records are kept by the switch and posted until they are
taken. Told both ways a fact is still one, because it is named by what it is (`words`).
"""

import hmac
import json
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from huhang.channels.adapters.esl.words import Plan, events_of
from huhang.channels.rules.calls import CallEvent
from huhang.channels.rules.wire import Callback, Forged, Unreadable


def read_record(callback: Callback, *, user: str, password: str, plan: Plan | None = None) -> list[CallEvent]:
    """What a posted record tells. `mod_json_cdr` signs in by HTTP basic (`cred`)."""
    given = callback.headers.get("authorization", "")
    wanted = "Basic " + b64encode(f"{user}:{password}".encode()).decode()
    if not password or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Forged("wrong credentials")
    return from_record(_record(callback.body), plan or Plan(), now=callback.at)


def _record(body: bytes) -> dict[str, Any]:
    """The record itself, or the field `cdr` of a form: plain, or in base64 (`encode`)."""
    try:
        text = body.decode("utf-8", "replace").strip()
        if not text.startswith("{"):
            text = next(iter(parse_qs(text, max_num_fields=10).get("cdr", [""])))
        if not text.startswith("{"):
            text = b64decode(text, validate=True).decode()
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("a record that is no JSON") from error
    if not isinstance(record, dict) or not isinstance(record.get("variables"), dict):
        raise Unreadable("a record without variables")
    return record


def from_record(record: dict[str, Any], plan: Plan, *, now: datetime) -> list[CallEvent]:
    """A record, read as the end of its leg: `variables` are what the channel's last event would have carried."""
    variables = {str(name).lower(): str(value) for name, value in record["variables"].items()}
    told = {f"variable_{name}": value for name, value in variables.items()}
    profile = _profile(record)
    leg = variables.get("uuid", "")
    if not leg:
        raise Unreadable("a record without a uuid")
    common = {
        "core-uuid": str(record.get("core-uuid", "")),
        "unique-id": leg,
        "channel-call-uuid": variables.get("call_uuid", leg),
        "call-direction": variables.get("direction", ""),
        "caller-caller-id-number": profile.get("caller_id_number", ""),
        "caller-destination-number": profile.get("destination_number", ""),
        **told,
    }
    began = {"event-name": "CHANNEL_CREATE", "event-date-timestamp": variables.get("start_uepoch", "")}
    ended = {"event-name": "CHANNEL_HANGUP_COMPLETE", "event-date-timestamp": variables.get("end_uepoch", "")}
    return [
        *events_of(common | began, plan, now=now),
        *events_of(common | ended, plan, now=now),
    ]


def _profile(record: dict[str, Any]) -> dict[str, str]:
    """Who called whom, from the first leg of the call flow."""
    flow = record.get("callflow")
    first = flow[0] if isinstance(flow, list) and flow and isinstance(flow[0], dict) else {}
    profile = first.get("caller_profile")
    return {str(k): str(v) for k, v in profile.items()} if isinstance(profile, dict) else {}

"""A name for an event that its sender did not name: the hash of its content, so that twice told is one event."""

import hashlib
import json
from typing import Any

# What may be added later without making it another event.
LEFT_OUT = {"eventID", "recordTime", "errorDeclaration", "@context"}


def of(raw: dict[str, Any]) -> str:
    """Return `ni:///sha-256;…` of the event's own fields, in any order."""
    told = {name: value for name, value in raw.items() if name not in LEFT_OUT}
    content = json.dumps(told, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return f"ni:///sha-256;{hashlib.sha256(content.encode()).hexdigest()}?ver=huhang1"

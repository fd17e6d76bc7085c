"""What people or tests drop for us, line by line: good lines are taken, the others are kept with a reason.

{"report": "delivered", "key": "…" or "id": "…", "at": "2026-11-20T12:00:00+08:00", "reason": ""}
{"reply": "1", "from": "19900001234", "id": "mo-1", "at": "2026-11-20T12:03:00+08:00"}
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from huhang.channels.rules.gateway import Answer, Post, Report
from huhang.channels.rules.outgoing import State

REPORTED = {State.DELIVERED, State.READ, State.ANSWERED, State.FAILED}
LONGEST_FILE = 16 * 1024 * 1024
LONGEST_LINE = 8 * 1024


@dataclass(frozen=True, slots=True)
class Read:
    post: Post
    rejected: list[dict[str, str]]


def read(content: bytes) -> Read:
    """Every line on its own: a bad one costs only itself."""
    reports: list[Report] = []
    answers: list[Answer] = []
    rejected = []
    if len(content) > LONGEST_FILE:
        return Read(Post(), [{"line": "", "reason": f"the file is larger than {LONGEST_FILE} bytes"}])
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        try:
            row = _row(line)
            answers.append(_answer(row, line)) if "reply" in row else reports.append(_report(row))
        except (ValueError, KeyError, RecursionError) as error:
            rejected.append({"line": line[:LONGEST_LINE].decode(errors="replace"), "reason": _why(error)})
    return Read(Post(tuple(reports), tuple(answers)), rejected)


def _row(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} bytes")
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("not an object")
    # NUL and half characters (lone surrogates, which do not encode) are what no table can keep.
    if b"\\u0000" in json.dumps(row, ensure_ascii=False).encode():
        raise ValueError("holds a character that no table can keep")
    return row


def _report(row: dict[str, Any]) -> Report:
    state = State(str(row["report"]))
    if state not in REPORTED:
        raise ValueError(f"{state} is not a report")
    key, external_id = str(row.get("key", "")), str(row.get("id", ""))
    if not key and not external_id:
        raise ValueError("key or id is missing")
    return Report(state, _moment(row["at"]), key, external_id, str(row.get("reason", ""))[:200])


def _answer(row: dict[str, Any], line: bytes) -> Answer:
    # Without a number of its own, the same line is the same reply (as for gateways that give none).
    external_id = str(row.get("id", "")) or sha256(line.strip()).hexdigest()[:32]
    return Answer(external_id[:100], str(row["from"]), str(row["reply"])[:500], _moment(row["at"]))


def _moment(text: Any) -> datetime:
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    if not 2000 < at.year < 2200:
        raise ValueError(f"{text} is out of range")
    return at.astimezone(UTC)


def _why(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)[:200]

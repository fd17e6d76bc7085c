"""Putting aside what cannot enter, with its reason; trying it again once the cause is mended."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from huhang.journey.actions import refusals
from huhang.journey.rules.feeds import ParkedState
from huhang.journey.rules.intake import Refusal
from huhang.journey.sql import statement
from huhang.kit import live

KEPT = 4000  # characters of what came
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Aside:
    """Something that stays out. `again` is what can be tried again; without it, it is refused for good."""

    reason: str
    value: str
    waybill: str = ""
    raw: str = ""
    again: Mapping[str, Any] = field(default_factory=dict)
    # What makes it the same thing when it comes again; '' takes the content.
    sameness: str = ""


def put(source: str, asides: Iterable[Aside], *, at: datetime) -> dict[str, list[Aside]]:
    """Keep what is new, in the caller's transaction, and count how often the rest came again; returns the new ones."""
    wanted = {_digest(source, aside): aside for aside in asides}
    new: dict[str, list[Aside]] = {}
    for digest in _write(source, wanted, at):
        new.setdefault(wanted[digest].reason, []).append(wanted[digest])
    if new:
        live.announce("journey.intake", ref="parked")
    return new


def sentence(aside: Aside) -> str:
    """The reason as people read it."""
    told = refusals.told(Refusal(0, "", aside.reason, aside.value))
    return str(told["reason"])


def readable(content: bytes) -> str:
    """The beginning of a message as text that a table can keep."""
    return content[: 4 * KEPT].decode("utf-8", "replace").replace("\x00", "␀")[:KEPT]


def _write(source: str, wanted: Mapping[str, Aside], at: datetime) -> list[str]:
    found: list[str] = []
    digests = sorted(wanted)
    for start in range(0, len(digests), AT_ONCE):
        part = [(digest, wanted[digest]) for digest in digests[start : start + AT_ONCE]]
        found += _written(source, part, at)
    return found


def _written(source: str, part: list[tuple[str, Aside]], at: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement("park"),
            {
                "source": source,
                "at": at,
                "digests": [digest for digest, _ in part],
                "reasons": [aside.reason for _, aside in part],
                "details": [sentence(aside)[:300] for _, aside in part],
                "waybills": [aside.waybill[:40].replace("\x00", "␀") for _, aside in part],
                "raws": [aside.raw.replace("\x00", "␀")[:KEPT] for _, aside in part],
                "agains": [Jsonb(dict(aside.again)) for _, aside in part],
                "states": [
                    str(ParkedState.PARKED if aside.again else ParkedState.REFUSED) for _, aside in part
                ],
            },
        )
        return [row[0] for row in cursor.fetchall() if row[1]]


def _digest(source: str, aside: Aside) -> str:
    same = aside.sameness or f"{aside.waybill}\x1f{aside.raw}"
    return hashlib.sha256(f"{source}\x1f{aside.reason}\x1f{same}".encode("utf-8", "replace")).hexdigest()

"""追查令: which nodes of a parcel's route are searched, how long each has, and what an answer must bring.

The source counted what such orders recovered (200,000 yuan in ten days), so what is found is worth money here too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Part(StrEnum):
    """What a node has to do with the loss."""

    PASSED = "passed"
    LAST_SEEN = "last_seen"
    NEXT = "next"
    AHEAD = "ahead"


# The two ends of the gap are where the parcel most likely lies.
SUSPECT = (Part.LAST_SEEN, Part.NEXT)


class Answer(StrEnum):
    """What a node says."""

    FOUND = "found"
    NOT_HERE = "not_here"
    UNSURE = "unsure"


class OrderState(StrEnum):
    """How a trace order stands."""

    SEARCHING = "searching"
    FOUND = "found"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the route, and when the parcel was last scanned there; None where it never was."""

    code: str
    part: Part
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer brings."""

    pictures: int = 0
    videos: int = 0
    counted: int | None = None
    words: str = ""
    where: str = ""


def nodes(seen: Sequence[tuple[str, datetime]], ahead: Iterable[str]) -> list[Node]:
    """The route as it was scanned, in time order, and what was planned after it; each node once, at its last visit."""
    last = {code: at for code, at in seen if code}
    order = sorted(last, key=lambda code: last[code])
    passed = [Node(code, Part.LAST_SEEN if code == order[-1] else Part.PASSED, last[code]) for code in order]
    coming = [code for code in dict.fromkeys(ahead) if code not in last]
    return passed + [Node(code, Part.AHEAD if n else Part.NEXT) for n, code in enumerate(coming)]


def minutes_for(part: Part, *, suspect: int, other: int) -> int:
    """How long a node may search."""
    return suspect if part in SUSPECT else other


def is_worth_it(value: Decimal | None, *, least: Decimal) -> bool:
    """Is the loss big enough to search a whole route for?"""
    return value is not None and value >= least


def missing(answer: Answer, evidence: Evidence) -> str:
    """What an answer lacks, in a word (`where`, `count`, `sight`, `words`), or nothing.

    Nobody says "not here" without having counted and looked: a picture, or where the video is.
    """
    if answer == Answer.FOUND:
        return "" if evidence.where.strip() else "where"
    if answer == Answer.UNSURE:
        return "" if evidence.words.strip() else "words"
    if evidence.counted is None:
        return "count"
    return "" if evidence.pictures or evidence.videos else "sight"


def recovered_at_most(recovered: Decimal, value: Decimal | None) -> bool:
    """Nobody recovers more than was lost."""
    return recovered >= 0 and (value is None or recovered <= value)

"""Who gets a conversation: whoever can and carries least, and first of all whoever talked with this person before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from huhang.desk.rules.assignment import Status

# Somebody who comes back so soon is given back to whom they spoke with, if there is room.
REMEMBERED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Held:
    """The conversations that somebody has at once: weighed by their queues, and how many of each queue."""

    points: int = 0
    of_queue: Mapping[int, int] = field(default_factory=dict)


NOTHING = Held()


@dataclass(frozen=True, slots=True)
class Talker:
    """A seat as it stands now; `chats` are conversations at once, weighed by their queues."""

    seat: int
    person: int
    status: Status
    chats: int
    held: Held = NOTHING
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()
    takes_by_itself: bool = True
    # Somebody is at their telephone, or it rings: whoever writes waits for one who can read.
    is_on_the_line: bool = False
    idle_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation that waits: what it asks for. `before` is the person who last talked with this customer."""

    path: str
    skill: str = ""
    language: str = ""
    points: int = 1
    before: int | None = None
    queue: int = 0
    # So many of this queue one agent is given at once; 0 is no limit of its own.
    at_once: int = 0


def can_take(talk: Waiting, one: Talker, *, by_itself: bool = True) -> bool:
    """May this seat have the conversation now? By hand one may take more than comes by itself."""
    if not any(talk.path.startswith(scope) for scope in one.scopes):
        return False
    if talk.skill and talk.skill not in one.skills:
        return False
    if not by_itself:
        return one.status != Status.OFFLINE
    if one.is_on_the_line:
        return False
    return one.status == Status.AVAILABLE and one.takes_by_itself and _has_room(talk, one)


def _has_room(talk: Waiting, one: Talker) -> bool:
    if talk.at_once and one.held.of_queue.get(talk.queue, 0) >= talk.at_once:
        return False
    return one.held.points + talk.points <= one.chats


def choose(talk: Waiting, talkers: Iterable[Talker]) -> Talker | None:
    """The seat that gets it, or None: nobody who can has room."""
    able = [one for one in talkers if can_take(talk, one)]
    return min(able, key=lambda one: _rank(talk, one), default=None)


def share(load: int, chats: int) -> float:
    """How much of what they can have at once they have; whoever can have none has all."""
    return load / chats if chats else 1.0


def _rank(talk: Waiting, one: Talker) -> tuple[bool, bool, float, float, int]:
    return (
        one.person != talk.before,
        bool(talk.language) and bool(one.languages) and talk.language not in one.languages,
        share(one.held.points, one.chats),
        one.idle_since.timestamp() if one.idle_since else 0.0,
        one.seat,
    )

"""Upward speech: a room announces a fact, rooms above listen. One job per listener, in the same transaction."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar, get_type_hints

from huhang.kit import ground, jobs


@dataclass(frozen=True)
class Event:
    """A fact. Its fields are numbers, strings, lists of them, or aware datetimes."""


E = TypeVar("E", bound=Event)
# Asked with the standing of `kit.ground`, by which it can answer without asking the database again.
Wants = Callable[[str], bool]
_listeners: dict[type[Event], dict[str, Wants | None]] = defaultdict(dict)


def publish(event: Event) -> None:
    """Tell every listener; the telling is committed with the change itself, or not at all."""
    facts = {key: _plain(value) for key, value in asdict(event).items()}
    for name in _hearing(type(event)):
        jobs.enqueue(name, **facts)


def jobs_of(event: Event, *, at: str) -> list[dict[str, Any]]:
    """The jobs by which listeners hear of it, for a statement that enqueues them itself (`kit_enqueue_v1`).

    `at` is the standing of the ground, read in this transaction.
    """
    facts = {key: _plain(value) for key, value in asdict(event).items()}
    return [{"task_name": name, "args": facts} for name in _hearing(type(event), at)]


def publish_many(events: Sequence[Event]) -> None:
    """Tell every listener of many facts of one kind, in one statement each."""
    if not events:
        return
    each = [{key: _plain(value) for key, value in asdict(event).items()} for event in events]
    for name in _hearing(type(events[0])):
        jobs.enqueue_many(name, each)


def _hearing(event_class: type[Event], at: str | None = None) -> list[str]:
    """Who is told now; most facts are of no interest to a listener that says when it wants them."""
    listeners = _listeners[event_class]
    if at is None:
        at = ground.standing() if any(listeners.values()) else ""
    return [name for name, wants in listeners.items() if wants is None or wants(at)]


def listens(
    event_class: type[E], *, when: Wants | None = None
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Make a function a listener; its job is called `room.listeners.function`.

    With `when`, no job is written while it says no: asked in the transaction of the fact with the standing of the
    ground, so it must be quick.
    """

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        name = f"{function.__module__.removeprefix('huhang.')}.{function.__name__}"
        _listeners[event_class].setdefault(name, when)

        @jobs.job(name)
        def run(**facts: Any) -> None:
            function(_event(event_class, facts))

        return function

    return register


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _event(event_class: type[E], facts: dict[str, Any]) -> E:
    hints = get_type_hints(event_class)
    return event_class(
        **{k: datetime.fromisoformat(v) if hints.get(k) is datetime else v for k, v in facts.items()}
    )

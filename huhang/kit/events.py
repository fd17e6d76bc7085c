"""Upward speech: a room announces a fact, rooms above listen. One job per listener, in the same transaction."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar, get_type_hints

from huhang.kit import jobs


@dataclass(frozen=True)
class Event:
    """A fact. Its fields are numbers, strings, lists of them, or aware datetimes."""


E = TypeVar("E", bound=Event)
_listeners: dict[type[Event], list[str]] = defaultdict(list)


def publish(event: Event) -> None:
    """Tell every listener; the telling is committed with the change itself, or not at all."""
    facts = {key: _plain(value) for key, value in asdict(event).items()}
    for name in _listeners[type(event)]:
        jobs.enqueue(name, **facts)


def jobs_of(event: Event) -> list[dict[str, Any]]:
    """The jobs by which listeners hear of it, for a statement that enqueues them itself (`kit_enqueue_v1`)."""
    facts = {key: _plain(value) for key, value in asdict(event).items()}
    return [{"task_name": name, "args": facts} for name in _listeners[type(event)]]


def publish_many(events: Sequence[Event]) -> None:
    """Tell every listener of many facts of one kind, in one statement each."""
    if not events:
        return
    each = [{key: _plain(value) for key, value in asdict(event).items()} for event in events]
    for name in _listeners[type(events[0])]:
        jobs.enqueue_many(name, each)


def listens(event_class: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Make a function a listener; its job is called `room.listeners.function`."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        name = f"{function.__module__.removeprefix('huhang.')}.{function.__name__}"
        if name not in _listeners[event_class]:
            _listeners[event_class].append(name)

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

"""The one search box: each room that can find something says so by `queries.find`, of one shape."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from huhang.kit.doors import Actor

ROOMS = ("desk", "journey", "network")


def find(person: Actor, term: str, *, now: datetime) -> list[dict[str, Any]]:
    """What this person may see of what matches: [{kind, title, detail, url}], best first, by room."""
    if len(term) < 2:
        return []
    found: list[dict[str, Any]] = []
    for room in ROOMS:
        if find_spec(f"huhang.{room}.queries"):
            find_in_room = getattr(import_module(f"huhang.{room}.queries"), "find", None)
            found += find_in_room(person, term, now=now) if find_in_room else []
    return found

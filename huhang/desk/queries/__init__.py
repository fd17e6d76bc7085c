"""What the desk's screens show. One filter decides what a person sees: `tickets.visible`."""

from datetime import datetime
from typing import Any

from huhang.desk.queries import finding, finding_talks
from huhang.network.models import Person


def find(person: Person, term: str, *, now: datetime) -> list[dict[str, Any]]:
    """What the one search box finds at the desk: cases, then conversations."""
    return finding.find(person, term, now=now) + finding_talks.find(person, term)


__all__ = ["find"]

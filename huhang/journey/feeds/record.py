"""One record of a stranger's answer: when, what, by which code, where."""

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from huhang.journey.feeds import fields, times

_DESCRIBES = re.compile(r"desc|label|text|libelle|event.?name|^event$", re.IGNORECASE)
_ONLY_A_CODE = re.compile(r"code$|date|time|stamp", re.IGNORECASE)
_NOT_A_PLACE = re.compile(r"code|zip|post|lat|lon|zone|street|type|url|id$", re.IGNORECASE)
_WRAPPERS = {"content", "value"}


class Record:
    """The leaves of a record and of the single records within it, by dotted names."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self._leaves = dict(_leaves(tree))

    def is_still_to_come(self) -> bool:
        return any(
            fields.NOT_YET.search(path) and str(value).lower() == "false"
            for path, value in self._leaves.items()
        )

    def moment(self, *, default: tzinfo, day_first: bool) -> datetime | None:
        """Return when it happened, in UTC; `default` is the zone of a time that names none."""
        days: list[tuple[int, datetime]] = []
        clocks = []
        for path, value in self._leaves.items():
            if not fields.MOMENT.search(_name(path)) or fields.NOT_THE_MOMENT.search(path):
                continue
            if found := times.moment(value, day_first=day_first):
                days.append((_trust(path, found), found))
            elif at := times.clock(value):
                clocks.append(at)
        if not days:
            return None
        # The first of equally trusted ones.
        day = max(days, key=lambda entry: entry[0])[1]
        return times.joined(day, clocks[0] if clocks else None, self._zone(), default=default)

    def texts(self) -> list[str]:
        """Return what the record says, the most telling field first: descriptions, status words, remarks."""
        ranked = [
            (rank, number, value.strip())
            for number, (path, value) in enumerate(self._leaves.items())
            if isinstance(value, str) and (rank := _says(path, value)) is not None
        ]
        return [text for _rank, _number, text in sorted(ranked) if text]

    def codes(self) -> list[str]:
        return [
            str(value)
            for path, value in self._leaves.items()
            if isinstance(value, str | int) and not isinstance(value, bool) and _is_a_code(path)
        ]

    def place(self) -> str:
        named = [
            value
            for path, value in self._leaves.items()
            if isinstance(value, str)
            and fields.PLACE.search(path)
            and not _NOT_A_PLACE.search(_name(path))
            and not fields.STATUS.search(_name(path))
        ]
        return ", ".join(dict.fromkeys(named))[:120]

    def _zone(self) -> tzinfo | None:
        zones = (times.zone(value) for path, value in self._leaves.items() if fields.ZONE.search(path))
        return next((zone for zone in zones if zone is not None), None)


def _leaves(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        path = f"{above}.{key}" if above else key
        if isinstance(value, dict):
            yield from _leaves(value, path)
        elif isinstance(value, list):
            if value and not any(isinstance(one, dict | list) for one in value):
                yield path, ", ".join(map(str, value))
        elif value not in (None, ""):
            yield path, value


def _name(path: str) -> str:
    """The name that tells what a leaf is: `date.content` is a date."""
    names = path.split(".")
    while len(names) > 1 and names[-1].lower() in _WRAPPERS:
        names.pop()
    return names[-1]


def _trust(path: str, found: datetime) -> int:
    """How sure it is that this is the event's own moment: with zone and clock rather than without."""
    trust = 4 * (found.tzinfo is not None) + 2 * (found.time() != found.time().min)
    return trust - 5 * bool(fields.LESS_LIKELY.search(path)) - path.count(".")


def _says(path: str, value: str) -> int | None:
    """Rank of a field that says what happened; None when it says something else."""
    name = _name(path)
    if fields.NOT_SAID.search(path) or _is_elsewhere(path):
        return None
    if fields.MOMENT.search(name) and times.moment(value) is not None:
        return None
    if fields.SAYS.search(name):
        return 0 if _DESCRIBES.search(name) else 2
    return 1 if fields.STATUS.search(path) and not _ONLY_A_CODE.search(name) else None


def _is_a_code(path: str) -> bool:
    name = _name(path)
    return bool(fields.CODE.search(name) or fields.STATUS.search(name)) and not fields.NOT_A_CODE.search(path)


def _is_elsewhere(path: str) -> bool:
    """Is this the description of a place or person inside the event, not of the event?"""
    above = path.split(".")[:-1]
    return any(fields.PLACE.search(part) and not fields.NESTED_WORDS.search(part) for part in above)

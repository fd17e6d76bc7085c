"""Macros: which words may be filled in, which deeds may be done, and in which order.

No language of anybody's own: a placeholder is one of these names in braces, replaced by its value, once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Place(StrEnum):
    """What may stand in braces."""

    SURNAME = "客户姓氏"
    WAYBILL = "运单号"
    UNIT = "单位"
    ARRIVAL = "预计送达"
    LINK = "进度链接"


class Deed(StrEnum):
    """What a macro may do, in the order in which it is done: what ends a step comes last."""

    PRIORITY = "priority"
    NOTE = "note"
    ANSWER = "answer"
    PAUSE = "pause"
    HAND_OVER = "hand_over"
    RESOLVE = "resolve"


# What each deed needs to be told.
NEEDS: Mapping[Deed, tuple[str, ...]] = {
    Deed.PRIORITY: ("value",),
    Deed.NOTE: ("text",),
    Deed.ANSWER: ("text",),
    Deed.PAUSE: ("reason",),
    Deed.HAND_OVER: ("unit", "reason"),
    Deed.RESOLVE: ("text",),
}
ENDS_A_STEP = (Deed.HAND_OVER, Deed.RESOLVE)
PERMISSIONS: Mapping[Deed, str] = {
    Deed.PRIORITY: "desk.answer",
    Deed.NOTE: "desk.answer",
    Deed.ANSWER: "desk.answer",
    Deed.PAUSE: "desk.resolve",
    Deed.HAND_OVER: "desk.hand_over",
    Deed.RESOLVE: "desk.resolve",
}
# What colleagues read may not hold the customer's own address of the case: notes are copied about.
NOT_IN_NOTES = (Place.LINK,)
LONGEST = 2000
_PLACE = re.compile(r"\{([^{}]{1,20})\}")


class Fault(StrEnum):
    """Why a macro is refused."""

    EMPTY = "empty"
    UNKNOWN_DEED = "unknown_deed"
    TWICE = "twice"
    INCOMPLETE = "incomplete"
    TOO_LONG = "too_long"
    UNKNOWN_PLACE = "unknown_place"
    LINK_IN_NOTE = "link_in_note"
    BOTH_ENDS = "both_ends"


@dataclass(frozen=True, slots=True)
class Action:
    """One deed with what it is told."""

    deed: Deed
    told: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.told.get("text", "")


def places_in(text: str) -> list[str]:
    """The names in braces, known or not."""
    return _PLACE.findall(text)


def filled(text: str, values: Mapping[Place, str]) -> str:
    """The text with each known placeholder replaced, once: what a value itself holds is not looked at again."""
    known = {place.value: value for place, value in values.items()}
    return _PLACE.sub(lambda match: known.get(match[1], match[0]), text)


def missing(text: str, values: Mapping[Place, str]) -> list[str]:
    """Placeholders of the text for which this case has no value."""
    return [name for name in dict.fromkeys(places_in(text)) if not values.get(Place(name))]


def read(stored: Sequence[Mapping[str, Any]]) -> list[Action]:
    """The actions of a macro that `faults` has passed, in the order of doing."""
    actions = [Action(Deed(row["do"]), {k: str(v) for k, v in row.items() if k != "do"}) for row in stored]
    order = list(Deed)
    return sorted(actions, key=lambda action: order.index(action.deed))


def faults(stored: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """What is wrong with these actions; nothing when they may be kept."""
    rows = list(stored)
    if not rows:
        return [Fault.EMPTY]
    deeds = [str(row.get("do", "")) for row in rows]
    if unknown := [Fault.UNKNOWN_DEED for deed in deeds if deed not in set(Deed)]:
        return unknown
    found = [Fault.TWICE] if len(set(deeds)) < len(deeds) else []
    found += [Fault.BOTH_ENDS] if set(ENDS_A_STEP) <= set(deeds) else []
    for row in rows:
        found += _faults_of(Deed(row["do"]), row)
    return found


def _faults_of(deed: Deed, row: Mapping[str, Any]) -> list[Fault]:
    if not all(str(row.get(name, "")).strip() for name in NEEDS[deed]):
        return [Fault.INCOMPLETE]
    text = str(row.get("text", ""))
    found = [Fault.TOO_LONG] if len(text) > LONGEST else []
    if any(name not in set(Place) for name in places_in(text)):
        found.append(Fault.UNKNOWN_PLACE)
    if deed == Deed.NOTE and any(name in NOT_IN_NOTES for name in places_in(text)):
        found.append(Fault.LINK_IN_NOTE)
    return found

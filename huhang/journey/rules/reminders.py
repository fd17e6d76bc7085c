"""Reminders: whom a hit is told to, by which rung of the ladder, when, and when to stop.

A ladder is rows: step 1 after m minutes by notice, step 2 m minutes later by SMS … each at most once, and none after
somebody has said that they will act or the watch has cleared the hit. What rings a phone waits for the morning.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from huhang.channels.rules.outgoing import Medium
from huhang.journey.rules.watch import Addressed

SHANGHAI = ZoneInfo("Asia/Shanghai")
# What went wrong longer ago is nothing that a reminder could still prevent; cases take care of it.
COLD_AFTER = timedelta(hours=48)
# A notice in the house wakes nobody.
LOUD = frozenset({Medium.SMS, Medium.VOICE})


class Audience(StrEnum):
    """Whom a rung speaks to."""

    ADDRESSEE = "addressee"  # who was asked to act
    LEAD = "lead"  # a courier's outlet, or the unit above a unit


class Standing(StrEnum):
    """Where a reminder stands."""

    PLANNED = "planned"
    REMINDED = "reminded"
    SEEN = "seen"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time of day in which no phone rings; it may pass midnight. Equal ends mean never."""

    start: time = time(21)
    end: time = time(8)

    def until(self, at: datetime) -> datetime | None:
        """The end of the quiet time that this moment lies in, or None."""
        here = at.astimezone(SHANGHAI)
        clock = here.time().replace(tzinfo=None)
        if not self._holds(clock):
            return None
        day = here.date() + timedelta(days=1) if clock >= self.end else here.date()
        return datetime.combine(day, self.end, SHANGHAI).astimezone(UTC)

    def _holds(self, clock: time) -> bool:
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


@dataclass(frozen=True, slots=True)
class Step:
    """A rung: so long after the one before (the first: after the hit was found), by this medium, to these."""

    position: int
    after: timedelta
    medium: Medium
    audience: Audience = Audience.ADDRESSEE


@dataclass(frozen=True, slots=True)
class Policy:
    """A ladder with its quiet time. `window` is how long parcels are collected into one message."""

    steps: tuple[Step, ...]
    quiet: Quiet = Quiet()
    is_urgent: bool = False
    window: timedelta = timedelta(minutes=5)

    def after(self, position: int) -> Step | None:
        """The rung above this one; 0 stands on the ground."""
        return next((step for step in self.steps if step.position > position), None)

    def due_at(self, step: Step, since: datetime, *, is_first: bool = False) -> datetime:
        """When a rung is to be taken, counted from the one before, quiet time left out."""
        at = since + max(step.after, self.window if is_first else step.after)
        return self.awake_at(step.medium, at)

    def awake_at(self, medium: Medium, at: datetime) -> datetime:
        """This moment, or the end of the quiet time in which it lies."""
        if self.is_urgent or medium not in LOUD:
            return at
        return self.quiet.until(at) or at


def is_worth_reminding(
    *, raised_at: datetime, cleared_at: datetime | None, is_control: bool, now: datetime
) -> bool:
    """Can somebody still put it right, and are they to be asked at all?"""
    return cleared_at is None and not is_control and raised_at > now - COLD_AFTER


P = TypeVar("P")


def chosen(policies: Iterable[tuple[str, str, P]], *, rule: str, addressed: str) -> P | None:
    """The policy of the rule itself, else of whom it addresses, else of all: given as (rule, addressed, policy)."""
    by_key = {(of_rule, of_kind): policy for of_rule, of_kind, policy in policies}
    for key in ((rule, ""), ("", addressed), ("", "")):
        if key in by_key:
            return by_key[key]
    return None


def asks_courier(addressed: str) -> bool:
    return addressed == Addressed.COURIER


def standing(
    *,
    sent_at: datetime | None,
    read_at: datetime | None,
    acknowledged_at: datetime | None,
    cleared_at: datetime | None,
) -> Standing:
    """The word for a reminder; what is cleared is cleared, whoever had said what."""
    if cleared_at:
        return Standing.CLEARED
    if acknowledged_at:
        return Standing.ACKNOWLEDGED
    if read_at:
        return Standing.SEEN
    return Standing.REMINDED if sent_at else Standing.PLANNED


def faults(steps: Sequence[Step]) -> list[str]:
    """What is wrong with a ladder: the field at fault of each step, in order; empty when it is clear."""
    found = []
    if [step.position for step in steps] != list(range(1, len(steps) + 1)):
        found.append("position")
    if any(not timedelta() <= step.after <= timedelta(days=7) for step in steps):
        found.append("after")
    return found

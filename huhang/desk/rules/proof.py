"""Is a reminder worth anything? Complaints among parcels that were reminded of, beside those that were left alone.

Wilson's interval for a share (1927), Newcombe's for the difference of two (1998, method 10), and for many rules
together Mantel-Haenszel weights with the intervals combined by their squared distances (Zou and Donner 2008).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil, hypot, sqrt
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
WITHIN = (3, 7, 14)  # days after a hit in which a customer's word counts
Z = 1.959963984540054  # 95 per cent, both sides
POWER_Z = 0.8416212335729143  # found four times in five
# Below these the intervals promise more than they keep: one complaint among four parcels proves nothing.
LEAST_PARCELS, LEAST_COMPLAINTS = 10, 5
WORTH_SEEING = 0.5  # the effect for which a sample is sized: reminders halve the complaints


@dataclass(frozen=True, slots=True)
class Group:
    """Parcels of one group, each counted once, and how many of them were complained about."""

    parcels: int
    complaints: int

    @property
    def share(self) -> float:
        """Complaints per parcel; 0 of none."""
        return self.complaints / self.parcels if self.parcels else 0.0

    def __add__(self, other: "Group") -> "Group":
        return Group(self.parcels + other.parcels, self.complaints + other.complaints)


NOBODY = Group(0, 0)


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule's hits: those that were acted on, and those that were only watched."""

    treated: Group
    control: Group


@dataclass(frozen=True, slots=True)
class Span:
    """A value and the interval in which the truth lies, 95 times in a hundred."""

    value: float
    low: float
    high: float

    def times(self, number: float) -> "Span":
        return Span(self.value * number, self.low * number, self.high * number)


class Verdict(StrEnum):
    """What may honestly be said."""

    NO_CONTROL = "no_control"  # nothing to compare with
    OPEN = "open"  # the interval holds both gain and harm
    WORKS = "works"
    HARMS = "harms"


@dataclass(frozen=True, slots=True)
class Proof:
    """How many complaints a reminder spares per parcel, how many that makes, and what may be said of it."""

    treated: Group
    control: Group
    difference: Span | None  # control less treated: above 0, reminders help
    prevented: Span | None
    verdict: Verdict
    needed: int | None  # parcels that the control group should have; None while nothing was complained about


def ripe_on(within_days: int, *, now: datetime) -> date:
    """The latest day whose hits have all had so many days for their customers to complain."""
    return now.astimezone(SHANGHAI).date() - timedelta(days=within_days + 1)


def wilson(group: Group) -> Span:
    """The interval of a share; of no parcels anything is possible."""
    n, p = group.parcels, group.share
    if not n:
        return Span(0.0, 0.0, 1.0)
    middle, room = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    low = 0.0 if not group.complaints else (middle - room) / whole
    high = 1.0 if group.complaints == n else (middle + room) / whole
    return Span(p, low, high)


def newcombe(one: Group, other: Group) -> Span:
    """The difference of two shares (one less other) with its interval."""
    a, b = wilson(one), wilson(other)
    value = a.value - b.value
    return Span(
        value,
        value - hypot(a.value - a.low, b.high - b.value),
        value + hypot(a.high - a.value, b.value - b.low),
    )


def pooled(trials: Iterable[Trial]) -> Span | None:
    """The difference over many rules, each weighted by what it can tell; None when none has both groups."""
    told = [(_weight(trial), newcombe(trial.control, trial.treated)) for trial in trials if _weight(trial)]
    whole = sum(weight for weight, _ in told)
    if not whole:
        return None
    value = sum(weight * span.value for weight, span in told) / whole
    below = sqrt(sum((weight * (span.value - span.low)) ** 2 for weight, span in told)) / whole
    above = sqrt(sum((weight * (span.high - span.value)) ** 2 for weight, span in told)) / whole
    return Span(value, max(-1.0, value - below), min(1.0, value + above))


def prove(trial: Trial) -> Proof:
    """What one rule's groups say."""
    return _proof(trial.treated, trial.control, pooled([trial]), trial.treated.parcels)


def prove_all(trials: Iterable[Trial]) -> Proof:
    """What all rules say together; a parcel must be in one of the trials only."""
    told = list(trials)
    treated = sum((trial.treated for trial in told), NOBODY)
    control = sum((trial.control for trial in told), NOBODY)
    # A rule without a control group says nothing about what its reminders prevented.
    compared = sum(trial.treated.parcels for trial in told if _weight(trial))
    return _proof(treated, control, pooled(told), compared)


def needed(*, share: float, treated_per_control: float) -> int | None:
    """How many parcels the control group needs, to see four times in five that reminders halve such a share."""
    if not 0 < share < 1 or treated_per_control <= 0:
        return None
    left = share * (1 - WORTH_SEEING)
    spread = share * (1 - share) + left * (1 - left) / treated_per_control
    return ceil((Z + POWER_Z) ** 2 * spread / (share - left) ** 2)


def verdict_of(difference: Span | None, treated: Group, control: Group) -> Verdict:
    """No word of praise or blame before the interval leaves zero behind, and never from a handful."""
    if difference is None:
        return Verdict.NO_CONTROL
    parcels = min(treated.parcels, control.parcels)
    if parcels < LEAST_PARCELS or treated.complaints + control.complaints < LEAST_COMPLAINTS:
        return Verdict.OPEN
    if difference.low > 0:
        return Verdict.WORKS
    return Verdict.HARMS if difference.high < 0 else Verdict.OPEN


def _proof(treated: Group, control: Group, difference: Span | None, compared: int) -> Proof:
    both = treated + control
    ratio = treated.parcels / control.parcels if control.parcels else 0.0
    # Sized by what is known of both groups: a handful of control parcels may have had no complaint by chance.
    share = control.share or both.share
    return Proof(
        treated=treated, control=control, difference=difference,
        prevented=difference.times(compared) if difference else None,
        verdict=verdict_of(difference, treated, control), needed=needed(share=share, treated_per_control=ratio),
    )  # fmt: skip


def _weight(trial: Trial) -> float:
    both = trial.treated.parcels + trial.control.parcels
    return trial.treated.parcels * trial.control.parcels / both if both else 0.0

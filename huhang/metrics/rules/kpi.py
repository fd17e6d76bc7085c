"""What a figure is: two counted sums, a scale and a target, under an id and a version."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Literal

from huhang.metrics.rules.windows import Window

# A figure this close to its own usual values is not worth a word (share of the width of the band).
SLACK = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that rooms count; its name is `room.noun.verb`."""

    name: str
    label: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The list of single cases behind a figure: a page's name and its filters; unit, from and to are added."""

    url_name: str
    filters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A figure: sum of the numerator ÷ sum of the denominator × scale. A changed formula is a new version."""

    id: str
    version: int
    name: str
    name_en: str
    formula: str
    formula_en: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    scale: int
    unit: str
    unit_en: str
    better: Literal["lower", "higher"]
    target: Decimal
    digits: int = 1
    behind: Behind | None = field(default=None, compare=False)

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.numerator + self.denominator))

    def definition(self) -> dict[str, Any]:
        """What may not change within a version, as stored and audited."""
        return {
            "numerator": list(self.numerator),
            "denominator": list(self.denominator),
            "scale": self.scale,
            "better": self.better,
            "formula": self.formula,
            "formula_en": self.formula_en,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """The two sums of a figure over a window; `changed_at` is when the last fact of it was booked."""

    window: Window
    numerator: int
    denominator: int
    changed_at: datetime | None = None


class State(StrEnum):
    """How a figure stands."""

    MET = "met"
    UNUSUAL = "unusual"  # within the target, yet outside of what is usual at this time
    MISSED = "missed"
    EMPTY = "empty"  # nothing to divide by


@dataclass(frozen=True, slots=True)
class Band:
    """The usual values at this time of day."""

    low: Decimal
    high: Decimal

    def holds(self, value: Decimal) -> bool:
        slack = (self.high - self.low) * SLACK
        return self.low - slack <= value <= self.high + slack


def value(kpi: Kpi, reading: Reading) -> Decimal | None:
    """The figure to four places, or None while its denominator is empty."""
    if reading.denominator == 0:
        return None
    return rounded(Decimal(reading.numerator) * kpi.scale / reading.denominator, 4)


def rounded(number: Decimal, digits: int) -> Decimal:
    """Half away from zero, as people round."""
    return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def band(values: Iterable[Decimal | None]) -> Band | None:
    """From the lowest to the highest of earlier values; None with fewer than three to go by."""
    known = [v for v in values if v is not None]
    return Band(min(known), max(known)) if len(known) >= 3 else None


def state(kpi: Kpi, number: Decimal | None, usual: Band | None) -> State:
    if number is None:
        return State.EMPTY
    if not meets(kpi, number):
        return State.MISSED
    return State.UNUSUAL if usual and not usual.holds(number) else State.MET


def meets(kpi: Kpi, number: Decimal) -> bool:
    """Is the target kept? Judged as shown, so that `2.8` never reads as above `≤ 2.8`."""
    shown = rounded(number, kpi.digits)
    return shown <= kpi.target if kpi.better == "lower" else shown >= kpi.target


def badness(kpi: Kpi, number: Decimal | None) -> tuple[bool, Decimal]:
    """Sorts the worst first and the empty last."""
    if number is None:
        return True, Decimal(0)
    return False, -number if kpi.better == "lower" else number

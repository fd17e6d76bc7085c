"""How well forecasts have held: counted from what was expected on the eve and what came."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from huhang.journey.models import EtaCheck
from huhang.journey.rules.eta import Milestone

DAYS = 30


@dataclass(frozen=True, slots=True)
class Held:
    """Forecasts from one milestone: how many, how many held, and how far off the likely moment was on average."""

    milestone: str
    n: int
    inside: int
    off_minutes: int
    # Beside the plain standard, where there is one: mean minutes off of both.
    with_standard: int
    off_with_standard: int
    standard_off: int

    @property
    def share(self) -> float:
        return self.inside / self.n


def held(today: date) -> list[Held]:
    """The last days, in the order of a parcel's way; milestones without a forecast are left out."""
    sums = {
        name: Sum(name)
        for name in (
            "n",
            "inside",
            "off_minutes",
            "with_standard",
            "off_with_standard",
            "standard_off_minutes",
        )
    }
    rows = (
        EtaCheck.objects.filter(day__gt=today - timedelta(days=DAYS))
        .values("milestone")
        .annotate(**{f"total_{name}": total for name, total in sums.items()})
    )
    found: dict[str, dict[str, Any]] = {row["milestone"]: {**row} for row in rows}
    return [_held(found[milestone]) for milestone in Milestone if milestone in found]


def _held(row: dict[str, Any]) -> Held:
    n, compared = row["total_n"], row["total_with_standard"]
    return Held(
        milestone=str(row["milestone"]),
        n=n,
        inside=row["total_inside"],
        off_minutes=round(row["total_off_minutes"] / n),
        with_standard=compared,
        off_with_standard=round(row["total_off_with_standard"] / compared) if compared else 0,
        standard_off=round(row["total_standard_off_minutes"] / compared) if compared else 0,
    )

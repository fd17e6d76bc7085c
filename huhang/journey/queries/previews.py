"""The answer of a preview as its page shows it: counts scaled up, units by name, samples one may see."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from huhang.journey.models import Preview
from huhang.journey.queries.scope import sees_all
from huhang.network.models import OrgUnit
from huhang.network.rules.roles import is_under


@dataclass(frozen=True, slots=True)
class Bar:
    """A day or a unit with both counts, and their lengths in per cent of the longest."""

    name: str
    before: int
    after: int
    before_long: int
    after_long: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Sample:
    """A parcel that the change would add or spare."""

    waybill: str
    at: datetime
    unit: str


@dataclass(frozen=True, slots=True)
class Told:
    """The figures; `share` is one in how many waybills was looked at."""

    share: int
    figures: dict[str, int]
    days: list[Bar]
    units: list[Bar]
    new: list[Sample]
    gone: list[Sample]
    kept: list[Sample]

    @property
    def is_estimate(self) -> bool:
        return self.share > 1


_COUNTS = ("before", "after", "added", "removed", "moved", "open", "hits", "spared", "more_units", "rows")


def told(preview: Preview, paths: list[str]) -> Told | None:
    """What to show, or None while it is being worked out; samples only of units under these paths."""
    answer: dict[str, Any] | None = preview.answer
    if answer is None:
        return None
    share = answer["share"]
    units = _units(answer)
    return Told(
        share=share,
        figures={
            name: answer[name] * (1 if name in ("more_units", "rows") else share)
            for name in _COUNTS if name in answer
        },
        days=_bars([(f"{date.fromisoformat(key):%m-%d}", *counts) for key, *counts in answer.get("days", [])], share),
        units=_bars([(_name(units, key), *counts) for key, *counts in answer.get("units", [])], share),
        **{name: _samples(answer.get(name, []), units, paths) for name in ("new", "gone", "kept")},
    )  # fmt: skip


def _bars(rows: list[Any], share: int) -> list[Bar]:
    longest = max((max(before, after) for _, before, after in rows), default=0) or 1
    return [
        Bar(name, before * share, after * share, 100 * before // longest, 100 * after // longest)
        for name, before, after in rows
    ]


def _units(answer: dict[str, Any]) -> dict[str, OrgUnit]:
    codes = {key for key, *_ in answer.get("units", [])}
    codes |= {one["unit"] for name in ("new", "gone", "kept") for one in answer.get(name, [])}
    return {unit.code: unit for unit in OrgUnit.objects.filter(code__in=codes - {""})}


def _name(units: dict[str, OrgUnit], code: str) -> str:
    return units[code].shown_name if code in units else code or "—"


def _samples(rows: list[dict[str, str]], units: dict[str, OrgUnit], paths: list[str]) -> list[Sample]:
    return [
        Sample(row["waybill"], datetime.fromisoformat(row["at"]), _name(units, row["unit"]))
        for row in rows
        if sees_all(paths) or _is_mine(units.get(row["unit"]), paths)
    ]


def _is_mine(unit: OrgUnit | None, paths: list[str]) -> bool:
    return unit is not None and any(is_under(unit.path, path) for path in paths)

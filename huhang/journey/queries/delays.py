"""Where time is lost: links ranked by the minutes they lost and the parcels they hurt, within what one may see."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet, Sum
from django.http import QueryDict

from huhang.journey.models import DelayDay, LateLink, LinkDay
from huhang.journey.queries import scope
from huhang.journey.queries.links import bins, usual_of
from huhang.journey.rules.links import SHANGHAI
from huhang.journey.rules.lost_time import Usual
from huhang.journey.rules.spread import Spread
from huhang.journey.rules.watch import Link
from huhang.network.models import OrgUnit
from huhang.network.models.scope import under
from huhang.network.rules.tree import Kind, above

PERIODS = {"today": 1, "yesterday": 1, "7": 7, "30": 30}
LEVELS = ("link", "unit", "city", "province")
SORTS = ("lost", "late", "share", "n", "unscanned")
_SUMS = {"n": Sum("n"), "late": Sum("late"), "lost": Sum("lost_minutes"), "unscanned": Sum("unscanned")}
_KINDS_OF_LEVEL = {"city": Kind.CITY, "province": Kind.PROVINCE}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list, as they stand in the URL."""

    period: str = "7"
    level: str = "link"
    kind: str = ""
    product: str = ""
    unit: str = ""
    sort: str = "-lost"

    @property
    def is_narrow(self) -> bool:
        return bool(self.kind or self.product or self.unit)

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day."""
        if self.period == "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        return today - timedelta(days=PERIODS[self.period] - 1), today


@dataclass(slots=True)
class Row:
    """One link, unit, city or province over the days."""

    kind: str = ""
    node: str = ""
    to_node: str = ""
    name: str = ""
    to_name: str = ""
    unit: OrgUnit | None = None
    n: int = 0
    late: int = 0
    lost: int = 0
    unscanned: int = 0

    @property
    def share(self) -> float:
        """Of its parcels, those that it made late."""
        return self.late / self.n if self.n else 0.0

    @property
    def each(self) -> int:
        """Minutes that a late one lost."""
        return round(self.lost / self.late) if self.late else 0

    def add(self, other: "Row") -> None:
        self.n += other.n
        self.late += other.late
        self.lost += other.lost
        self.unscanned += other.unscanned


def wanted_by(query: QueryDict) -> Wanted:
    """Unknown values count as not given: an old bookmark still opens."""
    period, level, sort = query.get("period", "7"), query.get("level", "link"), query.get("sort", "-lost")
    kind = query.get("kind", "")
    return Wanted(
        period=period if period in PERIODS else "7",
        level=level if level in LEVELS else "link",
        kind=kind if kind in set(Link) else "",
        product=query.get("product", "")[:32],
        unit=query.get("unit", "")[:32],
        sort=sort if sort.removeprefix("-") in SORTS else "-lost",
    )


def today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def ranked(paths: list[str], wanted: Wanted, now: datetime) -> list[Row]:
    """The rows in their order; those of nobody's unit are for people who see all."""
    rows = _links(_days(paths, wanted, now)) if wanted.level == "link" else _units(paths, wanted, now)
    is_down = wanted.sort.startswith("-")
    rows.sort(key=lambda row: (row.kind, row.name, row.to_name))
    rows.sort(key=lambda row: getattr(row, wanted.sort.removeprefix("-")), reverse=is_down)
    return rows


def total(rows: Iterable[Row]) -> Row:
    whole = Row()
    for row in rows:
        whole.add(row)
    return whole


def as_of() -> datetime | None:
    """When days were counted last."""
    counted: datetime | None = DelayDay.objects.aggregate(at=Max("built_at"))["at"]
    return counted


def products() -> list[str]:
    """Products that were counted lately, in a stable order."""
    latest = LinkDay.objects.aggregate(day=Max("day"))["day"]
    if latest is None:
        return []
    rows = LinkDay.objects.filter(day__gt=latest - timedelta(days=3)).exclude(product="")
    return sorted(rows.values_list("product", flat=True).distinct())


def _days(paths: list[str], wanted: Wanted, now: datetime) -> QuerySet[LinkDay]:
    first, last = wanted.days(today(now))
    rows = LinkDay.objects.filter(day__gte=first, day__lte=last)
    if not scope.sees_all(paths):
        rows = rows.filter(under(paths))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.product:
        rows = rows.filter(product=wanted.product)
    if wanted.unit:
        rows = rows.filter(path__contains=f"/{wanted.unit}/")
    return rows


def _links(rows: QuerySet[LinkDay]) -> list[Row]:
    told: list[dict[str, Any]] = [
        {**row} for row in rows.values("kind", "node", "to_node", "unit_id").annotate(**_SUMS).order_by()
    ]
    units = OrgUnit.objects.in_bulk({row["unit_id"] for row in told if row["unit_id"]})
    names = _names({code for row in told for code in (row["node"], row["to_node"])})
    return [
        Row(
            row["kind"], row["node"], row["to_node"], names.get(row["node"], row["node"]),
            names.get(row["to_node"], row["to_node"]), units.get(row["unit_id"]), *(row[name] for name in _SUMS),
        )
        for row in told
    ]  # fmt: skip


def _units(paths: list[str], wanted: Wanted, now: datetime) -> list[Row]:
    """Added up by owner, or by the city or province above it; what stands below none of them is left out."""
    rows = _days(paths, wanted, now).exclude(path="").values("path").annotate(**_SUMS).order_by()
    told: list[dict[str, Any]] = [{**row} for row in rows]
    ups = {up for row in told for up in above(row["path"])}
    units = {unit.path: unit for unit in OrgUnit.objects.filter(path__in=ups)}
    level = _KINDS_OF_LEVEL.get(wanted.level)
    found: dict[str, Row] = {}
    for row in told:
        place = next(
            (p for p in reversed(above(row["path"])) if p in units and level in (None, units[p].kind)), None
        )
        if place is not None:
            unit = units[place]
            one = found.setdefault(place, Row(node=unit.code, name=str(unit), unit=unit))
            one.add(Row(**{name: row[name] for name in _SUMS}))
    return list(found.values())


def _names(codes: set[str]) -> dict[str, str]:
    return {unit.code: str(unit) for unit in OrgUnit.objects.filter(code__in=codes - {""})}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a link."""

    on: date
    row: Row


@dataclass(slots=True)
class OneLink:
    """A link with its days, what it usually takes by hour of the day, and the parcels it made late."""

    kind: str
    node: str
    to_node: str
    name: str
    to_name: str
    unit: OrgUnit | None
    total: Row
    days: list[Day]
    bands: list[tuple[int, Usual]]
    parcels: QuerySet[LateLink] = field(repr=False)


def one(
    paths: list[str], kind: str, node: str, to_node: str, wanted: Wanted, now: datetime
) -> OneLink | None:
    """One link over the days, None when nothing of it was counted within what one may see."""
    rows = _days(paths, wanted, now).filter(kind=kind, node=node, to_node=to_node)
    told = list(rows.select_related("unit").order_by("day"))
    if not told:
        return None
    names = _names({node, to_node})
    days: dict[date, Row] = defaultdict(Row)
    spreads: dict[int, list[Any]] = defaultdict(list)
    for row in told:
        days[row.day].add(Row(n=row.n, late=row.late, lost=row.lost_minutes, unscanned=row.unscanned))
        spreads[row.band].append((bins(row.counts), 1))
    usual = ((band, usual_of(Spread.sum(parts))) for band, parts in sorted(spreads.items()))
    return OneLink(
        kind, node, to_node, names.get(node, node), names.get(to_node, to_node), told[-1].unit,
        total(days.values()), [Day(on, row) for on, row in sorted(days.items(), reverse=True)],
        [(band, known) for band, known in usual if known is not None],
        parcels(paths, kind, node, to_node, wanted, now),
    )  # fmt: skip


def parcels(
    paths: list[str], kind: str, node: str, to_node: str, wanted: Wanted, now: datetime
) -> QuerySet[LateLink]:
    """The parcels that a link made late, the worst first."""
    first, last = wanted.days(today(now))
    rows = LateLink.objects.filter(day__gte=first, day__lte=last, kind=kind, node=node, to_node=to_node)
    if not scope.sees_all(paths):
        rows = rows.filter(under(paths))
    if wanted.product:
        rows = rows.filter(product=wanted.product)
    return rows.select_related("unit").order_by("-lost_minutes", "waybill_no")

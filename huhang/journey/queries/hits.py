"""Lists of hits: filtered by what the URL says, within what the person may see."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import QueryDict

from huhang.journey.models import Hit, WatchRule
from huhang.journey.queries import scope
from huhang.network.models import OrgUnit

SHANGHAI = ZoneInfo("Asia/Shanghai")
STATES = ("open", "cleared", "all")
# Counting stops here: "10000+" says enough, and the list stays quick.
COUNT_AT_MOST = 10_000
UNITS_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list, as they stand in the URL."""

    state: str = "open"
    rule: str = ""
    unit: str = ""
    link: str = ""
    day: date | None = None
    waybill: str = ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.rule or self.unit or self.link or self.day or self.waybill)


def wanted_by(query: QueryDict) -> Wanted:
    """Unknown or unreadable values count as not given: an old bookmark still opens."""
    state = query.get("state", "open")
    return Wanted(
        state=state if state in STATES else "open",
        rule=query.get("rule", ""),
        unit=query.get("unit", ""),
        link=query.get("link", ""),
        day=_day(query.get("day", "")),
        waybill=query.get("waybill", "").strip().replace(" ", ""),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min < day < date.max else None  # at either end there is no moment in another zone


def listed(paths: list[str], wanted: Wanted) -> QuerySet[Hit]:
    """Newest first, with all that a row shows."""
    rows = narrowed(paths, wanted)
    if wanted.state != "all":
        rows = rows.filter(cleared_at__isnull=wanted.state == "open")
    return rows.select_related("rule", "unit", "courier", "late_unit", "reminder").order_by(
        "-raised_at", "-id"
    )


def narrowed(paths: list[str], wanted: Wanted) -> QuerySet[Hit]:
    """All filters but the state."""
    rows = scope.hits(paths)
    if wanted.rule:
        rows = rows.filter(rule__slug=wanted.rule)
    if wanted.link:
        rows = rows.filter(link=wanted.link)
    if wanted.waybill:
        rows = rows.filter(waybill_no=wanted.waybill)
    if wanted.unit:
        rows = rows.filter(path__contains=f"/{wanted.unit}/")
    if wanted.day:
        start = datetime.combine(wanted.day, time(), SHANGHAI).astimezone(UTC)
        rows = rows.filter(raised_at__gte=start, raised_at__lt=start + timedelta(days=1))
    return rows


def counted(rows: QuerySet[Hit]) -> tuple[int, bool]:
    """How many, and whether there are more than we count."""
    number = rows.order_by()[: COUNT_AT_MOST + 1].count()
    return min(number, COUNT_AT_MOST), number > COUNT_AT_MOST


def by_rule(rows: QuerySet[Hit]) -> Counter[int]:
    """How many of these hits each rule has, of the first ten thousand."""
    return Counter(rows.order_by().values_list("rule_id", flat=True)[:COUNT_AT_MOST])


def rules() -> list[WatchRule]:
    return list(WatchRule.objects.order_by("number"))


def units(paths: list[str]) -> list[OrgUnit]:
    """The units one can filter by, in the order of the tree."""
    return list(OrgUnit.objects.within(paths).filter(is_active=True).order_by("path")[:UNITS_AT_MOST])

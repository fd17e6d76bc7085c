"""What somebody looks at: which unit, from when to when, and what of it. It stands in the address of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huhang.kit.errors import NotFound
from huhang.network.models import OrgUnit, Person, under

SEE = "quality.see"
SPANS = {"today": 1, "week": 7, "month": 30, "quarter": 91}
SPAN_NAMES = {
    "today": _("今天"),
    "week": _("近 7 天"),
    "month": _("近 30 天"),
    "quarter": _("近 13 周"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A unit and a time; `span` names the time, unless a board asked for one of its own."""

    unit: OrgUnit | None
    since: datetime
    until: datetime
    span: str

    @property
    def is_own_time(self) -> bool:
        return not self.span

    def of(self, moment: str) -> Q:
        """Rows of this unit and this time; `moment` is the field by which they belong to a time."""
        within = Q(**{f"{moment}__gte": self.since, f"{moment}__lt": self.until})
        return within & Q(path__startswith=self.unit.path) if self.unit else within


def read(person: Person, query: Mapping[str, Any], *, now: datetime) -> Asked:
    """What the address asks for; a unit out of reach is not there."""
    since, until = _moment(query.get("from", "")), _moment(query.get("to", ""))
    unit = _unit(person, str(query.get("unit", "")))
    if since and until and since < until:
        return Asked(unit, since, until, "")
    name = str(query.get("time", ""))
    span = name if name in SPANS else "month"
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now), time()))
    return Asked(unit, midnight - timedelta(days=SPANS[span] - 1), now, span)


def units(person: Person) -> list[OrgUnit]:
    """The units to choose from: those that may be looked at, the highest first."""
    rows = OrgUnit.objects.filter(under(person.visible_paths(SEE)), is_active=True, level__lte=3)
    return list(rows.order_by("path")[:200])


def _unit(person: Person, code: str) -> OrgUnit | None:
    if not code:
        return None
    found = OrgUnit.objects.filter(under(person.visible_paths(SEE)), code=code).first()
    if found is None:
        raise NotFound(unit=code)
    return found


def _moment(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text).replace(" ", "+"))
        return at if at.tzinfo else timezone.make_aware(at)
    except (ValueError, OverflowError):
        return None

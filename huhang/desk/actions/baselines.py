"""The week before the window: named once by headquarters, so that progress is measured from where one began."""

from datetime import date, datetime, timedelta

from django.db import transaction

from huhang.desk.models import BaselineWeek
from huhang.kit import audit
from huhang.kit.errors import BadInput, NotAllowed, NotFound
from huhang.metrics.rules.windows import ZONE
from huhang.network.models import OrgUnit, Person

PERMISSION = "desk.policies.edit"
WEEK = timedelta(days=7)


class WeekNotOver(BadInput):
    """对照周要选一个已经过完的星期。"""


@transaction.atomic
def set_week(*, unit_code: str, starts_on: date | None, by: Person, now: datetime) -> BaselineWeek:
    """The week that this day lies in, for the unit and all below it; without a day the unit has none of its own."""
    if not by.may(PERMISSION):
        raise NotAllowed(permission=PERMISSION)
    unit = OrgUnit.objects.select_for_update().filter(code=unit_code).first()
    if unit is None or not by.may("desk.see", unit.path):
        raise NotFound(unit=unit_code)
    before = BaselineWeek.objects.filter(unit=unit).first()
    week = BaselineWeek(unit=unit, starts_on=_monday(starts_on, now), set_at=now, set_by=by.get_username())
    if before is not None:
        before.delete()
    if starts_on is not None:
        week.save()
    audit.record(
        actor=by.get_username(), verb="desk.baseline.set", subject=f"unit:{unit.code}", now=now,
        before=str(before.starts_on) if before else None, after=str(week.starts_on) if starts_on else None,
    )  # fmt: skip
    return week


def _monday(day: date | None, now: datetime) -> date:
    today = now.astimezone(ZONE).date()
    chosen = day or today
    monday = chosen - timedelta(days=chosen.weekday())
    if day is not None and monday + WEEK > today:
        raise WeekNotOver(day=str(day))
    return monday

"""Customer service judges the departments it works with."""

from datetime import date, datetime

from django.db import transaction

from huhang.desk.models import DepartmentVote
from huhang.desk.queries.votes import months_to_judge, steps_met
from huhang.kit.errors import BadInput, NotAllowed, NotFound
from huhang.network.models import OrgUnit, Person


class NotMet(NotAllowed):
    """这个月您的工单没有经过这个部门，不能评分。"""


class MonthIsClosed(BadInput):
    """只能评本月和上月。"""


@transaction.atomic
def vote(*, unit_code: str, month: date, score: int, words: str, by: Person, now: datetime) -> DepartmentVote:
    """Judge a department for a month; voting again replaces one's vote."""
    if month not in months_to_judge(now):
        raise MonthIsClosed(month=month.isoformat())
    unit = OrgUnit.objects.filter(code=unit_code).first()
    if unit is None:
        raise NotFound(unit=unit_code)
    if unit.pk not in steps_met(by, month):
        raise NotMet(unit=unit_code)
    given = {"score": score, "words": words.strip()[:300], "at": now, "path": unit.path}
    return DepartmentVote.objects.update_or_create(unit=unit, month=month, by=by, defaults=given)[0]

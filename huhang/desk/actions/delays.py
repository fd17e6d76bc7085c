"""For how long answers can be taken back before they leave: named by headquarters for a unit and all below it."""

from datetime import datetime

from django.db import transaction

from huhang.desk.models import AnswerDelay
from huhang.kit import audit
from huhang.kit.errors import BadInput, NotAllowed, NotFound
from huhang.network.models import OrgUnit, Person

PERMISSION = "desk.policies.edit"
LONGEST = 60


class DelayTooLong(BadInput):
    """撤回时间最长 60 秒，客户在等。"""


@transaction.atomic
def set_delay(
    *, unit_code: str, seconds: int | None, by: Person, now: datetime, address: str = ""
) -> AnswerDelay | None:
    """So many seconds, 0 for none; without a number the unit has none of its own. What is on its way keeps its time."""
    if not by.may(PERMISSION):
        raise NotAllowed(permission=PERMISSION)
    if seconds is not None and not 0 <= seconds <= LONGEST:
        raise DelayTooLong(field="seconds")
    unit = OrgUnit.objects.select_for_update().filter(code=unit_code, is_active=True).first()
    if unit is None or not by.may("desk.see", unit.path):
        raise NotFound(unit=unit_code)
    before = AnswerDelay.objects.filter(unit=unit).first()
    if (before.seconds if before else None) == seconds:
        return before
    after = _kept(unit, seconds, by, now)
    audit.record(
        actor=by.get_username(), verb="desk.answer_delay.set", subject=f"unit:{unit.code}", now=now,
        before=before.seconds if before else None, after=seconds, address=address,
    )  # fmt: skip
    return after


def _kept(unit: OrgUnit, seconds: int | None, by: Person, now: datetime) -> AnswerDelay | None:
    if seconds is None:
        AnswerDelay.objects.filter(unit=unit).delete()
        return None
    values = {"seconds": seconds, "set_at": now, "set_by": by.get_username()}
    return AnswerDelay.objects.update_or_create(unit=unit, defaults=values)[0]

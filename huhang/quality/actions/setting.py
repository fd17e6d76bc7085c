"""What is asked of whom: one row, changed on the record."""

from datetime import datetime
from typing import Any

from django.db import transaction

from huhang.kit import audit
from huhang.kit.errors import DomainError, NotAllowed
from huhang.network.models import Person
from huhang.network.rules.roles import is_whole
from huhang.quality.models import SurveyTerms

EDIT = "quality.edit"


class ChangedMeanwhile(DomainError):
    """设置刚刚被同事改过，请刷新后再改；您填写的内容没有保存。"""


def terms() -> SurveyTerms:
    """The settings; before anybody has set anything, the ones that we begin with."""
    return SurveyTerms.objects.filter(pk=1).first() or SurveyTerms.objects.get_or_create(pk=1)[0]


@transaction.atomic
def change(*, version: int, by: Person, now: datetime, address: str = "", **wanted: Any) -> SurveyTerms:
    """Change what is given; of two who change it at once, one is told."""
    if not any(is_whole(path) for path in by.visible_paths(EDIT)):
        raise NotAllowed(permission=EDIT)
    terms()
    row = SurveyTerms.objects.select_for_update().get(pk=1)
    if row.version != version:
        raise ChangedMeanwhile(version=row.version)
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return row
    before = {name: _plain(getattr(row, name)) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    audit.record(
        actor=by.get_username(), verb="quality.survey_terms.changed", subject="survey_terms", now=now,
        before=before, after={name: _plain(value) for name, value in changed.items()}, address=address,
    )  # fmt: skip
    return row


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | list) else str(value)

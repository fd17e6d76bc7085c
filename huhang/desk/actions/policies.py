"""Changing how long obligations may take: on the record, and only for clocks that start from now on."""

from datetime import datetime
from typing import Any

from django.db import models, transaction

from huhang.desk.models import ClockPolicy, StepTemplate
from huhang.kit import audit, calendar_store
from huhang.kit.errors import NotFound
from huhang.network.models import Person


@transaction.atomic
def set_policy(
    *,
    policy_id: int,
    minutes: int,
    ladder: list[dict[str, Any]],
    calendar: str,
    source: str,
    is_confirmed: bool,
    by: Person,
    now: datetime,
    address: str = "",
) -> ClockPolicy:
    """Set a policy; clocks that run already keep what they were started with."""
    calendar_store.get(calendar)
    policy = ClockPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        raise NotFound(policy=policy_id)
    wanted = {
        "minutes": minutes,
        "ladder": ladder,
        "calendar": calendar,
        "source": source,
        "is_confirmed": is_confirmed,
    }
    _set(policy, wanted, "desk.policy.changed", by=by, now=now, address=address)
    return policy


@transaction.atomic
def set_template(
    *,
    template_id: int,
    title: str,
    title_en: str,
    who: str,
    minutes: int,
    calendar: str,
    by: Person,
    now: datetime,
    address: str = "",
) -> StepTemplate:
    """Set a step template; cases that are open already keep their steps."""
    calendar_store.get(calendar)
    template = StepTemplate.objects.select_for_update().filter(pk=template_id).first()
    if template is None:
        raise NotFound(template=template_id)
    wanted = {"title": title, "title_en": title_en, "who": who, "minutes": minutes, "calendar": calendar}
    _set(template, wanted, "desk.template.changed", by=by, now=now, address=address)
    return template


def _set(
    row: models.Model, wanted: dict[str, Any], verb: str, *, by: Person, now: datetime, address: str
) -> None:
    """Save what differs and record both sides; nothing is recorded when nothing differs."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    audit.record(
        actor=by.get_username(), verb=verb, subject=f"{row._meta.label_lower}:{row.pk}", now=now,
        before=before, after=changed, address=address,
    )  # fmt: skip

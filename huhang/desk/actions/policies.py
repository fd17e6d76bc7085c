"""Changing how long obligations may take, and why counting may stop: on the record.

Clocks that run keep what they were started with, unless `weighing.ask_to_reach` is asked for as well.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from huhang.desk.models import ClockPolicy
from huhang.desk.rules.kinds import ALWAYS_OWED
from huhang.desk.rules.policy import NAMED
from huhang.desk.rules.starting import CountsFrom
from huhang.kit import audit, calendar_store
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import Person


class SamePolicy(DomainError):
    """已经有一条适用范围完全相同的时限，请直接修改那一条。"""


class LastPolicy(DomainError):
    """每张工单都要有这项承诺，最后一条不能删除；请修改它，或先加一条适用于全部工单的。"""


@transaction.atomic
def add_policy(
    *, named: Mapping[str, str], values: Mapping[str, Any], by: Person, now: datetime, address: str = ""
) -> ClockPolicy:
    """A further row: what it names (`obligation` and some of `rules.policy.NAMED`) and what it promises."""
    calendar_store.get(values["calendar"])
    try:
        with transaction.atomic():
            policy = ClockPolicy.objects.create(**named, **values)
    except IntegrityError as error:
        raise SamePolicy from error
    _record(
        policy, "desk.policy.added", before=None, after={**named, **values}, by=by, now=now, address=address
    )
    return policy


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
    counts_from: str = CountsFrom.OPENING,
) -> ClockPolicy:
    """Set a policy; clocks that run already keep what they were started with."""
    calendar_store.get(calendar)
    policy = _locked(policy_id)
    wanted = {
        "minutes": minutes,
        "ladder": ladder,
        "calendar": calendar,
        "source": source,
        "is_confirmed": is_confirmed,
        "counts_from": counts_from,
    }
    _set(policy, wanted, "desk.policy.changed", by=by, now=now, address=address)
    return policy


@transaction.atomic
def remove_policy(*, policy_id: int, by: Person, now: datetime, address: str = "") -> None:
    """Take a row out; never the last one that gives every case what every case is owed."""
    # One at a time, so that two people cannot each take out one of the last two.
    others = list(ClockPolicy.objects.select_for_update().order_by("pk"))
    policy = next((row for row in others if row.pk == policy_id), None)
    if policy is None:
        raise NotFound(policy=policy_id)
    others.remove(policy)
    general = [row for row in others if not any(getattr(row, name) for name in NAMED)]
    if policy.obligation in ALWAYS_OWED and policy.obligation not in {row.obligation for row in general}:
        raise LastPolicy(obligation=policy.obligation)
    before = {
        name: getattr(policy, name)
        for name in ("obligation", *NAMED, "minutes", "ladder", "calendar", "counts_from", "source")
    }
    _record(policy, "desk.policy.removed", before=before, after=None, by=by, now=now, address=address)
    policy.delete()


def _locked(policy_id: int) -> ClockPolicy:
    policy = ClockPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        raise NotFound(policy=policy_id)
    return policy


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
    _record(row, verb, before=before, after=changed, by=by, now=now, address=address)


def _record(
    row: models.Model,
    verb: str,
    *,
    before: dict[str, Any] | None,
    after: Mapping[str, Any] | None,
    by: Person,
    now: datetime,
    address: str,
) -> None:
    audit.record(
        actor=by.get_username(), verb=verb, subject=f"{row._meta.label_lower}:{row.pk}", now=now,
        before=before, after=dict(after) if after is not None else None, address=address,
    )  # fmt: skip

"""Storm mode: declaring that a region's limits are relaxed, changing it, ending it before its time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from huhang.journey.models import Storm
from huhang.journey.queries.storms import DECLARE, subject_of
from huhang.journey.rules import storm as rules
from huhang.journey.rules.storm import State
from huhang.kit import audit, live
from huhang.kit.errors import BadInput, DomainError, NotAllowed, NotFound, Stale
from huhang.network.models import OrgUnit, Person

CHANGEABLE = ("starts_at", "ends_at", "extra_minutes", "reason_zh", "reason_en")


class UnclearStorm(BadInput):
    """风暴模式没有保存，请看标红的地方。"""


class StormIsOver(DomainError):
    """这次风暴模式已经结束，不能再改；需要时请重新开启。"""


class StormHasBegun(DomainError):
    """风暴模式已经开始，开始时间不能再改。"""


@transaction.atomic
def declare(
    *, unit: OrgUnit, starts_at: datetime, ends_at: datetime, extra_minutes: int, reason_zh: str,
    reason_en: str = "", by: Person, now: datetime,
) -> Storm:  # fmt: skip
    """Relax the limits of a unit's subtree for a while; the watch takes it at its next round."""
    _require(by, unit.path)
    storm = Storm(
        unit=unit, path=unit.path, starts_at=starts_at, ends_at=ends_at, extra_minutes=extra_minutes,
        reason_zh=reason_zh.strip(), reason_en=reason_en.strip(), declared_by=by, declared_at=now,
    )  # fmt: skip
    _check(storm, now=now)
    storm.save(force_insert=True)
    _record("journey.storm.declare", storm, {}, by=by, now=now)
    return storm


@transaction.atomic
def change(*, storm_id: int, version: int, changes: Mapping[str, Any], by: Person, now: datetime) -> Storm:
    """Change a storm that is to come or holds. Refused when somebody else changed it since."""
    storm = _locked(storm_id, by, now)
    if storm.version != version:
        raise Stale(storm=storm_id)
    before, was_holding = facts_of(storm), storm.state_at(now) is State.HOLDING
    for field in CHANGEABLE:
        setattr(storm, field, changes.get(field, getattr(storm, field)))
    if was_holding and facts_of(storm)["starts_at"] != before["starts_at"]:
        raise StormHasBegun
    _check(storm, now=now, began=was_holding)
    if facts_of(storm) != before:
        _write("journey.storm.change", storm, before, by=by, now=now)
    return storm


@transaction.atomic
def end(*, storm_id: int, by: Person, now: datetime) -> Storm:
    """Let it end now; one that has not begun never does."""
    storm = _locked(storm_id, by, now)
    before = facts_of(storm)
    storm.ends_at = max(now, storm.starts_at)
    _write("journey.storm.end", storm, before, by=by, now=now)
    return storm


def facts_of(storm: Storm) -> dict[str, Any]:
    """What the record keeps of a storm."""
    return {
        "unit": storm.path, "starts_at": storm.starts_at.isoformat(), "ends_at": storm.ends_at.isoformat(),
        "extra_minutes": storm.extra_minutes, "reason": {"zh": storm.reason_zh, "en": storm.reason_en},
    }  # fmt: skip


def _locked(storm_id: int, by: Person, now: datetime) -> Storm:
    storm = Storm.objects.select_for_update().filter(pk=storm_id).first()
    if storm is None:
        raise NotFound(storm=storm_id)
    _require(by, storm.path)
    if storm.state_at(now) is State.ENDED:
        raise StormIsOver
    return storm


def _require(by: Person, path: str) -> None:
    if not by.may(DECLARE, path):
        raise NotAllowed(permission=DECLARE)


def _check(storm: Storm, *, now: datetime, began: bool = False) -> None:
    found = rules.faults(storm.starts_at, storm.ends_at, storm.extra_minutes, now=now)
    wrong = [field for field in found if not (began and field == "starts_at")]
    sentences = {
        "starts_at": _("开始时间最多可以早一小时：更早的预警已经发出，不会收回。"),
        "ends_at": _("结束应晚于开始和现在，且最长 30 天；需要时可以延长。"),
        "extra_minutes": _("放宽的时间应在 1 分钟到 240 小时之间。"),
    }
    errors = [{"field": field, "reason": sentences[field]} for field in wrong]
    if not storm.reason_zh:
        errors.append({"field": "reason_zh", "reason": _("请写明原因，客户会看到。")})
    if errors:
        raise UnclearStorm(errors=errors)


def _write(verb: str, storm: Storm, before: dict[str, Any], *, by: Person, now: datetime) -> None:
    storm.version += 1
    storm.save(update_fields=[*CHANGEABLE, "version"])
    _record(verb, storm, before, by=by, now=now)


def _record(verb: str, storm: Storm, before: dict[str, Any], *, by: Person, now: datetime) -> None:
    audit.record(
        actor=by.get_username(), verb=verb, subject=subject_of(storm.pk), reason=storm.reason_zh,
        before=before, after=facts_of(storm), now=now,
    )  # fmt: skip
    live.announce("journey.storm", path=storm.path, ref=storm.pk)

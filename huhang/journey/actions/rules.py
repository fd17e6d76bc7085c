"""Changing the watch's rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from huhang.journey.models import WatchRule
from huhang.journey.queries.rules import subject_of
from huhang.journey.rules import watch
from huhang.kit import audit, live, packs
from huhang.kit.doors import Actor
from huhang.kit.errors import BadInput, Stale


def load_pack() -> int:
    """Add the rules of the pack that are missing; rows that people edited stay as they are."""
    rows: Any = packs.rows("watch_rules")
    listed = rows["rules"] if isinstance(rows, dict) else rows
    watch.parse(listed)
    known = set(WatchRule.objects.values_list("slug", flat=True))
    fresh = [_as_model(row) for row in listed if row["id"] not in known]
    WatchRule.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _as_model(row: dict[str, Any]) -> WatchRule:
    fields = {k: v for k, v in row.items() if k not in {"id", "name", "enabled"}}
    name = row["name"]
    return WatchRule(
        slug=row["id"], name_zh=name["zh"], name_en=name["en"], is_enabled=row.get("enabled", True), **fields
    )


class UnclearRule(BadInput):
    """规则写得不清楚，没有保存。"""


@transaction.atomic
def edit(
    *, slug: str, version: int, changes: Mapping[str, Any], by: Actor, reason: str = "", now: datetime
) -> WatchRule:
    """Change a rule; a running watch reads it again at its next round. Refused when somebody else changed it since."""
    row = WatchRule.objects.select_for_update().get(slug=slug)
    if row.version != version:
        raise Stale(rule=slug)
    before = row.as_row()
    for field, value in changes.items():
        setattr(row, field, value)
    _check(row)
    row.version += 1
    row.save()
    _record("journey.rule.edit", row, before, by=by, reason=reason, now=now)
    return row


@transaction.atomic
def switch(*, slug: str, on: bool, by: Actor, now: datetime) -> WatchRule:
    """Let a rule watch, or rest."""
    row = WatchRule.objects.select_for_update().get(slug=slug)
    if row.is_enabled != on:
        before = row.as_row()
        row.is_enabled, row.version = on, row.version + 1
        row.save(update_fields=["is_enabled", "version"])
        _record("journey.rule.switch", row, before, by=by, reason="", now=now)
    return row


def _check(row: WatchRule) -> None:
    """Refuse a rule that is unclear by itself or crowds the others."""
    others = [other.as_row() for other in WatchRule.objects.exclude(pk=row.pk)]
    try:
        watch.parse([row.as_row(), *others])
    except watch.UnclearRules as error:
        own = [reason.partition(": ")[2] for reason in error.reasons if reason.startswith(f"{row.slug}: ")]
        raise UnclearRule(errors=[{"reason": reason} for reason in own or error.reasons]) from error


def _record(
    verb: str, row: WatchRule, before: dict[str, Any], *, by: Actor, reason: str, now: datetime
) -> None:
    audit.record(
        actor=by.get_username(), verb=verb, subject=subject_of(row.slug), reason=reason,
        before=before, after=row.as_row(), now=now,
    )  # fmt: skip
    live.announce("journey.rule", path="/", ref=row.pk)

"""Changing the watch's rules."""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain, count
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from huhang.journey.models import WatchRule
from huhang.journey.queries.rules import said, subject_of
from huhang.journey.rules import watch
from huhang.kit import audit, live, packs
from huhang.kit.errors import BadInput, DomainError, Stale
from huhang.network.models import Person

RESERVED = {"new", "preview"}  # pages of this name stand beside those of the rules


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


class TooManyRules(DomainError):
    """规则已满 64 条，请改用或修改现有规则。"""


@transaction.atomic
def edit(
    *, slug: str, version: int, changes: Mapping[str, Any], by: Person, reason: str = "", now: datetime
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


def drafted(*, slug: str, changes: Mapping[str, Any]) -> WatchRule:
    """The rule as it would be, checked and not saved."""
    row = WatchRule.objects.get(slug=slug)
    for field, value in changes.items():
        setattr(row, field, value)
    _check(row)
    return row


def drafted_new(*, kind: str, changes: Mapping[str, Any]) -> WatchRule:
    """A rule from scratch, checked and not saved: its number is free, its slug comes from its English name."""
    taken = set(WatchRule.objects.values_list("slug", flat=True)) | RESERVED
    stem = slugify(changes.get("name_en", "")).replace("-", "_")[:50] or kind
    number = _free_number()
    slug = next(name for name in chain([stem], (f"{stem}_{n}" for n in count(number))) if name not in taken)
    row = WatchRule(slug=slug, number=number, kind=kind, **changes)
    _check(row)
    return row


@transaction.atomic
def create(
    *, kind: str, changes: Mapping[str, Any], by: Person, reason: str = "", now: datetime
) -> WatchRule:
    """Add a rule; a running watch takes it at its next round."""
    _take_turns()
    row = drafted_new(kind=kind, changes=changes)
    row.save(force_insert=True)
    _record("journey.rule.create", row, {}, by=by, reason=reason, now=now)
    return row


@transaction.atomic
def switch(*, slug: str, on: bool, by: Person, now: datetime) -> WatchRule:
    """Let a rule watch, or rest."""
    row = WatchRule.objects.select_for_update().get(slug=slug)
    if row.is_enabled != on:
        before = row.as_row()
        row.is_enabled, row.version = on, row.version + 1
        row.save(update_fields=["is_enabled", "version"])
        _record("journey.rule.switch", row, before, by=by, reason="", now=now)
    return row


@transaction.atomic
def copy(*, slug: str, by: Person, now: datetime) -> WatchRule:
    """A second rule like this one, to be narrowed to a product or a route; it rests until it is switched on."""
    _take_turns()
    row = WatchRule.objects.get(slug=slug)
    number = _free_number()
    row.pk, row.number, row.slug = None, number, f"{slug[:50]}_{number}"
    row.name_zh, row.name_en = f"{row.name_zh[:70]}（{number}）", f"{row.name_en[:110]} ({number})"
    row.is_enabled, row.version = False, 1
    row.save(force_insert=True)
    _record("journey.rule.copy", row, {}, by=by, reason=slug, now=now)
    return row


def _take_turns() -> None:
    """Two new rules at once must not get the same number."""
    list(WatchRule.objects.select_for_update().values_list("pk"))


def _free_number() -> int:
    taken = set(WatchRule.objects.values_list("number", flat=True))
    number = next((n for n in range(watch.MOST_RULES) if n not in taken), None)
    if number is None:
        raise TooManyRules
    return number


def _check(row: WatchRule) -> None:
    """Refuse a rule that is unclear by itself or crowds the others."""
    others = [other.as_row() for other in WatchRule.objects.exclude(pk=row.pk)]
    try:
        watch.parse([row.as_row(), *others])
    except watch.UnclearRules as error:
        own = [fault for fault in error.faults if fault.rule == row.slug]
        raise UnclearRule(errors=[{"reason": said(fault)} for fault in own or error.faults]) from error


def _record(
    verb: str, row: WatchRule, before: dict[str, Any], *, by: Person, reason: str, now: datetime
) -> None:
    audit.record(
        actor=by.get_username(), verb=verb, subject=subject_of(row.slug), reason=reason,
        before=before, after=row.as_row(), now=now,
    )  # fmt: skip
    live.announce("journey.rule", path="/", ref=row.pk)

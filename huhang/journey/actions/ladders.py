"""Changing the ladders, and the share of hits that nobody is told of: on the record, and only for what comes."""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction

from huhang.journey.models import ControlShare, ReminderPolicy, ReminderStep, WatchRule
from huhang.journey.rules.reminders import Step, faults
from huhang.kit import audit, packs
from huhang.kit.errors import BadInput, DomainError, NotFound, Stale
from huhang.network.models import Person


class UnclearLadder(BadInput):
    """阶梯没有写清楚：每一级的间隔为 0 到 10080 分钟，最多 8 级。"""


class OwnPolicyOnly(DomainError):
    """只有单条规则的专用政策可以删除；其他政策可以停用。"""


MOST_STEPS = 8


def load_pack() -> int:
    """Add the policies that are missing; rows that people edited stay as they are."""
    content: Any = packs.rows("reminder_policies")
    added = sum(_load(row) for row in content["policies"])
    _, is_new = ControlShare.objects.get_or_create(
        rule=None, defaults={"percent": Decimal(content["usual_control_percent"])}
    )
    return added + is_new


def _load(row: dict[str, Any]) -> int:
    rule = WatchRule.objects.get(slug=row["rule"]) if row.get("rule") else None
    start, end = (time.fromisoformat(text) for text in row["quiet"])
    usual = {
        "quiet_from": start,
        "quiet_to": end,
        "window_minutes": row["window"],
        "is_urgent": row.get("urgent", False),
    }
    policy, is_new = ReminderPolicy.objects.get_or_create(
        rule=rule, addressed=row.get("addressed", ""), defaults=usual
    )
    if is_new:
        ReminderStep.objects.bulk_create(
            ReminderStep(
                policy=policy, position=place, after_minutes=step["after"], medium=step["by"], audience=step["to"]
            )
            for place, step in enumerate(row["steps"], start=1)
        )  # fmt: skip
    return is_new


@transaction.atomic
def set_policy(
    *,
    policy_id: int,
    version: int,
    is_enabled: bool,
    is_urgent: bool,
    quiet_from: time,
    quiet_to: time,
    window_minutes: int,
    steps: Sequence[Step],
    by: Person,
    now: datetime,
    address: str = "",
) -> ReminderPolicy:
    """Change a ladder. Reminders under way climb on by the new rungs, from the one they have reached."""
    policy = ReminderPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        raise NotFound(policy=policy_id)
    if policy.version != version:
        raise Stale(policy=policy_id)
    if wrong := faults(steps) or (["steps"] if len(steps) > MOST_STEPS else []):
        raise UnclearLadder(errors=[{"field": field, "reason": ""} for field in wrong])
    before = described(policy)
    policy.is_enabled, policy.is_urgent = is_enabled, is_urgent
    policy.quiet_from, policy.quiet_to, policy.window_minutes = quiet_from, quiet_to, window_minutes
    policy.version += 1
    policy.save()
    policy.steps.all().delete()
    ReminderStep.objects.bulk_create(_row(policy, step) for step in steps)
    audit.record(
        actor=by.get_username(), verb="journey.reminders.policy", subject=f"reminder_policy:{policy.pk}",
        now=now, before=before, after=described(policy), address=address,
    )  # fmt: skip
    return policy


@transaction.atomic
def own_policy(*, slug: str, by: Person, now: datetime) -> ReminderPolicy:
    """A ladder for one rule, begun as a copy of the one that it follows today."""
    rule = WatchRule.objects.filter(slug=slug).first()
    if rule is None:
        raise NotFound(rule=slug)
    known = ReminderPolicy.objects.filter(rule=rule).first()
    if known:
        return known
    like = ReminderPolicy.objects.filter(rule__isnull=True, addressed__in=[rule.addressed, ""])
    model = like.order_by("-addressed").first() or ReminderPolicy()
    policy = ReminderPolicy.objects.create(
        rule=rule,
        quiet_from=model.quiet_from,
        quiet_to=model.quiet_to,
        window_minutes=model.window_minutes,
        is_urgent=model.is_urgent,
    )
    steps = model.as_policy().steps if model.pk else ()
    ReminderStep.objects.bulk_create(_row(policy, step) for step in steps)
    audit.record(
        actor=by.get_username(), verb="journey.reminders.policy", subject=f"reminder_policy:{policy.pk}",
        now=now, after=described(policy) | {"rule": slug},
    )  # fmt: skip
    return policy


@transaction.atomic
def drop_policy(*, policy_id: int, by: Person, now: datetime) -> None:
    """Let a rule follow the common ladder again."""
    policy = ReminderPolicy.objects.select_for_update().filter(pk=policy_id).first()
    if policy is None:
        raise NotFound(policy=policy_id)
    if policy.rule is None:
        raise OwnPolicyOnly
    audit.record(
        actor=by.get_username(), verb="journey.reminders.policy", subject=f"reminder_policy:{policy.pk}",
        now=now, before=described(policy) | {"rule": policy.rule.slug},
    )  # fmt: skip
    policy.delete()


@transaction.atomic
def set_share(*, slug: str, percent: Decimal | None, by: Person, now: datetime) -> None:
    """Set how many hits of a rule (or, with an empty slug, of all) are left alone; None takes a rule's own back."""
    rule = WatchRule.objects.filter(slug=slug).first()
    if slug and rule is None:
        raise NotFound(rule=slug)
    row = ControlShare.objects.select_for_update().filter(rule=rule).first()
    before = str(row.percent) if row else None
    if percent is None:
        if row and rule:
            row.delete()
    else:
        ControlShare.objects.update_or_create(
            rule=rule, defaults={"percent": percent, "changed_at": now, "changed_by": by}
        )
    audit.record(
        actor=by.get_username(), verb="journey.control.share", subject=f"control_share:{slug or '*'}",
        now=now, before=before, after=None if percent is None else str(percent),
    )  # fmt: skip


def described(policy: ReminderPolicy) -> dict[str, Any]:
    """A policy as the record keeps it."""
    return {
        "enabled": policy.is_enabled,
        "urgent": policy.is_urgent,
        "quiet": [policy.quiet_from.isoformat("minutes"), policy.quiet_to.isoformat("minutes")],
        "window": policy.window_minutes,
        "steps": [
            [step.after_minutes, step.medium, step.audience] for step in policy.steps.order_by("position")
        ],
    }


def _row(policy: ReminderPolicy, step: Step) -> ReminderStep:
    return ReminderStep(
        policy=policy, position=step.position, after_minutes=int(step.after.total_seconds() // 60),
        medium=step.medium, audience=step.audience,
    )  # fmt: skip

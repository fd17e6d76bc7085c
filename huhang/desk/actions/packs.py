"""The desk's starting knowledge: clock policies, reasons to pause, who gets cases, and plans with their steps."""

from typing import Any

from huhang.desk.actions import macros
from huhang.desk.models import (
    AssignmentPolicy,
    CasePlan,
    ClockPolicy,
    ClosingReason,
    PauseReason,
    StepTemplate,
)
from huhang.desk.rules.policy import NAMED
from huhang.kit import packs


def load() -> int:
    """Add the rows that are missing; rows that people edited stay as they are."""
    added = 0
    for row in packs.rows("clock_policies"):
        key = {"obligation": row["obligation"], **{name: row.get(name, "") for name in NAMED}}
        added += ClockPolicy.objects.get_or_create(**key, defaults=row)[1]
    for row in packs.rows("pause_reasons"):
        added += PauseReason.objects.get_or_create(code=row["code"], defaults=row)[1]
    for row in packs.rows("closing_reasons"):
        added += ClosingReason.objects.get_or_create(code=row["code"], defaults=row)[1]
    for row in packs.rows("assignment_policies"):
        key = {"kind": row["kind"], "priority": row["priority"]}
        added += AssignmentPolicy.objects.get_or_create(**key, defaults=row)[1]
    added += macros.load_pack(packs.rows("macros"))
    return added + sum(_plan(dict(row)) for row in packs.rows("case_plans"))


def _plan(row: dict[str, Any]) -> int:
    """A plan that exists keeps its own steps: people may have taken some out."""
    steps = row.pop("steps")
    plan, is_new = CasePlan.objects.get_or_create(kind=row["kind"], rule=row.get("rule", ""), defaults=row)
    if is_new:
        StepTemplate.objects.bulk_create(StepTemplate(plan=plan, **step) for step in steps)
    return int(is_new)

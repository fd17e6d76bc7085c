"""The desk's starting knowledge: clock policies and step templates."""

from huhang.desk.models import ClockPolicy, StepTemplate
from huhang.kit import packs


def load() -> int:
    """Add the policies and templates that are missing; rows that people edited stay as they are."""
    added = 0
    for row in packs.rows("clock_policies"):
        key = {"obligation": row["obligation"], "kind": row["kind"]}
        added += ClockPolicy.objects.get_or_create(**key, defaults=row)[1]
    for row in packs.rows("step_templates"):
        key = {"kind": row["kind"], "rule": row.get("rule", ""), "order": row["order"]}
        added += StepTemplate.objects.get_or_create(**key, defaults=row)[1]
    return added

"""Changing the watch's rules."""

from huhang.journey.models import WatchRule
from huhang.journey.rules import watch
from huhang.kit import packs


def load_pack() -> int:
    """Add the rules of the pack that are missing; rows that people edited stay as they are."""
    rows = packs.rows("watch_rules")
    listed = rows["rules"] if isinstance(rows, dict) else rows
    watch.parse(listed)
    known = set(WatchRule.objects.values_list("slug", flat=True))
    fresh = [_as_model(row) for row in listed if row["id"] not in known]
    WatchRule.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _as_model(row: dict[str, object]) -> WatchRule:
    fields = {k: v for k, v in row.items() if k not in {"id", "name", "enabled"}}
    name = row["name"]
    assert isinstance(name, dict)
    return WatchRule(
        slug=row["id"], name_zh=name["zh"], name_en=name["en"], is_enabled=row.get("enabled", True), **fields
    )

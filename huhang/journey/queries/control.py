"""The control group as rows say it."""

from huhang.journey.models import ControlShare, WatchRule
from huhang.journey.rules.control import USUAL_SHARE, Shares

# Who may know which parcels were left alone: never those who would have been reminded.
SEE = "journey.control.see"


def shares() -> Shares:
    """In one query, for the recording of hits."""
    found = ControlShare.objects.values_list("rule__slug", "percent")
    shares = {slug or "": float(percent) / 100 for slug, percent in found}
    return Shares(usual=shares.pop("", USUAL_SHARE), own=shares)


def rows() -> list[ControlShare]:
    """The usual share first, then those of single rules."""
    found = ControlShare.objects.select_related("rule", "changed_by")
    return sorted(found, key=lambda row: row.rule.number if row.rule else -1)


def rules() -> list[WatchRule]:
    """Rules that follow the usual share."""
    return list(WatchRule.objects.filter(control_share__isnull=True).order_by("number"))

"""The control group as rows say it."""

from huhang.journey.models import ControlShare
from huhang.journey.rules.control import USUAL_SHARE, Shares

# Who may know which parcels were left alone: never those who would have been reminded.
SEE = "journey.control.see"


def shares() -> Shares:
    """In one query, for the recording of hits."""
    rows = dict(ControlShare.objects.values_list("rule__slug", "percent"))
    usual = rows.pop(None, None)
    return Shares(
        usual=USUAL_SHARE if usual is None else float(usual) / 100,
        own={slug: float(percent) / 100 for slug, percent in rows.items()},
    )


def rows() -> list[ControlShare]:
    """The usual share first, then those of single rules."""
    found = ControlShare.objects.select_related("rule", "changed_by")
    return sorted(found, key=lambda row: row.rule.number if row.rule else -1)

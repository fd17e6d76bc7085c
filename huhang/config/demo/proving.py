"""Prevention that can be seen to work: customers need not write where somebody was reminded and acted.

A month of a small carrier has few parcels in trouble, so a bigger share than usual is left alone.
"""

from datetime import datetime
from random import Random

from huhang.desk.actions import proving
from huhang.journey.models import ControlShare, Hit
from huhang.kit import facts

CONTROL_PERCENT = 15
SPARED = 0.6  # of the customers who would have written


def leave_some_alone(*, now: datetime) -> None:
    """Set the share of hits that are only watched."""
    share = {"percent": CONTROL_PERCENT, "changed_at": now}
    ControlShare.objects.update_or_create(rule=None, defaults=share)


def is_spared(waybill_no: str, *, now: datetime) -> bool:
    """Had somebody been reminded of this parcel, and put it right before its customer wrote?"""
    hits = Hit.objects.filter(waybill_no=waybill_no, raised_at__lt=now).order_by("raised_at", "pk")
    is_control = hits.values_list("is_control", flat=True).first()
    return is_control is False and Random(f"{waybill_no}:spared").random() < SPARED


def count(*, now: datetime) -> None:
    """Count the days that were lived through; what was counted of an earlier carrier is forgotten."""
    facts.put(proving.COUNTED, None)
    proving.count_due(now=now)

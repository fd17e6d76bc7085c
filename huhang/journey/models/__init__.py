"""Tables of the parcel."""

from huhang.journey.models.control import ControlShare
from huhang.journey.models.delay import DelayDay, EtaCheck, EtaDay, LateLink, LinkDay, LinkStandard
from huhang.journey.models.feed import (
    FeedAccount,
    FeedWord,
    IntakeCount,
    KnownTrace,
    Parked,
    Push,
    Reconciliation,
)
from huhang.journey.models.preview import Preview
from huhang.journey.models.reminder import Reminder, ReminderPolicy, ReminderSend, ReminderStep
from huhang.journey.models.storm import Storm
from huhang.journey.models.watch import Hit, NodeHours, Removal, Segment, WatchCursor, WatchRule
from huhang.journey.models.waybill import Waybill

__all__ = [
    "ControlShare",
    "DelayDay",
    "EtaCheck",
    "EtaDay",
    "FeedAccount",
    "FeedWord",
    "Hit",
    "IntakeCount",
    "KnownTrace",
    "LateLink",
    "LinkDay",
    "LinkStandard",
    "NodeHours",
    "Parked",
    "Preview",
    "Push",
    "Reconciliation",
    "Reminder",
    "ReminderPolicy",
    "ReminderSend",
    "ReminderStep",
    "Removal",
    "Segment",
    "Storm",
    "WatchCursor",
    "WatchRule",
    "Waybill",
]

"""Tables of the parcel."""

from huhang.journey.models.watch import Hit, Segment, WatchCursor, WatchRule
from huhang.journey.models.waybill import Waybill

__all__ = ["Hit", "Segment", "WatchCursor", "WatchRule", "Waybill"]

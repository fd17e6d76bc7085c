"""Tables of the parcel."""

from huhang.journey.models.storm import Storm
from huhang.journey.models.watch import Hit, Segment, WatchCursor, WatchRule
from huhang.journey.models.waybill import Waybill

__all__ = ["Hit", "Segment", "Storm", "WatchCursor", "WatchRule", "Waybill"]

"""Tables of the parcel."""

from huhang.journey.models.preview import Preview
from huhang.journey.models.storm import Storm
from huhang.journey.models.watch import Hit, NodeHours, Segment, WatchCursor, WatchRule
from huhang.journey.models.waybill import Waybill

__all__ = ["Hit", "NodeHours", "Preview", "Segment", "Storm", "WatchCursor", "WatchRule", "Waybill"]

"""Tables of the parcel."""

from huhang.journey.models.waybill import Waybill

__all__ = ["Waybill"]

"""Which transit standard holds between two places: the nearest to both ends, for the very product if there is one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

ANY_PRODUCT = ""


@dataclass(frozen=True, slots=True)
class Standard:
    """Hours from pickup to delivery between two units (a city, a province, or all of the network)."""

    origin_level: int
    destination_level: int
    product: str
    hours: int
    source: str = ""

    def due(self, picked_up_at: datetime) -> datetime:
        """Clock hours: a promise to a customer runs through nights and holidays."""
        return picked_up_at + timedelta(hours=self.hours)


def best(standards: Iterable[Standard], product: str) -> Standard | None:
    """The product's own standard before a general one, then the nearest ends, then the shorter time."""
    fitting = (s for s in standards if s.product in {product, ANY_PRODUCT})
    return max(fitting, key=_closeness, default=None)


def _closeness(standard: Standard) -> tuple[bool, int, int, int]:
    nearness = (standard.origin_level + standard.destination_level, standard.destination_level)
    return (standard.product != ANY_PRODUCT, *nearness, -standard.hours)

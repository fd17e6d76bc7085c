"""Facts that the parcel's room announces."""

from dataclasses import dataclass

from huhang.kit.events import Event


@dataclass(frozen=True)
class WatchHits(Event):
    """The watch found parcels that are about to become complaints; one fact per round, not per hit."""

    hit_ids: list[int]


@dataclass(frozen=True)
class WatchCleared(Event):
    """Trouble of these parcels is over, or turned out never to have been: hits may be gone, so parcels are named."""

    waybills: list[str]

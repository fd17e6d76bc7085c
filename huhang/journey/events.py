"""Facts that the parcel's room announces."""

from dataclasses import dataclass

from huhang.kit.events import Event


@dataclass(frozen=True)
class WatchHits(Event):
    """The watch found parcels that are about to become complaints; one fact per round, not per hit."""

    hit_ids: list[int]


@dataclass(frozen=True)
class WatchCleared(Event):
    """Scans arrived that end the trouble."""

    hit_ids: list[int]

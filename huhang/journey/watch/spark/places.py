"""How far of the log a micro-batch reads: what Spark writes into its checkpoint."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Protocol


class CheckpointIsForeign(Exception):
    """The checkpoint was made over another log, or this log was set back to an older state."""


class ShardsDiffer(Exception):
    """The checkpoint was made with another number of shards."""


@dataclass(frozen=True, slots=True)
class Place:
    """All segments up to `seq` have been folded, then deadlines raised up to `tick` (microseconds).

    `mark` is of the segment itself: another log has another one in the same place. `world` names the
    state of rules and ground by which the micro-batch that ends here judges, `shards` among how many.
    """

    seq: int = 0
    mark: str = ""
    tick: int = 0
    world: str = ""
    shards: int = 0

    def as_offset(self) -> dict[str, Any]:
        """As Spark keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, offset: Mapping[str, Any]) -> "Place":
        """Read what `as_offset` wrote; raises KeyError or TypeError for anything else."""
        return cls(
            seq=int(offset["seq"]),
            mark=str(offset["mark"]),
            tick=int(offset["tick"]),
            world=str(offset["world"]),
            shards=int(offset["shards"]),
        )


class File(NamedTuple):
    """A segment to read. `is_merged`: the file holds other segments too, told apart by their `seq`."""

    seq: int
    received_us: int
    path: str
    rows: int
    is_merged: bool


class Manifest(Protocol):
    """Knows the log's order. Asked on the driver's machine only."""

    def newest(self) -> Place:
        """The end of the log now: nothing that comes later is received before its `tick`."""

    def ahead(self, start: Place, end: Place, at_most: int) -> Place:
        """The place after at most so many segments, `end` when there are no more; refuses a foreign start."""

    def files(self, start: Place, end: Place) -> list[File]:
        """The segments after `start` up to `end`, in order."""

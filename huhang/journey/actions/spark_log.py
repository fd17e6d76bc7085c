"""The scan log's manifest as Spark's source wants it: places in the order, and the files between two of them."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.db.models import QuerySet

from huhang.journey.actions import scan_log
from huhang.journey.actions.watching import microseconds
from huhang.journey.models import Segment
from huhang.journey.queries import ground as grounds
from huhang.journey.watch.spark import worlds
from huhang.journey.watch.spark.places import CheckpointIsForeign, File, Place


class Rows:
    """The manifest's rows, and the world beside them."""

    def __init__(self, worlds: Path) -> None:
        self.worlds = worlds

    def newest(self) -> Place:
        """The end of the log now: nothing that comes later is received before its `tick`."""
        # The time first: what is not in sight after it is received after it.
        now, _ = scan_log.after(0, at_most=0)
        last = Segment.objects.filter(seq__gt=0).order_by("seq").last()
        until = max(now, last.received_at) if last else now
        world = _world(self.worlds, grounds.version())
        return Place(last.seq if last else 0, _mark(last), microseconds(until), world)

    def ahead(self, start: Place, end: Place, at_most: int) -> Place:
        """The place after at most so many segments, `end` when there are no more; refuses a foreign start."""
        if start.seq > end.seq or not _is_ours(start):
            raise CheckpointIsForeign(f"segment {start.seq} is not {start.mark}")
        # One more than asked for: a place that is not the end has something after it.
        found = list(_between(start, end)[: at_most + 1])
        if len(found) <= at_most:
            return end
        last = found[-2]
        return Place(last.seq, _mark(last), microseconds(last.received_at), end.world)

    def files(self, start: Place, end: Place) -> list[File]:
        """The segments after `start` up to `end`, in order, wherever they have been merged to."""
        return [_file(segment) for segment in _between(start, end).select_related("merged_into")]


def _between(start: Place, end: Place) -> QuerySet[Segment]:
    return Segment.objects.filter(seq__gt=start.seq, seq__lte=end.seq).order_by("seq")


def _file(segment: Segment) -> File:
    held = segment.merged_into or segment
    path = scan_log.root() / held.path
    return File(segment.seq, microseconds(segment.received_at), str(path), segment.rows, held is not segment)


def _is_ours(place: Place) -> bool:
    """A segment that has been kept long enough may be gone, and with it its mark."""
    if not place.seq:
        return True
    segment = Segment.objects.filter(seq=place.seq).first()
    return segment is None or _mark(segment) == place.mark


def _mark(segment: Segment | None) -> str:
    if segment is None:
        return ""
    return sha256(f"{segment.batch_key} {segment.received_at.isoformat()}".encode()).hexdigest()[:16]


@lru_cache(1)
def _world(folder: Path, version: str) -> str:
    """Put the present world down, again only when something in it has changed."""
    return worlds.write(folder, grounds.read().world)

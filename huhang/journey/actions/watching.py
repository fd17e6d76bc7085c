"""The local runner: reads the log in order, folds it, and writes what it finds with how far it has read.

What it finds depends on the log and the rules only, never on when a round happens to run: before each
segment everything that ran out before the segment's arrival is raised, then the segment is folded. State
is a cache: a snapshot, or nothing, and the log after it rebuild it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from huhang.journey.actions import hit_recording, scan_log
from huhang.journey.actions.hit_recording import Recorded
from huhang.journey.models import Segment, WatchCursor
from huhang.journey.queries import ground as grounds
from huhang.journey.queries import standing
from huhang.journey.queries.ground import Ground
from huhang.journey.watch import snapshot
from huhang.journey.watch.ground import EPOCH
from huhang.journey.watch.log import FOLDED
from huhang.journey.watch.outcome import Outcome
from huhang.journey.watch.program import SECOND
from huhang.journey.watch.shard import Shard
from huhang.kit import jobs
from huhang.kit.errors import DomainError

log = logging.getLogger(__name__)

NAME = "local"
SEGMENTS_AT_ONCE = 64  # in one transaction
SNAPSHOTS_KEPT = 2


class AnotherWatchRuns(DomainError):
    """另一个护航进程已经读到更后面，本进程重新载入后再继续。"""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did. `is_behind` says that more of the log waits to be read."""

    seq: int
    segments: int
    raised: int
    cleared: int
    is_behind: bool


class Watch:
    """The state of the local runner: a shard and how far of the log is in it."""

    def __init__(self) -> None:
        self._withdrawn: set[str] = set()  # of whose hits some may have to be taken back
        self.ground = grounds.read()
        cursor = WatchCursor.objects.get_or_create(name=NAME)[0]
        self.shard, self.seq = _latest_snapshot(cursor.seq, self.ground)
        self._catch_up(cursor)

    def _catch_up(self, cursor: WatchCursor) -> None:
        """Fold what was folded before the stop; what it brought is in the database already."""
        known = Segment.objects.filter(seq__gt=self.seq, seq__lte=cursor.seq).select_related("merged_into")
        for _ in self._fold(list(known.order_by("seq"))):
            pass
        if cursor.due_until is not None:
            self.shard.due(microseconds(cursor.due_until))
        self.seq = cursor.seq
        self._withdrawn.clear()

    def refresh(self) -> bool:
        """Take changed rules, units or couriers; open hits stay open."""
        if grounds.version() == self.ground.version:
            return False
        self.ground = grounds.read()
        self.shard.learn(self.ground.world)
        return True

    def round(self, *, until: datetime | None = None) -> Round:
        """Read on, and write what was found together with the new place in the log.

        `until` stands for the present where a past is lived through again. After an exception this object is
        ahead of the database: make a new one.
        """
        now, segments = scan_log.after(self.seq, at_most=SEGMENTS_AT_ONCE)
        now = until or now
        is_behind = len(segments) == SEGMENTS_AT_ONCE
        told = list(self._fold(segments))
        if not is_behind:
            told.append((None, self.shard.due(microseconds(now))))
        recorded = self._write(told, segments, now, is_behind=is_behind)
        self.seq = segments[-1].seq if segments else self.seq
        return Round(self.seq, len(segments), len(recorded.raised), len(recorded.cleared), is_behind)

    def save(self) -> None:
        """Put a snapshot on disk, and forget all but the last two."""
        snapshot.save(_folder() / f"{self.seq:012}.watch", self.shard)
        for old in sorted(_folder().glob("*.watch"))[:-SNAPSHOTS_KEPT]:
            old.unlink(missing_ok=True)

    def _fold(self, segments: Sequence[Segment]) -> Iterator[tuple[Segment | None, Outcome]]:
        for segment, scans in scan_log.read(segments, FOLDED):
            received = microseconds(segment.received_at)
            yield None, self.shard.due(received)
            yield segment, self.shard.advance(scans, received_us=received)
            for waybill in standing.withdrawn_in(scans):
                yield None, self._fold_anew(waybill, segment)

    def _fold_anew(self, waybill: str, segment: Segment) -> Outcome:
        """A scan of this parcel was taken back: forget the parcel, and fold what stands of it."""
        self.shard.forget(waybill)
        self._withdrawn.add(waybill)
        received = microseconds(segment.received_at)
        return self.shard.advance(standing.rows_of(waybill, until=segment.received_at), received_us=received)

    @transaction.atomic
    def _write(
        self,
        told: Sequence[tuple[Segment | None, Outcome]],
        segments: Sequence[Segment],
        now: datetime,
        *,
        is_behind: bool,
    ) -> Recorded:
        cursor = WatchCursor.objects.select_for_update().get(name=NAME)
        if cursor.seq != self.seq:
            raise AnotherWatchRuns
        recorded = Recorded()
        for segment, outcome in told:
            _record(outcome, segment, self.ground, recorded, now)
        hit_recording.tell(recorded)
        for waybill in sorted(self._withdrawn):
            jobs.enqueue("journey.parcel.judge", lock=f"judge:{waybill}", waybill=waybill)
        self._withdrawn.clear()
        cursor.seq = segments[-1].seq if segments else cursor.seq
        cursor.due_until = segments[-1].received_at if is_behind else now
        cursor.save(update_fields=["seq", "due_until"])
        return recorded


def keep_on(
    stopped: Callable[[float], bool], *, pause: float, save_every: int, tell: Callable[[Round], None]
) -> None:
    """Run rounds until `stopped(seconds)` says so; snapshots every so many segments, and at the end."""
    watch = Watch()
    saved = watch.seq
    while True:
        watch.refresh()
        done = watch.round()
        tell(done)
        if watch.seq - saved >= save_every:
            watch.save()
            saved = watch.seq
        if stopped(0 if done.is_behind else pause):
            break
    if watch.seq > saved:
        watch.save()


def microseconds(at: datetime) -> int:
    """Return a moment as the kernel counts it."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def _record(
    outcome: Outcome, segment: Segment | None, ground: Ground, recorded: Recorded, now: datetime
) -> None:
    hits = list(outcome.raised())
    recorded.raised += hit_recording.record_hits(hits, ground, now=now)
    recorded.cleared += hit_recording.record_clears(list(outcome.cleared()), ground)
    if segment is not None:
        hit_recording.record_counts(outcome.counted(), ground, batch=f"segment:{segment.seq}")


def _folder() -> Path:
    return Path(settings.VAR) / "watch"


def _latest_snapshot(seq: int, ground: Ground) -> tuple[Shard, int]:
    """Return the newest readable state that is not ahead of the database, or an empty one."""
    for path in sorted(_folder().glob("*.watch"), reverse=True):
        if int(path.stem) > seq:
            continue  # the database was set back
        try:
            return snapshot.restore(path, ground.world), int(path.stem)
        except snapshot.UnreadableSnapshot as error:
            log.warning("snapshot %s is left out: %s", path.name, error)
    return Shard(ground.world), 0

"""Judging the whole log afresh, in event time: what the watch would have found had nothing come late."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from huhang.journey.actions import hit_recording, scan_log
from huhang.journey.actions.hit_recording import Recorded
from huhang.journey.actions.watching import microseconds
from huhang.journey.models import Hit, Segment
from huhang.journey.queries import ground as grounds
from huhang.journey.queries.ground import Ground
from huhang.journey.rules import withdrawn
from huhang.journey.watch import log
from huhang.journey.watch.columns import MOMENT, WITHDRAWN, keys, part_of
from huhang.journey.watch.outcome import Outcome, Raised
from huhang.journey.watch.shard import Shard

ROWS_AT_ONCE = 5_000_000  # a bigger log is judged in parts, by waybill
REMOVED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay made of the log: hits that stand, those that are new, and those that it took back."""

    scans: int
    hits: int
    new: int
    corrected: int
    taken_back: int


@transaction.atomic
def replay(*, until: datetime, announce: bool = False) -> Replayed:
    """Fold the whole log by event time up to `until` and make the table of hits say the same.

    The same log and rules give the same rows. Hits that do not stand are removed, and cases that were opened
    for them hear of it. Without `announce`, no case is opened for what is found.
    """
    ground = grounds.read(all_storms=True)
    scans, found = 0, list[Raised]()
    for part in _parts(until):
        scans += part.num_rows
        for outcome in _judge(part, until, ground):
            found += outcome.raised()
    raised = hit_recording.record_hits(found, ground, now=until)
    corrected = _correct(found, ground)
    taken_back = _take_back(found, ground, until)
    hit_recording.tell_cleared([*corrected, *taken_back])
    if announce:
        hit_recording.tell(Recorded(raised=raised))
    return Replayed(scans, len(found), len(raised), len(corrected), len(taken_back))


def _judge(scans: pa.Table, until: datetime, ground: Ground) -> Iterator[Outcome]:
    # One batch holds a parcel's whole life, so it is folded in event time, and hits come with their end.
    shard = Shard(ground.world)
    yield shard.advance(scans)
    yield shard.due(microseconds(until))


def _parts(until: datetime) -> Iterator[pa.Table]:
    segments = list(Segment.objects.filter(merged_into__isnull=True).order_by("seq"))
    parts = -(-sum(segment.rows for segment in segments) // ROWS_AT_ONCE)
    gone = _withdrawn(segments)
    for part in range(parts):
        yield pa.concat_tables(
            _before(rows, until, part, parts) for segment in segments for rows in _standing(segment, gone)
        ).unify_dictionaries()


def _withdrawn(segments: Sequence[Segment]) -> list[bytes]:
    """The identities of scans that were taken back, wherever in the log they are."""
    found: list[bytes] = []
    for segment in segments:
        for rows in log.read_parts(scan_log.root() / segment.path, ["code", "text"]):
            texts = rows["text"].filter(pc.equal(rows["code"], WITHDRAWN)).to_pylist()
            found += [bytes.fromhex(str(text)[: withdrawn.DIGITS]) for text in texts]
    return found


def _standing(segment: Segment, gone: Sequence[bytes]) -> Iterator[pa.Table]:
    """Read a segment's rows without those that were taken back, in parts: a merged one is bigger than memory."""
    for rows in log.read_parts(
        scan_log.root() / segment.path, [*log.FOLDED, *(["identity"] if gone else [])]
    ):
        if gone:
            out = pc.is_in(rows["identity"], value_set=pa.array(list(gone), rows["identity"].type))
            rows = rows.filter(pc.invert(out)).drop_columns(["identity"])
        yield rows


def _before(scans: pa.Table, until: datetime, part: int, parts: int) -> pa.Table:
    scans = scans.filter(pc.less_equal(scans["event_time"], pa.scalar(until, MOMENT)))
    if parts == 1 or not scans.num_rows:
        return scans
    return scans.filter(pa.array(part_of(*keys(scans["waybill"], {}), parts) == part))


def _correct(found: Sequence[Raised], ground: Ground) -> list[str]:
    """Give hits that were known the end that the whole log gives them; returns the parcels that changed."""
    written = hit_recording.run(
        "correct_hits",
        {
            "waybills": [hit.waybill for hit in found],
            "rules": [ground.rule_ids[hit.rule] for hit in found],
            "anchors": [hit.anchor for hit in found],
            "cleared": [hit.cleared_at for hit in found],
        },
    )
    return [hit.waybill_no for hit in written]


def _take_back(found: Sequence[Raised], ground: Ground, until: datetime) -> list[str]:
    """Remove hits that the whole log does not give; returns their parcels."""
    stand = {(hit.waybill, ground.rule_ids[hit.rule], hit.anchor) for hit in found}
    known = Hit.objects.filter(raised_at__lt=until, rule__is_enabled=True)
    wrong = [
        (pk, waybill)
        for pk, waybill, *rest in known.values_list("pk", "waybill_no", "rule_id", "anchor_at").iterator()
        if (waybill, *rest) not in stand
    ]
    for start in range(0, len(wrong), REMOVED_AT_ONCE):
        Hit.objects.filter(pk__in=[pk for pk, _ in wrong[start : start + REMOVED_AT_ONCE]]).delete()
    return [waybill for _, waybill in wrong]

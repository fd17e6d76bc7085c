"""Scans that a partner takes back: told to the log by a row of their own, and the parcel is judged again without them.

The log is never edited. What the watch had found only because of the scan is taken back, with the reason on the record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from huhang.journey.actions import hit_recording
from huhang.journey.actions.watching import microseconds
from huhang.journey.models import Hit
from huhang.journey.queries import ground as grounds
from huhang.journey.queries import standing
from huhang.journey.queries.ground import Ground
from huhang.journey.rules import withdrawn
from huhang.journey.rules.codes import Code
from huhang.journey.watch.identity import SIZE, identities
from huhang.journey.watch.outcome import Raised
from huhang.journey.watch.shard import Shard
from huhang.kit import audit, jobs

JUDGE = "journey.parcel.judge"


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging a parcel afresh changed."""

    new: int
    corrected: int
    taken_back: int


def with_withdrawals(scans: pa.Table, reasons: Sequence[str | None]) -> pa.Table:
    """Return judged scans with those that have a reason turned into their own withdrawal."""
    gone = pa.array([reason is not None for reason in reasons])
    if not pc.any(gone).as_py():
        return scans
    prints = [bytes(digest) for digest in identities(scans).to_pylist()]
    texts = [
        text if reason is None else withdrawn.text(print_, reason)
        for text, reason, print_ in zip(scans["text"].to_pylist(), reasons, prints, strict=True)
    ]
    assert all(len(print_) == SIZE for print_ in prints)
    code = pc.if_else(gone, pa.scalar(int(Code.WITHDRAWN), pa.uint8()), scans["code"])
    scans = scans.set_column(scans.column_names.index("code"), "code", code)
    return scans.set_column(scans.column_names.index("text"), "text", pa.array(texts, pa.string()))


def ask_to_judge(waybills: Iterable[str]) -> None:
    """Have parcels judged again, in the caller's transaction."""
    for waybill in sorted(set(waybills)):
        jobs.enqueue("journey.parcel.judge", lock=f"judge:{waybill}", waybill=waybill)


@transaction.atomic
def judge(*, waybill: str, now: datetime, reason: str = "scan withdrawn") -> Judged:
    """Fold the scans of a parcel that stand, in event time, and make its hits say the same; safe to run twice."""
    ground = grounds.read()
    found = _found(waybill, ground, now)
    raised = hit_recording.record_hits(found, ground, now=now)
    corrected = hit_recording.run(
        "correct_hits",
        {
            "waybills": [hit.waybill for hit in found],
            "rules": [ground.rule_ids[hit.rule] for hit in found],
            "anchors": [hit.anchor for hit in found],
            "cleared": [hit.cleared_at for hit in found],
        },
    )
    gone = _take_back(waybill, found, ground, now, reason)
    if corrected or gone:
        hit_recording.tell_cleared([waybill])
    return Judged(len(raised), len(corrected), gone)


def _found(waybill: str, ground: Ground, now: datetime) -> list[Raised]:
    shard = Shard(ground.world)
    scans = standing.rows_of(waybill)
    if not scans.num_rows:
        return []
    return [*shard.advance(scans).raised(), *shard.due(microseconds(now)).raised()]


def _take_back(waybill: str, found: Sequence[Raised], ground: Ground, now: datetime, reason: str) -> int:
    stand = {(ground.rule_ids[hit.rule], hit.anchor) for hit in found}
    known = Hit.objects.filter(waybill_no=waybill, rule__is_enabled=True, raised_at__lt=now)
    wrong = [hit for hit in known.select_related("rule") if (hit.rule_id, hit.anchor_at) not in stand]
    if not wrong:
        return 0
    before = [{"rule": hit.rule.slug, "raised_at": hit.raised_at.isoformat()} for hit in wrong]
    audit.record(
        actor="",
        verb="journey.hits.take_back",
        subject=waybill,
        now=now,
        reason=reason,
        before={"hits": before},
    )
    Hit.objects.filter(pk__in=[hit.pk for hit in wrong]).delete()
    return len(wrong)

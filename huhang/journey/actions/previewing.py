"""Previews: the last days of the log judged once more, with a change and without it. Nothing is written to hits.

A question is a row and a job; the page asks again until the answer is there. Only parcels of the last days are
read, and of a big log only every so many-th waybill.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import Sum

from huhang.journey.actions import scan_log
from huhang.journey.actions.watching import microseconds
from huhang.journey.models import Preview, Segment, Waybill
from huhang.journey.queries import ground as grounds
from huhang.journey.queries.ground import Ground
from huhang.journey.rules.preview import DAYS, SHANGHAI, Compared, Found, compare, newest, share_for
from huhang.journey.rules.storm import Storm
from huhang.journey.rules.watch import MOST_RULES, Rule, read_row
from huhang.journey.watch import log
from huhang.journey.watch.columns import MOMENT, keys, part_of
from huhang.journey.watch.layout import NEVER
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.world import World
from huhang.kit import jobs
from huhang.network.models import Person

# Days before the span, so that what parcels went through before it is known.
LEAD = timedelta(days=8)
ROWS_AT_MOST = 1_000_000
ROWS_AT_ONCE = 262_144
FRESH = timedelta(minutes=10)  # an answer is given again for so long
STUCK = timedelta(minutes=15)  # the worker died with its database: ask anew
KEPT = timedelta(days=1)
UNITS_SHOWN, SAMPLES_SHOWN, UNITS_LOOKED_UP = 30, 12, 5_000
READ_SHARE = 80  # per cent of the work
Tell = Callable[[int], None]


class NotAwaited(Exception):
    """The question was withdrawn while it was worked out."""


def ask_rule(
    *, draft: Mapping[str, Any], saved: Mapping[str, Any] | None, by: Person | None = None, now: datetime
) -> Preview:
    """Ask what the edited rule would have raised beside the saved one; both as rows of `rules.watch`."""
    return _ask({"about": "rule", "draft": dict(draft), "saved": dict(saved) if saved else None}, by, now)


def ask_storm(
    *, path: str, starts_at: datetime, ends_at: datetime, extra_minutes: int, instead_of: int = 0,
    by: Person | None = None, now: datetime,
) -> Preview:  # fmt: skip
    """Ask how many limits a storm would move, and how many hits it would have spared; `instead_of` is changed by it."""
    asked = {"path": path, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    return _ask({"about": "storm", "extra_minutes": extra_minutes, "instead_of": instead_of} | asked, by, now)


@transaction.atomic
def _ask(asked: dict[str, Any], by: Person | None, now: datetime) -> Preview:
    plain = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
    key = hashlib.sha256(plain.encode()).hexdigest()
    _withdraw_others(key, by)
    whose = {"by": by.pk if by else None}
    known, is_new = Preview.objects.select_for_update().get_or_create(
        key=key, defaults={"asked": json.loads(plain) | whose, "asked_at": now}
    )
    age = now - known.asked_at
    if is_new or age > (FRESH if known.answered_at else STUCK):
        known.asked_at, known.progress, known.answer, known.answered_at = now, 0, None, None
        known.save()
        # One at a time: a preview must not take the machine from those who work.
        jobs.enqueue("journey.preview.answer", lock="journey.preview", preview_id=known.pk)
    return known


def _withdraw_others(key: str, by: Person | None) -> None:
    """One person waits for one answer: whoever goes on typing must not fill the queue of all."""
    if by is not None:
        Preview.objects.filter(asked__by=by.pk, answered_at__isnull=True).exclude(key=key).delete()


def answer(*, preview_id: int, now: datetime) -> None:
    """Work a preview out; safe to run twice."""
    preview = Preview.objects.filter(pk=preview_id, answer__isnull=True).first()
    if preview is None:
        return

    def tell(progress: int) -> None:
        if not Preview.objects.filter(pk=preview_id).update(progress=progress):
            raise NotAwaited

    work_out = _answer_rule if preview.asked["about"] == "rule" else _answer_storm
    try:
        found = work_out(preview.asked, preview.asked_at, tell)
    except NotAwaited:
        return
    Preview.objects.filter(pk=preview_id).update(answer=found, answered_at=now, progress=100)


def forget_old(*, now: datetime) -> int:
    """Remove answers that nobody waits for any more."""
    return Preview.objects.filter(asked_at__lt=now - KEPT).delete()[0]


def _answer_rule(asked: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    since = now - timedelta(days=DAYS)
    scans, share = _scans(since - LEAD, now, tell)
    ground = grounds.read()
    saved, draft = _pair(asked)
    raised = _judge(scans, replace(ground.world, rules=tuple(rule for rule in (saved, draft) if rule)), now)
    numbers = [rule.number if rule else -1 for rule in (saved, draft)]
    before, after = ([hit for rule, hit in raised if rule == number] for number in numbers)
    before, after = _placed(before, ground), _placed(after, ground)
    told = compare(before, after, since=since)
    return _rule_told(told, since, now) | {"share": share, "rows": scans.num_rows}


def _pair(asked: dict[str, Any]) -> tuple[Rule | None, Rule]:
    """The saved rule if it watches now, and the draft as if it did, under a number of its own."""
    saved = read_row(asked["saved"]) if asked["saved"] else None
    draft = read_row(asked["draft"])
    number = (draft.number + 1) % MOST_RULES
    return saved if saved and saved.enabled else None, replace(draft, number=number, enabled=True)


def _rule_told(told: Compared, since: datetime, now: datetime) -> dict[str, Any]:
    first, last = (at.astimezone(SHANGHAI).date() for at in (since, now))
    units = told.by_unit()
    return {
        "before": len(told.before), "after": len(told.after), "added": len(told.added),
        "removed": len(told.removed), "moved": told.moved,
        "days": [[row.key, row.before, row.after] for row in told.by_day(first, last)],
        "units": [[row.key, row.before, row.after] for row in units[:UNITS_SHOWN]],
        "more_units": max(0, len(units) - UNITS_SHOWN),
        "new": _samples(told.added), "gone": _samples(told.removed), "kept": _samples(told.after),
    }  # fmt: skip


def _samples(hits: tuple[Found, ...]) -> list[dict[str, str]]:
    return [
        {"waybill": hit.waybill, "at": hit.raised_at.isoformat(), "unit": hit.unit}
        for hit in newest(hits, SAMPLES_SHOWN)
    ]


def _answer_storm(asked: dict[str, Any], now: datetime, tell: Tell) -> dict[str, Any]:
    extra = timedelta(minutes=asked["extra_minutes"])
    # As if it had held for the week that ended so long ago: every limit that it moves has run out by now.
    until, since = now - extra, now - extra - timedelta(days=DAYS)
    scans, share = _scans(since - LEAD, now, tell)
    world = _without(grounds.read().world, asked["instead_of"])
    starts_at, ends_at = (datetime.fromisoformat(asked[name]) for name in ("starts_at", "ends_at"))
    storm = Storm(
        id=0, path=asked["path"], starts_at=starts_at, ends_at=ends_at, extra_minutes=asked["extra_minutes"]
    )
    past = replace(storm, starts_at=since, ends_at=until)
    calm = dict(_in_span(_judge(scans, world, now), since, until))
    stormy = {key for key, _ in _troubles(_judge(scans, replace(world, storms=(*world.storms, past)), now))}
    there = sum(world.place(hit.unit).path.startswith(storm.path) for hit in calm.values())
    return {
        "open": _moved(scans, world, storm, now), "hits": there, "spared": len(calm.keys() - stormy),
        "share": share, "rows": scans.num_rows,
    }  # fmt: skip


def _without(world: World, storm_id: int) -> World:
    return replace(world, storms=tuple(storm for storm in world.storms if storm.id != storm_id))


def _moved(scans: pa.Table, world: World, storm: Storm, now: datetime) -> int:
    """How many parcels on their way get their next limit later."""
    shard = Shard(world)
    shard.advance(scans)
    shard.due(microseconds(now))
    before = shard.deadlines.copy()
    shard.learn(replace(world, storms=(*world.storms, storm)))
    return int(np.count_nonzero((before != shard.deadlines) & (before != NEVER)))


def _in_span(
    raised: Iterable[tuple[int, Found]], since: datetime, until: datetime
) -> Iterator[tuple[tuple[object, ...], Found]]:
    return ((key, hit) for key, hit in _troubles(raised) if since <= hit.raised_at < until)


def _troubles(raised: Iterable[tuple[int, Found]]) -> Iterator[tuple[tuple[object, ...], Found]]:
    return (((rule, *hit.trouble), hit) for rule, hit in raised)


def _judge(scans: pa.Table, world: World, now: datetime) -> list[tuple[int, Found]]:
    """Every hit that these scans give up to now, by the number of its rule; the unit is the node's code."""
    shard = Shard(world)
    outcomes = (shard.advance(scans), shard.due(microseconds(now)))
    return [
        (hit.rule, Found(hit.waybill, hit.anchor, hit.raised_at, hit.node))
        for outcome in outcomes
        for hit in outcome.raised()
    ]


def _scans(since: datetime, until: datetime, tell: Tell) -> tuple[pa.Table, int]:
    """The rows received and made in this span, of one waybill in so many."""
    received = Segment.objects.filter(received_at__gte=since)
    share = share_for(received.filter(seq__gt=0).aggregate(rows=Sum("rows"))["rows"] or 0, ROWS_AT_MOST)
    files = list(received.filter(merged_into__isnull=True).order_by("seq"))
    whole, done = sum(file.rows for file in files), 0
    parts = [log.SCHEMA.empty_table().select(log.FOLDED)]
    for file in files:
        for part in _parts(scan_log.root() / file.path):
            parts.append(_chosen(part, since, until, share).cast(parts[0].schema))
            done += part.num_rows
            tell(READ_SHARE * done // max(whole, 1))
    return pa.concat_tables(parts), share


def _parts(path: Path) -> Iterator[pa.Table]:
    """A merged file may hold a hundred million rows: never all of them at once."""
    with pq.ParquetFile(path) as file:
        for part in file.iter_batches(ROWS_AT_ONCE, columns=log.FOLDED):
            yield pa.Table.from_batches([part])


def _chosen(scans: pa.Table, since: datetime, until: datetime, share: int) -> pa.Table:
    at = scans["event_time"]
    in_span = pc.and_(
        pc.greater_equal(at, pa.scalar(since, MOMENT)), pc.less_equal(at, pa.scalar(until, MOMENT))
    )
    scans = scans.filter(in_span)
    if share == 1 or not scans.num_rows:
        return scans
    return scans.filter(pa.array(part_of(*keys(scans["waybill"], {}), share) == 0))


def _placed(hits: list[Found], ground: Ground) -> list[Found]:
    """Hits whose node is no unit of ours belong to the unit that delivers the parcel, as when they are recorded."""
    unknown = sorted({hit.waybill for hit in hits if hit.unit not in ground.units})[:UNITS_LOOKED_UP]
    found = Waybill.objects.filter(no__in=unknown, dest__isnull=False).values_list("no", "dest__code")
    units = dict(found) if unknown else {}
    return [
        hit if hit.unit in ground.units else replace(hit, unit=units.get(hit.waybill, "")) for hit in hits
    ]

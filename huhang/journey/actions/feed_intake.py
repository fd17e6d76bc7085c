"""What partners pushed enters the log: read, judged, only what is new, once, even when the worker dies in between."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.db.models.functions import Length

from huhang.journey.actions import (
    feed_reading,
    intake_counts,
    known_traces,
    parking,
    scan_log,
    withdrawing,
)
from huhang.journey.actions.feed_reading import Reading, Row
from huhang.journey.actions.intake_counts import Counted
from huhang.journey.actions.parking import Aside
from huhang.journey.feeds import times, words
from huhang.journey.feeds.bodies import MEGABYTE
from huhang.journey.models import Parked, Push, Segment
from huhang.journey.queries import feed_words
from huhang.journey.queries.feed_words import Dictionary
from huhang.journey.rules import intake
from huhang.journey.rules.feeds import ParkedState, What
from huhang.journey.rules.intake import Refusal, Terms

# One worker at a time works pushes in: two could not know of each other what is new.
INTAKE_LOCK = 0x4855_0203
PUSHES_AT_ONCE = 500
BYTES_AT_ONCE = 16 * MEGABYTE
ROUNDS = 50
ERRORS_TOLD = 100
SHOWN = 200
# What reading a stranger's content may end in, though every reader checks what it takes.
BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError)

log = logging.getLogger(__name__)


@dataclass
class Batch:
    """Rows of several messages of one source, on their way into the log; `owner` says whose a row is."""

    source: str
    rows: list[Row] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    asides: list[tuple[int, int, Aside]] = field(default_factory=list)

    def take(self, owner: int, reading: Reading) -> None:
        self.rows += reading.rows
        self.owner += [owner] * len(reading.rows)
        self.asides += [(owner, place, aside) for place, aside in reading.asides]


@dataclass
class Entered:
    """What became of a batch, message by message."""

    accepted: dict[int, int] = field(default_factory=dict)
    doubled: dict[int, int] = field(default_factory=dict)
    withdrawn: dict[int, int] = field(default_factory=dict)
    errors: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def as_result(self, owner: int) -> dict[str, Any]:
        return {
            "accepted": self.accepted.get(owner, 0),
            "doubled": self.doubled.get(owner, 0),
            "withdrawn": self.withdrawn.get(owner, 0),
            "errors": self.errors.get(owner, [])[:ERRORS_TOLD],
        }


def work_all_in(*, now: datetime, waits: bool = False) -> int:
    """Let everything that waits enter, or nearly; a message that breaks the reader is put aside, the others go on.

    `waits` for a worker that is at it, so that what was kept before has entered when this returns.
    """
    done = 0
    for _ in range(ROUNDS):
        try:
            new = work_in(now=now, waits=waits)
        except BROKEN:
            log.exception("a batch of pushes could not be read; going on one by one")
            new = _one_by_one(now)
        if not new:
            break
        done += new
    return done


def _one_by_one(now: datetime) -> int:
    try:
        return work_in(now=now, at_most=1)
    except BROKEN as error:
        return _put_poison_aside(str(error), now)


@transaction.atomic
def _put_poison_aside(said: str, now: datetime) -> int:
    if not _is_ours():
        return 0
    for push in _next(1):
        log.error("push %s of %s cannot be read: %s", push.pk, push.source, said)
        raw = parking.readable(bytes(push.body))
        parking.put(push.source, [Aside("bad_event", said[:SHOWN], raw=raw)], at=now)
        intake_counts.refused_whole(push.source, "bad_event", at=now)
        push.processed_at = now
        push.result = {"accepted": 0, "errors": [{"event": 0, "code": "bad_event", "reason": said[:SHOWN]}]}
        push.save(update_fields=["processed_at", "result"])
    return 1


@transaction.atomic
def work_in(*, now: datetime, at_most: int = PUSHES_AT_ONCE, waits: bool = False) -> int:
    """Let waiting messages of one source enter; returns how many, 0 when none waits or another worker is at it."""
    if waits:
        _wait_until_ours()
    elif not _is_ours():
        return 0
    pushes = _next(at_most)
    if not pushes:
        return 0
    dictionary, batch = feed_words.read(), Batch(pushes[0].source)
    for push in pushes:
        default = push.account.carrier if push.account else ""
        batch.take(push.pk, feed_reading.read(push.kind, bytes(push.body), dictionary, carrier=default))
    key = f"push:{batch.source}:{pushes[0].pk}-{pushes[-1].pk}"
    entered = enter(batch, key=key, now=now)
    for push in pushes:
        push.processed_at, push.result = now, entered.as_result(push.pk)
    Push.objects.bulk_update(pushes, ["processed_at", "result"])
    return len(pushes)


@transaction.atomic
def try_again(*, ids: Sequence[int], by: str, now: datetime) -> tuple[int, int]:
    """Let what was put aside enter, now that its cause may be mended; returns how many entered, and how many not."""
    _wait_until_ours()
    rows = list(
        Parked.objects.select_for_update()
        .filter(pk__in=ids, state=ParkedState.PARKED)
        .order_by("source", "pk")
    )
    done = 0
    for source in dict.fromkeys(row.source for row in rows):
        mine = [row for row in rows if row.source == source]
        done += _again(source, mine, feed_words.read(), by=by, now=now)
    return done, len(rows) - done


def _again(source: str, rows: list[Parked], dictionary: Dictionary, *, by: str, now: datetime) -> int:
    batch, failed = Batch(source), set()
    for row in rows:
        reading = feed_reading.read_again(row.again, dictionary)
        batch.take(row.pk, Reading(rows=reading.rows))
        if reading.asides:
            failed.add(row.pk)
    named = hashlib.sha256(repr([row.pk for row in rows]).encode()).hexdigest()[:16]
    key = f"again:{source}:{named}:{now:%Y%m%d%H%M%S%f}"
    entered = enter(batch, key=key, now=now, is_again=True)
    failed |= set(entered.errors)
    well = [row for row in rows if row.pk not in failed]
    for row in well:
        row.state, row.settled_at, row.settled_by = ParkedState.ENTERED, now, by
    Parked.objects.bulk_update(well, ["state", "settled_at", "settled_by"])
    return len(well)


def enter(batch: Batch, *, key: str, now: datetime, is_again: bool = False) -> Entered:
    """Write what is new of a batch to the log, put the rest aside, count all of it; in the caller's transaction."""
    done = Entered()
    told = known_traces.Told(batch.source, batch.rows)
    for place in told.doubled:
        _one_more(done.doubled, batch.owner[place])
    checked = intake.check(
        _table([batch.rows[place] for place in told.fresh]), _terms(batch.source), now=now, numbers=told.fresh
    )
    bad = {refusal.row: refusal for refusal in reversed(checked.refused)}
    good = [place for place in told.fresh if place not in bad]
    _append(batch, good, checked.good, done, key)
    told.remember(good, now=now)
    _put_aside(batch, bad, done, now=now, is_again=is_again)
    return done


def _append(batch: Batch, good: list[int], scans: pa.Table, done: Entered, key: str) -> Segment | None:
    if not good:
        return None
    taken_back = [batch.rows[place].taken_back for place in good]
    for place, declared in zip(good, taken_back, strict=True):
        _one_more(done.withdrawn if declared else done.accepted, batch.owner[place])
    table = withdrawing.with_withdrawals(scans, [d.reason if d else None for d in taken_back])
    segment = scan_log.append(table, batch_key=key[:200], source=batch.source)
    withdrawing.ask_to_judge(
        batch.rows[place].columns["waybill"]
        for place, declared in zip(good, taken_back, strict=True)
        if declared
    )
    return segment


def _put_aside(
    batch: Batch, bad: dict[int, Refusal], done: Entered, *, now: datetime, is_again: bool
) -> None:
    """Rows that are still told but were put aside before count as doubled: full lists repeat them each time."""
    asides = [
        (batch.owner[place], batch.rows[place].place, _aside(batch.rows[place], why))
        for place, why in bad.items()
    ]
    asides += batch.asides
    for owner, place, aside in asides:
        error = {"event": place, "code": str(aside.reason), "reason": parking.sentence(aside)}
        done.errors.setdefault(owner, []).append(error)
    if is_again:
        return
    new = parking.put(batch.source, [aside for _, _, aside in asides], at=now)
    counts = [_counted(reason, found) for reason, found in new.items()]
    parked = sum(count.amount for count in counts)
    doubled = sum(done.doubled.values()) + len(asides) - parked
    counts += [Counted(What.DOUBLED, doubled), Counted(What.RECEIVED, parked + doubled)]
    intake_counts.add(batch.source, counts, at=now)


def _counted(reason: str, asides: list[Aside]) -> Counted:
    return Counted(What.PARKED if asides[0].again else What.REFUSED, len(asides), str(reason))


def _aside(row: Row, why: Refusal) -> Aside:
    return Aside(why.code, why.value, row.columns["waybill"], row.raw, row.again)


def _table(rows: list[Row]) -> pa.Table:
    names = ("waybill", "carrier", "code", "reason", "event_time", "node", "operator", "text")
    return pa.table(
        {name: pa.array([row.columns.get(name, "") for row in rows], pa.string()) for name in names}
    )


def _terms(source: str) -> Terms:
    return Terms(source=source, meaning=words.by_carrier, moment=times.moment, is_live=True)


def _one_more(counts: dict[int, int], owner: int) -> None:
    counts[owner] = counts.get(owner, 0) + 1


# --- turns -------------------------------------------------------------------------------------------


def _next(at_most: int) -> list[Push]:
    """The oldest waiting messages of one source, as many as memory easily holds."""
    waiting = Push.objects.filter(processed_at__isnull=True).order_by("pk")
    first = waiting.first()
    if first is None:
        return []
    sizes = waiting.filter(source=first.source).values_list("pk", Length("body"))[:at_most]
    chosen: list[int] = []
    total = 0
    for pk, size in sizes:
        if chosen and total + size > BYTES_AT_ONCE:
            break
        chosen.append(pk)
        total += size
    return list(Push.objects.filter(pk__in=chosen).select_related("account").order_by("pk"))


def _is_ours() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [INTAKE_LOCK])
        return bool(cursor.fetchone()[0])


def _wait_until_ours() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INTAKE_LOCK])

"""Keeps what a shard tells, as the database does: hits once, clears on the one open hit."""

from collections import Counter
from datetime import datetime

import pyarrow as pa

from huhang.journey.rules.codes import Code
from huhang.journey.watch.outcome import Outcome
from huhang.journey.watch.shard import Shard
from tests.journey.watch.plain import PlainHit, Scan
from tests.journey.watch.scans import WORLD, table, us


class Book:
    """A shard and everything that it has told so far."""

    def __init__(self, shard: Shard | None = None) -> None:
        self.shard = Shard(WORLD) if shard is None else shard
        self.hits: dict[PlainHit, datetime | None] = {}
        self.counts: Counter[tuple[Code, str, datetime]] = Counter()

    def advance(self, scans: list[Scan], received_at: datetime | None = None) -> None:
        self.write(self.shard.advance(table(scans), received_us=us(received_at) if received_at else None))

    def advance_table(self, scans: pa.Table) -> None:
        self.write(self.shard.advance(scans))

    def due(self, now: datetime) -> None:
        self.write(self.shard.due(us(now)))

    def write(self, outcome: Outcome) -> None:
        open_ones = {(hit.waybill, hit.rule): hit for hit, at in self.hits.items() if at is None}
        for raised in outcome.raised():
            hit = PlainHit(
                raised.waybill,
                raised.rule,
                raised.anchor,
                raised.raised_at,
                raised.node,
                raised.operator,
                raised.previous,
            )
            if self.hits.setdefault(hit, raised.cleared_at) is None:
                self.hits[hit] = raised.cleared_at
        for cleared in outcome.cleared():
            hit_then = open_ones.get((cleared.waybill, cleared.rule))
            if hit_then is not None:
                self.hits[hit_then] = cleared.cleared_at
        for count in outcome.counted():
            self.counts[count.code, count.node, count.minute] += count.amount

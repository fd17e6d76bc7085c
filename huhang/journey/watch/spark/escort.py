"""A shard of the watch as a stateful processor of Spark.

The store holds the shard's last dump and the bundles folded since then, so that a micro-batch writes as much
as it brings, not as much as the shard holds. The shard itself stays in the memory of the Python process that
folded it last; whether that one is the store's is told by a token which is committed with the state.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from pyspark.sql import Row
from pyspark.sql.streaming.stateful_processor import StatefulProcessor, StatefulProcessorHandle

from huhang.journey.watch import snapshot
from huhang.journey.watch.layout import NEVER
from huhang.journey.watch.outcome import Outcome
from huhang.journey.watch.program import SECOND
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.spark import worlds
from huhang.journey.watch.spark.bundles import unpack
from huhang.journey.watch.spark.told import Step, packed

WORTH_A_DUMP = 1 << 20  # bytes of bundles
PARCELS_AT_HAND = 4_000_000  # kept in one process


class Held(NamedTuple):
    """What the store says of a shard besides its content."""

    seq: int  # folded so far
    tick: int  # raised so far
    world: str
    token: str
    due: int  # nothing runs out before this second
    dump: int  # bytes of the last dump
    tail: int  # bytes of bundles since then


class StateIsElsewhere(Exception):
    """The state of a shard is not at the place where the micro-batch begins: the checkpoint is damaged."""


HELD = "seq BIGINT, tick BIGINT, world STRING, token STRING, due BIGINT, dump BIGINT, tail BIGINT"
NOTHING = Held(0, 0, "", "", 0, 0, 0)
# What this process folded last of each shard, and the token of the state that it is.
_at_hand: dict[int, tuple[str, Shard]] = {}


class Escort(StatefulProcessor):
    """Folds what comes for a shard, in the order of the log, and tells what it found."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def init(self, handle: StatefulProcessorHandle) -> None:
        """Name the parts of the state."""
        self.held = handle.getValueState("held", HELD)
        self.dump = handle.getValueState("dump", "content BINARY")
        self.tail = handle.getListState("tail", "seq BIGINT, at BIGINT, scans BINARY")

    def handleInputRows(  # noqa: N802  # Spark's name
        self,
        key: Any,
        rows: Iterator[Row],
        timerValues: Any,  # noqa: N803
    ) -> Iterator[Row]:
        """Fold one micro-batch's bundles and raise what ran out."""
        *bundles, sweep = sorted(rows, key=lambda row: row.seq)
        held = Held(*(self.held.get() or NOTHING))
        if held.seq != sweep.start:
            raise StateIsElsewhere(
                f"shard {key[0]} is at {held.seq}, the micro-batch begins at {sweep.start}"
            )
        told: list[tuple[Step, Outcome]] = []
        if bundles or sweep.world != held.world or sweep.at >= held.due * SECOND:
            held, told = self._fold(key[0], held, bundles, sweep)
        self.held.update(held._replace(seq=sweep.seq - 1, tick=sweep.at))
        hits, clears, counts = packed(told)
        yield Row(
            shard=key[0],
            start=sweep.start,
            seq=sweep.seq - 1,
            at=sweep.at,
            hits=hits,
            clears=clears,
            counts=counts,
        )

    def _fold(
        self, key: int, held: Held, bundles: list[Row], sweep: Row
    ) -> tuple[Held, list[tuple[Step, Outcome]]]:
        shard = self._shard(key, held, sweep.world)
        told = list(folded(shard, bundles))
        told.append((Step(sweep.seq, False), shard.due(sweep.at)))
        held = held._replace(token=uuid4().hex, due=_soonest(shard))
        _keep(key, held.token, shard)
        brought = sum(len(bundle.scans) for bundle in bundles)
        if sweep.world != held.world or held.tail + brought > max(WORTH_A_DUMP, held.dump // 2):
            return self._write_dump(held._replace(world=sweep.world), shard), told
        if bundles:
            self.tail.appendList([(bundle.seq, bundle.at, bundle.scans) for bundle in bundles])
        return held._replace(tail=held.tail + brought), told

    def _shard(self, key: int, held: Held, world: str) -> Shard:
        now = worlds.read(Path(self.folder), world)
        if held == NOTHING:
            return Shard(now)
        token, shard = _at_hand.pop(key, ("", None))
        if shard is None or token != held.token:
            shard = self._rebuilt(held)
        if world != held.world:
            shard.learn(now)
        return shard

    def _rebuilt(self, held: Held) -> Shard:
        """Return the shard as the store has it: the dump, and after it the bundles once more."""
        world = worlds.read(Path(self.folder), held.world)
        dump = self.dump.get()
        shard = snapshot.load(dump[0], world) if dump else Shard(world)
        for _ in folded(shard, [Row(seq=seq, at=at, scans=scans) for seq, at, scans in self.tail.get()]):
            pass
        shard.due(held.tick)
        return shard

    def _write_dump(self, held: Held, shard: Shard) -> Held:
        content = snapshot.dump(shard)
        self.dump.update((content,))
        self.tail.clear()
        return held._replace(dump=len(content), tail=0)


def folded(shard: Shard, bundles: Iterable[Row]) -> Iterator[tuple[Step, Outcome]]:
    """Do what the local runner does: before each segment raise what ran out, then fold the segment."""
    for bundle in bundles:
        yield Step(bundle.seq, False), shard.due(bundle.at)
        yield Step(bundle.seq, True), shard.advance(unpack(bundle.scans), received_us=bundle.at)


def _soonest(shard: Shard) -> int:
    _, deadlines = shard.held()
    return int(deadlines.min(initial=NEVER))


def _keep(key: int, token: str, shard: Shard) -> None:
    _at_hand[key] = token, shard
    while len(_at_hand) > 1 and sum(len(kept) for _, kept in _at_hand.values()) > PARCELS_AT_HAND:
        _at_hand.pop(next(iter(_at_hand)))

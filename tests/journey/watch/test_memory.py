"""What a parcel costs in memory, at every size on the way up: bytes are counted, not seconds."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from huhang.journey.rules.codes import Code
from huhang.journey.watch import snapshot
from huhang.journey.watch.layout import PACKED
from huhang.journey.watch.program import DAY
from huhang.journey.watch.shard import KEEP_OPEN_DAYS, Shard
from tests.journey.watch.scans import MOMENT, WORLD, us

START = us(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
PROMISED = 64
AT_ONCE = 1_013


def arrivals(first: int, count: int, *, day: int = 0) -> pa.Table:
    """New parcels at a hub, one row each."""
    told = [f"YT{8_800_000_000_000 + number}" for number in range(first, first + count)]
    nothing = pa.nulls(count, pa.string())
    return pa.table(
        {
            "waybill": pa.array(told, pa.string()),
            "code": pa.array(np.full(count, Code.ARRIVED), pa.uint8()),
            "event_time": pa.array(np.full(count, START + day * DAY), pa.int64()).cast(MOMENT),
            "node": pa.array(["SZ-HUB"] * count, pa.string()),
            "operator": nothing,
            "promised_at": pa.nulls(count, MOMENT),
            "product": nothing,
            "origin": nothing,
            "dest": nothing,
            "flags": pa.nulls(count, pa.uint8()),
        }
    )


@pytest.fixture(scope="module")
def costs() -> dict[int, float]:
    """Bytes a parcel, after every batch until a hundred thousand are in flight."""
    shard, found = Shard(WORLD), {}
    while len(shard) < 100_000:
        shard.advance(arrivals(len(shard), AT_ONCE))
        found[len(shard)] = shard.nbytes / len(shard)
    return found


def test_a_parcel_takes_at_most_64_bytes_at_every_size(costs: dict[int, float]) -> None:
    worst = max((cost, size) for size, cost in costs.items() if size >= 10_000)
    assert worst[0] <= PROMISED, f"{worst[0]:.2f} bytes at {worst[1]} parcels"


def test_everything_is_counted() -> None:
    shard = Shard(WORLD)
    shard.advance(arrivals(0, 5_000))
    kept = [value for value in vars(shard).values() if isinstance(value, np.ndarray) and len(value) > 1]
    assert sum(array.nbytes for array in kept) == shard.nbytes


def test_what_is_forgotten_gives_its_memory_back() -> None:
    shard = Shard(WORLD)
    shard.advance(arrivals(0, 20_000))
    shard.advance(arrivals(20_000, 12_000, day=KEEP_OPEN_DAYS + 1))
    assert len(shard) == 12_000
    assert shard.nbytes / len(shard) <= PROMISED
    assert shard.advance(arrivals(20_000, 10, day=KEEP_OPEN_DAYS + 1)).hits.num_rows == 0
    assert len(shard) == 12_000


def test_a_small_shard_is_a_small_dump() -> None:
    shard = Shard(WORLD)
    shard.advance(arrivals(0, 1_000))
    assert len(snapshot.dump(shard)) < 1_000 * (PACKED.itemsize + 4) + 8_000


def test_a_record_is_as_long_as_is_said() -> None:
    assert PACKED.itemsize == 53

"""The scan log as its keeper sees it: files by size, how old, what was removed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from huhang.journey.models import Removal, Segment
from huhang.journey.queries import manifest
from huhang.journey.watch import waybill_index

SIZES = (("小于 1 万", 10_000), ("小于 100 万", 1_000_000), ("小于 1000 万", 10_000_000), ("更大", None))


@dataclass(frozen=True, slots=True)
class Level:
    """Files of about one size; `fresh` of them are as they arrived, `unindexed` are searched."""

    name: str
    files: int
    fresh: int
    unindexed: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class State:
    """What the log consists of. `lost` are files that the manifest names and nobody finds."""

    levels: list[Level]
    lost: list[str]
    oldest_at: datetime | None
    removed_rows: int
    removed_until: datetime | None


def state() -> State:
    rows = list(Segment.objects.filter(merged_into=None).values_list("path", "rows", "seq", "received_at"))
    sizes = {path: _bytes(path) for path, *_ in rows}
    levels, known = [], 0
    for name, most in SIZES:
        of_size = [row for row in rows if row[1] >= known and (most is None or row[1] < most)]
        levels.append(_level(name, [(path, count, seq) for path, count, seq, _ in of_size], sizes))
        known = most or 0
    removed = Removal.objects.aggregate(rows=Sum("rows"))["rows"] or 0
    last = Removal.objects.order_by("-last_received_at").first()
    first = Segment.objects.filter(seq__gt=0).order_by("received_at").first()
    return State(
        levels=levels,
        lost=[path for path, size in sizes.items() if size is None],
        oldest_at=first.received_at if first else None,
        removed_rows=removed,
        removed_until=last.last_received_at if last else None,
    )


def _level(name: str, rows: list[tuple[str, int, int]], sizes: dict[str, int | None]) -> Level:
    merged = [path for path, _, seq in rows if seq < 0]
    return Level(
        name=name,
        files=len(rows),
        fresh=len(rows) - len(merged),
        unindexed=sum(not waybill_index.path_of(manifest.root() / path).exists() for path in merged),
        rows=sum(count for _, count, _ in rows),
        bytes=sum(sizes[path] or 0 for path, *_ in rows),
    )


def _bytes(path: str) -> int | None:
    try:
        return (manifest.root() / path).stat().st_size
    except FileNotFoundError:
        return None

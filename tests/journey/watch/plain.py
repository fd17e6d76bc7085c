"""What the plain watch is made of: scans, hits, and how time and life are read, by the words of decision 0010."""

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from huhang.journey.rules.codes import FINAL_CODES, SIGNED_CODES, Code
from huhang.journey.rules.watch import STAGE_CODES, Rule
from huhang.journey.watch.program import LIFE_ORDER, UNSIGNING_CODES
from huhang.journey.watch.world import Place, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND = timedelta(seconds=1)
Way = tuple[str, str, str]


class Facts(NamedTuple):
    """What a registration tells; None is not told."""

    promised_at: datetime | None = None
    product: str | None = None
    origin: str | None = None
    dest: str | None = None
    flags: int | None = None


class Scan(NamedTuple):
    waybill: str
    code: Code
    at: datetime
    node: str = ""
    operator: str = ""
    facts: Facts | None = None


class PlainHit(NamedTuple):
    waybill: str
    rule: int
    anchor: datetime
    raised_at: datetime
    node: str
    operator: str
    previous: str


class Registered(NamedTuple):
    """What is registered, as chosen from the world of that moment."""

    product: str = ""
    origin: str = ""  # provinces
    dest: str = ""
    flags: frozenset[str] = frozenset()
    way: Way | None = None
    cities: frozenset[str] = frozenset()


@dataclass
class Parcel:
    waybill: str
    stage: Scan | None = None
    seen: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    open: dict[int, PlainHit] = field(default_factory=dict)
    mendable: set[int] = field(default_factory=set)  # SKIPPED hits whose scan still is the stage
    promised_at: datetime | None = None
    registered: Registered = field(default_factory=lambda: Registered())
    consent: bool = False
    picked: tuple[datetime, str] | None = None
    came_from: str = ""
    counted_out: bool = False
    day: int = 0

    @property
    def is_final(self) -> bool:
        return self.stage is not None and self.stage.code in FINAL_CODES


def planned_way(world: World, product: str, origin: str, dest: str) -> Way | None:
    """The product's own route before one for all, then the nearest ends, then the nearer destination."""
    found = []
    for start, end, kind in world.routes:
        up_from, up_to = _units(world.place(origin), origin), _units(world.place(dest), dest)
        if kind in ("", product) and start in up_from and end in up_to:
            i, j = up_from.index(start), up_to.index(end)
            found.append((kind != product, i + j, j, (start, end, kind)))
    return min(found)[-1] if found else None


def _units(place: Place, code: str) -> list[str]:
    """A unit and all that it belongs to, the nearest first."""
    return place.path.strip("/").split("/")[::-1] if place.path else [code]


def life(scan: Scan) -> tuple[datetime, int, int, int]:
    return scan.at, LIFE_ORDER.index(scan.code), _order(scan.node), _order(scan.operator)


def _order(name: str) -> int:
    return zlib.crc32(name.encode()) if name else -1


def put_right_by(rule: Rule) -> frozenset[Code]:
    return (rule.expects or STAGE_CODES) | FINAL_CODES


def undone_by(final: Code) -> frozenset[Code]:
    if final in SIGNED_CODES:
        return UNSIGNING_CODES
    return STAGE_CODES - {Code.CANCELLED} if final is Code.CANCELLED else frozenset()


def unmoved_limit(rule: Rule, at: datetime) -> datetime:
    if rule.within_minutes is not None:
        return at + timedelta(minutes=rule.within_minutes)
    assert rule.by_time
    local = at.astimezone(SHANGHAI)
    limit = datetime.combine(local.date(), rule.by_time, SHANGHAI) + timedelta(days=rule.days)
    return limit if limit > at else limit + timedelta(days=1)


def day_of(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)).days


def floored(scan: Scan) -> Scan:
    return scan._replace(at=second_of(scan.at))


def minute_of(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def second_of(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def ceiled(at: datetime) -> datetime:
    return at if at.microsecond == 0 else second_of(at) + SECOND

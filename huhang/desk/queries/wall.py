"""The SOS wall: live cases of one level, unit by unit, ordered by time left.

What burns is always read at the moment of the look. How many cases there are is counted then, too, as long as they
are few; of many, workers count every few seconds while somebody looks, and the wall says as of when.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from huhang.desk.models import Step, Ticket, WallCount
from huhang.desk.models.ticket import TicketQuerySet
from huhang.desk.queries.tickets import visible
from huhang.desk.rules.kinds import State, StepState
from huhang.kit.errors import NotFound
from huhang.network.models import NothingBuilt, OrgUnit, Person
from huhang.network.models.scope import under

SHOWN = 40
SOON = timedelta(minutes=10)
# Up to so many tiles leave room below them; more of them fill the screen by themselves.
FEW = 12
# Counts older than this are no use on a wall: nobody has counted lately, so the look itself counts.
TOO_OLD = timedelta(minutes=2)
# An instant after every real deadline: sorts what is paused, or has no deadline, last.
NEVER = 9_999_999_999.0


class Band(IntEnum):
    """How urgent a live case is: the columns of the wall."""

    LATE = 0
    SOON = 1
    LATER = 2


class FirstBy(Aggregate):
    """The first expression, of the row where the second is smallest."""

    function = "array_agg"
    template = "(%(function)s(%(expressions)s))[1]"
    arg_joiner = " ORDER BY "
    output_field = DateTimeField()


class OwingUnder(Func):
    """Of the paths in an array the deepest under a path; one of them, when several units there owe a step."""

    template = "(SELECT max(owing) FROM unnest(%(expressions)s))"
    arg_joiner = ") AS owing WHERE starts_with(owing, "
    output_field = CharField()


@dataclass(frozen=True, slots=True)
class Tile:
    """One unit of the level below: how many live cases, how many late, and the worst deadline."""

    unit: OrgUnit
    live: int
    late: int
    soon: int
    unclaimed: int
    due_at: datetime | None
    due_from: datetime | None
    is_own: bool
    has_below: bool


@dataclass(frozen=True, slots=True)
class Wall:
    """A level of the wall: four statements. Of each band the most urgent are listed."""

    unit: OrgUnit
    # When the cases were counted, and what was kept of that; None where they were counted just now.
    as_of: datetime
    kept: WallCount | None
    above: list[OrgUnit]
    tiles: list[Tile]
    quiet: list[OrgUnit]
    late: list[Ticket]
    soon: list[Ticket]
    later: list[Ticket]

    @property
    def is_roomy(self) -> bool:
        """Do the tiles leave room for everything live, not only for what burns?"""
        return len(self.tiles) <= FEW

    @property
    def live_count(self) -> int:
        return sum(tile.live for tile in self.tiles)

    @property
    def late_count(self) -> int:
        return max(sum(tile.late for tile in self.tiles), len(self.late))

    @property
    def soon_count(self) -> int:
        return max(sum(tile.soon for tile in self.tiles), len(self.soon))

    @property
    def later_count(self) -> int:
        return max(self.live_count - self.late_count - self.soon_count, len(self.later))

    @property
    def unclaimed_count(self) -> int:
        return sum(tile.unclaimed for tile in self.tiles)


def root_for(person: Person, code: str) -> OrgUnit:
    """The level to show: the unit asked for when the person sees it, else the top of what they see."""
    paths = person.visible_paths("desk.see")
    if code:
        unit = OrgUnit.objects.filter(code=code).first()
        if unit is None or not any(unit.path.startswith(path) for path in paths):
            raise NotFound(unit=code)
        return unit
    top = OrgUnit.objects.filter(under(paths)).order_by("level", "path").first()
    if top is None:
        raise NotFound if OrgUnit.objects.exists() else NothingBuilt
    return top


def desk_of(person: Person, code: str) -> OrgUnit:
    """Whose window to show: the unit asked for, else one's own, else the top of what one sees."""
    home = person.home
    if not code and home is not None and person.may("desk.see", home.path):
        own: OrgUnit = home
        return own
    return root_for(person, code)


def wall(person: Person, unit: OrgUnit, *, now: datetime) -> Wall:
    """The tiles below a unit and what is late there."""
    paths = person.visible_paths("desk.see")
    # Who sees the unit sees all that is seen from it; asked for both, the database would expect far too few cases.
    is_own = any(unit.path.startswith(path) for path in paths)
    return _wall(Ticket.objects.all() if is_own else visible(person), unit, paths, now)


def screen(unit: OrgUnit, *, now: datetime) -> Wall:
    """The same wall for a big screen of that unit, at which nobody is signed in: it leads nowhere."""
    return _wall(Ticket.objects.all(), unit, [], now)


def _wall(seen: TicketQuerySet, unit: OrgUnit, paths: list[str], now: datetime) -> Wall:
    codes = [code for code in unit.path.split("/") if code]
    around = OrgUnit.objects.filter(Q(code__in=codes) | Q(parent=unit, is_active=True)).annotate(
        below=Count("children", filter=Q(children__is_active=True))
    )
    units = {row.code: row for row in around}
    placed = _placed(seen.live(), unit)
    kept = WallCount.objects.filter(unit=unit, as_of__gt=now - TOO_OLD).first()
    rows = [_Row.told(row) for row in kept.rows] if kept else _counts(placed, len(codes), now)
    tiles = [_tile(row, units, unit) for row in rows if row.below in {*units, ""}]
    busy = {tile.unit.code for tile in tiles}
    below = [row for row in units.values() if row.parent_id == unit.pk]
    bands = _bands(placed, now)
    return Wall(
        unit=unit,
        as_of=kept.as_of if kept and kept.as_of else now,
        kept=kept,
        above=[u for u in (units[c] for c in codes[:-1]) if any(u.path.startswith(p) for p in paths)],
        tiles=sorted(tiles, key=_urgency),
        quiet=sorted((u for u in below if u.code not in busy), key=lambda u: u.path),
        late=bands[Band.LATE],
        soon=bands[Band.SOON],
        later=bands[Band.LATER],
    )


def _placed(rows: TicketQuerySet, unit: OrgUnit) -> TicketQuerySet:
    """Each case stands, once, where it must be acted on first below this unit; else at the unit it belongs to."""
    owing_here = Coalesce(OwingUnder(F("at_from"), Value(unit.path)), F("path"))
    place = Case(
        When(at_path__startswith=unit.path, then=F("at_path")), default=owing_here, output_field=CharField()
    )
    return rows.within([unit.path]).annotate(place=place)


@dataclass(frozen=True, slots=True)
class _Row:
    """What was counted below one code."""

    below: str
    live: int
    late: int
    soon: int
    unclaimed: int
    due_at: datetime | None
    due_from: datetime | None

    @classmethod
    def told(cls, row: dict[str, Any]) -> "_Row":
        due = {
            name: datetime.fromisoformat(row[name]) if row[name] else None for name in ("due_at", "due_from")
        }
        return cls(**row | due)


def counted(unit: OrgUnit, *, now: datetime) -> list[dict[str, Any]]:
    """What a wall of this unit counts, to be kept."""
    rows = _counts(_placed(Ticket.objects.live(), unit), unit.path.strip("/").count("/") + 1, now)
    return [asdict(row) for row in rows]


def _counts(placed: TicketQuerySet, depth: int, now: datetime) -> list[_Row]:
    """A row per unit below, by the code that follows this level's own in the path."""
    free = Step.objects.filter(ticket=OuterRef("pk"), state=StepState.OPEN, handler__isnull=True)
    below = Func(F("place"), Value("/"), Value(depth + 2), function="split_part", output_field=CharField())
    found = (
        placed.annotate(below=below)
        .order_by()
        .values("below")
        .annotate(
            live=Count("pk"),
            late=Count("pk", filter=Q(next_due_at__lt=now)),
            soon=Count("pk", filter=Q(next_due_at__gte=now, next_due_at__lt=now + SOON)),
            unclaimed=Count("pk", filter=Q(state=State.OPEN) | Q(Exists(free))),
            due_at=Min("next_due_at"),
            due_from=FirstBy(F("next_due_from"), F("next_due_at")),
        )
    )
    return [_Row(**row) for row in found]


def _tile(row: _Row, units: dict[str, Any], unit: OrgUnit) -> Tile:
    place = units.get(row.below, units[unit.code])
    return Tile(
        unit=place,
        live=row.live,
        late=row.late,
        soon=row.soon,
        unclaimed=row.unclaimed,
        due_at=row.due_at,
        due_from=row.due_from,
        is_own=place.pk == unit.pk,
        has_below=bool(place.below),
    )


def _urgency(tile: Tile) -> tuple[float, str]:
    return (tile.due_at.timestamp() if tile.due_at else NEVER), tile.unit.path


def _bands(placed: TicketQuerySet, now: datetime) -> dict[Band, list[Ticket]]:
    """The most urgent of each band, by time left; what is paused comes last.

    Each band is read from the index as far as it is shown: putting all that is open in order takes seconds where
    much is open.
    """
    soon_ends, picked = now + SOON, placed.order_by("next_due_at", "id").values("pk")
    late, soon, later, never = (
        picked.filter(condition)[:SHOWN]
        for condition in (
            Q(next_due_at__lt=now),
            Q(next_due_at__gte=now, next_due_at__lt=soon_ends),
            Q(next_due_at__gte=soon_ends),
            Q(next_due_at__isnull=True),
        )
    )
    shown = placed.filter(pk__in=late.union(soon, later, never, all=True)).select_related("at_unit", "owner")
    bands: dict[Band, list[Ticket]] = {band: [] for band in Band}
    for ticket in shown.order_by("next_due_at", "id"):
        bands[_band(ticket, now)].append(ticket)
    return {band: tickets[:SHOWN] for band, tickets in bands.items()}


def _band(ticket: Ticket, now: datetime) -> Band:
    due = ticket.next_due_at
    if due is None or due >= now + SOON:
        return Band.LATER
    return Band.LATE if due < now else Band.SOON

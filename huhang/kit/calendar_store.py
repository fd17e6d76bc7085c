"""Working calendars kept as rows: the arithmetic is in `kit.calendars`, what the hours are is data."""

from dataclasses import dataclass

from huhang.kit import ground
from huhang.kit.calendars import Calendar as Hours
from huhang.kit.calendars import SpecialDay, always, days_from_rows, from_windows
from huhang.kit.errors import NotFound
from huhang.kit.models import Calendar, CalendarDay, CalendarVersion

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Stored:
    """A calendar as it is now; a clock keeps the version that it was started with."""

    key: str
    version: int
    hours: Hours


# By key and version: a change makes a new version, so an entry is never wrong, only unused.
_known: dict[tuple[str, int], Stored] = {}


def get(key: str, version: int | None = None) -> Stored:
    """The calendar of this key, as it is now or as it was in a version; `always` needs no row."""
    if key == ALWAYS:
        return _remember(Stored(ALWAYS, 1, always())) if (ALWAYS, 1) not in _known else _known[ALWAYS, 1]
    if version is not None and (key, version) in _known:
        return _known[key, version]
    now = Calendar.objects.filter(key=key).values_list("version", flat=True).first()
    if now is None:
        raise NotFound(calendar=key)
    if version is not None and version != now:
        return _remember(_load_version(key, version))
    return _known.get((key, now)) or _remember(_load(key))


def standing(key: str, at: str) -> Stored:
    """The calendar as it is at this standing of the ground, without asking once more."""
    return ground.known(f"kit.calendar.{key}", at, lambda: get(key))


def forget() -> None:
    """For whoever rolled back: the numbers of its versions will mean something else."""
    _known.clear()


def _remember(stored: Stored) -> Stored:
    _known[stored.key, stored.version] = stored
    return stored


def _load(key: str) -> Stored:
    """As it is now, with the days of the same version: read again when somebody changed it in between."""
    while True:
        row = Calendar.objects.get(key=key)
        special = special_days() if row.uses_holidays else ()
        hours = from_windows(row.windows, special, row.zone, by_wall_clock=row.by_wall_clock)
        if Calendar.objects.filter(key=key, version=row.version).exists():
            return Stored(key, row.version, hours)


def _load_version(key: str, version: int) -> Stored:
    row = CalendarVersion.objects.filter(calendar__key=key, version=version).first()
    if row is None:
        raise NotFound(calendar=key, version=version)
    special = days_from_rows({"date": on, "name": name, "is_off_day": off} for on, name, off in row.days)
    return Stored(key, version, from_windows(row.windows, special, row.zone, by_wall_clock=row.by_wall_clock))


def special_days() -> tuple[SpecialDay, ...]:
    """Every holiday and make-up workday on record."""
    rows = CalendarDay.objects.order_by("on").values("on", "name", "is_off")
    return days_from_rows({"date": r["on"], "name": r["name"], "is_off_day": r["is_off"]} for r in rows)

"""Working calendars kept as rows: the arithmetic is in `kit.calendars`, what the hours are is data."""

from dataclasses import dataclass

from huhang.kit.calendars import Calendar as Hours
from huhang.kit.calendars import SpecialDay, always, days_from_rows, from_windows
from huhang.kit.errors import NotFound
from huhang.kit.models import Calendar, CalendarDay

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Stored:
    """A calendar as it is now; a clock keeps the version that it was started with."""

    key: str
    version: int
    hours: Hours


# By key and version: a change makes a new version, so an entry is never wrong, only unused.
_known: dict[tuple[str, int], Stored] = {}


def get(key: str) -> Stored:
    """The calendar of this key; `always` needs no row."""
    if key == ALWAYS:
        return _remember(Stored(ALWAYS, 1, always())) if (ALWAYS, 1) not in _known else _known[ALWAYS, 1]
    version = Calendar.objects.filter(key=key).values_list("version", flat=True).first()
    if version is None:
        raise NotFound(calendar=key)
    return _known.get((key, version)) or _remember(_load(key))


def _remember(stored: Stored) -> Stored:
    _known[stored.key, stored.version] = stored
    return stored


def _load(key: str) -> Stored:
    row = Calendar.objects.get(key=key)
    special = special_days() if row.uses_holidays else ()
    hours = from_windows(row.windows, special, row.zone, by_wall_clock=row.by_wall_clock)
    return Stored(key, row.version, hours)


def special_days() -> tuple[SpecialDay, ...]:
    """Every holiday and make-up workday on record."""
    rows = CalendarDay.objects.order_by("on").values("on", "name", "is_off")
    return days_from_rows({"date": r["on"], "name": r["name"], "is_off_day": r["is_off"]} for r in rows)

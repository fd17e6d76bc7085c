"""How the scan log is fed, and how far the watch has read it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Max, Q, QuerySet

from huhang.journey.models import IntakeCount, Parked, Reconciliation, Segment, WatchCursor
from huhang.journey.queries import scope
from huhang.journey.rules import silence
from huhang.journey.rules.feeds import ParkedState, What
from huhang.network.models import Person

LOCAL = "local"
IMPORT = "journey.import"
# Merged files have numbers below zero: they are housekeeping, nobody sent them.
ARRIVED = Q(seq__gt=0)


@dataclass(frozen=True, slots=True)
class Health:
    """The newest batch, how many batches the watch has not read, and up to when it has fired deadlines."""

    newest_seq: int
    received_at: datetime | None
    behind: int | None
    due_until: datetime | None


class _Length(Func):
    function = "jsonb_array_length"
    output_field = IntegerField()


def visible(person: Person) -> QuerySet[Segment]:
    """Refused rows hold what was sent: whoever feeds only a part of the network sees only their own batches."""
    rows = Segment.objects.filter(ARRIVED)
    if scope.sees_all(person.visible_paths(IMPORT)):
        return rows
    return rows.filter(batch_key__startswith=f"api:{person.pk}:")


def batches(person: Person, *, only_refused: bool = False) -> QuerySet[Segment]:
    """Newest first, with the number of rows refused; the refused rows themselves stay in the table."""
    rows = visible(person).annotate(refused=_Length(F("rejected"))).defer("rejected").order_by("-seq")
    return rows.filter(refused__gt=0) if only_refused else rows


def refused(person: Person, seq: int) -> list[dict[str, Any]] | None:
    """The rows that were refused of this batch with their reasons, or None when this person has no such batch."""
    found: list[dict[str, Any]] | None = (
        visible(person).filter(seq=seq).values_list("rejected", flat=True).first()
    )
    return found


def health() -> Health:
    newest = Segment.objects.filter(ARRIVED).aggregate(seq=Max("seq"), at=Max("received_at"))
    cursor = WatchCursor.objects.filter(name=LOCAL).first()
    seq = newest["seq"] or 0
    behind = max(0, seq - cursor.seq) if cursor else None
    return Health(seq, newest["at"], behind, cursor.due_until if cursor else None)


# --- sources ------------------------------------------------------------------------------------------

DAY = timedelta(hours=24)
MOST_SOURCES = 200


@dataclass(frozen=True, slots=True)
class Source:
    """A source in the last 24 hours: amounts by what became of them, and `hours` of what it told, oldest first."""

    name: str
    received: int
    accepted: int
    doubled: int
    refused: int
    parked: int
    last_at: datetime
    newest_at: datetime | None
    lag: timedelta | None
    is_silent: bool
    hours: tuple[int, ...]

    @property
    def highest(self) -> int:
        return max(self.hours, default=0)


def own_sources(person: Person) -> list[str] | None:
    """The sources whose counts this person sees; None for all of them."""
    if scope.sees_all(person.visible_paths(IMPORT)):
        return None
    name = person.get_username()
    return [f"api:{name}"[:64], f"epcis:{name}"[:64]]


def counts(person: Person) -> QuerySet[IntakeCount]:
    own = own_sources(person)
    return IntakeCount.objects.all() if own is None else IntakeCount.objects.filter(source__in=own)


def sources(rows: QuerySet[IntakeCount], *, now: datetime) -> list[Source]:
    """Every source of the last week, the silent first, then by name; read in one statement."""
    found: dict[str, list[IntakeCount]] = {}
    for row in rows.filter(hour__gt=now - timedelta(days=silence.DAYS + 1)).order_by("hour"):
        found.setdefault(row.source, []).append(row)
    told = [_source(name, of_source, now) for name, of_source in sorted(found.items())[:MOST_SOURCES]]
    return sorted(told, key=lambda source: not source.is_silent)


def _source(name: str, rows: list[IntakeCount], now: datetime) -> Source:
    today = [row for row in rows if row.hour > now - DAY]
    amounts = {what: sum(row.amount for row in today if row.what == what) for what in What}
    received = [row for row in rows if row.what == What.RECEIVED]
    newest = max((row.newest_at for row in rows if row.newest_at), default=None)
    last_at = max(row.last_at for row in rows)
    return Source(
        name=name,
        **{str(what): amount for what, amount in amounts.items()},
        last_at=last_at,
        newest_at=newest,
        lag=last_at - newest if newest else None,
        is_silent=silence.is_silent([row.hour for row in received], last_at, now=now),
        hours=_by_hour(received, now),
    )


def _by_hour(rows: list[IntakeCount], now: datetime) -> tuple[int, ...]:
    this = now.replace(minute=0, second=0, microsecond=0)
    amounts = {row.hour: row.amount for row in rows}
    return tuple(amounts.get(this - timedelta(hours=back), 0) for back in range(23, -1, -1))


def hours_of(person: Person, source: str, *, now: datetime) -> list[dict[str, Any]]:
    """A source hour by hour, newest first: amounts, and the reasons of what did not enter."""
    rows = counts(person).filter(source=source, hour__gt=now - 3 * DAY).order_by("-hour")
    found: dict[datetime, dict[str, Any]] = {}
    for row in rows:
        hour = found.setdefault(
            row.hour, {"hour": row.hour, "reasons": [], **{str(what): 0 for what in What}}
        )
        hour[row.what] += row.amount
        if row.reason:
            hour["reasons"].append((row.what, row.reason, row.amount))
    return list(found.values())


# --- what was put aside -------------------------------------------------------------------------------


def parked(person: Person, *, state: str = "", reason: str = "", source: str = "") -> QuerySet[Parked]:
    """Newest first. Whoever feeds only a part of the network sees only what came from him."""
    own = own_sources(person)
    rows = Parked.objects.all() if own is None else Parked.objects.filter(source__in=own)
    asked = {"state": state, "reason": reason, "source": source}
    return rows.filter(**{name: value for name, value in asked.items() if value}).order_by("-at", "-pk")


def parked_reasons(person: Person) -> list[tuple[str, int]]:
    """What waits to be mended, the most frequent reason first."""
    rows = parked(person, state=ParkedState.PARKED).order_by().values_list("reason")
    return [(reason, amount) for reason, amount in rows.annotate(n=Count("pk")).order_by("-n", "reason")]


# --- reconciliation -----------------------------------------------------------------------------------


def reconciliations(person: Person, *, at_most: int = 24) -> list[Reconciliation]:
    """What does not add up first, then the newest hours."""
    own = own_sources(person)
    rows = Reconciliation.objects.all() if own is None else Reconciliation.objects.filter(source__in=own)
    return list(rows.order_by("is_well", "-hour", "source")[:at_most])

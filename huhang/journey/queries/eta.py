"""When a parcel will come, by what parcels like it did in recent days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from huhang.journey.models import EtaCheck, EtaDay
from huhang.journey.queries.links import bins
from huhang.journey.queries.terrain import Terrain
from huhang.journey.rules import eta
from huhang.journey.rules.eta import RANKS, RECENT_DAYS, Forecast, Key, Milestone
from huhang.journey.rules.links import SHANGHAI, Plan
from huhang.journey.rules.spread import Spread
from huhang.journey.rules.status import Scan
from huhang.journey.rules.storm import Storm


def forecast(
    scans: Iterable[Scan],
    plan: Plan,
    terrain: Terrain,
    *,
    standard_hours: int | None,
    now: datetime,
    storms: Sequence[Storm] = (),
) -> Forecast | None:
    """Say when it will come; None when it has come or never will. Two queries."""
    passed, handed_over = eta.passed(scans, plan, terrain.nodes)
    if not passed or handed_over is not None:
        return None
    last, today = passed[-1], now.astimezone(SHANGHAI).date()
    known = spreads(last.milestone, eta.keys(last, plan, terrain.nodes), today)
    standard = timedelta(hours=standard_hours) if standard_hours else None
    return eta.forecast(
        last,
        known,
        ranks(last.milestone, today),
        unit=eta.unit_of(last.milestone, 60 * standard_hours if standard_hours else None),
        now=now,
        standard=_due(passed, standard),
        storms=[storm for storm in storms if _touches(storm, plan, terrain)],
    )


def spreads(milestone: Milestone, keys: Sequence[Key], today: date) -> list[Spread]:
    """What is known in each of these circles, in their order; recent days count more."""
    return spreads_of(milestone, [keys], today)[0]


def spreads_of(milestone: Milestone, asked: Sequence[Sequence[Key]], today: date) -> list[list[Spread]]:
    """The same for many parcels at once; one query."""
    keys = {key for circle in asked for key in circle}
    found: dict[Key, list[tuple[Mapping[int, float], float]]] = defaultdict(list)
    for origin, dest, product, hours, day, counts in _days(milestone, keys, today).values_list(
        "origin", "dest", "product", "hours", "day", "counts"
    ):
        key = Key(origin, dest, product, hours)
        if key in keys:
            found[key].append((bins(counts), eta.weight_of(day, today)))
    known = {key: Spread.sum(days) for key, days in found.items()}
    nothing = Spread.of({})
    return [[known.get(key, nothing) for key in circle] for circle in asked]


def ranks(milestone: Milestone, today: date) -> list[float]:
    """Where in the expected range deliveries came lately; recent days count more."""
    days = EtaCheck.objects.filter(milestone=milestone, day__lt=today, day__gte=_first(today))
    total = [0.0] * RANKS
    for day, counted in days.values_list("day", "ranks"):
        for place, count in enumerate(counted[:RANKS]):
            total[place] += count * eta.weight_of(day, today)
    return total


def _days(milestone: Milestone, keys: Iterable[Key], today: date) -> QuerySet[EtaDay]:
    by_ends: dict[tuple[str, str], set[Key]] = defaultdict(set)
    for key in keys:
        by_ends[key.dest, key.origin].add(key)
    wanted = Q(pk__in=[])
    if len(by_ends) <= MANY:
        for (dest, origin), ones in by_ends.items():
            wanted |= Q(
                dest=dest,
                origin=origin,
                product__in={key.product for key in ones},
                hours__in={key.hours for key in ones},
            )
    else:
        wanted = Q(dest__in={dest for dest, _ in by_ends})
    return EtaDay.objects.filter(wanted, milestone=milestone, day__lt=today, day__gte=_first(today))


# More pairs of ends than this are asked for by their destinations alone.
MANY = 40


def _first(today: date) -> date:
    return today - timedelta(days=RECENT_DAYS)


def _due(passed: Sequence[eta.Passed], standard: timedelta | None) -> datetime | None:
    """By the standard alone: it runs from the pickup, or while there is none from now on."""
    if standard is None:
        return None
    picked_up = next((p for p in passed if p.milestone is not Milestone.ORDERED), passed[-1])
    return picked_up.at + standard


def _touches(storm: Storm, plan: Plan, terrain: Terrain) -> bool:
    """Does the storm hold where the parcel goes?"""
    dest = terrain.nodes.get(plan.dest)
    return dest is not None and (dest.path.startswith(storm.path) or dest.province.startswith(storm.path))

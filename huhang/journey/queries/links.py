"""One parcel's links beside their standards and beside what is usual there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q

from huhang.journey.models import LinkDay, LinkStandard, Storm
from huhang.journey.queries.terrain import Terrain
from huhang.journey.rules import links, lost_time
from huhang.journey.rules.links import SHANGHAI, Leg, Plan
from huhang.journey.rules.lost_time import ENOUGH, Judged, Standards, Usual
from huhang.journey.rules.spread import Spread
from huhang.journey.rules.status import Scan
from huhang.journey.rules.storm import Storm as StormRule
from huhang.network.rules.tree import above

# What is usual: days of the same link before today.
RECENT_DAYS = 14
Place = tuple[str, str, str]  # kind, node, next node


def judged(
    scans: Iterable[Scan],
    plan: Plan,
    terrain: Terrain,
    *,
    now: datetime,
    storms: Sequence[StormRule] = (),
) -> tuple[Judged, ...]:
    """Cut a parcel's scans into links and judge each; three queries, none for a parcel without links."""
    legs = links.cut(scans, plan, terrain.nodes)
    if not legs:
        return ()
    return lost_time.judge(
        legs,
        standards_at(terrain.nodes[code].path for code in _touched(legs, plan) if code in terrain.nodes),
        usual(legs, plan.product, today=now.astimezone(SHANGHAI).date()),
        plan,
        terrain.nodes,
        now=now,
        storms=storms,
    )


def standards() -> Standards:
    """All of them, for a pass over many parcels."""
    return Standards(row.as_rule() for row in LinkStandard.objects.select_related("origin", "destination"))


def standards_at(paths: Iterable[str]) -> Standards:
    """Those that may hold between units of these paths."""
    ups = {up for path in paths for up in above(path)}
    rows = LinkStandard.objects.filter(
        Q(origin__isnull=True) | Q(origin__path__in=ups),
        Q(destination__isnull=True) | Q(destination__path__in=ups),
    )
    return Standards(row.as_rule() for row in rows.select_related("origin", "destination"))


def _touched(legs: Iterable[Leg], plan: Plan) -> set[str]:
    """The nodes by which its links look for their standards."""
    return {plan.dest, *(code for leg in legs for part in leg.parts for code in (part.node, part.to))}


def storms_since(at: datetime) -> list[StormRule]:
    """Storms that a parcel under way since then may have met."""
    return [storm.as_storm() for storm in Storm.objects.not_over_by(at)]


def usual(legs: Iterable[Leg], product: str, *, today: date) -> dict[Place, Usual]:
    """What each of these links took lately, begun at like hours by the same product; where too few, by all."""
    wanted = {(leg.kind, leg.node, leg.to): links.band_of(leg.start) for leg in legs if len(leg.parts) == 1}
    if not wanted:
        return {}
    days = LinkDay.objects.filter(day__gte=today - timedelta(days=RECENT_DAYS), day__lt=today)
    narrow, wide = Q(pk__in=[]), Q(pk__in=[])
    for (kind, node, to), band in wanted.items():
        narrow |= Q(kind=kind, node=node, to_node=to, product=product, band=band)
    found = _usual(days.filter(narrow))
    few = [place for place in wanted if place not in found]
    for kind, node, to in few:
        wide |= Q(kind=kind, node=node, to_node=to)
    return found | (_usual(days.filter(wide)) if few else {})


def _usual(rows: Iterable[LinkDay]) -> dict[Place, Usual]:
    by_place: dict[Place, list[Mapping[int, float]]] = defaultdict(list)
    for kind, node, to, counts in rows.values_list("kind", "node", "to_node", "counts"):  # type: ignore[attr-defined]
        by_place[kind, node, to].append(bins(counts))
    found = {place: usual_of(Spread.sum((counts, 1) for counts in days)) for place, days in by_place.items()}
    return {place: known for place, known in found.items() if known is not None}


def usual_of(spread: Spread) -> Usual | None:
    """The middle and the ends of what was seen; None when that was too little."""
    if spread.n < ENOUGH:
        return None
    p50, p80, p95 = (round(spread.quantile(share) or 0) for share in (0.5, 0.8, 0.95))
    return Usual(round(spread.n), p50, p80, p95)


def bins(counts: Mapping[str, float]) -> dict[int, float]:
    """Counts as JSON keeps them, by number of the bin again."""
    return {int(place): count for place, count in counts.items()}

"""How long links may take on the simulated carrier's own roads, and what its month says about the parcels to come."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from huhang.config.demo.ground import HUBS, LINES, PROVINCES
from huhang.journey.actions import delays, learning, link_standards
from huhang.journey.models import Hit
from huhang.journey.rules.link_rows import LinkStandardRow
from huhang.journey.rules.watch import Link
from huhang.kit import facts

SOURCE = _("模拟环节标准")
AT_ONCE = 500
EXPLAINED = timedelta(days=2)
# What the road may take beyond driving time: loading, traffic, a break.
SLACK, LOADING = 1.25, 30


def set_standards(*, now: datetime) -> None:
    """One for each line, each hub and each road between an outlet's city and its hub."""
    for row in _standards():
        link_standards.save(row, by=None, now=now)


def _standards() -> list[LinkStandardRow]:
    lines = [(a, b, hours) for (a, b), hours in LINES.items()]
    roads = [
        (hub, city, hours)
        for _, _, cities in PROVINCES.values()
        for city, (_, _, hub, hours, _) in cities.items()
    ]
    rides = [end for a, b, hours in (*lines, *roads) for end in ((a, b, hours), (b, a, hours))]
    return [
        *(_row(Link.LINEHAUL, a, _minutes(hours), destination=b) for a, b, hours in rides),
        *(_row(Link.ORIGIN_HUB, hub, 240) for hub in HUBS),
        # Lorries to the outlets leave three times a day: one may have to wait for the next.
        *(_row(Link.DESTINATION_HUB, hub, 660) for hub in HUBS),
    ]


def _row(kind: Link, origin: str, minutes: int, destination: str = "") -> LinkStandardRow:
    return LinkStandardRow(kind=kind, origin=origin, destination=destination, minutes=minutes, source=SOURCE)


def _minutes(hours: float) -> int:
    return round(hours * 60 * SLACK + LOADING)


def look_back(*, now: datetime) -> None:
    """Count the month as the ten-minute pass would have, and explain the latest hits; workers explain the others."""
    facts.put(learning.HOURS_FACT, None)  # of an earlier carrier
    learning.learn(now=now)
    latest = Hit.objects.filter(explained_at__isnull=True, raised_at__gt=now - EXPLAINED)
    ids = list(latest.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        delays.explain(ids[start : start + AT_ONCE], now=now)

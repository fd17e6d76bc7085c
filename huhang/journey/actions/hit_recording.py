"""What the watch found, written down: which unit, which link, which person; told upwards once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db import connection

from huhang.journey.events import WatchCleared, WatchHits
from huhang.journey.models import Waybill
from huhang.journey.queries import control
from huhang.journey.queries.ground import Ground, Unit
from huhang.journey.rules.codes import Code
from huhang.journey.rules.control import is_control
from huhang.journey.rules.watch import Addressed, Link, Rule
from huhang.journey.sql import statement
from huhang.journey.watch.outcome import Cleared, Counted, Raised
from huhang.kit import jobs, live
from huhang.kit.events import publish
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count

MEASURES = {Code.OUT_FOR_DELIVERY: "journey.delivery.started", Code.PICKED_UP: "journey.picked_up"}
TOLD_AT_ONCE = 500  # hits in one fact
ANNOUNCED_AT_MOST = 50  # more are announced as "somewhere", which every list hears


class Written(NamedTuple):
    """A hit as the table has it now."""

    pk: int
    waybill_no: str
    path: str
    raised_at: datetime
    cleared_at: datetime | None


Told = TypeVar("Told", int, str)


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a parcel comes from and goes to."""

    origin: Unit | None
    dest: Unit | None


@dataclass(slots=True)
class Recorded:
    """What is new in the table after a round."""

    raised: list[Written] = field(default_factory=list)
    cleared: list[Written] = field(default_factory=list)


def record_hits(hits: Sequence[Raised], ground: Ground, *, now: datetime) -> list[Written]:
    """Write hits that are not there yet, in the caller's transaction; returns those."""
    if not hits:
        return []
    rules = {rule.number: rule for rule in ground.world.rules}
    ends = _ends(hits, rules, ground)
    shares = control.shares()
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for hit in hits:
        unit = ground.units.get(hit.node) or _owner(rules[hit.rule], ends.get(hit.waybill))
        for name, value in zip(
            _COLUMNS,
            (
                hit.waybill,
                ground.rule_ids[hit.rule],
                hit.anchor,
                hit.raised_at,
                hit.cleared_at,
                _link(rules[hit.rule], unit, ends.get(hit.waybill)),
                hit.node,
                hit.operator,
                unit.pk if unit else None,
                unit.path if unit else "",
                ground.couriers.get(hit.operator),
                is_control(hit.waybill, rules[hit.rule].id, shares.of(rules[hit.rule].id)),
            ),
            strict=True,
        ):
            columns[name].append(value)
    return run("record_hits", columns | {"now": now})


_COLUMNS = (
    "waybills", "rules", "anchors", "raised", "cleared", "links", "nodes", "operators", "units", "paths", "couriers",
    "controls",
)  # fmt: skip


def record_clears(clears: Sequence[Cleared], ground: Ground) -> list[Written]:
    """Close the open hits that were put right, in the caller's transaction; returns those."""
    if not clears:
        return []
    return run(
        "clear_hits",
        {
            "waybills": [clear.waybill for clear in clears],
            "rules": [ground.rule_ids[clear.rule] for clear in clears],
            "cleared": [clear.cleared_at for clear in clears],
        },
    )


def record_counts(counts: Iterable[Counted], ground: Ground, *, batch: str) -> int:
    """Count first pickups and first deliveries; `batch` makes the same segment count once."""
    return tally.count_many(
        Count(
            measure=MEASURES[count.code],
            at=count.minute,
            path=ground.units[count.node].path,
            key=f"{batch}:{count.code}:{count.node}:{count.minute:%Y%m%d%H%M}",
            amount=count.amount,
        )
        for count in counts
        if count.node in ground.units
    )


def tell(recorded: Recorded) -> None:
    """Announce what is new: facts for the rooms above, and a sign for open pages."""
    opened = [hit.pk for hit in recorded.raised if hit.cleared_at is None]
    for ids in _parts(opened):
        publish(WatchHits(hit_ids=ids))
        jobs.enqueue("journey.delays.explain", hit_ids=ids)
    tell_cleared([hit.waybill_no for hit in recorded.cleared])
    changed = [*recorded.raised, *recorded.cleared]
    if len(changed) > ANNOUNCED_AT_MOST:
        live.announce("journey.hit", ref="many")
        for path in {hit.path for hit in changed}:
            live.announce("journey.hit", path=path)
        return
    for hit in changed:
        live.announce("journey.hit", path=hit.path, ref=hit.waybill_no)


def tell_cleared(waybills: Iterable[str]) -> None:
    """Announce the parcels whose trouble is over."""
    for named in _parts(sorted(set(waybills))):
        publish(WatchCleared(waybills=named))


def run(name: str, values: Mapping[str, Any]) -> list[Written]:
    """Run a named statement that returns hits."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), values)
        return [Written(*row) for row in cursor.fetchall()]


def _parts(told: list[Told]) -> Iterable[list[Told]]:
    return (told[start : start + TOLD_AT_ONCE] for start in range(0, len(told), TOLD_AT_ONCE))


def _ends(hits: Sequence[Raised], rules: dict[int, Rule], ground: Ground) -> dict[str, Ends]:
    """Both ends of the parcels whose scans do not say enough."""
    asked = {
        hit.waybill
        for hit in hits
        if hit.node not in ground.units or rules[hit.rule].link is Link.DESTINATION_HUB
    }
    by_pk = {unit.pk: unit for unit in ground.units.values()}
    found = Waybill.objects.filter(no__in=asked).values_list("no", "origin_id", "dest_id") if asked else []
    return {no: Ends(by_pk.get(origin or 0), by_pk.get(dest or 0)) for no, origin, dest in found}


def _owner(rule: Rule, ends: Ends | None) -> Unit | None:
    """Who is asked when no unit of ours scanned the parcel: its origin for what happens there, else its destination."""
    if ends is None:
        return None
    return ends.origin if rule.addressed is Addressed.ORIGIN else ends.dest


def _link(rule: Rule, unit: Unit | None, ends: Ends | None) -> str:
    """A hub of the origin's own province is the origin's hub, unless the parcel stays in the province."""
    if rule.link is not Link.DESTINATION_HUB or unit is None or ends is None:
        return rule.link
    if ends.origin is None or ends.dest is None:
        return rule.link
    here, origin, dest = (_province(at.path) for at in (unit, ends.origin, ends.dest))
    return Link.ORIGIN_HUB if here == origin != dest else Link.DESTINATION_HUB


def _province(path: str) -> str:
    return "/".join(path.split("/")[:3])

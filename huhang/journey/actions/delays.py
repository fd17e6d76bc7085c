"""Saying of each hit where its parcel had lost time when it was raised: which link, how much, whose."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from huhang.journey.models import Hit, Waybill
from huhang.journey.queries import way
from huhang.journey.queries.scans import scans_of
from huhang.journey.queries.way import Way
from huhang.kit import jobs, live
from huhang.network.models import OrgUnit

ANNOUNCED_AT_MOST = 50
AT_ONCE = 500
LEFT_OVER = timedelta(minutes=5)  # by then the job that came with a hit has run


def explain(hit_ids: Iterable[int], *, now: datetime) -> int:
    """Judge the parcels of these hits as they stood when raised; returns how many hits were explained. Safe twice."""
    hits = list(Hit.objects.filter(pk__in=list(hit_ids), explained_at__isnull=True).order_by("pk"))
    numbers = {hit.waybill_no for hit in hits}
    waybills = Waybill.objects.select_related("origin", "dest").in_bulk(list(numbers), field_name="no")
    hubs: dict[tuple[int | None, int | None, str], list[OrgUnit]] = {}
    told: list[Hit] = []
    for hit in hits:
        waybill = waybills.get(hit.waybill_no)
        ends = (waybill.origin_id, waybill.dest_id, waybill.product) if waybill else (None, None, "")
        if ends not in hubs:
            hubs[ends] = way.hubs_of(waybill)
        if _explain(hit, waybill, hubs[ends], now):
            told.append(hit)
    _announce(told)
    return len(told)


def ask_for_left_over(*, now: datetime) -> int:
    """Have hits explained that nobody asked about; returns how many."""
    waiting = Hit.objects.filter(explained_at__isnull=True, found_at__lt=now - LEFT_OVER)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if ids:
        jobs.enqueue("journey.delays.explain", lock="journey.delays.explain", hit_ids=ids)
    return len(ids)


def _explain(hit: Hit, waybill: Waybill | None, hubs: list[OrgUnit], now: datetime) -> bool:
    scans = [scan for scan in scans_of(hit.waybill_no) if scan.at <= hit.raised_at]
    late = Way(scans, waybill, hubs, None, hit.raised_at).late
    # Another worker may have been quicker; both say the same.
    return bool(
        Hit.objects.filter(pk=hit.pk, explained_at__isnull=True).update(
            late_link=late.judged.leg.kind if late else "",
            late_minutes=(late.judged.lost or late.judged.beyond_usual) if late else None,
            late_unit=late.owner if late else None,
            explained_at=now,
        )
    )


def _announce(hits: list[Hit]) -> None:
    """Open pages look again: each at its parcel, or all of them after many."""
    if len(hits) > ANNOUNCED_AT_MOST:
        live.announce("journey.hit", ref="many")
        return
    for hit in hits:
        live.announce("journey.hit", path=hit.path, ref=hit.waybill_no)

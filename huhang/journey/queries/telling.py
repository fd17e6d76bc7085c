"""A parcel and what the watch found, as plain facts: what the API and the commands tell."""

from typing import Any

from huhang.journey.models import Hit, Storm
from huhang.journey.queries import words
from huhang.journey.queries.trace import Trace
from huhang.journey.queries.way import Line
from huhang.journey.rules.eta import Forecast
from huhang.journey.rules.status import Scan
from huhang.kit import masking


def of_parcel(found: Trace) -> dict[str, Any]:
    """State, promise, trace and hits; names are masked, phones in texts too."""
    verdict, waybill = found.verdict, found.waybill
    promised = waybill.promised_at if waybill else None
    return {
        "waybill": found.no,
        "carrier": waybill.carrier if waybill else "",
        "product": waybill.product if waybill else "",
        "status": verdict.status,
        "status_label": str(words.STATUSES[verdict.status]),
        "since": verdict.since,
        "how": verdict.how.name if verdict.is_signed else None,
        "reason": verdict.reason.name,
        "promised_at": promised,
        "eta": found.eta,
        "eta_window": _window(found.forecast),
        "is_late": found.promise_late is not None,
        "origin": waybill.origin.code if waybill and waybill.origin else "",
        "dest": waybill.dest.code if waybill and waybill.dest else "",
        "receiver": masking.name(waybill.receiver_name) if waybill else "",
        "courier": masking.name(found.courier.name if found.courier else found.courier_name),
        "trace": [_scan(found, scan) for scan in found.scans],
        "unread_scans": found.unread,
        "hits": [of_hit(hit) for hit in found.hits],
        "links": [_link(line) for line in found.way.lines],
        "storms": [of_storm(storm) for storm in found.storms],
    }


def _scan(found: Trace, scan: Scan) -> dict[str, Any]:
    unit = found.units.get(scan.node)
    return {
        "at": scan.at,
        "code": scan.code.name,
        "code_label": str(words.CODES[scan.code]),
        "reason": scan.reason.name,
        "node": scan.node,
        "node_name": unit.name if unit else scan.node,
        "operator": scan.operator,
        "text": masking.phones_in(scan.text),
    }


def of_hit(hit: Hit) -> dict[str, Any]:
    """One thing that the watch found."""
    return {
        "id": hit.pk,
        "waybill": hit.waybill_no,
        "rule": hit.rule.slug,
        "rule_name": hit.rule.name,
        "raised_at": hit.raised_at,
        "cleared_at": hit.cleared_at,
        "link": hit.link,
        "node": hit.node,
        "node_name": hit.unit.name if hit.unit else hit.node,
        "person": hit.courier.name if hit.courier else hit.operator,
        "late_link": hit.late_link or None,
        "late_minutes": hit.late_minutes,
        "late_unit": hit.late_unit.code if hit.late_unit else None,
    }


def _window(forecast: Forecast | None) -> dict[str, Any] | None:
    """Without enough parcels to judge by there is no interval, and no confidence is claimed."""
    if forecast is None or not forecast.basis:
        return None
    return {
        "from": forecast.earliest,
        "to": forecast.latest,
        "likely": forecast.likely,
        "confidence": forecast.confidence,
        "basis": forecast.basis,
        "parcels": forecast.n,
    }


def _link(line: Line) -> dict[str, Any]:
    """A link beside its standard and what is usual; minutes."""
    judged, usual = line.judged, line.judged.usual
    return {
        "kind": str(judged.leg.kind),
        "node": judged.leg.node,
        "node_name": line.name,
        "to": judged.leg.to,
        "to_name": line.to_name,
        "from": judged.leg.start,
        "until": judged.leg.end,
        "minutes": judged.minutes,
        "standard_minutes": judged.standard,
        "usual_p50": usual.p50 if usual else None,
        "usual_p80": usual.p80 if usual else None,
        "late_minutes": judged.lost,
        "is_late_link": line.is_verdict,
        "owner": line.owner.code if line.owner else judged.leg.owner,
        "owner_name": line.owner_name,
        "missing_scans": [{"code": one.code.name, "node": one.node} for one in judged.leg.missing],
    }


def of_storm(storm: Storm) -> dict[str, Any]:
    """Why parcels of a place take longer, and until when."""
    return {"reason": storm.reason, "starts_at": storm.starts_at, "ends_at": storm.ends_at}

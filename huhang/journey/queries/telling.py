"""A parcel and what the watch found, as plain facts: what the API and the commands tell."""

from typing import Any

from huhang.journey.models import Hit
from huhang.journey.queries import words
from huhang.journey.queries.trace import Trace
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
        "is_late": found.promise_late is not None,
        "origin": waybill.origin.code if waybill and waybill.origin else "",
        "dest": waybill.dest.code if waybill and waybill.dest else "",
        "receiver": masking.name(waybill.receiver_name) if waybill else "",
        "courier": masking.name(found.courier.name if found.courier else found.courier_name),
        "trace": [_scan(found, scan) for scan in found.scans],
        "unread_scans": found.unread,
        "hits": [of_hit(hit) for hit in found.hits],
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
    }

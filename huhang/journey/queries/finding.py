"""What the one search box finds of parcels."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huhang.journey.models import Waybill
from huhang.journey.queries import scope
from huhang.journey.queries.trace import seen_by, trace
from huhang.kit import masking
from huhang.network.models import Person

AT_MOST = 8
SHORTEST_NUMBER = 8


def find(person: Person, term: str, *, now: datetime) -> list[dict[str, Any]]:
    """Waybills by number (whole or last four), phone, or name; a whole number even if only its scans are known."""
    paths = person.visible_paths("journey.trace")
    if not paths:
        return []
    found = [_told(waybill) for waybill in matching(paths, term)[:AT_MOST]]
    return found or _by_scans(paths, term.replace(" ", ""), now)


def matching(paths: list[str], term: str) -> Any:
    """Waybills that match, newest first."""
    rows = scope.waybills(paths).filter(search__matches=term)
    return rows.select_related("origin", "dest").order_by("-registered_at", "-pk")


def _told(waybill: Waybill) -> dict[str, Any]:
    ends = " → ".join(str(unit) for unit in (waybill.origin, waybill.dest) if unit)
    return {
        "kind": _("运单"),
        "title": waybill.no,
        "detail": " · ".join(part for part in (masking.name(waybill.receiver_name), ends) if part),
        "url": reverse("journey:trace", args=[waybill.no]),
    }


def _by_scans(paths: list[str], no: str, now: datetime) -> list[dict[str, Any]]:
    if len(no) < SHORTEST_NUMBER or not no.isascii() or not no.isalnum():
        return []
    known = trace(no, now=now)
    if known is None or not seen_by(paths, known):
        return []
    return [
        {"kind": _("运单"), "title": no, "detail": "", "url": reverse("journey:trace", args=[no])},
    ]

"""Finding a parcel and looking at its way."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from huhang.journey.queries import words
from huhang.journey.queries.finding import matching
from huhang.journey.queries.trace import Trace, seen_by, trace
from huhang.kit import reveal as revealing
from huhang.kit.doors import StaffRequest, may, part
from huhang.kit.errors import NotAllowed, NotFound
from huhang.kit.ui.lists import cut

RECENT = "journey.recent"
RECENT_AT_MOST = 12


@may("journey.trace")
@require_GET
def find(request: StaffRequest) -> HttpResponseBase:
    """One box; a number that is found whole opens at once."""
    term = request.GET.get("q", "").strip()[:80]
    paths = request.person.visible_paths("journey.trace")
    no = term.replace(" ", "")
    if no.isascii() and len(no) > 7 and _visible(request, no):
        return redirect("journey:trace", no=no)
    found = cut(matching(paths, term), request) if len(term) > 1 else None
    return part(
        request, "journey/find.html", sought=term, found=found, recent=request.session.get(RECENT, [])
    )


@may("journey.trace")
@require_GET
def show(request: StaffRequest, no: str) -> HttpResponse:
    found = _visible(request, no)
    if found is None:
        raise NotFound(waybill=no)
    _remember(request, no)
    template = "journey/_trace.html" if request.headers.get("HX-Request") else "journey/trace.html"
    return part(
        request, template, trace=found, places=found.places, state=words.STATUSES[found.verdict.status],
        scans=[_told(found, scan) for scan in reversed(found.scans)],
    )  # fmt: skip


@may("kit.reveal")
@require_http_methods(["GET", "POST"])
def reveal(request: StaffRequest, no: str, whose: str) -> HttpResponse:
    """Names, phones and addresses of one side, for a stated purpose."""
    found = _visible(request, no)
    values = _PRIVATE.get(whose)
    if found is None or values is None:
        raise NotFound(waybill=no)
    if not seen_by(request.person.visible_paths("kit.reveal"), found):
        raise NotAllowed(permission="kit.reveal")
    about = _("运单 %(no)s") % {"no": no}
    return revealing.show(
        request, subject=f"waybill:{no}", about=about, path=None, values=lambda: values(found)
    )


def _visible(request: StaffRequest, no: str) -> Trace | None:
    found = trace(no, now=request.now)
    return found if found and seen_by(request.person.visible_paths("journey.trace"), found) else None


def _remember(request: StaffRequest, no: str) -> None:
    recent = request.session.get(RECENT, [])
    if recent[:1] != [no]:
        request.session[RECENT] = [no, *(other for other in recent if other != no)][:RECENT_AT_MOST]


def _told(found: Trace, scan: Any) -> dict[str, Any]:
    unit, courier = found.units.get(scan.node), found.couriers.get(scan.operator)
    return {
        "scan": scan,
        "code": words.CODES[scan.code],
        "reason": words.REASONS[scan.reason],
        "where": str(unit) if unit else scan.node,
        "who": courier.name if courier else scan.operator,
    }


def _sender(found: Trace) -> Mapping[Any, str]:
    w = found.waybill
    return {_("寄件人"): w.sender_name, _("电话"): w.sender_phone, _("地址"): w.sender_address} if w else {}


def _receiver(found: Trace) -> Mapping[Any, str]:
    w = found.waybill
    return (
        {_("收件人"): w.receiver_name, _("电话"): w.receiver_phone, _("地址"): w.receiver_address}
        if w
        else {}
    )


def _courier(found: Trace) -> Mapping[Any, str]:
    c = found.courier
    return {_("派件员"): c.name, _("电话"): c.phone} if c else {}


_PRIVATE = {"sender": _sender, "receiver": _receiver, "courier": _courier}

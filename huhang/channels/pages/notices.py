"""The bell and the list of notices."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from huhang.channels.actions import notices as verbs
from huhang.channels.queries import notices as queries
from huhang.kit.doors import StaffRequest, part, signed_in
from huhang.kit.ui.lists import cut

SCOPES = ("mine", "below")


@signed_in
@require_GET
def bell(request: StaffRequest) -> HttpResponse:
    """The bell in the top bar."""
    return part(request, "channels/_bell.html", **_bell(request))


@signed_in
@require_GET
def notices(request: StaffRequest) -> HttpResponse:
    """The newest first; `?scope=below` also shows what units below were told, `?unread=1` only what waits."""
    units = queries.own_units(request.person)
    scope = request.GET.get("scope") if request.GET.get("scope") in SCOPES else "mine"
    rows = queries.mine(request.person, units) if scope == "mine" else queries.visible(request.person, units)
    if request.GET.get("unread") == "1":
        rows = rows.filter(read_at__isnull=True)
    template = "channels/_notices.html" if request.headers.get("HX-Request") else "channels/notices.html"
    return part(
        request, template, cut=cut(rows.select_related("person", "read_by"), request), scope=scope,
        only_unread=request.GET.get("unread") == "1", waiting=queries.unread(request.person, units),
        refs=queries.topics(request.person, units),
        paths=request.person.visible_paths(queries.BELOW) if scope == "below" else [],
    )  # fmt: skip


@signed_in
@require_POST
def read(request: StaffRequest, notice_id: int) -> HttpResponseBase:
    """Mark as read and go where the notice points."""
    notice = verbs.read(notice_id=notice_id, by=request.person, now=request.now)
    return redirect(notice.link or "channels:notices")


@signed_in
@require_POST
def read_all(request: StaffRequest) -> HttpResponseBase:
    verbs.read_all(by=request.person, now=request.now)
    return redirect("channels:notices")


def _bell(request: StaffRequest) -> dict[str, Any]:
    units = queries.own_units(request.person)
    return {
        "waiting": queries.unread(request.person, units),
        "at_most": queries.COUNTED_AT_MOST,
        "refs": queries.topics(request.person, units),
    }

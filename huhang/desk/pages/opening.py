"""Opening a case by hand."""

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from pydantic import ConfigDict, Field

from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.models.ticket import PRIORITY_NAMES
from huhang.desk.pages.asking import KINDS, LEFT_EMPTY, Answering, Money
from huhang.desk.queries import by_hand
from huhang.desk.queries.openings import known_of, unit_for, units_to_open_at
from huhang.desk.queries.plans import answered, asks_of
from huhang.desk.rules.kinds import Kind, Priority
from huhang.kit import ground
from huhang.kit.answers import go, is_part
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.network.models import OrgUnit

SOURCE = "page"

# Units where parcels are; above them nobody means their own desk when they open a case.
GROUND = (OrgUnit.Kind.OUTLET, OrgUnit.Kind.HUB, OrgUnit.Kind.LINEHAUL)


class NewCase(Answering):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    # Made with the form: pressing twice opens one case.
    once: str = Field(min_length=8, max_length=64)
    kind: Kind
    waybill_no: str = Field("", max_length=40)
    unit: str = Field("", max_length=32)
    entrance: str = Field("", max_length=60)
    contact_name: str = Field("", max_length=80)
    contact_phone: str = Field("", max_length=32)
    title: str = Field(min_length=2, max_length=120)
    body: str = Field("", max_length=5000)
    # Left open, an entrance may say it; else it weighs as any other.
    priority: Annotated[Priority | None, LEFT_EMPTY] = None
    value: Money = None
    # As the browser's date field writes them, in our zone.
    received_at: Annotated[datetime | None, LEFT_EMPTY] = None
    transferred_at: Annotated[datetime | None, LEFT_EMPTY] = None


@may("desk.open")
@require_http_methods(["GET", "POST"])
def open_case(request: StaffRequest) -> HttpResponse:
    """The form, and what it opens."""
    if request.method == "GET":
        return part(request, "desk/open.html", **_blank(request))
    form = read(NewCase, request)
    ticket, _is_new = open_ticket(_opening(request, form), by=request.person, now=request.now)
    url = reverse("desk:ticket", args=[ticket.no])
    return go(url) if is_part(request) else HttpResponseRedirect(url)


def _blank(request: StaffRequest) -> dict[str, Any]:
    home = request.person.home
    waybill_no = request.GET.get("waybill_no", request.GET.get("waybill", "")).strip()[:40]
    return {
        "kinds": KINDS.items(),
        "priorities": PRIORITY_NAMES.items(),
        "units": units_to_open_at(request.person),
        "known": known_of(request.person, waybill_no),
        "waybill_no": waybill_no,
        "once": uuid4().hex,
        "asks": asks_of(next(iter(KINDS)), ground.standing()),
        "home": home if home and home.kind in GROUND else None,
        "entrances": by_hand.entrances_for(request.person),
    }


def _opening(request: StaffRequest, form: NewCase) -> Opening:
    known, at = known_of(request.person, form.waybill_no), ground.standing()
    come = by_hand.come_by(request.person, form.entrance)
    return Opening(
        kind=form.kind,
        title=form.title,
        body=form.body,
        unit=unit_for(request.person, form.unit, known, at),
        origin=known.origin,
        source=SOURCE,
        source_ref=f"{request.person.pk}:{form.once}",
        waybill_no=form.waybill_no,
        contact_name=form.contact_name or known.name,
        contact_phone=form.contact_phone or known.phone,
        answers=answered(form.kind, form.answers, at),
        entrance=come.entrance,
        customer_class=come.customer_class,
        priority=form.priority or come.priority,
        value=form.value,
        received_at=_local(form.received_at),
        transferred_at=_local(form.transferred_at),
    )


def _local(typed: datetime | None) -> datetime | None:
    return timezone.make_aware(typed) if typed and timezone.is_naive(typed) else typed


@may("desk.open")
@require_GET
def suggest(request: StaffRequest) -> HttpResponse:
    """What the waybill tells: the unit and the contact, filled in while one types."""
    return part(request, "desk/_open_known.html", **_blank(request) | {"asked": True})


@may("desk.open")
@require_GET
def asks(request: StaffRequest) -> HttpResponse:
    """What the chosen kind of case asks for."""
    asked = asks_of(request.GET.get("kind", "")[:16], ground.standing())
    return part(request, "desk/_open_asks.html", asks=asked)

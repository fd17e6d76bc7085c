"""Putting right what a case was opened with."""

from decimal import Decimal

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from pydantic import Field

from huhang.desk.actions import correcting, reclassifying
from huhang.desk.actions.collision import unchanged_since
from huhang.desk.pages.acting import Form, stale
from huhang.desk.pages.asking import KINDS, Answering, Money
from huhang.desk.queries.plans import answered, asks_of
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.kinds import Kind
from huhang.kit import ground, masking
from huhang.kit.answers import go
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import Stale


class Facts(Form):
    """Whom to call is never shown in full, so what is left empty of it stays as it is."""

    title: str = Field(min_length=2, max_length=120)
    waybill_no: str = Field("", max_length=40)
    contact_name: str = Field("", max_length=80)
    contact_phone: str = Field("", max_length=32)
    value: Money = None
    reason: str = Field(min_length=2, max_length=200)

    @property
    def facts(self) -> dict[str, str | Decimal | None]:
        told = {"title": self.title, "waybill_no": "".join(self.waybill_no.split()), "value": self.value}
        whom = {"contact_name": self.contact_name, "contact_phone": self.contact_phone}
        return told | {name: value for name, value in whom.items() if value}


class NewKind(Form, Answering):
    kind: Kind
    reason: str = Field(min_length=2, max_length=200)


@may("desk.answer")
@require_http_methods(["GET", "POST"])
def correct(request: StaffRequest, no: str) -> HttpResponse:
    """GET asks, POST says."""
    if request.method == "GET":
        found = reachable(request.person, no, "desk.answer")
        name, phone = masking.name(found.contact_name), masking.phone(found.contact_phone)
        return part(request, "desk/_correct.html", ticket=found, name=name, phone=phone)
    form = read(Facts, request)
    found = reachable(request.person, no, "desk.answer")
    try:
        with unchanged_since(ticket_no=no, version=form.version):
            correcting.correct(
                ticket_no=no, facts=form.facts, reason=form.reason, by=request.person, now=request.now
            )
    except Stale:
        return stale(request, found, "desk.resolve")
    # Its head and its side say it too, so the page begins anew.
    return go(reverse("desk:ticket", args=[no]))


@may("desk.answer")
@require_http_methods(["GET", "POST"])
def reclassify(request: StaffRequest, no: str) -> HttpResponse:
    """GET asks, and asks what the plan of a chosen kind wants to know; POST says."""
    found, at = reachable(request.person, no, "desk.answer"), ground.standing()
    if request.method == "GET":
        kinds = [(kind, name) for kind, name in KINDS.items() if kind != found.kind]
        asks = asks_of(request.GET.get("kind", "")[:16], at)
        return part(request, "desk/_reclassify.html", ticket=found, kinds=kinds, asks=asks)
    form = read(NewKind, request)
    try:
        with unchanged_since(ticket_no=no, version=form.version):
            reclassifying.reclassify(
                ticket_no=no, kind=form.kind, answers=answered(form.kind, form.answers, at),
                reason=form.reason, by=request.person, now=request.now,
            )  # fmt: skip
    except Stale:
        return stale(request, found, "desk.resolve")
    return go(reverse("desk:ticket", args=[no]))

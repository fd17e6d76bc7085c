"""The dialog by which a colleague gives the customer a door: address, code to scan, SMS, and a frame for a website."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions.gateways import gateway
from huhang.desk.actions import embedding, progress
from huhang.desk.models import Ticket
from huhang.desk.queries.progress import customer_for, embed_origins, may_allow_frames
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.progress import Purpose
from huhang.kit import qr
from huhang.kit.doors import StaffRequest, may, part, read


class Website(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    address: str = Field("", max_length=200)


@may("desk.answer")
@require_POST
def link(request: StaffRequest, no: str) -> HttpResponse:
    """A new progress link for the customer; it can be shown just once, as only its hash is kept."""
    found = reachable(request.person, no, "desk.answer")
    token = progress.issue_link(ticket=found, by=request.person, now=request.now)
    url = request.build_absolute_uri(reverse("progress:page", args=[token]))
    return _dialog(request, "desk/_link.html", found, link_url=url, code=qr.svg(url, _("进度链接的二维码")))


@may("desk.answer")
@require_POST
def sms(request: StaffRequest, no: str) -> HttpResponse:
    """Send the customer a link of its own by SMS; nobody here gets to see that one."""
    found = reachable(request.person, no, "desk.answer")
    progress.send_link(ticket_no=found.no, by=request.person, now=request.now)
    return _dialog(request, "desk/_link_sent.html", found)


@may("desk.answer")
@require_POST
def embed(request: StaffRequest, no: str) -> HttpResponse:
    """A token for a frame, and the lines to paste into the customer's website."""
    found = reachable(request.person, no, "desk.answer")
    token = progress.issue_link(ticket=found, by=request.person, now=request.now, purpose=Purpose.EMBED)
    url = request.build_absolute_uri(reverse("progress:embed", args=[token]))
    return _dialog(request, "desk/_link_embed.html", found, link_url=url, origins=embed_origins(found))


@may("desk.answer")
@require_POST
def allow(request: StaffRequest, no: str) -> HttpResponse:
    """A website of this customer may show its cases from now on."""
    found = reachable(request.person, no, "desk.answer")
    customer = customer_for(request.person, found)
    address = read(Website, request).address
    embedding.allow(customer=customer, address=address, by=request.person, now=request.now)
    return _origins(request, found)


@may("desk.answer")
@require_POST
def forbid(request: StaffRequest, no: str, origin_id: int) -> HttpResponse:
    found = reachable(request.person, no, "desk.answer")
    customer = customer_for(request.person, found)
    embedding.forbid(customer=customer, origin_id=origin_id, by=request.person, now=request.now)
    return _origins(request, found)


def _origins(request: StaffRequest, ticket: Ticket) -> HttpResponse:
    return _dialog(request, "desk/_link_origins.html", ticket, origins=embed_origins(ticket))


def _dialog(request: StaffRequest, template: str, ticket: Ticket, **context: Any) -> HttpResponse:
    response = part(
        request, template, ticket=ticket, is_real=gateway().is_real,
        may_allow=may_allow_frames(request.person, ticket), **context,
    )  # fmt: skip
    response["Cache-Control"] = "no-store"
    return response

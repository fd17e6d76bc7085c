"""Addresses of other systems: what they are told, how it went, and telling them again."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions import webhooks as verbs
from huhang.channels.models import Webhook
from huhang.channels.models.webhook import DELIVERY_NAMES
from huhang.channels.queries import webhooks as queries
from huhang.channels.rules.webhooks import wants
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput
from huhang.kit.languages import shown
from huhang.kit.reveal import address_of
from huhang.kit.ui.lists import cut
from huhang.network.queries.units import UnknownUnit

PERMISSION = "kit.api"


class MomentUnreadable(BadInput):
    """请选择一个时间。"""


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    url: str = Field(min_length=8, max_length=500)
    events: list[str] = Field(default_factory=list, max_length=20)


class NewForm(Form):
    unit: str = Field(min_length=1, max_length=32)


class ChangeForm(Form):
    is_active: bool = False


class SinceForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: str = Field(max_length=40)


@may(PERMISSION)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    kept = queries.kept(request.person, now=request.now)
    units = queries.units_of(kept)
    rows = [(webhook, units.get(webhook.path), _heard(webhook)) for webhook in kept]
    return part(request, "channels/webhooks.html", rows=rows)


@may(PERMISSION)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new address; afterwards its page, with the secret behind a button."""
    if request.method == "GET":
        return part(
            request,
            "channels/_webhook.html",
            units=queries.units(request.person),
            events=_events(),
            chosen=[],
        )
    form = read(NewForm, request)
    unit = next((unit for unit in queries.units(request.person) if unit.code == form.unit), None)
    if unit is None:
        raise UnknownUnit(form.unit)
    webhook = verbs.add(
        name=form.name, url=form.url, unit=unit, events=form.events, by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return _to(webhook.pk)


@may(PERMISSION)
@require_GET
def one(request: StaffRequest, webhook_id: int) -> HttpResponse:
    """One address, and how each telling went."""
    webhook = queries.one(request.person, webhook_id, now=request.now)
    state = request.GET.get("state", "")
    return part(
        request, "channels/webhook.html", webhook=webhook, state=state, states=DELIVERY_NAMES.items(),
        rows=cut(queries.deliveries(webhook, state=state), request), names=dict(_events()),
        unit=queries.units_of([webhook]).get(webhook.path), heard=_heard(webhook),
        since=webhook.failing_since or request.now - queries.LATELY,
    )  # fmt: skip


@may(PERMISSION)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, webhook_id: int) -> HttpResponse:
    if request.method == "GET":
        webhook = queries.one(request.person, webhook_id, now=request.now)
        return part(
            request, "channels/_webhook.html", webhook=webhook, events=_events(), chosen=_chosen(webhook)
        )
    form = read(ChangeForm, request)
    verbs.change(
        webhook_id=webhook_id, name=form.name, url=form.url, events=form.events, is_active=form.is_active,
        by=request.person, now=request.now, address=address_of(request),
    )  # fmt: skip
    return _to(webhook_id)


@may(PERMISSION)
@require_POST
def secret(request: StaffRequest, webhook_id: int) -> HttpResponse:
    """Show the secret that signs now, to whoever keeps the address; asking is on record."""
    webhook = queries.one(request.person, webhook_id, now=request.now)
    return _secret(request, verbs.show_secret(webhook_id=webhook.pk, by=request.person, now=request.now))


@may(PERMISSION)
@require_POST
def rotate(request: StaffRequest, webhook_id: int) -> HttpResponse:
    """A new secret; for a day the old one signs as well."""
    new = verbs.rotate(webhook_id=webhook_id, by=request.person, now=request.now, address=address_of(request))
    return _secret(request, new)


def _secret(request: StaffRequest, shown_secret: str) -> HttpResponse:
    response = part(request, "channels/_webhook_secret.html", secret=shown_secret)
    response["Cache-Control"] = "no-store"
    return response


@may(PERMISSION)
@require_POST
def remove(request: StaffRequest, webhook_id: int) -> HttpResponse:
    verbs.remove(webhook_id=webhook_id, by=request.person, now=request.now, address=address_of(request))
    return HttpResponseRedirect(reverse("channels:webhooks"))


@may(PERMISSION)
@require_POST
def test(request: StaffRequest, webhook_id: int) -> HttpResponse:
    verbs.test(webhook_id=webhook_id, by=request.person, now=request.now)
    return _to(webhook_id)


@may(PERMISSION)
@require_POST
def again(request: StaffRequest, webhook_id: int, delivery_id: int) -> HttpResponse:
    verbs.again(webhook_id=webhook_id, delivery_id=delivery_id, by=request.person, now=request.now)
    return _to(webhook_id)


@may(PERMISSION)
@require_POST
def replay(request: StaffRequest, webhook_id: int) -> HttpResponse:
    """Post again what failed since a moment."""
    since = _moment(read(SinceForm, request).since)
    verbs.replay(webhook_id=webhook_id, since=since, by=request.person, now=request.now)
    return _to(webhook_id)


def _moment(text: str) -> datetime:
    try:
        return timezone.make_aware(datetime.fromisoformat(text))
    except ValueError as error:
        raise MomentUnreadable(field="since") from error


def _events() -> list[tuple[str, Any]]:
    """What can be chosen, with its name in the reader's language; the test message goes to whoever asks for it."""
    return [(key, shown(name)) for key, name in verbs.EVENT_NAMES.items() if key != verbs.TEST]


def _chosen(webhook: Webhook) -> list[str]:
    """The events it subscribes to, one by one; none when it hears everything."""
    return [key for key, _name in _events() if webhook.events and wants(webhook.events, key)]


def _heard(webhook: Webhook) -> list[Any]:
    """The names of what it subscribes to."""
    names = dict(_events())
    return [names[key] for key in _chosen(webhook)]


def _to(webhook_id: int) -> HttpResponse:
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("channels:webhook", args=[webhook_id])
    return response

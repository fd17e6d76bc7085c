"""Accounts at vendors: what each must be told, whether it is heard, and what came in by it and could not be used."""

from ipaddress import ip_network
from typing import Any, Literal

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions import calls, inbox, setups
from huhang.channels.models import Account, AgentExtension
from huhang.channels.queries import accounts as queries
from huhang.channels.rules.quotas import kind_of
from huhang.channels.rules.wire import Forged, Unreadable
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.models import AuditEntry
from huhang.kit.reveal import address_of
from huhang.kit.ui.lists import cut

PREFIX = "set-"
COMMON = {
    "name": _("名称"), "networks": _("回调来源网段"), "is_active": _("启用"), "fallback": _("平台不再允许发送时"),
    "telephone": _("分机"),
}  # fmt: skip
YES, NO = _("是"), _("否")
LONGEST = 500


class NoSuchColleague(BadInput):
    """没有这个登录名的同事，或不在您的管辖范围内。"""


class TelephoneForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    extension: str = Field(min_length=1, max_length=100, pattern=r"^[\w@.+\-]+$")
    person: str = Field("", max_length=150)


class StillUnreadable(DomainError):
    """还是无法识别这条消息，请检查渠道账号的密钥设置。"""

    status = 422


class TellsTooMuch(BadInput):
    """有一项设置太长了，请检查是否粘贴了多余的内容。"""


class NewForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")
    adapter: str = Field(max_length=20)
    unit: int


class Form(BaseModel):
    """What all accounts have; what each sort must be told comes beside it, by its fields' names."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    networks: str = Field("", max_length=2000)
    fallback: int | Literal[""] = ""
    is_active: bool = False


@may(queries.SEE)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    """Every account at a vendor in reach, and how it does."""
    rows = [
        (row, setups.setup_of(row), setups.missing(row))
        for row in queries.accounts(request.person, now=request.now)
    ]
    return part(
        request, "channels/accounts.html", rows=rows, can_edit=request.person.may(queries.EDIT),
        stuck=sum(row.stuck for row, _setup, _missing in rows),  # type: ignore[attr-defined]
    )  # fmt: skip


@may(queries.EDIT)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new account, asleep; its page then asks for what it must be told."""
    units = queries.units(request.person)
    if request.method == "GET":
        return part(request, "channels/_account_new.html", units=units, setups=setups.setups().items())
    form = read(NewForm, request)
    unit = next((unit for unit in units if unit.pk == form.unit), None)
    if unit is None:
        raise NotFound(unit=form.unit)
    account = setups.add(
        key=form.key, name=form.name, adapter=form.adapter, unit=unit, by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("channels:account", args=[account.key])
    return answer


@may(queries.SEE)
@require_http_methods(["GET", "POST"])
def one(request: StaffRequest, key: str) -> HttpResponse:
    """One account: its settings, secrets that can be replaced and never read, its address, its record."""
    account = _account(request, key, queries.EDIT if request.method == "POST" else queries.SEE)
    if request.method == "POST":
        form = read(Form, request)
        fallback = queries.pages_of_ours(request.person).filter(pk=form.fallback or 0).first()
        if form.fallback and fallback is None:
            raise NotFound(entrance=form.fallback)
        setups.change(
            account.pk, name=form.name, told=_told(request), networks=_networks(form.networks),
            fallback=fallback, is_active=form.is_active, by=request.person, now=request.now,
            address=address_of(request),
        )  # fmt: skip
        return HttpResponseRedirect(reverse("channels:account", args=[key]))
    setup = setups.setup_of(account)
    return part(
        request, "channels/account.html", account=account, setup=setup, fields=_fields(account),
        can_edit=request.person.may(queries.EDIT, account.path), missing=setups.missing(account),
        callback=_callback(account), pages=queries.pages_of_ours(request.person),
        record=_record(account), networks="\n".join(account.networks),
        is_counted=kind_of(account.adapter) is not None, entrances=account.entrances.order_by("name"),
        telephones=_telephones(account) if setup and setup.has_telephones else None,
    )  # fmt: skip


@may(queries.EDIT)
@require_POST
def try_out(request: StaffRequest, key: str) -> HttpResponse:
    """Ask the vendor whether it lets us in."""
    account = _account(request, key, queries.EDIT)
    trouble = ""
    try:
        setups.try_out(account, now=request.now)
    except setups.DoesNotAnswer as refusal:
        trouble = str(refusal)
    return part(request, "channels/_account_tried.html", trouble=trouble)


@may(queries.EDIT)
@require_POST
def telephone(request: StaffRequest, key: str) -> HttpResponse:
    """Say who sits at a telephone of this switch; nobody, when no name is given."""
    account = _account(request, key, queries.EDIT)
    form = read(TelephoneForm, request)
    person = queries.colleague(request.person, form.person) if form.person else None
    if form.person and person is None:
        raise NoSuchColleague(field="person", person=form.person)
    calls.sit(
        account=account, extension=form.extension, person=person, by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return part(
        request, "channels/_telephones.html", account=account, can_edit=True, telephones=_telephones(account)
    )


@may(queries.SEE)
@require_GET
def stuck(request: StaffRequest) -> HttpResponse:
    """What came in and nothing was made of: what it was, and why."""
    rows = cut(queries.stuck_for(request.person, now=request.now), request)
    return part(request, "channels/stuck.html", rows=rows, can_edit=request.person.may(queries.EDIT))


@may(queries.EDIT)
@require_POST
def again(request: StaffRequest, item_id: int) -> HttpResponse:
    """Try one of them once more."""
    item = queries.stuck_one(request.person, item_id, now=request.now)
    if item is None:
        raise NotFound(item=item_id)
    try:
        inbox.again(item, now=request.now)
    except (Unreadable, Forged) as trouble:
        raise StillUnreadable from trouble
    answer = HttpResponse(status=204)
    answer["HX-Refresh"] = "true"
    return answer


def _telephones(account: Account) -> "QuerySet[AgentExtension]":
    return account.extensions.select_related("person").order_by("extension")


def _account(request: StaffRequest, key: str, permission: str) -> Account:
    found = queries.reachable(request.person, key, permission)
    if found is None:
        raise NotFound(account=key)
    return found


def _fields(account: Account) -> list[dict[str, Any]]:
    """The fields as the form draws them; of a secret only whether there is one."""
    setup = setups.setup_of(account)
    return [
        {
            "field": field,
            "id": f"{PREFIX}{field.name}",
            "value": "" if field.is_secret else account.settings.get(field.name, ""),
            "is_set": field.is_secret and bool(account.secrets.get(field.name)),
        }
        for field in (setup.fields if setup else ())
    ]


def _record(account: Account) -> list[tuple[AuditEntry, list[tuple[str, str]]]]:
    """What was changed, each thing by the name that it has on the page."""
    setup = setups.setup_of(account)
    labels = COMMON | {field.name: field.label for field in (setup.fields if setup else ())}
    return [
        (entry, [(labels.get(name, name), _in_words(value)) for name, value in (entry.after or {}).items()])
        for entry in queries.record(account)
    ]


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _told(request: HttpRequest) -> dict[str, str]:
    told = {
        name.removeprefix(PREFIX): value for name, value in request.POST.items() if name.startswith(PREFIX)
    }
    if any(len(str(value)) > LONGEST or "\x00" in str(value) for value in told.values()):
        raise TellsTooMuch
    return {name: str(value) for name, value in told.items()}


def _networks(text: str) -> list[str]:
    networks = text.split()
    try:
        return [str(ip_network(one, strict=False)) for one in networks]
    except ValueError as error:
        raise setups.NetworkUnreadable from error


def _callback(account: Account) -> str:
    """The address to put in at the vendor; the secret in it is only named, never shown."""
    setup = setups.setup_of(account)
    if setup is None or not setup.callback:
        return ""
    page = f"{settings.PUBLIC_URL}{reverse('channels:called_back', args=[account.key])}{setup.callback_page}"
    return f"{page}?s=" if setup.secret_in_address else page

"""Entrances: what there is, whose it is, and what a customer sees there while it is being changed."""

from typing import Any, Literal

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions import entrances as verbs
from huhang.channels.actions import lines, members
from huhang.channels.models import Account, Entrance, ServiceQueue
from huhang.channels.models.entrance import KIND_NAMES
from huhang.channels.queries import accounts
from huhang.channels.queries import entrances as queries
from huhang.channels.rules.entrances import CALLS, CHATS, EntranceKind
from huhang.channels.rules.pace import ON_OUR_PAGE
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotAllowed, NotFound
from huhang.kit.models import Calendar
from huhang.kit.reveal import address_of
from huhang.network.models import Customer, OrgUnit, under
from huhang.network.rules.roles import is_whole

EDIT = "channels.edit"


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    place: str = Field("", max_length=120)
    account: int | Literal[""] = ""
    door: str = Field("", max_length=100)
    queue: int
    unit: int | None = None
    customer_class: Customer.Kind | Literal[""] = ""
    language: str = Field("", max_length=10)
    calendar: str = Field("", max_length=40)
    scenarios: str = Field("", max_length=400)
    greeting: str = Field("", max_length=300)
    closed_words: str = Field("", max_length=300)
    origins: str = Field("", max_length=1000)
    is_active: bool = False


class NewForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: EntranceKind
    name: str = Field(min_length=1, max_length=80)
    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$")
    unit: int
    queue: int


@may(queries.SEE)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    """Every entrance in reach, by kind."""
    rows = list(queries.entrances(request.person))
    return part(
        request, "channels/entrances.html", rows=rows, can_edit=request.person.may(EDIT),
        open=sum(row.is_active for row in rows), kinds=len({row.kind for row in rows}),
    )  # fmt: skip


@may(EDIT)
@require_POST
def ready(request: StaffRequest) -> HttpResponse:
    """Put in the ready ones that are missing: they are headquarters', so theirs to put in."""
    if not any(is_whole(path) for path in request.person.visible_paths(EDIT)):
        raise NotAllowed(permission=EDIT)
    verbs.load_pack()
    return HttpResponseRedirect(reverse("channels:entrances"))


@may(EDIT)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A further entrance, in the dialog; its page then asks for the rest."""
    units = accounts.units(request.person)
    queues = ServiceQueue.objects.filter(under(request.person.visible_paths(queries.SEE)), is_active=True)
    if request.method == "GET":
        return part(
            request, "channels/_entrance_new.html", kinds=list(KIND_NAMES.items()), units=units, queues=queues
        )
    form = read(NewForm, request)
    unit = next((unit for unit in units if unit.pk == form.unit), None)
    queue = queues.filter(pk=form.queue).first()
    if unit is None or queue is None:
        raise NotFound(unit=form.unit, queue=form.queue)
    entrance = verbs.add(
        key=form.key, kind=form.kind, name=form.name, unit=unit, queue=queue, by=request.person,
        now=request.now, address=address_of(request),
    )  # fmt: skip
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("channels:entrance", args=[entrance.key])
    return answer


@may(queries.SEE)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, key: str) -> HttpResponse:
    """One entrance; with `preview`, what the customer would see if it were saved as it stands in the form."""
    entrance = queries.reachable(request.person, key, EDIT if request.method == "POST" else queries.SEE)
    if entrance is None:
        raise NotFound(entrance=key)
    if request.method == "POST":
        facts = _facts(request, read(Form, request), entrance)
        if "preview" in request.GET:
            for name, value in facts.items():
                setattr(entrance, name, value)
            return part(request, "channels/_entrance_seen.html", **_seen(entrance, request))
        verbs.change(entrance, by=request.person, now=request.now, address=address_of(request), **facts)
        return HttpResponseRedirect(reverse("channels:entrances"))
    scopes = under(request.person.visible_paths(queries.SEE))
    return part(
        request, "channels/entrance.html", can_edit=request.person.may(EDIT, entrance.path),
        accounts=Account.objects.filter(scopes), queues=ServiceQueue.objects.filter(scopes, is_active=True),
        calendars=Calendar.objects.order_by("name"), units=accounts.units(request.person),
        classes=Customer.Kind.choices, languages=settings.LANGUAGES, **_seen(entrance, request),
    )  # fmt: skip


@may(EDIT)
@require_POST
def member_key(request: StaffRequest, key: str) -> HttpResponse:
    """A new key for the website that holds this chat, shown once in the dialog."""
    entrance = queries.reachable(request.person, key, EDIT)
    if entrance is None:
        raise NotFound(entrance=key)
    made = members.renew_key(entrance, by=request.person, now=request.now, address=address_of(request))
    return part(request, "channels/_member_key.html", entrance=entrance, made=made)


def _facts(request: StaffRequest, form: Form, entrance: Entrance) -> dict[str, Any]:
    """What was chosen, each from what this person may choose; without a unit it stays whose it is."""
    scopes = under(request.person.visible_paths(queries.SEE))
    account = Account.objects.filter(scopes, pk=form.account).first() if form.account else None
    queue = ServiceQueue.objects.filter(scopes, pk=form.queue).first()
    calendar = Calendar.objects.filter(key=form.calendar).first() if form.calendar else None
    unit = _unit(request, form.unit) if form.unit else entrance.unit
    asked_for = ((form.account, account), (form.queue, queue), (form.calendar, calendar), (form.unit, unit))
    for asked, found in asked_for:
        if asked and found is None:
            raise NotFound(choice=asked)
    assert unit is not None
    if form.language and form.language not in dict(settings.LANGUAGES):
        raise NotFound(choice=form.language)
    return {
        "unit": unit, "path": unit.path, "customer_class": str(form.customer_class), "language": form.language,
        "name": form.name, "place": form.place, "account": account, "door": form.door, "queue": queue,
        "calendar": calendar, "scenarios": form.scenarios.replace("，", " ").replace(",", " ").split(),
        "greeting": form.greeting, "closed_words": form.closed_words, "origins": form.origins.split(),
        "is_active": form.is_active,
    }  # fmt: skip


def _unit(request: StaffRequest, unit_id: int) -> OrgUnit | None:
    """A unit in whose name this person may keep entrances."""
    return OrgUnit.objects.filter(under(request.person.visible_paths(EDIT)), pk=unit_id).first()


def _seen(entrance: Entrance, request: StaffRequest) -> dict[str, Any]:
    """What a customer who comes now would see."""
    opens = lines.opens_at(entrance, request.now)
    return {
        "entrance": entrance,
        "is_chat": entrance.kind in CHATS,
        "is_own_page": entrance.kind in ON_OUR_PAGE and entrance.account_id is not None,
        "has_member_key": bool(entrance.account and entrance.account.secrets.get(members.KEY)),
        "is_call": entrance.kind in CALLS,
        "has_people": lines.has_people(entrance, request.now),
        "opens": opens,
        "closed": queries.closed_words(entrance, opens),
        "promised": lines.promise(entrance, entrance.queue, request.now),
    }

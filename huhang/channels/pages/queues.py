"""Queues: who is served by whom, how soon that counts as prompt, and what is promised for words left behind."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions import queues as verbs
from huhang.channels.models import ServiceQueue
from huhang.channels.queries import accounts, entrances
from huhang.channels.queries import queues as queries
from huhang.channels.queries.calls import FORMULA_WORDS
from huhang.channels.rules.call_figures import Formula
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.reveal import address_of

EDIT = accounts.EDIT


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    skill: str = Field("", max_length=40)
    rank: int = Field(ge=1, le=99)
    points: int = Field(ge=1, le=20)
    at_once: int = Field(0, ge=0, le=50)
    answer_within: int = Field(ge=1, le=3600)
    formula: Formula
    promise_minutes: int = Field(ge=1, le=7 * 24 * 60)
    is_active: bool = False


class NewForm(Form):
    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")
    unit: int


@may(entrances.SEE)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    """Every queue in reach."""
    return part(
        request,
        "channels/queues.html",
        rows=queries.queues(request.person),
        can_edit=request.person.may(EDIT),
    )


@may(EDIT)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new queue, in the dialog."""
    units = accounts.units(request.person)
    if request.method == "GET":
        return _asked(request, ServiceQueue(), units=units)
    form = read(NewForm, request)
    unit = next((unit for unit in units if unit.pk == form.unit), None)
    if unit is None:
        raise NotFound(unit=form.unit)
    facts = form.model_dump(exclude={"key", "unit"})
    verbs.add(
        key=form.key, unit=unit, by=request.person, now=request.now, address=address_of(request), **facts
    )
    return _to_list()


@may(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, key: str) -> HttpResponse:
    """One queue, in the dialog."""
    queue = queries.reachable(request.person, key, EDIT)
    if queue is None:
        raise NotFound(queue=key)
    if request.method == "GET":
        return _asked(request, queue)
    facts = read(Form, request).model_dump()
    verbs.change(queue.pk, by=request.person, now=request.now, address=address_of(request), **facts)
    return _to_list()


def _asked(request: StaffRequest, queue: ServiceQueue, **context: Any) -> HttpResponse:
    skills = queries.skills(request.person)
    return part(
        request, "channels/_queue.html", queue=queue, skills=skills, formulas=FORMULA_WORDS.items(), **context
    )


def _to_list() -> HttpResponse:
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("channels:queues")
    return answer

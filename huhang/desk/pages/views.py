"""Saved views: keep the list on the screen under a name, share it, change it, throw it away."""

from urllib.parse import parse_qsl

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import views as verbs
from huhang.desk.models import SavedView
from huhang.desk.pages.columns import USUAL, USUAL_OF_OVER
from huhang.desk.pages.lists import Asked, asked_of
from huhang.desk.queries import views
from huhang.kit.answers import go
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.network.models import OrgUnit
from huhang.network.models.scope import under

PLACES_SHOWN = 200


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NewView(Form):
    name: str = Field(min_length=1, max_length=40)
    unit: str = Field("", max_length=32)
    query: str = Field("", max_length=1500)


class Content(Form):
    query: str = Field("", max_length=1500)


class Name(Form):
    name: str = Field(min_length=1, max_length=40)


class Step(Form):
    step: int = Field(ge=-1, le=1)


def _asked(request: StaffRequest, query: str) -> Asked:
    return asked_of(request, dict(parse_qsl(query)))


def _kept(asked: Asked) -> list[str]:
    """The columns on the screen; the usual ones are kept as none, so that they stay usual."""
    columns = [column.key for column in asked.columns]
    return [] if tuple(columns) in (USUAL, USUAL_OF_OVER) else columns


def _open(view: SavedView) -> HttpResponse:
    return go(f"{reverse('desk:tickets')}?view={view.pk}")


@may("desk.see")
@require_http_methods(["GET", "POST"])
def save(request: StaffRequest) -> HttpResponse:
    """Ask for a name, and for whom; then keep the list as it is on the screen."""
    if request.method == "GET":
        return part(request, "desk/_view_form.html", query=request.GET.urlencode(), places=_places(request))
    form = read(NewView, request)
    asked = _asked(request, form.query)
    columns = _kept(asked)
    view = verbs.save(
        name=form.name, filters=asked.filters, columns=columns, unit=form.unit,
        by=request.person, now=request.now,
    )  # fmt: skip
    return _open(view)


def _places(request: StaffRequest) -> list[OrgUnit]:
    """Where a view can be shared: the units over which one may."""
    paths = views.places_to_share(request.person)
    units = OrgUnit.objects.filter(under(paths), is_active=True) if paths else OrgUnit.objects.none()
    return list(units.order_by("level", "path")[:PLACES_SHOWN])


@may("desk.see")
@require_GET
def edit(request: StaffRequest, view_id: int) -> HttpResponse:
    """The name of a view and its place among the others."""
    view = views.reachable(request.person, view_id)
    return part(request, "desk/_view_edit.html", view=view, can_change=views.can_change(request.person, view))


@may("desk.see")
@require_POST
def change(request: StaffRequest, view_id: int) -> HttpResponse:
    """Let the view hold what is on the screen."""
    asked = _asked(request, read(Content, request).query)
    columns = _kept(asked)
    return _open(
        verbs.change(
            view_id=view_id, filters=asked.filters, columns=columns, by=request.person, now=request.now
        )
    )


@may("desk.see")
@require_POST
def rename(request: StaffRequest, view_id: int) -> HttpResponse:
    form = read(Name, request)
    return _open(verbs.rename(view_id=view_id, name=form.name, by=request.person, now=request.now))


@may("desk.see")
@require_POST
def move(request: StaffRequest, view_id: int) -> HttpResponse:
    form = read(Step, request)
    return _open(verbs.move(view_id=view_id, step=form.step, by=request.person))


@may("desk.see")
@require_POST
def remove(request: StaffRequest, view_id: int) -> HttpResponse:
    verbs.remove(view_id=view_id, by=request.person, now=request.now)
    return go(reverse("desk:tickets"))

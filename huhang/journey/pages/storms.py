"""Storm mode: where it holds and until when; declaring, changing and ending it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huhang.journey.actions import previewing
from huhang.journey.actions import storms as declaring
from huhang.journey.models import Storm
from huhang.journey.pages.storm_form import StormForm, filled_in, fresh
from huhang.journey.queries import previews, storms
from huhang.journey.rules.storm import State
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput, NotAllowed, NotFound


@may(storms.SEE)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    lines = storms.listed(request.person, now=request.now)
    return part(
        request, "journey/storms.html", lines=lines, may_declare=request.person.may(storms.DECLARE),
        paths=storms.heard_at(request.person.visible_paths(storms.SEE)), saved=request.GET.get("saved", ""),
        holding=sum(line.state is State.HOLDING for line in lines),
    )  # fmt: skip


@may("journey.trace")
@require_GET
def banner(request: StaffRequest) -> HttpResponse:
    """The storms that hold in one's region, for the head of any page of work."""
    paths = request.person.visible_paths("journey.trace")
    return part(request, "journey/_storm_banner.html", **storms.banner(paths, now=request.now))


@may(storms.DECLARE)
@require_http_methods(["GET", "POST"])
def declare(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, None, fresh(now=request.now))
    try:
        form = read(StormForm, request)
        unit = form.chosen(storms.units(request.person))
        declaring.declare(unit=unit, **form.facts(), by=request.person, now=request.now)
    except BadInput as error:
        return _page(request, None, _posted(request), _by_field(error))
    return _go("declared")


@may(storms.DECLARE)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, storm_id: int) -> HttpResponse:
    storm = _mine(request, storm_id)
    if request.method != "POST":
        return _page(request, storm, filled_in(storm))
    try:
        form = read(StormForm, request)
        changes = form.facts()
        if storm.state_at(request.now) is State.HOLDING:
            changes.pop("starts_at")  # shown to the minute, and past changing
        declaring.change(
            storm_id=storm_id, version=form.version, changes=changes, by=request.person, now=request.now
        )
    except BadInput as error:
        return _page(request, storm, _posted(request), _by_field(error))
    return _go("changed")


@may(storms.DECLARE)
@require_POST
def end(request: StaffRequest, storm_id: int) -> HttpResponse:
    declaring.end(storm_id=storm_id, by=request.person, now=request.now)
    return _go("ended")


@may(storms.DECLARE)
@require_POST
def preview(request: StaffRequest) -> HttpResponse:
    """What the storm being typed would move; worked out in the background from the scans of the last days."""
    try:
        form = read(StormForm, request)
        unit = form.chosen(storms.units(request.person))
        facts = form.facts()
    except BadInput as error:
        return part(request, "journey/_preview_refused.html", errors=error.data["errors"])
    asked = previewing.ask_storm(
        path=unit.path, starts_at=facts["starts_at"], ends_at=facts["ends_at"],
        extra_minutes=facts["extra_minutes"], instead_of=form.storm, by=request.person,
        now=request.now,
    )  # fmt: skip
    told = previews.told(asked, request.person.visible_paths("journey.trace"))
    return part(request, "journey/_preview.html", preview=asked, told=told)


def _mine(request: StaffRequest, storm_id: int) -> Storm:
    storm = get_object_or_404(Storm.objects.select_related("unit"), pk=storm_id)
    if not request.person.may(storms.DECLARE, storm.path):
        raise NotAllowed(permission=storms.DECLARE)
    if storm.state_at(request.now) is State.ENDED:
        raise declaring.StormIsOver
    return storm


def _page(
    request: StaffRequest, storm: Storm | None, values: dict[str, Any], errors: dict[str, list[str]] | None = None
) -> HttpResponse:  # fmt: skip
    template = "journey/_storm_form.html" if request.method == "POST" else "journey/storm.html"
    return part(
        request, template, status=422 if errors else 200, storm=storm, values=values, errors=errors or {},
        units=[storm.unit] if storm else storms.units(request.person), ready=storms.READY_REASONS,
        action=reverse("journey:storm", args=[storm.pk]) if storm else reverse("journey:storm_new"),
        has_begun=bool(storm and storm.state_at(request.now) is State.HOLDING),
    )  # fmt: skip


def _posted(request: StaffRequest) -> dict[str, Any]:
    return {key: request.POST[key] for key in request.POST}


def _by_field(error: BadInput) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for one in error.data["errors"]:
        named.setdefault(one.get("field") or "storm", []).append(one["reason"])
    return named or {"storm": [_("提交的内容有误。")]}


def _go(saved: str) -> HttpResponse:
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("journey:storms") + f"?saved={saved}"
    return response


@may(storms.DECLARE)
@require_GET
def ending(request: StaffRequest, storm_id: int) -> HttpResponse:
    """Asks once before a storm ends early."""
    storm = Storm.objects.select_related("unit").filter(pk=storm_id).first()
    if storm is None or not request.person.may(storms.DECLARE, storm.path):
        raise NotFound(storm=storm_id)
    return part(request, "journey/_storm_end.html", storm=storm)

"""The watch's rules: read them in words, change them, switch them, see who did."""

from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huhang.journey.actions import rules as changing
from huhang.journey.models import WatchRule
from huhang.journey.pages.rule_form import RuleForm, filled_in
from huhang.journey.queries import rules, words
from huhang.journey.rules.watch import OPEN_CODES
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput, NotAllowed

EDIT = "journey.rules.edit"


@may("journey.rules.see")
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    rows = list(WatchRule.objects.order_by("number"))
    told = [(row, rules.told(rules.as_rule(row))) for row in rows]
    groups = [(text, [pair for pair in told if pair[0].kind == kind]) for kind, text in words.KINDS.items()]
    return part(
        request, "journey/rules.html", groups=[group for group in groups if group[1]],
        number=len(rows), resting=sum(not row.is_enabled for row in rows), may_edit=request.person.may(EDIT),
    )  # fmt: skip


@may("journey.rules.see")
@require_http_methods(["GET", "POST"])
def show(request: StaffRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(WatchRule, slug=slug)
    if request.method != "POST":
        return _page(request, row, values=filled_in(row), errors={})
    if not request.person.may(EDIT):
        raise NotAllowed(permission=EDIT)
    try:
        form = read(RuleForm, request)
        changes = form.changes(row.kind)
        changing.edit(
            slug=slug,
            version=form.version,
            changes=changes,
            by=request.person,
            reason=form.reason,
            now=request.now,
        )
    except BadInput as error:
        return _page(request, row, values=_posted(request), errors=_by_field(error), status=422)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("journey:rule", args=[slug]) + "?saved=1"
    return response


@may(EDIT)
@require_POST
def switch(request: StaffRequest, slug: str) -> HttpResponse:
    get_object_or_404(WatchRule, slug=slug)
    row = changing.switch(slug=slug, on=request.POST.get("on") == "1", by=request.person, now=request.now)
    return part(request, "journey/_switch.html", rule=row, may_edit=True)


@may(EDIT)
@require_POST
def copy(request: StaffRequest, slug: str) -> HttpResponse:
    get_object_or_404(WatchRule, slug=slug)
    row = changing.copy(slug=slug, by=request.person, now=request.now)
    return redirect("journey:rule", slug=row.slug)


def _page(
    request: StaffRequest,
    row: WatchRule,
    *,
    values: dict[str, Any],
    errors: dict[str, list[str]],
    status: int = 200,
) -> HttpResponse:
    template = "journey/_rule_form.html" if request.method == "POST" else "journey/rule.html"
    rule = rules.as_rule(row)
    return part(
        request, template, status=status, rule=row, told=rules.told(rule), values=values, errors=errors,
        changes=rules.changes(row.slug), may_edit=request.person.may(EDIT), saved="saved" in request.GET,
        stages=[(code.name, text) for code, text in words.CODES.items() if code in OPEN_CODES],
        codes=[(code.name, text) for code, text in words.CODES.items() if 0 < code < 31],
        needs=_needs(), node_kinds=words.NODE_KINDS.items(), addressed=words.ADDRESSED.items(),
        links=words.LINKS.items(), kind_name=words.KINDS[rule.kind],
    )  # fmt: skip


def _needs() -> list[tuple[str, Any]]:
    named = [(code.name, text) for code, text in words.CODES.items() if 0 < code < 31]
    return [("ARRIVED_AT_OUTLET", _("到达派件网点")), *named]


def _posted(request: StaffRequest) -> dict[str, Any]:
    """What was typed, as it was typed, so that nothing has to be typed again."""
    lists = {"after", "expects", "scans", "needs", "node_kinds"}
    return {key: request.POST.getlist(key) if key in lists else request.POST[key] for key in request.POST}


def _by_field(error: BadInput) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for one in cast(list[dict[str, str]], error.data["errors"]):
        named.setdefault(one.get("field") or "rule", []).append(one["reason"])
    return named

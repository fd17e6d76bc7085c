"""The watch's rules: read them in words, try a change out, change them, switch them, see who did."""

from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huhang.journey.actions import previewing
from huhang.journey.actions import rules as changing
from huhang.journey.models import WatchRule
from huhang.journey.pages.rule_form import CHIPS, EXTRAS, LISTS, RuleForm, blank, filled_in, options
from huhang.journey.queries import previews, rules, words
from huhang.journey.rules.watch import CHARGEABLE, RuleKind
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput, NotAllowed, NotFound

EDIT = "journey.rules.edit"
SEE = "journey.rules.see"


@may(SEE)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    """Every rule, by the link that it looks after."""
    sought = request.GET.get("q", "").strip()[:80]
    told = rules.overview(request.person.visible_paths("journey.trace"), sought=sought, now=request.now)
    return part(
        request, "journey/rules.html", told=told, sought=sought, may_edit=request.person.may(EDIT),
    )  # fmt: skip


@may(SEE)
@require_http_methods(["GET", "POST"])
def show(request: StaffRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(WatchRule, slug=slug)
    if request.method != "POST":
        return _page(request, RuleKind(row.kind), row, values=filled_in(row))
    if not request.person.may(EDIT):
        raise NotAllowed(permission=EDIT)
    try:
        form = read(RuleForm, request)
        changing.edit(
            slug=slug,
            version=form.version,
            changes=form.changes(row.kind),
            by=request.person,
            reason=form.reason,
            now=request.now,
        )
    except BadInput as error:
        return _page(request, RuleKind(row.kind), row, values=_posted(request), error=error)
    return _go(slug)


@may(EDIT)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """A rule from scratch: first its kind, then its form."""
    if request.method != "POST":
        kind = _kind(request.GET.get("kind", ""))
        if kind is None:
            return part(request, "journey/rule_kinds.html", kinds=rules.kinds())
        return _page(request, kind, None, values=blank(kind))
    kind = _kind(request.POST.get("kind", ""))
    if kind is None:
        raise NotFound(kind=request.POST.get("kind", ""))
    try:
        form = read(RuleForm, request)
        row = changing.create(
            kind=kind, changes=form.changes(kind), by=request.person, reason=form.reason, now=request.now
        )
    except BadInput as error:
        return _page(request, kind, None, values=_posted(request), error=error)
    return _go(row.slug)


@may(EDIT)
@require_POST
def preview(request: StaffRequest) -> HttpResponse:
    """What the rule being typed would have raised, beside the saved one. Nothing is saved."""
    slug = request.POST.get("slug", "")
    row = get_object_or_404(WatchRule, slug=slug) if slug else None
    try:
        asked = _asked(request, row)
    except BadInput as error:
        return part(request, "journey/_preview_refused.html", errors=error.data["errors"])
    told = previews.told(asked, request.person.visible_paths("journey.trace"))
    return part(request, "journey/_preview.html", preview=asked, told=told)


def _asked(request: StaffRequest, row: WatchRule | None) -> Any:
    form = read(RuleForm, request)
    kind = row.kind if row else form.kind
    if _kind(kind) is None:
        raise NotFound(kind=kind)
    changes = form.changes(kind, is_draft=True)
    draft = (
        changing.drafted(slug=row.slug, changes=changes) if row else changing.drafted_new(kind=kind, changes=changes)
    )  # fmt: skip
    saved = WatchRule.objects.get(pk=row.pk).as_row() if row else None
    return previewing.ask_rule(draft=draft.as_row(), saved=saved, by=request.person, now=request.now)


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
    kind: RuleKind,
    row: WatchRule | None,
    *,
    values: dict[str, Any],
    error: BadInput | None = None,
) -> HttpResponse:
    template = "journey/_rule_form.html" if request.method == "POST" else "journey/rule.html"
    return part(
        request, template, status=error.status if error else 200, rule=row, values=values,
        kind=kind, kind_name=words.KINDS[kind], hint=words.KIND_HINTS[kind],
        errors=_by_field(error) if error else {},
        told=rules.told(rules.as_rule(row)) if row else "",
        changes=rules.changes(row.slug) if row else [],
        may_edit=request.person.may(EDIT), saved="saved" in request.GET,
        chips=[(one, options(one)) for one in CHIPS[kind]], extras=EXTRAS.get(kind, ()),
        flags=words.FLAGS.items(), charged=words.CHARGED.items() if kind in CHARGEABLE else (),
        addressed=words.ADDRESSED.items(), links=words.LINKS.items(),
        action=reverse("journey:rule", args=[row.slug]) if row else reverse("journey:rule_new"),
    )  # fmt: skip


def _kind(text: str) -> RuleKind | None:
    return RuleKind(text) if text in list(RuleKind) else None


def _posted(request: StaffRequest) -> dict[str, Any]:
    """What was typed, as it was typed, so that nothing has to be typed again."""
    return {key: request.POST.getlist(key) if key in LISTS else request.POST[key] for key in request.POST}


def _by_field(error: BadInput) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for one in cast(list[dict[str, str]], error.data["errors"]):
        named.setdefault(one.get("field") or "rule", []).append(one["reason"])
    return named


def _go(slug: str) -> HttpResponse:
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("journey:rule", args=[slug]) + "?saved=1"
    return response

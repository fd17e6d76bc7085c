"""As what cases can end: edited beside the policies."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import closings as verbs
from huhang.desk.models import ClosingReason
from huhang.desk.pages.answers import done
from huhang.desk.pages.policies import shown
from huhang.desk.queries.closings import closing_reasons
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.reveal import address_of


class ClosingForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=2, max_length=80)
    name_en: str = Field("", max_length=120)
    is_active: bool = False


class NewClosingForm(ClosingForm):
    code: str = Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")


@may("desk.see")
@require_GET
def options(request: StaffRequest) -> HttpResponse:
    """What a list can be narrowed to: fetched when somebody opens the panel, as few do."""
    chosen = request.GET.get("ended_as", "")[:80]
    return part(request, "desk/_closing_options.html", reasons=closing_reasons(), chosen=chosen)


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """Add a reason in the dialog."""
    if request.method == "GET":
        return part(request, "desk/_closing_reason.html", reason=ClosingReason())
    form = read(NewClosingForm, request)
    verbs.add(
        code=form.code, values=form.model_dump(exclude={"code"}), by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return _saved(request)


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, code: str) -> HttpResponse:
    """Edit a reason in the dialog."""
    reason = ClosingReason.objects.filter(code=code).first()
    if reason is None:
        raise NotFound(reason=code)
    if request.method == "GET":
        return part(request, "desk/_closing_reason.html", reason=reason)
    form = read(ClosingForm, request)
    verbs.change(
        code=code, values=form.model_dump(), by=request.person, now=request.now, address=address_of(request)
    )
    return _saved(request)


def _saved(request: StaffRequest) -> HttpResponse:
    context: dict[str, Any] = shown()
    said = _("已保存，之后办结时可选。")
    return done(request, "desk/_policies.html", target="#policies", said=said, **context)

"""Why counting may stop, and for how long: edited beside the policies."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import policies as actions
from huhang.desk.models import PauseReason
from huhang.desk.pages.answers import done
from huhang.desk.pages.policies import YEAR_OF_MINUTES, shown
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.reveal import address_of


class ReasonForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=2, max_length=80)
    name_en: str = Field("", max_length=120)
    limit_minutes: int = Field(ge=1, le=YEAR_OF_MINUTES)
    until_heard: bool = False
    is_active: bool = False


class NewReasonForm(ReasonForm):
    code: str = Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """Add a reason in the dialog."""
    if request.method == "GET":
        return part(request, "desk/_pause_reason.html", reason=PauseReason(limit_minutes=1440))
    form = read(NewReasonForm, request)
    actions.add_pause_reason(
        code=form.code, values=form.model_dump(exclude={"code"}), by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return _saved(request)


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, code: str) -> HttpResponse:
    """Edit a reason in the dialog."""
    reason = PauseReason.objects.filter(code=code).first()
    if reason is None:
        raise NotFound(reason=code)
    if request.method == "GET":
        return part(request, "desk/_pause_reason.html", reason=reason)
    form = read(ReasonForm, request)
    actions.set_pause_reason(
        code=code, values=form.model_dump(), by=request.person, now=request.now, address=address_of(request)
    )
    return _saved(request)


def _saved(request: StaffRequest) -> HttpResponse:
    context: dict[str, Any] = shown()
    said = _("已保存，之后的暂停按此执行。")
    return done(request, "desk/_policies.html", target="#policies", said=said, **context)

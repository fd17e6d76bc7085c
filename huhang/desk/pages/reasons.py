"""Lists of reasons, edited beside the policies: why counting may stop, as what cases can end."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import reasons as verbs
from huhang.desk.models import ClosingReason, PauseReason
from huhang.desk.models.reason import Reason
from huhang.desk.pages.answers import done
from huhang.desk.pages.policies import YEAR_OF_MINUTES, shown
from huhang.desk.queries.closings import closing_reasons
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.reveal import address_of


class ReasonForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=2, max_length=80)
    name_en: str = Field("", max_length=120)
    is_active: bool = False


class PauseForm(ReasonForm):
    limit_minutes: int = Field(ge=1, le=YEAR_OF_MINUTES)
    until_heard: bool = False


class Coded(BaseModel):
    code: str = Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")


class NewReasonForm(ReasonForm, Coded):
    pass


class NewPauseForm(PauseForm, Coded):
    pass


@dataclass(frozen=True)
class Book:
    """One list, and what its dialogs ask and say."""

    reasons: type[Reason]
    form: type[ReasonForm]
    new_form: type[NewReasonForm] | type[NewPauseForm]
    blank: dict[str, Any]
    saved: Any


BOOKS = {
    "pauses": Book(
        PauseReason, PauseForm, NewPauseForm, {"limit_minutes": 1440}, _("已保存，之后的暂停按此执行。")
    ),
    "closings": Book(ClosingReason, ReasonForm, NewReasonForm, {}, _("已保存，之后办结时可选。")),
}


@may("desk.see")
@require_GET
def closing_options(request: StaffRequest) -> HttpResponse:
    """What a list can be narrowed to: fetched when somebody opens the panel, as few do."""
    chosen = request.GET.get("ended_as", "")[:80]
    return part(request, "desk/_closing_options.html", reasons=closing_reasons(), chosen=chosen)


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest, book: str) -> HttpResponse:
    """Add a reason in the dialog."""
    kept = BOOKS[book]
    if request.method == "GET":
        return part(request, "desk/_reason.html", reason=kept.reasons(**kept.blank), book=book)
    form = read(kept.new_form, request)
    verbs.add(
        kept.reasons, code=form.code, values=form.model_dump(exclude={"code"}), by=request.person,
        now=request.now, address=address_of(request),
    )  # fmt: skip
    return _saved(request, kept)


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, book: str, code: str) -> HttpResponse:
    """Edit a reason in the dialog."""
    kept = BOOKS[book]
    reason = kept.reasons._default_manager.filter(code=code).first()
    if reason is None:
        raise NotFound(reason=code)
    if request.method == "GET":
        return part(request, "desk/_reason.html", reason=reason, book=book)
    form = read(kept.form, request)
    verbs.change(
        kept.reasons, code=code, values=form.model_dump(), by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return _saved(request, kept)


def _saved(request: StaffRequest, kept: Book) -> HttpResponse:
    return done(request, "desk/_policies.html", target="#policies", said=str(kept.saved), **shown())

"""How long obligations may take, who owes which step, and what that means for a given moment."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import policies as actions
from huhang.desk.models import ClockPolicy, StepTemplate
from huhang.desk.models.clock import OBLIGATION_NAMES
from huhang.desk.models.step import WHO_NAMES
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.pages.answers import done
from huhang.desk.queries import policies as queries
from huhang.desk.rules.clock import USUAL, ladder_of
from huhang.desk.rules.steps import Who
from huhang.kit.calendar_store import ALWAYS
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput, NotFound
from huhang.kit.reveal import address_of

YEAR_OF_MINUTES = 366 * 24 * 60


class PolicyForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    minutes: int = Field(ge=1, le=YEAR_OF_MINUTES)
    ladder: list[dict[str, Any]] = Field(default_factory=list)
    calendar: str = Field(max_length=40)
    source: str = Field("", max_length=200)
    is_confirmed: bool = False


class TemplateForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=2, max_length=80)
    title_en: str = Field("", max_length=120)
    who: Who
    minutes: int = Field(ge=1, le=YEAR_OF_MINUTES)
    calendar: str = Field(max_length=40)


class MomentUnreadable(BadInput):
    """请按“年-月-日 时:分”填写开始时间。"""


@may("desk.policies.edit")
@require_GET
def policies(request: StaffRequest) -> HttpResponse:
    """All policies and templates."""
    return part(request, "desk/policies.html", **_shown())


def _shown() -> dict[str, Any]:
    return {
        "policies": queries.policies(),
        "templates": queries.templates(),
        "calendars": [(ALWAYS, _("全天候")), *queries.calendars()],
        "obligations": OBLIGATION_NAMES,
        "kinds": KIND_NAMES,
    }


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def policy(request: StaffRequest, policy_id: int) -> HttpResponse:
    """Edit one policy in the dialog, with the calculation beside it."""
    row = ClockPolicy.objects.filter(pk=policy_id).first()
    if row is None:
        raise NotFound(policy=policy_id)
    if request.method == "GET":
        started_at = request.now.replace(second=0, microsecond=0)
        return part(
            request,
            "desk/_policy.html",
            policy=row,
            started_at=started_at,
            example=_example_of(row, started_at),
            **_shown(),
        )
    form = read(PolicyForm, request)
    actions.set_policy(
        policy_id=policy_id,
        **form.model_dump(),
        by=request.person,
        now=request.now,
        address=address_of(request),
    )
    return done(
        request,
        "desk/_policies.html",
        target="#policies",
        said=_("已保存，新开始的计时按此执行。"),
        **_shown(),
    )


def _example_of(row: ClockPolicy, started_at: datetime) -> queries.Example:
    return queries.example(
        minutes=row.minutes, ladder=ladder_of(row.ladder), calendar=row.calendar, started_at=started_at,
    )  # fmt: skip


@may("desk.policies.edit")
@require_GET
def explain(request: StaffRequest) -> HttpResponse:
    """The whole calculation for the settings being typed and a start moment, in words."""
    asked = request.GET
    shown = queries.example(
        minutes=_number(asked.get("minutes", ""), 1),
        ladder=USUAL,
        calendar=asked.get("calendar", ALWAYS),
        started_at=_moment(asked.get("started_at", "")),
    )
    return part(request, "desk/_explain.html", example=shown)


def _number(text: str, otherwise: int) -> int:
    return min(int(text), YEAR_OF_MINUTES) if text.isdigit() and int(text) > 0 else otherwise


def _moment(text: str) -> datetime:
    """A moment as the browser's date field writes it, in our zone."""
    try:
        return timezone.make_aware(datetime.fromisoformat(text))
    except ValueError as error:
        raise MomentUnreadable(value=text) from error


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def template(request: StaffRequest, template_id: int) -> HttpResponse:
    """Edit one step template in the dialog."""
    row = StepTemplate.objects.filter(pk=template_id).first()
    if row is None:
        raise NotFound(template=template_id)
    if request.method == "GET":
        return part(request, "desk/_template.html", row=row, who_names=WHO_NAMES.items(), **_shown())
    form = read(TemplateForm, request)
    actions.set_template(
        template_id=template_id,
        **form.model_dump(),
        by=request.person,
        now=request.now,
        address=address_of(request),
    )
    return done(
        request, "desk/_policies.html", target="#policies", said=_("已保存，新开的工单按此执行。"), **_shown()
    )

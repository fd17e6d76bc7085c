"""Ladders and control shares: read them as sentences, change them in a dialog, on the record."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from huhang.channels.models import OUR_OWN_MEDIA
from huhang.channels.rules.outgoing import Medium
from huhang.journey.actions import ladders as changing
from huhang.journey.models import ReminderPolicy
from huhang.journey.models.reminder import AUDIENCE_NAMES
from huhang.journey.queries import control, ladders
from huhang.journey.rules.reminders import Audience, Step
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.reveal import address_of

SEE, EDIT = "journey.rules.see", "journey.rules.edit"
EMPTY_ROWS = 2
Percent = Annotated[Decimal, Field(ge=0, le=50, decimal_places=2)]
Minutes = Annotated[int, BeforeValidator(lambda text: text or 0), Field(ge=0, le=10080)]


class PolicyForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    is_enabled: bool = False
    is_urgent: bool = False
    quiet_from: time
    quiet_to: time
    window_minutes: int = Field(ge=0, le=240)
    # One each per row of the form; a row without a medium is no rung.
    after: list[Minutes] = Field(default_factory=list, max_length=16)
    medium: list[Medium | str] = Field(default_factory=list, max_length=16)
    audience: list[Audience] = Field(default_factory=list, max_length=16)

    def steps(self) -> tuple[Step, ...]:
        """The rungs in the order of the form."""
        rows = zip(self.after, self.medium, self.audience, strict=False)
        given = [(after, medium, to) for after, medium, to in rows if medium in set(Medium)]
        return tuple(
            Step(place, timedelta(minutes=after), Medium(medium), to)
            for place, (after, medium, to) in enumerate(given, start=1)
        )


class ShareForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    rule: str = Field("", max_length=64)
    percent: Annotated[Percent | None, BeforeValidator(lambda text: text or None)] = None


class RuleForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rule: str = Field(min_length=1, max_length=64)


@may(SEE)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    return part(
        request, "journey/reminder_policies.html", policies=ladders.rows(), shares=control.rows(),
        rules=ladders.rules(), control_rules=control.rules(), may_edit=request.person.may(EDIT),
        may_see_control=request.person.may(control.SEE), saved=request.GET.get("saved", ""),
    )  # fmt: skip


@may(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest, policy_id: int) -> HttpResponse:
    """Edit one ladder in the dialog."""
    if request.method == "GET":
        row = ReminderPolicy.objects.select_related("rule").filter(pk=policy_id).first()
        if row is None:
            raise NotFound(policy=policy_id)
        steps = [*row.steps.all(), *[None] * EMPTY_ROWS]
        return part(
            request, "journey/_reminder_policy.html", policy=row, steps=steps, media=OUR_OWN_MEDIA.items(),
            audiences=AUDIENCE_NAMES.items(),
        )  # fmt: skip
    form = read(PolicyForm, request)
    changing.set_policy(
        policy_id=policy_id, version=form.version, is_enabled=form.is_enabled, is_urgent=form.is_urgent,
        quiet_from=form.quiet_from, quiet_to=form.quiet_to, window_minutes=form.window_minutes,
        steps=form.steps(), by=request.person, now=request.now, address=address_of(request),
    )  # fmt: skip
    return _go()


@may(EDIT)
@require_POST
def own(request: StaffRequest) -> HttpResponse:
    """A ladder for one rule."""
    changing.own_policy(slug=read(RuleForm, request).rule, by=request.person, now=request.now)
    return _go()


@may(EDIT)
@require_POST
def drop(request: StaffRequest, policy_id: int) -> HttpResponse:
    """Let a rule follow the common ladder again."""
    changing.drop_policy(policy_id=policy_id, by=request.person, now=request.now)
    return _go()


@may(EDIT)
@require_POST
def share(request: StaffRequest) -> HttpResponse:
    """How many hits are left alone, of all rules or of one."""
    form = read(ShareForm, request)
    changing.set_share(slug=form.rule, percent=form.percent, by=request.person, now=request.now)
    return _go()


def _go() -> HttpResponse:
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("journey:reminder_policies") + "?saved=1"
    return response

"""How long obligations may take, why they may stop, and what that means for a given moment."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from huhang.channels.models.entrance import KIND_NAMES as ENTRANCE_NAMES
from huhang.desk.actions import policies as actions
from huhang.desk.actions import weighing
from huhang.desk.models import ClockPolicy
from huhang.desk.models.clock import FROM_NAMES, OBLIGATION_NAMES
from huhang.desk.models.ticket import KIND_NAMES, PRIORITY_NAMES
from huhang.desk.pages.answers import done
from huhang.desk.queries import policies as queries
from huhang.desk.queries.closings import closing_reasons
from huhang.desk.queries.leaving import delays
from huhang.desk.rules.clock import USUAL, Ladder, ladder_of
from huhang.desk.rules.kinds import Kind, Level, Obligation, Priority
from huhang.desk.rules.starting import CountsFrom
from huhang.kit.calendar_store import ALWAYS
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.doors import explain as explained
from huhang.kit.errors import BadInput, NotFound
from huhang.kit.reveal import address_of
from huhang.network.models import Customer

YEAR_OF_MINUTES = 366 * 24 * 60
SLUG = r"^[A-Za-z0-9_-]*$"


class RungForm(BaseModel):
    """`rung-owner-how` and `rung-owner-at`: at a share of the time, or minutes after it ran out."""

    level: Level
    percent: int | None = Field(None, ge=1, le=100)
    after: int | None = Field(None, ge=0, le=YEAR_OF_MINUTES)


class PolicyForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    minutes: int = Field(ge=1, le=YEAR_OF_MINUTES)
    ladder: list[RungForm] = Field(default_factory=list)
    calendar: str = Field(max_length=40)
    counts_from: CountsFrom = CountsFrom.OPENING
    source: str = Field("", max_length=200)
    is_confirmed: bool = False
    # Whether the edit is for clocks that start from now on, or for the cases at hand as well.
    reach: str = Field("new", pattern="^(new|running)$")

    @model_validator(mode="before")
    @classmethod
    def _rungs(cls, typed: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in typed.items() if not k.startswith("rung-")} | {
            "ladder": _ladder_typed(typed)
        }

    @property
    def values(self) -> dict[str, Any]:
        ladder = [rung.model_dump(mode="json", exclude_none=True) for rung in self.ladder]
        named = {"minutes", "calendar", "counts_from", "source", "is_confirmed"}
        return self.model_dump(mode="json", include=named) | {"ladder": ladder}


class NewPolicyForm(PolicyForm):
    """What the row names; blank is any."""

    obligation: Obligation
    kind: Kind | None = None
    product: str = Field("", max_length=32)
    customer_class: str = Field("", max_length=16)
    priority: Priority | None = None
    entrance: str = Field("", max_length=40, pattern=SLUG)

    @model_validator(mode="before")
    @classmethod
    def _blanks(cls, typed: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in typed.items() if v != "" or k not in ("kind", "priority")}

    @property
    def named(self) -> dict[str, str]:
        return {
            "obligation": self.obligation, "kind": self.kind or "", "product": self.product,
            "customer_class": self.customer_class, "priority": self.priority or "", "entrance": self.entrance,
        }  # fmt: skip


def _ladder_typed(typed: dict[str, Any]) -> list[dict[str, Any]]:
    """The rungs that were switched on, in the order of levels."""
    return [
        {"level": level.value, how: typed.get(f"rung-{level}-at", "")}
        for level in queries.CALLABLE
        if (how := typed.get(f"rung-{level}-how", "")) in ("percent", "after")
    ]


class MomentUnreadable(BadInput):
    """请按“年-月-日 时:分”填写开始时间。"""


@may("desk.policies.edit")
@require_GET
def policies(request: StaffRequest) -> HttpResponse:
    """All policies and pause reasons."""
    return part(request, "desk/policies.html", **shown())


def shown() -> dict[str, Any]:
    """What the page and its part show."""
    return {
        "policies": queries.policies(),
        "reasons": queries.pause_reasons(),
        "closing_reasons": closing_reasons(),
        "delays": delays(),
        "usual_delay": settings.ANSWER_DELAY,
        "calendars": [(ALWAYS, _("全天候")), *queries.calendars()],
        "customer_classes": Customer.Kind.choices,
    }


def _choices() -> dict[str, Any]:
    return {
        "calendars": [(ALWAYS, _("全天候")), *queries.calendars()],
        "obligations": OBLIGATION_NAMES.items(),
        "starts": FROM_NAMES.items(),
        "kinds": KIND_NAMES.items(),
        "priorities": PRIORITY_NAMES.items(),
        "customer_classes": Customer.Kind.choices,
        "products": queries.products(),
        "entrances": ENTRANCE_NAMES.items(),
    }


def _saved(request: HttpRequest, said: str) -> HttpResponse:
    return done(request, "desk/_policies.html", target="#policies", said=said, **shown())  # type: ignore[arg-type]


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """Add a policy in the dialog."""
    if request.method == "GET":
        draft = ClockPolicy(obligation=Obligation.CLOSE, minutes=240)
        return _dialog(request, draft)
    form = read(NewPolicyForm, request)
    policy = actions.add_policy(
        named=form.named, values=form.values, by=request.person, now=request.now, address=address_of(request)
    )
    return _saved(request, _reached(request, policy, form))


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def policy(request: StaffRequest, policy_id: int) -> HttpResponse:
    """Edit one policy in the dialog, with the calculation beside it."""
    if request.method == "GET":
        return _dialog(request, _policy(policy_id))
    form = read(PolicyForm, request)
    changed = actions.set_policy(
        policy_id=policy_id, **form.values, by=request.person, now=request.now, address=address_of(request)
    )
    return _saved(request, _reached(request, changed, form))


@may("desk.policies.edit")
@require_POST
def remove(request: StaffRequest, policy_id: int) -> HttpResponse:
    actions.remove_policy(
        policy_id=policy_id, by=request.person, now=request.now, address=address_of(request)
    )
    return _saved(request, _("已删除；在走的计时不变。"))


def _policy(policy_id: int) -> ClockPolicy:
    row = ClockPolicy.objects.filter(pk=policy_id).first()
    if row is None:
        raise NotFound(policy=policy_id)
    return row


def _dialog(request: StaffRequest, row: ClockPolicy) -> HttpResponse:
    started_at = request.now.replace(second=0, microsecond=0)
    ladder = ladder_of(row.ladder)
    example = queries.example(
        minutes=row.minutes, ladder=ladder, calendar=row.calendar, started_at=started_at
    )
    return part(
        request, "desk/_policy.html", policy=row, rungs=queries.rungs(ladder), started_at=started_at,
        example=example, at_hand=weighing.reached_by(row).count() if row.pk else 0, **_choices(),
    )  # fmt: skip


def _reached(request: StaffRequest, policy: ClockPolicy, form: PolicyForm) -> str:
    """Let the edit reach the cases at hand when that was chosen; what to say about it."""
    if form.reach == "new":
        return _("已保存，新开始的计时按此执行。")
    count = weighing.ask_to_reach(policy=policy, by=request.person, now=request.now)
    return _("已保存，正在逐单改用于在办的 %(count)d 单，每单都有记录。") % {"count": count}


@may("desk.policies.edit")
@require_GET
def explain(request: StaffRequest) -> HttpResponse:
    """The whole calculation for the settings being typed and a start moment, in words."""
    asked = request.GET
    example = queries.example(
        minutes=_number(asked.get("minutes", ""), 1),
        ladder=_ladder(asked.dict()),
        calendar=asked.get("calendar", ALWAYS),
        started_at=_moment(asked.get("started_at", "")),
    )
    return part(request, "desk/_explain.html", example=example)


def _ladder(asked: dict[str, Any]) -> Ladder:
    """The ladder being typed; the usual one when none is sent."""
    if not any(key.startswith("rung-") for key in asked):
        return USUAL
    try:
        typed = [RungForm.model_validate(rung) for rung in _ladder_typed(asked)]
    except ValidationError as error:
        raise BadInput(errors=explained(error)) from error
    return ladder_of(rung.model_dump(exclude_none=True) for rung in typed)


def _number(text: str, otherwise: int) -> int:
    return min(int(text), YEAR_OF_MINUTES) if text.isdigit() and int(text) > 0 else otherwise


def _moment(text: str) -> datetime:
    """A moment as the browser's date field writes it, in our zone."""
    try:
        return timezone.make_aware(datetime.fromisoformat(text))
    except ValueError as error:
        raise MomentUnreadable(value=text) from error

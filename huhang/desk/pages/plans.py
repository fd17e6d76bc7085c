"""What each kind of case asks for, which departments do what in which order, and what ends it."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import plans as verbs
from huhang.desk.actions.plans import Change
from huhang.desk.models import CasePlan, StepTemplate
from huhang.desk.models.step import CLOSING_NAMES, WHO_NAMES
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.pages.answers import done
from huhang.desk.queries import plans as queries
from huhang.desk.queries import policies
from huhang.desk.rules.kinds import Closing, Kind
from huhang.desk.rules.plan import Ask, Move
from huhang.desk.rules.steps import Who
from huhang.journey.models import WatchRule
from huhang.kit.calendar_store import ALWAYS
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.reveal import address_of
from huhang.network.models import OrgUnit

YEAR_OF_MINUTES = 366 * 24 * 60
ASKS_AT_MOST = 20
BLANK_ROWS = 2
UNITS_TO_TRY = 50
EDIT = "desk.policies.edit"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NewPlan(Strict):
    kind: Kind
    rule: str = Field("", max_length=64, pattern=r"^[a-z0-9_-]*$")


class PlanForm(Strict):
    """Rows of questions; one without words is taken out."""

    closing: Closing
    key: list[str] = Field(default_factory=list, max_length=ASKS_AT_MOST)
    label: list[str] = Field(default_factory=list, max_length=ASKS_AT_MOST)
    label_en: list[str] = Field(default_factory=list, max_length=ASKS_AT_MOST)
    needed: list[str] = Field(default_factory=list, max_length=ASKS_AT_MOST)
    choices: list[str] = Field(default_factory=list, max_length=ASKS_AT_MOST)

    @property
    def asks(self) -> list[Ask]:
        rows = zip(self.key, self.label, self.label_en, self.needed, self.choices, strict=False)
        taken = set(self.key)
        return [
            Ask(key or _new_key(taken), label[:80], english[:120], needed == "true", _choices(choices))
            for key, label, english, needed, choices in rows
            if label
        ]


def _choices(text: str) -> tuple[str, ...]:
    words = text.replace("，", ",").replace("、", ",").split(",")
    return tuple(dict.fromkeys(word.strip()[:40] for word in words if word.strip()))


def _new_key(taken: set[str]) -> str:
    """Stored with each answer: never changed afterwards, so it does not come from the words."""
    key = next(f"ask-{number}" for number in range(1, 1000) if f"ask-{number}" not in taken)
    taken.add(key)
    return key


class StepForm(Strict):
    title: str = Field(min_length=2, max_length=80)
    title_en: str = Field("", max_length=120)
    ask: str = Field("", max_length=500)
    who: Who
    minutes: int = Field(ge=1, le=YEAR_OF_MINUTES)
    calendar: str = Field(max_length=40)


class Moving(Strict):
    move: Move


@may(EDIT)
@require_GET
def plans(request: StaffRequest) -> HttpResponse:
    """All plans."""
    return part(request, "desk/plans.html", **_shown())


def _shown() -> dict[str, Any]:
    return {
        "plans": queries.plans(),
        "calendars": [(ALWAYS, _("全天候")), *policies.calendars()],
        "who_names": WHO_NAMES.items(),
        "closing_names": CLOSING_NAMES.items(),
    }


def _done(request: StaffRequest) -> HttpResponse:
    said = _("已保存，新开的工单按此执行。")
    return done(request, "desk/_plans.html", target="#plans", said=said, **_shown())


def _change(request: StaffRequest) -> Change:
    return Change(by=request.person, now=request.now, address=address_of(request))


def _plan(plan_id: int) -> queries.Plan:
    row = CasePlan.objects.prefetch_related("steps").filter(pk=plan_id).first()
    if row is None:
        raise NotFound(plan=plan_id)
    return queries.plan_of(row)


@may(EDIT)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    if request.method == "GET":
        rules = WatchRule.objects.order_by("number")
        return part(request, "desk/_plan_new.html", kinds=KIND_NAMES.items(), rules=rules)
    form = read(NewPlan, request)
    verbs.add_plan(kind=form.kind, rule=form.rule, change=_change(request))
    return _done(request)


@may(EDIT)
@require_http_methods(["GET", "POST"])
def plan(request: StaffRequest, plan_id: int) -> HttpResponse:
    """Edit what a plan asks and what ends it."""
    if request.method == "GET":
        blank = [Ask("", "")] * BLANK_ROWS
        found = _plan(plan_id)
        return part(request, "desk/_plan.html", plan=found, asks=[*found.asks, *blank], **_shown())
    form = read(PlanForm, request)
    verbs.set_plan(plan_id=plan_id, asks=form.asks, closing=form.closing, change=_change(request))
    return _done(request)


@may(EDIT)
@require_POST
def delete(request: StaffRequest, plan_id: int) -> HttpResponse:
    verbs.remove_plan(plan_id=plan_id, change=_change(request))
    return _done(request)


@may(EDIT)
@require_GET
def preview(request: StaffRequest, plan_id: int) -> HttpResponse:
    """How a case would run from this minute at a chosen unit, if everybody took all of their time."""
    found, units = _plan(plan_id), _units_to_try(request)
    unit = next((u for u in units if u.code == request.GET.get("unit")), units[0] if units else None)
    stages = verbs.rehearse(found.row, unit, now=request.now) if unit else []
    return part(request, "desk/_plan_preview.html", plan=found, units=units, unit=unit, stages=stages)


def _units_to_try(request: StaffRequest) -> list[OrgUnit]:
    """The ground first: that is where cases happen."""
    units = OrgUnit.objects.within(request.person.visible_paths(EDIT)).filter(is_active=True)
    return list(units.order_by("-level", "path")[:UNITS_TO_TRY])


@may(EDIT)
@require_http_methods(["GET", "POST"])
def new_template(request: StaffRequest, plan_id: int) -> HttpResponse:
    """A step more, after the others."""
    if request.method == "GET":
        row = StepTemplate(plan=_plan(plan_id).row, minutes=60, calendar=ALWAYS)
        return part(request, "desk/_template.html", row=row, **_shown())
    form = read(StepForm, request)
    verbs.add_step(plan_id=plan_id, facts=form.model_dump(mode="json"), change=_change(request))
    return _done(request)


@may(EDIT)
@require_http_methods(["GET", "POST"])
def template(request: StaffRequest, template_id: int) -> HttpResponse:
    """Edit one step."""
    row = StepTemplate.objects.select_related("plan").filter(pk=template_id).first()
    if row is None:
        raise NotFound(template=template_id)
    if request.method == "GET":
        return part(request, "desk/_template.html", row=row, **_shown())
    form = read(StepForm, request)
    verbs.set_step(template_id=template_id, facts=form.model_dump(mode="json"), change=_change(request))
    return _done(request)


@may(EDIT)
@require_POST
def move(request: StaffRequest, template_id: int) -> HttpResponse:
    form = read(Moving, request)
    verbs.move_step(template_id=template_id, move=form.move, change=_change(request))
    return _done(request)


@may(EDIT)
@require_POST
def remove(request: StaffRequest, template_id: int) -> HttpResponse:
    verbs.remove_step(template_id=template_id, change=_change(request))
    return _done(request)

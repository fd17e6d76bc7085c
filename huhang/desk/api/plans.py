"""Plans: what each kind of case asks for, which departments do what in which order, and what ends it."""

from typing import Any

from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import plans as verbs
from huhang.desk.actions.plans import Change
from huhang.desk.models import CasePlan, StepTemplate
from huhang.desk.rules.kinds import Closing, Kind
from huhang.desk.rules.plan import Ask, Move
from huhang.desk.rules.steps import Who
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.errors import NotFound
from huhang.kit.programs import Asked, Done, Strict, wrote
from huhang.kit.reveal import address_of

router = Router(tags=["plans"])
EDIT = "desk.policies.edit"
YEAR_OF_MINUTES = 366 * 24 * 60


class AskIn(Strict):
    key: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$", examples=["damage"])
    label: str = Field(min_length=1, max_length=80, examples=["破损程度"])
    label_en: str = Field("", max_length=120)
    required: bool = False
    choices: list[str] = Field(default_factory=list, max_length=20)

    @property
    def ask(self) -> Ask:
        choices = tuple(choice.strip()[:40] for choice in self.choices if choice.strip())
        return Ask(self.key, self.label, self.label_en, self.required, choices)


class TemplateIn(Strict):
    title: str = Field(min_length=2, max_length=80, examples=["网点核实"])
    title_en: str = Field("", max_length=120)
    ask: str = Field("", max_length=500)
    who: Who = Field(examples=["outlet"])
    minutes: int = Field(ge=1, le=YEAR_OF_MINUTES, examples=[120])
    calendar: str = Field("always", max_length=40)


class TemplateOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    order: int
    lane: int
    title: str
    title_en: str
    ask: str
    who: str
    minutes: int
    calendar: str


class NewPlan(Strict):
    kind: Kind = Field(examples=["urge"])
    rule: str = Field("", max_length=64, pattern=r"^[a-z0-9_-]*$", description="Slug of a watch rule.")


class PlanIn(Strict):
    asks: list[AskIn] = Field(default_factory=list, max_length=20)
    closing: Closing = Field(examples=["last_step"])


class PlanOut(BaseModel):
    id: int
    kind: str
    rule: str
    closing: str
    asks: list[dict[str, Any]]
    steps: list[TemplateOut]


class PlanPage(BaseModel):
    items: list[PlanOut]
    next: str | None


class Moving(Strict):
    move: Move = Field(examples=["up"])


def _told(plan: CasePlan) -> PlanOut:
    steps = plan.steps.order_by("order", "lane")
    return PlanOut(
        id=plan.pk, kind=plan.kind, rule=plan.rule, closing=plan.closing, asks=plan.asks,
        steps=[_template(step) for step in steps],
    )  # fmt: skip


def _template(step: StepTemplate) -> TemplateOut:
    return TemplateOut.model_validate(step)


def _change(request: StaffRequest) -> Change:
    return Change(by=request.person, now=request.now, address=address_of(request))


@router.get("/plans", response=PlanPage, summary="What kinds of case ask for")
@may_api("desk.see")
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.in_order(CasePlan.objects.all(), cursor=asked.cursor, limit=asked.limit)
    return {"items": [_told(row) for row in rows], "next": following}


@router.post("/plans", response={201: PlanOut}, summary="Add a plan")
@may_api(EDIT)
def add(request: StaffRequest, payload: NewPlan) -> Any:
    return wrote(
        request,
        lambda: _told(verbs.add_plan(kind=payload.kind, rule=payload.rule, change=_change(request))),
        status=201,
    )


@router.put("/plans/{plan_id}", response=PlanOut, summary="What a plan asks, and what ends its cases")
@may_api(EDIT)
def change(request: StaffRequest, plan_id: int, payload: PlanIn) -> Any:
    asks = [ask.ask for ask in payload.asks]
    return wrote(
        request,
        lambda: _told(
            verbs.set_plan(plan_id=plan_id, asks=asks, closing=payload.closing, change=_change(request))
        ),
    )


@router.delete("/plans/{plan_id}", response=Done, summary="Take a watch rule's plan away")
@may_api(EDIT)
def remove(request: StaffRequest, plan_id: int) -> Any:
    def do() -> Done:
        verbs.remove_plan(plan_id=plan_id, change=_change(request))
        return Done()

    return wrote(request, do)


@router.post("/plans/{plan_id}/steps", response={201: TemplateOut}, summary="A step more, after the others")
@may_api(EDIT)
def add_step(request: StaffRequest, plan_id: int, payload: TemplateIn) -> Any:
    facts = payload.model_dump(mode="json")
    return wrote(
        request,
        lambda: _template(verbs.add_step(plan_id=plan_id, facts=facts, change=_change(request))),
        status=201,
    )


@router.put("/plan_steps/{template_id}", response=TemplateOut, summary="Change a step of a plan")
@may_api(EDIT)
def set_step(request: StaffRequest, template_id: int, payload: TemplateIn) -> Any:
    """Cases that are open already keep theirs."""
    facts = payload.model_dump(mode="json")
    return wrote(
        request,
        lambda: _template(verbs.set_step(template_id=template_id, facts=facts, change=_change(request))),
    )


@router.post("/plan_steps/{template_id}/move", response=TemplateOut, summary="Earlier, later, side by side")
@may_api(EDIT)
def move(request: StaffRequest, template_id: int, payload: Moving) -> Any:
    def do() -> TemplateOut:
        verbs.move_step(template_id=template_id, move=payload.move, change=_change(request))
        row = StepTemplate.objects.filter(pk=template_id).first()
        if row is None:
            raise NotFound(template=template_id)
        return _template(row)

    return wrote(request, do)


@router.delete("/plan_steps/{template_id}", response=Done, summary="Take a step out of a plan")
@may_api(EDIT)
def remove_step(request: StaffRequest, template_id: int) -> Any:
    def do() -> Done:
        verbs.remove_step(template_id=template_id, change=_change(request))
        return Done()

    return wrote(request, do)

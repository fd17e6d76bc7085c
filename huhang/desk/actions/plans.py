"""Changing what cases ask for and which steps they take: on the record, and only for cases that open from now on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from huhang.desk.actions.planning import planned
from huhang.desk.models import CasePlan, StepTemplate, Ticket
from huhang.desk.queries.plans import stages_of
from huhang.desk.rules.plan import Ask, Move, moved
from huhang.kit import audit, calendar_store
from huhang.kit.calendars import add_working
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import OrgUnit, Person

# Above any real order: where steps stand while they change places.
ASIDE = 10_000


class PlanExists(DomainError):
    """这个类型和规则已有方案，请直接修改它。"""


class PlanIsLast(DomainError):
    """每个类型都要留一个通用方案，不能删除；可以修改它的步骤。"""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a plan, when and from where: what every entry of the record says."""

    by: Person
    now: datetime
    address: str = ""

    def record(self, verb: str, plan: CasePlan, before: Any, after: Any) -> None:
        audit.record(
            actor=self.by.get_username(), verb=f"desk.plan.{verb}", subject=f"desk.caseplan:{plan.pk}",
            now=self.now, before=before, after=after, address=self.address,
        )  # fmt: skip


@transaction.atomic
def add_plan(*, kind: str, rule: str, change: Change) -> CasePlan:
    """A plan for a kind of case, or for the cases of one watch rule."""
    try:
        with transaction.atomic():
            plan = CasePlan.objects.create(kind=kind, rule=rule)
    except IntegrityError as error:
        raise PlanExists(kind=kind, rule=rule) from error
    change.record("added", plan, None, {"kind": kind, "rule": rule})
    return plan


@transaction.atomic
def set_plan(*, plan_id: int, asks: Iterable[Ask], closing: str, change: Change) -> CasePlan:
    """What it asks, and what ends its cases."""
    plan = _locked(plan_id)
    before = {"asks": plan.asks, "closing": plan.closing}
    after = {"asks": [ask.stored() for ask in asks], "closing": closing}
    if before == after:
        return plan
    plan.asks, plan.closing = after["asks"], closing
    plan.save(update_fields=["asks", "closing"])
    change.record("changed", plan, before, after)
    return plan


@transaction.atomic
def remove_plan(*, plan_id: int, change: Change) -> None:
    """Take a watch rule's plan away: its cases go by the plan of their kind again."""
    plan = _locked(plan_id)
    if not plan.rule:
        raise PlanIsLast(plan=plan_id)
    change.record("removed", plan, _told(plan), None)
    plan.delete()


@transaction.atomic
def add_step(*, plan_id: int, facts: dict[str, Any], change: Change) -> StepTemplate:
    """A step after all others."""
    plan = _locked(plan_id)
    calendar_store.get(facts["calendar"])
    last = max((step.order for step in plan.steps.all()), default=0)
    step = StepTemplate.objects.create(plan=plan, order=last + 1, **facts)
    change.record("step_added", plan, None, facts | {"order": step.order})
    return step


@transaction.atomic
def set_step(*, template_id: int, facts: dict[str, Any], change: Change) -> StepTemplate:
    """Change a step of a plan; cases that are open already keep theirs."""
    step = _step(template_id)
    calendar_store.get(facts["calendar"])
    changed = {name: value for name, value in facts.items() if getattr(step, name) != value}
    if changed:
        before = {name: getattr(step, name) for name in changed}
        StepTemplate.objects.filter(pk=step.pk).update(**changed)
        change.record("step_changed", step.plan, before, changed)
    return step


@transaction.atomic
def remove_step(*, template_id: int, change: Change) -> None:
    step = _step(template_id)
    plan, before = step.plan, _told(step.plan)
    step.delete()
    _arrange(plan, [[other.pk for other in stage] for stage in stages_of(_locked(plan.pk))])
    change.record("step_removed", plan, before, _told(plan))


@transaction.atomic
def move_step(*, template_id: int, move: Move, change: Change) -> None:
    """Earlier, later, beside the step before, or by itself again."""
    step = _step(template_id)
    plan, before = step.plan, _told(step.plan)
    stages = [[other.pk for other in stage] for stage in stages_of(plan)]
    _arrange(plan, moved(stages, step.pk, move))
    after = _told(plan)
    if before != after:
        change.record("step_moved", plan, before, after)


def _arrange(plan: CasePlan, stages: list[list[int]]) -> None:
    """Write orders and lanes; aside first, as no two steps may stand in one place even for a moment."""
    StepTemplate.objects.filter(plan=plan).update(order=F("order") + ASIDE)
    for order, stage in enumerate(stages, start=1):
        for lane, pk in enumerate(stage, start=1):
            StepTemplate.objects.filter(pk=pk).update(order=order, lane=lane)


def _locked(plan_id: int) -> CasePlan:
    plan = CasePlan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(plan=plan_id)
    return plan


def _step(template_id: int) -> StepTemplate:
    """The step, with its plan held: two people who move steps take turns."""
    row = StepTemplate.objects.filter(pk=template_id).first()
    if row is None:
        raise NotFound(template=template_id)
    row.plan = _locked(row.plan_id)
    return row


def _told(plan: CasePlan) -> list[dict[str, Any]]:
    rows = StepTemplate.objects.filter(plan=plan).order_by("order", "lane")
    return [dict(row) for row in rows.values("order", "lane", "who", "title")]


@dataclass(frozen=True, slots=True)
class Expected:
    """A step of a case that is only thought of."""

    title: str
    unit: OrgUnit
    ask: str
    opens_at: datetime
    due_at: datetime


def rehearse(plan: CasePlan, unit: OrgUnit, *, now: datetime) -> list[list[Expected]]:
    """How a case at this unit would run from now, if every department took all of its time; nothing is written."""
    case = Ticket(kind=plan.kind, unit=unit, path=unit.path)
    steps = planned(case, plan, origin=None)
    stages, opens_at = [], now
    for order in sorted({step.order for step in steps}):
        stage = [
            Expected(
                step.shown_title, step.unit, step.ask, opens_at, _due(step.calendar, opens_at, step.allowed)
            )
            for step in steps
            if step.order == order
        ]
        stages.append(stage)
        opens_at = max(step.due_at for step in stage)
    return stages


def _due(calendar: str, opens_at: datetime, within: timedelta) -> datetime:
    return add_working(calendar_store.get(calendar).hours, opens_at, within).due

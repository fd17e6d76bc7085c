"""Steps by departments: planned from templates, opened one after another, finished or handed over."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks
from huhang.desk.actions.story import changed, happened, name_of
from huhang.desk.models import CasePlan, Step, Ticket
from huhang.desk.rules import steps as rules
from huhang.desk.rules.kinds import ClockState, StepState
from huhang.kit.errors import DomainError, NotAllowed, NotFound
from huhang.network.models import OrgUnit, Person
from huhang.network.rules.tree import above


class NoStepOpen(DomainError):
    """这张工单现在没有待办步骤。"""


class SameUnit(DomainError):
    """这一步已经在该部门。"""


def plan_for(kind: str, watch_rule: str) -> CasePlan | None:
    """The plan of the watch rule itself, else that of the kind; its templates come with it."""
    rows = CasePlan.objects.filter(kind=kind, rule__in={"", watch_rule}).prefetch_related("steps")
    return max(rows, key=lambda plan: bool(plan.rule), default=None)


def planned(ticket: Ticket, plan: CasePlan | None, *, origin: OrgUnit | None) -> list[Step]:
    """The steps that a new case gets from its plan, not yet saved; none is open."""
    templates = list(plan.steps.all()) if plan else []
    units = _units({rules.Who(t.who) for t in templates}, ticket, origin)
    return [
        Step(
            ticket=ticket, order=t.order, lane=t.lane, title=t.title, title_en=t.title_en, ask=t.ask,
            minutes=t.minutes, calendar=t.calendar,
            unit=units[rules.Who(t.who)], path=units[rules.Who(t.who)].path,
        )
        for t in templates
    ]  # fmt: skip


def _units(wanted: set[rules.Who], ticket: Ticket, origin: OrgUnit | None) -> dict[rules.Who, OrgUnit]:
    """Which unit each department word means for this case; the case's own unit when there is no such one."""
    found = {rules.Who.OUTLET: ticket.unit, rules.Who.ORIGIN: origin or ticket.unit}
    departments = wanted - set(found)
    if departments:
        kinds = {rules.DEPARTMENTS[who].kind for who in departments}
        candidates = list(OrgUnit.objects.filter(kind__in=kinds, is_active=True).order_by("level", "code"))
        places = [rules.Place(unit.code, unit.kind, unit.path) for unit in candidates]
        for who in departments:
            nearest = rules.nearest(rules.DEPARTMENTS[who], places, path=ticket.path)
            found[who] = candidates[nearest] if nearest is not None else ticket.unit
    return found


def place(ticket: Ticket, open_steps: Iterable[Step]) -> None:
    """Say on the case who must act now, and who may see it: once seen, always seen."""
    first = next(iter(open_steps), None)
    if first is not None:
        ticket.at_unit, ticket.at_path = first.unit, first.path
    ticket.at_from = _all_above(step.path for step in open_steps)
    ticket.seen_from = _all_above([ticket.path, *ticket.seen_from, *ticket.at_from])


def _all_above(paths: Iterable[str]) -> list[str]:
    return sorted({up for path in paths for up in above(path)})


def open_side_by_side(
    ticket: Ticket, steps: Iterable[Step], policies: clocks.Policies, *, now: datetime
) -> None:
    """Open steps with their clocks, neither saved yet."""
    for step in steps:
        step.clock = clocks.wound_for_step(
            ticket, policies, minutes=step.minutes, calendar=step.calendar, now=now
        )
        step.state, step.opened_at = StepState.OPEN, now


def go_on(ticket: Ticket, *, now: datetime) -> list[Step]:
    """Open the steps whose turn it is, if any, and put the case on the desks of those who owe a step now."""
    steps = list(ticket.steps.select_related("unit"))
    order = rules.next_order([rules.Standing(s.order, StepState(s.state)) for s in steps])
    opened = [s for s in steps if s.order == order and s.state == StepState.WAITING]
    if opened:
        open_side_by_side(ticket, opened, clocks.policies_for(ticket), now=now)
        for step in opened:
            assert step.clock is not None
            step.clock.save()
            step.clock = step.clock
            step.save()
    place(ticket, [s for s in steps if s.state == StepState.OPEN])
    return opened


def open_steps(ticket: Ticket) -> list[Step]:
    """The steps that are open now, in their order."""
    return list(ticket.steps.filter(state=StepState.OPEN).select_related("unit", "clock"))


def step_to_act_on(ticket: Ticket, step_id: int | None, by: Person, permission: str) -> Step:
    """The open step that is meant: the one named, else the first that this person may act on."""
    found = open_steps(ticket)
    if step_id is not None:
        found = [step for step in found if step.pk == step_id]
    mine = [step for step in found if by.may(permission, step.path)]
    if not mine and not found:
        raise NoStepOpen(ticket=ticket.no)
    if not mine:
        raise NotAllowed(permission=permission)
    return min(mine, key=lambda step: step.handler_id != by.pk)


def finish(ticket: Ticket, step: Step, *, result: str, by: Person, now: datetime) -> list[Step]:
    """Finish a step; returns those that open after it."""
    _end(step, StepState.DONE, result, by=by, now=now)
    opened = go_on(ticket, now=now)
    for following in opened:
        words = {"step": following.title, "unit": following.unit.name}
        happened(ticket, _("转入下一步：%(step)s（%(unit)s）"), by=by, now=now, **words)
    return opened


@transaction.atomic
def hand_over(
    *, ticket_no: str, unit_code: str, reason: str, by: Person, now: datetime, step_id: int | None = None
) -> Ticket:
    """Give an open step to another unit, with a new clock; owner and the customer's clocks stay as they are."""
    ticket = Ticket.objects.locked(no=ticket_no)
    unit = OrgUnit.objects.filter(code=unit_code, is_active=True).first()
    if unit is None:
        raise NotFound(unit=unit_code)
    step = step_to_act_on(ticket, step_id, by, "desk.hand_over")
    if step.unit_id == unit.pk:
        raise SameUnit(unit=unit_code)
    _end(step, StepState.HANDED_OVER, "", by=by, now=now, reason=reason)
    again(ticket, step, unit, now=now)
    words = {"from": step.unit.name, "to": unit.name, "reason": reason}
    happened(ticket, _("由%(from)s移交%(to)s：%(reason)s"), by=by, now=now, **words)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


def again(ticket: Ticket, step: Step, unit: OrgUnit, *, now: datetime) -> Step:
    """The same step, open at another unit, with a clock of its own."""
    anew = Step(
        ticket=ticket, order=step.order, lane=step.lane, parent=step.parent, title=step.title,
        title_en=step.title_en, ask=step.ask, unit=unit, path=unit.path, minutes=step.minutes,
        calendar=step.calendar,
    )  # fmt: skip
    open_side_by_side(ticket, [anew], clocks.policies_for(ticket), now=now)
    assert anew.clock is not None
    anew.clock.save()
    anew.clock = anew.clock
    anew.save()
    place(ticket, open_steps(ticket))
    return anew


def drop_all(ticket: Ticket, *, by: Person | None, now: datetime) -> None:
    """Nothing more is owed: what was open or waiting is dropped."""
    for step in ticket.steps.filter(state__in=[StepState.OPEN, StepState.WAITING]):
        _end(step, StepState.DROPPED, "", by=by, now=now)
    place(ticket, [])


def _end(
    step: Step, state: StepState, result: str, *, by: Person | None, now: datetime, reason: str = ""
) -> None:
    step.state, step.result, step.reason = state, result, reason
    step.done_at, step.done_by = now, name_of(by)
    step.save()
    if step.clock:
        clocks.stop(step.clock, ClockState.MET if state == StepState.DONE else ClockState.CANCELLED, now=now)

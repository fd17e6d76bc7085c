"""Steps by departments: planned from templates, opened one after another, finished or handed over."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks
from huhang.desk.actions.story import changed, happened, name_of
from huhang.desk.models import Clock, Step, StepTemplate, Ticket
from huhang.desk.rules import steps as rules
from huhang.desk.rules.kinds import ClockState, StepState
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import OrgUnit, Person


class NoStepOpen(DomainError):
    """这张工单现在没有待办步骤。"""


class SameUnit(DomainError):
    """这一步已经在该部门。"""


def planned(ticket: Ticket, *, watch_rule: str, origin: OrgUnit | None) -> list[Step]:
    """The steps that a new case gets from its templates, not yet saved; none is open."""
    templates = _templates(ticket.kind, watch_rule)
    units = _units({rules.Who(t.who) for t in templates}, ticket, origin)
    return [
        Step(
            ticket=ticket, order=t.order, title=t.title, title_en=t.title_en, minutes=t.minutes,
            calendar=t.calendar, unit=units[rules.Who(t.who)], path=units[rules.Who(t.who)].path,
        )
        for t in templates
    ]  # fmt: skip


def _templates(kind: str, watch_rule: str) -> list[StepTemplate]:
    """The rows of the watch rule itself, else those of the kind."""
    rows = list(StepTemplate.objects.filter(kind=kind, rule__in=["", watch_rule]))
    own = [row for row in rows if row.rule == watch_rule]
    return own or [row for row in rows if not row.rule]


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


def open_first(ticket: Ticket, steps: list[Step], clock: Clock, *, now: datetime) -> None:
    """Open the first of the planned steps, and put the case on that unit's desk."""
    first = min(steps, key=lambda step: step.order)
    first.clock, first.state, first.opened_at = clock, StepState.OPEN, now
    ticket.at_unit, ticket.at_path = first.unit, first.path


def _open_next(ticket: Ticket, *, now: datetime) -> Step | None:
    """Open the step whose turn it is, start its clock, and put the case on that unit's desk."""
    steps = list(ticket.steps.all())
    order = rules.next_waiting([rules.Standing(s.order, StepState(s.state)) for s in steps])
    if order is None:
        return None
    step = next(s for s in steps if s.order == order and s.state == StepState.WAITING)
    step.clock = clocks.wound_for_step(
        ticket, clocks.policies_for(ticket.kind), minutes=step.minutes, calendar=step.calendar, now=now
    )
    step.clock.save()
    step.state, step.opened_at = StepState.OPEN, now
    step.save()
    ticket.at_unit, ticket.at_path = step.unit, step.path
    return step


def open_step(ticket: Ticket) -> Step:
    """The step that is open now."""
    if (step := ticket.steps.filter(state=StepState.OPEN).first()) is None:
        raise NoStepOpen(ticket=ticket.no)
    return step


def finish_open(ticket: Ticket, *, result: str, by: Person, now: datetime) -> Step | None:
    """Finish the open step; returns the step that opens after it, None when that was the last."""
    step = ticket.steps.filter(state=StepState.OPEN).first()
    if step is not None:
        _end(step, StepState.DONE, result, by=by, now=now)
    following = _open_next(ticket, now=now)
    if following is not None:
        words = {"step": following.title, "unit": following.unit.name}
        happened(ticket, _("转入下一步：%(step)s（%(unit)s）"), by=by, now=now, **words)
    return following


@transaction.atomic
def hand_over(*, ticket_no: str, unit_code: str, reason: str, by: Person, now: datetime) -> Ticket:
    """Give the open step to another unit, with a new clock; owner and the customer's clocks stay as they are."""
    ticket = Ticket.objects.locked(no=ticket_no)
    unit = OrgUnit.objects.filter(code=unit_code, is_active=True).first()
    if unit is None:
        raise NotFound(unit=unit_code)
    step = open_step(ticket)
    if step.unit_id == unit.pk:
        raise SameUnit(unit=unit_code)
    _end(step, StepState.HANDED_OVER, "", by=by, now=now)
    Step.objects.create(
        ticket=ticket, order=step.order, title=step.title, title_en=step.title_en,
        unit=unit, path=unit.path, minutes=step.minutes, calendar=step.calendar,
    )  # fmt: skip
    _open_next(ticket, now=now)
    words = {"from": step.unit.name, "to": unit.name, "reason": reason}
    happened(ticket, _("由%(from)s移交%(to)s：%(reason)s"), by=by, now=now, **words)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


def drop_all(ticket: Ticket, *, by: Person | None, now: datetime) -> None:
    """Nothing more is owed: what was open or waiting is dropped."""
    for step in ticket.steps.filter(state__in=[StepState.OPEN, StepState.WAITING]):
        _end(step, StepState.DROPPED, "", by=by, now=now)


def _end(step: Step, state: StepState, result: str, *, by: Person | None, now: datetime) -> None:
    step.state, step.result = state, result
    step.done_at, step.done_by = now, name_of(by)
    step.save()
    if step.clock:
        clocks.stop(step.clock, ClockState.MET if state == StepState.DONE else ClockState.CANCELLED, now=now)

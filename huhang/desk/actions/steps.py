"""Steps by departments: planned from templates, opened one after another, finished or handed over."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from huhang.desk.actions import clocks
from huhang.desk.actions.story import changed, name_of, tell
from huhang.desk.models import Step, StepTemplate, Ticket
from huhang.desk.rules import steps as rules
from huhang.desk.rules.kinds import ClockState, EntryKind, StepState
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import OrgUnit, Person


class NoStepOpen(DomainError):
    """这张工单现在没有待办步骤。"""


class SameUnit(DomainError):
    """这一步已经在该部门。"""


def plan(ticket: Ticket, *, rule: str, origin: OrgUnit | None, now: datetime) -> None:
    """Give a new case its steps and open the first."""
    for template in _templates(ticket.kind, rule):
        unit = _unit_for(rules.Who(template.who), ticket, origin)
        Step.objects.create(
            ticket=ticket, order=template.order, title=template.title, title_en=template.title_en,
            unit=unit, path=unit.path, minutes=template.minutes, calendar=template.calendar,
        )  # fmt: skip
    _open_next(ticket, now=now)


def _templates(kind: str, watch_rule: str) -> list[StepTemplate]:
    """The rows of the watch rule itself, else those of the kind."""
    rows = StepTemplate.objects.filter(kind=kind)
    own = list(rows.filter(rule=watch_rule)) if watch_rule else []
    return own or list(rows.filter(rule=""))


def _unit_for(who: rules.Who, ticket: Ticket, origin: OrgUnit | None) -> OrgUnit:
    """Which unit a department word means for this case; the case's own unit when there is no such one."""
    if who == rules.Who.ORIGIN:
        return origin or ticket.unit
    if who == rules.Who.OUTLET:
        return ticket.unit
    return _nearest(*rules.DEPARTMENTS[who], unit=ticket.unit) or ticket.unit


def _nearest(kind: str, code_end: str, *, unit: OrgUnit) -> OrgUnit | None:
    """The department of this sort that is nearest up the tree."""
    candidates = OrgUnit.objects.filter(kind=kind, is_active=True, code__endswith=code_end)
    node: OrgUnit | None = unit
    while node is not None:
        if found := candidates.filter(path__startswith=node.path).order_by("level", "code").first():
            return found
        node = node.parent
    return None


def _open_next(ticket: Ticket, *, now: datetime) -> Step | None:
    """Open the step whose turn it is, start its clock, and put the case on that unit's desk."""
    steps = list(ticket.steps.all())
    order = rules.next_waiting([rules.Standing(s.order, StepState(s.state)) for s in steps])
    if order is None:
        return None
    step = next(s for s in steps if s.order == order and s.state == StepState.WAITING)
    step.clock = clocks.start_step(ticket, minutes=step.minutes, calendar=step.calendar, now=now)
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
        text = _("转入下一步：%(step)s（%(unit)s）") % {"step": following.title, "unit": following.unit.name}
        tell(ticket, EntryKind.EVENT, text, by=by, now=now)
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
    tell(ticket, EntryKind.EVENT, _("由%(from)s移交%(to)s：%(reason)s") % words, by=by, now=now)
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

"""Steps by departments: opened one after another or side by side, finished or passed on."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.actions import clocks, tracing
from huhang.desk.actions.counting import count_end
from huhang.desk.actions.living import living
from huhang.desk.actions.story import changed, happened, name_of
from huhang.desk.models import Step, Ticket
from huhang.desk.queries.ownership import answers_for
from huhang.desk.rules import steps as rules
from huhang.desk.rules.kinds import ClockState, Obligation, StepState
from huhang.kit import calendar_store
from huhang.kit.errors import BadInput, DomainError, NotAllowed, NotFound
from huhang.network.models import OrgUnit, Person
from huhang.network.queries.units import UnknownUnit
from huhang.network.rules.tree import above

AGAIN, AGAIN_EN = _("客户反馈未解决，请重新处理"), "Not solved for the customer: please act again"


class NoStepOpen(DomainError):
    """这张工单现在没有待办步骤。"""


class StepIsOver(DomainError):
    """这一步已经结束，请看看最新的进展。"""


class StepNotOpenYet(DomainError):
    """还没轮到这一步，前面的步骤办完后自动开始。"""


class SameUnit(DomainError):
    """这一步已经在该部门。"""


class PartsStillOpen(DomainError):
    """这一步还有子步骤没有办完。"""


class IsAPart(DomainError):
    """子步骤不能再拆分，请直接移交或退回。"""


class NobodyBehind(DomainError):
    """这一步已经在负责单位手里，没有人可以退回；可以移交给别的部门。"""


class StepHasBegun(DomainError):
    """这一步已经开始或已经结束，不能取消；可以移交或退回。"""


class NotTheOwner(NotAllowed):
    """只有这张工单的负责人、其组长或有办结权限的人可以这样做。"""


class BadPart(BadInput):
    """每个子步骤都要有单位、名称和时限。"""


def place(ticket: Ticket, open_steps: Iterable[Step]) -> None:
    """Say on the case who must act now, and who may see it: once seen, always seen.

    With no step open it stands with whoever answers for it, so that no living case is on nobody's desk.
    """
    owing = [step.unit for step in open_steps] or [_home(ticket)]
    ticket.at_unit, ticket.at_path = owing[0], owing[0].path
    ticket.at_from = _all_above(unit.path for unit in owing)
    ticket.seen_from = _all_above([ticket.path, *ticket.seen_from, *ticket.at_from])


def _home(ticket: Ticket) -> OrgUnit:
    """Where the owner sits; before there is one, where the case happened."""
    return (ticket.owner.home if ticket.owner else None) or ticket.unit


def _all_above(paths: Iterable[str]) -> list[str]:
    return sorted({up for path in paths for up in above(path)})


def open_side_by_side(
    ticket: Ticket,
    steps: Iterable[Step],
    policies: clocks.Policies,
    *,
    now: datetime,
    calendars: clocks.Calendars = calendar_store.get,
) -> None:
    """Open steps with their clocks, neither saved yet."""
    for step in steps:
        step.clock = clocks.wound_for_step(
            ticket, policies, minutes=step.minutes, calendar=calendars(step.calendar), now=now
        )
        step.state, step.opened_at, step.due_at = StepState.OPEN, now, step.clock.due_at


def go_on(ticket: Ticket, *, now: datetime) -> list[Step]:
    """Open the steps whose turn it is, if any, and put the case on the desks of those who owe a step now."""
    steps = list(ticket.steps.select_related("unit"))
    order = rules.next_order([rules.Standing(s.order, StepState(s.state)) for s in steps])
    opened = [s for s in steps if s.order == order and s.state == StepState.WAITING]
    _open(ticket, opened, now)
    place(ticket, [s for s in steps if s.state == StepState.OPEN])
    return opened


def _open(ticket: Ticket, steps: list[Step], now: datetime) -> None:
    """Open steps and save them with their clocks."""
    if not steps:
        return
    open_side_by_side(ticket, steps, clocks.policies_for(ticket), now=now)
    for step in steps:
        assert step.clock is not None
        step.clock.save()
        step.clock = step.clock  # its key is known only now
        step.save()


def open_steps(ticket: Ticket) -> list[Step]:
    """The steps that are open now, in their order."""
    return list(ticket.steps.filter(state=StepState.OPEN).select_related("unit", "clock"))


def step_to_act_on(ticket: Ticket, step_id: int | None, by: Person, permission: str) -> Step:
    """The open step that is meant: the one named, else the first that this person may act on."""
    found = open_steps(ticket) if step_id is None else [_named(ticket, step_id)]
    if not found:
        raise NoStepOpen(ticket=ticket.no)
    mine = [step for step in found if by.may(permission, step.path)]
    if not mine:
        raise NotAllowed(permission=permission)
    return min(mine, key=lambda step: step.handler_id != by.pk)


def _named(ticket: Ticket, step_id: int) -> Step:
    """The case's step of this id; another case's is not found, one that is not open is refused."""
    step = ticket.steps.select_related("unit", "clock", "handler").filter(pk=step_id).first()
    if step is None:
        raise NotFound(step=step_id)
    if step.state == StepState.WAITING:
        raise StepNotOpenYet(step=step_id)
    if step.state != StepState.OPEN:
        raise StepIsOver(step=step_id)
    return step


def finish(ticket: Ticket, step: Step, *, result: str, by: Person, now: datetime) -> list[Step]:
    """Finish a step whose parts are over; returns those that open after it.

    What a part found out is for the colleague who asked, so it is kept as a reason and not as a result.
    """
    if parts := [part.title for part in step.parts.filter(state=StepState.OPEN)]:
        raise PartsStillOpen(
            gettext("还有子步骤没有办完：%(parts)s") % {"parts": "、".join(parts)}, parts=parts
        )
    is_part = step.parent_id is not None
    _end(step, StepState.DONE, "" if is_part else result, by=by, now=now, reason=result if is_part else "")
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
    ticket = living(ticket_no)
    unit = _unit(unit_code)
    step = step_to_act_on(ticket, step_id, by, "desk.hand_over")
    if step.unit_id == unit.pk:
        raise SameUnit(unit=unit_code)
    _end(step, StepState.HANDED_OVER, "", by=by, now=now, reason=reason)
    again(ticket, step, unit, now=now)
    words = {"from": step.unit.name, "to": unit.name, "reason": reason}
    happened(ticket, _("由%(from)s移交%(to)s：%(reason)s"), by=by, now=now, **words)
    return _saved(ticket)


@transaction.atomic
def refuse(*, ticket_no: str, step_id: int, reason: str, by: Person, now: datetime) -> Ticket:
    """Send a step back with a reason: it opens again for the case's owner, or where the case happened."""
    ticket = living(ticket_no)
    step = step_to_act_on(ticket, step_id, by, "desk.hand_over")
    unit, owner = _home(ticket), ticket.owner
    if (owner is None and step.unit_id == unit.pk) or (owner and step.handler_id == owner.pk):
        raise NobodyBehind(step=step_id)
    _end(step, StepState.REFUSED, "", by=by, now=now, reason=reason)
    anew = again(ticket, step, unit, handler=owner, now=now)
    words = {"step": step.title, "from": step.unit.name, "to": unit.name, "reason": reason}
    happened(ticket, _("%(from)s退回“%(step)s”给%(to)s：%(reason)s"), by=by, now=now, **words)
    notices.notify(
        key=f"step:refused:{step.pk}", kind="desk.refused", unit=unit, person=owner, now=now,
        title=_("%(from)s退回了“%(step)s”") % words, body=f"{ticket.no} {reason}",
        link=f"/desk/t/{ticket.no}/#step-{anew.pk}",
    )  # fmt: skip
    return _saved(ticket)


@transaction.atomic
def split(
    *, ticket_no: str, step_id: int, parts: Iterable[tuple[str, str, str, int]], by: Person, now: datetime
) -> Ticket:
    """Ask other units for parts of a step, each (unit code, title, ask, minutes); the step ends after them."""
    ticket = living(ticket_no)
    step = step_to_act_on(ticket, step_id, by, "desk.hand_over")
    if step.parent_id is not None:
        raise IsAPart(step=step_id)
    made = [_part(ticket, step, *asked) for asked in parts]
    if not made:
        raise BadPart
    _open(ticket, made, now)
    place(ticket, open_steps(ticket))
    for part in made:
        words = {"step": step.title, "part": part.title, "unit": part.unit.name}
        happened(ticket, _("“%(step)s”拆出子步骤：%(part)s（%(unit)s）"), by=by, now=now, **words)
    return _saved(ticket)


def _part(ticket: Ticket, step: Step, unit_code: str, title: str, ask: str, minutes: int) -> Step:
    return _extra(
        ticket, _unit(unit_code), title, ask, minutes, step.calendar,
        order=step.order, lane=step.lane, parent=step,
    )  # fmt: skip


@transaction.atomic
def add(
    *,
    ticket_no: str,
    unit_code: str,
    title: str,
    minutes: int,
    by: Person,
    now: datetime,
    ask: str = "",
    calendar: str = calendar_store.ALWAYS,
    at_end: bool = False,
) -> Ticket:
    """One step more, asked for by whoever answers for the case: beside those that are open, or after all others."""
    ticket = living(ticket_no)
    if not answers_for(by, ticket):
        raise NotTheOwner(ticket=ticket_no)
    calendar_store.get(calendar)
    order, lane = _slot(ticket, at_end=at_end)
    step = _extra(ticket, _unit(unit_code), title, ask, minutes, calendar, order=order, lane=lane)
    if at_end and open_steps(ticket):
        step.save()
    else:
        _open(ticket, [step], now)
    place(ticket, open_steps(ticket))
    happened(ticket, _("增加步骤：%(step)s（%(unit)s）"), by=by, now=now, step=title, unit=step.unit.name)
    return _saved(ticket)


@transaction.atomic
def drop_planned(*, ticket_no: str, step_id: int, reason: str, by: Person, now: datetime) -> Ticket:
    """Take one step out that has not begun, by the word of whoever answers for the case."""
    ticket = living(ticket_no)
    if not answers_for(by, ticket):
        raise NotTheOwner(ticket=ticket_no)
    step = ticket.steps.select_related("unit").filter(pk=step_id).first()
    if step is None:
        raise NotFound(step=step_id)
    if step.state != StepState.WAITING:
        raise StepHasBegun(step=step_id)
    drop(ticket, [step], reason=reason.strip()[:200], by=by, now=now)
    words = {"step": step.title, "unit": step.unit.name, "reason": reason.strip()[:200]}
    happened(ticket, _("取消步骤：%(step)s（%(unit)s），%(reason)s"), by=by, now=now, **words)
    return _saved(ticket)


def open_beside(ticket: Ticket, steps: list[Step], *, now: datetime) -> None:
    """Open steps that somebody else has thought out, side by side, and put the case on all those desks."""
    _open(ticket, steps, now)
    place(ticket, open_steps(ticket))


def drop(ticket: Ticket, steps: Iterable[Step], *, reason: str, by: Person | None, now: datetime) -> None:
    """These steps are owed no longer."""
    for step in steps:
        _end(step, StepState.DROPPED, "", by=by, now=now, reason=reason)
    place(ticket, open_steps(ticket))


def _slot(ticket: Ticket, *, at_end: bool) -> tuple[int, int]:
    """(order, lane) of an extra step: a new lane beside what is open, else an order of its own after all."""
    running = next(iter(open_steps(ticket)), None)
    if running is not None and not at_end:
        lanes = ticket.steps.filter(order=running.order).aggregate(last=Max("lane"))
        return running.order, (lanes["last"] or 0) + 1
    last = ticket.steps.aggregate(last=Max("order"))["last"] or 0
    return last + 1, 1


def _extra(
    ticket: Ticket, unit: OrgUnit, title: str, ask: str, minutes: int, calendar: str, **where: object
) -> Step:
    """A step that no template asked for, not yet saved."""
    if not title.strip() or minutes < 1:
        raise BadPart(unit=unit.code)
    return Step(
        ticket=ticket, unit=unit, path=unit.path, title=title.strip()[:80], ask=ask.strip()[:500],
        minutes=minutes, calendar=calendar, **where,
    )  # fmt: skip


def once_more(ticket: Ticket, *, ask: str, now: datetime) -> Step:
    """The step of a case that was opened again: for its owner, else for the unit that did the last step."""
    last = ticket.steps.select_related("unit").order_by("order", "done_at").last()
    unit = _home(ticket) if ticket.owner or last is None else last.unit
    policy = clocks.policies_for(ticket)[Obligation.STEP]
    order, lane = _slot(ticket, at_end=True)
    step = _extra(ticket, unit, AGAIN, ask, policy.minutes, policy.calendar, order=order, lane=lane)
    step.title_en = AGAIN_EN
    if ticket.owner:
        step.handler, step.claimed_at = ticket.owner, now
    _open(ticket, [step], now)
    place(ticket, [step])
    return step


def _unit(code: str) -> OrgUnit:
    unit = OrgUnit.objects.filter(code=code, is_active=True).first()
    if unit is None:
        raise UnknownUnit(code)
    return unit


def _saved(ticket: Ticket) -> Ticket:
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


def again(ticket: Ticket, step: Step, unit: OrgUnit, *, now: datetime, handler: Person | None = None) -> Step:
    """The same step, open at another unit, with a clock of its own; its parts stay parts of it."""
    anew = Step(
        ticket=ticket, order=step.order, lane=step.lane, parent=step.parent, title=step.title,
        title_en=step.title_en, ask=step.ask, unit=unit, path=unit.path, minutes=step.minutes,
        calendar=step.calendar, handler=handler, claimed_at=now if handler else None,
    )  # fmt: skip
    _open(ticket, [anew], now)
    step.parts.update(parent=anew)
    tracing.go_along(step, anew)
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
    count_end(step)

"""Giving cases to seats, taking them back, and writing down why.

Automatic assignments take turns: whoever decides must see what was decided before. Lock order: the case, the turn, the
seat. Every verb decides about one case in one transaction, so a kill leaves each case either given or waiting.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.actions.story import changed, happened, name_of
from huhang.desk.actions.tickets import living
from huhang.desk.models import AssignmentDecision, Seat, Ticket
from huhang.desk.queries import manning
from huhang.desk.rules import assignment as rule
from huhang.desk.rules.assignment import Reason, Trigger, Verdict
from huhang.desk.rules.kinds import State, StepState
from huhang.kit.errors import DomainError, NotAllowed
from huhang.network.models import Person

TURN_LOCK = 0x4855_0401
WENT = {
    Trigger.OFFLINE: _("%(person)s 已离线，工单退回待派"),
    Trigger.AWAY: _("%(person)s 离席过久，工单退回待派"),
    Trigger.SHIFT_ENDED: _("%(person)s 已下班，工单退回待派"),
    Trigger.SEAT_CLOSED: _("%(person)s 的席位已停用，工单退回待派"),
}
GIVEN = {
    Reason.KEEPER: _("派给 %(person)s：其负责该客户、快递员或网点"),
    Reason.PREVIOUS: _("派给 %(person)s：上次由其办理"),
    Reason.DEPUTY: _("派给 %(person)s：负责人不在，代为办理"),
    Reason.BEST: _("派给 %(person)s：在席同事中最合适"),
}


class SeatIsFull(DomainError):
    """这位同事手上的工单已达上限。"""


class CannotSeeIt(DomainError):
    """这位同事无权查看这张工单，不能转给他。"""


class AlreadyTheirs(DomainError):
    """这张工单已经由这位同事负责。"""


class NobodyHasIt(DomainError):
    """这张工单还没有负责人。"""


@transaction.atomic
def assign(*, ticket_no: str, now: datetime) -> Ticket | None:
    """Give a case that nobody owns to the seat that the rule chooses; None when it must wait, or needs nobody.

    Safe to repeat: a case that somebody has is left alone, and waiting on for the same reason is written down once.
    """
    ticket = Ticket.objects.select_for_update(of=("self",)).filter(no=ticket_no).first()
    if ticket is None or not ticket.is_live or ticket.owner_id is not None:
        return None
    policy = manning.policy_for(ticket)
    if policy is None or not policy.gets_owner:
        return None
    _take_turn()
    staff = manning.staff()
    if not staff:
        return None
    case = manning.case_of(ticket, policy, manning.Known.about([ticket], staff))
    verdict = rule.decide(case, [member.candidate for member in staff.values()], now=now)
    return _write(ticket, case, verdict, staff, now)


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN_LOCK])


def _write(
    ticket: Ticket, case: rule.Case, verdict: Verdict, staff: Mapping[int, manning.Member], now: datetime
) -> Ticket | None:
    last = ticket.decisions.order_by("at", "pk").last()
    if verdict.chosen is None:
        if last is None or last.chosen_id is not None or last.reason != verdict.reason:
            _decided(ticket, case, verdict, staff, trigger=_trigger(last), now=now)
        return None
    chosen = staff[verdict.chosen]
    _decided(ticket, case, verdict, staff, trigger=_trigger(last), now=now)
    Seat.objects.filter(pk=chosen.candidate.seat).update(last_given_at=now)
    happened(ticket, GIVEN[verdict.reason], by=None, now=now, person=str(chosen.person))
    return _give(ticket, chosen.person, now)


def _trigger(last: AssignmentDecision | None) -> Trigger:
    """What set it going: its opening, whatever sent it back, or, after it has waited, room."""
    if last is None:
        return Trigger.OPENED
    sent_back = last.reason == Reason.GONE_BACK
    return Trigger(last.trigger) if sent_back else Trigger.ROOM


def _decided(
    ticket: Ticket, case: rule.Case, verdict: Verdict, staff: Mapping[int, manning.Member], *, trigger: Trigger,
    now: datetime,
) -> None:  # fmt: skip
    AssignmentDecision.objects.create(
        ticket=ticket, at=now, trigger=trigger, chosen=_person(staff, verdict.chosen), reason=verdict.reason,
        by=name_of(None),
        deputy_for=_person(staff, verdict.deputy_for),
        candidates=[staff[j.seat].told(j.reason) for j in verdict.judged],
        asked=manning.asked(case),
    )  # fmt: skip


def _person(staff: Mapping[int, manning.Member], seat: int | None) -> Person | None:
    member = staff.get(seat) if seat is not None else None
    return member.person if member else None


def _give(ticket: Ticket, person: Person, now: datetime) -> Ticket:
    """The case is theirs, and so is a step that waits at their own unit."""
    ticket.owner, ticket.claimed_at, ticket.state = person, now, State.WORKING
    waiting = ticket.steps.filter(state=StepState.OPEN, handler__isnull=True, unit=person.home_id)
    waiting.update(handler=person, claimed_at=now)
    changed(ticket)
    notices.notify(
        key=f"assigned:{ticket.pk}:{ticket.version}", kind="desk.assigned", person=person, now=now,
        title=_("有一张工单派给您"), body=f"{ticket.no} {ticket.title}", link=f"/desk/t/{ticket.no}/",
    )  # fmt: skip
    return ticket


@transaction.atomic
def assign_to(*, ticket_no: str, person: Person, reason: str, by: Person, now: datetime) -> Ticket:
    """A colleague decides who has the case: it must be theirs to see, and they must have room."""
    ticket = living(ticket_no)
    _may_decide(by, ticket)
    if ticket.owner_id == person.pk:
        raise AlreadyTheirs(ticket=ticket_no)
    if not person.is_active or not any(person.may("desk.answer", path) for path in ticket.seen_from):
        raise CannotSeeIt(ticket=ticket_no, person=person.username)
    _take_turn()
    seat = Seat.objects.select_for_update(of=("self",)).filter(person=person, is_active=True).first()
    if seat is not None and manning.load_of(seat) + manning.points_of(ticket) > seat.capacity:
        raise SeatIsFull(person=person.username)
    before = ticket.owner
    if before is not None:
        _leave(ticket, before)
    by_hand(ticket, chosen=person, before=before, words=reason, by=by, now=now)
    if seat is not None:
        seat.last_given_at = now
        seat.save(update_fields=["last_given_at"])
    happened(ticket, _("转给 %(person)s：%(reason)s"), by=by, now=now, person=str(person), reason=reason)
    return _give(ticket, person, now)


@transaction.atomic
def unassign(*, ticket_no: str, reason: str, by: Person, now: datetime) -> Ticket:
    """Take the case from whoever has it; it waits for a seat again."""
    ticket = living(ticket_no)
    _may_decide(by, ticket)
    if ticket.owner is None:
        raise NobodyHasIt(ticket=ticket_no)
    before = ticket.owner
    by_hand(ticket, chosen=None, before=before, words=reason, by=by, now=now)
    words = {"person": str(before), "reason": reason}
    happened(ticket, _("不再由 %(person)s 负责：%(reason)s"), by=by, now=now, **words)
    _leave(ticket, before)
    changed(ticket)
    return ticket


def _may_decide(by: Person, ticket: Ticket) -> None:
    """Whoever may assign where the case happened or stands, or the people whose case it is."""
    home = ticket.owner.home if ticket.owner else None
    paths = [ticket.path, *(ticket.at_from or [ticket.at_path]), *([home.path] if home else [])]
    if not any(by.may("desk.assign", path) for path in paths):
        raise NotAllowed(permission="desk.assign")


def by_hand(
    ticket: Ticket, *, chosen: Person | None, before: Person | None, words: str, by: Person, now: datetime
) -> None:
    """Put on record that a colleague decided who has the case; None: nobody."""
    AssignmentDecision.objects.create(
        ticket=ticket, at=now, trigger=Trigger.BY_HAND, chosen=chosen, before=before, words=words[:200],
        reason=Reason.BY_HAND if chosen else Reason.GONE_BACK, by=name_of(by),
    )  # fmt: skip


def _leave(ticket: Ticket, before: Person) -> None:
    """Nobody owns the case, and the steps that its owner did wait for somebody again; not yet saved."""
    ticket.steps.filter(state=StepState.OPEN, handler=before).update(handler=None, claimed_at=None)
    ticket.owner, ticket.claimed_at = None, None
    is_in_hand = ticket.steps.filter(state=StepState.OPEN, handler__isnull=False).exists()
    ticket.state = State.WORKING if is_in_hand else State.OPEN


@transaction.atomic
def give_back(*, ticket_no: str, person_id: int, trigger: Trigger, now: datetime) -> bool:
    """A case leaves whoever has gone, when it must; it waits for another seat."""
    ticket = Ticket.objects.locked(no=ticket_no)
    if not ticket.is_live or ticket.owner is None or ticket.owner_id != person_id:
        return False
    if not rule.goes_back(manning.held(ticket), trigger, now=now):
        return False
    before = ticket.owner
    AssignmentDecision.objects.create(
        ticket=ticket, at=now, trigger=trigger, before=before, reason=Reason.GONE_BACK, by=name_of(None)
    )
    happened(ticket, WENT[trigger], by=None, now=now, person=str(before))
    _leave(ticket, before)
    changed(ticket)
    return True


@transaction.atomic
def ask_again(*, ticket_id: int, now: datetime) -> None:
    """A case is open once more: whoever had it keeps it when they are there, else it is given anew.

    People without a seat, as those of an outlet, keep what they had.
    """
    ticket = Ticket.objects.locked(pk=ticket_id)
    before = ticket.owner
    if not ticket.is_live or before is None or not Seat.objects.filter(person=before).exists():
        return
    asked_at = ticket.reopened_at or ticket.opened_at
    if ticket.decisions.filter(trigger=Trigger.REOPENED, at__gte=asked_at).exists():
        return
    AssignmentDecision.objects.create(
        ticket=ticket,
        at=now,
        trigger=Trigger.REOPENED,
        before=before,
        reason=Reason.GONE_BACK,
        by=name_of(None),
    )
    _leave(ticket, before)
    changed(ticket)
    assign(ticket_no=ticket.no, now=now)

"""Calling back who was not satisfied: a case of its own with an owner and clocks, and what came of it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks, tickets
from huhang.desk.actions.claiming import claim as claim_case
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import ClockState, Kind, Obligation, Priority
from huhang.kit import live
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.metrics.actions import tally
from huhang.network.models import Person
from huhang.quality.models import CallBack, Survey, Touch
from huhang.quality.models.survey import OUTCOME_NAMES
from huhang.quality.rules.calling_back import EXPLAINED, Outcome

KIND = "quality.survey"
SOURCE = "survey"
# The worst that can be said is called about first.
WORST = 1
TITLES = {True: _("客户说没有解决，请回访"), False: _("客户不满意，请回访")}
NOT_SATISFIED = _("客户评价 %(score)s 分：%(words)s")
NO_ANSWER = _("回访未接通（第 %(count)s 次）")
TOLD = _("已回访客户：%(outcome)s。%(words)s")


class AlreadyDone(DomainError):
    """这条回访已经办结。"""


class SayWhat(BadInput):
    """请写明客户怎么说、为什么这样办结。"""


def open_for(survey: Survey, *, now: datetime) -> CallBack:
    """Have somebody call, once; when the customer's case is open again, that is where it is done."""
    known = CallBack.objects.filter(survey=survey).first()
    if known:
        return known
    touches = list(survey.touches.select_related("ticket__customer", "call__report", "conversation__contact"))
    case = next((touch.ticket for touch in touches if touch.ticket), None)
    if case is not None and case.is_live:
        ticket = Ticket.objects.locked(pk=case.pk)
        said = {"score": str(survey.score or "—"), "words": survey.words}
        happened(ticket, NOT_SATISFIED, by=None, now=now, **said)
        changed(ticket)
    else:
        ticket = _opened(survey, touches, case, now)
    tally.count(measure="quality.call_back.opened", at=now, path=survey.path, key=f"call_back:{survey.pk}")
    return CallBack.objects.create(survey=survey, ticket=ticket, opened_at=now)


def _opened(survey: Survey, touches: list[Touch], case: Ticket | None, now: datetime) -> Ticket:
    """A case of its own; nobody outside waits for a first word from it, so that clock does not run."""
    talk = next((touch.conversation for touch in touches if touch.conversation), None)
    about = [f"{touch.get_sort_display()} {touch.subject}".strip() for touch in touches]
    opening = Opening(
        kind=Kind.FOLLOW_UP, title=TITLES[survey.is_solved is False], unit=survey.unit, source=SOURCE,
        source_ref=survey.key, body="\n".join([survey.words, "、".join(about)]).strip(),
        waybill_no=next((touch.contact.waybill_no for touch in touches if touch.contact.waybill_no), ""),
        contact_name=case.contact_name if case else talk.contact.name if talk else "",
        contact_phone=survey.number or (case.contact_phone if case else talk.contact.phone if talk else ""),
        priority=Priority.HIGH if survey.score == WORST else Priority.NORMAL,
        customer=case.customer if case else talk.contact.customer if talk else None,
        entrance=survey.entrance.key[:40] if survey.entrance else "", language=survey.language, parent=case,
    )  # fmt: skip
    ticket, _is_new = open_ticket(opening, by=None, now=now)
    for clock in ticket.clocks.filter(obligation=Obligation.FIRST_RESPONSE, stopped_at__isnull=True):
        clocks.stop(clock, ClockState.CANCELLED, now=now)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


@transaction.atomic
def claim(*, call_back_id: int, by: Person, now: datetime) -> CallBack:
    """Take it upon oneself: the case's owner calls."""
    row = _open(call_back_id)
    claim_case(ticket_no=row.ticket.no, by=by, now=now)
    return _told(row)


@transaction.atomic
def no_answer(*, call_back_id: int, by: Person, now: datetime) -> CallBack:
    """Rang in vain: on the record, and still owed."""
    row = _open(call_back_id)
    row.attempts += 1
    row.save(update_fields=["attempts"])
    happened(row.ticket, NO_ANSWER, by=by, now=now, count=str(row.attempts))
    changed(row.ticket)
    return _told(row)


@transaction.atomic
def done(*, call_back_id: int, outcome: Outcome, words: str, by: Person, now: datetime) -> CallBack:
    """Say what came of it; its own case ends with that, the customer's own goes on."""
    row = _open(call_back_id)
    if outcome in EXPLAINED and not words:
        raise SayWhat(field="words")
    _finish(row, outcome, words, by, now)
    told = gettext(TOLD) % {"outcome": OUTCOME_NAMES[outcome], "words": words}
    if row.is_own and row.ticket.is_live:
        tickets.resolve(ticket_no=row.ticket.no, result=told, by=by, now=now)
    else:
        happened(row.ticket, TOLD, by=by, now=now, outcome=str(OUTCOME_NAMES[outcome]), words=words)
        changed(row.ticket)
    return _told(row)


@transaction.atomic
def case_ended(ticket_id: int, *, now: datetime) -> int:
    """The case came to its end by itself: so did its call-back. Ended from here, it says so already."""
    rows = CallBack.objects.select_for_update(of=("self",)).filter(ticket=ticket_id, done_at__isnull=True)
    ended = list(rows.select_related("ticket", "survey"))
    for row in ended:
        if not row.ticket.is_live:
            _finish(row, Outcome.IN_CASE, row.ticket.result[:500], None, now)
            _told(row)
    return len(ended)


def _finish(row: CallBack, outcome: Outcome, words: str, by: Person | None, now: datetime) -> None:
    row.outcome, row.words, row.done_at, row.done_by = outcome, words[:500], now, by
    row.save(update_fields=["outcome", "words", "done_at", "done_by"])


def _open(call_back_id: int) -> CallBack:
    """The open row, its case locked first as everywhere; whoever asks must have checked the reach before."""
    ticket = CallBack.objects.filter(pk=call_back_id).values_list("ticket", flat=True).first()
    if ticket is None:
        raise NotFound(call_back=call_back_id)
    case = Ticket.objects.locked(pk=ticket)
    row = CallBack.objects.select_for_update(of=("self",)).select_related("survey").get(pk=call_back_id)
    if row.done_at is not None:
        raise AlreadyDone(call_back=call_back_id)
    row.ticket = case
    return row


def _told(row: CallBack) -> CallBack:
    live.announce(KIND, path=row.survey.path)
    return row

"""What the customer does on the progress page: says something, shows pictures, asks for a human, says how it ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.actions import answering, attachments, tickets
from huhang.desk.actions.story import changed, happened
from huhang.desk.events import CustomerJudged
from huhang.desk.models import CustomerVerdict, Entry, Ticket
from huhang.desk.rules.kinds import EntryKind, State
from huhang.desk.rules.progress import HUMAN_ASKED
from huhang.kit import audit
from huhang.kit.errors import DomainError, NotAllowed
from huhang.kit.events import publish
from huhang.kit.received import Ready
from huhang.network.models import Person

AGAIN = timedelta(minutes=1)
PICTURES_ALONE = _("［图片或文件］")
WANTS_HUMAN = _("请安排客服人员联系我。")
# As in `rules.progress.HUMAN_ASKED`, spelled out for the translators.
_("客户要求人工联系，请尽快打电话或回复")
NOT_SOLVED = _("还没有解决。")
SOLVED = _("客户确认问题已解决")


class CaseIsOver(DomainError):
    """这件事已经办结。如果还没有解决，请点“没有解决”重新打开，或联系客服。"""


class NotOverYet(DomainError):
    """这件事还在办理，办结后您可以再来确认。"""


class StaffCannotSpeak(NotAllowed):
    """您正以员工身份登录。评价和留言只能由客户本人提交，请退出登录或用客户的手机打开。"""


@transaction.atomic
def say(*, ticket: Ticket, text: str, files: Sequence[Ready] = (), now: datetime) -> Ticket:
    """The customer adds words, pictures or both; the same words twice within a minute are one message."""
    ticket = _live(ticket)
    text = text.strip() or (gettext(PICTURES_ALONE) if files else "")
    entry = _just_said(ticket, text, now) or _said(ticket, text, now)
    if files:
        attachments.put(ticket=ticket, ready=files, by=None, now=now, is_public=True, entry=entry)
    return ticket


@transaction.atomic
def pass_on(*, ticket: Ticket, text: str, by: Person, now: datetime) -> None:
    """Another system hands over what the customer said there; who handed it over is on record."""
    say(ticket=ticket, text=text, now=now)
    audit.record(
        actor=by.get_username(), verb="desk.customer.passed_on", subject=f"ticket:{ticket.no}", now=now
    )


def _live(ticket: Ticket) -> Ticket:
    ticket = Ticket.objects.locked(pk=ticket.pk)
    if not ticket.is_live:
        raise CaseIsOver
    return ticket


def _just_said(ticket: Ticket, text: str, now: datetime) -> Entry | None:
    """The customer's last line, when it is this one: a second press of the button."""
    last = ticket.entries.order_by("-at", "-id").first()
    is_same = last and last.kind == EntryKind.FROM_CUSTOMER and last.text == text and last.at > now - AGAIN
    return last if is_same else None


def _said(ticket: Ticket, text: str, now: datetime) -> Entry:
    answering.hear(ticket=ticket, text=text, now=now)
    return ticket.entries.filter(kind=EntryKind.FROM_CUSTOMER).latest("id")


@transaction.atomic
def ask_for_human(*, ticket: Ticket, now: datetime) -> Ticket:
    """Have somebody call or write: told at once to owner or unit; asking again before that changes nothing."""
    ticket = _live(ticket)
    if is_awaited(ticket):
        return ticket
    answering.hear(ticket=ticket, text=gettext(WANTS_HUMAN), now=now)
    ticket.refresh_from_db()
    line = happened(ticket, HUMAN_ASKED, by=None, now=now)
    notices.notify(
        key=f"human:{line.pk}", kind="desk.human", unit=ticket.at_unit, person=ticket.owner,
        title=_("客户要求人工联系"), body=f"{ticket.no} {ticket.title}", link=f"/desk/t/{ticket.no}/", now=now,
    )  # fmt: skip
    changed(ticket)
    return ticket


def is_awaited(ticket: Ticket) -> bool:
    """Has the customer asked for a human, and nobody answered since?"""
    lines = ticket.entries.filter(kind=EntryKind.TO_CUSTOMER) | ticket.entries.filter(
        kind=EntryKind.EVENT, text=HUMAN_ASKED
    )
    last = lines.order_by("-at", "-id").first()
    return last is not None and last.kind == EntryKind.EVENT


@transaction.atomic
def confirm(*, ticket: Ticket, now: datetime) -> CustomerVerdict:
    """The customer says that it is solved; said again, it is said once."""
    ticket = Ticket.objects.locked(pk=ticket.pk)
    if ticket.state != State.RESOLVED:
        raise NotOverYet
    known = ticket.verdicts.filter(is_solved=True, at__gte=ticket.resolved_at).first()
    if known:
        return known
    happened(ticket, SOLVED, by=None, now=now)
    changed(ticket)
    publish(CustomerJudged(ticket_id=ticket.pk, is_solved=True, words="", at=now))
    return CustomerVerdict.objects.create(ticket=ticket, is_solved=True, at=now)


@transaction.atomic
def disagree(*, ticket: Ticket, words: str, files: Sequence[Ready] = (), now: datetime) -> Ticket:
    """The customer says that it is not solved: the case is taken up again, once however often the button is pressed."""
    ticket = Ticket.objects.locked(pk=ticket.pk)
    if ticket.is_live and ticket.verdicts.filter(is_solved=False, at__gt=now - AGAIN).exists():
        return ticket
    words = words.strip()[:500]
    ticket = tickets.reopen(ticket_no=ticket.no, reason=words or gettext(NOT_SOLVED), by=None, now=now)
    CustomerVerdict.objects.create(ticket=ticket, is_solved=False, words=words, at=now)
    publish(CustomerJudged(ticket_id=ticket.pk, is_solved=False, words=words, at=now))
    if files:
        entry = ticket.entries.filter(kind=EntryKind.FROM_CUSTOMER).latest("id")
        attachments.put(ticket=ticket, ready=files, by=None, now=now, is_public=True, entry=entry)
    return ticket

"""A call promised in a conversation: it lands on the list of those we owe, and the customer reads by when."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import lines, talking
from huhang.channels.actions.call_backs import KIND
from huhang.channels.models import Account, AgentExtension, CallbackDue, Conversation
from huhang.channels.rules import call_promises as rules
from huhang.channels.rules.call_life import Outcome
from huhang.channels.rules.call_promises import Promised
from huhang.channels.rules.conversation import Stage
from huhang.channels.rules.phone import SWITCHES
from huhang.kit import calendar_store, live, masking
from huhang.kit.calendars import Calendar
from huhang.kit.errors import BadInput
from huhang.network.models import Person

SOON = _("已为您登记电话回复，我们会在 {promised} 前拨打 {number}")
AGREED = _("已为您登记电话回复，我们会在 {promised} 起的半小时内拨打 {number}")


class NoNumber(BadInput):
    """请填写可以打通的电话号码。"""


class NotThen(BadInput):
    """回电时间须在现在之后、七天以内。"""


class EnoughNumbers(BadInput):
    """这个会话里已经登记了几个电话，我们会逐一回复。"""


# Whoever wants more numbers rung than this does not wait for a call.
NUMBERS_OF_TALK = 2


@transaction.atomic
def promise(
    no: str, *, by: Person, now: datetime, number: str = "", at: datetime | None = None, note: str = ""
) -> CallbackDue:
    """Promise a call to whoever is talked with: one open row for each number and line, however often it is said.

    An hour without a zone is one of our own clocks.
    """
    talk = talking.locked(no)
    if talk.stage == Stage.CLOSED:
        raise talking.IsOver(conversation=no)
    if talk.agent_id != by.pk:
        raise talking.HasSomebodyElse(conversation=no)
    dialled = rules.number_of(number or talk.contact.phone)
    if not dialled:
        raise NoNumber
    if at is not None and timezone.is_naive(at):
        at = timezone.make_aware(at)
    if at is not None and not rules.is_possible(at, now=now):
        raise NotThen
    promised = rules.promised(at, _hours(talk), now=now)
    row = _row(talk, dialled, promised, f"{no} {note.strip()}".strip()[:300], by, now)
    _tell(talk, row, promised, now=now)
    live.announce(KIND, path=row.path)
    return row


@transaction.atomic
def ask(no: str, *, number: str, now: datetime) -> CallbackDue:
    """The customer leaves a number instead of waiting: whoever is free first rings. A few numbers for each talk."""
    talk = talking.locked(no)
    if talk.stage == Stage.CLOSED:
        raise talking.IsOver(conversation=no)
    dialled = rules.number_of(number or talk.contact.phone)
    if not dialled:
        raise NoNumber
    others = CallbackDue.objects.open().filter(note=no, queue=talk.queue).exclude(number=dialled)
    if others.count() >= NUMBERS_OF_TALK:
        raise EnoughNumbers
    promised = rules.promised(None, _hours(talk), now=now)
    row = _row(talk, dialled, promised, no, None, now)
    _tell(talk, row, promised, now=now)
    live.announce(KIND, path=row.path)
    return row


def _row(
    talk: Conversation, number: str, promised: Promised, note: str, by: Person | None, now: datetime
) -> CallbackDue:
    """The one that is open, moved to what was agreed since, or a new one; a colleague's stays theirs."""
    row, is_new = CallbackDue.objects.select_for_update(of=("self",)).get_or_create(
        account=_telephone(talk, by), number=number, queue=talk.queue, closed_at=None,
        defaults={
            "path": talk.path, "customer": talk.contact.customer, "because": Outcome.CALL_BACK_ASKED, "since": now,
            "missed_at": now, "next_at": promised.from_at, "due_at": promised.due_at, "owner": by,
            "claimed_at": now if by else None, "note": note,
        },
    )  # fmt: skip
    if is_new or by is None:
        return row
    if promised.is_agreed:
        row.next_at, row.due_at = promised.from_at, promised.due_at
    if row.owner_id is None:
        row.owner, row.claimed_at = by, now
    row.note = note
    row.save(update_fields=["next_at", "due_at", "owner", "claimed_at", "note"])
    return row


def _telephone(talk: Conversation, by: Person | None) -> Account:
    """The switch by which it will be rung: then the call itself settles it. Without one, people say how it went."""
    own = AgentExtension.objects.filter(person=by, account__is_active=True).select_related("account")
    if extension := own.order_by("pk").first():
        return extension.account
    switches = Account.objects.filter(adapter__in=SWITCHES, is_active=True).order_by("pk")
    near = [account for account in switches if talk.path.startswith(account.path)]
    return max(near, key=lambda account: len(account.path), default=talk.address.account)


def _hours(talk: Conversation) -> Calendar:
    calendar = talk.entrance.calendar
    return calendar_store.get(calendar.key if calendar else calendar_store.ALWAYS).hours


def _tell(talk: Conversation, row: CallbackDue, promised: Promised, *, now: datetime) -> None:
    """The same promise is one word, however often the button was pressed."""
    if promised.is_agreed:
        text, moment = AGREED, promised.from_at
    else:
        # Of a row that was late already nobody is told a moment that has gone by.
        text, moment = SOON, row.due_at if row.due_at > now else promised.due_at
    lines.say(
        talk, text, f"call:{row.pk}:{moment.isoformat()}", now=now, leaves=True, promised=moment.isoformat(),
        number=masking.phone(row.number),
    )  # fmt: skip

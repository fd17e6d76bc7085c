"""The calls that we owe: opened by who gave up, closed by who was reached, and worked off in between."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min, Q, QuerySet

from huhang.channels.models import Account, Call, CallbackDue, Entrance
from huhang.channels.rules import call_backs as rules
from huhang.channels.rules.call_backs import Closed
from huhang.channels.rules.call_life import OWED, Outcome
from huhang.kit import calendar_store, live
from huhang.kit.calendars import Calendar
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import Person

KIND = "channels.callback"
ANSWER = "channels.talk"


class AlreadyClosed(DomainError):
    """这通回电已经处理完毕。"""


class SomebodyElses(DomainError):
    """这通回电已由同事认领。"""


def follow(account: Account, calls: Iterable[Call], *, now: datetime) -> None:
    """Open and close what these calls mean for the list, whatever the order in which they became known.

    Called in the transaction that writes the calls, which lets one process at a time work on an account.
    """
    ordered = sorted(
        (call for call in calls if call.number), key=lambda call: call.left_at or call.arrived_at
    )
    open_rows = CallbackDue.objects.open().filter(account=account)
    waiting = set(
        open_rows.filter(number__in={call.number for call in ordered}).values_list("number", flat=True)
    )
    changed: dict[int, CallbackDue] = {}
    for call in ordered:
        if call.outcome == Outcome.ANSWERED and call.number in waiting:
            changed |= {row.pk: row for row in _settle(account, call)}
        elif call.call_back_id is None and _is_owed(call, now):
            row = _owe(account, call)
            waiting.add(call.number)
            changed[row.pk] = row
    live.announce_many(KIND, {(row.path, "") for row in changed.values()})


def _is_owed(call: Call, now: datetime) -> bool:
    return rules.is_owed(call.life, now=now) and not _was_reached_since(call)


def _owe(account: Account, call: Call) -> CallbackDue:
    """Join the caller's open row, or open one."""
    missed = rules.missed_at(call.life)
    row = _open(account, call).select_for_update().first()
    if row is None:
        due = rules.due(missed, _hours(call))
        row = CallbackDue.objects.create(
            account=account, number=call.number, queue=call.queue, path=call.path, customer=call.customer,
            because=call.outcome, since=missed, missed_at=missed, due_at=due, next_at=missed,
        )  # fmt: skip
    elif missed < row.since or missed > row.missed_at:
        row.since, row.missed_at = min(row.since, missed), max(row.missed_at, missed)
        row.due_at = min(row.due_at, rules.due(row.since, _hours(call)))
        row.save(update_fields=["since", "missed_at", "due_at"])
    call.call_back = row
    Call.objects.filter(pk=call.pk).update(call_back=row)
    return row


def _settle(account: Account, call: Call) -> list[CallbackDue]:
    """Somebody talked to this number: what was owed until then is owed no more."""
    rows = CallbackDue.objects.open().filter(account=account, number=call.number).select_for_update()
    if not call.is_outbound:
        # Its own row too: the switch had told us the end of this very call before its beginning.
        rows = rows.filter(Q(queue=call.queue) | Q(pk=call.call_back_id))
    return [_settled(row, call) for row in rows if not _is_promised_since(row, call)]


def _is_promised_since(row: CallbackDue, call: Call) -> bool:
    """What was promised in this very call, or after it, is owed still; of what was missed `_settled` knows."""
    return call.answered_at is not None and row.since > call.answered_at and not row.calls.exists()


def _settled(row: CallbackDue, call: Call) -> CallbackDue:
    """Closed, unless the caller has given up again since; then it is owed for that alone."""
    since = row.calls.filter(outcome__in=list(OWED), left_at__gt=call.answered_at).exclude(pk=call.pk)
    missed = since.aggregate(first=Min("left_at"), last=Max("left_at"))
    if missed["first"] is None:
        because = Closed.CALLED if call.is_outbound else Closed.GOT_THROUGH
        return _close(row, because, at=call.answered_at, by=call.person)
    row.since, row.missed_at = missed["first"], missed["last"]
    row.due_at = rules.due(row.since, _hours(call))
    row.save(update_fields=["since", "missed_at", "due_at"])
    return row


def _open(account: Account, call: Call) -> QuerySet[CallbackDue]:
    return CallbackDue.objects.open().filter(account=account, number=call.number, queue=call.queue)


def _was_reached_since(call: Call) -> bool:
    """Did this number talk to us after it had given up? Then a late word about that opens nothing."""
    later = Call.objects.filter(
        account=call.account_id, number=call.number, answered_at__gte=rules.missed_at(call.life)
    )
    return later.filter(is_outbound=True).exists() or later.filter(queue=call.queue).exists()


def _hours(call: Call) -> Calendar:
    """When somebody is there for this line; a line without a calendar is always open."""
    doors = Entrance.objects.filter(queue=call.queue_id, calendar__isnull=False).select_related("calendar")
    door = doors.order_by("pk").first() if call.queue_id else None
    return calendar_store.get(door.calendar.key if door and door.calendar else calendar_store.ALWAYS).hours


def _close(
    row: CallbackDue, because: Closed, *, at: datetime | None, by: Person | None = None, note: str = ""
) -> CallbackDue:
    # What was promised in a conversation stays, where nothing is written instead.
    row.closed_at, row.closed_because, row.closed_by, row.note = at, because, by, note[:300] or row.note
    row.save(update_fields=["closed_at", "closed_because", "closed_by", "note"])
    return row


@transaction.atomic
def claim(*, callback_id: int, by: Person, now: datetime) -> CallbackDue:
    """Take a call-back upon oneself; a colleague's is theirs."""
    row = _mine(callback_id, by)
    row.owner, row.claimed_at = by, row.claimed_at if row.owner_id == by.pk else now
    row.save(update_fields=["owner", "claimed_at"])
    return _told(row)


@transaction.atomic
def take_next(*, by: Person, now: datetime) -> CallbackDue | None:
    """The call-back that is due first of those that nobody has, or None; two who ask at once get two."""
    free = CallbackDue.objects.open().within(by.visible_paths(ANSWER)).filter(owner=None, next_at__lte=now)
    row = free.select_for_update(skip_locked=True).order_by("due_at", "pk").first()
    if row is None:
        return None
    row.owner, row.claimed_at = by, now
    row.save(update_fields=["owner", "claimed_at"])
    return _told(row)


@transaction.atomic
def promise(call: Call, *, by: Person, now: datetime) -> CallbackDue | None:
    """Whoever talked has promised to call again: it is theirs, with a clock; None for a caller without a number."""
    if not call.number:
        return None
    row = _open(call.account, call).select_for_update().first()
    if row is None:
        row = CallbackDue.objects.create(
            account=call.account, number=call.number, queue=call.queue, path=call.path, customer=call.customer,
            because=Outcome.CALL_BACK_ASKED, since=now, missed_at=now, due_at=rules.due(now, _hours(call)),
            next_at=now,
        )  # fmt: skip
    if row.owner_id is None:
        row.owner, row.claimed_at = by, now
        row.save(update_fields=["owner", "claimed_at"])
    return _told(row)


@transaction.atomic
def release(*, callback_id: int, by: Person) -> CallbackDue:
    """Give it back to everybody."""
    row = _mine(callback_id, by)
    row.owner, row.claimed_at = None, None
    row.save(update_fields=["owner", "claimed_at"])
    return _told(row)


@transaction.atomic
def called(*, callback_id: int, by: Person, now: datetime, note: str = "") -> CallbackDue:
    """The customer was reached."""
    row = _mine(callback_id, by)
    row.owner = row.owner or by
    row.attempts += 1
    row.save(update_fields=["owner", "attempts"])
    return _told(_close(row, Closed.CALLED, at=now, by=by, note=note))


@transaction.atomic
def no_answer(*, callback_id: int, by: Person, now: datetime) -> CallbackDue:
    """Rang in vain: again after a while, and not for ever."""
    row = _mine(callback_id, by)
    row.attempts += 1
    row.tries.create(at=now, by=by)
    again = rules.try_again_at(row.attempts, now=now)
    row.next_at = again or row.next_at
    row.save(update_fields=["attempts", "next_at"])
    return _told(row if again else _close(row, Closed.NOT_REACHED, at=now, by=by))


@transaction.atomic
def not_needed(*, callback_id: int, by: Person, now: datetime, note: str) -> CallbackDue:
    """Nobody needs to be called, for a reason that is written down."""
    return _told(_close(_mine(callback_id, by), Closed.NOT_NEEDED, at=now, by=by, note=note))


def _mine(callback_id: int, by: Person) -> CallbackDue:
    """An open row that this person may work on, locked."""
    row = CallbackDue.objects.select_for_update().filter(pk=callback_id).first()
    if row is None or not by.may(ANSWER, row.path):
        raise NotFound(callback=callback_id)
    if not row.is_open:
        raise AlreadyClosed
    if row.owner_id not in {None, by.pk}:
        raise SomebodyElses
    return row


def _told(row: CallbackDue) -> CallbackDue:
    live.announce(KIND, path=row.path)
    return row

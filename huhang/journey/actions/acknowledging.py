"""What people make of their reminders: seen, "I will act", "not mine". Said again, nothing changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from huhang.channels.actions import outgoing, receiving
from huhang.channels.actions.outgoing import Addressee
from huhang.channels.actions.tokens import hash_of
from huhang.channels.models import Inbound, Outgoing
from huhang.channels.rules.numbers import digit_of
from huhang.channels.rules.outgoing import Medium
from huhang.journey.actions.reminders import KIND, ladder_for_unit, stand
from huhang.journey.models import Reminder
from huhang.journey.queries import ladders, recipients
from huhang.journey.rules import reminder_texts as texts
from huhang.kit import live
from huhang.kit.errors import NotFound
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count
from huhang.network.models import Person

ACKNOWLEDGE = "journey.reminders.acknowledge"
# A reply much later than this answers nothing that still stands.
REPLIES_WITHIN = timedelta(hours=72)
# Of several replies that nobody understands, one an hour is answered: two machines must not talk all night.
POLITE_EVERY = "%Y%m%d%H"


@dataclass(frozen=True, slots=True)
class Teller:
    """Who says so, and by what: `link`, `reply` or `page`."""

    name: str
    how: str


@transaction.atomic
def acknowledge(*, reminder_ids: Iterable[int], by: Teller, now: datetime) -> int:
    """Somebody will act: their ladders end. Returns for how many that is news."""
    rows = _open(reminder_ids)
    for row in rows:
        row.acknowledged_at, row.acknowledged_how, row.acknowledged_by = now, by.how, by.name[:80]
        row.read_at = row.read_at or now
        row.next_at, row.next_to, row.next_medium = None, "", ""
    fields = ["acknowledged_at", "acknowledged_how", "acknowledged_by", "read_at"]
    Reminder.objects.bulk_update(rows, [*fields, "next_at", "next_to", "next_medium"])
    _count(rows, now)
    _announce(rows)
    return len(rows)


@transaction.atomic
def pass_on(*, reminder_ids: Iterable[int], by: Teller, now: datetime) -> int:
    """ "Not mine": a courier's goes to the outlet, a unit's to the unit above, whose ladder begins anew."""
    known = ladders.read()
    moved = [row for row in _open(reminder_ids) if _hand_up(row)]
    for row in moved:
        row.passed_on_at, row.passed_on_from = now, by.name[:80]
        ladder = ladder_for_unit(row, known)
        if ladder:
            stand(row, ladder, now)
        else:
            row.next_at, row.next_to, row.next_medium = None, "", ""
    fields = ["courier", "unit", "policy", "rung", "passed_on_at", "passed_on_from"]
    Reminder.objects.bulk_update(moved, [*fields, "next_at", "next_to", "next_medium"])
    _announce(moved)
    return len(moved)


def _hand_up(row: Reminder) -> bool:
    """Change who is asked; at the top there is nobody else."""
    if row.courier_id:
        row.courier = None
        return True
    above = recipients.unit_above(row.unit)
    is_other = above.pk != row.unit_id
    row.unit = above
    return is_other


def _open(reminder_ids: Iterable[int]) -> list[Reminder]:
    rows = Reminder.objects.select_for_update(of=("self",)).select_related("hit__rule", "unit", "courier")
    wanted = rows.filter(pk__in=list(reminder_ids), acknowledged_at__isnull=True)
    return list(wanted.filter(hit__cleared_at__isnull=True).order_by("pk"))


@transaction.atomic
def seen(*, outgoing_ids: list[int], at: datetime) -> int:
    """Messages were opened: so their reminders were seen."""
    rows = Reminder.objects.select_for_update(of=("self",)).filter(sends__outgoing__in=outgoing_ids)
    fresh = {row.pk: row for row in rows.filter(read_at__isnull=True).order_by("pk")}
    Reminder.objects.filter(pk__in=fresh).update(read_at=at)
    tally.count_many(
        Count("journey.reminder.read", at=at, path=row.path, key=f"reminder:{row.pk}:read")
        for row in fresh.values()
    )
    _announce(fresh.values())
    return len(fresh)


def of_link(token: str, *, now: datetime) -> Outgoing:
    """The message behind a link; wrong and expired ones are simply not found."""
    message = (
        Outgoing.objects.select_related("courier__unit", "unit", "person")
        .filter(token_hash=hash_of(token), link_expires_at__gt=now)
        .first()
    )
    if not token or message is None:
        raise NotFound
    return message


def of_message(message: Outgoing) -> QuerySet[Reminder]:
    """What a message's bearer may act on: a courier their own, who was told of others' those still below them."""
    if message.courier_id:
        return Reminder.objects.filter(courier=message.courier_id)
    if message.unit_id is None:
        return Reminder.objects.none()
    spoken_of = Reminder.objects.filter(sends__outgoing=message, unit__path__startswith=message.path)
    return Reminder.objects.filter(Q(unit=message.unit_id, courier__isnull=True) | Q(pk__in=spoken_of))


@transaction.atomic
def take_reply(*, inbound_id: int, now: datetime) -> str:
    """Act on a digit: for the reminders of the latest message to this number. Returns what it was taken as."""
    inbound = Inbound.objects.select_for_update().get(pk=inbound_id)
    if inbound.taken_as:
        return inbound.taken_as
    message = _latest(inbound)
    inbound.taken_as = _take(inbound, message, now) if message else "unknown"
    inbound.save(update_fields=["taken_as"])
    return inbound.taken_as


def _take(inbound: Inbound, message: Outgoing, now: datetime) -> str:
    spoken_of = Reminder.objects.filter(sends__outgoing=message).values_list("pk", flat=True)
    teller = Teller(name_of(message), "reply")
    digit = digit_of(inbound.text)
    if digit == texts.HANDLING:
        taken = acknowledge(reminder_ids=spoken_of, by=teller, now=now)
        return "handling" if taken else "again"
    if digit == texts.NOT_MINE:
        mine = _still_with(message, spoken_of)
        return "not_mine" if pass_on(reminder_ids=mine, by=teller, now=now) else "again"
    _answer_politely(inbound, message, now)
    return "not_understood"


def _still_with(message: Outgoing, spoken_of: Iterable[int]) -> list[int]:
    """Only who is asked can say that it is not theirs; a second "2" must not climb further."""
    rows = Reminder.objects.filter(pk__in=list(spoken_of))
    theirs = Q(courier=message.courier_id) if message.courier_id else Q(unit=message.unit_id)
    return list(rows.filter(theirs).values_list("pk", flat=True))


def _latest(inbound: Inbound) -> Outgoing | None:
    """The latest message to this number that spoke of reminders; of these, one with something open comes first."""
    if not inbound.number:  # words from nowhere: notices inside the house have no number either
        return None
    sent = Outgoing.objects.filter(
        number=inbound.number, queued_at__lte=inbound.received_at,
        queued_at__gt=inbound.received_at - REPLIES_WITHIN, reminders__isnull=False,
    )  # fmt: skip
    is_open = Q(
        reminders__reminder__acknowledged_at__isnull=True, reminders__reminder__hit__cleared_at__isnull=True
    )
    latest = sent.select_related("courier", "person", "unit").order_by("-queued_at", "-pk")
    return latest.filter(is_open).first() or latest.first()


def name_of(message: Outgoing) -> str:
    """Whoever got the message."""
    if message.courier:
        return message.courier.name
    return str(message.person or message.unit or "")


def _answer_politely(inbound: Inbound, message: Outgoing, now: datetime) -> None:
    if message.unit is None:
        return
    outgoing.send(
        key=f"polite:{inbound.number}:{now:{POLITE_EVERY}}",
        medium=Medium.SMS,
        to=Addressee(message.unit, message.person, message.courier, inbound.number),
        text=texts.not_understood(),
        now=now,
    )


def open_page(message: Outgoing, *, now: datetime) -> None:
    """The link was opened: that is the read receipt."""
    receiving.seen([message.pk], now=now)


def acknowledge_own(*, reminder_ids: Iterable[int], by: Person, now: datetime) -> int:
    """Acknowledge in the house: a courier what is theirs, others what lies where they may."""
    return acknowledge(reminder_ids=_own(reminder_ids, by), by=Teller(str(by), "page"), now=now)


def pass_on_own(*, reminder_ids: Iterable[int], by: Person, now: datetime) -> int:
    """Pass on in the house, of the same."""
    return pass_on(reminder_ids=_own(reminder_ids, by), by=Teller(str(by), "page"), now=now)


def _own(reminder_ids: Iterable[int], by: Person) -> list[int]:
    rows = Reminder.objects.filter(pk__in=list(reminder_ids)).select_related("courier", "unit")
    return [
        row.pk
        for row in rows
        if (row.courier and row.courier.person_id == by.pk) or by.may(ACKNOWLEDGE, row.unit.path)
    ]


def look(rows: QuerySet[Reminder], *, by: Person, now: datetime) -> int:
    """Somebody looks at their reminders in the house: the notices about them are read."""
    shown = rows.filter(acknowledged_at__isnull=True, hit__cleared_at__isnull=True).values("pk")
    notices = Outgoing.objects.filter(
        Q(person=by) | Q(person__isnull=True), medium=Medium.IN_APP, read_at__isnull=True,
        reminders__reminder__in=shown,
    )  # fmt: skip
    return receiving.seen(list(notices.values_list("pk", flat=True).distinct()), now=now)


def _count(rows: list[Reminder], now: datetime) -> None:
    tally.count_many(
        count
        for row in rows
        for count in (
            Count("journey.reminder.acknowledged", at=now, path=row.path, key=f"reminder:{row.pk}:done"),
            Count("journey.reminder.read", at=now, path=row.path, key=f"reminder:{row.pk}:read"),
            Count(
                "journey.reminder.minutes", at=now, path=row.path, key=f"reminder:{row.pk}:minutes",
                amount=_minutes(row, now),
            ),
        )
        if count.amount  # at once: nothing to add up
    )  # fmt: skip


def _minutes(row: Reminder, now: datetime) -> int:
    return max(0, round((now - (row.sent_at or row.planned_at)).total_seconds() / 60))


def _announce(rows: Iterable[Reminder]) -> None:
    for path in {row.path for row in rows}:
        live.announce(KIND, path=path)

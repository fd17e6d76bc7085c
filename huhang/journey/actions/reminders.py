"""Reminding: a hit plans a reminder, the workers take its rungs when they are due, one message for many parcels.

Killed at any moment, nothing is lost or said twice: a reminder is unique by hit, and a rung is taken in the same
transaction that stores its message.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from huhang.channels.actions import outgoing
from huhang.channels.actions.outgoing import Addressee, Link
from huhang.channels.models import Outgoing
from huhang.channels.rules.outgoing import Medium
from huhang.journey.models import Hit, Reminder, ReminderSend
from huhang.journey.queries import ladders, recipients
from huhang.journey.queries.ladders import Ladder, Ladders
from huhang.journey.rules import reminder_texts as texts
from huhang.journey.rules.reminders import LOUD, Audience, Step, is_worth_reminding
from huhang.journey.rules.watch import Addressed
from huhang.kit import live
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count
from huhang.network.models import Courier, OrgUnit

KIND = "journey.reminder"
MY_PAGE = "/journey/reminders/mine/"
LINK = Link("/r/{token}", timedelta(days=3))
TURNS_LOCK = 0x4855_0401
GROUPS = 200  # addressees looked at in one tick
TOGETHER = 200  # parcels in one message; more make a second one


def plan(hit_ids: Sequence[int], *, now: datetime) -> int:
    """Plan a reminder for each hit that somebody can still put right; returns how many are new."""
    hits = Hit.objects.filter(pk__in=hit_ids, reminder__isnull=True, unit__isnull=False)
    wanted = [
        hit
        for hit in hits.select_related("rule", "unit", "courier__unit").order_by("pk")
        if is_worth_reminding(
            raised_at=hit.raised_at, cleared_at=hit.cleared_at, is_control=hit.is_control, now=now
        )
    ]
    known = ladders.read()
    planned = [
        reminder
        for hit, courier, unit in recipients.asked(wanted)
        if (reminder := _planned(hit, courier, unit, known, now))
    ]
    # Two workers with the same job: the second changes nothing.
    Reminder.objects.bulk_create(planned, ignore_conflicts=True, batch_size=1000)
    _announce({reminder.path for reminder in planned})
    return len(planned)


def _planned(
    hit: Hit, courier: Courier | None, unit: OrgUnit, known: Ladders, now: datetime
) -> Reminder | None:
    ladder = known.of(rule=hit.rule.slug, addressed=hit.rule.addressed)
    if ladder is None:
        return None
    reminder = Reminder(hit=hit, courier=courier, unit=unit, path=unit.path, planned_at=now)
    stand(reminder, ladder, now)
    return reminder


def stand(reminder: Reminder, ladder: Ladder, now: datetime) -> None:
    """Put a reminder at the foot of a ladder."""
    first = ladder.policy.steps[0]
    reminder.policy_id = ladder.pk
    reminder.rung = 0
    _next(reminder, first, ladder.policy.due_at(first, now, is_first=True))


def ladder_for_unit(reminder: Reminder, known: Ladders) -> Ladder | None:
    """The ladder of a unit that a courier's reminder was passed on to."""
    return known.of(rule=reminder.hit.rule.slug, addressed=Addressed.OUTLET)


def _next(reminder: Reminder, step: Step | None, at: datetime | None) -> None:
    if step is None or at is None:
        reminder.next_at, reminder.next_to, reminder.next_medium = None, "", ""
        return
    reminder.next_at, reminder.next_medium = at, step.medium
    if step.audience == Audience.ADDRESSEE:
        reminder.next_to = recipients.key_of(reminder.courier, reminder.unit)
    else:
        reminder.next_to = f"{'unit' if reminder.courier_id else 'above'}:{reminder.unit_id}"


def send_due(*, now: datetime) -> int:
    """Take every rung that is due, addressee by addressee; returns how many messages were stored."""
    due = Reminder.objects.filter(next_at__lte=now).order_by("next_at", "pk")
    groups = dict.fromkeys(due.values_list("next_to", "next_medium")[: GROUPS * 10])
    if not groups:
        return 0
    known = ladders.read()
    return sum(_send(to, Medium(medium), known, now) for to, medium in list(groups)[:GROUPS])


@transaction.atomic
def _send(to: str, medium: Medium, known: Ladders, now: datetime) -> int:
    """One message for all of an addressee's parcels that are due by this medium, or will be within their window."""
    rows = _locked(to, medium, known, now) if _is_my_turn(to) else []
    if not any(row.next_at and row.next_at <= now for row in rows):
        return 0
    spoken_of = [row for row in rows if not _ends(row, now) and not _waits(row, known, now)]
    sent = _compose(to, medium, spoken_of, now) if spoken_of else []
    _count_first(spoken_of, now)
    for row in spoken_of:
        _climb(row, known, now)
    Reminder.objects.bulk_update(rows, ["rung", "sent_at", "next_at", "next_to", "next_medium"])
    _announce({row.path for row in spoken_of})
    return len(sent)


def _locked(to: str, medium: Medium, known: Ladders, now: datetime) -> list[Reminder]:
    """What belongs into the message; locked in the order of ids, as everybody does who takes several."""
    together = Reminder.objects.filter(next_to=to, next_medium=medium, next_at__isnull=False)
    nearest = list(together.order_by("next_at", "pk").values_list("pk", flat=True)[:TOGETHER])
    rows = together.filter(pk__in=nearest).select_related("hit__rule", "courier", "unit")
    locked = list(rows.select_for_update(of=("self",)).order_by("pk"))
    return [row for row in locked if _joins(row, known, now)]


def _is_my_turn(to: str) -> bool:
    """Another worker that is writing to this addressee just now takes them all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [TURNS_LOCK, to])
        return bool(cursor.fetchone()[0])


def _joins(row: Reminder, known: Ladders, now: datetime) -> bool:
    ladder = known.by_pk(row.policy_id)
    window = ladder.policy.window if ladder else timedelta()
    return row.next_at is not None and row.next_at <= now + window


def _ends(row: Reminder, now: datetime) -> bool:
    """Cleared in the meantime, or too long ago to prevent anything (a worker that was away): the ladder is over."""
    hit = row.hit
    if is_worth_reminding(
        raised_at=hit.raised_at, cleared_at=hit.cleared_at, is_control=hit.is_control, now=now
    ):
        return False
    _next(row, None, None)
    return True


def _waits(row: Reminder, known: Ladders, now: datetime) -> bool:
    """A worker that was away may come to a rung at night: it is put off to the morning."""
    ladder = known.by_pk(row.policy_id)
    awake_at = ladder.policy.awake_at(Medium(row.next_medium), now) if ladder else now
    if awake_at > now:
        row.next_at = awake_at
    return awake_at > now


def _compose(to: str, medium: Medium, rows: list[Reminder], now: datetime) -> list[Outgoing]:
    lines = [texts.Line(row.hit.waybill_no, row.hit.rule.name_zh) for row in rows]
    about = _about(to, medium, rows)
    # The first parcel's messages so far: locked, it has each number once.
    number = rows[0].sends.count()
    sent = [
        _message(f"reminder:{rows[0].pk}:{number}:{place}", medium, person, lines, about, now)
        for place, person in enumerate(_people(to, medium))
    ]
    ReminderSend.objects.bulk_create(
        ReminderSend(reminder=row, outgoing=message, position=row.rung + 1)
        for row in rows
        for message in sent
    )
    return sent


def _people(to: str, medium: Medium) -> list[Addressee]:
    """Whose phones ring; in the house a unit gets one notice, and whoever sees it first has seen it."""
    people = recipients.found(to)
    if medium == Medium.IN_APP and not to.startswith("courier:"):
        return [Addressee(unit=people[0].unit)]
    return people


def _message(
    key: str, medium: Medium, to: Addressee, lines: list[texts.Line], about: str, now: datetime
) -> Outgoing:
    if medium == Medium.IN_APP:
        title = f"{about}：{texts.title(lines)}" if about else texts.title(lines)
        return outgoing.post(
            key=key, kind=KIND, to=to, title=title, body=texts.numbers(lines), page=MY_PAGE, now=now
        )
    if medium == Medium.SMS:
        return outgoing.send(
            key=key, medium=medium, to=to, text=texts.sms(lines, about=about), now=now, link=LINK
        )
    return outgoing.send(key=key, medium=medium, to=to, text=texts.voice(lines, about=about), now=now)


def _about(to: str, medium: Medium, rows: list[Reminder]) -> str:
    """The couriers whose parcels these are, when somebody else reads it: the outlet does for one without a log-in."""
    couriers = {row.courier for row in rows if row.courier}
    if to.startswith("courier:") and (medium in LOUD or all(courier.person_id for courier in couriers)):
        return ""
    return "、".join(sorted(courier.name for courier in couriers)[:3])


def _climb(row: Reminder, known: Ladders, now: datetime) -> None:
    """The rung is taken; wait for the next one."""
    row.sent_at = row.sent_at or now
    row.rung += 1
    ladder = known.by_pk(row.policy_id)
    step = ladder.policy.after(row.rung) if ladder else None
    _next(row, step, ladder.policy.due_at(step, now) if ladder and step else None)


def _count_first(rows: list[Reminder], now: datetime) -> None:
    tally.count_many(
        Count("journey.reminder.sent", at=now, path=row.path, key=f"reminder:{row.pk}:sent")
        for row in rows
        if row.sent_at is None
    )


def _announce(paths: Iterable[str]) -> None:
    for path in paths:
        live.announce(KIND, path=path)

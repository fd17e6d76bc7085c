"""What comes back: reports of delivery and reading, and words from people."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from huhang.channels.actions import questions, words
from huhang.channels.actions.gateways import gateway, is_account
from huhang.channels.events import Answered, MessagesRead
from huhang.channels.models import Inbound, Message, OptOut, Outgoing
from huhang.channels.rules.gateway import Answer, Gateway, Report
from huhang.channels.rules.numbers import is_start, is_stop, plain
from huhang.channels.rules.outgoing import Medium, State, moves_on
from huhang.kit import live
from huhang.kit.events import publish

KIND = "channels.outgoing"
COLLECTING_LOCK = 0x4855_0201
MOMENTS = {
    State.DELIVERED: "delivered_at",
    State.READ: "read_at",
    State.ANSWERED: "answered_at",
    State.FAILED: "failed_at",
}
SEEN = (State.READ, State.ANSWERED)


def collect(*, now: datetime, by: Gateway | None = None) -> int:
    """Take what waits at the gateway; one worker at a time. A batch cut off by a crash is taken again, harmlessly."""
    if by is None and is_account():
        return 0
    source = by or gateway()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [COLLECTING_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return sum(
                take(source.name, reports=post.reports, answers=post.answers, now=now)
                for post in source.collect()
            )
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [COLLECTING_LOCK])


@transaction.atomic
def take(name: str, *, reports: Iterable[Report] = (), answers: Iterable[Answer] = (), now: datetime) -> int:
    """Take reports and answers of a gateway, as often as it repeats them; returns how many were news."""
    return sum(_report(name, report, now) for report in reports) + sum(
        _answer(name, answer, now) for answer in answers
    )


@transaction.atomic
def seen(outgoing_ids: Iterable[int], *, now: datetime) -> int:
    """Somebody has these messages before their eyes; returns for how many that is news."""
    rows = Outgoing.objects.select_for_update().filter(pk__in=list(outgoing_ids)).order_by("pk")
    news = [row for row in rows if _reach(row, State.READ, now)]
    _tell_read(news, now)
    return len(news)


def announce(message: Outgoing) -> None:
    """A sign for open pages that a message has moved on: to those that watch messages, and to those of its talk."""
    live.announce(KIND, path=message.path, ref=message.pk)
    if message.medium in (Medium.CHAT, Medium.MAIL):
        said = Message.objects.filter(outgoing=message.pk).select_related("conversation").first()
        if said:
            words.tell(said.conversation, for_customer=False)


def _report(name: str, report: Report, now: datetime) -> bool:
    known = Outgoing.objects.select_for_update()
    row = (
        known.filter(key=report.key).first()
        if report.key
        else known.filter(gateway=name, external_id=report.external_id).first()
    )
    # What we never sent, and times that lie ahead, are a gateway's mistakes.
    if row is None or not _reach(row, report.state, min(report.at, now), report.reason):
        return False
    if report.state in SEEN:
        _tell_read([row], row.read_at or now)
    return True


def _reach(row: Outgoing, state: State, at: datetime, reason: str = "") -> bool:
    if not moves_on(row.state, state):
        return False
    row.state, row.next_at = state, None
    row.sent_at = row.sent_at or at
    if state in SEEN:
        row.read_at = row.read_at or at
    setattr(row, MOMENTS[state], at)
    row.reason = reason[:200] if state == State.FAILED else ""
    row.save()
    announce(row)
    return True


def _tell_read(rows: list[Outgoing], at: datetime) -> None:
    if rows:
        publish(MessagesRead(outgoing_ids=[row.pk for row in rows], at=at))


@transaction.atomic
def answers_a_question(name: str, answer: Answer, *, now: datetime) -> bool:
    """Is it the answer to what a room above asked by SMS? Kept as a reply then, once; else nothing is kept of it."""
    inbound, latest, is_new = _kept(name, answer, now)
    if not is_new:
        return True  # told again, after it was taken
    inbound.taken_as = questions.taken_as(name, answer, now=now)
    if not inbound.taken_as:
        inbound.delete()
        return False
    _understand(inbound, latest)
    return True


def _answer(name: str, answer: Answer, now: datetime) -> bool:
    inbound, latest, is_new = _kept(name, answer, now)
    if is_new:
        inbound.taken_as = inbound.taken_as or questions.taken_as(name, answer, now=now)
        _understand(inbound, latest)
    return is_new


def _kept(name: str, answer: Answer, now: datetime) -> tuple[Inbound, Outgoing | None, bool]:
    """The row of this reply, the message that it follows, and whether it is news; who tells it again waits here."""
    number = plain(answer.number)
    latest = Outgoing.objects.filter(number=number, queued_at__lte=now).exclude(number="").first()
    inbound, is_new = Inbound.objects.get_or_create(
        gateway=name,
        external_id=answer.external_id,
        defaults={
            "number": number,
            "text": answer.text,
            "at": min(answer.at, now),
            "received_at": now,
            "answers": latest,
            "taken_as": _stop_or_start(number, answer.text, now),
        },
    )
    return inbound, latest, is_new


def _stop_or_start(number: str, text: str, now: datetime) -> str:
    """退订 is honoured before any meaning of ours."""
    if number and is_stop(text):
        OptOut.objects.get_or_create(number=number, defaults={"at": now})
        return "stop"
    if number and is_start(text):
        OptOut.objects.filter(number=number).delete()
        return "start"
    return ""


def _understand(inbound: Inbound, latest: Outgoing | None) -> None:
    if latest is not None:
        row = Outgoing.objects.select_for_update().get(pk=latest.pk)
        if _reach(row, State.ANSWERED, inbound.at):
            _tell_read([row], inbound.at)
    if inbound.taken_as:
        inbound.save(update_fields=["taken_as"])
    else:
        publish(Answered(inbound_id=inbound.pk))

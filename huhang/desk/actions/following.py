"""Following a case: told of what matters, without owing anything."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.channels.models import Notice
from huhang.desk.models import ClockEvent, Follower, Ticket
from huhang.desk.models.clock import OBLIGATION_WORDS
from huhang.desk.rules.kinds import Level, Obligation
from huhang.network.models import Person

# Breaches that are older than this when a worker looks are news no more.
TOLD_WITHIN = timedelta(days=1)
BATCH = 500


@transaction.atomic
def follow(*, ticket: Ticket, by: Person, now: datetime) -> None:
    """Hear of this case; following twice changes nothing."""
    Follower.objects.get_or_create(ticket=ticket, person=by, defaults={"since": now})


def unfollow(*, ticket: Ticket, by: Person) -> None:
    Follower.objects.filter(ticket=ticket, person=by).delete()


def customer_wrote(*, ticket_id: int, entry_id: int, now: datetime) -> int:
    """Tell the followers; the line of the story is the key, so that a repeated job tells nobody twice."""
    return _tell(ticket_id, "desk.follow.customer", _("客户有新消息"), f"entry:{entry_id}", now)


def ended(*, ticket_id: int, at: datetime, now: datetime) -> int:
    """Tell the followers that the case has ended; a case that ends again is told again."""
    return _tell(ticket_id, "desk.follow.ended", _("关注的工单已结束"), f"ended:{at:%Y%m%d%H%M%S}", now)


def _tell(ticket_id: int, kind: str, title: str, what: str, now: datetime) -> int:
    ticket = Ticket.objects.get(pk=ticket_id)
    people = [follower.person for follower in ticket.followers.select_related("person")]
    told = [person for person in people if may_see(person, ticket)]
    for person in told:
        _notice(f"follow:{ticket.pk}:{what}:{person.pk}", kind, title, person, ticket, now)
    return len(told)


def tell_of_breaches(*, now: datetime) -> int:
    """Tell followers of promises that were broken; looked for from the followers' side, so that many breaches at
    once cost the clocks nothing. Told once: the key names breach and person."""
    broken = _untold(now)
    for event, follower in broken:
        title = _("关注的工单：%(obligation)s超时") % {
            "obligation": OBLIGATION_WORDS[Obligation(event.clock.obligation)]
        }
        key = _breach_key(event.pk, follower.person_id)
        if may_see(follower.person, follower.ticket):
            _notice(key, "desk.follow.breach", title, follower.person, follower.ticket, now)
    return len(broken)


def _untold(now: datetime) -> list[tuple[ClockEvent, Follower]]:
    events = (
        ClockEvent.objects.filter(
            level=Level.BREACH, fired_at__gte=now - TOLD_WITHIN,
            clock__ticket__in=Follower.objects.values("ticket"),
        )
        .select_related("clock")
        .order_by("-pk")[:BATCH]
    )  # fmt: skip
    followers = _by_ticket(Follower.objects.filter(ticket__in={e.clock.ticket_id for e in events}))
    pairs = [
        (event, follower)
        for event in events
        for follower in followers.get(event.clock.ticket_id, ())
        if follower.since <= event.fired_at
    ]
    keys = [_breach_key(event.pk, follower.person_id) for event, follower in pairs]
    told = set(Notice.objects.filter(key__in=keys).values_list("key", flat=True))
    return [pair for pair, key in zip(pairs, keys, strict=True) if key not in told]


def _by_ticket(followers: Iterable[Follower]) -> dict[int, list[Follower]]:
    found: dict[int, list[Follower]] = {}
    for follower in followers.select_related("person", "ticket"):  # type: ignore[attr-defined]
        found.setdefault(follower.ticket_id, []).append(follower)
    return found


def _breach_key(event_id: int, person_id: int) -> str:
    return f"follow:breach:{event_id}:{person_id}"


def may_see(person: Person, ticket: Ticket) -> bool:
    """Rights end, following does not notice: asked again each time."""
    return Ticket.objects.within(person.visible_paths("desk.see")).filter(pk=ticket.pk).exists()


def _notice(key: str, kind: str, title: str, person: Person, ticket: Ticket, now: datetime) -> None:
    notices.notify(
        key=key, kind=kind, person=person, title=title, body=f"{ticket.no} {ticket.title}",
        link=f"/desk/t/{ticket.no}/", now=now,
    )  # fmt: skip

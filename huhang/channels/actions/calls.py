"""What switches tell is kept once, and each call is made anew of all that is known of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from huhang.channels.actions import call_backs, forgetting
from huhang.channels.events import CallEnded
from huhang.channels.models import Account, AgentExtension, Call, CallEventRow, Entrance, ServiceQueue
from huhang.channels.rules.call_life import AFTER_CALL_STATE, Life, Phase, life
from huhang.channels.rules.calls import CallEvent, CallKind
from huhang.channels.rules.numbers import plain
from huhang.kit import audit, live
from huhang.kit.errors import NotFound
from huhang.kit.events import publish_many
from huhang.network.models import Customer, Person
from huhang.network.rules.roles import is_under

KIND, TELEPHONE = "channels.call", "channels.telephone"
ANSWER = "channels.talk"
# One account's events are taken by one process at a time: the same caller may be in several of its calls.
TAKING_LOCK = 0x4855_0205
_WRITTEN = (
    "queue", "path", "queue_name", "phase", "outcome", "is_outbound", "arrived_at", "queued_at", "answered_at",
    "left_at", "ended_at", "wait", "talk", "hold", "after_call", "number", "line", "digits", "agent", "person",
    "customer", "cause", "ended_by", "recordings",
)  # fmt: skip


@transaction.atomic
def take(*, account: Account, events: Iterable[CallEvent], now: datetime) -> int:
    """Keep what was told and make the calls of it, however often it is told; returns how much was news."""
    told = {event.external_id: event for event in events}
    if not told:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TAKING_LOCK, account.pk])
    known = set(
        CallEventRow.objects.filter(account=account, external_id__in=list(told)).values_list(
            "external_id", flat=True
        )
    )
    news = [event for event in told.values() if event.external_id not in known]
    CallEventRow.objects.bulk_create(CallEventRow.of(account, event, received_at=now) for event in news)
    _rebuild(account, Counter(event.call_id for event in news if event.call_id), now)
    _hear_states(account, news)
    return len(news)


def _rebuild(account: Account, news: Counter[str], now: datetime) -> None:
    """Write these calls as their events make them."""
    call_ids = news.keys() - forgetting.forgotten(account, news)
    if not call_ids:
        return
    lives = _lives(account, call_ids)
    ground = _Ground.around(account, lives.values())
    rows = Call.objects.filter(account=account, call_id__in=call_ids)
    known = {row.call_id: row for row in rows.only("call_id", "call_back", "ended_at", "person")}
    calls = [_written(_again(account, known.get(call_id)), one, ground) for call_id, one in lives.items()]
    Call.objects.bulk_create(
        calls, update_conflicts=True, unique_fields=["account", "call_id"], update_fields=_WRITTEN
    )
    call_backs.follow(account, calls, now=now)
    publish_many(
        [
            CallEnded(call_id=call.pk, at=call.ended_at)
            for call in calls
            if call.ended_at and not _is_ended(known.get(call.call_id))
        ]
    )
    live.announce_many(KIND, {(call.path, "") for call in calls})
    # To those at the telephones alone, and to whom it rang before: the workbench shows who rings.
    people = {call.person_id for call in (*calls, *known.values())} - {None}
    live.announce_many(TELEPHONE, {("", str(person)) for person in people})


def _again(account: Account, known: Call | None) -> Call:
    """The same row, to be written anew."""
    return Call(account=account, call_back_id=known.call_back_id if known else None)


def _is_ended(known: Call | None) -> bool:
    return known is not None and known.ended_at is not None


def _lives(account: Account, call_ids: set[str]) -> dict[str, Life]:
    words = defaultdict(list)
    for row in CallEventRow.objects.filter(account=account, call_id__in=call_ids):
        words[row.call_id].append(row.event)
    return {call_id: life(words[call_id]) for call_id in sorted(words)}


@dataclass
class _Ground:
    """What surrounds the calls of one switch: its queues, its lines, its people, and customers by their number."""

    account: Account
    queues: dict[str, ServiceQueue] = field(default_factory=dict)
    entrances: dict[str, Entrance] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def around(cls, account: Account, lives: Iterable[Life]) -> "_Ground":
        lives = list(lives)
        ground = cls(account)
        wanted = {ground.key_of(one.queue) for one in lives if one.queue}
        ground.queues = {queue.key: queue for queue in ServiceQueue.objects.filter(key__in=wanted)}
        doors = Entrance.objects.filter(account=account, is_active=True).select_related("queue")
        ground.entrances = {plain(door.door): door for door in doors}
        agents = {one.agent for one in lives if one.agent}
        telephones = AgentExtension.objects.filter(account=account, extension__in=agents)
        ground.people = dict(telephones.values_list("extension", "person"))
        numbers = {number_of(one) for one in lives} - {""}
        rows = Customer.objects.filter(phone__in=numbers).order_by("-pk")
        ground.customers = dict(rows.values_list("phone", "pk"))
        return ground

    def key_of(self, name: str) -> str:
        """Our key of a queue of the switch: as the account's settings say, else its name up to the @."""
        named = self.account.settings.get("queues") or {}
        return str(named.get(name) or name.split("@")[0])[:40]

    def place(self, one: Life) -> tuple[ServiceQueue | None, str]:
        """The queue, and whose line it is; a switch below cannot speak for a queue above."""
        queue = self.queues.get(self.key_of(one.queue)) if one.queue else None
        if queue and is_under(queue.path, self.account.path):
            return queue, queue.path
        door = self.entrances.get(plain(one.dnis)) or self.entrances.get("")
        if door and not one.is_outbound:
            return door.queue, door.path
        return None, self.account.path


def number_of(one: Life) -> str:
    """The customer's number."""
    return plain(one.dnis if one.is_outbound else one.ani)


def _written(call: Call, one: Life, ground: _Ground) -> Call:
    call.call_id = one.call_id
    call.queue, call.path = ground.place(one)
    call.queue_name = one.queue[:100]
    call.phase, call.outcome = one.phase, one.outcome or ""
    call.is_outbound = one.is_outbound
    call.arrived_at = one.arrived_at
    call.queued_at, call.answered_at = one.queued_at, one.answered_at
    call.left_at, call.ended_at = one.left_at, one.ended_at
    call.wait, call.talk, call.hold, call.after_call = one.wait, one.talk, one.hold, one.after_call
    call.number = number_of(one)
    call.line = plain(one.ani if one.is_outbound else one.dnis)
    call.digits = one.digits[:64]
    call.agent = one.agent[:100]
    call.person_id = ground.people.get(one.agent)
    call.customer_id = ground.customers.get(call.number)
    call.cause, call.ended_by = one.cause[:60], one.ended_by or ""
    call.recordings = list(one.recordings)
    return call


def _hear_states(account: Account, news: list[CallEvent]) -> None:
    """What the switch says of its agents: the latest word counts."""
    for event in sorted(news, key=lambda event: (event.at, event.seq)):
        if event.kind == CallKind.AGENT_STATE and not event.call_id and event.agent:
            telephones = AgentExtension.objects.filter(account=account, extension=event.agent)
            telephones.exclude(state_at__gt=event.at).update(
                state=event.extra.get("state", "")[:40], state_at=event.at
            )


@transaction.atomic
def after_call(*, call: int, is_done: bool, by: Person, now: datetime) -> None:
    """The agent writes about the call, or has done so; told like any other word about it."""
    row = Call.objects.filter(pk=call).select_related("account").first()
    if row is None or not by.may(ANSWER, row.path):
        raise NotFound(call=call)
    _write_or_stop(row, is_done=is_done, by=by, now=now)


def _write_or_stop(row: Call, *, is_done: bool, by: Person, now: datetime) -> None:
    state = "ready" if is_done else AFTER_CALL_STATE
    event = CallEvent(
        f"house/{row.call_id}/{state}/{by.pk}"[:200], row.call_id, CallKind.AGENT_STATE, now,
        agent=row.agent, extra={"state": state},
    )  # fmt: skip
    take(account=row.account, events=[event], now=now)


def stop_writing(*, by: Person, now: datetime) -> None:
    """Somebody does something else now: no call is written about any more."""
    for row in Call.objects.filter(person=by, phase=Phase.AFTER_CALL).select_related("account"):
        _write_or_stop(row, is_done=True, by=by, now=now)


@transaction.atomic
def sit(
    *, account: Account, extension: str, person: Person | None, now: datetime, by: Person | None = None,
    address: str = "",
) -> None:  # fmt: skip
    """Say who sits at a telephone from now on; nobody, when `person` is None. `by`: None for the machine's operator."""
    telephones = AgentExtension.objects.filter(account=account, extension=extension)
    before = telephones.select_related("person").first()
    if (before.person if before else None) == person:
        return
    if person is None:
        telephones.delete()
    else:
        AgentExtension.objects.update_or_create(
            account=account, extension=extension, defaults={"person": person, "since": now}
        )
    audit.record(
        actor=by.get_username() if by else "", verb="account.telephone", subject=account.key, now=now,
        before={"telephone": f"{extension} {before.person.get_username()}"} if before else None,
        after={"telephone": f"{extension} {person.get_username() if person else ''}".strip()}, address=address,
    )  # fmt: skip

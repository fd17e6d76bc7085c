"""Answers that leave some seconds after they were sent, and can be taken back until then."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from huhang.desk.actions import answering, clocks, delays, leaving, linking, progress, weighing
from huhang.desk.actions import tickets as verbs
from huhang.desk.actions.answering import HasLeft
from huhang.desk.models import Clock, Draft, Entry, Leaving, Ticket
from huhang.desk.queries import replaying
from huhang.desk.queries.leaving import delay_at
from huhang.desk.rules.kinds import ClockState, EntryKind, Obligation, Priority
from huhang.kit.errors import NotAllowed, NotFound
from huhang.kit.models import AuditEntry
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
TEN = 10 * SECOND
WAITS = "customer-info"


def send(cast: Cast, ticket: Ticket, *, at: datetime = NOON + MINUTE, text: str = "马上处理") -> Entry:
    answering.answer(ticket_no=ticket.no, text=text, by=cast.gao, now=at, leaves_in=TEN)
    return Entry.objects.filter(ticket=ticket, kind=EntryKind.LEAVING).latest("pk")


def take_back(cast: Cast, entry: Entry, *, at: datetime) -> Ticket:
    return answering.take_back(ticket_no=entry.ticket.no, entry_id=entry.pk, by=cast.gao, now=at)


def clock_of(ticket: Ticket, obligation: Obligation = Obligation.FIRST_RESPONSE) -> Clock:
    return Clock.objects.filter(ticket=ticket, obligation=obligation).latest("pk")


def counted() -> list[str]:
    found = Tally.objects.filter(measure__startswith="desk.first_response")
    return list(found.values_list("measure", flat=True))


def assert_lived_again(ticket: Ticket, now: datetime) -> None:
    """Every clock of the case stands as its own history says."""
    for clock in ticket.clocks.prefetch_related("pauses", "changes", "events"):
        assert replaying.differences(clock, now=now) == [], clock.obligation


def facts(ticket: Ticket) -> list[tuple[object, ...]]:
    """All that is kept of the clocks of a case, but which rows they are."""
    rows = ticket.clocks.exclude(state=ClockState.CANCELLED).order_by("pk")
    return [
        (c.obligation, c.state, c.started_at, c.due_at, c.stopped_at, c.next_level, c.next_at,
         [(p.started_at, p.until_at, p.ended_at) for p in c.pauses.order_by("pk")])
        for c in rows
    ]  # fmt: skip


class TestLeaving:
    def test_the_customer_reads_it_only_after_it_has_left(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        token = progress.issue_link(ticket=ticket, now=NOON + timedelta(days=300))
        send(cast, ticket, text="这就去查")
        assert "这就去查" not in Client().get(f"/p/{token}").content.decode()
        assert leaving.leave_due(now=NOON + MINUTE + 9 * SECOND) == 0
        assert leaving.leave_due(now=NOON + MINUTE + TEN) == 1
        assert leaving.leave_due(now=NOON + MINUTE + TEN) == 0
        assert "这就去查" in Client().get(f"/p/{token}").content.decode()
        assert Entry.objects.filter(ticket=ticket, kind=EntryKind.TO_CUSTOMER).count() == 1

    def test_is_judged_by_the_moment_it_was_sent(self, cast: Cast) -> None:
        ticket, sent_at = a_ticket(cast), NOON + 15 * MINUTE - SECOND
        send(cast, ticket, at=sent_at)
        clocks.fire_due(now=NOON + 15 * MINUTE + SECOND)
        assert counted() == []
        leaving.leave_due(now=sent_at + TEN)
        ticket.refresh_from_db()
        clock = clock_of(ticket)
        assert (ticket.first_response_at, clock.stopped_at, clock.state) == (sent_at, sent_at, "met")
        assert counted() == ["desk.first_response.met"]
        assert_lived_again(ticket, sent_at + TEN)

    def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        entry = send(cast, ticket)
        due = NOON + MINUTE + TEN
        with transaction.atomic():
            leaving.leave_due(now=due)
            transaction.set_rollback(True)  # killed before its commit
        entry.refresh_from_db()
        assert (entry.kind, Tally.objects.filter(key__startswith="first_response").count()) == ("leaving", 0)
        assert [leaving.leave_due(now=due) for _ in range(3)] == [1, 0, 0]
        assert Tally.objects.filter(key__startswith="first_response").count() == 1

    def test_the_doctor_names_those_that_no_worker_sent_off(self, cast: Cast) -> None:
        send(cast, a_ticket(cast))
        assert leaving.overdue(now=NOON + 5 * MINUTE) == 0
        assert leaving.overdue(now=NOON + 7 * MINUTE) == 1

    def test_what_follows_sends_it_off_first(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        first = send(cast, ticket)
        second = send(cast, ticket, at=NOON + MINUTE + SECOND, text="补充一句")
        first.refresh_from_db()
        assert (first.kind, second.kind) == (EntryKind.TO_CUSTOMER, EntryKind.LEAVING)
        with pytest.raises(HasLeft):
            take_back(cast, first, at=NOON + MINUTE + 2 * SECOND)

    @pytest.mark.parametrize("verb", ["pause", "weigh", "end", "merge", "answer"])
    def test_nothing_that_touches_its_promises_overtakes_it(self, cast: Cast, verb: str) -> None:
        ticket, other = a_ticket(cast), a_ticket(cast)
        entry, then = send(cast, ticket), NOON + MINUTE + SECOND
        on = {"ticket_no": ticket.no, "by": cast.hua, "now": then}
        if verb == "pause":
            clocks.pause(reason=WAITS, **on)  # type: ignore[arg-type]
        elif verb == "weigh":
            weighing.weigh(priority=Priority.URGENT, reason="急", **on)  # type: ignore[arg-type]
        elif verb == "end":
            verbs.call_off(reason="误报", **on)  # type: ignore[arg-type]
        elif verb == "merge":
            linking.merge(into_no=other.no, reason="同一件", **on)  # type: ignore[arg-type]
        else:
            answering.answer(text="再说", **on)  # type: ignore[arg-type]
        entry.refresh_from_db()
        assert entry.kind == EntryKind.TO_CUSTOMER
        assert not Leaving.objects.filter(left_at__isnull=True).exists()
        assert_lived_again(ticket, then)


class TestTakingBack:
    def test_is_as_if_it_had_never_been_sent(self, cast: Cast) -> None:
        ticket, twin = a_ticket(cast), a_ticket(cast)
        entry = send(cast, ticket)
        then = NOON + MINUTE + 3 * SECOND
        ticket = take_back(cast, entry, at=then)
        assert ticket.first_response_at is None
        assert facts(ticket) == facts(twin)
        assert counted() == []
        assert_lived_again(ticket, then)
        clocks.fire_due(now=NOON + 16 * MINUTE)
        assert [line[0] for line in facts(ticket)] == [line[0] for line in facts(twin)]
        assert facts(ticket) == facts(twin)
        assert counted() == ["desk.first_response.missed"] * 2

    def test_calls_that_fell_due_meanwhile_are_made(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        entry = send(cast, ticket, at=NOON + 15 * MINUTE - 2 * SECOND)
        take_back(cast, entry, at=NOON + 15 * MINUTE + 2 * SECOND)
        clocks.fire_due(now=NOON + 15 * MINUTE + 3 * SECOND)
        assert clock_of(ticket).events.filter(level="breach", due_at=NOON + 15 * MINUTE).exists()
        assert counted() == ["desk.first_response.missed"]
        answering.answer(ticket_no=ticket.no, text="抱歉", by=cast.gao, now=NOON + 20 * MINUTE)
        assert counted() == ["desk.first_response.missed"]
        assert_lived_again(ticket, NOON + 20 * MINUTE)

    def test_a_reply_given_later_counts_from_then(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        take_back(cast, send(cast, ticket), at=NOON + MINUTE + SECOND)
        answering.answer(ticket_no=ticket.no, text="查到了", by=cast.gao, now=NOON + 5 * MINUTE)
        ticket.refresh_from_db()
        assert ticket.first_response_at == NOON + 5 * MINUTE
        assert counted() == ["desk.first_response.met"]
        assert_lived_again(ticket, NOON + 5 * MINUTE)

    def test_a_customer_who_writes_meanwhile_goes_on_waiting_for_the_first_word(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        entry = send(cast, ticket)
        answering.hear(ticket=ticket, text="怎么还没有消息", now=NOON + MINUTE + SECOND)
        assert clock_of(ticket, Obligation.NEXT_REPLY).state == ClockState.RUNNING
        take_back(cast, entry, at=NOON + MINUTE + 2 * SECOND)
        assert clock_of(ticket, Obligation.NEXT_REPLY).state == ClockState.CANCELLED
        assert clock_of(ticket).state == ClockState.RUNNING
        assert_lived_again(ticket, NOON + MINUTE + 2 * SECOND)

    def test_a_second_word_taken_back_leaves_their_wait_alone(self, cast: Cast) -> None:
        """They had their answer; what they wrote after the word that was taken back waits all the same."""
        ticket = a_ticket(cast)
        answering.answer(ticket_no=ticket.no, text="在查", by=cast.gao, now=NOON + MINUTE)
        entry = send(cast, ticket, at=NOON + 2 * MINUTE)
        answering.hear(ticket=ticket, text="好的，几点", now=NOON + 2 * MINUTE + SECOND)
        take_back(cast, entry, at=NOON + 2 * MINUTE + 2 * SECOND)
        assert clock_of(ticket, Obligation.NEXT_REPLY).state == ClockState.RUNNING
        ticket.refresh_from_db()
        assert ticket.first_response_at == NOON + MINUTE
        assert_lived_again(ticket, NOON + 3 * MINUTE)

    def test_a_pause_that_it_ended_lasts_again(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        answering.answer(ticket_no=ticket.no, text="在查", by=cast.gao, now=NOON + MINUTE)
        answering.hear(ticket=ticket, text="几点", now=NOON + 2 * MINUTE)
        clocks.pause(ticket_no=ticket.no, reason=WAITS, by=cast.gao, now=NOON + 3 * MINUTE)
        before = facts(ticket)
        entry = send(cast, ticket, at=NOON + 4 * MINUTE)
        assert facts(ticket) != before
        take_back(cast, entry, at=NOON + 4 * MINUTE + SECOND)
        assert facts(ticket) == before
        assert_lived_again(ticket, NOON + 5 * MINUTE)

    def test_the_story_says_so_and_the_words_are_a_draft_again(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        Draft.objects.create(ticket=ticket, person=cast.gao, kind="reply", text="还有", typed_at=NOON)
        take_back(cast, send(cast, ticket, text="明天到"), at=NOON + MINUTE + SECOND)
        assert ticket.entries.filter(kind=EntryKind.TAKEN_BACK, text="明天到").exists()
        assert ticket.entries.filter(kind=EntryKind.EVENT, text__startswith="撤回了", by="gao").exists()
        assert Draft.objects.get(ticket=ticket).text == "还有\n明天到"

    def test_words_that_are_a_draft_still_are_not_doubled(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        entry = send(cast, ticket, text="明天到")
        Draft.objects.create(ticket=ticket, person=cast.gao, kind="reply", text="明天到", typed_at=NOON)
        take_back(cast, entry, at=NOON + MINUTE + SECOND)
        assert Draft.objects.get(ticket=ticket).text == "明天到"

    def test_twice_is_once_and_foreign_ones_are_not_there(self, cast: Cast) -> None:
        ticket, other = a_ticket(cast), a_ticket(cast)
        entry = send(cast, ticket)
        for _ in range(2):
            version = take_back(cast, entry, at=NOON + MINUTE + SECOND).version
        assert version == Ticket.objects.get(pk=ticket.pk).version
        assert ticket.entries.filter(text__startswith="撤回了").count() == 1
        with pytest.raises(NotFound):
            answering.take_back(ticket_no=other.no, entry_id=entry.pk, by=cast.gao, now=NOON + MINUTE)
        assert leaving.leave_due(now=NOON + timedelta(hours=1)) == 0


class TestDelays:
    def test_the_nearest_unit_says(self, cast: Cast, settings: object) -> None:
        settings.ANSWER_DELAY = 7  # type: ignore[attr-defined]
        outlet = cast.unit("SZ-WZ")
        assert delay_at(outlet.path) == 7 * SECOND
        factory.answer_delay(cast.unit("HQ"), now=NOON, seconds=20)
        assert delay_at(outlet.path) == 20 * SECOND
        delays.set_delay(unit_code="SZ-WZ", seconds=0, by=cast.hua, now=NOON)
        assert delay_at(outlet.path) == timedelta()
        assert delay_at(cast.unit("SZ-GS").path) == 20 * SECOND
        delays.set_delay(unit_code="SZ-WZ", seconds=None, by=cast.hua, now=NOON)
        delays.set_delay(unit_code="SZ-WZ", seconds=None, by=cast.hua, now=NOON)
        assert delay_at(outlet.path) == 20 * SECOND
        assert AuditEntry.objects.filter(verb="desk.answer_delay.set").count() == 2

    def test_are_named_by_headquarters(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            delays.set_delay(unit_code="SZ-WZ", seconds=5, by=cast.gao, now=NOON)
        with pytest.raises(delays.DelayTooLong):
            delays.set_delay(unit_code="SZ-WZ", seconds=61, by=cast.hua, now=NOON)
        with pytest.raises(NotFound):
            delays.set_delay(unit_code="nowhere", seconds=5, by=cast.hua, now=NOON)

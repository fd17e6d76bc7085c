"""What switches tell is kept once, calls are made of it, and nobody who gave up is forgotten."""

import random
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from huhang.channels.actions import call_backs, calls, switches
from huhang.channels.models import Account, AgentExtension, Call, CallbackDue, CallEventRow, ServiceQueue
from huhang.channels.queries import calls as queries
from huhang.channels.rules.call_figures import Figures, Formula, figures
from huhang.channels.rules.call_life import Outcome, Phase
from huhang.channels.rules.calls import CallEvent, CallKind
from huhang.kit.errors import NotFound
from huhang.kit.models import Calendar, Outbox
from tests.cast import NOON
from tests.channels.fakes.esl import Switch, example
from tests.factories import calls as made
from tests.factories import channels, network

K = CallKind
NUMBER = "13800001234"


def told(call, second, kind, **more):
    at = NOON + timedelta(seconds=second)
    return CallEvent(f"{call}/{kind}/{second}", call, kind, at, **more)


def answered(call, begin=0, *, number=NUMBER, wait=10, talk=60, agent="1001", queue="customers"):
    return [
        told(call, begin, K.ARRIVED, ani=number, dnis="95500"),
        told(call, begin + 5, K.QUEUED, queue=queue, ani=number),
        told(call, begin + 5 + wait, K.ANSWERED, agent=agent, queue=queue),
        told(call, begin + 5 + wait + talk, K.ENDED),
    ]


def given_up(call, begin=0, *, number=NUMBER, wait=30, queue="customers"):
    return [
        told(call, begin, K.ARRIVED, ani=number, dnis="95500"),
        told(call, begin + 5, K.QUEUED, queue=queue, ani=number),
        told(call, begin + 5 + wait, K.ABANDONED),
        told(call, begin + 5 + wait, K.ENDED),
    ]


@pytest.fixture
def switch(cast):
    """The hotline's switch at headquarters, with one queue of its own."""
    channels.queue(cast.unit("HQ-CS"), key="customers", name="客户热线")
    return made.switch(cast.unit("HQ"))


def take(switch, events, *, after=3600):
    return calls.take(account=switch, events=events, now=NOON + timedelta(seconds=after))


class TestTake:
    def test_keeps_each_word_once_and_makes_the_call(self, switch):
        assert take(switch, answered("a")) == 4
        assert take(switch, answered("a")) == 0
        call = Call.objects.get()
        assert (call.phase, call.outcome, call.number) == (Phase.OVER, Outcome.ANSWERED, NUMBER)
        assert (call.wait, call.talk) == (timedelta(seconds=10), timedelta(seconds=60))
        assert call.queue is not None and call.path == "/HQ/HQ-CS/"
        assert CallEventRow.objects.count() == 4

    def test_makes_the_same_call_however_the_words_come(self, switch):
        whole = [*answered("a"), *given_up("b", 100, number="13900001234"), *answered("c", 200)]
        take(switch, whole)
        fields = ("call_id", "phase", "outcome", "wait", "talk", "number", "queue", "path", "agent")
        once = list(Call.objects.order_by("call_id").values_list(*fields))
        other = made.switch(switch.unit)
        words = [*whole, *whole]
        random.Random(1).shuffle(words)
        for word in words:
            take(other, [word])
        assert list(Call.objects.filter(account=other).order_by("call_id").values_list(*fields)) == once

    def test_two_switches_may_use_the_same_names(self, switch, cast):
        take(switch, answered("a"))
        take(made.switch(cast.unit("HQ")), answered("a"))
        assert Call.objects.count() == 2

    def test_knows_the_agent_by_the_telephone_and_the_customer_by_the_number(self, switch, cast):
        customer = network.customer(cast.unit("SZ-WZ"), phone=NUMBER)
        calls.sit(account=switch, extension="1001", person=cast.lin, now=NOON)
        take(switch, answered("a"))
        call = Call.objects.get()
        assert (call.person, call.customer) == (cast.lin, customer)

    def test_an_outlet_s_line_is_known_by_the_number_that_was_called(self, switch, cast):
        door = channels.entrance(cast.unit("SZ-WZ"), kind="hotline", account=switch, door="4008001234")
        take(switch, [told("a", 0, K.ARRIVED, dnis="400-800-1234"), told("a", 3, K.QUEUED, queue="2001")])
        assert Call.objects.get().queue == door.queue
        assert Call.objects.get().path == cast.unit("SZ-WZ").path

    def test_a_switch_of_an_outlet_cannot_speak_for_headquarters_queue(self, switch, cast):
        theirs = made.switch(cast.unit("SZ-WZ"))
        take(theirs, answered("a"))
        assert Call.objects.get().queue is None
        assert Call.objects.get().path == cast.unit("SZ-WZ").path

    def test_an_outbound_call_belongs_to_the_number_that_was_called(self, switch):
        take(switch, [told("a", 0, K.ARRIVED, is_outbound=True, ani="1001", dnis=NUMBER)])
        call = Call.objects.get()
        assert (call.number, call.line, call.is_outbound) == (NUMBER, "1001", True)

    def test_the_latest_word_about_an_agent_counts(self, switch, cast):
        calls.sit(account=switch, extension="1001", person=cast.lin, now=NOON)
        states = [(2, "On Break"), (1, "Available")]
        for second, state in states:
            event = told(state, second, K.AGENT_STATE, agent="1001", extra={"state": state})
            take(
                switch,
                [CallEvent(event.external_id, "", event.kind, event.at, agent="1001", extra=event.extra)],
            )
        assert AgentExtension.objects.get().state == "On Break"
        assert Call.objects.count() == 0

    def test_writing_afterwards_is_part_of_handling(self, switch, cast):
        take(switch, answered("a"))
        call = Call.objects.get()
        end = NOON + timedelta(seconds=75)
        calls.after_call(call=call.pk, is_done=False, by=cast.lin, now=end)
        call.refresh_from_db()
        assert call.phase == Phase.AFTER_CALL
        calls.after_call(call=call.pk, is_done=True, by=cast.lin, now=end + timedelta(seconds=40))
        call.refresh_from_db()
        assert (call.phase, call.after_call) == (Phase.OVER, timedelta(seconds=40))

    def test_nobody_writes_about_a_stranger_s_call(self, switch, cast):
        take(switch, answered("a"))
        with pytest.raises(NotFound):
            calls.after_call(call=Call.objects.get().pk, is_done=False, by=cast.qian, now=NOON)


class TestCallBacks:
    def test_one_is_owed_to_who_gave_up_and_none_to_who_was_answered(self, switch):
        take(switch, [*given_up("a"), *answered("b", number="13900001234")])
        row = CallbackDue.objects.get()
        missed = NOON + timedelta(seconds=35)
        assert (row.number, row.because, row.missed_at) == (NUMBER, Outcome.ABANDONED, missed)
        assert row.due_at == missed + timedelta(minutes=30)
        assert Call.objects.get(call_id="a").call_back == row

    def test_none_is_owed_for_a_moment_or_without_a_number_or_for_long_ago(self, switch):
        take(switch, [*given_up("a", wait=4), *given_up("b", number="anonymous")])
        take(switch, given_up("c"), after=3 * 24 * 3600)
        assert not CallbackDue.objects.exists()

    def test_a_caller_who_tries_again_has_one_row_while_it_is_open(self, switch):
        take(switch, given_up("a"))
        take(switch, given_up("b", 100))
        take(switch, given_up("a"))
        row = CallbackDue.objects.get()
        assert row.calls.count() == 2
        assert row.missed_at - row.since == timedelta(seconds=100)

    def test_each_queue_owes_its_own(self, switch, cast):
        channels.queue(cast.unit("HQ-CS"), key="claims")
        take(switch, [*given_up("a"), *given_up("b", 100, queue="claims")])
        assert CallbackDue.objects.count() == 2

    def test_who_gets_through_is_owed_nothing_more(self, switch):
        take(switch, given_up("a"))
        take(switch, answered("b", 100))
        row = CallbackDue.objects.get()
        assert (row.closed_because, row.closed_at) == ("got_through", NOON + timedelta(seconds=115))

    def test_who_gave_up_after_talking_is_owed_again(self, switch):
        for call in (given_up("a"), answered("b", 100), given_up("c", 300)):
            take(switch, call)
        assert [row.is_open for row in CallbackDue.objects.order_by("since")] == [False, True]

    def test_late_words_of_an_earlier_call_open_nothing(self, switch):
        take(switch, answered("b", 100))
        take(switch, given_up("a"))
        assert not CallbackDue.objects.exists()

    def test_an_end_that_was_told_before_the_answer_is_taken_back(self, switch):
        call = answered("a")
        take(switch, [call[0], call[1], call[3]])
        assert CallbackDue.objects.get().is_open
        take(switch, call)
        assert not CallbackDue.objects.get().is_open
        assert Call.objects.get().outcome == Outcome.ANSWERED

    def test_our_call_closes_every_queue_s_row(self, switch, cast):
        channels.queue(cast.unit("HQ-CS"), key="claims")
        take(switch, [*given_up("a"), *given_up("b", 100, queue="claims")])
        ours = [
            told("o", 600, K.ARRIVED, is_outbound=True, ani="1001", dnis=NUMBER),
            told("o", 610, K.ANSWERED, agent="1001"),
        ]
        take(switch, ours)
        assert {row.closed_because for row in CallbackDue.objects.all()} == {"called"}

    def test_a_closed_row_is_not_opened_by_a_repeat(self, switch, cast):
        take(switch, given_up("a"))
        row = CallbackDue.objects.get()
        call_backs.called(callback_id=row.pk, by=cast.lin, now=NOON + timedelta(minutes=5))
        take(switch, [*given_up("a"), told("a", 36, K.RECORDED, recording="/a.wav")])
        assert CallbackDue.objects.open().count() == 0

    def test_the_end_is_the_same_in_any_order(self, switch):
        whole = [*given_up("a"), *answered("b", 100), *given_up("c", 300), *given_up("d", 400, number="139")]
        for seed in range(3):
            words, other = list(whole), made.switch(switch.unit)
            random.Random(seed).shuffle(words)
            for word in words:
                take(other, [word])
            rows = CallbackDue.objects.open().filter(account=other)
            assert sorted(rows.values_list("number", "since", "missed_at")) == [
                (number, gone, gone)
                for number, gone in (
                    (NUMBER, NOON + timedelta(seconds=335)),
                    ("139", NOON + timedelta(seconds=435)),
                )
            ]

    def test_the_clock_runs_in_the_hours_of_the_line(self, switch, cast):
        hours = Calendar.objects.create(
            key="service-hours", name="人工服务", uses_holidays=False,
            windows={str(day): [["08:00", "21:00"]] for day in range(1, 8)},
        )  # fmt: skip
        queue = channels.queue(cast.unit("HQ-CS"), key="night")
        channels.entrance(cast.unit("HQ-CS"), kind="hotline", queue=queue, calendar=hours)
        late = 8 * 3600 + 55 * 60  # 20:55 in Shanghai
        take(switch, given_up("a", late, queue="night"), after=late + 100)
        morning = NOON.replace(hour=0, minute=25) + timedelta(days=1, seconds=35)
        assert CallbackDue.objects.get().due_at == morning


class TestWorkingOff:
    @pytest.fixture
    def row(self, switch):
        take(switch, given_up("a"))
        return CallbackDue.objects.get()

    def test_who_claims_it_has_it(self, row, cast):
        call_backs.claim(callback_id=row.pk, by=cast.lin, now=NOON)
        with pytest.raises(call_backs.SomebodyElses):
            call_backs.called(callback_id=row.pk, by=cast.hua, now=NOON)
        call_backs.release(callback_id=row.pk, by=cast.lin)
        call_backs.called(callback_id=row.pk, by=cast.hua, now=NOON, note="约好明天派送")
        row.refresh_from_db()
        assert (row.closed_because, row.closed_by, row.attempts) == ("called", cast.hua, 1)
        with pytest.raises(call_backs.AlreadyClosed):
            call_backs.claim(callback_id=row.pk, by=cast.lin, now=NOON)

    def test_three_tries_in_vain_are_enough(self, row, cast):
        for number in range(3):
            row.refresh_from_db()
            assert row.is_open
            call_backs.no_answer(callback_id=row.pk, by=cast.lin, now=NOON + timedelta(hours=number))
        row.refresh_from_db()
        assert (row.closed_because, row.attempts, row.tries.count()) == ("not_reached", 3, 3)

    def test_the_outlet_next_door_does_not_know_of_it(self, row, cast):
        for verb in (call_backs.claim, call_backs.called, call_backs.no_answer):
            with pytest.raises(NotFound):
                verb(callback_id=row.pk, by=cast.qian, now=NOON)

    def test_two_rows_of_one_caller_cannot_be_open(self, row):
        with pytest.raises(IntegrityError):
            channels.callback_due(row.account, at=NOON, number=row.number, queue=row.queue)


class TestFigures:
    def test_of_the_database_are_those_of_the_rule(self, switch):
        chance = random.Random(3)
        events = []
        for number in range(60):
            make = chance.choice([answered, given_up])
            wait = chance.choice([0, 5, 6, 19, 20, 21, 90])
            events += make(f"c{number}", number * 50, number=f"138{number:08d}", wait=wait)
        events += [told("ivr", 0, K.ARRIVED), told("ivr", 9, K.ENDED)]
        events += [told("out", 0, K.ARRIVED, is_outbound=True), told("out", 9, K.ENDED)]
        events += [*given_up("x")[:2], told("x", 50, K.LEFT_QUEUE), told("x", 51, K.ENDED)]
        events += [*given_up("y")[:2], told("y", 50, K.CALL_BACK_ASKED), told("y", 51, K.ENDED)]
        events += given_up("waits")[:2]
        take(switch, events)
        wanted = figures(call.life for call in Call.objects.all())
        rows = Call.objects.all()
        assert queries.total(rows).figures == wanted
        assert (wanted.offered, wanted.ivr_only, wanted.turned_away, wanted.call_backs) == (62, 1, 1, 1)
        by_hour = [row.figures for _, row in queries.by_time(rows, "hour")]
        assert len(by_hour) == 1 and sum(by_hour, Figures()) == wanted
        assert sum((row.figures for _, row in queries.by_queue(rows)), Figures()).offered == 62

    def test_a_queue_tells_its_own_limit_and_formula(self, switch):
        queue = ServiceQueue.objects.get(key="customers")
        queue.answer_within, queue.formula = 30, Formula.F1
        queue.save()
        take(switch, [*answered("a", wait=25), *given_up("b", 100, wait=25)])
        [(name, row)] = queries.by_queue(Call.objects.all())
        assert (name, row.service_level) == ("客户热线", 1.0)
        assert queries.total(Call.objects.all()).service_level == 0.0


class TestDialling:
    def test_rings_one_s_own_telephone_and_then_the_customer(self, cast):
        with closing(Switch("geheim")) as pbx:
            account = made.switch(
                cast.unit("HQ"), settings={"port": pbx.port}, secrets={"password": "geheim"}
            )
            row = channels.callback_due(account, at=NOON, number=NUMBER)
            calls.sit(account=account, extension="1001@default", person=cast.lin, now=NOON)
            switches.ring_back(callback_id=row.pk, by=cast.lin, now=timezone.now)
            assert any(f"huhang_number={NUMBER}" in said and "user/1001" in said for said in pbx.commands)
        row.refresh_from_db()
        assert row.owner == cast.lin

    def test_needs_a_telephone_and_a_switch_that_answers(self, cast, switch):
        row = channels.callback_due(switch, at=NOON)
        with pytest.raises(switches.NoTelephone):
            switches.ring_back(callback_id=row.pk, by=cast.lin, now=timezone.now)
        calls.sit(account=switch, extension="1001", person=cast.lin, now=NOON)
        switch.settings = {"port": 1}
        switch.save()
        with pytest.raises(switches.SwitchAway):
            switches.ring_back(callback_id=row.pk, by=cast.lin, now=timezone.now)


def until_open(listening):
    while not listening.is_open:
        listening.hear(0.1)


class TestListening:
    def test_says_since_when_a_switch_is_away_and_keeps_what_it_heard_for_the_database(
        self, cast, monkeypatch
    ):
        moment = [NOON]
        with closing(Switch("geheim")) as pbx:
            account = made.switch(
                cast.unit("HQ"), settings={"port": pbx.port}, secrets={"password": "geheim"}
            )
            listening = switches.Listening(lambda: moment[0])
            listening.look([account])
            until_open(listening)
            with monkeypatch.context() as patch:
                patch.setattr(calls, "take", lambda **_: (_ for _ in ()).throw(OperationalError("away")))
                pbx.tell(example("member-queue-start"))
                with pytest.raises(OperationalError):
                    for _ in range(50):
                        listening.hear(0.1)
            listening.hear(0.1)
            assert Call.objects.count() == 1
            pbx.hang_up()
            for _ in range(3):
                listening.hear(0.2)
            away = Account.objects.values_list("away_since", flat=True)
            assert away.get() == NOON
            moment[0] += timedelta(minutes=1)
            until_open(listening)
            assert away.get() is None
            listening.close()


class TestScreens:
    def test_the_call_at_one_s_telephone(self, switch, cast):
        calls.sit(account=switch, extension="1001", person=cast.lin, now=NOON)
        take(switch, [*given_up("a")[:2], told("a", 9, K.RINGING, agent="1001")])
        [call] = queries.at_telephone(cast.lin, now=NOON)
        assert call.phase == Phase.RINGING
        assert queries.at_telephone(cast.hua, now=NOON) == []
        assert Outbox.objects.filter(kind="channels.telephone", ref=str(cast.lin.pk)).exists()

    def test_who_rings_is_looked_up_by_the_number(self, switch, cast, django_assert_num_queries):
        customer = network.customer(cast.unit("SZ-WZ"), phone=NUMBER)
        take(switch, given_up("a"))
        cast.lin.visible_paths(queries.SEE)
        with django_assert_num_queries(3):
            found = queries.caller(cast.lin, "+86 138-0000-1234")
        assert (found.customer, len(found.earlier), found.owed) == (customer, 1, CallbackDue.objects.get())

    def test_what_goes_on_is_seen_by_whose_line_it_is(self, switch, cast):
        take(switch, [*answered("talks")[:3], *given_up("waits", 10)[:2]])
        assert [call.call_id for call in queries.live(cast.lin)] == ["waits", "talks"]
        assert queries.live(cast.qian) == queries.live(cast.nobody) == []

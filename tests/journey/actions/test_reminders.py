"""Reminding Zhang and his outlet: once, together, not at night, not the control group, not when it is over."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from huhang.channels.actions import outgoing, receiving
from huhang.channels.models import Inbound, Outgoing
from huhang.channels.rules.gateway import Answer, Letter, Report
from huhang.channels.rules.outgoing import FOR_OUR_OWN, Medium, State
from huhang.desk.actions import prevention
from huhang.desk.models import Ticket
from huhang.journey.actions import acknowledging, reminders
from huhang.journey.actions.acknowledging import Teller
from huhang.journey.models import Hit, Reminder, ReminderPolicy, ReminderSend, WatchRule
from huhang.journey.rules.reminders import Standing
from huhang.kit import jobs
from huhang.kit.errors import NotFound
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.factories import journey as factory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PHONE = "19900001234"
ZHANG = Teller("张师傅", "link")


class Vendor:
    """Takes everything."""

    name = "vendor"
    is_real = True

    def __init__(self) -> None:
        self.sent: list[Letter] = []

    def send(self, letter: Letter, *, again: bool) -> str:
        self.sent.append(letter)
        return f"v{len(self.sent)}"

    def collect(self) -> Any:
        return iter(())


def hit(cast: Cast, rule: str = "out_without_result", unit: str = "SZ-WZ", **more: Any) -> Hit:
    given = {"courier": cast.zhang} if rule == "out_without_result" else {}
    return factory.hit(WatchRule.objects.get(slug=rule), cast.unit(unit), **(given | more))


def plan(*hits: Hit, now: datetime = NOON) -> int:
    return reminders.plan([hit.pk for hit in hits], now=now)


def pass_time(until: datetime, since: datetime = NOON) -> None:
    """The workers look every five minutes."""
    now = since
    while now <= until:
        reminders.send_due(now=now)
        now += 5 * MINUTE


def media() -> list[str]:
    return list(Outgoing.objects.order_by("pk").values_list("medium", flat=True))


def run_jobs() -> None:
    """What the workers would do for each listener."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    for job in ProcrastinateJob.objects.filter(status="todo").order_by("pk"):
        jobs.registry[job.task_name](**job.args)


class TestPlan:
    def test_asks_the_courier_once(self, cast: Cast) -> None:
        one = hit(cast)
        assert [plan(one), plan(one)] == [1, 0]
        reminder = Reminder.objects.get()
        assert (reminder.courier, reminder.unit) == (cast.zhang, cast.unit("SZ-WZ"))
        assert reminder.next_at == NOON + 5 * MINUTE

    @pytest.mark.parametrize(
        "facts",
        [
            {"is_control": True},
            {"cleared_at": NOON},
            {"raised_at": NOON - 60 * HOUR},
            {"unit": None, "path": ""},
        ],
    )
    def test_leaves_alone(self, cast: Cast, facts: dict[str, Any]) -> None:
        one = hit(cast)
        Hit.objects.update(**facts)
        assert plan(one) == 0

    def test_asks_the_outlet_when_nobody_carried_it_out(self, cast: Cast) -> None:
        plan(hit(cast, courier=None))
        assert Reminder.objects.get().next_to == f"unit:{cast.unit('SZ-WZ').pk}"

    def test_a_courier_who_left_is_not_asked(self, cast: Cast) -> None:
        cast.zhang.is_active = False
        cast.zhang.save()
        plan(hit(cast))
        assert Reminder.objects.get().courier is None

    def test_a_switched_off_policy_reminds_nobody(self, cast: Cast) -> None:
        ReminderPolicy.objects.filter(addressed="courier").update(is_enabled=False)
        assert plan(hit(cast)) == 0

    def test_a_rule_may_have_a_ladder_of_its_own(self, cast: Cast) -> None:
        own = factory.reminder_policy(WatchRule.objects.get(slug="out_without_result"), window_minutes=0)
        factory.reminder_step(own, medium="voice")
        plan(hit(cast))
        assert Reminder.objects.get().next_medium == "voice"

    def test_costs_the_same_for_one_hit_and_for_fifty(
        self, cast: Cast, django_assert_max_num_queries
    ) -> None:
        many = [hit(cast) for _ in range(50)]
        with django_assert_max_num_queries(10):
            assert plan(*many) == 50


class TestLadder:
    def test_climbs_while_nobody_says_a_word(self, cast: Cast) -> None:
        plan(hit(cast))
        pass_time(NOON + 3 * HOUR)
        assert media() == ["in_app", "sms", "voice", "sms"]
        last = Outgoing.objects.order_by("pk").last()
        assert last and last.person == cast.gao  # the lead
        assert "张师傅名下" in last.text
        assert Reminder.objects.get().next_at is None

    def test_twelve_parcels_are_one_message(self, cast: Cast) -> None:
        for number in range(12):
            plan(hit(cast), now=NOON + number * MINUTE / 4)
        pass_time(NOON + 20 * MINUTE)
        assert media() == ["in_app", "sms"]
        assert "12 票" in Outgoing.objects.get(medium="sms").text
        assert ReminderSend.objects.count() == 24

    def test_a_later_parcel_joins_what_is_not_sent_yet(self, cast: Cast) -> None:
        plan(hit(cast))
        plan(hit(cast), now=NOON + 4 * MINUTE)
        pass_time(NOON + 10 * MINUTE)
        assert media() == ["in_app"]
        assert "2 票" in Outgoing.objects.get().text

    def test_two_couriers_get_their_own(self, cast: Cast) -> None:
        from huhang.network.models import Courier

        li = Courier.objects.create(code="LI", name="李师傅", phone="19900005678", unit=cast.unit("SZ-WZ"))
        plan(hit(cast), hit(cast, courier=li))
        pass_time(NOON + 20 * MINUTE)
        assert set(Outgoing.objects.filter(medium="sms").values_list("number", flat=True)) == {
            PHONE,
            "19900005678",
        }

    def test_no_phone_rings_at_night(self, cast: Cast) -> None:
        nine = NOON + 9 * HOUR  # 21:00, when the watch asks what became of the day's parcels
        plan(*[hit(cast, raised_at=nine) for _ in range(3)], now=nine)
        pass_time(nine + 10 * HOUR, since=nine)
        assert media() == ["in_app"]
        pass_time(nine + 11 * HOUR, since=nine + 11 * HOUR)
        assert media() == ["in_app", "sms"]
        assert "3 票" in Outgoing.objects.get(medium="sms").text

    def test_a_worker_that_slept_into_the_night_waits_too(self, cast: Cast) -> None:
        plan(hit(cast))
        reminders.send_due(now=NOON + 5 * MINUTE)
        reminders.send_due(now=NOON + 11 * HOUR)
        assert media() == ["in_app"]
        assert Reminder.objects.get().next_at == NOON + 20 * HOUR

    def test_a_worker_that_was_away_does_not_pour_out_the_whole_ladder(self, cast: Cast) -> None:
        plan(hit(cast))
        for _ in range(3):
            reminders.send_due(now=NOON + 5 * HOUR)
        assert media() == ["in_app"]

    def test_the_urgent_rings_at_night(self, cast: Cast) -> None:
        ReminderPolicy.objects.filter(addressed="courier").update(is_urgent=True)
        nine = NOON + 9 * HOUR
        plan(hit(cast, raised_at=nine), now=nine)
        pass_time(nine + HOUR / 2, since=nine)
        assert media() == ["in_app", "sms"]

    def test_ends_when_the_trouble_is_over(self, cast: Cast) -> None:
        one, other = hit(cast), hit(cast)
        plan(one, other)
        reminders.send_due(now=NOON + 5 * MINUTE)
        Hit.objects.filter(pk=one.pk).update(cleared_at=NOON + 6 * MINUTE)
        pass_time(NOON + 25 * MINUTE, since=NOON + 10 * MINUTE)
        assert media() == ["in_app", "sms"]
        assert one.waybill_no not in Outgoing.objects.get(medium="sms").text
        assert Reminder.objects.get(hit=one).standing == Standing.CLEARED

    def test_without_a_phone_the_next_rung_still_comes(self, cast: Cast) -> None:
        cast.zhang.phone = ""
        cast.zhang.save()
        plan(hit(cast))
        pass_time(NOON + 3 * HOUR)
        assert media() == ["in_app", "sms", "voice", "sms"]
        failed = Outgoing.objects.filter(state=State.FAILED)
        assert set(failed.values_list("reason", flat=True)) == {outgoing.NO_NUMBER}

    def test_a_replay_that_takes_the_hit_back_takes_the_reminder_too(self, cast: Cast) -> None:
        plan(hit(cast))
        pass_time(NOON + 10 * MINUTE)
        Hit.objects.all().delete()
        pass_time(NOON + HOUR, since=NOON + 15 * MINUTE)
        assert media() == ["in_app"]

    def test_for_a_unit_everybody_responsible_gets_an_sms_and_the_unit_one_notice(self, cast: Cast) -> None:
        plan(hit(cast, "held_too_long"))
        pass_time(NOON + 45 * MINUTE)
        assert media() == ["in_app", "sms"]
        assert Outgoing.objects.get(medium="in_app").unit == cast.unit("SZ-WZ")

    def test_above_a_unit_somebody_hears_in_the_end(self, cast: Cast) -> None:
        plan(hit(cast, "hub_not_departed", unit="SZ-HUB"))
        pass_time(NOON + 4 * HOUR)
        assert Outgoing.objects.order_by("pk").last().path == cast.unit("HQ").path  # type: ignore[union-attr]


class TestAcknowledge:
    def test_ends_the_ladder_and_is_counted_once(self, cast: Cast) -> None:
        plan(hit(cast))
        pass_time(NOON + 5 * MINUTE)
        mine = list(Reminder.objects.values_list("pk", flat=True))
        for _ in range(2):
            acknowledging.acknowledge(reminder_ids=mine, by=ZHANG, now=NOON + 12 * MINUTE)
        pass_time(NOON + 5 * HOUR, since=NOON + 15 * MINUTE)
        assert media() == ["in_app"]
        counted = dict(
            Tally.objects.filter(measure__startswith="journey.rem").values_list("measure", "amount")
        )
        assert counted == {
            "journey.reminder.sent": 1,
            "journey.reminder.read": 1,
            "journey.reminder.acknowledged": 1,
            "journey.reminder.minutes": 7,
        }

    def test_what_is_cleared_needs_no_word(self, cast: Cast) -> None:
        plan(hit(cast, cleared_at=None))
        Hit.objects.update(cleared_at=NOON)
        assert acknowledging.acknowledge(reminder_ids=[Reminder.objects.get().pk], by=ZHANG, now=NOON) == 0

    def test_a_neighbour_may_not(self, cast: Cast) -> None:
        plan(hit(cast))
        mine = [Reminder.objects.get().pk]
        assert acknowledging.acknowledge_own(reminder_ids=mine, by=cast.qian, now=NOON) == 0
        assert acknowledging.acknowledge_own(reminder_ids=mine, by=cast.nobody, now=NOON) == 0
        assert acknowledging.acknowledge_own(reminder_ids=mine, by=cast.gao, now=NOON) == 1

    def test_not_mine_goes_to_the_outlet_and_then_above_once_each(self, cast: Cast) -> None:
        plan(hit(cast))
        mine = [Reminder.objects.get().pk]
        acknowledging.pass_on(reminder_ids=mine, by=ZHANG, now=NOON + MINUTE)
        reminder = Reminder.objects.get()
        assert (reminder.courier, reminder.rung, reminder.passed_on_from) == (None, 0, "张师傅")
        assert reminder.next_to == f"unit:{cast.unit('SZ-WZ').pk}"
        acknowledging.pass_on(reminder_ids=mine, by=Teller("高老板", "page"), now=NOON + 2 * MINUTE)
        assert Reminder.objects.get().unit == cast.unit("HQ")
        assert acknowledging.pass_on(reminder_ids=mine, by=ZHANG, now=NOON + 3 * MINUTE) == 0

    def test_what_comes_back_to_a_unit_that_was_told_already_is_told_anew(self, cast: Cast) -> None:
        plan(hit(cast))
        pass_time(NOON + 3 * HOUR)  # up to the lead, who is the outlet's owner
        mine = [Reminder.objects.get().pk]
        acknowledging.pass_on(reminder_ids=mine, by=ZHANG, now=NOON + 3 * HOUR)
        pass_time(NOON + 7 * HOUR, since=NOON + 3 * HOUR)
        assert media() == ["in_app", "sms", "voice", "sms", "in_app", "sms", "voice", "in_app"]


class TestReply:
    def reminded(self, cast: Cast, number: int = 3) -> Vendor:
        plan(*[hit(cast) for _ in range(number)])
        pass_time(NOON + 25 * MINUTE)
        vendor = Vendor()
        outgoing.deliver_due(now=NOON + 25 * MINUTE, by=vendor)
        return vendor

    def say(self, text: str, at: datetime = NOON + 30 * MINUTE, number: str = PHONE) -> str:
        receiving.take("vendor", answers=[Answer(f"mo-{Inbound.objects.count()}", number, text, at)], now=at)
        latest = Inbound.objects.order_by("pk").last()
        assert latest
        return acknowledging.take_reply(inbound_id=latest.pk, now=at)

    def test_one_means_that_all_of_them_are_taken_care_of(self, cast: Cast) -> None:
        self.reminded(cast)
        assert self.say("1") == "handling"
        assert Reminder.objects.filter(acknowledged_how="reply", acknowledged_by="张师傅").count() == 3
        assert self.say("1") == "again"

    def test_two_means_the_outlet(self, cast: Cast) -> None:
        self.reminded(cast)
        assert self.say("2") == "not_mine"
        assert self.say("2") == "again"  # it is no longer Zhang's to pass on
        assert Reminder.objects.filter(courier=None, unit=cast.unit("SZ-WZ")).count() == 3

    def test_the_same_reply_delivered_twice_is_taken_once(self, cast: Cast) -> None:
        self.reminded(cast)
        assert self.say("2") == "not_mine"
        first = Inbound.objects.get()
        assert acknowledging.take_reply(inbound_id=first.pk, now=NOON + HOUR) == "not_mine"
        assert Reminder.objects.filter(passed_on_at=NOON + 30 * MINUTE).count() == 3

    def test_words_are_answered_politely_and_not_all_night(self, cast: Cast) -> None:
        self.reminded(cast)
        assert self.say("在路上了") == "not_understood"
        assert self.say("？？？") == "not_understood"
        assert Outgoing.objects.filter(key__startswith="polite:").count() == 1
        assert Reminder.objects.filter(acknowledged_at=None).count() == 3

    def test_a_stranger_is_kept_and_not_answered(self, cast: Cast) -> None:
        assert self.say("1", number="13811112222") == "unknown"
        assert not Outgoing.objects.filter(number="13811112222").exists()

    def test_three_days_later_a_digit_answers_nothing(self, cast: Cast) -> None:
        self.reminded(cast)
        assert self.say("1", at=NOON + 80 * HOUR) == "unknown"

    def test_a_reply_is_also_the_read_receipt(self, cast: Cast) -> None:
        self.reminded(cast)
        self.say("在路上了")
        run_jobs()
        assert Reminder.objects.filter(read_at=NOON + 30 * MINUTE).count() == 3

    def test_a_read_report_is_seen(self, cast: Cast) -> None:
        self.reminded(cast)
        sms = Outgoing.objects.get(medium="sms")
        receiving.take("vendor", reports=[Report(State.READ, NOON + HOUR, key=sms.key)], now=NOON + HOUR)
        run_jobs()
        assert {row.standing for row in Reminder.objects.select_related("hit")} == {Standing.SEEN}


class TestLink:
    def token(self, cast: Cast) -> str:
        plan(hit(cast), hit(cast))
        pass_time(NOON + 20 * MINUTE)
        vendor = Vendor()
        outgoing.deliver_due(now=NOON + 20 * MINUTE, by=vendor)
        (found,) = re.findall(rf"{settings.PUBLIC_URL}/r/([\w-]+)", vendor.sent[0].text)
        return str(found)

    def test_opens_the_courier_s_own_until_it_expires(self, cast: Cast) -> None:
        token = self.token(cast)
        message = acknowledging.of_link(token, now=NOON + HOUR)
        assert acknowledging.of_message(message).count() == 2
        with pytest.raises(NotFound):
            acknowledging.of_link(token, now=NOON + 73 * HOUR)
        with pytest.raises(NotFound):
            acknowledging.of_link(token[:-1], now=NOON + HOUR)

    def test_of_a_lead_opens_only_what_lies_below_them(self, cast: Cast) -> None:
        self.token(cast)
        pass_time(NOON + 3 * HOUR, since=NOON + 25 * MINUTE)
        message = Outgoing.objects.filter(person=cast.gao).get()
        assert acknowledging.of_message(message).count() == 2
        Reminder.objects.update(courier=None, unit=cast.unit("SZ-GS"))
        assert acknowledging.of_message(message).count() == 0


class TestControl:
    def test_is_neither_reminded_nor_opened_as_a_case(self, cast: Cast) -> None:
        one = hit(cast, is_control=True)
        plan(one)
        prevention.open_for_hits([one.pk], now=NOON)
        assert (Reminder.objects.count(), Ticket.objects.count()) == (0, 0)

    def test_does_not_keep_a_case_open(self, cast: Cast) -> None:
        treated = hit(cast)
        prevention.open_for_hits([treated.pk], now=NOON)
        hit(cast, "held_too_long", waybill_no=treated.waybill_no, is_control=True)
        Hit.objects.filter(pk=treated.pk).update(cleared_at=NOON)
        prevention.settle_cleared([treated.waybill_no], now=NOON)
        assert Ticket.objects.get().state == "withdrawn"


def test_media_of_the_ladder_are_those_of_the_post_office() -> None:
    assert {Medium(medium) for medium in ("in_app", "sms", "voice")} == set(FOR_OUR_OWN)

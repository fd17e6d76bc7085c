"""A contact is over: one question to one person, by the way that reaches them."""

from datetime import timedelta

import pytest

from huhang.channels.actions import calls, lines, talking
from huhang.channels.actions.tokens import hash_of, token_of
from huhang.channels.models import Call, Message, Outgoing
from huhang.channels.rules.calls import CallEvent
from huhang.channels.rules.calls import CallKind as K
from huhang.channels.rules.conversation import ClosedBecause
from huhang.desk.actions import tickets
from huhang.desk.rules.kinds import Kind
from huhang.kit import jobs
from huhang.quality.actions import asking, touching
from huhang.quality.models import Survey, Touch
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import calls as call_scenes
from tests.factories import channels
from tests.factories import quality as make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def a_talk(cast: Cast, *, because: ClosedBecause = ClosedBecause.DONE, **facts):
    """Somebody asked, Lin answered and ended it."""
    entrance = channels.entrance(cast.unit("SZ-WZ"), **{k: facts.pop(k) for k in ("account",) if k in facts})
    talk = channels.conversation(entrance, at=NOON, **facts)
    talking.customer_says(talk.no, text="我的快递呢", key=f"k-{talk.no}", now=NOON)
    talk.refresh_from_db()
    lines.ask_for_somebody(talk, now=NOON)
    talking.take(talk.no, by=cast.lin, now=NOON)
    talking.say(talk.no, text="今天送到", by=cast.lin, key=f"a-{talk.no}", now=NOON)
    talking.close(talk.no, because=because, by=cast.lin, now=NOON + MINUTE)
    return talk


def a_resolved_case(cast: Cast, kind: Kind = Kind.COMPLAINT, now=NOON, **facts):
    ticket = a_ticket(cast, kind, **facts)
    while ticket.is_live:
        ticket = tickets.resolve(ticket_no=ticket.no, result="已赔付", by=cast.hua, now=now)
    return ticket


def an_answered_call(cast: Cast, number: str = "13800001234", name: str = "a"):
    switch = call_scenes.switch(cast.unit("SZ-WZ"))

    def told(kind, at, **facts):
        return CallEvent(f"{name}/{kind}", name, kind, NOON + timedelta(seconds=at), **facts)

    events = [
        told(K.ARRIVED, 0, ani=number, dnis="95555"),
        told(K.ANSWERED, 5, agent="1001"),
        told(K.ENDED, 60),
    ]
    calls.take(account=switch, events=events, now=NOON + MINUTE)
    return switch, events


def written(touch: Touch | None) -> Touch:
    """The visit, which there is."""
    assert touch is not None
    return touch


def left() -> Outgoing:
    """The message by which the one survey was sent."""
    message = Survey.objects.get().outgoing
    assert message is not None
    return message


class TestTalk:
    def test_on_our_page_is_asked_about_by_a_card(self, cast):
        talk = a_talk(cast)
        touching.talk_ended(talk.pk, now=NOON + MINUTE)
        asking.send_due(now=NOON + MINUTE)
        survey = Survey.objects.get()
        card = Message.objects.get(sort="card")
        assert (survey.way, survey.invited_at, survey.agent) == ("page", NOON + MINUTE, cast.lin)
        assert card.data == {"card": "survey", "link": "/s/{token}", "link_key": survey.key}
        assert token_of(survey.key) not in str(card.data)

    def test_at_a_vendor_s_is_asked_about_there(self, cast):
        account = channels.account(cast.unit("SZ-WZ"), adapter="wechat")
        talk = a_talk(cast, account=account)
        touching.talk_ended(talk.pk, now=NOON + MINUTE)
        asking.send_due(now=NOON + MINUTE)
        survey = Survey.objects.get()
        message = left()
        assert (survey.way, message.account, message.link) == ("chat", account, "/s/{token}")
        assert message.token_hash == survey.token_hash == hash_of(token_of(survey.key))

    def test_by_mail_has_a_link_for_each_answer(self, cast):
        account = channels.account(cast.unit("SZ-WZ"), adapter="mail")
        talk = a_talk(cast, account=account)
        touching.talk_ended(talk.pk, now=NOON + MINUTE)
        asking.send_due(now=NOON + MINUTE)
        assert [f"{{link}}?a={n}" in left().text for n in (1, 5)] == [True, True]

    def test_that_nobody_answered_is_a_visit_and_no_question(self, cast):
        talk = channels.conversation(channels.entrance(cast.unit("SZ-WZ")), at=NOON)
        talking.customer_says(talk.no, text="在吗", key="k", now=NOON)
        talking.close(talk.no, because=ClosedBecause.SILENT, by=None, now=NOON)
        touch = written(touching.talk_ended(talk.pk, now=NOON))
        assert (touch.is_served, touch.not_asked, touch.survey) == (False, "not_served", None)

    def test_in_which_nobody_spoke_is_none(self, cast):
        talk = channels.conversation(channels.entrance(cast.unit("SZ-WZ")), at=NOON)
        talking.close(talk.no, because=ClosedBecause.SILENT, by=None, now=NOON)
        assert touching.talk_ended(talk.pk, now=NOON) is None


class TestCall:
    def test_that_was_answered_is_asked_about_by_sms(self, cast):
        an_answered_call(cast)
        touching.call_ended(Call.objects.get().pk, now=NOON + MINUTE)
        asking.send_due(now=NOON + MINUTE)
        message = Outgoing.objects.get()
        assert (message.medium, message.number, message.link) == ("sms", "13800001234", "/s/{token}")
        assert len(message.text) <= 70

    def test_ends_once_however_often_the_switch_tells(self, cast, monkeypatch):
        heard: list[tuple[str, ...]] = []
        monkeypatch.setattr(jobs, "enqueue_many", lambda name, each: heard.extend((name, *e) for e in each))
        switch, events = an_answered_call(cast)
        calls.take(account=switch, events=events, now=NOON)
        late = CallEvent("a/late", "a", K.AGENT_STATE, NOON + MINUTE, agent="1001", extra={"state": "ready"})
        calls.take(account=switch, events=[late], now=NOON)
        assert len(heard) == len({name for name, *_facts in heard})

    def test_from_a_line_without_sms_or_an_opted_out_number_is_not_asked_about(self, cast):
        channels.opt_out("13800001234", at=NOON)
        an_answered_call(cast)
        an_answered_call(cast, number="051288880000", name="b")
        reasons = {written(touching.call_ended(row.pk, now=NOON)).not_asked for row in Call.objects.all()}
        assert reasons == {"opted_out", "no_way"}


class TestCase:
    def test_is_asked_about_by_sms_in_the_morning(self, cast):
        night = NOON + timedelta(hours=11)
        ticket = a_resolved_case(cast, now=night)
        touching.case_ended(ticket.pk, now=night)
        assert asking.send_due(now=night) == 0
        assert asking.send_due(now=NOON + timedelta(hours=20)) == 1

    def test_goes_to_the_official_account_at_which_its_customer_wrote(self, cast):
        account = channels.account(cast.unit("SZ-WZ"), adapter="wechat")
        contact = channels.contact(at=NOON, phone="13800001234")
        channels.address(account, at=NOON, contact=contact, address="o-wang", heard_at=NOON)
        touching.case_ended(a_resolved_case(cast).pk, now=NOON)
        asking.send_due(now=NOON)
        survey = Survey.objects.get()
        assert (survey.way, left().address) == ("chat", "o-wang")

    def test_takes_to_sms_when_the_vendor_lets_nothing_through(self, cast):
        account = channels.account(cast.unit("SZ-WZ"), adapter="wechat")
        contact = channels.contact(at=NOON, phone="13800001234")
        channels.address(account, at=NOON, contact=contact, address="o-wang", heard_at=NOON)
        touching.case_ended(a_resolved_case(cast).pk, now=NOON)
        asking.send_due(now=NOON)
        failed = left()
        assert asking.take_another_way(failed.pk, now=NOON)
        assert not asking.take_another_way(failed.pk, now=NOON)
        survey = Survey.objects.get()
        assert (survey.way, left().medium) == ("sms", "sms")
        assert survey.token_hash == left().token_hash

    def test_of_our_own_work_is_never_asked_about(self, cast):
        ticket = a_resolved_case(cast, Kind.FOLLOW_UP)
        assert touching.case_ended(ticket.pk, now=NOON) is None

    def test_that_was_called_off_is_not_asked_about(self, cast):
        ticket = a_ticket(cast)
        tickets.call_off(ticket_no=ticket.no, reason="客户撤诉", by=cast.hua, now=NOON)
        assert touching.case_ended(ticket.pk, now=NOON) is None


class TestOncePerPerson:
    def test_a_talk_and_the_case_of_it_are_one_question(self, cast):
        talk = a_talk(cast, waybill_no="SX7730000000011")
        touching.talk_ended(talk.pk, now=NOON + MINUTE)
        ticket = a_resolved_case(cast, now=NOON + 5 * MINUTE)  # Lin opened it while she talked
        touch = written(touching.case_ended(ticket.pk, now=NOON + 5 * MINUTE))
        assert Survey.objects.count() == 1
        assert (touch.not_asked, touch.survey) == ("already", Survey.objects.get())

    def test_told_twice_it_is_one_visit(self, cast):
        ticket = a_resolved_case(cast)
        first = touching.case_ended(ticket.pk, now=NOON)
        assert touching.case_ended(ticket.pk, now=NOON) == first
        assert (Touch.objects.count(), Survey.objects.count()) == (1, 1)
        assert [asking.send_due(now=NOON) for _ in range(2)] == [1, 0]

    def test_after_the_window_a_person_is_asked_again(self, cast):
        make.survey(cast.unit("SZ-WZ"), at=NOON - timedelta(hours=25))
        touching.case_ended(a_resolved_case(cast).pk, now=NOON)
        assert Survey.objects.count() == 2

    def test_the_window_is_the_carrier_s_own(self, cast):
        make.survey_terms(window_hours=48)
        make.survey(cast.unit("SZ-WZ"), at=NOON - timedelta(hours=25))
        assert written(touching.case_ended(a_resolved_case(cast).pk, now=NOON)).not_asked == "already"

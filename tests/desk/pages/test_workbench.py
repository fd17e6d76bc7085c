"""The workbench over the wire: who sees what, each word once, passing on, supervising."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huhang.channels.actions import hearing, self_service, talking
from huhang.channels.models import CallbackDue, Conversation, Entrance, Message, Outgoing, ReplyDraft
from huhang.desk.actions import seats
from huhang.desk.models import Ticket
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.factories import channels as factory
from tests.factories import network as make
from tests.factories.journey import waybill


@pytest.fixture
def door(cast: Cast) -> Entrance:
    return factory.entrance(cast.unit("HQ-CS"))


def at_desk(person: Person, cast: Cast) -> Client:
    made = seats.open_seat(person=person, unit=cast.unit("HQ-CS"), by=None, now=NOON)
    seats.set_status(seat_id=made.pk, status="available", by=person, now=NOON)
    client = Client()
    client.force_login(person)
    return client


def waits(door: Entrance, text: str = "我的快递三天没动了") -> Conversation:
    row = talking.ask_for_somebody(factory.conversation(door, at=NOON).no, now=NOON)
    talking.customer_says(row.no, text=text, key=f"k-{row.no}", now=NOON)
    return Conversation.objects.get(pk=row.pk)


def url(verb: str, *parts: Any) -> str:
    return reverse(f"desk:{verb}", args=parts)


class TestBench:
    def test_shows_who_waits_and_what_they_said(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        page = at_desk(cast.lin, cast).get(url("workbench")).content.decode()
        assert row.no in page
        assert "我的快递三天没动了" in page

    def test_taken_answered_and_ended(self, cast: Cast, door: Entrance) -> None:
        row, client = waits(door), at_desk(cast.lin, cast)
        assert client.post(url("bench_take", row.no)).status_code == 200
        for _ in range(3):
            answer = client.post(url("bench_say", row.no), {"key": "abcdefgh", "text": "马上为您查"})
            assert answer.status_code == 200
        assert Message.objects.filter(side="agent").count() == 1
        told = client.get(url("bench_words", row.no), {"after": 0}).json()
        assert "马上为您查" in told["items"]
        # Asked for, the answer brings what else came meanwhile, as the page would fetch it.
        said = {"key": "abcdefgi", "text": "已查到", "after": str(told["last"])}
        answer = client.post(url("bench_say", row.no), said).json()
        assert "已查到" in answer["items"] and "马上为您查" not in answer["items"]
        assert answer["last"] == answer["seq"]
        assert client.get(url("bench_words", row.no), {"after": "nonsense"}).json()["last"] == answer["seq"]
        assert client.post(url("bench_close", row.no)).status_code == 200
        assert Conversation.objects.get().stage == "closed"

    def test_its_case_is_one_key_away(self, cast: Cast, door: Entrance) -> None:
        row, client = waits(door), at_desk(cast.lin, cast)
        Conversation.objects.update(language="en")
        for _ in range(2):
            page = client.post(url("bench_case", row.no), {"kind": "urge", "waybill_no": ""})
            assert page.status_code == 200 and Ticket.objects.get().no in page.content.decode()
        assert Ticket.objects.get().language == "en"
        assert client.post(url("bench_case", row.no), {"kind": "claim"}).status_code == 422

    def test_can_be_passed_on_to_whoever_carries_least_first(self, cast: Cast, door: Entrance) -> None:
        mine, client = waits(door), at_desk(cast.lin, cast)
        client.post(url("bench_take", mine.no))
        for name, status, held in (("sun", "available", 2), ("hua", "available", 1), ("zhou", "busy", 0)):
            person = cast.hua if name == "hua" else make.person(name)
            make.grant(person, "agent", cast.unit("HQ"))
            hers = at_desk(person, cast)
            for _ in range(held):
                hers.post(url("bench_take", waits(door).no))
            why = "meeting" if status == "busy" else ""
            seats.set_status(seat_id=person.seat.pk, status=status, by=person, now=NOON, busy_reason=why)
        sheet = client.get(url("bench_transfer", mine.no)).content.decode()
        shown = re.findall(r"<option[^>]*>([^<]*会话[^<]*)</option>", sheet)
        assert [one.split(" · ")[1:] for one in shown] == [
            ["在席", "会话 1/5"], ["在席", "会话 2/5"], ["示忙（开会）", "会话 0/5"],
        ]  # fmt: skip

    def test_promises_a_call(self, cast: Cast, door: Entrance) -> None:
        row, client = waits(door), at_desk(cast.lin, cast)
        assert "call-back" not in client.get(url("bench_talk", row.no)).content.decode()
        client.post(url("bench_take", row.no))
        assert url("bench_call_back", row.no) in client.get(url("bench_talk", row.no)).content.decode()
        assert 'name="number"' in client.get(url("bench_call_back", row.no)).content.decode()
        assert client.post(url("bench_call_back", row.no), {"number": "123"}).status_code == 422
        at = timezone.localtime() + timedelta(hours=2)
        asked = {"number": "13800001234", "at": f"{at:%Y-%m-%dT%H:%M}", "note": "要查监控"}
        page = client.post(url("bench_call_back", row.no), asked)
        owed = CallbackDue.objects.get()
        assert page.status_code == 200 and "13800001234" not in page.content.decode()
        assert (owed.owner, owed.next_at) == (cast.lin, at.replace(second=0, microsecond=0))
        assert "要查监控" in client.get(url("bench_owed", owed.pk)).content.decode()

    def test_shows_what_it_goes_on_with(self, cast: Cast, door: Entrance) -> None:
        first, client = waits(door), at_desk(cast.lin, cast)
        client.post(url("bench_take", first.no))
        client.post(url("bench_close", first.no))
        assert client.get(url("bench_before", first.no)).status_code == 404
        second = hearing.open_conversation(door, first.address, at=NOON, follows=first)
        assert "bench-before" in client.get(url("bench_talk", second.no)).content.decode()
        earlier = client.get(url("bench_before", second.no)).content.decode()
        assert "我的快递三天没动了" in earlier and "data-seq" not in earlier

    def test_a_note_is_seen_by_colleagues_only(self, cast: Cast, door: Entrance) -> None:
        row, client = waits(door), at_desk(cast.lin, cast)
        client.post(url("bench_say", row.no), {"key": "abcdefgh", "text": "查过监控", "is_note": "true"})
        assert "查过监控" in client.get(url("bench_talk", row.no)).content.decode()
        assert Message.objects.get(text="查过监控").side == "note"

    def test_a_draft_goes_along_to_the_next(self, cast: Cast, door: Entrance) -> None:
        row, lin = waits(door), at_desk(cast.lin, cast)
        hua = at_desk(cast.hua, cast)
        lin.post(url("bench_take", row.no))
        lin.post(url("bench_draft", row.no), {"text": "正在联系网点"})
        seat = cast.hua.seat.pk
        assert (
            lin.post(
                url("bench_transfer", row.no), {"colleague": seat, "queue": "", "note": "请接着查"}
            ).status_code
            == 200
        )
        page = hua.get(url("bench_talk", row.no)).content.decode()
        assert "正在联系网点" in page
        assert "请接着查" in page
        assert ReplyDraft.objects.get().by == cast.lin

    def test_a_parcel_is_sent_as_a_card_by_whoever_talks_and_may_trace_it(
        self, cast: Cast, door: Entrance
    ) -> None:
        row, lin, hua = waits(door), at_desk(cast.lin, cast), at_desk(cast.hua, cast)
        lin.post(url("bench_take", row.no))
        parcel = {"waybill_no": waybill(dest=cast.unit("HQ-CS"), promised_at=NOON).no}
        assert hua.post(url("bench_send_parcel", row.no), parcel).status_code == 403  # not theirs to answer
        assert [lin.post(url("bench_send_parcel", row.no), parcel).status_code for _ in range(2)] == [
            200,
            200,
        ]
        [card] = Message.objects.filter(side="agent")
        assert (card.sort, card.data["waybill_no"]) == ("card", parcel["waybill_no"])
        assert card.text.startswith(parcel["waybill_no"])
        assert lin.post(url("bench_send_parcel", row.no), {"waybill_no": "773199999999"}).status_code == 404

    def test_a_parcel_that_the_customer_names_shows_beside_the_talk(self, cast: Cast, door: Entrance) -> None:
        row, lin = waits(door), at_desk(cast.lin, cast)
        lin.post(url("bench_take", row.no))
        before = lin.get(url("bench_words", row.no)).json()["about"]
        no = waybill(dest=cast.unit("HQ-CS")).no
        self_service.heard(
            talking.customer_says(row.no, text=f"单号 {no}", key="k-named", now=NOON), now=NOON
        )
        assert lin.get(url("bench_words", row.no)).json()["about"] != before
        assert no[-4:] in lin.get(url("bench_picture", row.no)).content.decode()

    def test_an_agent_has_the_customer_prove_a_phone(self, cast: Cast, door: Entrance) -> None:
        row, lin, hua = waits(door), at_desk(cast.lin, cast), at_desk(cast.hua, cast)
        lin.post(url("bench_take", row.no))
        assert "发验证码" in lin.get(url("bench_picture", row.no)).content.decode()
        assert hua.post(url("bench_prove", row.no), {"number": "13800001234"}).status_code == 403
        assert lin.post(url("bench_prove", row.no), {"number": "13800001234"}).status_code == 200
        [code] = re.findall(r"\d{6}", Outgoing.objects.get(number="13800001234").text)
        self_service.heard(
            talking.customer_says(row.no, text=code, key="k-code", now=NOON), now=timezone.now()
        )
        page = lin.get(url("bench_picture", row.no)).content.decode()
        assert "138******34" in page
        assert "发验证码" not in page

    def test_a_supervisor_watches_whispers_and_takes_over(self, cast: Cast, door: Entrance) -> None:
        row, lin, hua = waits(door), at_desk(cast.lin, cast), at_desk(cast.hua, cast)
        lin.post(url("bench_take", row.no))
        assert row.no in hua.get(url("bench_live")).content.decode()
        hua.post(url("bench_say", row.no), {"key": "whisper-1", "text": "先道歉", "is_note": "true"})
        assert (
            hua.post(url("bench_say", row.no), {"key": "speak-0001", "text": "我是主管"}).status_code == 403
        )
        assert hua.post(url("bench_seen", row.no), {"up_to": 99}).status_code == 204
        assert Conversation.objects.get().read_by_agent == 0
        assert hua.post(url("bench_take_over", row.no)).status_code == 200
        assert Conversation.objects.get().agent == cast.hua

    def test_ready_answers_are_found_by_their_words(self, cast: Cast) -> None:
        client = at_desk(cast.lin, cast)
        found = client.get(url("bench_replies"), {"q": ""}).json()["replies"]
        assert found
        assert client.get(url("bench_replies"), {"q": "没有这样的话"}).json()["replies"] == []


class TestReach:
    @pytest.mark.parametrize("who", ["qian", "nobody"])
    def test_a_foreign_conversation_is_not_there(self, cast: Cast, door: Entrance, who: str) -> None:
        row = waits(door)
        client = Client()
        client.force_login(cast.people[who])
        for verb in ("bench_talk", "bench_words", "bench_picture"):
            assert client.get(url(verb, row.no)).status_code in (403, 404)
        for verb in (
            "bench_say",
            "bench_take",
            "bench_close",
            "bench_transfer",
            "bench_draft",
            "bench_take_over",
            "bench_prove",
            "bench_send_parcel",
        ):
            facts = {"key": "abcdefgh", "text": "x", "note": "x"}
            assert client.post(url(verb, row.no), facts).status_code in (403, 404)
        assert row.no not in client.get(url("workbench")).content.decode()

    def test_asks_as_often_for_many_as_for_one(
        self, cast: Cast, door: Entrance, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(8):
            waits(door)
        client = at_desk(cast.lin, cast)
        client.get(url("bench_line"))
        with django_assert_max_num_queries(12):
            client.get(url("bench_line"))

"""The telephone page: what goes on, what is owed, the figures; and the door at which switches post."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from huhang.channels.adapters.call_http import sign
from huhang.channels.models import Call, CallbackDue
from huhang.channels.replays.freeswitch import record_of
from tests.channels.fakes.esl import channel
from tests.factories import calls as made
from tests.factories import channels, network

PAGE = "channels:calls"


@pytest.fixture
def switch(cast):
    return made.switch(cast.unit("HQ"))


@pytest.fixture
def as_lin(client, cast):
    client.force_login(cast.lin)
    return client


def owed(switch, **facts):
    return channels.callback_due(switch, at=timezone.now() - timedelta(minutes=5), **facts)


class TestPage:
    def test_shows_who_waits_masked_and_what_is_owed(self, as_lin, switch, cast):
        customer = network.customer(cast.unit("SZ-WZ"), name="王小明")
        made.waiting(switch, at=timezone.now(), number="13812345678", customer=customer, digits="773")
        owed(switch, number="13987654321")
        shown = as_lin.get(reverse(PAGE)).content.decode()
        assert "138******78" in shown and "王*" in shown and "按键 773" in shown
        assert "139******21" in shown and "排队放弃" in shown
        assert "13812345678" not in shown and "13987654321" not in shown and "王小明" not in shown

    def test_with_nothing_on_it_says_what_will_be_there(self, as_lin):
        shown = as_lin.get(reverse(PAGE)).content.decode()
        assert "现在没有通话" in shown and "没有欠下的回电" in shown

    @pytest.mark.parametrize("rows", [1, 12])
    def test_asks_the_same_number_of_questions_however_much_there_is(
        self, as_lin, switch, cast, rows, django_assert_max_num_queries
    ):
        queue = channels.queue(cast.unit("HQ-CS"))
        for number in range(rows):
            at = timezone.now() - timedelta(seconds=number)
            made.waiting(switch, at=at, queue=queue, person=cast.lin, agent="1001")
            made.waiting(switch, at=at, queue=queue, phase="over", outcome="answered", answered_at=at, left_at=at,
                      wait=timedelta(seconds=3), ended_at=at)  # fmt: skip
            owed(switch, queue=queue, owner=cast.lin)
        as_lin.get(reverse(PAGE))
        with django_assert_max_num_queries(20):
            as_lin.get(reverse(PAGE), {"time": "week", "queue": queue.key})

    @pytest.mark.parametrize("name", ["live", "owed", "figures"])
    def test_gives_its_parts_to_a_live_page(self, as_lin, switch, name):
        shown = as_lin.get(reverse(PAGE), {"part": name}, HTTP_HX_REQUEST="true").content.decode()
        assert "<html" not in shown and shown.strip().startswith("<section")

    @pytest.mark.parametrize(
        "asked", [{"time": "x" * 99}, {"queue": "\0"}, {"show": "all"}, {"part": "x"}, {"time": "month"}]
    )
    def test_is_not_confused_by_odd_questions(self, as_lin, asked):
        assert as_lin.get(reverse(PAGE), asked).status_code in {200, 422}

    def test_an_outlet_sees_its_own_line_and_nobody_else_s(self, client, cast, switch):
        theirs = made.switch(cast.unit("SZ-WZ"))
        made.waiting(switch, at=timezone.now(), number="13811110000")
        own = made.waiting(theirs, at=timezone.now(), number="13822220000")
        foreign = owed(switch)
        client.force_login(cast.gao)
        shown = client.get(reverse(PAGE)).content.decode()
        assert "138******00" in shown and f"call-{own.pk}" in shown and "1 通" in shown
        for name, pk in (("channels:callback_number", foreign.pk), ("channels:call_number", own.pk + 999)):
            assert client.get(reverse(name, args=[pk])).status_code == 404
        answer = client.post(reverse("channels:callback_work", args=[foreign.pk, "claim"]))
        assert answer.status_code == 404

    def test_is_for_those_who_may(self, client, cast):
        client.force_login(cast.nobody)
        assert client.get(reverse(PAGE)).status_code == 403

    def test_the_figures_say_their_formula(self, as_lin, switch, cast):
        queue = channels.queue(cast.unit("HQ-CS"), formula="f1", answer_within=30)
        now = timezone.now()
        made.waiting(switch, at=now, queue=queue, phase="over", outcome="abandoned", left_at=now, ended_at=now,
                  wait=timedelta(seconds=25))  # fmt: skip
        shown = as_lin.get(reverse(PAGE), {"queue": queue.key}).content.decode()
        assert "30 秒服务水平" in shown and "F1 100.0%" in shown and "F3 0.0%" in shown


class TestWork:
    def post(self, client, row, verb, **data):
        return client.post(
            reverse("channels:callback_work", args=[row.pk, verb]), data, HTTP_HX_REQUEST="true"
        )

    def test_a_call_back_is_claimed_tried_and_done(self, as_lin, switch, cast):
        row = owed(switch)
        assert "已打通" in self.post(as_lin, row, "claim").content.decode()
        assert "打过 1 次" in self.post(as_lin, row, "no-answer").content.decode()
        assert self.post(as_lin, row, "called", note="约好").status_code == 200
        row.refresh_from_db()
        assert (row.closed_because, row.attempts, row.note) == ("called", 2, "约好")
        assert self.post(as_lin, row, "called").status_code == 409

    def test_is_given_back(self, as_lin, switch, cast):
        row = owed(switch, owner=cast.lin)
        self.post(as_lin, row, "release")
        assert CallbackDue.objects.get().owner is None

    def test_nobody_drops_one_without_saying_why(self, as_lin, switch):
        row = owed(switch)
        assert self.post(as_lin, row, "not-needed").status_code == 422
        assert self.post(as_lin, row, "not-needed", note="客户已在微信解决").status_code == 200

    def test_there_is_no_such_verb(self, as_lin, switch):
        assert self.post(as_lin, owed(switch), "forget").status_code == 404

    def test_a_number_is_shown_for_a_purpose_on_record(self, as_lin, switch):
        row = owed(switch, number="13987654321")
        url = reverse("channels:callback_number", args=[row.pk])
        assert "13987654321" not in as_lin.get(url).content.decode()
        assert "13987654321" in as_lin.post(url, {"purpose": "contact"}).content.decode()


class TestIntake:
    def posted(self, client, account, body, **headers):
        url = reverse("channels:calls_posted", args=[account.key])
        return client.post(url, body, content_type="application/json", headers=headers)

    def signed(self, client, account, events, *, secret="geheim"):
        body = json.dumps({"events": events}).encode()
        stamp = str(int(timezone.now().timestamp()))
        return self.posted(
            client, account, body,
            **{"X-Huhang-Timestamp": stamp, "X-Huhang-Signature": sign(secret, stamp, body)},
        )  # fmt: skip

    def events(self):
        at = timezone.now().isoformat()
        return [
            {"id": "1", "call": "c1", "kind": "arrived", "at": at, "ani": "13800001234"},
            {"id": "2", "call": "c1", "kind": "queued", "at": at, "queue": "x"},
        ]

    def test_takes_what_any_switch_posts_once(self, client, cast):
        account = made.switch(cast.unit("HQ"), adapter="call_http", secrets={"secret": "geheim"})
        for _ in range(2):
            assert self.signed(client, account, self.events()).status_code == 200
        assert Call.objects.get().phase == "waiting"
        assert self.signed(client, account, self.events(), secret="falsch").status_code == 403
        assert self.signed(client, account, [{"id": "1"}]).status_code == 400

    def test_takes_the_records_of_freeswitch(self, client, cast):
        account = made.switch(cast.unit("HQ"), secrets={"record_password": "geheim"})
        body = record_of(channel("CHANNEL_HANGUP_COMPLETE", **{"Hangup-Cause": "NORMAL_CLEARING"}))
        credentials = b64encode(b"huhang:geheim").decode()
        answer = self.posted(client, account, body, Authorization=f"Basic {credentials}")
        assert (answer.status_code, Call.objects.get().outcome) == (200, "ivr_only")

    @pytest.mark.parametrize(
        "facts", [{"adapter": "ami"}, {"is_active": False}, {"networks": ["10.0.0.0/8"]}]
    )
    def test_is_no_door_for_others(self, client, cast, facts):
        account = made.switch(cast.unit("HQ"), **({"adapter": "call_http"} | facts))
        assert self.signed(client, account, []).status_code == 404

    def test_is_shut_while_there_is_no_secret(self, client, cast):
        for adapter in ("esl", "call_http"):
            account = made.switch(cast.unit("HQ"), adapter=adapter)
            assert self.signed(client, account, [], secret="").status_code == 403

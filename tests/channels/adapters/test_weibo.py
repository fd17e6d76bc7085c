"""Weibo: signed by the application's secret, told in JSON, and marked as never tried on a live account."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.web_wire import WebWire
from huhang.channels.adapters.weibo import Weibo
from huhang.channels.adapters.weibo.reading import heard, moment
from huhang.channels.rules import quotas
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import Medium
from huhang.channels.rules.wire import Callback, Forged, Unreadable
from tests.channels.fakes.shelf import MemoryShelf
from tests.channels.fakes.vendor_server import Answer
from tests.channels.fakes.weibo import WeiboServer, written
from tests.channels.fakes.weixin import NOON

LI = 2_489_518_277


@pytest.fixture
def house() -> Iterator[WeiboServer]:
    with WeiboServer() as house:
        yield house


@pytest.fixture
def weibo(house: WeiboServer, wire: WebWire) -> Weibo:
    return Weibo(house.settings, wire, MemoryShelf())


def letter(text: str = "您好", *, sort: Sort = Sort.TEXT, **more) -> Letter:
    return Letter("k1", Medium.CHAT, str(LI), text, NOON, sort=sort, **more)


class TestCallbacks:
    def test_the_published_example(self) -> None:
        """Secret, moment and nonce of the platform's guide, and the signature that it gives for them."""
        weibo = Weibo({"app_secret": "xyz123xyz"}, None, MemoryShelf())  # type: ignore[arg-type]
        query = {
            "signature": "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1",
            "timestamp": "1397022061823",
            "nonce": "57155157",
            "echostr": "echo",
        }
        assert weibo.read(Callback("GET", query, {}, b"", NOON)).reply == b"echo"

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            ({"type": "text", "text": "the content of a general message", "data": {}}, (Sort.TEXT, "", {})),
            (
                {
                    "type": "position",
                    "text": "我在这里: http://t.cn/zQgLLYO",
                    "data": {"longitude": "116.308586", "latitude": "39.982525"},
                },
                (Sort.LOCATION, "", {"longitude": "116.308586", "latitude": "39.982525"}),
            ),
            (
                {"type": "image", "text": "发了一张图片", "data": {"vfid": 821804459, "tovfid": 821804469}},
                (Sort.IMAGE, "821804469", {}),
            ),
            (
                {
                    "type": "voice",
                    "text": "发了一个语音消息",
                    "data": {"vfid": 821804459, "tovfid": 821804469},
                },
                (Sort.VOICE, "821804469", {}),
            ),
            ({"type": "dance", "text": "跳了一支舞", "data": None}, (Sort.TEXT, "", {})),
        ],
    )
    def test_the_published_messages(self, told: dict[str, object], expected) -> None:
        """From the platform's guide, «接收普通消息»; the last one is a sort of tomorrow."""
        both = {
            "receiver_id": 1902538057, "sender_id": 2489518277, "created_at": "Mon Jul 16 18:09:20 +0800 2012"
        }  # fmt: skip
        fact = heard(json.dumps({**told, **both}).encode())
        ref = fact.media[0].ref if fact.media else ""
        assert (fact.sort, ref, fact.extra) == expected
        assert (fact.address, fact.text) == ("2489518277", told["text"])
        assert fact.at == datetime(2012, 7, 16, 10, 9, 20, tzinfo=UTC)

    def test_is_answered_with_nothing_at_once(self, house: WeiboServer, weibo: Weibo) -> None:
        assert weibo.read(house.says(LI, "在吗")).reply == b""

    def test_told_three_times_is_one_fact(self, house: WeiboServer, weibo: Weibo) -> None:
        told = house.says(LI, "在吗")
        assert len({weibo.read(told).incoming[0].external_id for _ in range(3)}) == 1

    def test_two_pictures_of_one_second_are_two(self, house: WeiboServer, weibo: Weibo) -> None:
        told = [house.says(LI, "发了一张图片", sort="image", vfid=n, tovfid=n + 1) for n in (1, 3)]
        assert len({weibo.read(one).incoming[0].external_id for one in told}) == 2

    @pytest.mark.parametrize("changed", ["signature", "timestamp", "nonce"])
    def test_a_forged_one_is_not_believed(self, house: WeiboServer, weibo: Weibo, changed: str) -> None:
        told = house.says(LI, "在吗")
        with pytest.raises(Forged):
            weibo.read(replace(told, query={**told.query, changed: "1"}))

    def test_an_account_without_a_secret_believes_nobody(self, house: WeiboServer, weibo: Weibo) -> None:
        with pytest.raises(Forged):
            Weibo({}, None, MemoryShelf()).read(house.says(LI, "在吗"))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("subtype", "cause"),
        [
            ("follow", quotas.Cause.FOLLOW),
            ("scan", quotas.Cause.SCAN),
            ("click", quotas.Cause.MENU),
            ("view", None),
        ],
    )
    def test_events_open_what_they_open(self, house: WeiboServer, weibo: Weibo, subtype: str, cause) -> None:
        [fact] = weibo.read(house.says(LI, "事件消息", sort="event", subtype=subtype, key="K")).incoming
        assert (fact.sort, fact.text, fact.event, fact.event_key) == (Sort.EVENT, "", subtype, "K")
        assert quotas.cause_of(fact) == cause

    def test_a_mention_is_words_in_public(self, house: WeiboServer, weibo: Weibo) -> None:
        [fact] = weibo.read(
            house.says(LI, "@你们 我的件呢", sort="mention", subtype="mention_status")
        ).incoming
        assert (fact.sort, fact.text, quotas.cause_of(fact)) == (
            Sort.TEXT,
            "@你们 我的件呢",
            quotas.Cause.MENTION,
        )

    @given(st.binary(max_size=200))
    def test_any_bytes_under_a_true_signature_are_unreadable(self, body: bytes) -> None:
        house = WeiboServer()
        weibo = Weibo({"app_secret": "xyz123xyz"}, None, MemoryShelf())  # type: ignore[arg-type]
        with pytest.raises(Unreadable):
            weibo.read(house.callback(body))

    @given(
        st.text(max_size=100),
        st.integers(1, 2**63),
        st.dictionaries(st.text(max_size=5), st.text(max_size=5)),
    )
    def test_every_word_arrives_as_it_was_written(self, text: str, who: int, data: dict[str, str]) -> None:
        weibo = Weibo({"app_secret": "xyz123xyz"}, None, MemoryShelf())  # type: ignore[arg-type]
        [fact] = weibo.read(WeiboServer().says(who, text, **{"subtype": "", **data})).incoming
        assert (fact.text, fact.address) == (text.replace("\x00", ""), str(who))

    @given(st.integers(10**9, 7 * 10**9))
    def test_a_moment_is_read_as_it_was_written(self, seconds: int) -> None:
        at = datetime.fromtimestamp(seconds, UTC)
        assert moment(written(at)) == at

    @pytest.mark.parametrize(
        "text", ["", "Mon Jul 36 18:09:20 +0800 2012", "Mon Jul 16 18:09:20 +9900 2012", "1"]
    )
    def test_refuses_moments_that_are_none(self, text: str) -> None:
        with pytest.raises(Unreadable):
            moment(text)


class TestSending:
    @pytest.fixture(autouse=True)
    def _li_has_written(self, house: WeiboServer) -> None:
        house.says(LI, "在吗")

    def test_words_and_a_link(self, house: WeiboServer, weibo: Weibo) -> None:
        weibo.send(letter("好的😀 & 100%"), again=False)
        weibo.send(letter("进度", sort=Sort.LINK, extra={"url": "https://e.cn/p?a=1&b=2"}), again=False)
        words, link = house.sent
        assert (words["type"], words["data"], words["receiver_id"]) == (
            "text",
            {"text": "好的😀 & 100%"},
            str(LI),
        )
        assert link["data"]["articles"][0]["url"] == "https://e.cn/p?a=1&b=2"

    @pytest.mark.parametrize(
        "odd", [letter(""), letter(media=(Media(data=b"x"),)), letter("", sort=Sort.EVENT)]
    )
    def test_what_has_no_shape_there_is_refused(self, house: WeiboServer, weibo: Weibo, odd: Letter) -> None:
        with pytest.raises(GatewayRefused):
            weibo.send(odd, again=False)
        assert house.sent == []

    def test_what_may_have_arrived_is_not_said_again(self, house: WeiboServer, weibo: Weibo) -> None:
        house.hang_up_after_next = True
        with pytest.raises(GatewayAway):
            weibo.send(letter(), again=False)
        with pytest.raises(GatewayRefused, match="无法确认"):
            weibo.send(letter(), again=True)
        assert len(house.sent) == 1

    def test_after_two_days_it_is_refused(self, house: WeiboServer, weibo: Weibo) -> None:
        house.now += timedelta(hours=48)
        with pytest.raises(GatewayRefused):
            weibo.send(letter(), again=False)

    def test_a_token_that_ended_lets_letters_wait(self, house: WeiboServer, weibo: Weibo) -> None:
        house.token = "another"
        with pytest.raises(NotTaken) as away:
            weibo.send(letter(), again=False)
        assert house.settings["access_token"] not in str(away.value)

    @pytest.mark.parametrize(
        "answer", [Answer(b"<html>", 502), Answer(b"[]"), Answer(b"{}"), Answer(b'{"error_code": []}')]
    )
    def test_an_answer_that_is_none_is_not_taken_for_a_yes(self, house, weibo, answer) -> None:
        house.out_of_order = [answer]
        with pytest.raises(GatewayAway):
            weibo.send(letter(), again=False)

    def test_brings_what_was_sent(self, house: WeiboServer, weibo: Weibo) -> None:
        house.files["7"] = b"\xff\xd8"
        assert weibo.fetch("7") == Media("", "image/jpeg", b"\xff\xd8", "7")
        with pytest.raises(GatewayRefused, match="20101"):
            weibo.fetch("8")
        assert not weibo.pull("", "", "").has_more
        assert list(weibo.collect()) == []

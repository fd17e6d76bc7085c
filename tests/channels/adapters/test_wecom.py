"""WeCom: callbacks that only ring, pages that follow one another, and names that make a repeat no second message."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.web_wire import WebWire
from huhang.channels.adapters.wecom import WeCom
from huhang.channels.adapters.wecom.reading import UNTOLD, heard
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken, WindowClosed
from huhang.channels.rules.incoming import Incoming, name_of
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.quotas import Closed
from huhang.channels.rules.wire import Callback, Forged
from tests.channels.adapters.test_weixin import AES_KEY, ECHO, RECEIVER, TOKEN
from tests.channels.fakes.shelf import MemoryShelf
from tests.channels.fakes.vendor_server import Answer, Request, in_json
from tests.channels.fakes.wecom import CORP_ID, DOOR, SEAL, WeComServer
from tests.channels.fakes.weixin import NOON

LI = "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"
PICTURE = Media("单.png", "image/png", b"\x89PNG")


@pytest.fixture
def house() -> Iterator[WeComServer]:
    with WeComServer() as house:
        yield house


@pytest.fixture
def wecom(house: WeComServer, wire: WebWire) -> WeCom:
    return WeCom(house.settings, wire, MemoryShelf())


def letter(text: str = "您好", *, key: str = "k1", sort: Sort = Sort.TEXT, **more) -> Letter:
    return Letter(key, Medium.CHAT, LI, text, NOON, sort=sort, **more)


def pulled(wecom: WeCom, cursor: str = "", token: str = "") -> list[Incoming]:
    """All pages after a cursor."""
    page = wecom.pull(DOOR, token, cursor)
    return [*page.incoming, *(pulled(wecom, page.cursor) if page.has_more else ())]


class TestCallbacks:
    def test_the_published_example(self) -> None:
        """The URL check in the guide of WeCom, answered as it says."""
        wecom = WeCom({"corp_id": RECEIVER, "token": TOKEN, "aes_key": AES_KEY}, None, None)  # type: ignore[arg-type]
        query = {
            "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
            "timestamp": "1409659589",
            "nonce": "263014780",
            "echostr": ECHO,
        }
        assert wecom.read(Callback("GET", query, {}, b"", NOON)).reply == b"1616140317555161061"

    def test_the_url_check_is_answered_in_the_clear(self, house: WeComServer, wecom: WeCom) -> None:
        assert wecom.read(house.checks_url(b"7788")).reply == b"7788"

    def test_rings_at_a_door_with_a_token(self, house: WeComServer, wecom: WeCom) -> None:
        reading = wecom.read(house.says(LI, "在吗"))
        assert (reading.incoming, reading.reply, reading.pull_door) == ((), b"success", DOOR)
        assert [fact.text for fact in pulled(wecom, token=reading.pull_token)] == ["在吗"]

    def test_what_is_not_about_customers_is_answered_and_nothing_else(self, wecom: WeCom) -> None:
        reading = wecom.read(SEAL.callback("<xml><Event>change_contact</Event></xml>", at=NOON))
        assert (reading.reply, reading.pull_door, reading.pull_token) == (b"success", "", "")

    @pytest.mark.parametrize("changed", ["msg_signature", "timestamp", "nonce"])
    def test_a_forged_one_is_not_believed(self, house: WeComServer, wecom: WeCom, changed: str) -> None:
        told = house.says(LI, "在吗")
        with pytest.raises(Forged):
            wecom.read(replace(told, query={**told.query, changed: "1"}))

    def test_another_enterprise_is_not_ours(self, wecom: WeCom) -> None:
        with pytest.raises(Forged):
            wecom.read(replace(SEAL, receiver="ww_another").callback("<xml/>", at=NOON))

    @given(st.binary(max_size=300), st.dictionaries(st.sampled_from(["msg_signature", "timestamp", "nonce", "echostr"]),
        st.text(max_size=50)), st.sampled_from(["GET", "POST"]))  # fmt: skip
    def test_any_bytes_without_a_signature_are_forged(self, body, query, method) -> None:
        wecom = WeCom({"token": "t", "corp_id": CORP_ID, "aes_key": SEAL.aes_key}, None, None)  # type: ignore[arg-type]
        with pytest.raises(Forged):
            wecom.read(Callback(method, query, {}, body, NOON))


class TestPulling:
    def test_goes_on_page_by_page_and_takes_each_message_once(self, house: WeComServer, wecom: WeCom) -> None:
        house.page = 3
        for number in range(10):
            house.says(LI, str(number))
        assert [fact.text for fact in pulled(wecom)] == [str(number) for number in range(10)]

    def test_goes_on_from_the_cursor_that_was_kept(self, house: WeComServer, wecom: WeCom) -> None:
        house.says(LI, "一")
        cursor = wecom.pull(DOOR, "", "").cursor
        house.says(LI, "二")
        assert [fact.text for fact in pulled(wecom, cursor)] == ["二"]
        assert pulled(wecom, wecom.pull(DOOR, "", cursor).cursor) == []

    def test_a_page_that_is_told_again_has_the_same_names(self, house: WeComServer, wecom: WeCom) -> None:
        house.says(LI, "一")
        house.does(LI, "user_recall_msg", recall_msgid="x")
        del house.waiting[-1]["msgid"], house.waiting[-1]["send_time"]
        first, second = pulled(wecom), pulled(wecom)
        assert [fact.external_id for fact in first] == [fact.external_id for fact in second]
        assert (len(first), first[1].at) == (2, UNTOLD)

    def test_an_empty_page_does_not_end_it(self, house: WeComServer, wecom: WeCom) -> None:
        house.page = 1
        for _ in range(2):
            house.says(LI, "旧")
        house.pass_time(timedelta(days=4))
        house.says(LI, "新")
        assert wecom.pull(DOOR, "", "").incoming == ()
        assert [fact.text for fact in pulled(wecom)] == ["新"]

    def test_a_worn_out_token_is_left_away(self, house: WeComServer, wecom: WeCom) -> None:
        token = wecom.read(house.says(LI, "在吗")).pull_token
        house.pass_time(timedelta(minutes=11))
        assert [fact.text for fact in pulled(wecom, token=token)] == ["在吗"]

    def test_a_cursor_that_leads_nowhere_ends_it(self, house: WeComServer, wecom: WeCom) -> None:
        house.doors["POST", "/cgi-bin/kf/sync_msg"] = lambda _: in_json(
            {"errcode": 0, "next_cursor": "c0", "has_more": 1, "msg_list": []}
        )
        assert not wecom.pull(DOOR, "", "c0").has_more

    @pytest.mark.parametrize("code", [-1, 45009, 95000, 95004])
    def test_a_no_is_away_for_now(self, house: WeComServer, wecom: WeCom, code: int) -> None:
        house.doors["POST", "/cgi-bin/kf/sync_msg"] = lambda _: in_json({"errcode": code, "errmsg": "no"})
        with pytest.raises(GatewayAway):
            wecom.pull(DOOR, "", "")

    def test_what_did_not_arrive_is_reported(self, house: WeComServer, wecom: WeCom) -> None:
        house.says(LI, "在吗")
        ours = wecom.send(letter(), again=False)
        for number in (4, 10, 13):
            house.does(LI, "msg_send_fail", fail_msgid=ours, fail_type=number)
        page = wecom.pull(DOOR, "", "")
        assert [(one.external_id, one.state) for one in page.reports] == [(ours, State.FAILED)] * 3
        assert [one.reason for one in page.reports][:2] == [Closed.TOO_LATE, Closed.UNWANTED]
        assert len(page.incoming) == 1

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
            ["msgid", "msgtype", "text", "event", "external_userid", "send_time", "origin", "content", "event_type"]),
            inner, max_size=5),
        max_leaves=20,
    ))  # fmt: skip
    def test_no_page_breaks_it(self, page: object) -> None:
        incoming, _ = heard(page, DOOR)
        for fact in incoming:
            json.dumps([fact.text, dict(fact.extra)], ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("sort", "told", "expected"),
    [
        ("text", {"content": "满意", "menu_id": "5"}, (Sort.TEXT, "满意", "menu_reply", "5", {})),
        ("image", {"media_id": "m"}, (Sort.IMAGE, "", "", "", {})),
        ("file", {"media_id": "m"}, (Sort.FILE, "", "", "", {})),
        (
            "location",
            {"latitude": 23.1, "longitude": 113.3, "name": "广场", "address": "天河路"},
            (
                Sort.LOCATION,
                "广场 天河路",
                "",
                "",
                {"latitude": "23.1", "longitude": "113.3", "name": "广场", "address": "天河路"},
            ),
        ),
        (
            "link",
            {"title": "题", "desc": "文", "url": "http://u"},
            (Sort.LINK, "题\n文\nhttp://u", "", "", {"title": "题", "desc": "文", "url": "http://u"}),
        ),
        (
            "miniprogram",
            {"title": "运单", "appid": "wx1", "pagepath": "p"},
            (Sort.CARD, "运单", "", "", {"title": "运单", "appid": "wx1", "pagepath": "p"}),
        ),
        (
            "channels_shop_order",
            {"order_id": 7},
            (Sort.TEXT, "[channels_shop_order]", "", "", {"order_id": "7"}),
        ),
    ],
)
def test_messages_of_all_sorts(house: WeComServer, wecom: WeCom, sort, told, expected) -> None:
    house.keeps(LI, sort, told, origin=3)
    [fact] = pulled(wecom)
    assert (fact.sort, fact.text, fact.event, fact.event_key, fact.extra) == expected
    assert (fact.address, fact.door, fact.at) == (LI, DOOR, NOON)
    assert [media.ref for media in fact.media] == ([told["media_id"]] if "media_id" in told else [])


class TestOthers:
    def test_who_comes_in_brings_scene_and_code(self, house: WeComServer, wecom: WeCom) -> None:
        house.does(LI, "enter_session", scene="qr", scene_param="waybill", welcome_code="W")
        [fact] = pulled(wecom)
        assert (fact.sort, fact.event, fact.event_key, fact.extra["welcome_code"]) == (
            Sort.EVENT,
            "enter_session",
            "waybill",
            "W",
        )

    def test_a_colleague_in_the_app_is_not_the_customer(self, house: WeComServer, wecom: WeCom) -> None:
        house.keeps(LI, "text", {"content": "我来处理"}, origin=5)
        house.waiting[-1]["servicer_userid"] = "zhang"
        [fact] = pulled(wecom)
        assert (fact.sort, fact.event, fact.text) == (Sort.EVENT, "colleague_said", "我来处理")
        assert fact.extra == {"colleague": "zhang"}

    def test_a_colleagues_status_is_about_nobody(self, house: WeComServer, wecom: WeCom) -> None:
        house.does("", "servicer_status_change", servicer_userid="zhang", status=1)
        assert pulled(wecom) == []


class TestSending:
    @pytest.fixture(autouse=True)
    def _li_has_written(self, house: WeComServer) -> None:
        house.says(LI, "在吗")

    def test_leaves_by_its_door_under_a_name_of_ours(self, house: WeComServer, wecom: WeCom) -> None:
        ours = wecom.send(letter("好的😀"), again=False)
        assert house.sent == [
            {"touser": LI, "open_kfid": DOOR, "msgid": ours, "msgtype": "text", "text": {"content": "好的😀"}}
        ]
        assert len(ours) <= 32

    def test_what_may_have_arrived_is_said_again_and_heard_once(
        self, house: WeComServer, wecom: WeCom
    ) -> None:
        wecom.send(letter(key="warm"), again=False)
        house.hang_up_after_next = True
        with pytest.raises(GatewayAway):
            wecom.send(letter(), again=False)
        assert wecom.send(letter(), again=True) == name_of("k1")
        assert [said["msgid"] for said in house.sent] == [name_of("warm"), name_of("k1")]

    def test_what_did_not_arrive_arrives_the_second_time(self, house: WeComServer, wecom: WeCom) -> None:
        wecom.send(letter(), again=True)
        assert len(house.sent) == 1

    def test_words_and_files_of_every_kind(self, house: WeComServer, wecom: WeCom) -> None:
        paper = Media("发票.pdf", "application/pdf", b"%PDF")
        wecom.send(letter("请看", media=(PICTURE, paper)), again=False)
        assert [said["msgtype"] for said in house.sent] == ["text", "image", "file"]
        assert len({said["msgid"] for said in house.sent}) == 3
        assert house.files[house.sent[2]["file"]["media_id"]][0] == "发票.pdf"

    def test_a_link_a_card_and_a_menu(self, house: WeComServer, wecom: WeCom) -> None:
        link = {"url": "https://e.cn/p", "description": "点开看"}
        wecom.send(letter("进度", key="1", sort=Sort.LINK, media=(PICTURE,), extra=link), again=False)
        card = {"appid": "wx1", "pagepath": "p", "title": "运单"}
        wecom.send(letter(key="2", sort=Sort.CARD, media=(PICTURE,), extra=card), again=False)
        menu = {"menu": json.dumps([{"id": "5", "content": "满意"}])}
        wecom.send(letter("请评价", key="3", extra=menu), again=False)
        assert house.sent[0]["link"]["desc"] == "点开看"
        assert house.sent[1]["miniprogram"]["title"] == "运单"
        assert house.sent[2]["msgmenu"]["list"] == [
            {"type": "click", "click": {"id": "5", "content": "满意"}}
        ]

    def test_somebody_who_comes_in_is_greeted_by_the_code(self, house: WeComServer, wecom: WeCom) -> None:
        house.welcome_codes.add("W")
        wecom.send(letter("欢迎", extra={"welcome_code": "W"}), again=False)
        assert (house.sent[0]["code"], "touser" in house.sent[0]) == ("W", False)

    def test_the_sixth_is_told_why_not(self, house: WeComServer, wecom: WeCom) -> None:
        for number in range(5):
            wecom.send(letter(key=str(number)), again=False)
        with pytest.raises(WindowClosed, match=Closed.USED_UP):
            wecom.send(letter(key="6"), again=False)

    def test_after_two_days_and_in_another_session(self, house: WeComServer, wecom: WeCom) -> None:
        house.ended.add(LI)
        with pytest.raises(WindowClosed, match=Closed.NOT_OURS):
            wecom.send(letter(), again=False)
        house.ended.clear()
        house.pass_time(timedelta(hours=48))
        with pytest.raises(WindowClosed, match=Closed.TOO_LATE):
            wecom.send(letter(), again=False)

    def test_a_wrong_secret_lets_letters_wait(self, house: WeComServer, wire: WebWire) -> None:
        wecom = WeCom({**house.settings, "secret": "s3cret"}, wire, MemoryShelf())
        with pytest.raises(NotTaken) as away:
            wecom.send(letter(), again=False)
        assert "s3cret" not in str(away.value)

    def test_a_token_that_ended_is_renewed(self, house: WeComServer, wecom: WeCom) -> None:
        wecom.send(letter(key="1"), again=False)
        house.pass_time(timedelta(hours=2))
        wecom.send(letter(key="2"), again=False)
        assert (len(house.sent), len(house.tokens)) == (2, 2)

    def test_a_file_that_is_not_taken_leaves_all_unsaid(self, house: WeComServer, wecom: WeCom) -> None:
        house.largest["image"] = 0
        with pytest.raises(GatewayRefused):
            wecom.send(letter("看", media=(PICTURE,)), again=False)
        assert house.sent == []

    def test_half_of_a_letter_is_called_so(self, house: WeComServer, wecom: WeCom) -> None:
        for number in range(4):
            wecom.send(letter(key=str(number)), again=False)
        with pytest.raises(GatewayRefused, match="只送达了前一部分") as refusal:
            wecom.send(letter("看", media=(PICTURE,)), again=False)
        assert not isinstance(refusal.value, WindowClosed)

    def test_the_other_half_follows_when_the_house_is_back(self, house: WeComServer, wecom: WeCom) -> None:
        said = house.doors["POST", "/cgi-bin/kf/send_msg"]

        def busy_for_pictures(request: Request) -> Answer:
            return in_json({"errcode": -1}) if request.json()["msgtype"] == "image" else said(request)

        house.doors["POST", "/cgi-bin/kf/send_msg"] = busy_for_pictures
        with pytest.raises(GatewayAway) as away:
            wecom.send(letter("看", media=(PICTURE,)), again=False)
        assert not isinstance(away.value, NotTaken)
        house.doors["POST", "/cgi-bin/kf/send_msg"] = said
        wecom.send(letter("看", media=(PICTURE,)), again=True)
        assert [one["msgtype"] for one in house.sent] == ["text", "image"]

    def test_brings_what_was_sent(self, house: WeComServer, wecom: WeCom) -> None:
        house.files["m1"] = ("a.amr", "voice/amr", b"#!AMR")
        assert wecom.fetch("m1") == Media("a.amr", "voice/amr", b"#!AMR", "m1")
        assert list(wecom.collect()) == []

"""WeChat: who calls us back, and what people write and do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.web_wire import WebWire
from huhang.channels.adapters.wechat import WeChat
from huhang.channels.rules import quotas
from huhang.channels.rules.gateway import GatewayRefused, Letter
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.quotas import Closed
from huhang.channels.rules.wire import Callback, Forged, Unreadable
from tests.channels.fakes.shelf import MemoryShelf
from tests.channels.fakes.vendor_server import Answer, in_json
from tests.channels.fakes.wechat import APP_ID, SEAL, WeChatServer
from tests.channels.fakes.weixin import NOON

LI, WANG = "oLi0000000000000000000000000", "oWang00000000000000000000000"
PICTURE = Media("单.png", "image/png", b"\x89PNG\r\n--x\r\n\x00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def house(wechat_house: WeChatServer) -> WeChatServer:
    return wechat_house


class TestCallbacks:
    def test_the_published_example(self) -> None:
        """The sealed sample message, read as an official account's."""
        from tests.channels.adapters.test_weixin import AES_KEY, MESSAGE, RECEIVER, SAMPLES, TOKEN

        wechat = WeChat({"app_id": RECEIVER, "token": TOKEN, "aes_key": AES_KEY}, None, None)  # type: ignore[arg-type]
        query = {"msg_signature": SAMPLES[1][1], "timestamp": SAMPLES[1][2], "nonce": SAMPLES[1][3]}
        body = f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{MESSAGE}]]></Encrypt></xml>".encode()
        [fact] = wechat.read(Callback("POST", query, {}, body, NOON)).incoming
        assert (fact.address, fact.text, fact.external_id) == (
            "mycreate",
            "hello",
            "mycreate:4561255354251345929",
        )

    def test_the_url_check_is_answered_with_its_own_word(self, house: WeChatServer, wechat: WeChat) -> None:
        assert wechat.read(house.checks_url("5837461")).reply == b"5837461"

    def test_a_forged_url_check_is_not_answered(self, house: WeChatServer, wechat: WeChat) -> None:
        asked = house.checks_url("5837461")
        with pytest.raises(Forged):
            wechat.read(replace(asked, query={**asked.query, "nonce": "another"}))

    def test_is_answered_at_once(self, house: WeChatServer, wechat: WeChat) -> None:
        assert wechat.read(house.says(LI, "在吗")).reply == b"success"

    def test_told_three_times_is_one_fact(self, house: WeChatServer, wechat: WeChat) -> None:
        told = house.says(LI, "我的件呢")
        first, *again = [wechat.read(told).incoming for _ in range(3)]
        assert again == [first, first]

    def test_out_of_order_keeps_its_moments(self, house: WeChatServer, wechat: WeChat) -> None:
        first = house.says(LI, "一")
        house.pass_time(SECOND)
        second = house.says(LI, "二")
        facts = [fact for told in (second, first, second) for fact in wechat.read(told).incoming]
        assert len({fact.external_id for fact in facts}) == 2
        assert [fact.text for fact in sorted(facts[:2], key=lambda fact: fact.at)] == ["一", "二"]

    def test_two_people_with_one_number_are_two(self, house: WeChatServer, wechat: WeChat) -> None:
        """Seen in the wild (WxJava #333): people who speak at the same moment get the same MsgId."""
        told = {"MsgType": "text", "Content": "喂", "MsgId": "1"}
        facts = [wechat.read(house.callback(who, told)).incoming[0] for who in (LI, WANG)]
        assert facts[0].external_id != facts[1].external_id

    def test_the_same_press_twice_is_two_presses(self, house: WeChatServer, wechat: WeChat) -> None:
        first = house.does(LI, "CLICK", "menu_1")
        house.pass_time(SECOND)
        second = house.does(LI, "CLICK", "menu_1")
        told = [wechat.read(press).incoming[0].external_id for press in (first, second, first)]
        assert told[0] == told[2] != told[1]

    @pytest.mark.parametrize(
        "changed", ["msg_signature", "timestamp", "nonce", "body", "without a seal", "another account"]
    )
    def test_a_forged_one_is_not_believed(self, house: WeChatServer, wechat: WeChat, changed: str) -> None:
        told = house.says(LI, "我是李")
        if changed == "body":
            forged = replace(told, body=house.says(WANG, "我是李").body)
        elif changed == "without a seal":
            # What a plain-mode account would believe: the signature is true, the words are the forger's.
            forged = house.plain("<xml><FromUserName>x</FromUserName><MsgType>text</MsgType></xml>")
        elif changed == "another account":
            forged = replace(SEAL, receiver="wx_another").callback("<xml/>", at=house.now)
        else:
            forged = replace(told, query={**told.query, changed: "1"})
        with pytest.raises(Forged):
            wechat.read(forged)

    def test_plain_mode_where_the_console_says_so(self, house: WeChatServer, wire: WebWire) -> None:
        plain = WeChat({**house.settings, "aes_key": ""}, wire, MemoryShelf())
        xml = (
            "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>嗨</Content>"
            "<CreateTime>1348831860</CreateTime><MsgId>1</MsgId></xml>"
        )
        assert plain.read(house.plain(xml)).incoming[0].text == "嗨"
        told = house.plain(xml)
        with pytest.raises(Forged):
            plain.read(replace(told, query={**told.query, "signature": "0" * 40}))

    @pytest.mark.parametrize("xml", ["", "<xml/>", "<xml><FromUserName>o</FromUserName></xml>", "{}"])
    def test_a_true_one_without_sense_is_unreadable(self, wechat: WeChat, xml: str) -> None:
        with pytest.raises(Unreadable):
            wechat.read(SEAL.callback(xml, at=NOON))

    @given(body=st.binary(max_size=300), query=st.dictionaries(st.sampled_from(
        ["signature", "msg_signature", "timestamp", "nonce", "encrypt_type", "echostr"]), st.text(max_size=50)),
        method=st.sampled_from(["GET", "POST"]),
    )  # fmt: skip
    def test_any_bytes_without_a_signature_are_forged(
        self, body: bytes, query: dict[str, str], method: str
    ) -> None:
        wechat = WeChat({"token": "t", "app_id": APP_ID, "aes_key": SEAL.aes_key}, None, None)  # type: ignore[arg-type]
        with pytest.raises(Forged):
            wechat.read(Callback(method, query, {}, body, NOON))

    @given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=200))
    def test_every_word_arrives_as_it_was_written(self, text: str) -> None:
        wechat = WeChat({"token": SEAL.token, "app_id": APP_ID, "aes_key": SEAL.aes_key}, None, None)  # type: ignore[arg-type]
        house = WeChatServer.__new__(WeChatServer)
        house.now, house.people, house._number = NOON, {}, 1
        assert wechat.read(house.says(LI, text)).incoming[0].text == text.replace("\ufffe", "").replace(
            "\uffff", ""
        )


@pytest.mark.parametrize(
    ("sort", "told", "expected"),
    [
        ("image", {"PicUrl": "http://p/1", "MediaId": "m"}, (Sort.IMAGE, "", "m", {"picture": "http://p/1"})),
        ("voice", {"MediaId": "m", "Format": "amr"}, (Sort.VOICE, "", "m", {"format": "amr"})),
        ("voice", {"MediaId": "m", "Recognition": "查件"}, (Sort.VOICE, "查件", "m", {})),
        ("video", {"MediaId": "m", "ThumbMediaId": "t"}, (Sort.VIDEO, "", "m", {"thumb": "t"})),
        ("shortvideo", {"MediaId": "m"}, (Sort.VIDEO, "", "m", {})),
        (
            "location",
            {"Location_X": "23.134521", "Location_Y": "113.358803", "Scale": "20", "Label": "广州"},
            (
                Sort.LOCATION,
                "广州",
                None,
                {"latitude": "23.134521", "longitude": "113.358803", "scale": "20"},
            ),
        ),
        (
            "link",
            {"Title": "题", "Description": "文", "Url": "http://u"},
            (Sort.LINK, "题\n文\nhttp://u", None, {"title": "题", "description": "文", "url": "http://u"}),
        ),
        (
            "miniprogrampage",
            {"Title": "运单", "AppId": "wx1", "PagePath": "p?q=1"},
            (Sort.CARD, "运单", None, {"title": "运单", "appid": "wx1", "pagepath": "p?q=1"}),
        ),
        ("file", {"Title": "发票.pdf"}, (Sort.FILE, "发票.pdf", None, {"title": "发票.pdf"})),
        ("hologram", {}, (Sort.TEXT, "[hologram]", None, {})),  # a sort of tomorrow is named, not dropped
    ],
)
def test_messages_of_all_sorts(house: WeChatServer, wechat: WeChat, sort, told, expected) -> None:
    [fact] = wechat.read(house.says(LI, sort=sort, **told)).incoming
    ref = fact.media[0].ref if fact.media else None
    assert (fact.sort, fact.text, ref, fact.extra) == expected
    assert (fact.address, fact.at) == (LI, NOON)


class TestEvents:
    @pytest.mark.parametrize(
        ("event", "key", "told", "kept"),
        [
            ("subscribe", "qrscene_12", {"Ticket": "T"}, {"ticket": "T"}),
            ("unsubscribe", "", {}, {}),
            ("SCAN", "12", {"Ticket": "T"}, {"ticket": "T"}),
            ("CLICK", "urge", {}, {}),
            ("VIEW", "https://e.cn/", {}, {}),
            (
                "LOCATION",
                "",
                {"Latitude": "23.1", "Longitude": "113.3"},
                {"latitude": "23.1", "longitude": "113.3"},
            ),
            (
                "scancode_waitmsg",
                "scan",
                {"ScanCodeInfo": "<ScanType>barcode</ScanType><ScanResult>CODE_128,YT1</ScanResult>"},
                {"scanned": "CODE_128,YT1"},
            ),
            (
                "subscribe_msg_popup_event",
                "",
                {
                    "SubscribeMsgPopupEvent": "<List><TemplateId>T1</TemplateId>"
                    "<SubscribeStatusString>accept</SubscribeStatusString></List>"
                },
                {"T1": "accept"},
            ),
        ],
    )
    def test_are_facts_that_nobody_must_answer(self, house, wechat, event, key, told, kept) -> None:
        [fact] = wechat.read(house.does(LI, event, key, **told)).incoming
        assert (fact.sort, fact.event, fact.event_key, fact.extra) == (Sort.EVENT, event.lower(), key, kept)

    def test_the_answer_to_a_menu_of_ours_is_words_and_a_click(
        self, house: WeChatServer, wechat: WeChat
    ) -> None:
        [fact] = wechat.read(house.says(LI, "满意", bizmsgmenuid="5")).incoming
        assert (fact.sort, fact.text, fact.event_key) == (Sort.TEXT, "满意", "5")
        assert quotas.cause_of(fact) == quotas.Cause.MENU

    @pytest.mark.parametrize(
        ("status", "state", "reason"),
        [
            ("success", State.DELIVERED, ""),
            ("failed:user block", State.FAILED, Closed.UNWANTED),
            ("failed: system failed", State.FAILED, "failed: system failed"),
            ("failed:freq limit", State.FAILED, "failed:freq limit"),
        ],
    )
    def test_what_became_of_a_notice(self, house, wechat, status, state, reason) -> None:
        number = wechat.send(
            Letter("k1", Medium.CHAT, LI, "您好", NOON, extra={"template": "T1"}), again=False
        )
        reading = wechat.read(house.finished(number, LI, status))
        [report] = reading.reports
        assert (report.external_id, report.state, report.reason, report.at) == (number, state, reason, NOON)
        assert reading.incoming == ()

    def test_what_became_of_subscription_notices(self, house: WeChatServer, wechat: WeChat) -> None:
        rows = "".join(
            f"<List><TemplateId>T1</TemplateId><MsgID>{n}</MsgID><ErrorStatus>{status}</ErrorStatus></List>"
            for n, status in ((7, "success"), (8, "user refuse"))
        )
        told = house.does(LI, "subscribe_msg_sent_event", SubscribeMsgSentEvent=rows)
        assert [(one.external_id, one.state) for one in wechat.read(told).reports] == [
            ("7", State.DELIVERED),
            ("8", State.FAILED),
        ]


class TestFetching:
    def test_brings_what_was_sent(self, house: WeChatServer, wechat: WeChat) -> None:
        house.files["m1"] = ("a.jpg", "image/jpeg", b"\xff\xd8")
        assert wechat.fetch("m1") == Media("a.jpg", "image/jpeg", b"\xff\xd8", "m1")

    def test_a_file_full_of_words_of_refusal_is_a_file(self, house: WeChatServer, wechat: WeChat) -> None:
        content = b'{"errcode": 40001, "errmsg": "ha"}'
        house.files["m1"] = ("a.json", "application/json", content)
        assert wechat.fetch("m1").data == content

    def test_a_film_lies_elsewhere(self, house: WeChatServer, wechat: WeChat) -> None:
        house.doors["GET", "/film"] = lambda _: Answer(b"film")
        house.doors["GET", "/cgi-bin/media/get"] = lambda _: in_json({"video_url": f"{house.url}/film"})
        assert wechat.fetch("m1").data == b"film"

    def test_what_is_gone_is_gone(self, wechat: WeChat) -> None:
        with pytest.raises(GatewayRefused, match="40007"):
            wechat.fetch("m1")

    def test_nothing_waits_and_nothing_is_collected(self, wechat: WeChat) -> None:
        assert not wechat.pull("", "", "c").has_more
        assert list(wechat.collect()) == []

"""WeChat: who calls us back, what people write and do, and what we may say to them."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huhang.channels.adapters.web_wire import WebWire
from huhang.channels.adapters.wechat import WeChat
from huhang.channels.rules import quotas
from huhang.channels.rules.entrances import EntranceKind
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken, WindowClosed
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.quotas import Closed, Window
from huhang.channels.rules.wire import Callback, Forged, Unreadable
from tests.channels.fakes.shelf import MemoryShelf
from tests.channels.fakes.vendor_server import Answer, in_json
from tests.channels.fakes.wechat import APP_ID, SEAL, WeChatServer
from tests.channels.fakes.weixin import NOON

LI, WANG = "oLi0000000000000000000000000", "oWang00000000000000000000000"
PICTURE = Media("单.png", "image/png", b"\x89PNG\r\n--x\r\n\x00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def house() -> Iterator[WeChatServer]:
    with WeChatServer() as house:
        yield house


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture(scope="module")
def wire() -> Iterator[WebWire]:
    """One for all: making it reads every certificate authority there is."""
    wire = WebWire()
    yield wire
    wire.close()


@pytest.fixture
def wechat(house: WeChatServer, wire: WebWire, shelf: MemoryShelf) -> WeChat:
    return WeChat(house.settings, wire, shelf)


def letter(text: str = "您好", *, to: str = LI, key: str = "k1", sort: Sort = Sort.TEXT, **more) -> Letter:
    return Letter(key, Medium.CHAT, to, text, NOON, sort=sort, **more)


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
        number = wechat.send(letter(extra={"template": "T1"}), again=False)
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


class TestSending:
    @pytest.fixture(autouse=True)
    def _li_has_written(self, house: WeChatServer) -> None:
        house.says(LI, "在吗")

    def test_words_arrive_as_they_are(self, house: WeChatServer, wechat: WeChat) -> None:
        assert wechat.send(letter('好的😀"引"'), again=False)
        assert house.sent == [{"touser": LI, "msgtype": "text", "text": {"content": '好的😀"引"'}}]

    @pytest.mark.parametrize(
        ("content_type", "sort", "msgtype"),
        [
            ("image/png", Sort.FILE, "image"),
            ("audio/amr", Sort.FILE, "voice"),
            ("video/mp4", Sort.VIDEO, "video"),
        ],
    )
    def test_a_file_is_given_first_and_then_named(self, house, wechat, content_type, sort, msgtype) -> None:
        wechat.send(letter("", sort=sort, media=(replace(PICTURE, content_type=content_type),)), again=False)
        [said] = house.sent
        assert said["msgtype"] == msgtype
        assert house.files[said[msgtype]["media_id"]] == ("单.png", content_type, PICTURE.data)

    def test_words_with_pictures_are_said_one_after_another(
        self, house: WeChatServer, wechat: WeChat
    ) -> None:
        wechat.send(letter("看这里", media=(PICTURE, PICTURE)), again=False)
        assert [said["msgtype"] for said in house.sent] == ["text", "image", "image"]

    def test_half_of_a_letter_is_called_so(self, house: WeChatServer, wechat: WeChat) -> None:
        for _ in range(4):
            wechat.send(letter(), again=False)
        with pytest.raises(GatewayRefused, match="只送达了前一部分"):
            wechat.send(letter("看", media=(PICTURE,)), again=False)

    def test_a_link_a_card_and_a_menu(self, house: WeChatServer, wechat: WeChat) -> None:
        wechat.send(
            letter("进度", sort=Sort.LINK, extra={"url": "https://e.cn/p", "description": "点开看"}),
            again=False,
        )
        wechat.send(
            letter("运单", sort=Sort.CARD, media=(PICTURE,), extra={"appid": "wx1", "pagepath": "p"}),
            again=False,
        )
        choices = json.dumps([{"id": 5, "content": "满意"}, {"id": 1, "content": "不满意"}])
        wechat.send(letter("请评价", extra={"menu": choices, "tail": "谢谢"}), again=False)
        link, card, menu = house.sent
        assert link["news"]["articles"] == [
            {"title": "进度", "description": "点开看", "url": "https://e.cn/p", "picurl": ""}
        ]
        assert card["miniprogrampage"]["thumb_media_id"] in house.files
        assert menu["msgmenu"]["list"] == [{"id": "5", "content": "满意"}, {"id": "1", "content": "不满意"}]

    @pytest.mark.parametrize(
        "odd",
        [
            letter(""),
            letter(sort=Sort.LOCATION),
            letter(sort=Sort.EVENT),
            letter("", sort=Sort.FILE, media=(Media("a.pdf", "application/pdf", b"x"),)),
            letter(extra={"menu": "no json"}),
            letter(extra={"template": "T1", "params": "[1]"}),
        ],
        ids=["nothing", "place", "event", "file", "menu", "params"],
    )
    def test_what_has_no_shape_there_is_refused(
        self, house: WeChatServer, wechat: WeChat, odd: Letter
    ) -> None:
        with pytest.raises(GatewayRefused):
            wechat.send(odd, again=False)
        assert house.sent == house.notices == []

    def test_the_sixth_message_is_told_why_not(self, house: WeChatServer, wechat: WeChat) -> None:
        for _ in range(5):
            wechat.send(letter(), again=False)
        with pytest.raises(WindowClosed, match=Closed.USED_UP):
            wechat.send(letter(), again=False)
        house.says(LI, "还在吗")
        wechat.send(letter(), again=False)

    def test_after_two_days_the_window_is_shut(self, house: WeChatServer, wechat: WeChat) -> None:
        house.pass_time(48 * HOUR)
        with pytest.raises(WindowClosed, match=Closed.TOO_LATE):
            wechat.send(letter(), again=False)

    def test_who_left_is_not_written_to(self, house: WeChatServer, wechat: WeChat) -> None:
        house.does(LI, "unsubscribe")
        with pytest.raises(WindowClosed, match=Closed.NOT_FOLLOWING):
            wechat.send(letter(), again=False)

    def test_what_may_have_arrived_is_not_said_again(self, house: WeChatServer, wechat: WeChat) -> None:
        wechat.send(letter(key="warm"), again=False)  # so that the token is there already
        house.hang_up_after_next = True
        with pytest.raises(GatewayAway) as away:
            wechat.send(letter(), again=False)
        assert not isinstance(away.value, NotTaken)
        with pytest.raises(GatewayRefused, match="无法确认"):
            wechat.send(letter(), again=True)
        assert len(house.sent) == 2

    @pytest.mark.parametrize("code", [-1, 45009, 45011])
    def test_a_busy_house_has_not_taken_it(self, house: WeChatServer, wechat: WeChat, code: int) -> None:
        wechat.send(letter(), again=False)
        house.out_of_order = [in_json({"errcode": code, "errmsg": "busy"})]
        with pytest.raises(NotTaken):
            wechat.send(letter(), again=False)

    @pytest.mark.parametrize("answer", [Answer(b"<html>"), Answer(status=502), Answer(b"[]"), Answer(b"")])
    def test_an_answer_that_is_none_is_not_taken_for_a_yes(self, house, wechat, answer) -> None:
        wechat.send(letter(), again=False)
        house.out_of_order = [answer]
        with pytest.raises(GatewayAway):
            wechat.send(letter(), again=False)

    def test_other_noes_carry_their_number(self, house: WeChatServer, wechat: WeChat) -> None:
        with pytest.raises(GatewayRefused, match="40003"):
            wechat.send(letter(to="nobody"), again=False)

    def test_long_words_are_cut_where_a_line_ends(self, house: WeChatServer, wechat: WeChat) -> None:
        wechat.send(letter("头" * 500 + "\n" + "尾" * 500), again=False)
        assert [said["text"]["content"] for said in house.sent] == ["头" * 500 + "\n", "尾" * 500]

    def test_nobody_at_home_has_not_taken_it(self, house, wire, shelf) -> None:
        wechat = WeChat({**house.settings, "base_url": "http://127.0.0.1:9"}, wire, shelf)
        with pytest.raises(NotTaken):
            wechat.send(letter(), again=False)


class TestNotices:
    def test_need_no_window_and_are_sent_once(self, house: WeChatServer, wechat: WeChat) -> None:
        notice = letter(extra={"template": "T1", "params": '{"thing1": "已派送"}', "url": "https://e.cn"})
        first, again = wechat.send(notice, again=False), wechat.send(notice, again=True)
        assert first == again
        [said] = house.notices
        assert (said["data"], said["url"]) == ({"thing1": {"value": "已派送"}}, "https://e.cn")
        assert len(said["client_msg_id"]) <= 32

    def test_one_subscription_is_one_notice(self, house: WeChatServer, wechat: WeChat) -> None:
        house.subscriptions.add((LI, "S1"))
        notice = letter(extra={"template": "S1", "by": "subscribe", "appid": "wx1", "pagepath": "p"})
        wechat.send(notice, again=False)
        with pytest.raises(WindowClosed, match=Closed.UNWANTED):
            wechat.send(notice, again=False)
        with pytest.raises(GatewayRefused):
            wechat.send(notice, again=True)
        assert house.notices[0]["miniprogram"] == {"appid": "wx1", "pagepath": "p"}


class TestToken:
    @pytest.fixture(autouse=True)
    def _li_has_written(self, house: WeChatServer) -> None:
        house.says(LI, "在吗")

    def test_is_fetched_once_for_many_who_write_at_once(self, house, wechat, shelf) -> None:
        with ThreadPoolExecutor(5) as crew:
            list(crew.map(lambda n: wechat.send(letter(key=str(n)), again=False), range(5)))
        assert (shelf.renewed, len(house.tokens), len(house.sent)) == (1, 1, 5)

    def test_one_that_ended_is_renewed_and_the_letter_arrives(self, house, wechat, shelf) -> None:
        wechat.send(letter(), again=False)
        house.pass_time(2 * HOUR)
        wechat.send(letter(), again=False)
        assert (shelf.renewed, len(house.sent), house.forced_at) == (2, 2, [])

    def test_one_that_somebody_else_forced_out_is_renewed(self, house, wechat, shelf) -> None:
        wechat.send(letter(), again=False)
        house._forced()
        wechat.send(letter(), again=False)
        assert (shelf.renewed, len(house.sent), len(house.forced_at)) == (2, 2, 1)

    def test_one_that_is_refused_though_in_force_is_forced_out(self, house, wechat) -> None:
        wechat.send(letter(), again=False)
        house.refused_tokens.add(house.tokens[0].value)
        wechat.send(letter(), again=False)
        assert (len(house.forced_at), len(house.sent)) == (1, 2)

    def test_a_token_that_never_holds_is_not_asked_for_for_ever(self, house, wechat) -> None:
        wechat.send(letter(), again=False)
        asked = len(house.asked)
        house.out_of_order = []
        house.doors["POST", "/cgi-bin/message/custom/send"] = lambda _: in_json(
            {"errcode": 40001, "errmsg": "no"}
        )
        with pytest.raises(NotTaken):
            wechat.send(letter(), again=False)
        assert len(house.asked) - asked <= 4

    @pytest.mark.parametrize("wrong", ["app_id", "app_secret"])
    def test_a_wrong_secret_lets_letters_wait_and_is_not_told(self, house, wire, shelf, wrong: str) -> None:
        wechat = WeChat({**house.settings, wrong: "s3cret"}, wire, shelf)
        with pytest.raises(NotTaken) as away:
            wechat.send(letter(), again=False)
        assert "s3cret" not in f"{away.value}{away.value.__cause__}"


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


ACTS = ["message", "CLICK", "subscribe", "SCAN", "menu_reply"]
steps = st.lists(
    st.one_of(st.sampled_from(ACTS), st.just("send"), st.integers(1, 300), st.integers(40 * 3600, 49 * 3600)),
    max_size=25,
)


@settings(max_examples=200)
@given(steps)
def test_the_vendor_takes_all_that_we_promise(steps: list[str | int]) -> None:
    """Whenever our count says that something is left, the house takes it: fallback comes before the no."""
    house = WeChatServer()
    windows: tuple[Window, ...] = ()
    for step in steps:
        if isinstance(step, int):
            house.now += step * SECOND
        elif step != "send":
            house._act(LI, step)
            cause = quotas.CAUSES[step.lower()] if step != "message" else quotas.Cause.MESSAGE
            window = quotas.opened(EntranceKind.WECHAT, cause, house.now)
            assert window is not None
            windows = quotas.with_window(windows, window)
        elif quotas.standing(windows, now=house.now).left:
            assert house.people[LI].spend(house.now) == 0
            windows = quotas.after_sending(windows, now=house.now)

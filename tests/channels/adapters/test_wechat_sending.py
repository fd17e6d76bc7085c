"""WeChat: what we may say to people, and with which token."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huhang.channels.adapters.wechat import WeChat
from huhang.channels.rules import quotas
from huhang.channels.rules.entrances import EntranceKind
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken, WindowClosed
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import Medium
from huhang.channels.rules.quotas import Closed, Window
from tests.channels.fakes.vendor_server import Answer, in_json
from tests.channels.fakes.wechat import WeChatServer
from tests.channels.fakes.weixin import NOON

LI, WANG = "oLi0000000000000000000000000", "oWang00000000000000000000000"
PICTURE = Media("单.png", "image/png", b"\x89PNG\r\n--x\r\n\x00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def house(wechat_house: WeChatServer) -> WeChatServer:
    return wechat_house


def letter(text: str = "您好", *, to: str = LI, key: str = "k1", sort: Sort = Sort.TEXT, **more) -> Letter:
    return Letter(key, Medium.CHAT, to, text, NOON, sort=sort, **more)


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

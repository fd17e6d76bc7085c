"""WeChat and WeCom from the customer's telephone to the conversation and back, over real HTTP on their side."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from huhang.channels.actions import inbox, outgoing
from huhang.channels.actions.outgoing import Addressee
from huhang.channels.models import Account, InboxItem, Message, Outgoing, PullCursor, SharedToken
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.quotas import Closed
from huhang.channels.rules.wire import Callback
from tests.cast import Cast
from tests.channels.fakes.wechat import WeChatServer
from tests.channels.fakes.wecom import DOOR, WeComServer
from tests.channels.fakes.weixin import WeixinServer
from tests.factories import channels as factory

LI = "oLi0000000000000000000000000"
SECRETS = {"app_secret", "secret", "token", "aes_key"}


@pytest.fixture
def wechat() -> Iterator[WeChatServer]:
    with WeChatServer() as house:
        yield house


@pytest.fixture
def wecom() -> Iterator[WeComServer]:
    with WeComServer() as house:
        yield house


def account(cast: Cast, house: WeixinServer, settings: dict[str, str], **entrance: str) -> Account:
    settings = dict(settings)
    name = settings.pop("name")
    made = factory.account(
        cast.unit("HQ-CS"),
        key=name,
        adapter=name,
        settings={key: value for key, value in settings.items() if key not in SECRETS},
        secrets={key: value for key, value in settings.items() if key in SECRETS},
    )
    factory.entrance(cast.unit("HQ-CS"), account=made, kind=name, **entrance)
    house.now = datetime.now(UTC) - timedelta(minutes=5)
    return made


@pytest.fixture
def at_wechat(cast: Cast, wechat: WeChatServer) -> Account:
    return account(cast, wechat, wechat.settings)


@pytest.fixture
def at_wecom(cast: Cast, wecom: WeComServer) -> Account:
    return account(cast, wecom, wecom.settings, door=DOOR)


def knock(door: Account, told: Callback, **changed: str) -> tuple[int, bytes]:
    """What the vendor's server hears."""
    query = "&".join(f"{key}={value}" for key, value in {**told.query, **changed}.items())
    answer = Client().post(f"/channels/in/{door.key}/?{query}", told.body, content_type="text/xml")
    return answer.status_code, answer.content


def now() -> datetime:
    return datetime.now(UTC)


def heard(*, at: datetime | None = None) -> list[str]:
    inbox.process_due(now=at or now())
    return list(Message.objects.filter(side="customer").order_by("seq").values_list("text", flat=True))


def send(door: Account, cast: Cast, key: str, text: str = "您好") -> None:
    outgoing.send_by_account(
        key=key, medium=Medium.CHAT, account=door, address=LI, to=Addressee(cast.unit("HQ-CS")), text=text,
        now=now(), facts={"sort": "text"},
    )  # fmt: skip


class TestWeChat:
    def test_three_times_out_of_order_and_forged(self, at_wechat: Account, wechat: WeChatServer) -> None:
        first = wechat.says(LI, "我的件到哪了")
        wechat.pass_time(timedelta(seconds=2))
        second = wechat.says(LI, "急")
        for told in (second, first, second, first, second, first):
            assert knock(at_wechat, told) == (200, b"success")
        forged = wechat.says(LI, "我是别人")
        assert knock(at_wechat, forged, msg_signature="0" * 40)[0] == 403
        assert knock(at_wechat, Callback("POST", forged.query, {}, b"<xml>", now()))[0] == 403
        assert InboxItem.objects.count() == 2
        assert heard() == ["我的件到哪了", "急"]

    def test_what_is_answered_arrives_and_the_sixth_says_why_not(
        self, at_wechat: Account, wechat: WeChatServer, cast: Cast
    ) -> None:
        knock(at_wechat, wechat.says(LI, "在吗"))
        inbox.process_due(now=now())
        for number in range(6):
            send(at_wechat, cast, f"k{number}", f"第{number}条")
        outgoing.deliver_due(now=now())
        assert [said["text"]["content"] for said in wechat.sent] == [f"第{number}条" for number in range(5)]
        assert list(Outgoing.objects.order_by("pk").values_list("state", "reason")) == [
            *[(State.SENT, "")] * 5,
            (State.FAILED, Closed.USED_UP),
        ]

    def test_a_token_is_shared_and_unreadable_in_the_table(
        self, at_wechat: Account, wechat: WeChatServer, cast: Cast
    ) -> None:
        knock(at_wechat, wechat.says(LI, "在吗"))
        inbox.process_due(now=now())
        for number in range(2):
            send(at_wechat, cast, f"k{number}")
            outgoing.deliver_due(now=now())
        assert (len(wechat.tokens), len(wechat.sent)) == (1, 2)
        wechat.refused_tokens.add(wechat.tokens[0].value)
        send(at_wechat, cast, "k3")
        outgoing.deliver_due(now=now())
        assert (len(wechat.tokens), len(wechat.sent)) == (2, 3)
        assert SharedToken.objects.get().token == {"token": wechat.tokens[1].value}

    def test_what_became_of_a_notice_is_written_beside_it(
        self, at_wechat: Account, wechat: WeChatServer, cast: Cast
    ) -> None:
        outgoing.send_by_account(
            key="n1", medium=Medium.CHAT, account=at_wechat, address=LI, to=Addressee(cast.unit("HQ-CS")),
            text="", now=now(), facts={"extra": {"template": "T1", "params": '{"thing1": "已派送"}'}},
        )  # fmt: skip
        outgoing.deliver_due(now=now())
        sent = Outgoing.objects.get()
        assert knock(at_wechat, wechat.finished(sent.external_id, LI)) == (200, b"success")
        sent.refresh_from_db()
        assert sent.state == State.DELIVERED


class TestWeCom:
    def test_rings_and_is_fetched_page_by_page(self, at_wecom: Account, wecom: WeComServer) -> None:
        wecom.page = 2
        for number in range(5):
            wecom.pass_time(timedelta(seconds=1))
            assert knock(at_wecom, wecom.says(LI, str(number))) == (200, b"success")
        assert inbox.pull_due(now=now()) == 5
        assert heard() == ["0", "1", "2", "3", "4"]
        assert PullCursor.objects.get().cursor == "c5"

    def test_a_worker_that_dies_between_two_pages_loses_and_doubles_nothing(
        self, at_wecom: Account, wecom: WeComServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wecom.page = 1
        for number in range(3):
            wecom.pass_time(timedelta(seconds=1))
            knock(at_wecom, wecom.says(LI, str(number)))
        kept = inbox.keep

        def keep_one_and_die(account: Account, facts, *, now: datetime) -> int:
            if InboxItem.objects.exists():
                raise KeyboardInterrupt
            return kept(account, facts, now=now)

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(inbox, "keep", keep_one_and_die)
            inbox.pull_due(now=now())
        assert (InboxItem.objects.count(), PullCursor.objects.get().cursor) == (1, "c1")
        later = now() + inbox.LEASE
        assert inbox.pull_due(now=later) == 2
        assert heard(at=later) == ["0", "1", "2"]

    def test_what_did_not_arrive_after_all_is_written_beside_it(
        self, at_wecom: Account, wecom: WeComServer, cast: Cast
    ) -> None:
        knock(at_wecom, wecom.says(LI, "在吗"))
        inbox.pull_due(now=now())
        inbox.process_due(now=now())
        send(at_wecom, cast, "k1")
        outgoing.deliver_due(now=now())
        sent = Outgoing.objects.get()
        knock(at_wecom, wecom.does(LI, "msg_send_fail", fail_msgid=sent.external_id, fail_type=10))
        inbox.pull_due(now=now())
        sent.refresh_from_db()
        assert (sent.state, sent.reason) == (State.FAILED, Closed.UNWANTED)

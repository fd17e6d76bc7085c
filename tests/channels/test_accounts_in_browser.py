"""The accounts' pages in a real browser: a secret replaced, an address copied, nothing wider than a phone."""

from typing import Any

import pytest
from django.utils import timezone

from huhang.channels.actions import hearing
from huhang.channels.models import Account, Conversation
from huhang.channels.rules.conversation import Stage
from huhang.channels.rules.visitors import hash_of
from tests.cast import Cast
from tests.factories import channels as factory
from tests.look import look
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def accounts(cast: Cast) -> Account:
    """Three accounts: one at work, one away, one that is still told what it needs."""
    unit, now = cast.unit("HQ"), timezone.now()
    page = factory.entrance(unit, kind="h5", name="寄件小程序客服")
    made = factory.account(
        unit, key="wx-main", adapter="wechat", name="微信公众号“寄快递”", heard_at=now, compared_at=now, fallback=page,
        settings={"app_id": "wx8f3a2b"}, secrets={"app_secret": "old", "token": "t", "aes_key": "k"},
    )  # fmt: skip
    factory.entrance(unit, kind="wechat", name="公众号消息", account=made)
    factory.account(
        unit, adapter="wecom", name="企业微信客服", away_since=now, away_because="60020 not allow to access",
        settings={"corp_id": "ww1"}, secrets={"secret": "s", "token": "t", "aes_key": "k"},
    )  # fmt: skip
    factory.account(unit, adapter="aliyun_sms", name="阿里云短信", is_active=False)
    factory.inbox_item(
        made, at=now, trouble="没有入口接收这个账号的消息；请在“入口”里为它建立一个。", attempts=3
    )
    return made


def test_a_secret_is_replaced_and_not_shown(
    desktop: Any, live_server: Any, cast: Cast, accounts: Account
) -> None:
    sign_in(desktop, cast.hua, live_server.url)
    desktop.goto(f"{live_server.url}/channels/accounts/")
    look(desktop, "accounts-wide")
    desktop.get_by_role("link", name="微信公众号“寄快递”").click()
    desktop.wait_for_url("**/accounts/wx-main/")
    secret = desktop.get_by_label("AppSecret")
    assert secret.input_value() == ""
    assert "已设置" in secret.get_attribute("placeholder")
    secret.fill("new-words")
    desktop.get_by_role("button", name="保存").click()
    desktop.get_by_text("AppSecret：已更换").wait_for()
    look(desktop, "account-wide")
    accounts.refresh_from_db()
    assert accounts.secrets == {"app_secret": "new-words", "token": "t", "aes_key": "k"}
    assert "new-words" not in desktop.content()


def test_a_new_one_is_added_and_asks_for_the_rest(
    desktop: Any, live_server: Any, cast: Cast, accounts: Account
) -> None:
    sign_in(desktop, cast.hua, live_server.url)
    desktop.goto(f"{live_server.url}/channels/accounts/")
    desktop.get_by_role("button", name="新增渠道账号").click()
    desktop.get_by_label("类型").select_option("tencent_sms")
    desktop.get_by_label("名称").fill("腾讯云通知短信")
    desktop.get_by_label("标识").fill("tx-sms")
    look(desktop, "account-new")
    desktop.get_by_role("button", name="新增", exact=True).click()
    desktop.wait_for_url("**/accounts/tx-sms/")
    desktop.get_by_text("设置不全").wait_for()
    look(desktop, "account-unfinished")


@pytest.mark.parametrize("path", ["accounts/", "accounts/wx-main/", "accounts/stuck/"])
def test_nothing_is_wider_than_a_phone(
    phone: Any, live_server: Any, cast: Cast, accounts: Account, path: str
) -> None:
    sign_in(phone, cast.hua, live_server.url)
    phone.goto(f"{live_server.url}/channels/{path}")
    look(phone, f"phone-{path.strip('/').replace('/', '-')}")
    assert not phone.evaluate(WIDER)


def test_a_link_from_an_sms_opens_the_word_that_was_not_let_through(
    phone: Any, live_server: Any, cast: Cast, accounts: Account
) -> None:
    page_of_ours, now = accounts.fallback, timezone.now()
    assert page_of_ours is not None
    assert page_of_ours.account is not None
    secret = "s" * 22
    waiting = factory.address(page_of_ours.account, at=now, address=hash_of(secret))
    talk = hearing.open_conversation(page_of_ours, waiting, at=now)
    factory.message(talk, at=now, side="agent", name="林晓", text="包裹今天送到")
    Conversation.objects.update(agent_spoke_at=now)
    phone.goto(f"{live_server.url}/c/{page_of_ours.key}/#s={secret}")
    phone.get_by_text("包裹今天送到").wait_for()
    assert secret not in phone.url
    phone.locator("#say textarea, #say input[name=text]").first.fill("好的，谢谢")
    phone.locator("#say textarea, #say input[name=text]").first.press("Enter")
    phone.locator(".customer[data-seq]").first.wait_for()
    look(phone, "phone-fallback")
    talk.refresh_from_db()
    assert talk.stage == Stage.WAITING
    phone.reload()
    phone.get_by_text("包裹今天送到").wait_for()

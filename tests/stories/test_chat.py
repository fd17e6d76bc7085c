"""A visitor's chat and an agent's workbench side by side: eight at once, transfer, a killed browser, a cut line."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huhang.channels.actions import entrances
from huhang.channels.models import Conversation, Entrance, Message
from huhang.desk.actions import seats
from huhang.network.models import Person
from tests.cast import Cast, assemble
from tests.stories.conftest import PATIENCE, sign_in

SEES_TYPING = """new MutationObserver(([{ target }]) => { window.sawTyping ||= !target.hidden; })
    .observe(document.getElementById("typing"), { attributes: true })"""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.django_db(transaction=True),
]

WAIT = PATIENCE * 1000
VISITORS = 8


@pytest.fixture
def cast() -> Cast:
    cast = assemble()
    entrances.load_pack()
    Entrance.objects.update(calendar=None)  # people are there whenever this runs
    return cast


class Visitor:
    """Somebody with a telephone at the entrance of the website."""

    def __init__(self, chromium: Browser, town: str) -> None:
        self.page = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()
        self.page.goto(f"{town}/c/web-home/")

    def says(self, text: str) -> None:
        self.page.get_by_label("消息").fill(text)
        self.page.get_by_label("消息").press("Enter")

    def asks_for_somebody(self) -> None:
        self.page.get_by_role("button", name="人工客服").click()

    def hears(self, text: str) -> None:
        expect(self.page.locator(".word", has_text=text)).to_have_count(1, timeout=WAIT)


class Agent:
    """An agent at the workbench."""

    def __init__(self, chromium: Browser, town: str, person: Person) -> None:
        self.town, self.person = town, person
        self.context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        self.page: Page = self.context.new_page()
        sign_in(self.page, person, town)
        self.page.goto(f"{town}/desk/talk/")

    def opens(self, text: str) -> None:
        self.page.locator(".bench-row", has_text=text).first.locator("a").click(timeout=WAIT)
        expect(self.shown().locator(".bench-word", has_text=text)).to_have_count(1, timeout=WAIT)
        expect(self.shown().get_by_role("button", name="发送")).to_be_visible(timeout=WAIT)  # it is theirs

    def shown(self) -> Any:
        return self.page.locator(".bench-talk:not([hidden])")

    def says(self, text: str) -> None:
        field = self.shown().get_by_role("textbox")
        field.fill(text)
        field.press("Control+Enter")

    def hears(self, text: str) -> None:
        expect(self.shown().locator(".bench-word", has_text=text)).to_have_count(1, timeout=WAIT)


def at_work(cast: Cast, person: Person, chats: int = VISITORS) -> None:
    unit = cast.unit("HQ-CS")
    made = seats.open_seat(person=person, unit=unit, by=None, now=timezone.now())
    type(made).objects.filter(pk=made.pk).update(chats=chats)
    seats.set_status(seat_id=made.pk, status="available", by=person, now=timezone.now())
    seats.beat(person_id=person.pk, now=timezone.now())


def test_one_agent_talks_with_eight_at_once_and_nothing_is_lost(
    town: str, cast: Cast, chromium: Browser
) -> None:
    at_work(cast, cast.lin)
    lin = Agent(chromium, town, cast.lin)
    visitors = [Visitor(chromium, town) for _ in range(VISITORS)]
    for number, visitor in enumerate(visitors):
        visitor.asks_for_somebody()
        visitor.says(f"我是第{number}位，包裹没到")
    for number, visitor in enumerate(visitors):
        lin.opens(f"我是第{number}位")
        lin.says(f"第{number}位您好，马上为您查")
        visitor.hears(f"第{number}位您好")
    for number, visitor in enumerate(visitors):
        visitor.says(f"第{number}位谢谢")
    for number in range(VISITORS):
        lin.opens(f"第{number}位谢谢")

    # The page is loaded again: every word is there once, in its order.
    visitors[0].page.reload()
    visitors[0].hears("第0位您好")
    visitors[0].hears("第0位谢谢")
    # The line is cut while somebody writes; when it is back, the word arrives once.
    visitors[1].page.context.set_offline(True)
    visitors[1].says("断线时写的")
    visitors[1].page.context.set_offline(False)
    lin.opens("断线时写的")
    expect(visitors[1].page.locator(".word.is-failed")).to_have_count(0, timeout=WAIT)
    for talk in Conversation.objects.all():
        numbers = list(talk.messages.values_list("seq", flat=True))
        assert numbers == list(range(1, talk.last_seq + 1))
    assert Message.objects.filter(text="断线时写的").count() == 1


def test_an_agent_whose_browser_is_killed_loses_neither_talk_nor_draft(
    town: str, cast: Cast, chromium: Browser
) -> None:
    at_work(cast, cast.lin)
    lin = Agent(chromium, town, cast.lin)
    visitor = Visitor(chromium, town)
    visitor.asks_for_somebody()
    visitor.says("赔付什么时候到账")
    lin.opens("赔付什么时候到账")
    lin.shown().get_by_role("textbox").fill("正在为您核实到账")
    lin.page.wait_for_timeout(2000)
    lin.context.close()  # a closed lid: no word, no farewell
    at_work(cast, cast.hua)
    hua = Agent(chromium, town, cast.hua)
    visitor.page.locator(".word", has_text="重新安排").wait_for(timeout=60_000)
    hua.page.locator(".bench-row", has_text="赔付什么时候到账").first.wait_for(timeout=60_000)
    hua.opens("赔付什么时候到账")
    expect(hua.shown().get_by_role("textbox")).to_have_value("正在为您核实到账", timeout=WAIT)
    hua.says("已到账，请查收")
    visitor.hears("已到账，请查收")


def test_a_talk_is_passed_on_with_a_note(town: str, cast: Cast, chromium: Browser) -> None:
    at_work(cast, cast.lin)
    lin = Agent(chromium, town, cast.lin)
    visitor = Visitor(chromium, town)
    visitor.asks_for_somebody()
    visitor.says("我要找理赔")
    lin.opens("我要找理赔")
    at_work(cast, cast.hua)
    hua = Agent(chromium, town, cast.hua)
    lin.shown().get_by_role("button", name="转出").click()
    colleague = lin.page.get_by_label("给同事")
    colleague.select_option(colleague.locator("option", has_text=str(cast.hua)).get_attribute("value"))
    lin.page.get_by_label("交接说明（只有同事能看到）").fill("客户要求赔付")
    lin.page.locator("#dialog").get_by_role("button", name="转出").click()
    hua.opens("客户要求赔付")
    hua.hears("我要找理赔")
    # A sign of some seconds, which a busy machine may show too late once: people go on writing.
    visitor.page.evaluate(SEES_TYPING)
    for _ in range(WAIT // 2000):
        hua.shown().get_by_role("textbox").press_sequentially("正在核实金额", delay=60)
        hua.page.wait_for_timeout(2000)
        if visitor.page.evaluate("window.sawTyping"):
            break
    assert visitor.page.evaluate("window.sawTyping")
    expect(visitor.page.locator("body")).not_to_contain_text("核实金额")  # that, and never what
    hua.says("理赔同事为您服务")
    visitor.hears("理赔同事为您服务")
    expect(visitor.page.locator("#typing")).to_be_hidden(timeout=WAIT)
    expect(visitor.page.locator(".word", has_text="客户要求赔付")).to_have_count(0)

"""One case through many hands: outlet and customer on their phones, a hub, a province, the agent who owns it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.desk.actions import clocks, progress, steps
from huhang.desk.actions.assignment import assign_to
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Clock, Step, StepRating, Ticket
from huhang.desk.rules.kinds import Obligation, StepState
from huhang.network.models import Grant, Person
from tests.cast import Cast
from tests.desk.scenes import opening
from tests.stories.conftest import PATIENCE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)
WIDER = "document.documentElement.scrollWidth > innerWidth"


def a_person(cast: Cast, username: str, name: str, role: str, unit: str) -> Person:
    person = Person.objects.create_user(
        username=username, password="x", display_name=name, home=cast.unit(unit)
    )
    Grant.objects.create(person=person, role=role, unit=cast.unit(unit))
    return person


def a_case(cast: Cast, ago: int = 0) -> Ticket:
    """A complaint that Lin answers for from end to end."""
    now = timezone.now() - ago * MINUTE
    ticket, _ = open_ticket(opening(cast), by=cast.lin, now=now)
    return assign_to(ticket_no=ticket.no, person=cast.lin, reason="客户点名", by=cast.hua, now=now)


def act(page: Any, verb: str) -> Any:
    """A verb from the first row's menu."""
    page.locator(".todo-more summary").first.click()
    page.locator(".todo-more[open]").get_by_role("button", name=verb).click()
    return page.locator("dialog[open]")


@pytest.fixture
def customer(chromium: Any, leave: Callable[[Any], None]) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    yield page
    leave(context)


@pytest.mark.slow
@pytest.mark.alone
def test_an_outlet_acts_on_its_phone_while_the_customer_watches(
    cast: Cast, town: str, phone: Any, desktop: Any, customer: Any
) -> None:
    expect.set_options(timeout=PATIENCE * 1000)
    sign_in(phone, cast.gao, town)
    phone.goto(f"{town}/desk/")
    expect(phone.locator(".empty-note")).to_be_visible()
    sign_in(desktop, cast.lin, town)
    desktop.goto(f"{town}/desk/?tab=mine")

    ticket = a_case(cast)
    customer.goto(f"{town}/p/{progress.issue_link(ticket=ticket, now=timezone.now())}")
    row = phone.locator("[data-row]")
    expect(row).to_contain_text("网点核实情况")
    expect(row).to_contain_text("待答复")
    expect(row.locator(".new-mark")).to_be_visible()
    expect(phone.locator(".do-now-best")).to_contain_text("客户已等")
    expect(desktop.locator("[data-row]")).to_contain_text("网点核实情况")

    row.get_by_role("button", name="认领").click()
    expect(row).to_contain_text("我的")
    dialog = act(phone, "办结本步")
    dialog.locator("textarea").fill("外箱在装车时受压，已拍照")
    dialog.locator(".btn-primary").click()
    expect(phone.locator("dialog[open]")).to_have_count(0)
    expect(phone.locator(".empty-note")).to_be_visible()
    assert phone.url == f"{town}/desk/"
    assert not phone.evaluate(WIDER)

    expect(customer.locator(".steps .is-done").last).to_contain_text("外箱在装车时受压")
    customer.locator(".stars label").first.click()
    customer.click(".rate button")
    expect(customer.locator(".steps .rated")).to_contain_text("您评了 5 星")
    expect(desktop.locator("[data-row]")).to_contain_text("客服回访并给出方案")

    ticket.refresh_from_db()
    first = Step.objects.get(ticket=ticket, order=1)
    assert (ticket.owner, first.handler, first.state) == (cast.lin, cast.gao, StepState.DONE)
    assert StepRating.objects.get(step=first).score == 5


def test_a_hub_sends_back_what_is_not_its_own(cast: Cast, live_server: Any, desktop: Any) -> None:
    mei = a_person(cast, "mei", "梅师傅", "hub_handler", "SZ-HUB")
    ticket = a_case(cast)
    steps.add(
        ticket_no=ticket.no,
        unit_code="SZ-HUB",
        title="查分拨监控",
        minutes=30,
        by=cast.lin,
        now=timezone.now(),
    )
    sign_in(desktop, mei, live_server.url)
    desktop.goto(f"{live_server.url}/desk/")
    expect(desktop.locator("[data-row]")).to_have_count(1)
    expect(desktop.locator("[data-row]")).to_contain_text("查分拨监控")
    dialog = act(desktop, "退回")
    dialog.locator("[name=reason]").fill("本分拨没有到件扫描，请查上一站")
    dialog.locator(".btn-primary").click()
    expect(desktop.locator(".empty-note")).to_be_visible()

    sign_in(desktop, cast.lin, live_server.url)
    desktop.goto(f"{live_server.url}/desk/?tab=mine")
    expect(desktop.locator("[data-row]")).to_contain_text("查分拨监控")
    desktop.locator("[data-row] a").first.click()
    expect(desktop.locator("#case")).to_contain_text("请查上一站")
    open_ones = Step.objects.filter(ticket=ticket, state=StepState.OPEN)
    assert {(step.title, step.handler) for step in open_ones} == {
        ("网点核实情况", None),
        ("查分拨监控", cast.lin),
    }


def test_a_province_sees_overtime_and_hands_a_step_to_another(
    cast: Cast, live_server: Any, phone: Any
) -> None:
    sheng = a_person(cast, "sheng", "盛总", "province_lead", "JS")
    ticket = a_case(cast, ago=180)
    clocks.fire_due(now=timezone.now())
    ticket.refresh_from_db()
    assert ticket.escalated_to is not None
    promise = Clock.objects.get(ticket=ticket, obligation=Obligation.CLOSE)
    owner, due_at = ticket.owner, promise.due_at

    sign_in(phone, sheng, live_server.url)
    phone.goto(f"{live_server.url}/desk/wall/")
    expect(phone.locator(".wall-figures .is-late dd")).to_have_text("1")
    expect(phone.locator(".tile.is-late")).to_contain_text("苏州")
    expect(phone.locator(".wall-late").first).to_contain_text("吴中网点")

    phone.goto(f"{live_server.url}/desk/")
    expect(phone.locator("[data-row]")).to_contain_text("已升级")
    dialog = act(phone, "移交")
    dialog.locator("#unit-term").fill("西湖")
    expect(dialog.locator("#units label")).to_have_count(1)
    dialog.locator("[name=unit][value=HZ-XH]").check()
    dialog.locator("[name=reason]").fill("包裹已转至杭州")
    dialog.locator(".btn-primary").click()
    expect(phone.locator("dialog[open]")).to_have_count(0)

    ticket.refresh_from_db()
    promise.refresh_from_db()
    assert (ticket.owner, promise.due_at) == (owner, due_at)
    assert Step.objects.get(ticket=ticket, state=StepState.OPEN).unit == cast.unit("HZ-XH")
    xihu = a_person(cast, "xihu", "西湖", "outlet_owner", "HZ-XH")
    sign_in(phone, xihu, live_server.url)
    phone.goto(f"{live_server.url}/desk/")
    expect(phone.locator("[data-row]")).to_contain_text("网点核实情况")

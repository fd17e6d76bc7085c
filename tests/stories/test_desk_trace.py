"""A lost telephone, from the order to the report, by people with telephones of their own."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Attachment, TraceOrder
from huhang.desk.rules.kinds import Kind
from huhang.journey.queries.scans import Told
from huhang.journey.rules.codes import Code
from huhang.journey.rules.status import Scan
from huhang.network.models import Grant, Person
from tests.cast import Cast
from tests.desk.scenes import opening
from tests.factories import journey
from tests.pictures import photo
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYBILL = "SX7730000000011"
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def way(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """It came to the hub of Suzhou, and never to the outlet."""
    now = timezone.now()
    journey.waybill(WAYBILL, origin=cast.unit("HZ-XH"), dest=cast.unit("SZ-WZ"))
    scans = [
        Scan(now - timedelta(hours=30), Code.PICKED_UP, node="HZ-XH"),
        Scan(now - timedelta(hours=20), Code.ARRIVED, node="SZ-HUB"),
    ]
    monkeypatch.setattr(
        "huhang.journey.queries.trace.told_of", lambda no: Told(scans if no == WAYBILL else [])
    )


def at(cast: Cast, unit: str) -> Person:
    person = Person.objects.create_user(
        username=f"at-{unit}", password="x", display_name="值班", home=cast.unit(unit)
    )
    Grant.objects.create(person=person, role="hub_handler", unit=cast.unit(unit))
    return person


def from_window(page: Any, person: Person, url: str) -> Any:
    """The search stands on top of the unit's window; its row leads to the unit's own node."""
    sign_in(page, person, url)
    page.goto(f"{url}/desk/")
    page.locator("[data-row].is-trace a").first.click()
    page.wait_for_url("**/desk/traces/*/#node-*")
    return page.locator(".trace-node:has(.trace-acts)")


def answer(page: Any, node: Any, choice: str, **fields: str) -> None:
    node.get_by_role("button", name="反馈结果").click()
    dialog = page.locator("dialog[open]")
    dialog.locator(f"[name=answer][value={choice}]").check()
    for name, value in fields.items():
        dialog.locator(f"[name={name}]").fill(value)
    if choice == "not_here":
        dialog.locator("[name=files]").set_input_files(
            [{"name": "库区.jpg", "mimeType": "image/jpeg", "buffer": photo()}]
        )
    dialog.locator(".btn-primary").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_from_loss_to_recovery(
    phone: Any, live_server: Any, cast: Cast, way: None, settings: Any, tmp_path: Path
) -> None:
    settings.FILES = tmp_path
    url = live_server.url
    case, _ = open_ticket(
        opening(cast, Kind.CLAIM, value=Decimal(5000), waybill_no=WAYBILL), by=cast.lin, now=timezone.now()
    )
    sign_in(phone, cast.hua, url)
    phone.goto(f"{url}/desk/t/{case.no}/")
    phone.get_by_role("button", name="下达追查令").click()
    expect(phone.locator("dialog[open] [name=value]")).to_have_value("5000.00")
    phone.locator("dialog[open] .btn-primary").click()
    phone.wait_for_url("**/desk/traces/*/")
    expect(phone.locator(".trace-node")).to_have_count(3)
    assert not phone.evaluate(WIDER)
    address = phone.url

    node = from_window(phone, at(cast, "HZ-XH"), url)
    node.get_by_role("button", name="收到，马上查").click()
    expect(phone.locator(".is-searching")).to_have_count(1)
    answer(phone, phone.locator(".trace-node:has(.trace-acts)"), "not_here", counted="312")
    expect(phone.locator(".is-not_here")).to_contain_text("清点 312 件")

    node = from_window(phone, cast.gao, url)
    answer(phone, node, "unsure", words="昨晚停电，监控没有录上")
    expect(phone.locator(".is-unsure")).to_contain_text("停电")

    node = from_window(phone, at(cast, "SZ-HUB"), url)
    answer(phone, node, "found", where="3 号滑槽下方", counted="88")
    expect(phone.locator(".is-found")).to_have_count(1)

    sign_in(phone, cast.hua, url)
    phone.goto(address)
    expect(phone.locator(".trace-evidence img")).to_have_count(1)
    phone.get_by_role("button", name="写结案报告").click()
    phone.locator("dialog[open] [name=report]").fill("在苏州分拨 3 号滑槽下找到，已补扫并派出。")
    phone.locator("dialog[open] .btn-primary").click()
    expect(phone.locator("#trace-order")).to_contain_text("挽回")
    assert not phone.evaluate(WIDER)

    order = TraceOrder.objects.get()
    assert (order.state, order.recovered, order.found_where) == ("closed", Decimal(5000), "3 号滑槽下方")
    assert Attachment.objects.filter(ticket=order.ticket).count() == 1
    phone.goto(f"{url}/desk/t/{case.no}/")
    expect(phone.locator(".story")).to_contain_text("包裹已在苏州分拨中心找到")

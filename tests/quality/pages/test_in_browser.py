"""One tap on a phone, and what becomes of it at a desk."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.channels.actions import lines, talking, visiting
from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Conversation
from huhang.channels.rules.conversation import ClosedBecause
from huhang.desk.actions import progress, tickets
from huhang.quality.actions import answering, asking, touching
from huhang.quality.models import CallBack, Survey
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import channels
from tests.factories import quality as make
from tests.look import LOOK, look
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDER = "document.documentElement.scrollWidth > innerWidth"


def a_resolved_case(cast: Cast) -> Any:
    ticket = a_ticket(cast)
    while ticket.is_live:
        ticket = tickets.resolve(ticket_no=ticket.no, result="已赔付 200 元", by=cast.hua, now=timezone.now())
    return ticket


def test_one_tap_and_somebody_calls_back(cast: Cast, phone: Any, desktop: Any, live_server: Any) -> None:
    make.survey_terms(quiet_from="00:00", quiet_to="00:00")
    ticket, now = a_resolved_case(cast), timezone.now()
    touching.case_ended(ticket.pk, now=now)
    asking.send_due(now=now)
    survey = Survey.objects.get()
    # The customer opens the link of the SMS: one tap, then words.
    phone.goto(f"{live_server.url}/s/{token_of(survey.key)}")
    look(phone, "survey-390")
    phone.get_by_role("button", name="非常不满意").click()
    expect(phone.get_by_role("heading", name="谢谢您的评价")).to_be_visible()
    phone.get_by_role("button", name="没有解决").click()
    phone.get_by_label("您的意见").fill("说好的赔付还没有到账，打了两次电话都让我等。")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_text("说好的赔付还没有到账").first).to_be_visible()
    look(phone, "survey-thanks-390")
    assert not phone.evaluate(WIDER)
    # The answer stands: an agent finds it on the list, calls, and writes what came of it.
    Survey.objects.update(settles_at=now, answered_at=now - timedelta(minutes=5))
    assert answering.settle_due(now=timezone.now()) == 1
    sign_in(desktop, cast.lin, live_server.url)
    desktop.goto(f"{live_server.url}/quality/unhappy/")
    row = desktop.locator(".unhappy-row", has_text="说好的赔付还没有到账")
    expect(row.locator(".clock")).to_be_visible()
    look(desktop, "unhappy-1440")
    row.get_by_role("button", name="认领").click()
    row.get_by_role("button", name="写回访结果").click()
    dialog = desktop.get_by_role("dialog")
    dialog.get_by_label("已解决，客户认可").check()
    dialog.get_by_label("说明").fill("已催财务，今天 15 点到账，客户认可。")
    look(desktop, "call-back-1440")
    dialog.get_by_role("button", name="办结回访").click()
    expect(desktop.get_by_text("没有要回访的客户")).to_be_visible()
    expect(dialog).not_to_be_visible()
    back = CallBack.objects.get()
    assert (back.outcome, back.done_by, back.ticket.is_live) == ("settled", cast.lin, False)


def test_a_link_of_a_mail_is_an_answer_once_somebody_looks(cast: Cast, phone: Any, live_server: Any) -> None:
    survey = make.survey(cast.unit("SZ-WZ"), at=timezone.now())
    address = f"{live_server.url}/s/{token_of(survey.key)}"
    phone.goto(f"{address}?a=5")
    expect(phone.get_by_role("heading", name="谢谢您的评价")).to_be_visible()
    assert phone.url == address
    survey.refresh_from_db()
    assert (survey.score, survey.is_auto) == (5, True)


def test_the_chat_ends_with_a_card(cast: Cast, phone: Any, live_server: Any) -> None:
    now = timezone.now()
    door = channels.entrance(cast.unit("SZ-WZ"), name="官网在线客服", key="web-card")
    secret, talk = visiting.come(door, secret="", scenario="", now=now)
    talking.customer_says(talk.no, text="我的快递到哪了", key="k", now=now)
    lines.ask_for_somebody(Conversation.objects.get(pk=talk.pk), now=now)
    talking.take(talk.no, by=cast.lin, now=now)
    talking.say(talk.no, text="已到吴中网点，今天下午送。", by=cast.lin, key="a", now=now)
    phone.goto(f"{live_server.url}/c/web-card/#s={secret}")
    expect(phone.get_by_text("今天下午送")).to_be_visible()
    talking.close(talk.no, because=ClosedBecause.DONE, by=cast.lin, now=now)
    touching.talk_ended(talk.pk, now=now)
    asking.send_due(now=now)
    phone.evaluate("dispatchEvent(new Event('online'))")
    look(phone, "card-390")
    phone.locator(".survey").get_by_role("button", name="非常满意").click()
    expect(phone.get_by_text("谢谢您的评价")).to_be_visible()
    look(phone, "card-thanks-390")
    assert Survey.objects.get().score == 5


def test_a_case_asks_on_its_progress_page(cast: Cast, phone: Any, live_server: Any) -> None:
    now = timezone.now()
    ticket = a_resolved_case(cast)
    token = progress.issue_link(ticket=ticket, now=now)
    make.touch(ticket.unit, at=now, ticket=ticket, survey=make.survey(ticket.unit, at=now))
    phone.goto(f"{live_server.url}/p/{token}")
    look(phone, "progress-390")
    phone.locator("#asked").get_by_role("button", name="非常满意").click()
    expect(phone.get_by_role("heading", name="谢谢您的评价")).to_be_visible()
    assert Survey.objects.get().score == 5


@pytest.fixture
def month(cast: Cast) -> None:
    """A month of answers at two outlets and the service centre."""
    now = timezone.now()
    words = ["态度很好，当天就解决了", "", "等了很久才接通", "", "快递员电话一直打不通", "解释得很清楚"]
    for number in range(36):
        unit = cast.unit(("SZ-WZ", "SZ-GS", "HQ-CS")[number % 3])
        at = now - timedelta(hours=19 * number + 1)
        score = (5, 5, 4, 5, 2, 3, 5, 1, 4)[number % 9]
        facts = {
            "agent": (cast.lin, cast.hua)[number % 2],
            "words": words[number % 6],
            "is_solved": score > 2,
        }
        survey = (
            make.survey(unit, at=at)
            if number % 4 == 3
            else make.answered(unit, at=at, score=score, sort=("case", "call")[number % 2], **facts)
        )
        judged = {"judged_at": at} if number > 8 else {}
        touch = make.touch(
            unit, at=at, survey=survey, agent=facts["agent"], waybill_no=f"SX77300000{number:05d}", **judged
        )
        if number % 5 == 4:
            touch.repeated_by = make.touch(unit, at=at + timedelta(hours=30), agent=cast.lin)
            touch.save()
        if survey.answered_at and score <= 2:
            back = make.call_back(survey, at=at)
            back.ticket.next_due_at, back.ticket.next_due_from = at + timedelta(hours=24), at
            back.ticket.owner, back.ticket.claimed_at = (cast.lin, at) if number % 2 else (None, None)
            back.ticket.save()


def test_no_page_is_wider_than_a_phone(
    cast: Cast, month: None, phone: Any, desktop: Any, live_server: Any
) -> None:
    pages = ["", "?by=agent", "unhappy/", "unhappy/?show=all", "first-time/", "contacts/?which=all", "terms/"]
    sign_in(phone, cast.hua, live_server.url)
    sign_in(desktop, cast.hua, live_server.url)
    for number, page in enumerate(pages):
        phone.goto(f"{live_server.url}/quality/{page}")
        look(phone, f"page-{number}-390")
        assert not phone.evaluate(WIDER), page
        if LOOK:
            desktop.goto(f"{live_server.url}/quality/{page}")
            look(desktop, f"page-{number}-1440")

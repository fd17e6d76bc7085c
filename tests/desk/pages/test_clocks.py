"""The clocks of a case on its page: the whole calculation in words, and weighing it anew."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from huhang.desk.actions import clocks, weighing
from huhang.desk.models import ClockPolicy, Ticket
from huhang.desk.rules.kinds import Obligation, Priority
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def told(person: Person, ticket: Ticket, clock_id: int) -> tuple[int, str]:
    answer = signed_in(person).get(reverse("desk:explain_clock", args=[ticket.no, clock_id]))
    return answer.status_code, answer.content.decode()


class TestExplain:
    def test_tells_policy_pause_change_and_whom_it_called(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        ClockPolicy.objects.create(
            obligation=Obligation.CLOSE,
            priority=Priority.URGENT,
            kind="complaint",
            minutes=120,
            source="媒体案",
        )
        clocks.pause(ticket_no=ticket.no, reason="weather", by=cast.gao, now=NOON + 10 * MINUTE)
        clocks.resume(ticket_no=ticket.no, by=cast.gao, now=NOON + 40 * MINUTE)
        weighing.weigh(
            ticket_no=ticket.no,
            priority=Priority.URGENT,
            reason="媒体关注",
            by=cast.lin,
            now=NOON + 50 * MINUTE,
        )
        clocks.fire_due(now=NOON + 200 * MINUTE)
        close = ticket.clocks.get(obligation=Obligation.CLOSE)
        status, shown = told(cast.gao, ticket, close.pk)
        assert status == 200
        for words in ("媒体案", "恶劣天气", "媒体关注", "2 天", "2 小时", "计 10 分", "吴中网点", "也适用"):
            assert words in shown, words
        assert "与登记不一致" not in shown

    def test_every_clock_of_a_case_has_its_page(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert {told(cast.gao, ticket, clock.pk)[0] for clock in ticket.clocks.all()} == {200}

    def test_is_not_found_next_door_nor_on_another_case(self, cast: Cast) -> None:
        ticket, other = a_ticket(cast), a_ticket(cast)
        mine, foreign = ticket.clocks.all()[0], other.clocks.all()[0]
        assert told(cast.qian, ticket, mine.pk)[0] == 404
        assert told(cast.gao, ticket, foreign.pk)[0] == 404


class TestWeighing:
    def test_is_asked_for_with_a_reason(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        door = reverse("desk:weigh", args=[ticket.no])
        client = signed_in(cast.gao)
        assert "原因" in client.get(door).content.decode()
        assert client.post(door, {"priority": "urgent", "reason": ""}).status_code == 422
        assert client.post(door, {"priority": "urgent", "reason": "客户投诉两次"}).status_code == 204
        ticket.refresh_from_db()
        assert ticket.priority == Priority.URGENT

    def test_is_not_for_the_outlet_next_door(self, cast: Cast) -> None:
        door = reverse("desk:weigh", args=[a_ticket(cast).no])
        assert signed_in(cast.qian).post(door, {"priority": "urgent", "reason": "客户"}).status_code == 404

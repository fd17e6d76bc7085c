"""The seats of a team, one's own switch, and why a case went where it went."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from huhang.desk.actions import assignment, rounds, seats
from huhang.desk.models import AssignmentPolicy, PortfolioMember, Seat, Ticket
from huhang.desk.rules.assignment import Status
from huhang.network.models import Grant, Person
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import get, post, signed_in, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def lin(cast: Cast) -> Seat:
    """Lin at her seat in the customer-service centre."""
    Person.objects.filter(pk=cast.lin.pk).update(home=cast.unit("HQ-CS"))
    cast.lin.refresh_from_db()
    return factory.seat(cast.lin, now=NOON, kinds=["complaint"], capacity=5)


def given(cast: Cast) -> Ticket:
    ticket = a_ticket(cast)
    rounds.assign_waiting(now=NOON)
    return ticket


class TestTeam:
    def test_opens_empty_and_full(self, cast: Cast, lin: Seat) -> None:
        ticket = given(cast)
        waits = a_ticket(cast, title="没有人接的投诉")
        page = text(get(cast.hua, "desk:seats"))
        assert "林晓" in page
        assert "2 / 5 分" in page
        assert waits.title in page
        assert Ticket.objects.get(pk=ticket.pk).owner == cast.lin
        Seat.objects.update(is_active=False)
        assert "还没有席位" in text(get(cast.hua, "desk:seats"))

    def test_costs_the_same_however_many_there_are(
        self, cast: Cast, lin: Seat, django_assert_max_num_queries
    ) -> None:
        for number in range(5):
            person = Person.objects.create_user(username=f"a{number}", home=cast.unit("HQ-CS"))
            factory.seat(person, now=NOON)
            a_ticket(cast)
        client = signed_in(cast.hua)
        client.get(reverse("desk:seats"))
        with django_assert_max_num_queries(13):
            client.get(reverse("desk:seats"), headers={"HX-Request": "true"})

    def test_the_outlet_sees_its_own_seats_only(self, cast: Cast, lin: Seat) -> None:
        assert "林晓" not in text(get(cast.gao, "desk:seats"))
        assert get(cast.gao, "desk:seat", lin.pk).status_code == 404
        assert post(cast.gao, "desk:take_off", lin.pk).status_code == 404
        assert post(cast.gao, "desk:close_seat", lin.pk).status_code == 404
        assert get(cast.gao, "desk:portfolio", lin.pk).status_code == 404
        assert get(cast.nobody, "desk:seats").status_code == 403
        assert get(cast.lin, "desk:seat", lin.pk).status_code == 403

    def test_a_lead_says_what_somebody_can_do(self, cast: Cast, lin: Seat) -> None:
        assert "林晓" in text(get(cast.hua, "desk:seat", lin.pk))
        answer = post(
            cast.hua, "desk:seat", lin.pk, kinds=["claim", "inquiry"], skills="法务、大客户,VIP", languages="en",
            products="", level=2, capacity=9, chats=3,
        )  # fmt: skip
        assert answer["HX-Retarget"] == "#seats"
        lin.refresh_from_db()
        assert (lin.kinds, lin.skills, lin.capacity) == (["claim", "inquiry"], ["VIP", "大客户", "法务"], 9)
        assert (lin.chats, lin.takes_by_itself) == (3, False)
        assert "会话 3 个，手动领取" in text(get(cast.hua, "desk:seats"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"level": 0},
            {"capacity": -1},
            {"chats": 51},
            {"kinds": ["nonsense"]},
            {"skills": "字" * 41},
            {"x": "y"},
        ],
    )
    def test_nonsense_is_refused(self, cast: Cast, lin: Seat, wrong: dict[str, Any]) -> None:
        fields: dict[str, Any] = {"level": 1, "capacity": 5, **wrong}
        assert post(cast.hua, "desk:seat", lin.pk, **fields).status_code == 422

    def test_a_lead_opens_a_seat_takes_off_and_closes(self, cast: Cast) -> None:
        assert "高老板" in text(get(cast.hua, "desk:open_seat"))
        post(cast.hua, "desk:open_seat", colleague=cast.gao.pk, level=1, capacity=4)
        seat = Seat.objects.get(person=cast.gao)
        assert (seat.unit, seat.capacity) == (cast.unit("SZ-WZ"), 4)
        assert (
            post(cast.qian, "desk:open_seat", colleague=cast.hua.pk, level=1, capacity=4).status_code == 404
        )
        seats.set_status(seat_id=seat.pk, status=Status.AVAILABLE, by=cast.gao, now=NOON)
        post(cast.hua, "desk:take_off", seat.pk)
        seat.refresh_from_db()
        assert seat.status == Status.OFFLINE
        post(cast.hua, "desk:close_seat", seat.pk)
        seat.refresh_from_db()
        assert not seat.is_active

    def test_a_portfolio_grows_and_shrinks(self, cast: Cast, lin: Seat) -> None:
        page = text(post(cast.hua, "desk:portfolio", lin.pk, thing="courier", code="ZHANG"))
        assert "张师傅" in page
        assert post(cast.hua, "desk:portfolio", lin.pk, thing="unit", code="NOWHERE").status_code == 404
        member = PortfolioMember.objects.get()
        assert post(cast.hua, "desk:withdraw_portfolio", lin.pk, member.pk + 1).status_code == 404
        post(cast.hua, "desk:withdraw_portfolio", lin.pk, member.pk)
        member.refresh_from_db()
        assert member.until is not None

    def test_an_outlet_puts_nobody_in_charge_of_its_neighbours(self, cast: Cast) -> None:
        seat = factory.seat(cast.gao, now=NOON)
        assert post(cast.gao, "desk:portfolio", seat.pk, thing="unit", code="SZ-GS").status_code == 404
        assert post(cast.gao, "desk:portfolio", seat.pk, thing="unit", code="SZ-WZ").status_code == 200


class TestOwnSeat:
    def test_whoever_has_none_is_shown_nothing(self, cast: Cast) -> None:
        assert get(cast.gao, "desk:own_seat").status_code == 204

    def test_is_switched_by_whoever_sits_there(self, cast: Cast, lin: Seat) -> None:
        assert 'data-status="available"' in text(get(cast.lin, "desk:own_seat"))
        assert 'data-status="busy"' in text(post(cast.lin, "desk:own_seat", status="busy"))
        assert Seat.objects.get().status == Status.BUSY
        assert post(cast.lin, "desk:own_seat", status="asleep").status_code == 422

    def test_a_beat_says_how_the_server_sees_it(
        self, cast: Cast, lin: Seat, django_assert_num_queries
    ) -> None:
        client = signed_in(cast.lin)
        with django_assert_num_queries(3):  # the session, the person, and the one statement
            answer = client.post(reverse("desk:seat_beat"))
        assert answer.json() == {"status": "available"}
        assert signed_in(cast.gao).post(reverse("desk:seat_beat")).json() == {"status": None}


class TestWhy:
    def test_says_it_in_words_with_the_candidates_of_then(self, cast: Cast, lin: Seat) -> None:
        ticket = given(cast)
        Seat.objects.update(capacity=99)
        page = text(get(cast.lin, "desk:assignment", ticket.no))
        assert "为什么是我" in page
        assert "最合适" in page
        assert "0 / 5" in page
        assert "为什么在林晓那里" in text(get(cast.hua, "desk:assignment", ticket.no))

    def test_an_outlet_reads_why_but_not_what_colleagues_carry(self, cast: Cast, lin: Seat) -> None:
        ticket = given(cast)
        page = text(get(cast.gao, "desk:assignment", ticket.no))
        assert "另有 1 位同事" in page
        assert "0 / 5" not in page

    def test_another_outlets_case_is_not_found(self, cast: Cast, lin: Seat) -> None:
        ticket = given(cast)
        for name in ("desk:assignment", "desk:assignment_side", "desk:assign"):
            assert get(cast.qian, name, ticket.no).status_code == 404
        assert post(cast.qian, "desk:unassign", ticket.no, reason="x").status_code == 404
        assert get(cast.lin, "desk:assign", ticket.no).status_code == 403

    def test_a_case_that_nobody_was_given_says_so(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert "没有自动派过" in text(get(cast.hua, "desk:assignment", ticket.no))
        assert "还没有人负责" in text(get(cast.hua, "desk:assignment_side", ticket.no))

    def test_the_side_says_who_and_why(self, cast: Cast, lin: Seat) -> None:
        page = text(get(cast.hua, "desk:assignment_side", given(cast).no))
        assert "林晓" in page
        assert "最合适" in page

    def test_a_lead_gives_it_to_somebody_and_takes_it_back(self, cast: Cast, lin: Seat) -> None:
        zhao = Person.objects.create_user(username="zhao", display_name="赵宁", home=cast.unit("HQ-CS"))
        Grant.objects.create(person=zhao, role="agent", unit=cast.unit("HQ"))
        factory.seat(zhao, now=NOON, is_there=False)
        ticket = given(cast)
        assert "赵宁" in text(get(cast.hua, "desk:assign", ticket.no))
        answer = post(cast.hua, "desk:assign", ticket.no, colleague=zhao.pk, reason="熟悉此客户")
        assert answer["HX-Retarget"] == "#decisions"
        assert "熟悉此客户" in text(answer)
        assert (
            post(cast.hua, "desk:assign", ticket.no, colleague=cast.gao.pk, reason="没有席位").status_code
            == 404
        )
        post(cast.hua, "desk:unassign", ticket.no, reason="回避")
        assert Ticket.objects.get(pk=ticket.pk).owner is None

    def test_a_full_colleague_is_refused_in_words(self, cast: Cast, lin: Seat) -> None:
        Seat.objects.update(capacity=0)
        answer = post(cast.hua, "desk:assign", a_ticket(cast).no, colleague=cast.lin.pk, reason="急")
        assert (answer.status_code, "已达上限" in text(answer)) == (409, True)

    def test_by_hand_names_who_decided(self, cast: Cast, lin: Seat) -> None:
        ticket = a_ticket(cast)
        assignment.assign_to(ticket_no=ticket.no, person=cast.lin, reason="熟悉", by=cast.hua, now=NOON)
        assert "hua：熟悉" in text(get(cast.hua, "desk:assignment", ticket.no))


class TestWeights:
    def test_headquarters_says_what_cases_weigh_and_who_gets_them(self, cast: Cast) -> None:
        assert "投诉" in text(get(cast.hua, "desk:weights"))
        row = AssignmentPolicy.objects.get(kind="urge", priority="")
        assert "催派" in text(get(cast.hua, "desk:weight", row.pk))
        fields: dict[str, Any] = {"points": 3, "level": 2, "needs": "法务", "gets_owner": "true"}
        assert post(cast.hua, "desk:weight", row.pk, **fields)["HX-Retarget"] == "#weights"
        row.refresh_from_db()
        assert (row.points, row.level, row.needs, row.gets_owner) == (3, 2, ["法务"], True)

    def test_nobody_else_does(self, cast: Cast) -> None:
        row = AssignmentPolicy.objects.get(kind="urge", priority="")
        assert get(cast.gao, "desk:weights").status_code == 403
        assert post(cast.gao, "desk:weight", row.pk, points=1, level=1).status_code == 403
        assert get(cast.hua, "desk:weight", 999).status_code == 404
        assert post(cast.hua, "desk:weight", row.pk, points=0, level=1).status_code == 422

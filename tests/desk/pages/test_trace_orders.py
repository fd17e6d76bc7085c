"""The pages of a trace order: who sees what, what a node may send, and what they cost."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from huhang.desk.actions import trace_orders as verbs
from huhang.desk.models import Ticket, TraceOrder, TraceSearch
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.trace_orders import OrderState
from huhang.journey.queries.scans import Told
from huhang.journey.rules.codes import Code
from huhang.journey.rules.status import Scan
from huhang.network.models import Grant, Person
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import PART, get, post, signed_in, text
from tests.desk.scenes import a_ticket
from tests.factories import journey

HOUR = timedelta(hours=1)
WAYBILL = "SX7730000000011"
REPORT = "在苏州分拨 3 号滑槽下找到，已补扫并派出。"
pytestmark = pytest.mark.django_db


@pytest.fixture
def loss(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Ticket:
    """A phone for 5,000 yuan: seen at the hub of Suzhou, never at the outlet."""
    journey.waybill(WAYBILL, origin=cast.unit("HZ-XH"), dest=cast.unit("SZ-WZ"))
    way = [
        Scan(NOON - 30 * HOUR, Code.PICKED_UP, node="HZ-XH"),
        Scan(NOON - 20 * HOUR, Code.ARRIVED, node="SZ-HUB"),
    ]
    monkeypatch.setattr("huhang.journey.queries.trace.told_of", lambda no: Told(way if no == WAYBILL else []))
    return a_ticket(cast, Kind.CLAIM, value=Decimal(5000), waybill_no=WAYBILL)


@pytest.fixture
def hunt(cast: Cast, loss: Ticket) -> TraceOrder:
    return verbs.order(case_no=loss.no, reason="", by=cast.hua, now=NOON)


@pytest.fixture
def mei(cast: Cast) -> Person:
    """Handler of the hub."""
    hub = cast.unit("SZ-HUB")
    person = Person.objects.create_user(username="mei", password="x", display_name="梅师傅", home=hub)
    Grant.objects.create(person=person, role="hub_handler", unit=hub)
    return person


def step(hunt: TraceOrder, code: str) -> int:
    return hunt.searches.get(step__unit__code=code).step_id


class TestOrdering:
    def test_is_offered_on_the_case_to_who_may(self, cast: Cast, loss: Ticket) -> None:
        assert "下达追查令" in text(get(cast.hua, "desk:traces_of_case", loss.no))
        assert "下达追查令" not in text(get(cast.gao, "desk:traces_of_case", loss.no))
        assert reverse("desk:traces_of_case", args=[loss.no]) in text(get(cast.gao, "desk:ticket", loss.no))

    def test_leads_to_the_order(self, cast: Cast, loss: Ticket) -> None:
        answer = post(cast.hua, "desk:trace_new", loss.no, value="5000", reason="")
        made = TraceOrder.objects.get()
        assert answer["HX-Redirect"] == reverse("desk:trace_order", args=[made.ticket.no])
        assert "下达追查令" not in text(get(cast.hua, "desk:traces_of_case", loss.no))

    @pytest.mark.parametrize("value", ["-1", "1e99", "NaN", "很多", "0.001"])
    def test_refuses_what_is_no_money(self, cast: Cast, loss: Ticket, value: str) -> None:
        assert post(cast.hua, "desk:trace_new", loss.no, value=value, reason="急").status_code == 422
        assert not TraceOrder.objects.exists()

    def test_is_not_for_everybody(self, cast: Cast, loss: Ticket) -> None:
        assert post(cast.lin, "desk:trace_new", loss.no, value="5000").status_code == 403
        assert post(cast.gao, "desk:trace_new", loss.no, value="5000").status_code == 403


class TestSeeing:
    def test_shows_silent_nodes_to_all_on_the_route(self, cast: Cast, hunt: TraceOrder, mei: Person) -> None:
        for person in (cast.hua, cast.gao, mei):
            shown = text(get(person, "desk:trace_order", hunt.ticket.no))
            assert shown.count("未应答</span>") == 3
            assert hunt.ticket.no in text(get(person, "desk:traces"))

    @pytest.mark.parametrize("page", ["desk:trace_order", "desk:trace_report", "desk:trace_close"])
    def test_is_not_found_by_a_neighbour(self, cast: Cast, hunt: TraceOrder, page: str) -> None:
        assert get(cast.qian, page, hunt.ticket.no).status_code == 404
        assert hunt.ticket.no not in text(get(cast.qian, "desk:traces"))

    def test_of_an_ordinary_case_there_is_none(self, cast: Cast, loss: Ticket) -> None:
        assert get(cast.hua, "desk:trace_order", loss.no).status_code == 404

    @pytest.mark.parametrize(
        ("page", "most"), [("desk:trace_order", 7), ("desk:traces", 7), ("desk:traces_of_case", 4)]
    )
    def test_takes_a_known_number_of_statements(
        self, cast: Cast, loss: Ticket, hunt: TraceOrder, page: str, most: int, django_assert_max_num_queries
    ) -> None:
        no = {"desk:traces": [], "desk:traces_of_case": [loss.no]}.get(page, [hunt.ticket.no])
        client = signed_in(cast.hua)
        client.get(reverse("desk:traces"), headers=PART)
        with django_assert_max_num_queries(most + 2):  # and two for the session
            client.get(reverse(page, args=no), headers=PART)

    def test_stands_on_top_of_the_units_window_and_leads_to_its_node(
        self, cast: Cast, hunt: TraceOrder, mei: Person
    ) -> None:
        a_ticket(cast)
        link = f"{reverse('desk:trace_order', args=[hunt.ticket.no])}#node-{step(hunt, 'SZ-HUB')}"
        assert link in text(get(mei, "desk:window"))
        first = text(get(cast.gao, "desk:window")).split("data-row=")[1]
        assert f"#node-{step(hunt, 'SZ-WZ')}" in first


class TestAnswering:
    def test_a_node_answers_for_itself_alone(self, cast: Cast, hunt: TraceOrder, mei: Person) -> None:
        foreign = step(hunt, "SZ-WZ")
        assert get(mei, "desk:trace_answer", hunt.ticket.no, foreign).status_code == 404
        found = post(mei, "desk:trace_answer", hunt.ticket.no, foreign, answer="found", where="3 号滑槽")
        assert found.status_code == 403
        assert post(mei, "desk:trace_acknowledge", hunt.ticket.no, foreign).status_code == 403
        assert not TraceSearch.objects.exclude(answer="").exists()

    @pytest.mark.parametrize("step_id", [0, 999_999_999])
    def test_no_other_step_answers(self, cast: Cast, hunt: TraceOrder, step_id: int) -> None:
        answer = post(cast.hua, "desk:trace_answer", hunt.ticket.no, step_id, answer="found", where="3 号")
        assert answer.status_code == 404

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"answer": "stolen"},
            {"answer": "found", "where": ""},
            {"answer": "found", "where": "x" * 201},
            {"answer": "found", "where": "好", "counted": "-1"},
            {"answer": "found", "where": "好", "counted": "10000000"},
            {"answer": "found", "where": "好", "cctv_from": "昨天"},
            {"answer": "found", "where": "好", "cctv_from": "2026-13-40T25:61"},
            {"answer": "found", "where": "\x00"},
            {"answer": "found", "where": "好", "owner": "1"},
            {"answer": "not_here"},
            {"answer": "not_here", "counted": "3"},
            {"answer": "unsure", "words": "   "},
        ],
    )
    def test_refuses_what_nobody_could_use(
        self, hunt: TraceOrder, mei: Person, fields: dict[str, str]
    ) -> None:
        answer = post(mei, "desk:trace_answer", hunt.ticket.no, step(hunt, "SZ-HUB"), **fields)
        assert 400 <= answer.status_code < 500
        assert not TraceSearch.objects.exclude(answer="").exists()

    def test_writes_are_shown_and_never_run(self, hunt: TraceOrder, mei: Person) -> None:
        evil = "<script>alert(1)</script>"
        post(
            mei, "desk:trace_answer", hunt.ticket.no, step(hunt, "SZ-HUB"),
            answer="found", where=evil, words=evil, camera=evil,
        )  # fmt: skip
        for page in ("desk:trace_order", "desk:trace_report"):
            shown = text(get(mei, page, hunt.ticket.no))
            assert evil not in shown
            assert "&lt;script&gt;" in shown

    def test_a_second_answer_comes_too_late(self, cast: Cast, hunt: TraceOrder, mei: Person) -> None:
        fields = {"answer": "found", "where": "3 号滑槽下方"}
        assert (
            post(mei, "desk:trace_answer", hunt.ticket.no, step(hunt, "SZ-HUB"), **fields).status_code == 200
        )
        again = post(mei, "desk:trace_answer", hunt.ticket.no, step(hunt, "SZ-HUB"), **fields)
        late = post(cast.gao, "desk:trace_answer", hunt.ticket.no, step(hunt, "SZ-WZ"), **fields)
        assert (again.status_code, late.status_code) == (409, 409)
        assert "已经找到" in text(late)


class TestClosing:
    def test_is_for_who_leads_and_not_while_somebody_searches(
        self, cast: Cast, hunt: TraceOrder, mei: Person
    ) -> None:
        fields = {"report": REPORT, "recovered": "5000"}
        assert post(mei, "desk:trace_close", hunt.ticket.no, **fields).status_code == 403
        assert post(cast.hua, "desk:trace_close", hunt.ticket.no, **fields).status_code == 409
        post(mei, "desk:trace_answer", hunt.ticket.no, step(hunt, "SZ-HUB"), answer="found", where="3 号滑槽")
        assert post(cast.hua, "desk:trace_close", hunt.ticket.no, **fields).status_code == 200
        hunt.refresh_from_db()
        assert (hunt.state, hunt.recovered) == (OrderState.CLOSED, Decimal(5000))

    def test_calls_the_roll_only_for_who_leads(self, cast: Cast, hunt: TraceOrder, mei: Person) -> None:
        assert post(mei, "desk:trace_roll", hunt.ticket.no).status_code == 403
        assert "3 个未应答" in text(post(cast.hua, "desk:trace_roll", hunt.ticket.no))

"""Who sees which case, and the list."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict

from huhang.desk.actions import answering, claiming
from huhang.desk.models import Ticket
from huhang.desk.models.ticket import EVERYTHING
from huhang.desk.queries import find
from huhang.desk.queries.tickets import (
    Filters,
    beginnings,
    counted,
    counted_lately,
    listed,
    reachable,
    visible,
)
from huhang.desk.rules.kinds import Kind, State
from huhang.kit import reach
from huhang.kit.errors import NotAllowed, NotFound
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def asked(text: str) -> Filters:
    return Filters.from_query(QueryDict(text).dict())


class TestVisible:
    def test_holds_what_happened_at_ones_own_unit(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert list(visible(cast.gao)) == [ticket]
        assert list(visible(cast.hua)) == [ticket]

    def test_holds_nothing_of_the_outlet_next_door(self, cast: Cast) -> None:
        a_ticket(cast)
        assert not visible(cast.qian).exists()
        assert not visible(cast.nobody).exists()

    def test_holds_what_was_handed_to_ones_unit(self, cast: Cast) -> None:
        ticket = factory.ticket(cast.unit("SZ-WZ"), now=NOON, at_unit=cast.unit("SZ-GS"))
        assert list(visible(cast.qian)) == [ticket]
        assert list(visible(cast.gao)) == [ticket]


class TestReachable:
    def test_says_not_found_for_a_foreign_case(self, cast: Cast) -> None:
        with pytest.raises(NotFound):
            reachable(cast.qian, a_ticket(cast).no)

    def test_says_not_allowed_for_a_case_one_may_only_see(self, cast: Cast) -> None:
        from tests.factories.network import grant, person

        auditor = person("shen")
        grant(auditor, "auditor", cast.unit("HQ"))
        ticket = a_ticket(cast)
        assert reachable(auditor, ticket.no) == ticket
        with pytest.raises(NotAllowed):
            reachable(auditor, ticket.no, "desk.claim")


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", {"complaint", "urge"}),
            ("kind=urge", {"urge"}),
            ("kind=urge,complaint", {"urge", "complaint"}),
            ("kind=nonsense", {"complaint", "urge"}),  # an old link narrows to nothing it does not know
            ("owner=me", {"urge"}),
            ("owner=none", {"complaint"}),
            ("state=open", {"complaint"}),
            ("state=over", {"inquiry"}),
            ("state=all", {"complaint", "urge", "inquiry"}),
            ("q=杯子碎了", {"complaint"}),
            ("q=1234", {"complaint"}),  # the last four of the phone
            ("unit=SZ-GS", set()),
            ("unit=JS", {"complaint", "urge"}),
            ("unit=NOWHERE", set()),
            ("late=1", {"complaint"}),
            (
                "from=2026-11-20T12:00:00%2B08:00&to=2026-11-20T12:01:00%2B08:00",
                {"complaint", "urge", "inquiry"},
            ),
            ("from=2026-11-20T12:01:00%2B08:00", set()),
        ],
    )
    def test_narrow_the_list(self, cast: Cast, query: str, found: set[str]) -> None:
        wz = cast.unit("SZ-WZ")
        a_ticket(cast)
        factory.ticket(
            wz, now=NOON, kind=Kind.URGE, title="催派", owner=cast.gao, claimed_at=NOON, state=State.WORKING
        )
        factory.ticket(
            wz, now=NOON, kind=Kind.INQUIRY, title="问时效", state=State.RESOLVED, resolved_at=NOON
        )
        rows = listed(cast.gao, asked(query), now=NOON + 20 * MINUTE)
        assert {ticket.kind for ticket in rows} == found

    def test_first_responses_are_judged_as_on_the_board(self, cast: Cast) -> None:
        slow, quick, unanswered = a_ticket(cast), a_ticket(cast), a_ticket(cast)
        answering.answer(ticket_no=slow.no, text="抱歉", by=cast.gao, now=NOON + 16 * MINUTE)
        answering.answer(ticket_no=quick.no, text="马上", by=cast.gao, now=NOON + 5 * MINUTE)
        at = NOON + 30 * MINUTE
        assert set(listed(cast.gao, asked("first_response=missed"), now=at)) == {slow, unanswered}
        assert set(listed(cast.gao, asked("first_response=met"), now=at)) == {quick}

    def test_behind_a_figure_a_case_counts_where_it_happened(self, cast: Cast) -> None:
        ticket = factory.ticket(cast.unit("SZ-WZ"), now=NOON, at_unit=cast.unit("HQ-CS"))
        assert set(listed(cast.hua, asked("unit=HQ-CS"), now=NOON)) == {ticket}
        assert set(listed(cast.hua, asked("unit=HQ-CS&from=2026-11-20"), now=NOON)) == set()
        assert set(listed(cast.hua, asked("unit=JS&from=2026-11-20"), now=NOON)) == {ticket}

    def test_what_burns_first_comes_first(self, cast: Cast) -> None:
        late = a_ticket(cast)
        paused = factory.ticket(cast.unit("SZ-WZ"), now=NOON)
        soon = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON + MINUTE)
        assert list(listed(cast.gao, Filters(), now=NOON)) == [soon, late, paused]

    @pytest.mark.parametrize(
        "query", ["kind=claim", "kind=claim,urge&unit=SZ-WZ", "source=test&sort=due", "language=en"]
    )
    def test_what_is_rare_of_all_time_is_gathered_first(
        self, cast: Cast, query: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number, kind in enumerate([Kind.CLAIM, Kind.URGE, Kind.INQUIRY] * 3):
            over = {"state": State.RESOLVED, "resolved_at": NOON} if number % 2 else {}
            unit = cast.unit("SZ-WZ" if number % 4 else "SZ-GS")
            factory.ticket(unit, now=NOON + number * MINUTE, kind=kind, **over)
        filters = asked(f"state=all&{query}")
        walked = listed(cast.hua, filters, now=NOON)
        monkeypatch.setattr("huhang.desk.queries.tickets.FEW", 1.0)
        monkeypatch.setattr(reach, "spread", lambda *_: reach.Spread(1e9, ()))
        gathered = listed(cast.hua, filters, now=NOON)
        assert str(EVERYTHING) in str(gathered.query) != str(walked.query)
        assert list(gathered) == list(walked)

    @pytest.mark.parametrize(
        "query",
        [
            "state=over&late=1&kind=claim", "state=all&kind=claim&owner=nobody", "state=all&kind=claim&customer=X",
            "state=all&kind=claim&courier=X", "state=all&kind=claim&unit=X", "state=all&owner=nobody&q=青花瓷",
        ],
    )  # fmt: skip
    def test_what_can_be_no_case_is_none(
        self, cast: Cast, query: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        factory.ticket(cast.unit("SZ-WZ"), now=NOON, kind=Kind.CLAIM, title="青花瓷")
        monkeypatch.setattr("huhang.desk.queries.words.share", lambda _term: 0.5)
        ways = list(beginnings(cast.hua, asked(query), now=NOON, wanted=51))
        assert [list(rows) for rows in ways] == [[]] * len(ways)

    def test_over_and_late_is_nothing(self, cast: Cast) -> None:
        factory.ticket(
            cast.unit("SZ-WZ"), now=NOON, state=State.RESOLVED, resolved_at=NOON, next_due_at=NOON - MINUTE
        )
        assert not listed(cast.hua, asked("state=over&late=1"), now=NOON)

    def test_a_page_of_rows_takes_one_statement(self, cast: Cast, django_assert_num_queries) -> None:
        a_ticket(cast)
        claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        assert cast.gao.visible_paths("desk.see")
        with django_assert_num_queries(1):
            for ticket in listed(cast.gao, Filters(), now=NOON):
                str((ticket.unit, ticket.at_unit, ticket.owner, ticket.courier))
        with django_assert_num_queries(1):
            assert counted(listed(cast.gao, Filters(), now=NOON)) == 2


class TestFinding:
    def test_finds_by_number_waybill_phone_and_words(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        for term in (ticket.no, "SX7730000000011", "13800001234", "1234", "破损", "王小明"):
            assert [hit["title"] for hit in find(cast.gao, term, now=NOON)] == [
                f"{ticket.no} 包裹外箱破损"
            ], term

    def test_finds_nothing_of_the_outlet_next_door(self, cast: Cast) -> None:
        assert find(cast.qian, a_ticket(cast).no, now=NOON) == []


class TestCounted:
    def test_more_than_is_believed_for_a_while_and_fewer_are_counted_again(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
    ) -> None:
        monkeypatch.setattr("huhang.desk.queries.tickets.COUNTED_AT_MOST", 1)
        first, filters = a_ticket(cast), Filters()
        rows = listed(cast.gao, filters, now=NOON)
        assert counted_lately(cast.gao, filters, rows) == 1
        a_ticket(cast)
        assert counted_lately(cast.gao, filters, rows) == 2
        Ticket.objects.filter(pk=first.pk).update(state=State.RESOLVED, resolved_at=NOON)
        with django_assert_num_queries(0):
            assert counted_lately(cast.gao, filters, rows) == 2
        assert counted_lately(cast.hua, filters, rows) == 1  # nobody believes another's list
        assert counted_lately(cast.gao, Filters(kind="claim"), rows) == 1

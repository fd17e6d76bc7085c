"""From when a promise counts: the opening, or an earlier moment that the law names."""

from datetime import timedelta

import pytest

from huhang.desk.models import Clock, ClockPolicy, Ticket
from huhang.desk.queries import replaying
from huhang.desk.rules.kinds import Obligation
from huhang.desk.rules.starting import CountsFrom, start_of
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller
from tests.desk.api.test_api import post as ask
from tests.desk.pages.test_pages import get, post, text
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def statutory(counts_from: CountsFrom) -> None:
    ClockPolicy.objects.filter(obligation=Obligation.STATUTORY).update(counts_from=counts_from)


def clock_of(ticket: Ticket, obligation: Obligation = Obligation.STATUTORY) -> Clock:
    return Clock.objects.get(ticket=ticket, obligation=obligation)


@pytest.mark.parametrize(
    ("known", "start"),
    [
        ({}, NOON),  # not known: as ever
        ({"received": None}, NOON),
        ({"received": NOON - DAY}, NOON - DAY),
        ({"received": NOON + DAY}, NOON),  # never after the opening
        ({"transferred": NOON - DAY}, NOON),  # another moment than the one named
    ],
)
def test_where_a_clock_starts(known: dict[str, object], start: object) -> None:
    assert start_of(CountsFrom.RECEIVED, known, opened_at=NOON) == start  # type: ignore[arg-type]


class TestCounting:
    def test_from_the_opening_unless_a_policy_says_otherwise(self, cast: Cast) -> None:
        statutory(CountsFrom.OPENING)
        ticket = a_ticket(cast, received_at=NOON - DAY, transferred_at=NOON - DAY)
        assert {clock.started_at for clock in ticket.clocks.all()} == {NOON}

    @pytest.mark.parametrize(
        ("counts_from", "field"),
        [(CountsFrom.RECEIVED, "received_at"), (CountsFrom.TRANSFERRED, "transferred_at")],
    )
    def test_from_the_moment_named(self, cast: Cast, counts_from: CountsFrom, field: str) -> None:
        statutory(counts_from)
        ticket = a_ticket(cast, **{field: NOON - 2 * DAY})  # type: ignore[arg-type]
        clock = clock_of(ticket)
        assert (clock.started_at, clock.due_at) == (NOON - 2 * DAY, NOON + 5 * DAY)
        assert clock_of(ticket, Obligation.FIRST_RESPONSE).started_at == NOON
        clock = Clock.objects.prefetch_related("pauses", "changes", "events").get(pk=clock.pk)
        assert replaying.differences(clock, now=NOON) == []
        told = text(get(cast.gao, "desk:explain_clock", ticket.no, clock.pk))
        assert "起算" in told
        assert str(clock.get_counts_from_display()) in told

    def test_not_known_it_is_the_opening_and_says_so(self, cast: Cast) -> None:
        statutory(CountsFrom.HANDED_IN)
        ticket = a_ticket(cast)
        clock = clock_of(ticket)
        assert clock.started_at == NOON
        assert "没有登记那一时刻" in text(get(cast.gao, "desk:explain_clock", ticket.no, clock.pk))


class TestDoors:
    FORM = {"obligation": "statutory", "kind": "inquiry", "minutes": "60", "calendar": "always"}

    def test_a_policy_says_it_on_the_page_and_by_program(self, cast: Cast) -> None:
        post(cast.hua, "desk:new_policy", **self.FORM, counts_from="received")
        row = ClockPolicy.objects.get(obligation="statutory", kind="inquiry")
        assert row.counts_from == "received"
        assert "接到投诉时" in text(get(cast.hua, "desk:policies"))
        assert post(cast.hua, "desk:new_policy", **self.FORM, counts_from="someday").status_code == 422
        hua = caller(cast.hua)
        told = {"minutes": 60, "counts_from": "transferred"}
        changed = hua.put(f"/api/v1/policies/{row.pk}", told, content_type="application/json")
        assert changed.json()["counts_from"] == "transferred"

    def test_a_case_brings_its_moments(self, cast: Cast) -> None:
        statutory(CountsFrom.TRANSFERRED)
        body = {"kind": "complaint", "title": "破损", "unit": "SZ-WZ"}
        moment = "2026-11-01T00:00:00+08:00"
        no = ask(caller(cast.gao), "/tickets", body | {"transferred_at": moment}).json()["no"]
        assert (
            Clock.objects.get(ticket__no=no, obligation="statutory")
            .started_at.isoformat()
            .startswith("2026-10-31T16")
        )
        form = {"once": "x" * 12, "kind": "complaint", "title": "破损", "unit": "SZ-WZ"}
        assert (
            post(cast.gao, "desk:open", **form, transferred_at="2026-11-01T00:00", received_at="").status_code
            == 204
        )
        assert Clock.objects.filter(obligation="statutory", started_at="2026-10-31T16:00Z").count() == 2
        assert ask(caller(cast.lin), "/tickets", body | {"transferred_at": "soon"}).status_code == 422

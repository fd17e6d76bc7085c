"""Counting what became of parcels in trouble: each once per rule, complaints of customers only, never alerts."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from huhang.desk.actions import proving
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import ProofDay
from huhang.desk.queries import proof as queries
from huhang.desk.queries.proof import Asked
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.proof import Group, Verdict
from huhang.journey.models import Hit, WatchRule
from huhang.kit import facts
from tests.cast import NOON, Cast
from tests.desk.scenes import opening
from tests.factories import desk as factory
from tests.factories import journey

pytestmark = pytest.mark.django_db

HIT_AT = NOON - timedelta(days=10)
DAY = date(2026, 11, 10)


@pytest.fixture(autouse=True)
def forgetful():
    facts.forget()
    yield
    facts.forget()


def rule(slug: str = "hub_not_departed") -> WatchRule:
    return WatchRule.objects.get(slug=slug)


def a_hit(
    cast: Cast, no: str, *, at: datetime = HIT_AT, slug: str = "hub_not_departed", **values: Any
) -> Hit:
    usual = {"raised_at": at, "found_at": at, "anchor_at": at - timedelta(hours=12)}
    return journey.hit(rule(slug), cast.unit("SZ-WZ"), no, **usual | values)


def complaint(
    cast: Cast, no: str, kind: Kind = Kind.COMPLAINT, *, at: datetime = HIT_AT + timedelta(days=1)
) -> None:
    open_ticket(opening(cast, kind, waybill_no=no), by=cast.lin, now=at)


def counted(*, within: int = 7, **wanted: Any) -> tuple[int, int, int]:
    rows = ProofDay.objects.filter(within_days=within, **wanted)
    return (
        sum(row.parcels for row in rows), sum(row.complaints for row in rows), sum(row.contacts for row in rows)
    )  # fmt: skip


class TestCounting:
    def test_keeps_the_two_groups_apart(self, cast: Cast):
        a_hit(cast, "A1")
        a_hit(cast, "A2")
        a_hit(cast, "B1", is_control=True)
        complaint(cast, "A1")
        complaint(cast, "B1", Kind.URGE)
        assert proving.count_due(now=NOON)
        assert counted(is_control=False) == (2, 1, 1)
        assert counted(is_control=True) == (1, 0, 1)
        assert {row.path for row in ProofDay.objects.all()} == {cast.unit("JS-SZ").path}

    @pytest.mark.parametrize(
        ("kind", "after", "complaints", "contacts"),
        [
            (Kind.COMPLAINT, timedelta(days=1), 1, 1),
            (Kind.CLAIM, timedelta(days=1), 1, 1),
            (Kind.INQUIRY, timedelta(days=1), 0, 1),
            (Kind.PREVENTION, timedelta(days=1), 0, 0),  # our own case is no complaint
            (Kind.COMPLAINT, timedelta(), 1, 1),
            (Kind.COMPLAINT, timedelta(seconds=-1), 0, 0),  # before the hit: not to be prevented by it
            (Kind.COMPLAINT, timedelta(days=7, seconds=-1), 1, 1),
            (Kind.COMPLAINT, timedelta(days=7), 0, 0),
        ],
    )
    def test_counts_what_customers_opened_in_time(
        self, cast: Cast, kind: Kind, after: timedelta, complaints: int, contacts: int
    ):
        a_hit(cast, "A1")
        complaint(cast, "A1", kind, at=HIT_AT + after)
        proving.count_due(now=NOON)
        assert counted() == (1, complaints, contacts)

    def test_counts_a_parcel_once_per_rule_and_once_in_all(self, cast: Cast):
        a_hit(cast, "A1")
        a_hit(cast, "A1", at=HIT_AT + timedelta(days=1))
        a_hit(cast, "A1", at=HIT_AT + timedelta(hours=2), slug="promise_passed")
        complaint(cast, "A1", at=HIT_AT + timedelta(days=2))
        complaint(cast, "A1", at=HIT_AT + timedelta(days=2, hours=1))
        proving.count_due(now=NOON + timedelta(days=5))
        assert counted() == (2, 2, 2)
        assert counted(is_first=True) == (1, 1, 1)
        assert counted(is_first=True, rule=rule()) == (1, 1, 1)

    def test_leaves_out_trouble_that_was_over_before_it_was_found(self, cast: Cast):
        a_hit(cast, "A1", cleared_at=HIT_AT + timedelta(hours=1), found_at=HIT_AT + timedelta(hours=2))
        a_hit(cast, "A2", cleared_at=HIT_AT + timedelta(hours=3), found_at=HIT_AT + timedelta(hours=2))
        proving.count_due(now=NOON)
        assert counted() == (1, 0, 0)

    def test_waits_until_the_days_after_are_over(self, cast: Cast):
        a_hit(cast, "A1", at=NOON - timedelta(days=7))
        proving.count_due(now=NOON)
        assert counted() == (0, 0, 0)
        proving.count_due(now=NOON + timedelta(days=1))
        assert counted() == (1, 0, 0)

    def test_again_changes_nothing_and_takes_what_came_late(self, cast: Cast):
        a_hit(cast, "A1")
        ripe = HIT_AT + timedelta(days=8)
        assert proving.count_due(now=ripe) > 100  # the days of a new installation
        assert proving.count_due(now=ripe) == 0
        complaint(cast, "A1")
        proving.count_due(now=ripe + timedelta(days=1))
        assert counted() == (1, 1, 1)


class TestTelling:
    def test_adds_up_days_by_rule_and_group(self, cast: Cast):
        factory.proof_day(rule(), parcels=950, contacts=19)
        factory.proof_day(rule(), day=DAY - timedelta(days=1), parcels=950, contacts=19)
        factory.proof_day(rule(), is_control=True, parcels=100, contacts=8)
        told = queries.told([cast.unit("HQ").path], Asked.from_query({}), now=NOON)
        (line,) = told.lines
        assert (line.proof.treated, line.proof.control) == (Group(1900, 38), Group(100, 8))
        assert line.proof == told.whole.proof
        assert line.proof.verdict == Verdict.WORKS

    def test_in_all_counts_first_hits_only(self, cast: Cast):
        factory.proof_day(rule(), is_control=True)
        factory.proof_day(rule("promise_passed"), is_first=False)
        told = queries.told([cast.unit("HQ").path], Asked.from_query({}), now=NOON)
        assert len(told.lines) == 2
        assert told.whole.proof.treated == Group(0, 0)

    @pytest.mark.parametrize(
        ("unit", "query", "lines"),
        [
            ("HQ", {}, 1),
            ("JS", {}, 1),
            ("ZJ", {}, 0),
            ("SZ-WZ", {}, 0),  # below a city nothing is told
            ("HQ", {"unit": "JS"}, 1),
            ("HQ", {"unit": "ZJ"}, 0),
            ("HQ", {"days": "7"}, 1),
            ("HQ", {"within": "3"}, 0),
            ("HQ", {"days": "soon", "within": "9", "measure": "alerts"}, 1),
        ],
    )
    def test_is_for_ones_own_region_and_filtered_by_the_url(
        self, cast: Cast, unit: str, query: dict[str, str], lines: int
    ):
        factory.proof_day(rule())
        assert len(queries.told([cast.unit(unit).path], Asked.from_query(query), now=NOON).lines) == lines

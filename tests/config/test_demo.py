"""The simulated carrier: its plan is repeatable, sane in time and place, and believable in its figures."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huhang.config.demo import cases as stories
from huhang.config.demo import plan as plans
from huhang.config.demo.ground import cities, survey
from huhang.config.demo.parcels import Trouble
from huhang.desk.rules.kinds import Kind
from huhang.journey.rules.codes import FINAL_CODES, Code

AFTERNOON = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)  # 15:30 in Shanghai
PROMISED = timedelta(minutes=15)


@pytest.fixture(scope="module")
def month():
    return plans.draw(now=AFTERNOON)


@pytest.fixture(scope="module")
def month_of_cases(month):
    return stories.cases(month)


class TestGround:
    def test_is_a_tree_of_five_levels(self):
        ground = survey(plans.SEED)
        assert {unit.level for unit in ground.units} == {1, 2, 3, 4, 5}
        assert all(unit.parent in ground.unit for unit in ground.units if unit.level > 1)

    def test_has_the_size_of_a_small_carrier(self):
        ground = survey(plans.SEED)
        kinds = Counter(unit.kind for unit in ground.units)
        assert (len(ground.outlets), kinds["hub"], kinds["province"], len(cities())) == (30, 4, 3, 9)
        assert 90 <= len(ground.staff) <= 110

    def test_every_name_and_code_is_its_own(self):
        ground = survey(plans.SEED)
        for rows in (
            [u.code for u in ground.units],
            [u.name for u in ground.units],
            [s.username for s in ground.staff],
            [r.code for r in ground.riders],
            [c.code for c in ground.clients],
        ):
            assert len(rows) == len(set(rows))

    def test_every_outlet_has_people_and_couriers(self):
        ground = survey(plans.SEED)
        for outlet in ground.outlets:
            assert len(ground.staff_of[outlet]) == 2
            assert len(ground.riders_of[outlet]) >= 3

    def test_every_phone_is_of_a_range_that_nobody_has(self):
        ground = survey(plans.SEED)
        people = (ground.staff, ground.riders, ground.clients)
        phones = [row.phone for rows in people for row in rows]
        assert all(phone.startswith("19900") and len(phone) == 11 for phone in phones)
        assert len(phones) == len(set(phones))


class TestPlan:
    @given(
        seed=st.integers(0, 10**9),
        now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
    )
    @settings(max_examples=15, deadline=None)
    def test_is_the_same_again_and_sane(self, seed, now):
        plan = plans.draw(seed=seed, now=now, days=4, per_day=25)
        assert plan.parcels == plans.draw(seed=seed, now=now, days=4, per_day=25).parcels
        assert stories.cases(plan) == stories.cases(plan)
        _assert_sane(plan)

    def test_of_a_whole_month_is_sane(self, month):
        _assert_sane(month)

    def test_another_seed_is_another_carrier(self, month):
        assert plans.draw(seed=1, now=AFTERNOON, days=2).parcels[0] != month.parcels[0]

    def test_a_day_stays_the_same_when_it_is_looked_at_later(self):
        """So that a living carrier goes on with the parcels that were planned."""
        ground, day = survey(7), date(2026, 11, 20)
        today = list(plans.parcels_of(day, 7, AFTERNOON, ground, 40))
        later = list(plans.parcels_of(day, 7, AFTERNOON + timedelta(hours=5), ground, 40))
        assert today == later

    def test_rests_on_sundays_and_works_on_sales_days(self):
        sunday, monday, sales = date(2026, 11, 15), date(2026, 11, 16), date(2026, 11, 11)
        volumes = [plans.volume(day, 400) for day in (sunday, monday, sales)]
        assert volumes == sorted(volumes)

    def test_has_every_trouble_in_a_month(self, month):
        found = Counter(parcel.trouble for parcel in month.parcels)
        assert all(found[trouble] for trouble in Trouble)
        assert 0.02 < 1 - found[Trouble.NONE] / len(month.parcels) < 0.09

    def test_has_parcels_in_every_stage_now(self, month):
        stages = Counter(last.code for p in month.parcels if (last := p.last(month.now)))
        assert {Code.PICKED_UP, Code.ARRIVED, Code.DEPARTED, Code.OUT_FOR_DELIVERY, Code.AT_AGENT} <= set(
            stages
        )

    def test_trouble_speaks_in_these_very_minutes(self, month):
        """Parcels whose promise or whose time at the outlet runs out now: some before, some after."""
        near = [
            moment - month.now
            for p in month.parcels
            for moment in (_left_lying_until(p), p.promised_at if p.trouble == Trouble.OVERDUE else None)
            if moment and abs(moment - month.now) < timedelta(minutes=102)
        ]
        assert len([n for n in near if -PROMISED < n < timedelta()]) >= 6
        assert len([n for n in near if n >= timedelta()]) >= 6


class TestCases:
    def test_come_to_one_or_two_in_a_hundred_parcels(self, month, month_of_cases):
        assert 0.01 < len(month_of_cases) / len(month.parcels) < 0.03

    def test_are_about_parcels_that_were_on_their_way(self, month, month_of_cases):
        for case in month_of_cases:
            assert month.by_no[case.waybill_no].ordered_at < case.at <= month.now

    def test_each_is_its_own(self, month_of_cases):
        refs = [(case.entrance, case.ref) for case in month_of_cases]
        assert len(refs) == len(set(refs))

    def test_complaints_become_fewer_during_the_campaign(self, month, month_of_cases):
        unhappy = [c for c in month_of_cases if c.kind in (Kind.COMPLAINT, Kind.CLAIM)]
        halfway = month.now - timedelta(days=15)
        first = [c for c in unhappy if c.at < halfway]
        assert len(first) > len(unhappy) - len(first)

    def test_most_are_answered_within_the_promise(self, month_of_cases):
        answers = [case.handling.answer for case in month_of_cases if case.handling]
        kept = sum(answer <= PROMISED for answer in answers) / len(answers)
        assert 0.95 < kept <= 1

    def test_some_of_these_minutes_wait_for_an_answer(self, month, month_of_cases):
        waiting = [c for c in month_of_cases if c.handling is None]
        assert len([c for c in waiting if month.now - c.at < PROMISED]) >= 6
        assert plans.WELCOME_OUTLET in {case.unit for case in waiting}


def _left_lying_until(parcel):
    arrival = parcel.first(Code.ARRIVED, node=parcel.dest)
    return arrival.at + plans.OUTLET_LIMIT if parcel.trouble == Trouble.STALLED and arrival else None


def _assert_sane(plan):
    """Every scan at a known node by a known courier, in the order of time, and nothing after the end."""
    riders = {rider.code for rider in plan.ground.riders}
    assert len(plan.by_no) == len(plan.parcels)
    for parcel in plan.parcels:
        times = [scan.at for scan in parcel.scans]
        assert times == sorted(times)
        assert parcel.scans[0].code == Code.ORDER_CREATED
        assert parcel.ordered_at == times[0] < parcel.promised_at
        assert times[-1] - times[0] < timedelta(days=16)
        for scan in parcel.scans:
            assert scan.node in plan.ground.unit
            assert scan.operator in riders or not scan.operator
            assert scan.text
            assert scan.at.microsecond == 0
        codes = [scan.code for scan in parcel.scans]
        ends = [code for code in codes if code in FINAL_CODES]
        assert len(ends) == (0 if parcel.trouble == Trouble.LOST else 1)

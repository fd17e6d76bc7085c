"""Contacts after which the customer came again, or did not."""

from datetime import timedelta

import pytest

from huhang.metrics.models import Tally
from huhang.quality.actions import judging
from tests.cast import NOON, Cast
from tests.factories import quality as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def counted() -> dict[str, int]:
    rows = Tally.objects.filter(measure__startswith="quality.contact.")
    return {row.measure.rpartition(".")[2]: row.amount for row in rows}


class TestJudge:
    def test_marks_at_once_and_counts_when_the_days_are_over(self, cast: Cast):
        first = make.touch(cast.unit("SZ-WZ"), at=NOON)
        again = make.touch(cast.unit("SZ-WZ"), at=NOON + DAY)
        assert judging.mark(again) == 1
        first.refresh_from_db()
        assert (first.repeated_by, first.judged_at, counted()) == (again, None, {})
        assert judging.judge_due(now=NOON + 7 * DAY - timedelta(seconds=1)) == 0
        assert [judging.judge_due(now=NOON + 8 * DAY) for _ in range(2)] == [2, 0]
        assert counted() == {"repeated": 1, "once": 1}

    def test_takes_back_a_mark_that_no_longer_holds(self, cast: Cast):
        first = make.touch(cast.unit("SZ-WZ"), at=NOON, waybill_no="SX1")
        again = make.touch(cast.unit("SZ-WZ"), at=NOON + DAY)
        judging.mark(again)
        again.waybill_no = "SX2"  # written down after the call
        again.save()
        judging.judge_due(now=NOON + 7 * DAY)
        first.refresh_from_db()
        assert first.repeated_by is None

    def test_leaves_others_alone(self, cast: Cast):
        make.touch(cast.unit("SZ-WZ"), at=NOON)
        stranger = make.touch(cast.unit("SZ-WZ"), at=NOON + DAY, people=["tel:13900000000"])
        assert judging.mark(stranger) == 0

    def test_does_not_count_who_was_not_served_but_sees_that_they_came(self, cast: Cast):
        make.touch(cast.unit("SZ-WZ"), at=NOON)
        gave_up = make.touch(cast.unit("SZ-WZ"), at=NOON + DAY, is_served=False)
        assert judging.mark(gave_up) == 1
        judging.judge_due(now=NOON + 30 * DAY)
        assert counted() == {"repeated": 1}

    def test_goes_by_the_carrier_s_own_days(self, cast: Cast):
        make.survey_terms(repeat_days=1)
        make.touch(cast.unit("SZ-WZ"), at=NOON)
        assert judging.mark(make.touch(cast.unit("SZ-WZ"), at=NOON + 2 * DAY)) == 0
        assert judging.judge_due(now=NOON + DAY) == 1

"""Contacts after which the customer came again, or did not."""

from datetime import datetime, timedelta

import pytest

from huhang.desk.models import Ticket
from huhang.metrics.models import Tally
from huhang.quality.actions import judging, touching
from huhang.quality.models import Touch
from tests.cast import NOON, Cast
from tests.factories import calls as call_scenes
from tests.factories import channels, desk
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


class TestCaseThatIsStillOpen:
    """王小明 called at noon, and a case was written of it that takes weeks."""

    @pytest.fixture
    def called(self, cast: Cast) -> Touch:
        number = "13800001234"
        self.case = desk.ticket(
            cast.unit("SZ-WZ"), now=NOON, contact_phone=number, waybill_no="SX1", search=number
        )
        return self.a_call(cast, NOON)

    def a_call(self, cast: Cast, at: datetime, **facts) -> Touch:
        row = channels.call(call_scenes.switch(cast.unit("SZ-WZ")), at=at)
        return make.touch(cast.unit("SZ-WZ"), at=at, sort="call", call=row, waybill_no="SX1", **facts)

    def test_keeps_its_contact_from_being_certain(self, called):
        assert judging.judge_due(now=NOON + 8 * DAY) == 0
        assert judging.judge_due(now=NOON + 8 * DAY + judging.LOOK_AGAIN) == 0
        assert counted() == {}

    def test_makes_who_calls_after_ten_days_somebody_who_came_again(self, called, cast):
        judging.judge_due(now=NOON + 8 * DAY)
        again = self.a_call(cast, NOON + 10 * DAY)
        assert judging.mark(again) == 1
        judging.judge_due(now=NOON + 10 * DAY)
        called.refresh_from_db()
        assert (called.repeated_by, counted()) == (again, {"repeated": 1})

    def test_and_was_done_with_when_it_ends_without_them(self, called):
        judging.judge_due(now=NOON + 8 * DAY)
        self.end(NOON + 9 * DAY)
        judging.judge_due(now=NOON + 9 * DAY)
        assert counted() == {"once": 1}

    def test_of_another_parcel_or_person_keeps_nobody_waiting(self, called):
        for other in ({"waybill_no": "SX2"}, {"waybill_no": "SX1", "contact_phone": "13900000000"}):
            Ticket.objects.update(**other)
            called.judged_at = None
            called.save()
            assert judging.judge_due(now=NOON + 8 * DAY) == 1

    def test_is_itself_come_again_about_once_it_is_over(self, called, cast):
        again = self.a_call(cast, NOON + 10 * DAY)
        self.end(NOON + 20 * DAY)
        touch = touching.case_ended(self.case.pk, now=NOON + 20 * DAY)
        assert touch is not None
        assert touch.repeated_by == again

    def end(self, at: datetime) -> None:
        Ticket.objects.filter(pk=self.case.pk).update(state="resolved", resolved_at=at)

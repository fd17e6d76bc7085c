"""One statement opens a case: the rows are those that were worked out, once, or none of them."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from huhang.desk.actions.opening import Opened, link_for_customer, open_with_parts
from huhang.desk.models import Clock, ClockPolicy, Entry, ProgressLink, Step, Ticket
from huhang.kit import ground
from huhang.kit.hot import columns_of
from huhang.kit.models import Calendar, Outbox
from tests.cast import NOON, Cast
from tests.desk.scenes import opening

ROUND_THE_CLOCK = {str(day): [["00:00", "24:00"]] for day in range(1, 8)}


def opened(cast: Cast, **more: Any) -> Opened:
    _token, link = link_for_customer(NOON)
    return open_with_parts(opening(cast, **more), by=cast.lin, now=NOON, links=[link])


def _first_response(case: Opened) -> Clock:
    return next(clock for clock in case.clocks if clock.obligation == "first_response")


@pytest.mark.django_db
class TestOneStatement:
    def test_writes_the_rows_that_were_worked_out(self, cast: Cast) -> None:
        case = opened(cast)
        stored = Ticket.objects.get(pk=case.ticket.pk)
        apart = {"search"}  # PostgreSQL sorts its tokens
        assert {k: v for k, v in columns_of(stored).items() if k not in apart} == {
            k: v for k, v in columns_of(case.ticket).items() if k not in apart
        }
        assert [columns_of(c) for c in Clock.objects.order_by("pk")] == [columns_of(c) for c in case.clocks]
        assert [columns_of(s) for s in Step.objects.order_by("pk")] == [columns_of(s) for s in case.steps]
        assert (Entry.objects.count(), ProgressLink.objects.count(), Outbox.objects.count()) == (1, 1, 1)

    def test_is_a_known_number_of_statements(self, cast: Cast, django_assert_num_queries: Any) -> None:
        opened(cast)
        # The standing of the ground, unless the door has read it; the numbers; all rows.
        with django_assert_num_queries(3):
            opened(cast)
        scene, at = opening(cast), ground.standing()
        with django_assert_num_queries(2):
            open_with_parts(scene, by=cast.lin, now=NOON, at=at)

    def test_counts_at_once_by_the_hours_that_anybody_changed(self, cast: Cast) -> None:
        calendar = Calendar.objects.create(key="night", name="夜班", windows=ROUND_THE_CLOCK)
        ClockPolicy.objects.filter(obligation="first_response").update(calendar="night")
        versions = [_first_response(opened(cast)).calendar_version]
        Calendar.objects.filter(pk=calendar.pk).update(version=2)
        assert [*versions, _first_response(opened(cast)).calendar_version] == [1, 2]

    def test_a_repeat_writes_nothing(self, cast: Cast) -> None:
        first, again = opened(cast, source_ref="same"), opened(cast, source_ref="same")
        assert (first.is_new, again.is_new, again.ticket.pk) == (True, False, first.ticket.pk)
        assert (Ticket.objects.count(), Entry.objects.count(), ProgressLink.objects.count()) == (1, 1, 1)

    def test_hears_at_once_of_a_policy_that_anybody_changed(self, cast: Cast) -> None:
        opened(cast)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE desk_clockpolicy SET minutes = 7 WHERE obligation = 'first_response'")
        clocks = {clock.obligation: clock.minutes for clock in opened(cast).clocks}
        assert clocks["first_response"] == 7

    def test_a_change_rolled_back_leaves_no_trace_in_memory(self, cast: Cast) -> None:
        before = ground.standing()
        with transaction.atomic():
            ClockPolicy.objects.update(minutes=1)
            opened(cast)
            transaction.set_rollback(True)
        assert ground.standing() == before
        assert all(clock.minutes > 1 for clock in opened(cast).clocks)


@pytest.mark.django_db(transaction=True)
def test_two_who_say_the_same_at_once_open_one_case(cast: Cast) -> None:
    made: list[bool] = []
    ready = threading.Barrier(2)

    def say() -> None:
        ready.wait()
        made.append(opened(cast, source_ref="raced").is_new)
        connection.close()

    both = [threading.Thread(target=say) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(made) == [False, True]
    assert Ticket.objects.count() == Entry.objects.count() == 1
